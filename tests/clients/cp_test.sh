#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# cp -a and tar of a whole account.
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
unmount_it

client tar "$(tar --version | sed -n '1s/.* //p')"
rm -rf "$WORK/state"
mount_it
begin
tar -C "$MNT" -cf "$WORK/archive.tar" . 2>"$WORK/err"
same "$(cat "$WORK/err")" "" "what tar says"
mkdir "$WORK/unpacked"
tar -C "$WORK/unpacked" -xf "$WORK/archive.tar"
same_tree "$WORK/unpacked"
same_times "$WORK/unpacked"
row "tar -c of the account, unpacked" "contents and times equal" "$bytes" 250 $((files * 4)) 102

# Incremental archives know a directory by device and inode; the device of a mount is another one each time.
members() { tar -tf "$1" | grep -c '[^/]$' || true; }
incremental() { tar -C "$MNT" -cf "$WORK/incremental.tar" -g "$WORK/snapshot" "$@" .; }
begin
incremental
same "$(members "$WORK/incremental.tar")" "$files" "files in a first incremental archive"
incremental
same "$(members "$WORK/incremental.tar")" 0 "files in an incremental archive of what did not change"
unmount_it
mkdir "$WORK/other"; mount_it "$WORK/other"
mount_it
incremental --no-check-device
same "$(members "$WORK/incremental.tar")" 0 "files in an incremental archive after a remount"
row "tar -g, again, and again after a remount" "the second and third hold no file" "$bytes" 250 $((files * 4)) 102
note "A mount has another device number each time: incremental archives (\`-g\`) want \`--no-check-device\`, or are full."
