#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# g2afs archive --verify marks what it has proved: in shared calls, also on a mount that excludes what is archived, and
# says what became of the marks that were refused or interrupted.
. "$(dirname "$0")/lib.sh"
COPY=$WORK/copy

# account [JSON members]: 300 recordings, mounted and copied.
account() {
  [ -z "${SIM_PID:-}" ] || { unmount_it; kill $SIM_PID; wait $SIM_PID || true; rm -rf "$WORK/state" "$COPY"; }
  start_sim --count 300 --size-min 20K --size-max 60K --from 2024-05-01 --to 2024-05-20
  write_config "$@"
  mount_it
  rsync -a "$MNT/" "$COPY/"
}
archive() {
  local status=$1 summary=$2 got=0; shift 2
  timeout 60 "$G2AFS" archive "$@" --verify "$COPY" "$MNT" >"$WORK/summary" 2>"$WORK/said" || got=$?
  same "$got $(cat "$WORK/summary")" "$status $summary" "archive $*"
}
archived() { sim "$API/_sim/recordings?limit=1000" | jq '[.recordings[].archived] | add'; }

account
video=$(find "$COPY" -name '*.mp4' | sort | sed -n 5p)
truncate -s +1 "$video"
archive 1 "300 recordings: 299 marked archived, 0 archived before, 1 not"
same "$(wc -l <"$WORK/said")" 1 "lines of failures"
same "$(archived)" 299 "what the server has"
[ "$(counts .archive.requests)" -le 60 ] || fail "299 marks took $(counts .archive.requests) calls"
truncate -s -1 "$video"
archive 0 "300 recordings: 1 marked archived, 299 archived before, 0 not"
same "$(archived)" 300 "what the server has"

account '"archived": "exclude"'
archive 0 "300 recordings: 300 marked archived, 0 archived before, 0 not"
archive 0 "0 recordings: 0 marked archived, 0 archived before, 0 not"

account
sim -d '{"endpoint":"archive","kind":"status","status":403,"times":-1}' "$API/_sim/fault" >/dev/null
archive 1 "300 recordings: 0 marked archived, 0 archived before, 300 not"
same "$(grep -c 'Permission denied (its copy is proved, but the mark failed)$' "$WORK/said")" 300 "refused marks"
sim -X DELETE "$API/_sim/fault" >/dev/null

# Ctrl-Z and fg, and a logout under nohup, end nothing, nor do they break off the marks under way.
sim -d '{"endpoint":"archive","kind":"latency","seconds":1,"times":2}' "$API/_sim/fault" >/dev/null
(trap '' HUP; exec "$G2AFS" archive --verify "$COPY" "$MNT") >"$WORK/summary" 2>"$WORK/said" &
pid=$!
marking() { [ "$(counts .archive.now)" -gt 0 ]; }
wait_for "marks under way" marking
kill -HUP $pid
kill -STOP $pid
wait_for "its stop" grep -q '^State:.T' "/proc/$pid/status"
# A thread whose mark is under way stops after it: it has been told of, and waits on.
told() {
  local task
  for task in "/proc/$pid/task/"*; do
    if grep -qs request_wait_answer "$task/stack" && grep -qs '^State:.D' "$task/status"; then return 0; fi
  done
  return 1
}
wait_for "marks under way in a stopped process" told
kill -CONT $pid
status=0; wait $pid || status=$?
same "$status $(cat "$WORK/summary" "$WORK/said")" "0 300 recordings: 300 marked archived, 0 archived before, 0 not" "archive after Ctrl-Z and fg"
! grep "done: interrupted" "$WORK/log" || fail "a mark was broken off"
sim -X DELETE "$API/_sim/fault" >/dev/null

# Ctrl-C while the server does not answer.
account
sim -d '{"endpoint":"archive","kind":"stall","times":-1}' "$API/_sim/fault" >/dev/null
# In the background a shell has SIGINT ignored; env gives it back.
env --default-signal=INT "$G2AFS" archive --verify "$COPY" "$MNT" >"$WORK/summary" 2>"$WORK/said" &
pid=$!
stalled() { [ "$(counts .archive.stalled_now)" -gt 0 ]; }
wait_for "marks without an answer" stalled
kill -INT $pid
wait_for "its end" gone $pid
status=0; wait $pid || status=$?
same "$status" 1 "exit status after Ctrl-C"
grep -q "^300 recordings: 0 marked archived, 0 archived before, 300 not, [0-9]* of them asked for without an answer" "$WORK/summary" ||
  fail "summary after Ctrl-C: $(cat "$WORK/summary")"
sim -X DELETE "$API/_sim/fault" >/dev/null
