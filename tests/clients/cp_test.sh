#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# cp -a of a whole account.
. "$(dirname "$0")/lib.sh"
start_account
write_config
write_truth
bytes=$(truth_bytes)
files=$(find "$WORK/truth" -type f | wc -l)

client cp "$(cp --version | sed -n '1s/.* //p')"
mount_it
begin
cp -a "$MNT" "$WORK/copy"
same_tree "$WORK/copy"
same_times "$WORK/copy"
row "cp -a of the account" "contents and times equal" "$bytes" 250 $((files * 4)) 102
cp -a --reflink=auto "$MNT/2024/03" "$WORK/reflink"
diff -r "$WORK/truth/2024/03" "$WORK/reflink" || fail "cp --reflink=auto"
if cp --reflink=always "$(find "$MNT" -name '*.mp4' -print -quit)" "$WORK/clone" 2>"$WORK/err"; then fail "a clone out of the mount"; fi
note "\`--reflink=always\` fails, as between any two file systems; \`--reflink=auto\`, the default, copies."
