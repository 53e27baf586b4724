#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Starting and ending: exit statuses and one-line errors, every way to unmount, an API that is down, OAuth.
. "$(dirname "$0")/lib.sh"
start_sim --count 30 --from 2024-05-01 --to 2024-05-20 --rotate-refresh
write_config

# ends STATUS PATTERN COMMAND…: that exit status, one line on stderr that fits, no mount.
ends() {
  local status=$1 pattern=$2 got=0; shift 2
  "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || got=$?
  same "$got" "$status" "exit status of $* ($(cat "$WORK/err"))"
  same "$(wc -l <"$WORK/err")" 1 "lines on stderr of $*: $(cat "$WORK/err")"
  grep -qE "^g2afs: $pattern" "$WORK/err" || fail "$*: $(cat "$WORK/err")"
  ! mounted || fail "$* has mounted"
}
ends 2 ".*" "$G2AFS"
ends 2 ".*--nonsense" "$G2AFS" --nonsense
ends 2 ".*missing.json" "$G2AFS" "$WORK/missing.json" "$MNT"
ends 2 ".*frobnicate" "$G2AFS" -o frobnicate=1 "$WORK/config.json" "$MNT"
ends 2 ".*access_token" "$G2AFS" -o access_token=x "$WORK/config.json" "$MNT"
ends 2 ".*max_read" "$G2AFS" -o max_read=much "$WORK/config.json" "$MNT"
ends 2 ".*dir_ttl" "$G2AFS" -o dir_ttl=soon "$WORK/config.json" "$MNT"
ends 1 ".*nowhere" "$G2AFS" "$WORK/config.json" "$WORK/nowhere"
chmod 644 "$WORK/config.json"
ends 2 ".*chmod 600" "$G2AFS" "$WORK/config.json" "$MNT"
write_config '"access_tokne": "x"'
ends 2 ".*access_tokne" "$G2AFS" "$WORK/config.json" "$MNT"
write_config
sed -i 's/"account_key": [0-9]*,//' "$WORK/config.json"
ends 2 ".*account_key" "$G2AFS" "$WORK/config.json" "$MNT"
write_config
sed -i 's/sesame/wrong/' "$WORK/config.json"
ends 3 "credentials" "$G2AFS" "$WORK/config.json" "$MNT"
write_config
sed -i "s/$KEY/12345/" "$WORK/config.json"
ends 3 "credentials" "$G2AFS" "$WORK/config.json" "$MNT"
"$G2AFS" --version | grep -q '^g2afs [0-9]' || fail "--version"
[ "$("$G2AFS" --help | wc -l)" -le 24 ] || fail "--help does not fit a screen"

# Every way to end it leaves nothing behind, also while a file is open.
write_config
for way in fusermount umount TERM INT; do
  mount_it
  pid=$(daemon_pid)
  same "$(find "$MNT" -name '*.mp4' | wc -l)" 30 "recordings before $way"
  case $way in
    fusermount)
      exec 7<"$(find "$MNT" -name '*.mp4' -print -quit)"
      ! fusermount3 -u "$MNT" 2>/dev/null || fail "unmounted with a file open"
      exec 7<&-
      fusermount3 -u "$MNT" ;;
    umount) umount "$MNT" ;;
    *) kill -s $way "$pid" ;;
  esac
  wait_for "the daemon to end after $way" gone "$pid"
  ! mounted || fail "$way: still in mountinfo"
done
"$G2AFS" -f "$WORK/config.json" "$MNT" & pid=$!
wait_for "the mount" mounted
kill -INT $pid
wait $pid || fail "exit status of -f after SIGINT: $?"

# It holds tokens, so a crash leaves no core, where another program does.
crash() { (cd "$WORK" && ulimit -c unlimited && exec "$@") & pid=$!; }
crash tail -f /dev/null
runs() { [ "$(cat /proc/$pid/comm)" = tail ]; }
wait_for "another program" runs
kill -ABRT $pid
wait $pid 2>/dev/null || true
if compgen -G "$WORK/core*" >/dev/null; then
  rm -f "$WORK"/core*
  crash "$G2AFS" -f "$WORK/config.json" "$MNT"
  wait_for "the mount" mounted
  kill -ABRT $pid
  wait $pid 2>/dev/null || true
  ! compgen -G "$WORK/core*" >/dev/null || fail "a core was left behind"
  # And the next mount takes the place of the dead one.
  mount_it
  unmount_it
else
  echo "core files go elsewhere here ($(cat /proc/sys/kernel/core_pattern)): not looked for"
fi

# The next mount takes the place also of one whose daemon is still being killed when it is asked whether it is dead.
mount_it
pid=$(daemon_pid)
waiting=/sys/fs/fuse/connections/$(mountpoint -d "$MNT" | cut -d: -f2)/waiting
STOPPED=$pid
kill -STOP $pid
if [ -r "$waiting" ]; then
  "$G2AFS" "$WORK/config.json" "$MNT" & next=$!
  waits() { [ "$(cat "$waiting")" -gt 0 ]; }
  wait_for "the next mount to ask" waits
  kill -KILL $pid
  STOPPED=
  wait $next || fail "no mount in the place of one that was being killed: $?"
  mounted || fail "not in mountinfo in the place of one that was being killed"
