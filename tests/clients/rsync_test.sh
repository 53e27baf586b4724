#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# rsync -a as a mirror: twice, after a remount, with --delete while the API fails, killed in the middle and resumed.
. "$(dirname "$0")/lib.sh"
start_account
write_config '"retry_for": 2, "timeout": 2, "dir_ttl": 1'
write_truth
bytes=$(truth_bytes)
files=$(find "$WORK/truth" -type f | wc -l)
fault() { sim -d "$1" "$API/_sim/fault" >/dev/null; }
no_faults() { sim -X DELETE "$API/_sim/fault" >/dev/null; }
# transferred ARGUMENT…: how many files an rsync of the mount to the mirror transfers.
transferred() { rsync -a --stats "$@" "$MNT/" "$WORK/mirror/" | sed -n 's/^Number of regular files transferred: //p'; }

client rsync "$(rsync --version | sed -n '1s/.*version \([^ ]*\).*/\1/p')"
mount_it
begin
same "$(transferred)" "$files" "files transferred"
same_tree "$WORK/mirror"
same_times "$WORK/mirror"
row "rsync -a of the account" "contents and times equal" "$bytes" 250 $((files * 4)) 102
begin
same "$(transferred)" 0 "files transferred by a second rsync"
row "again" "transfers nothing" "$bytes" 250 0 0
unmount_it
mount_it
begin
same "$(transferred --delete)" 0 "files transferred after a remount"
row "again, from a fresh mount, with --delete" "transfers nothing, deletes nothing" "$bytes" 250 0 0
begin
same "$(transferred --checksum)" 0 "files transferred by --checksum"
row "again, with --checksum" "transfers nothing" "$bytes" 250 $((files * 4)) 102
unmount_it

# The API fails in the middle of a walk that knows nothing yet, and then for good: whatever rsync says, all stays.
for skip in 0 1 3 6; do
  rm -rf "$WORK/state"
  mount_it
  fault '{"endpoint":"any","kind":"status","status":500,"skip":'$skip',"times":-1}'
  begin
  status=0
  timeout 100 rsync -a --delete "$MNT/" "$WORK/mirror/" 2>"$WORK/err" || status=$?
  [ $status = 23 ] || fail "rsync --delete with a dead API ended with $status: $(cat "$WORK/err")"
  same_tree "$WORK/mirror"
  no_faults
  unmount_it
done
row "--delete while the API is down, from its 1st, 2nd, 4th, 7th request on" "status 23, deletes nothing" "$bytes" 400 $((files * 4)) 102

# What was listed before stays listed while the API is down, so a mirror has nothing to do.
mount_it
same "$(transferred --delete)" 0 "files transferred by a mount with everything in order"
fault '{"endpoint":"any","kind":"status","status":500,"times":-1}'
begin
same "$(transferred --delete)" 0 "files transferred while the API is down"
same_tree "$WORK/mirror"
row "--delete of a mount that knows the tree, with everything down" "transfers nothing, deletes nothing" "$bytes" 200 0 0
no_faults

# A media host that fails: an error, and no file of zeros or of half the bytes in the mirror.
rm -rf "$WORK/mirror"
fault '{"endpoint":"media","kind":"truncate","match":".mp4","percent":50,"times":-1,"skip":20}'
begin
rsync -a "$MNT/" "$WORK/mirror/" 2>"$WORK/err" || [ $? = 23 ] || fail "rsync of downloads that break off: $(cat "$WORK/err")"
no_faults
(cd "$WORK/mirror" && find . -type f) >"$WORK/list"
while read -r file; do cmp "$WORK/truth/$file" "$WORK/mirror/$file"; done <"$WORK/list"
rsync -a "$MNT/" "$WORK/mirror/"
same_tree "$WORK/mirror"
row "downloads that break off" "what is in the mirror is right, and whole after the next" "$bytes" 400 $((files * 12)) 400

# Killed in the middle, twice, then resumed.
unmount_it
mount_it
rm -rf "$WORK/mirror"
fault '{"endpoint":"media","kind":"latency","seconds":0.05,"times":-1}'
begin
for half in 10 40; do
  rsync -a --partial "$MNT/" "$WORK/mirror/" 2>"$WORK/err" & copying=$!
  some() { [ "$(find "$WORK/mirror" -name '[0-9]*.*' -type f 2>/dev/null | wc -l)" -ge $half ]; }
  wait_for "the copy to begin" some
  kill -9 $copying
  wait $copying || true
done
no_faults
left=$(transferred --partial)
[ "$left" -lt "$files" ] || fail "a resumed rsync began anew"
same_tree "$WORK/mirror"
same_times "$WORK/mirror"
row "killed twice and resumed" "contents and times equal" "$bytes" 400 $((files * 3)) 130
note "A copy that is killed leaves temporary files (\`.NAME.XXXXXX\`) in the mirror, as ever; a mirror with \`--delete\` removes them."

# A mirror of files that were cut short is completed in place.
while read -r file; do truncate -s "$(($(stat -c %s "$file") / 2))" "$file"; done < <(find "$WORK/mirror" -name '*.mp4')
begin
rsync -a --append "$MNT/" "$WORK/mirror/"
same_tree "$WORK/mirror"
row "--append to files of half their length" "contents equal" "$bytes" 400 $((files * 4)) 102
