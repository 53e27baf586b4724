#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Neither the API nor the media hosts answer any more: what is known is answered at once, also where it is due to be
# looked at anew, and Ctrl-C ends whatever waits for the rest.
. "$(dirname "$0")/lib.sh"
start_sim --count 40 --from 2024-05-01 --to 2024-05-02 --size-min 1M --size-max 2M
sim -d '{"id":900000001,"start":"2025-03-01T09:00:00Z","size":1000,"count":5000,"step_seconds":60}' \
  "$API/_sim/recordings" >/dev/null
write_config '"retry_for": 600, "timeout": 300, "dir_ttl": 1'
mount_it
# One day is known, with all there is to know; of another year only that it is there.
ls "$MNT" "$MNT"/2024 "$MNT"/2024/05 >/dev/null
first=$(find "$MNT"/2024/05/01 -name '*.mp4' | sort | sed -n 1p)
find "$MNT"/2024/05/01 -type f -exec stat -c %s {} + >"$WORK/sizes"
sim -d '{"endpoint":"any","kind":"stall","times":-1}' "$API/_sim/fault" >/dev/null
pid=$(daemon_pid)

# A file that is read on hangs, so that the daemon has work that does not end.
exec 3<"$first"
python3 -c 'import os; os.pread(3, 4096, 500_000)' 2>/dev/null & reader=$!
stalled() { [ "$(counts '[.[] | objects | .stalled_now // 0] | add')" -gt 0 ]; }
wait_for "a read that hangs" stalled

# By `timeout` and `retry_for` each of these would wait for ten minutes, if it waited: once it is due, all of it is being
# listed anew.
listed_anew() { ls "$MNT"/2024/05/01 >/dev/null && [ "$(counts .list.stalled_now)" -gt 0 ]; }
wait_for "a listing that hangs" listed_anew
for what in "ls -lR $MNT/2024/05/01" "ls $MNT" "ls $MNT/2024/05" "df $MNT" "cat $MNT/.g2afs/status.json" \
  "cat $MNT/.g2afs/metrics" "getfattr -d ${first%/*}" "getfattr -d $first" "stat $MNT/2025" "du -s $MNT/2024/05/01" \
  "stat -f $first"; do
  timeout 60 $what >"$WORK/out" 2>&1 || fail "$what: did not answer, or failed: $(cat "$WORK/out")"
done
find "$MNT"/2024/05/01 -type f -exec stat -c %s {} + | cmp - "$WORK/sizes" || fail "sizes changed"

# And the rest waits, until Ctrl-C.
# (By way of python, since a shell has its background jobs ignore SIGINT.)
interruptible() {
  python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' "$@" >/dev/null 2>&1 3<&- &
}
# (A program that is just being loaded waits for pages, too.)
waits() { grep -qs request_wait "/proc/$1/stack" || { holds "$1" && grep -qs folio_wait "/proc/$1/stack"; }; }
holds() { readlink "/proc/$1/fd/"* | grep -qxF "$first"; }
for what in "ls $MNT/2025/03/01" "cat $first" "setfattr -n user.g2afs.archived -v 1 ${first%/*}" \
  "setfattr -n user.g2afs.refresh -v 1 $MNT/2024/05/01" "stat $MNT/2025/03/01/1"; do
  interruptible $what; waiter=$!
  wait_for "'$what' to wait" waits $waiter
  kill -INT $waiter
  wait_for "'$what' to end by SIGINT" gone $waiter
done

exec 3<&-
kill -TERM "$pid"
wait_for "the daemon to end" gone "$pid"
! mounted || fail "still in mountinfo"
wait $reader && fail "a read succeeded without a server"
exit 0
