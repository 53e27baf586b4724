#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# mount(8) and fstab(5) with both types, in a mount namespace in which the helper is installed: options of theirs, of FUSE
# and of g2afs, commas, what is refused and how that is said, and a user who mounts.
if [ "${1:-}" != inside ]; then
  [ "$(id -u)" -eq 0 ] || { echo "only root can install a helper of mount(8)"; exit 77; }
  exec unshare --mount --propagation private "$0" inside
fi
. "$(dirname "$0")/lib.sh"
start_sim --count 5
chmod 755 "$WORK"

# The system's programs, and beside them what the package would install.
mkdir "$WORK/sbin"
mount --bind /usr/sbin "$WORK/sbin"
mount -t tmpfs tmpfs /usr/sbin
ln -s "$WORK/sbin"/* /usr/sbin/
ln -s "$G2AFS" /usr/sbin/mount.g2afs
ln -s "$G2AFS" /usr/sbin/g2afs
# Users may open it, as on any Debian.
mknod -m 666 "$WORK/fuse" c 10 229
mount --bind "$WORK/fuse" /dev/fuse

write_config
CONFIG=$WORK/config.json
entry() { grep " $MNT " /proc/self/mountinfo || true; }
# Of this test's, whatever else is mounted.
mounts() { grep -c " $WORK/.* - fuse.g2afs " /proc/self/mountinfo || true; }
shown() { entry | awk '{ print $6 }'; }          # nosuid,nodev,…
source_of() { entry | sed 's/.* - fuse.g2afs \([^ ]*\) .*/\1/'; }
# gives STATUS PATTERN COMMAND…: that exit status, and a line on stderr that fits.
gives() {
  local status=$1 pattern=$2 got=0; shift 2
  "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || got=$?
  same "$got" "$status" "exit status of $* ($(cat "$WORK/err"))"
  grep -qE "$pattern" "$WORK/err" || fail "$*: $(cat "$WORK/err")"
}

# Both types, with all that fstab may hold.
for type in g2afs fuse.g2afs; do
  mount -t $type "$CONFIG" "$MNT" -o noexec,_netdev,nofail,noauto,x-systemd.automount,x-systemd.idle-timeout=60,comment=mine,dir_ttl=5,uid=7
  same "$(source_of)" "$CONFIG" "source of $type"
  same "$(shown | grep -c noexec)" 1 "noexec of $type: $(shown)"
  same "$(stat -c %u "$MNT/"20*)" "$(printf '7\n%.0s' $(ls "$MNT"))" "uid of $type"
  umount "$MNT"
  ! mounted || fail "$type: still mounted"
  mount -t $type -r "$CONFIG" "$MNT"
  [[ $(shown) == ro,* ]] || fail "$type -r: $(shown)"
  umount "$MNT"
  gives 2 "^g2afs: -o frobnicate: unknown option$" mount -t $type "$CONFIG" "$MNT" -o frobnicate
  gives 2 "^g2afs: -o dir_tll: unknown option; did you mean dir_ttl\?$" mount -t $type "$CONFIG" "$MNT" -o dir_tll=5
  gives 2 "^g2afs: -o dir_ttl: must be a number of seconds" mount -t $type "$CONFIG" "$MNT" -o dir_ttl=soon
  gives 2 "^g2afs: -o access_token: a secret is never taken from the command line" mount -t $type "$CONFIG" "$MNT" -o access_token=x
  gives 2 "^g2afs: $WORK/none.json: No such file" mount -t $type "$WORK/none.json" "$MNT"
  ! mounted || fail "$type: mounted all the same"
done
(umask 077; sed 's/sesame/wrong/' "$CONFIG" >"$WORK/wrong.json")
gives 3 "^g2afs: credentials: " mount -t g2afs "$WORK/wrong.json" "$MNT"
mount -t g2afs -s "$CONFIG" "$MNT" -o frobnicate
umount "$MNT"
mount -f -t g2afs "$CONFIG" "$MNT"
! mounted || fail "mount -f has mounted"

# Commas, by quotes as in fstab and by a backslash.
for name in '"a,b"' 'a\,b' 'a\054b'; do
  mount -t g2afs "$CONFIG" "$MNT" -o "fsname=$name,noexec"
  same "$(source_of)" "a,b" "source for fsname=$name"
  umount "$MNT"
done

# A remount is refused, and what is mounted stays as it is.
mount -t g2afs "$CONFIG" "$MNT"
gives 2 "^g2afs: -o remount: unmount and mount again; SIGHUP " mount -o remount,ro "$MNT"
[[ $(shown) == rw,* ]] || fail "remount: $(shown)"
ls "$MNT" >/dev/null || fail "gone after a remount"
umount "$MNT"

# fstab: what is to be mounted is, once; what is not is mounted by its mount point alone.
mkdir "$WORK/by-hand" "$WORK/users"
cat >"$WORK/fstab" <<FSTAB
$CONFIG  $MNT           g2afs       _netdev,nofail,x-systemd.automount,x-systemd.idle-timeout=60,x-gvfs-show,defaults,log_file="$WORK/a,b"  0 0
$CONFIG  $WORK/by-hand  fuse.g2afs  noauto,users,time_zone=Europe/Berlin  0 0
$WORK/users.json  $WORK/users  g2afs  noauto,user,fsname=of-nobody  0 0
FSTAB
mount -a -T "$WORK/fstab"
mounted || fail "not mounted by mount -a"
[ -e "$WORK/a,b" ] || fail "no log in a file with a comma: $(ls "$WORK")"
! mounted "$WORK/by-hand" || fail "mounted in spite of noauto"
mount -a -T "$WORK/fstab"
same "$(mounts)" 1 "mounts after a second mount -a"
mount -T "$WORK/fstab" "$WORK/by-hand"
mounted "$WORK/by-hand" || fail "not mounted by its mount point"
umount -a -t fuse.g2afs
same "$(mounts)" 0 "mounts after umount -a"

# A user mounts and unmounts what fstab allows.
mount --bind "$WORK/fstab" /etc/fstab
mkdir "$WORK/home"
sed "s|$WORK/|$WORK/home/|g" "$CONFIG" >"$WORK/users.json"
chmod 600 "$WORK/users.json"
chown nobody "$WORK/users.json" "$WORK/users" "$WORK/home"
as_nobody() { setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME="$WORK/home" "$@"; }
as_nobody mount "$WORK/users"
same "$(as_nobody stat -c %U "$WORK/users")" nobody "owner of a user's mount"
grep " $WORK/users " /proc/self/mountinfo | grep -q "nosuid,nodev,noexec.* - fuse.g2afs of-nobody .*user_id=$(id -u nobody)" ||
  fail "a user's mount: $(grep " $WORK/users " /proc/self/mountinfo)"
same "$(ls "$WORK/users" 2>&1 | grep -c 'Permission denied')" 1 "root looks at a user's mount"
! as_nobody mount "$WORK/by-hand" 2>"$WORK/err" || fail "a user has mounted with a configuration of root's"
grep -q "^g2afs: $CONFIG: Permission denied" "$WORK/err" || fail "what a user is told: $(cat "$WORK/err")"
as_nobody umount "$WORK/users"
! mounted "$WORK/users" || fail "a user's mount is still there"
