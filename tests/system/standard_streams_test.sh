#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Without standard streams, and where nobody takes what is said: exit statuses are what they are otherwise, nothing that is
# said gets into another file, and output that was not written is a failure.
. "$(dirname "$0")/lib.sh"
start_sim --count 6 --from 2024-05-01 --to 2024-05-02
write_config
CONFIG=$WORK/config.json
# gives STATUS COMMAND…: that exit status.
gives() {
  local status=$1 got=0; shift
  timeout 60 "$@" || got=$?
  same "$got" "$status" "exit status of $*"
}

# Closed: the log is not taken for one of them when the daemon lets go of them, nor is the pipe that the shell waits for.
for closed in '2>&-' '0<&- 1>&- 2>&-'; do
  rm -f "$WORK/log"
  eval "gives 0 \"$G2AFS\" \"$CONFIG\" \"$MNT\" $closed"
  mounted || fail "not mounted with $closed"
  ls "$MNT/2024/05/01" >/dev/null
  unmount_it
  grep -q ' debug GET ' "$WORK/log" || fail "nothing in the log with $closed"
done
for nowhere in '2>&-' '2>/dev/full'; do
  eval "gives 2 \"$G2AFS\" --frobnicate $nowhere"
  eval "gives 2 \"$G2AFS\" check \"$WORK/none.json\" >/dev/null $nowhere"
  eval "gives 1 \"$G2AFS\" status \"$WORK\" $nowhere"
done

# Full.
mount_it
for command in "--help" "status $MNT" "status --json $MNT" "check --json $CONFIG" "login --help"; do
  gives 1 "$G2AFS" $command >/dev/full 2>"$WORK/err"
  same "$(cat "$WORK/err")" "g2afs: standard output: not all of it could be written" "what $command says"
done

# A pipe that is closed early ends what would go on for ever, also where SIGPIPE is ignored.
(trap '' PIPE; gives 1 "$G2AFS" status --watch "$MNT" 2>"$WORK/err" | head -n 1) >"$WORK/shown"
same "$(cat "$WORK/shown")" "config at $MNT" "the line that was read"
same "$(cat "$WORK/err")" "g2afs: standard output: not all of it could be written" "what --watch says at last"
unmount_it
