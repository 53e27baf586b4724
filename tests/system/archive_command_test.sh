#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# g2afs archive --verify on the demo account: what counts as a copy and what does not, where copies are looked for, and
# how it ends.
. "$(dirname "$0")/lib.sh"
start_sim --files "$ROOT/tests/data/demo"
write_config '"retry_for": 60'
mount_it

# archive STATUS SUMMARY ARGUMENT…: what it says on standard error stays in $WORK/said, without the mount's path.
archive() {
  local status=$1 summary=$2 got=0; shift 2
  timeout 60 "$G2AFS" archive "$@" >"$WORK/summary" 2>"$WORK/errors" || got=$?
  sed "s|$MNT/||g; s|$WORK/||g" "$WORK/errors" >"$WORK/said"
  same "$got" "$status" "exit status of archive $* ($(cat "$WORK/said"))"
  same "$(cat "$WORK/summary")" "$summary" "summary of archive $*"
}
said() { same "$(cat "$WORK/said")" "$1" "what archive said"; }

# The whole account: one recording is not transcoded, three are archived already.
cp -a "$MNT" "$WORK/copy"
archive 1 "13 recordings: 9 would be marked archived, 3 archived before, 1 not" --dry-run --verify "$WORK/copy" "$MNT"
said "g2afs: 2025/10/27/18447300: not transcoded yet"
archive 1 "13 recordings: 9 would be marked archived, 3 archived before and proved again, 1 not" \
        --dry-run --recheck --verify "$WORK/copy" "$MNT"
archive 0 "7 recordings: 5 would be marked archived, 2 archived before, 0 not" \
        --dry-run --verify "$WORK/copy" "$MNT/2024" "$MNT/2025/01" "$MNT/2025/01/15"
same "$(counts .archive.requests)" 0 "calls that mark, of dry runs"

# Every layout that rsync and cp make.
day=$MNT/2024/11/28
fine() { archive 0 "2 recordings: 1 would be marked archived, 1 archived before and proved again, 0 not" --dry-run --recheck --verify "$@"; said ""; }
copied() { rm -rf "$WORK/c"; mkdir "$WORK/c"; "$@" "$WORK/c/"; }
copied cp -a "$MNT/2024" ;             fine "$WORK/c" "$day"
copied cp -a "$MNT" ;                  fine "$WORK/c/mnt" "$day"
copied rsync -a "$MNT/" ;              fine "$WORK/c" "$day/"
copied rsync -a "$MNT/2024/11" ;       fine "$WORK/c" "$MNT/2024/11"
copied rsync -a "$MNT/2024/11/" ;      fine "$WORK/c" "$MNT/2024/11"
copied cp -a "$day" ;                  fine "$WORK/c" "$day"
copied rsync -a "$day/" ;              fine "$WORK/c" "$day"; fine "$WORK/c" "$day/18446744" "$day/18446781/18446781.mp4"
(cd "$day" && fine "$WORK/c" .)
(cd "$WORK/c" && fine . "$MNT/2024/../2024//11/28")
ln -s "$day" "$WORK/link";             fine "$WORK/c" "$WORK/link"
copied rsync -a "$day/18446781/"
archive 0 "1 recording: 1 would be marked archived, 0 archived before, 0 not" --dry-run --verify "$WORK/c" "$day/18446781"
# A month of the number of a day that was copied: not to be confused.
copied rsync -a "$MNT/2024/11/"; mkdir -p "$WORK/c/11/x"; fine "$WORK/c" "$MNT/2024/11"
# None is searched for.
mkdir "$WORK/c/deep"; mv "$WORK/c/28" "$WORK/c/deep"
archive 1 "2 recordings: 0 would be marked archived, 1 archived before, 1 not" --dry-run --verify "$WORK/c" "$day"
said "g2afs: 2024/11/28/18446781: no copy
g2afs: no copy was found, neither at c/2024/11/28/18446781 nor at c/28/18446781 nor at c/18446781"

# What is no copy.
copied rsync -a "$day/"
copy=$WORK/c/18446781
not() { archive 1 "1 recording: 0 would be marked archived, 0 archived before, 1 not" --dry-run "${@:2}" --verify "$WORK/c" "$day/18446781"
        said "g2afs: 2024/11/28/18446781: $1"; rsync -a --delete "$day/18446781/" "$copy/"; }
