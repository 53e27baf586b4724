#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What walks a tree, and what reads many files at once: find, du, ls -lR, diff -r, sha256sum by xargs -P8.
. "$(dirname "$0")/lib.sh"
start_account
write_config
write_truth
bytes=$(truth_bytes)
files=$(find "$WORK/truth" -type f | wc -l)
listing() { (cd "$1" && find . -printf '%y %P\n' | sort); }
sizes() { (cd "$1" && find . -type f -printf '%P %s\n' | sort); }

client find "$(find --version | sed -n '1s/.* //p')"
mount_it
begin
diff <(listing "$WORK/truth") <(listing "$MNT") || fail "find: names"
row "names and types of the account" "equal" "$bytes" 250 0 0
begin
diff <(sizes "$WORK/truth") <(sizes "$MNT") || fail "find: sizes"
row "sizes" "equal" "$bytes" 250 "$files" 60
begin
same "$(find "$MNT" -name '*.mp4' -newermt 2024-06-01 ! -newermt 2024-09-01 | wc -l)" \
  "$(find "$WORK/truth" -name '*.mp4' -newermt 2024-06-01 ! -newermt 2024-09-01 | wc -l)" "videos of a summer"
same "$(find "$MNT" -perm /111 -type f | wc -l)" 0 "files that one may execute"
same "$(find "$MNT" -type d -empty | wc -l)" "$(find "$WORK/truth" -type d -empty | wc -l)" "empty directories"
row "by time, mode, emptiness" "equal" "$bytes" 250 "$files" 60
same "$(stat -c %h "$MNT" "$MNT/2024" | xargs)" "1 1" "links of directories"
note "A directory has one link, whatever it holds, so \`find\` looks at each entry's type, which the listing tells it."

client du "$(du --version | sed -n '1s/.* //p')"
begin
same "$(du -sb --apparent-size "$MNT" | cut -f1)" "$(($(find "$MNT" -printf '%i %s\n' | sort -u | awk '{ sum += $2 } END { print sum }')))" "du -b"
used=$(du -s --block-size=1 "$MNT" | cut -f1)
[ "$used" -ge "$bytes" ] && [ "$used" -le $((bytes + files * 4096 + 4096 * 200)) ] || fail "du says $used of $bytes bytes"
row "du of the account" "all bytes, in blocks of the files' size" "$bytes" 250 0 0

client diff "$(diff --version | sed -n '1s/.* //p')"
unmount_it
mount_it
begin
diff -r "$WORK/truth" "$MNT" || fail "diff -r"
row "diff -r with a copy" "no difference" "$bytes" 60 $((files * 4)) 102

client sha256sum "$(sha256sum --version | sed -n '1s/.* //p')"
unmount_it
mount_it
sums() { (cd "$1" && find . -type f -print0 | xargs -0 -P8 -n4 sha256sum | sort); }
begin
diff <(sums "$WORK/truth") <(sums "$MNT") || fail "sha256sum"
row "xargs -P8 sha256sum" "equal" "$bytes" 60 $((files * 4)) 102
begin
(cd "$WORK/truth" && find . -type f -exec sha256sum {} + >"$WORK/sums")
(cd "$MNT" && sha256sum --quiet -c "$WORK/sums") || fail "sha256sum -c"
row "sha256sum -c of what was just read" "equal" "$bytes" 60 0 0
