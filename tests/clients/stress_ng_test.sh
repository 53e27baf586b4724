#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# stress-ng's walkers and readers on a mount, and random readers against the truth, for as long as the walkers take.
. "$(dirname "$0")/lib.sh"
client stress-ng "$(stress-ng --version 2>/dev/null | sed 's/.*version \([^ ]*\).*/\1/')"
need stress-ng
start_account
write_config
write_truth
bytes=$(truth_bytes)
mount_it
find "$MNT" -type f -size +0 >"$WORK/paths"
begin
# Whatever asks for files of its own gets EROFS, and says so; what only reads runs.
video=$(grep -m1 'mp4$' "$WORK/paths")
cd "$MNT"
for reader in "--getdent 2 --getdent-ops 400" "--mmapaddr 1 --mmapaddr-ops 50"; do
  timeout 100 stress-ng --temp-path "$WORK" --timeout 60 $reader >"$WORK/said" 2>&1 || fail "stress-ng $reader: $(tail -3 "$WORK/said")"
done
cd /
mkdir "$WORK/own"
for writer in "--dir 1 --dir-ops 10" "--xattr 1 --xattr-ops 10" "--hdd 1 --hdd-ops 10"; do
  status=0
  timeout 100 stress-ng --temp-path "$(dirname "$video")" --timeout 20 $writer >"$WORK/said" 2>&1 || status=$?
  [ $status != 0 ] || grep -qi "read-only\|skipped" "$WORK/said" || fail "stress-ng $writer wrote: $(tail -3 "$WORK/said")"
done
same "$(find "$MNT" -name '*stress*' | wc -l)" 0 "files that stress-ng left"
row "getdent; dir, xattr and hdd, which write" "runs; refused" "$bytes" 250 400 20
note "stress-ng makes its files before it reads them, so most of its file stressors are refused at the start."
