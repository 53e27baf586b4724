#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# inotifywait: reads of this machine are seen, and what the mount learns to be gone; what comes to the account is not.
. "$(dirname "$0")/lib.sh"
client inotifywait "$(inotifywait --help 2>/dev/null | sed -n '1s/.* //p')"
need inotifywait
start_account
write_config '"dir_ttl": 1'
mount_it
find "$MNT" >"$WORK/paths"
file=$(grep -m1 'mp4$' "$WORK/paths")
day=$(dirname "$(dirname "$file")")
bytes=$(find "$MNT" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
begin
inotifywait -m -r --format '%e %f' "$MNT" >"$WORK/events" 2>"$WORK/watching" & watcher=$!
wait_for "the watches" grep -qs "Watches established" "$WORK/watching"
seen() { grep -qx "$1" "$WORK/events"; }
cat "$file" >"$WORK/copy"
wait_for "the close" seen "CLOSE_NOWRITE,CLOSE $(basename "$file")"
for event in "OPEN" "ACCESS"; do seen "$event $(basename "$file")" || fail "no $event of a file that was read: $(cat "$WORK/events")"; done

# A recording comes, one goes: the tree shows both, and no event tells.
sim -d '{"id":1,"start":"'"$(echo "${day#"$MNT"/}" | tr / -)"'T00:00:01Z","size":1000}' "$API/_sim/recordings" >/dev/null
sim -X DELETE "$API/_sim/recordings/$(basename "$file" .mp4)" >/dev/null
come_and_gone() { setfattr -n user.g2afs.refresh -v 1 "$day"; [ -e "$day/1/1.mp4" ] && [ ! -e "$file" ]; }
wait_for "the change in the tree" come_and_gone
# Events come in their order: before that of a read that comes after the change.
another=$(grep 'mp4$' "$WORK/paths" | sed -n 2p)
cat "$another" >"$WORK/copy"
wait_for "the close of another" seen "CLOSE_NOWRITE,CLOSE $(basename "$another")"
if grep -E '^(CREATE|MOVED_TO|MOVED_FROM|MODIFY)' "$WORK/events"; then fail "an event of what happened in the account"; fi
grep -qx 'DELETE_SELF ' "$WORK/events" || fail "no event of what the mount knows to be gone: $(cat "$WORK/events")"
kill $watcher
row "-m -r while a recording comes and another goes" "OPEN, ACCESS, CLOSE_NOWRITE of this machine's reads; DELETE_SELF of a directory that is gone; nothing of what is new" "$bytes" 2000 200 20
note "No event when a recording comes, and that one is gone is told only once its day is listed again: \`g2afs wait\`, or listing again, tells what is new. Desktop file managers, which rely on it, do not refresh by themselves."
