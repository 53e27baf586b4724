#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The tree, sizes, times, modes, mutations and names that cannot exist, on the demo account's real files.
. "$(dirname "$0")/lib.sh"
start_sim --files "$ROOT/tests/data/demo"
write_config
before=$(counts .list.requests)
mount_it
[ $(( $(counts .list.requests) - before )) -le 1 ] || fail "mounting cost more than one call"

# Every file of the manifest is there, under its start date, with exact size and content.
while IFS=$'\t' read -r id start mp4 events thumbnail; do
  dir=$MNT/$(date -u -d "$start" +%Y/%m/%d)/$id
  for source in "$mp4" "$events" "$thumbnail"; do
    [ -n "$source" ] || continue
    same "$(stat -c %s "$dir/$source")" "$(stat -c %s "$ROOT/tests/data/demo/$source")" "size of $source"
    cmp "$dir/$source" "$ROOT/tests/data/demo/$source"
    same "$(stat -c '%Y %Z %X' "$dir/$source")" "$(date -u -d "$start" +'%s %s %s')" "times of $source"
    same "$(stat -c '%a %F' "$dir/$source")" "644 regular file" "mode of $source"
  done
  same "$(stat -c '%a %F' "$dir")" "755 directory" "mode of $dir"
  same "$(getfattr --absolute-names --only-values -n user.g2afs.id "$dir")" "$id" "xattr id"
  same "$(getfattr --absolute-names --only-values -n user.g2afs.state "$dir")" ready "xattr state"
done < <(jq -r '.[] | select(.state != "untranscoded") | [.id, .start, .mp4, .events, (.thumbnail // "")] | @tsv' "$ROOT/tests/data/demo/manifest.json")

same "$(ls "$MNT" | tr '\n' ' ')" "2024 2025 " "years"
same "$(ls "$MNT/2025" | tr '\n' ' ')" "01 03 06 10 " "months of 2025"
same "$(ls "$MNT/2025/01" | tr '\n' ' ')" "01 15 " "days of 2025/01"
same "$(ls "$MNT/2025/10/27/18447300")" "" "an untranscoded recording is an empty directory"
same "$(getfattr --absolute-names --only-values -n user.g2afs.state "$MNT/2025/10/27/18447300")" untranscoded "its state"
same "$(find "$MNT" -type f | wc -l)" "$(jq '[.[] | .mp4, .events, .thumbnail | select(. != null)] | length' "$ROOT/tests/data/demo/manifest.json")" "files in all"

# Copies are equal, and a second rsync finds nothing to do.
rsync -a "$MNT/" "$WORK/copy/"
diff -r "$MNT" "$WORK/copy"
same "$(rsync -ai "$MNT/" "$WORK/copy/" | wc -l)" 0 "second rsync"

# Names that cannot exist cost nothing.
before=$(counts '[.[] | objects | .requests] | add')
for name in .Trash desktop.ini autorun.inf .hidden 2016x 20161 0 1 99 .g2afsx 2025/13 2025/1 2025/00 2025/02/30 2025/01/15/x 2025/01/15/018446929 \
            2025/01/15/18446929/18446929.png 2025/01/15/18446929/18446929.mp4.part; do
  ! test -e "$MNT/$name" || fail "$name exists"
done
same "$(counts '[.[] | objects | .requests] | add')" "$before" "requests for names that cannot exist"

# Everything that would change the tree is EROFS.
rofs() { local out; if out=$(LC_ALL=C "$@" 2>&1); then fail "$* succeeded"; fi; [[ $out == *"Read-only file system"* ]] || fail "$*: $out"; }
file=$MNT/2025/01/15/18446929/18446929.mp4
rofs touch "$MNT/new"
rofs mkdir "$MNT/new"
rofs rm -f "$file"
rofs rmdir "$MNT/2025/01/15/18446929"
rofs mv "$file" "$MNT/moved"
rofs ln "$file" "$MNT/link"
rofs ln -s x "$MNT/2025/link"
rofs truncate -s 0 "$file"
rofs chmod 600 "$file"
rofs chown 1 "$file"
rofs touch -d yesterday "$file"
rofs dd if=/dev/null of="$file" conv=notrunc status=none

# What is virtual, and what statfs says.
jq -e '.version and .recordings.known == 13 and (.recordings.by_state.ready == 12)' "$MNT/.g2afs/status.json" >/dev/null || fail "status.json: $(cat "$MNT/.g2afs/status.json")"
same "$(stat -c %s "$MNT/.g2afs/metrics" | grep -c '^[1-9]')" 1 "metrics has a size"
for metric in g2afs_api_requests_total g2afs_media_requests_total g2afs_media_bytes_total g2afs_read_bytes_total \
              g2afs_cache_hit_bytes_total g2afs_recordings g2afs_open_files g2afs_buffer_bytes; do
  grep -q "^$metric" "$MNT/.g2afs/metrics" || fail "no $metric in metrics"
done
! grep -q -e sesame "$MNT/.g2afs/status.json" "$MNT/.g2afs/metrics" "$WORK/log" || fail "the token is visible"
! ls -a "$MNT" | grep -q g2afs || fail ".g2afs is listed"
total=$(cat "$ROOT"/tests/data/demo/1844*.{mp4,events,jpg,png} | wc -c)
same "$(stat -f -c '%f %a' "$MNT")" "0 0" "free blocks"
[ "$(( $(stat -f -c '%b * %S' "$MNT") ))" -ge "$total" ] || fail "statfs: total is less than what exists"

# Inode numbers are the same after a remount.
find "$MNT" -printf '%i %P\n' | sort >"$WORK/inodes"
unmount_it
! mounted || fail "still in mountinfo"
mount_it
find "$MNT" -printf '%i %P\n' | sort | diff "$WORK/inodes" - || fail "inode numbers changed"
same "$(counts .authorization_leaked)" 0 "media requests with an Authorization header"
