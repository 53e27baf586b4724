#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tar of a whole account, and incremental archives over a remount.
. "$(dirname "$0")/lib.sh"
start_account
write_config
write_truth
bytes=$(truth_bytes)
files=$(find "$WORK/truth" -type f | wc -l)

client tar "$(tar --version | sed -n '1s/.* //p')"
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
cp "$WORK/snapshot" "$WORK/snapshot.before"
incremental --no-check-device
same "$(members "$WORK/incremental.tar")" 0 "files in an incremental archive after a remount"
mv "$WORK/snapshot.before" "$WORK/snapshot"
incremental
same "$(members "$WORK/incremental.tar")" "$files" "files in an incremental archive that minds the device"
row "tar -g, again, and again after a remount" "the second holds no file, the third all, but none with --no-check-device" "$bytes" 250 $((files * 4)) 102
note "A mount has another device number each time: incremental archives (\`-g\`) want \`--no-check-device\`, or are full."
