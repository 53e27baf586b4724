#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# rclone copies from a mount, checks, and syncs.
. "$(dirname "$0")/lib.sh"
client rclone "$(rclone version 2>/dev/null | sed -n '1s/.* v//p')"
need rclone
start_account
CACHE_SIZE='"1G"' write_config "\"cache_dir\": \"$WORK/cache\""
write_truth
bytes=$(truth_bytes)
files=$(find "$WORK/truth" -type f | wc -l)
rclone() { command rclone --config /dev/null --stats=0 "$@"; }

mount_it
begin
rclone copy "$MNT" "$WORK/copy" --create-empty-src-dirs
same_tree "$WORK/copy"
same_times "$WORK/copy"
row "rclone copy of the account" "contents and times equal" "$bytes" 250 $((files * 4)) 105
begin
rclone check "$MNT" "$WORK/copy" 2>"$WORK/said" || fail "rclone check: $(tail -3 "$WORK/said")"
grep -q "$files matching files" "$WORK/said" || fail "rclone check: $(cat "$WORK/said")"
row "rclone check of what was just read" "all match" "$bytes" 250 "$files" 40
begin
rclone copy -v "$MNT" "$WORK/copy" 2>"$WORK/said"
grep -q "Copied (new)\|Copied (replaced" "$WORK/said" && fail "a second rclone copy copies: $(cat "$WORK/said")"
row "rclone copy again" "copies nothing" "$bytes" 250 0 0
unmount_it

mount_it
begin
rclone sync -v "$MNT" "$WORK/copy" --create-empty-src-dirs 2>"$WORK/said"
grep -q "Copied\|Deleted\|Removed" "$WORK/said" && fail "rclone sync after a remount changes something: $(cat "$WORK/said")"
same_tree "$WORK/copy"
row "rclone sync from a fresh mount" "copies nothing, deletes nothing" "$bytes" 250 0 0

# The API is gone before anything is known: a sync deletes nothing.
unmount_it
rm -rf "$WORK/state"
write_config '"retry_for": 2, "timeout": 2'
mount_it
sim -d '{"endpoint":"any","kind":"status","status":500,"skip":2,"times":-1}' "$API/_sim/fault" >/dev/null
begin
if rclone sync "$MNT" "$WORK/copy" --retries 1 2>"$WORK/said"; then fail "rclone sync without the API succeeded"; fi
sim -X DELETE "$API/_sim/fault" >/dev/null
same "$(find "$WORK/copy" -type f | wc -l)" "$files" "files after a sync without the API"
row "rclone sync while the API is down" "fails, deletes nothing" "$bytes" 250 0 0
if rclone moveto "$(find "$MNT" -name '*.mp4' -print -quit)" "$WORK/moved.mp4" --retries 1 2>"$WORK/said"; then fail "rclone move out of the mount"; fi
note "rclone has the kernel forget what it has read (\`fadvise\`), so a \`check\` reads from the cache on disk; without one, from the network."
note "\`rclone move\` copies and then fails to delete: nothing can be removed from the tree."
