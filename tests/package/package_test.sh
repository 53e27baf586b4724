#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The package on a Debian that systemd boots in a container: package_test.sh PACKAGE BASE_TAR. Run by scripts/test-package.
# The simulator runs outside; the container shares the machine's network.
. "$(dirname "$0")/../system/lib.sh"
package=$1
root=$WORK/root
mkdir "$root"
tar --numeric-owner -C "$root" -xf "$2"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
cp "$package" "$root/root/g2afs.deb"
step() { echo "package_test: $*"; }

trap 'status=$?; [ -n "${up:-}" ] || cat "$WORK/console" >&2; (exit $status); cleanup' EXIT

step "booting"
mknod -m 666 "$WORK/fuse" c 10 229  # the machine's own may be root's alone
# As long as it starts it may not answer at all.
booted() {
  leader=$(pgrep -P $nspawn) || return
  case $(inside systemctl is-system-running 2>/dev/null) in running | degraded) ;; *) return 1 ;; esac
}
boot() {
  up=
  systemd-nspawn --quiet --register=no --keep-unit --directory="$root" --bind="$WORK/fuse:/dev/fuse" --boot \
    >"$WORK/console" 2>&1 </dev/null &
  nspawn=$!
  wait_for "systemd" booted
  up=yes
}
inside() {
  nsenter --target "$leader" --mount --uts --ipc --net --pid --root --wd \
    env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}
boot
found() { inside find / -xdev \( -path /proc -o -path /sys -o -path /root -o -path /var/log -o -path /var/lib/apt \) -prune -o -name '*g2afs*' -print; }
same "$(found)" "" "files before it is installed"

step "installing"
inside sh -c 'apt-get -q update && apt-get -q install -y --no-install-recommends /root/g2afs.deb' >"$WORK/apt" 2>&1 ||
  { tail -n 20 "$WORK/apt" >&2; fail "apt failed (above)"; }
inside g2afs --version | grep -q '^g2afs [0-9]' || fail "--version"
same "$(inside stat -c '%a %U' /etc/g2afs/example.json)" "600 root" "the example's mode"
for page in man1/g2afs.1 man5/g2afs.json.5 man8/mount.g2afs.8; do
  inside zcat "/usr/share/man/$page.gz" | grep -q '^\.Sh NAME' || fail "no manual $page"
done
inside bash -c '. /usr/share/bash-completion/bash_completion; _completion_loader g2afs; complete -p g2afs' | grep -q _g2afs ||
  fail "bash finds no completion"
status=0
inside g2afs /etc/g2afs/example.json /mnt 2>"$WORK/err" || status=$?
same "$status" 2 "exit status with the example: $(cat "$WORK/err")"
grep -q '^g2afs: /etc/g2afs/example.json: ' "$WORK/err" || fail "the example: $(cat "$WORK/err")"

start_sim --count 20 --from 2024-05-01 --to 2024-05-10 --size-max 3M
configure() {
  inside sh -c "umask 077; cat >$1" <<JSON
{ "api_url": "$API/G2A/rest/v1", "account_key": $KEY, "access_token": "sesame"${2:+, $2} }
JSON
}
configure /etc/g2afs/acme.json
recording=$(sim "$API/_sim/recordings" | jq -r '.recordings[3] | (.start[0:10] | gsub("-"; "/")) + "/\(.id)/\(.id).mp4"')
digest=$(sim "$API/_sim/content/$(basename "$recording")" | sha256sum | cut -d ' ' -f 1)
# reads POINT WHAT: by another process than the one that has mounted.
reads() { same "$(inside sha256sum "$1/$recording" | cut -d ' ' -f 1)" "$digest" "content by $2"; }
mounted_at() { inside grep -q " $1 .* - fuse.g2afs " /proc/self/mountinfo; }
not() { ! "$@"; }

