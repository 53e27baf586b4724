#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A read that fails does so once `retry_for` is over, not twice as late: where a readahead failed, the kernel asks once more
# for the page that its caller waits for, and that is no new beginning.
. "$(dirname "$0")/lib.sh"
start_sim --count 4 --size-min 3M --size-max 4M --from 2024-05-01 --to 2024-05-02
write_config '"retry_for": 2'
mount_it
video=$(find "$MNT" -name '*.mp4' | sort | sed -n 1p)
sim -d '{"endpoint":"media","kind":"status","status":500,"times":-1}' "$API/_sim/fault" >/dev/null
if cat "$video" >/dev/null 2>"$WORK/error"; then fail "what cannot be read was read"; fi
grep -q "Input/output error" "$WORK/error" || fail "another error: $(cat "$WORK/error")"
grep -q "GET bytes 0-.*: 500" "$WORK/log" || fail "it did not fail by what the server said"
same "$(grep -c "GET bytes 0-4095 of .*: 500" "$WORK/log")" 0 "requests for the kernel's second try"

# Who comes after the fault is served, whatever has just failed.
sim -X DELETE "$API/_sim/fault" >/dev/null
sim "$API/_sim/content/$(basename "$video")" | cmp - "$video" || fail "wrong bytes after the fault"
unmount_it
