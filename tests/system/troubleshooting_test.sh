#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# README.md, "When it does not work": each line of its tables is provoked, and says just that with just that exit status;
# and there is no line in them that is not. In a mount namespace, in which devices and files can be missing.
if [ "${1:-}" != inside ]; then
  [ "$(id -u)" -eq 0 ] || { echo "only root can take a device away"; exit 77; }
  exec unshare --mount --propagation private "$0" inside
fi
. "$(dirname "$0")/lib.sh"
start_sim --count 20 --from 2024-05-01 --to 2024-05-05 --rotate-refresh
chmod 755 "$WORK"
CONFIG=$WORK/config.json
section() { sed -n "/^### $1\$/,/^##/p" "$ROOT/README.md"; }
section "It does not mount" >"$WORK/to-mount"
section "A program gets an error" >"$WORK/to-use"
touch "$WORK/shown"

# says TEXT LINE: the parts of the text between its … are in the line, in that order.
says() {
  local text=$1 rest=$2 part
  while [ -n "$text" ]; do
    part=${text%%…*}
    [[ $rest == *"$part"* ]] || return 1
    rest=${rest#*"$part"}
    [[ $text == *…* ]] || break
    text=${text#*…}
  done
}

# starting STATUS TEXT COMMAND…: README.md has that row, and the command ends so. What has mounted is unmounted.
starting() {
  local status=$1 text=$2 got=0; shift 2
  grep -qF "| \`$text\` | $status | " "$WORK/to-mount" || fail "README.md has no row for: $text ($status)"
  "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || got=$?
  same "$got" "$status" "exit status of $* ($(cat "$WORK/err"))"
  same "$(wc -l <"$WORK/err")" 1 "lines of $*: $(cat "$WORK/err")"
  local line; line=$(cat "$WORK/err")
  [[ $line == "g2afs: "* ]] && says "$text" "${line#g2afs: }" || fail "$*: expected '$text', got '$line'"
  echo "$text" >>"$WORK/shown"
  ! mounted || unmount_it
}
# using TEXT COMMAND…: README.md has that row, and the command fails with that error.
using() {
  local text=$1; shift
  grep -qF "| \`$text\` | " "$WORK/to-use" || fail "README.md has no row for: $text"
  ! "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || fail "$* did not fail with: $text"
  says "$text" "$(cat "$WORK/err")" || fail "$*: expected '$text', got '$(cat "$WORK/err")'"
  echo "$text" >>"$WORK/shown"
}
# config EDIT [JSON members]: as write_config, and then edited by sed.
config() { write_config "${2:-}"; sed -i "$1" "$CONFIG"; }
start() { "$G2AFS" "$@" "$CONFIG" "$MNT"; }
fault() { sim -d "$1" "$API/_sim/fault" >/dev/null; }
no_faults() { sim -X DELETE "$API/_sim/fault" >/dev/null; }

# The command line.
write_config
starting 2 'command line: CONFIG and MOUNTPOINT are needed' "$G2AFS" "$CONFIG"
starting 2 'command line: …: unknown option or one argument too many' start --frobnicate
starting 2 '-o …: unknown option' start -o frobnicate
starting 2 '-o …: a secret is never taken from the command line' start -o client_secret=x
starting 2 '-o …: must be …, not "…"' start -o dir_ttl=soon
starting 2 '-o remount: unmount and mount again' start -o remount
starting 2 'mount options: invalid parameter in option' start -o max_read=much
starting 2 'no credentials: set G2AFS_ACCESS_TOKEN, or use a config file' "$G2AFS" -o account_key=1 - "$MNT"

# The configuration.
starting 2 '…: No such file or directory' "$G2AFS" "$WORK/none.json" "$MNT"
starting 2 '…: Permission denied' setpriv --reuid=nobody --regid=nogroup --clear-groups "$G2AFS" "$CONFIG" "$MNT"
chmod 640 "$CONFIG"
starting 2 '…: others may use it (mode …): chmod 600 …' start
config 's/{/{ no JSON/'
starting 2 '…: line …, column …: syntax error' start
config 's/"account_key"/"acount_key"/'
starting 2 '…: …: unknown key; did you mean …' start
config '' '"dir_ttl": "soon"'
starting 2 '…: …: must be …, not "…"' start
config '' '"dir_ttl": 5, "dir_ttl": 6'
starting 2 '…: …: is there twice' start
config 's/"account_key": [0-9]*,//'
starting 2 '…: no account: give account_key, user_key or company_id' start
config 's/"access_token": "sesame",//'
starting 2 '…: no credentials: give client_id and client_secret, or access_token' start
config 's/"access_token": "sesame"/"client_id": "me"/'
starting 2 '…: client_secret: is missing: client_id needs it' start
config 's|http://127.0.0.1|http://example.org|'
starting 2 '…: plain http to … would show everyone the token' start
config '' '"from_time": "2024-01-02", "to_time": "2024-01-01"'
starting 2 '…: from_time: must be before to_time' start
config "s|$WORK/log\"|$WORK\"|"
starting 2 'log_file cannot be written: …' start

# Credentials and the API.
config 's/sesame/wrong/'
starting 3 'credentials: list: the API answered 403' start
oauth="\"client_id\": \"sim-client\", \"client_secret\": \"sim-secret\", \"token_url\": \"$API/oauth/token\""
tokens() { (umask 077; mkdir -p "$WORK/state"; echo "$1" >"$WORK/state/token.json"); }
config 's/"access_token": "sesame",//' "$oauth"
rm -rf "$WORK/state"
starting 3 'credentials: token file …: No such file or directory' start
tokens '{"refresh'
starting 3 'credentials: token file … holds no JSON object' start
tokens '{"refresh_token": "dead"}'
starting 3 'credentials: the server refused the refresh token (invalid_grant)' start
config 's/"access_token": "sesame",//; s/sim-secret/wrong/' "$oauth"
tokens '{"refresh_token": "sim-refresh"}'
starting 3 'credentials: the server refused client_id or client_secret (invalid_client)' start
write_config
fault '{"endpoint":"list","kind":"status","status":400}'
starting 2 'the API refuses the request: …' start
fault '{"endpoint":"list","kind":"status","status":500}'
starting 0 'warning: the API cannot be reached: …: the API answered 500' start
no_faults
config "s|$API|http://127.0.0.1:1|" '"retry_for": 1'
starting 0 'warning: the API cannot be reached: …: cannot connect' start
config "s|$API|https://nowhere.invalid|" '"retry_for": 1'
starting 0 'warning: the API cannot be reached: …: the host name cannot be resolved' start
config "s|http://|https://|" '"retry_for": 1'
starting 0 'warning: the API cannot be reached: …: the TLS handshake failed' start

# The machine. A user has a configuration and a mount point of their own.
write_config
mkdir -p "$WORK/home/mnt"
sed "s|$WORK/|$WORK/home/|g" "$CONFIG" >"$WORK/home/config.json"
chmod 600 "$WORK/home/config.json"
chown -R nobody "$WORK/home"
as_nobody() { setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME="$WORK/home" "$@"; }
theirs() { as_nobody "$G2AFS" "$@" "$WORK/home/config.json" "$WORK/home/mnt"; }
device() { [ -e "$WORK/fuse-$1" ] || mknod -m "$1" "$WORK/fuse-$1" c 10 229; mount --bind "$WORK/fuse-$1" /dev/fuse; }
starting 1 '…: not a directory' "$G2AFS" "$CONFIG" "$CONFIG"
device 666
starting 1 '…: user has no write access to mountpoint' as_nobody "$G2AFS" "$WORK/home/config.json" "$MNT"
grep -v '^user_allow_other' /etc/fuse.conf >"$WORK/fuse.conf"
mount --bind "$WORK/fuse.conf" /etc/fuse.conf
starting 1 "…: option allow_other only allowed if 'user_allow_other' is set" theirs -o allow_other
starting 1 '…: mount failed: Operation not permitted' setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin "$G2AFS" "$CONFIG" "$MNT"
umount /dev/fuse
device 600
starting 1 '…: failed to open /dev/fuse: Permission denied' theirs
umount /dev/fuse
sed -i 's/"state_dir": "[^"]*",//' "$WORK/home/config.json"
starting 2 'state_dir: HOME is not set: give the directory' as_nobody env -u HOME "$G2AFS" "$WORK/home/config.json" "$WORK/home/mnt"
mount -t tmpfs tmpfs /usr/share/zoneinfo
starting 2 'time_zone: the system has no time zone database: install tzdata' start
umount /usr/share/zoneinfo
mkdir "$WORK/dev"
for name in null zero urandom; do touch "$WORK/dev/$name"; mount --bind "/dev/$name" "$WORK/dev/$name"; done
mount --rbind "$WORK/dev" /dev
starting 1 "…: device not found, try 'modprobe fuse' first" start
umount --recursive /dev
umount "$WORK"/dev/*

# In use.
device 666
config '' '"retry_for": 0.5, "timeout": 600, "dir_ttl": 1000'
mount_it
video=$(find "$MNT" -name '*.mp4' | sort | head -n 1)
using 'No such file or directory' ls "$MNT/2024/05/01/42"
using 'Read-only file system' touch "$MNT/new"
using 'Operation not supported' setfattr -n user.g2afs.frobnicate -v 1 "$video"
using 'Invalid argument' setfattr -n user.g2afs.archived -v 0 "$video"
using 'Permission denied' as_nobody ls "$MNT"
for refusal in '400 Invalid argument' '403 Permission denied'; do
  fault "{\"endpoint\":\"archive\",\"kind\":\"status\",\"status\":${refusal%% *},\"times\":-1}"
  using "${refusal#* }" setfattr -n user.g2afs.archived -v 1 "$video"
  no_faults
done
fault '{"endpoint":"media","kind":"status","status":500,"times":-1}'
using 'Input/output error' cat "$video"
no_faults
fault '{"endpoint":"media","kind":"status","status":429,"times":-1}'
using 'Resource temporarily unavailable' cat "$(find "$MNT" -name '*.mp4' | sort | tail -n 1)"
no_faults
# The kernel makes this of the EAGAIN of a setxattr.
fault '{"endpoint":"archive","kind":"status","status":429,"times":-1}'
using 'Operation not supported' setfattr -n user.g2afs.archived -v 1 "$video"
no_faults
unmount_it

# A signal that comes while it waits, and does not end it: what has never been listed waits for the API.
rm -rf "$WORK/state"
config '' '"retry_for": 600, "timeout": 600'
mount_it
fault '{"kind":"stall","times":-1}'
using 'Interrupted system call' timeout 60 perl -e '
  use POSIX;
  POSIX::sigaction(SIGUSR1, POSIX::SigAction->new(sub {}));
  my $sender = fork // die;
  if (!$sender) { while (kill("USR1", getppid())) { select(undef, undef, undef, 0.05); } exit; }
  opendir(my $directory, $ARGV[0]) and exit;
  print(STDERR "$!\n");
  kill("KILL", $sender);
  exit(1);' "$MNT/2024"
no_faults
exec 7<"$video"
using 'Device or resource busy' fusermount3 -u "$MNT"
exec 7<&-
kill -KILL "$(daemon_pid)"
dead() { ! stat "$MNT" >/dev/null 2>&1; }
wait_for "the daemon's death" dead
using 'Transport endpoint is not connected' ls "$MNT"
mount_it
unmount_it

# Nothing in the tables that was not shown.
sed -n 's/^| `\([^`]*\)` |.*/\1/p' "$WORK/to-mount" "$WORK/to-use" | sort -u >"$WORK/rows"
sort -u "$WORK/shown" | diff "$WORK/rows" - || fail "README.md has rows that are not provoked here (above)"
