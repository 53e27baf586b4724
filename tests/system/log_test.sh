#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The log of a real mount: moved away as logrotate does, changed by SIGHUP, as JSON, and what -d shows and does not.
. "$(dirname "$0")/lib.sh"
start_sim --count 40 --from 2024-05-01 --to 2024-05-20 --size-max 2M
SECRETS='sesame|Bearer|/r/'
hup() { kill -HUP "$(daemon_pid)"; }

# Moved while it is written to, several times: each request is in exactly one of the files.
write_config '"dir_ttl": 0.001'
mount_it
walk() { while [ ! -e "$WORK/enough" ]; do find "$MNT" -mindepth 4 -name '*.mp4' -exec head -c 1 {} + >/dev/null; done; }
walk & walker=$!
for i in 1 2 3 4 5; do
  requests() { [ "$(grep -c ' debug GET ' "$WORK/log")" -ge 20 ]; }
  wait_for "requests in the log" requests
  mv "$WORK/log" "$WORK/log.$i"
  hup
  reopened() { grep -q ' info SIGHUP: credentials and log' "$WORK/log" 2>/dev/null; }
  wait_for "a new file" reopened
done
touch "$WORK/enough"
wait $walker
# What is under way at the end (the listings are always due) would be cancelled, and is no line then. SIGHUP writes out what
# is to be written.
in_one_of_them() { hup; [ "$(cat "$WORK"/log* | grep -c ' debug GET ')" = "$(counts '[.[] | .requests? // 0] | add')" ]; }
wait_for "each request in exactly one of the files" in_one_of_them
unmount_it
cat "$WORK"/log* >"$WORK/all"
! grep -vE '^20[0-9-]+T[0-9:.]+Z (error|warning|info|debug) ' "$WORK/all" || fail "lines without time and level (above)"
! grep -E "$SECRETS" "$WORK/all" || fail "secrets in the log (above)"
rm "$WORK"/log*

# What SIGHUP changes, without a new mount: the level, the format and the file. What it does not, it says.
# configure FILE [JSON members]
configure() { write_config "\"log_format\": \"json\"${2:+, $2}"; sed -i "s|$WORK/log\"|$1\"|" "$WORK/config.json"; }
said() { jq -r "select(.level == \"$1\").message" "$WORK/elsewhere" 2>/dev/null; }
write_config
mount_it
configure "$WORK/elsewhere" '"dir_ttl": 5, "uid": 7'
hup
changed() { [ "$(said warning)" = "SIGHUP: as before until the next mount: dir_ttl, uid" ]; }
wait_for "the change" changed
same "$(stat -c %u "$MNT/2024")" "$(id -u)" "uid before the next mount"
# What is wrong changes nothing, but a log that was moved away is opened anew.
refused() { [ "$(said error | tail -n 1)" = "SIGHUP: $1: the configuration stays as it was" ]; }
configure "$WORK/elsewhere" '"dir_ttl": "soon"'
mv "$WORK/elsewhere" "$WORK/elsewhere.1"  # as a rotation does, whatever the configuration holds
hup
wait_for "the error" refused "$WORK/config.json: dir_ttl: must be a number of seconds, not \"soon\""
configure "$WORK"
hup
wait_for "the error" refused "log_file cannot be written: Failed opening file $WORK for writing: Is a directory"
ls "$MNT/2024/05" >/dev/null || fail "the mount after a wrong configuration"
unmount_it
same "$(cat "$WORK/elsewhere"* | jq -s 'all(has("time") and has("level") and has("message"))')" true "lines are JSON"

# A configuration that came by a pipe is not waited for again: the mount would not answer meanwhile.
write_config
mv "$WORK/config.json" "$WORK/real.json"
mkfifo -m 600 "$WORK/config.json"
cat "$WORK/real.json" >"$WORK/config.json" &
mount_it
hup
told() { grep -q " error SIGHUP: $WORK/config.json: a pipe is read only once: the configuration stays as it was$" "$WORK/log"; }
wait_for "the error" told
ls "$MNT/2024/05" >/dev/null || fail "the mount after that"
unmount_it

# -d: what FUSE says and each request, to stderr; no token, no path of a URL.
write_config
sed -i "s|, \"log_file\": \"$WORK/log\", \"log_level\": \"debug\"||" "$WORK/config.json"
"$G2AFS" -d "$WORK/config.json" "$MNT" 2>"$WORK/err" & pid=$!
wait_for "the mount" mounted
cat "$(find "$MNT" -name '*.mp4' | head -n 1)" >/dev/null
kill $pid
wait $pid || fail "exit status of -d: $?"
grep -q ' debug .*opcode: READ ' "$WORK/err" || fail "no trace of FUSE"
grep -qE " debug GET $API/…: 200$" "$WORK/err" || fail "no trace of the API's calls"
grep -qE " debug GET bytes 0-[0-9]+ of $MEDIA/…: 206$" "$WORK/err" || fail "no trace of media requests"
! grep -E "$SECRETS" "$WORK/err" || fail "secrets in the trace (above)"