mv "$copy/18446781.jpg" "$copy/other.jpg";          not "18446781.jpg: not in the copy"
truncate -s -1 "$copy/18446781.mp4";                not "18446781.mp4: its copy has 8638 bytes instead of 8639"
echo >>"$copy/18446781.events";                     not "18446781.events: its copy has 141 bytes instead of 140"
printf '\377' | dd of="$copy/18446781.mp4" bs=1 seek=8638 conv=notrunc status=none
touch -r "$day/18446781/18446781.mp4" "$copy/18446781.mp4"
cp -a "$copy/18446781.mp4" "$WORK/flipped"
archive 0 "1 recording: 1 would be marked archived, 0 archived before, 0 not" --dry-run --size-only --verify "$WORK/c" "$day/18446781"
not "18446781.mp4: its copy differs at byte 8639"
cp -a "$WORK/flipped" "$copy/18446781.mp4";         not "18446781.mp4: its copy differs at byte 8639"
ln -sf "$day/18446781/18446781.mp4" "$copy/18446781.mp4"; not "18446781.mp4: its copy is a link into a g2afs mount"
ln -sf "$day/18446781/18446781.mp4" "$copy/18446781.mp4"; not "18446781.mp4: its copy is a link into a g2afs mount" --size-only
rm -r "$copy"; ln -s "$day/18446781" "$copy"
archive 1 "1 recording: 0 would be marked archived, 0 archived before, 1 not" --dry-run --verify "$WORK/c" "$day/18446781"
said "g2afs: 2024/11/28/18446781: its copy lies in a g2afs mount"
rm "$copy"; rsync -a "$day/" "$WORK/c/"; touch "$copy/more" "$WORK/c/more"; fine "$WORK/c" "$day"
# A link to a copy elsewhere is one, and another mount of the account is none.
mv "$copy" "$WORK/elsewhere"; ln -s "$WORK/elsewhere" "$copy"; fine "$WORK/c" "$day"
mkdir "$WORK/mnt2"; mount_it "$WORK/mnt2"
ln -sfn "$WORK/mnt2/2024/11/28/18446781" "$copy"
archive 1 "1 recording: 0 would be marked archived, 0 archived before, 1 not" --dry-run --verify "$WORK/c" "$day/18446781"
said "g2afs: 2024/11/28/18446781: its copy lies in a g2afs mount"
archive 2 "" --dry-run --verify "$WORK/mnt2" "$day"
said "g2afs: mnt2: is in a g2afs mount, not a copy"
unmount_it "$WORK/mnt2"

# Usage.
archive 2 "" --verify "$WORK/c" "$WORK/c";     said "g2afs: c: not in a g2afs mount"
archive 2 "" --verify "$WORK/none" "$day";     said "g2afs: none: No such file or directory"
archive 1 "0 recordings: 0 marked archived, 0 archived before, 0 not" --verify "$WORK/c" "$MNT/2024/11/29"
said "g2afs: 2024/11/29: No such file or directory"

unmount_it
kill $SIM_PID; wait $SIM_PID || true
rm -rf "$WORK/copy" "$WORK/state"

# Large computed recordings: equal, and different in the middle of one.
start_sim --count 6 --size-min 5M --size-max 20M --from 2024-05-01 --to 2024-05-03
write_config '"retry_for": 60'
mount_it
rsync -a "$MNT/" "$WORK/copy/"
archive 0 "6 recordings: 6 would be marked archived, 0 archived before, 0 not" --dry-run --verify "$WORK/copy" "$MNT"
video=$(find "$WORK/copy" -name '*.mp4' | sort | head -n 1)
printf 'not what it was' | dd of="$video" bs=1 seek=3000000 conv=notrunc status=none
archive 1 "6 recordings: 5 would be marked archived, 0 archived before, 1 not" --dry-run --verify "$WORK/copy" "$MNT"
grep -q "its copy differs at byte 3000001$" "$WORK/said" || fail "$(cat "$WORK/said")"

# A listing that fails is an error, and what was listed before it is still done.
unmount_it
rm -rf "$WORK/state"
write_config '"retry_for": 1'
mount_it
sim -d '{"endpoint":"list","kind":"status","status":500,"times":-1}' "$API/_sim/fault" >/dev/null
archive 1 "0 recordings: 0 would be marked archived, 0 archived before, 0 not; 1 directory could not be listed" \
        --dry-run --verify "$WORK/copy" "$MNT"
said "g2afs: mnt: Input/output error"
sim -X DELETE "$API/_sim/fault" >/dev/null
unmount_it

# Ctrl-C ends it at once, with a summary, also while reads hang.
rm -rf "$WORK/state"
write_config '"retry_for": 60'
mount_it
find "$MNT" -type f -printf '%s\n' >"$WORK/sizes"
sim -d '{"endpoint":"media","kind":"stall","after_bytes":1000,"times":-1}' "$API/_sim/fault" >/dev/null
# In the background a shell has SIGINT ignored; env gives it back.
env --default-signal=INT "$G2AFS" archive --dry-run --verify "$WORK/copy" "$MNT" >"$WORK/summary" 2>"$WORK/said" &
pid=$!
stalled() { [ "$(counts .media.stalled_now)" -gt 0 ]; }
wait_for "reads that hang" stalled
kill -INT $pid
wait_for "its end" gone $pid
status=0; wait $pid || status=$?
same "$status" 1 "exit status after Ctrl-C"
same "$(cat "$WORK/summary")" "6 recordings: 0 would be marked archived, 0 archived before, 6 not, 6 of them not tried" "summary after Ctrl-C"
sim -X DELETE "$API/_sim/fault" >/dev/null
