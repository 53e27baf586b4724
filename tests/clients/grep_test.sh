#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Readers of another kind: grep, rg by mmap and by read, file.
. "$(dirname "$0")/lib.sh"
start_account
write_config
write_truth
bytes=$(truth_bytes)
files=$(find "$WORK/truth" -type f | wc -l)
video=$(cd "$WORK/truth" && find . -name '*.mp4' | sort | sed -n 3p)
# What the end of that video holds, so that a reader which stops too early does not find it.
needle=$(tail -c 4096 "$WORK/truth/$video" | LC_ALL=C grep -aoE '[A-Za-z0-9]{3,}' | tail -1)
found() { (cd "$1" && shift && "$@" . | sort); }

client grep "$(grep --version | sed -n '1s/.* //p')"
mount_it
begin
export LC_ALL=C
diff <(found "$WORK/truth" grep -arc "$needle") <(found "$MNT" grep -arc "$needle") || fail "grep -arc"
row "grep -a -r -c of what stands at a video's end" "the same lines in the same files" "$bytes" 250 $((files * 4)) 102
unmount_it

client ripgrep "$(rg --version 2>/dev/null | sed -n '1s/^[^ ]* \([^ ]*\).*/\1/p')"
need rg
mount_it
for how in --mmap --no-mmap; do
  begin
  diff <(found "$WORK/truth" rg -a -c --no-ignore --hidden $how "$needle") \
    <(found "$MNT" rg -a -c --no-ignore --hidden $how "$needle") || fail "rg $how"
  row "rg -a -c $how" "the same lines in the same files" "$bytes" 60 $((files * 6)) 105
  unmount_it; mount_it
done

client file "$(file --version | sed -n '1s/.*-//p')"
need file
begin
kinds() { (cd "$1" && find . -type f -print0 | sort -z | xargs -0 file); }
diff <(kinds "$WORK/truth") <(kinds "$MNT") || fail "file"
row "file of every file" "the same kinds" "$bytes" 60 $((files * 4)) 102
