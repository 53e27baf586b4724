#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What becomes of who waits for an answer: Ctrl-C ends it at once, also after Ctrl-Z and fg, which break nothing off.
. "$(dirname "$0")/lib.sh"
start_sim --count 10 --from 2024-05-01 --to 2024-05-02
write_config '"retry_for": 600, "timeout": 600'

# An ls of what has never been listed, by an API that does not answer. (By way of env, since a shell has its background
# jobs ignore SIGINT.)
begin_ls() {
  rm -rf "$WORK/state"
  mount_it
  sim -d '{"endpoint":"list","kind":"stall","times":-1}' "$API/_sim/fault" >/dev/null
  env --default-signal=INT ls "$MNT/2024/05/01" >"$WORK/listed" 2>"$WORK/said" & waiter=$!
  STOPPED=$waiter  # so that it ends with the test in any case
  wait_for "ls to wait" waits
}
waits() { grep -qs request_wait_answer "/proc/$waiter/stack"; }
# The kernel has told of an interruption: from then on it wakes up for SIGKILL only.
told() { waits && grep -q '^State:.D' "/proc/$waiter/status"; }
# The API is well again: what hangs breaks off, and is asked again.
end_ls() {
  sim -X DELETE "$API/_sim/fault" >/dev/null
  local status=0
  wait $waiter || status=$?
  same "$status $(cat "$WORK/said")" "0 " "ls after $1"
  same "$(wc -l <"$WORK/listed")" 10 "recordings listed after $1"
  unmount_it
}

begin_ls
kill -TSTP $waiter
wait_for "its interruption" told
kill -CONT $waiter
end_ls "Ctrl-Z and fg"

begin_ls
kill -STOP $waiter
wait_for "its interruption" told
kill -CONT $waiter
kill -INT $waiter
wait_for "ls to end by Ctrl-C after Ctrl-Z and fg" gone $waiter
wait $waiter && fail "ls succeeded without an answer"
sim -X DELETE "$API/_sim/fault" >/dev/null
unmount_it
