#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# g2afs wait: returns when a transcode is through, at once where there is none to wait for, and not before.
. "$(dirname "$0")/lib.sh"
start_sim --files "$ROOT/tests/data/demo"
write_config '"dir_ttl": 1'
mount_it
recording=$MNT/2025/10/27/18447300
state() { getfattr --absolute-names --only-values -n user.g2afs.state "$1"; }
same "$(state "$recording")" untranscoded "state at the start"

timeout 20 "$G2AFS" wait "$MNT/2024" "$MNT/2025/01/15/18446929/18446929.mp4" 2>"$WORK/said" || fail "status $?"
same "$(cat "$WORK/said")" "" "what it said"

"$G2AFS" wait "$MNT" & pid=$!
"$G2AFS" wait --state transcoding "$recording" & other=$!
sim -X PATCH -d '{"state":"ready"}' "$API/_sim/recordings/18447300" >/dev/null
wait_for "the end of wait" gone $pid
wait $pid || fail "status $?"
same "$(state "$recording")" ready "state when wait returns"
wait_for "the end of the other" gone $other
wait $other || fail "status $?"

# A path in no mount is a mistake; one that is not there a failure.
status=0; "$G2AFS" wait "$WORK" 2>"$WORK/said" || status=$?
same "$status $(cat "$WORK/said")" "2 g2afs: $WORK: not in a g2afs mount" "a path in no mount"
status=0; "$G2AFS" wait "$MNT/2031" 2>"$WORK/said" || status=$?
same "$status $(cat "$WORK/said")" "1 g2afs: $MNT/2031: No such file or directory" "a path that is not there"

# Ctrl-C ends it as it ends any command.
sim -d '{"id":18447301,"start":"2025-10-27T13:00:00Z","size":1000,"state":"untranscoded"}' "$API/_sim/recordings" >/dev/null
setfattr -n user.g2afs.refresh -v 1 "$MNT/2025/10/27"
# In the background a shell has SIGINT ignored; env gives it back.
env --default-signal=INT "$G2AFS" wait "$MNT/2025/10/27/18447301" & pid=$!
wait_for "its start" grep -qs g2afs "/proc/$pid/comm"
kill -INT $pid
status=0; wait $pid || status=$?
same "$status" 130 "status after Ctrl-C"
