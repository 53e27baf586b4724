#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# stress-ng on a mount: all of its stressors of files make their own, so all it shows is that they are refused cleanly.
. "$(dirname "$0")/lib.sh"
client stress-ng "$(stress-ng --version 2>/dev/null | sed 's/.*version \([^ ]*\).*/\1/')"
need stress-ng
start_account
write_config
bytes=$(sim "$API/_sim/recordings?limit=1000" | jq '[.recordings[].mp4_size] | add')
mount_it
day=$(find "$MNT" -mindepth 3 -maxdepth 3 | sort | head -1)
begin
for writer in "--dir 1 --dir-ops 10" "--xattr 1 --xattr-ops 10" "--dirdeep 1 --dirdeep-ops 10" "--readahead 1 --readahead-ops 10" "--hdd 1 --hdd-ops 10"; do
  status=0
  timeout 100 stress-ng --temp-path "$day" --timeout 20 $writer >"$WORK/said" 2>&1 || status=$?
  [ $status != 0 ] || grep -qi "read-only\|skipped" "$WORK/said" || fail "stress-ng $writer wrote: $(tail -3 "$WORK/said")"
done
same "$(find "$MNT" -name '*stress*' | wc -l)" 0 "files that stress-ng left"
row "dir, dirdeep, xattr, readahead, hdd, which make their files first" "refused, nothing left behind" "$bytes" 250 10 5
note "stress-ng makes each file before it reads it, so it cannot read a mount."