else
  echo "not tested: a mount in the place of one that is being killed, as $waiting cannot be read"
  kill -CONT $pid
fi
unmount_it
! mounted || fail "the dead mount is still there, below the next one"

# Until the mount answers, what ends the command ends the daemon, too.
sim -d '{"endpoint":"list","ms":600000}' "$API/_sim/latency" >/dev/null
"$G2AFS" "$WORK/config.json" "$MNT" & pid=$!
asked() { [ "$(counts .list.now)" = 1 ]; }
wait_for "the first call" asked
daemon=$(pgrep -P $pid)
kill $pid
! wait $pid || fail "the command ended well before it had mounted"
wait_for "the daemon to end with the command" gone "$daemon"
! mounted || fail "mounted after the command was ended"
sim -X DELETE "$API/_sim/latency" >/dev/null

# What does not read a directory does not wait for its listing.
mount_it
sim -d '{"endpoint":"list","ms":600000}' "$API/_sim/latency" >/dev/null
timeout 20 df "$MNT" >/dev/null || fail "df waits for a listing"
timeout 20 stat "$MNT" >/dev/null || fail "stat waits for a listing"
unmount_it
sim -X DELETE "$API/_sim/latency" >/dev/null

# An API that cannot be reached is a warning, what was never seen an error, and the mount recovers by itself.
port=${API##*:}
kill $SIM_PID; wait $SIM_PID || true
write_config '"retry_for": 1, "dir_ttl": 0.1'
rm -rf "$WORK/state"  # or it would be remembered
"$G2AFS" "$WORK/config.json" "$MNT" 2>"$WORK/err"
grep -q "^g2afs: warning: the API cannot be reached" "$WORK/err" || fail "no warning: $(cat "$WORK/err")"
! ls "$MNT" >/dev/null 2>"$WORK/err" || fail "a listing that failed was shown"
grep -q "Input/output error" "$WORK/err" || fail "not EIO: $(cat "$WORK/err")"
! stat "$MNT/2024" 2>"$WORK/err" || fail "a year that was never seen exists"
grep -q "Input/output error" "$WORK/err" || fail "not EIO: $(cat "$WORK/err")"
start_sim --count 30 --from 2024-05-01 --to 2024-05-20 --port "$port"
wait_for "the mount to recover" test -d "$MNT/2024/05"
find "$MNT" | sort >"$WORK/seen"
kill $SIM_PID; wait $SIM_PID || true
find "$MNT" | sort | diff "$WORK/seen" - || fail "what was seen before is gone while the API is down"
unmount_it

# OAuth: the refresh token in the token file, rotated and stored.
start_sim --count 30 --from 2024-05-01 --to 2024-05-20 --rotate-refresh
write_config "\"token_url\": \"$API/oauth/token\", \"client_id\": \"sim-client\", \"client_secret\": \"sim-secret\""
sed -i 's/"access_token": "sesame",//' "$WORK/config.json"
rm -rf "$WORK/state"
ends 3 "credentials" "$G2AFS" "$WORK/config.json" "$MNT"
(umask 077; mkdir -p "$WORK/state"; echo '{"refresh_token": "sim-refresh"}' >"$WORK/state/token.json")
chmod 644 "$WORK/state/token.json"
ends 2 "token file .*chmod 600" "$G2AFS" "$WORK/config.json" "$MNT"
chmod 600 "$WORK/state/token.json"
mount_it
same "$(find "$MNT" -name '*.mp4' | wc -l)" 30 "recordings by OAuth"
[ "$(jq -r .refresh_token "$WORK/state/token.json")" != sim-refresh ] || fail "the rotated refresh token was not stored"
same "$(stat -c %a "$WORK/state/token.json")" 600 "mode of the token file"
sim -d '{"expire":true}' "$API/_sim/tokens" >/dev/null
setfattr -n user.g2afs.refresh -v 1 "$MNT" || fail "a refresh with an expired token failed"
same "$(counts .token.requests)" 2 "token requests"

# SIGHUP: a new login and another log level, without a new mount.
jq '.refresh_token = "sim-refresh"' "$WORK/state/token.json" >"$WORK/token"
sim -d '{"restore":true}' "$API/_sim/tokens" >/dev/null
(umask 077; jq 'del(.access_token)' "$WORK/token" >"$WORK/state/token.json")
write_config "\"token_url\": \"$API/oauth/token\", \"client_id\": \"sim-client\", \"client_secret\": \"sim-secret\""
sed -i 's/"access_token": "sesame",//; s/"log_level": "debug"/"log_level": "warning", "dir_ttl": 7/' "$WORK/config.json"
kill -HUP "$(daemon_pid)"
reloaded() { grep -q "warning SIGHUP: as before until the next mount: dir_ttl$" "$WORK/log"; }
wait_for "the reload" reloaded
setfattr -n user.g2afs.refresh -v 1 "$MNT" || fail "a refresh after SIGHUP failed"
same "$(counts .token.requests)" 3 "token requests after SIGHUP"
lines=$(wc -l <"$WORK/log")
ls "$MNT/2024/05/03" >/dev/null
same "$(wc -l <"$WORK/log")" "$lines" "log lines at log_level=warning"
unmount_it