step "mounting by hand"
inside mkdir /srv/recordings
for way in "g2afs" "mount -t g2afs" "mount -t fuse.g2afs"; do
  # shellcheck disable=SC2086
  inside $way /etc/g2afs/acme.json /srv/recordings
  reads /srv/recordings "$way"
  inside umount /srv/recordings
  not mounted_at /srv/recordings || fail "$way: still mounted"
done

# The log of what mount(8) has started goes to syslog, by the same name also after a reload.
inside mount -t g2afs /etc/g2afs/acme.json /srv/recordings
daemon=$(pgrep -x mount.g2afs) || fail "no daemon of mount(8)"
for reloads in 1 2; do
  kill -HUP "$daemon"
  in_syslog() { [ "$(inside journalctl -q -o cat -t g2afs --grep '^SIGHUP: credentials and log' | wc -l)" = $reloads ]; }
  wait_for "the reload in syslog" in_syslog
done
inside umount /srv/recordings

step "mounting by fstab"
inside sh -c 'cat >/etc/fstab' <<'FSTAB'
/etc/g2afs/acme.json /srv/recordings g2afs noauto,nofail,_netdev,x-systemd.automount,x-systemd.idle-timeout=600,dir_ttl=7 0 0
FSTAB
inside mount /srv/recordings
reads /srv/recordings "mount and fstab"
inside umount /srv/recordings
inside systemctl daemon-reload
if inside systemctl start srv-recordings.automount 2>"$WORK/err"; then
  not mounted_at /srv/recordings || fail "mounted before somebody looked"
  reads /srv/recordings "automount"
  mounted_at /srv/recordings || fail "automount has not mounted"
  inside systemctl stop srv-recordings.automount srv-recordings.mount
else
  echo "package_test: the kernel has no autofs here: automount was not tried: $(cat "$WORK/err")"
fi
inside sh -c ': >/etc/fstab; systemctl daemon-reload'

step "the unit"
unit=g2afs@acme
point=/run/g2afs/acme
log() { inside journalctl -q -o cat -u $unit; }
inside systemctl start $unit || fail "the unit: $(log)"
mounted_at $point || fail "not mounted when the unit is started: $(log)"
reads $point "the unit"
same "$(inside systemctl show -p StatusErrno --value $unit)" 0 "StatusErrno"
configure /etc/g2afs/acme.json '"dir_ttl": 5'
inside systemctl reload $unit || fail "reload: $(log)"
said() { log | grep -q "$1"; }
wait_for "the reload in the log" said 'SIGHUP: as before until the next mount: dir_ttl'
main_pid() { inside systemctl show -p MainPID --value $unit; }
restarts() { inside systemctl show -p NRestarts --value $unit; }
same "$(restarts)" 0 "restarts"

step "the unit's crash, and a hanging daemon"
inside mkdir -p /run/systemd/system/$unit.service.d
inside sh -c "printf '[Service]\nWatchdogSec=2\nRestartSec=100ms\n' >/run/systemd/system/$unit.service.d/soon.conf"
inside systemctl daemon-reload
inside systemctl restart $unit
restarted() { [ "$(restarts)" = "$1" ] && [ "$(inside systemctl is-active $unit)" = active ]; }
inside sh -c "kill -KILL $(main_pid)"
wait_for "a restart after kill -9" restarted 1
reads $point "a restart after kill -9"
inside sh -c "kill -STOP $(main_pid)"
wait_for "a restart by the watchdog" restarted 2
reads $point "a restart by the watchdog"
said 'Watchdog timeout' || fail "not by the watchdog: $(log)"
inside systemctl stop $unit
same "$(inside systemctl is-active $unit || true)" inactive "the unit after its stop"
not mounted_at $point || fail "still mounted after stop"
inside test ! -e $point || fail "$point is still there"

step "the unit elsewhere, and with a wrong configuration"
inside sh -c "printf '[Service]\nEnvironment=MOUNTPOINT=/srv/recordings OPTIONS=allow_other,uid=www-data,umask=027\n' \
  >/run/systemd/system/$unit.service.d/elsewhere.conf"
inside systemctl daemon-reload
inside systemctl start $unit
reads /srv/recordings "the unit elsewhere"
same "$(inside stat -c '%U %a' "/srv/recordings/$recording")" "www-data 640" "owner and mode elsewhere"
inside setpriv --reuid=www-data --regid=www-data --clear-groups cat "/srv/recordings/$recording" >/dev/null ||
  fail "its owner cannot read it"
inside systemctl stop $unit
configure /etc/g2afs/acme.json '"dir_ttl": "soon"'
not inside systemctl start $unit 2>/dev/null || fail "started with a wrong configuration"
same "$(inside systemctl is-active $unit || true)" failed "the unit with a wrong configuration"
same "$(inside systemctl show -p ExecMainStatus --value $unit)" 2 "its exit status"
inside systemctl reset-failed $unit
inside rm -r /run/systemd/system/$unit.service.d

step "booting again, with the unit enabled and a line in fstab"
configure /etc/g2afs/acme.json
inside systemctl -q enable $unit
inside sh -c 'echo "/etc/g2afs/acme.json /srv/recordings g2afs _netdev,nofail,dir_ttl=7 0 0" >/etc/fstab'
inside systemctl poweroff
wait $nspawn || true
boot
for point in /srv/recordings $point; do
  wait_for "$point to be mounted at boot" mounted_at "$point"
  reads "$point" "a mount at boot"
done
same "$(inside systemctl show -p ActiveState --value srv-recordings.mount)" active "the mount unit of fstab"
inside systemctl -q disable --now $unit
inside systemctl stop srv-recordings.mount
not mounted_at /srv/recordings || fail "fstab's mount is still there"
inside sh -c ': >/etc/fstab; systemctl daemon-reload'

step "the unit of a user"
inside useradd --create-home --shell /bin/sh alice
inside loginctl enable-linger alice
as_alice() { inside setpriv --reuid=alice --regid=alice --init-groups env HOME=/home/alice XDG_RUNTIME_DIR=/run/user/1000 "$@"; }
user_manager() { as_alice systemctl --user is-system-running >/dev/null 2>&1; }
wait_for "alice's systemd" user_manager
as_alice mkdir -p /home/alice/.config/g2afs
configure /home/alice/.config/g2afs/acme.json
inside chown alice: /home/alice/.config/g2afs/acme.json
as_alice systemctl --user start $unit || fail "$(inside journalctl -q -n 20)"
same "$(as_alice sha256sum "/home/alice/g2afs/acme/$recording" | cut -d ' ' -f 1)" "$digest" "content by alice's unit"
as_alice systemctl --user stop $unit
as_alice test ! -e /home/alice/g2afs/acme || fail "alice's mount point is still there"
inside loginctl disable-linger alice
alice_left() { not pgrep -u "$(inside id -u alice)" >/dev/null; }
wait_for "alice's systemd to end" alice_left
inside userdel --remove alice 2>/dev/null

step "removing"
inside systemctl daemon-reload
configure /etc/g2afs/acme.json
inside systemctl start $unit
inside apt-get -q remove -y g2afs >"$WORK/apt" 2>&1 || { tail -n 20 "$WORK/apt" >&2; fail "apt failed (above)"; }
not mounted_at $point || fail "still mounted after it was removed"
inside test -e /etc/g2afs/example.json || fail "remove has removed a configuration file"
inside rm /etc/g2afs/acme.json  # what an administrator has written is not the package's
inside apt-get -q purge -y g2afs >"$WORK/apt" 2>&1 || { tail -n 20 "$WORK/apt" >&2; fail "apt failed (above)"; }
same "$(found)" "" "files after it is purged"
same "$(inside dpkg -l g2afs 2>/dev/null | grep -c '^[^ ]* *g2afs ' || true)" 0 "packages after it is purged"
