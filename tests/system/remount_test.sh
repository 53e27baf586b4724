#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What a mount remembers: the tree and every size, over a remount, kill -9, damage, and beside another mount.
. "$(dirname "$0")/lib.sh"
start_sim --count 200 --from 2024-01-01 --to 2024-12-31 --untranscoded 10 --archived 30 --no-events 20
port=${API##*:}
write_config '"retry_for": 1'
store() { ls "$WORK"/state/catalog-*.sqlite; }
# Everything a backup looks at.
look() { find "${1:-$MNT}" -mindepth 1 -printf '%P %y %i %s %m %T@ %C@\n' | sort; }

mount_it
look >"$WORK/seen"
same "$(grep -c ' f ' "$WORK/seen")" "$(find "$MNT" -type f | wc -l)" "files"
unmount_it
same "$(stat -c %a "$(store)")" 600 "mode of the store"
! strings -n 8 "$(store)" | grep -qE 'sesame|http' || fail "a token or a URL is in the store"

# The API is down: all of it is there at once, with the same numbers, and no request for the sizes.
kill $SIM_PID; wait $SIM_PID || true
mount_it 2>/dev/null
look | diff "$WORK/seen" - || fail "the tree is not what it was before the remount"
unmount_it

# It is back, and changed meanwhile: a look shows the old, and then the new.
start_sim --count 200 --from 2024-01-01 --to 2024-12-31 --untranscoded 10 --archived 30 --no-events 20 --port "$port"
mount_it
same "$(look | diff "$WORK/seen" - | wc -l)" 0 "differences after the API came back"
same "$(counts .media.requests)" 0 "media requests for sizes that are known"
sim -d '{"id":99,"start":"2024-05-05T05:05:05Z","size":12345}' "$API/_sim/recordings" >/dev/null
unmount_it
mount_it
ls "$MNT/2024/05/05" >/dev/null || true
appeared() { [ -e "$MNT/2024/05/05/99/99.mp4" ] || { ls "$MNT/2024/05/05" "$MNT/2024/05" "$MNT/2024" >/dev/null 2>&1; false; }; }
wait_for "the new recording" appeared
look >"$WORK/seen"

# kill -9 loses nothing that was written; the dead mount is replaced.
pid=$(daemon_pid)
written() { [ "$(python3 -c "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('select count(*) from recording').fetchone()[0])" "$(store)")" = 201 ]; }
wait_for "the store to be written" written
kill -9 "$pid"
kill $SIM_PID; wait $SIM_PID || true
mount_it 2>/dev/null
look | diff "$WORK/seen" - || fail "the tree is not what it was before kill -9"
unmount_it

# Damage is a warning and a cold start, not a crash and not a lie.
start_sim --count 200 --from 2024-01-01 --to 2024-12-31 --untranscoded 10 --archived 30 --no-events 20 --port "$port"
size=$(stat -c %s "$(store)")
dd if=/dev/urandom of="$(store)" bs=512 seek=$((size / 1024)) count=4 conv=notrunc status=none
: >"$WORK/log"
mount_it
grep -q "set aside" "$WORK/log" || fail "no warning about a damaged store"
ready() { sim "$API/_sim/recordings?limit=1000" | jq "[.recordings[] | select(.state == \"ready\" and $1)] | length"; }
same "$(find "$MNT" -name '*.mp4' | wc -l)" "$(ready true)" "recordings after a cold start"

# Two mounts of one account at a time, one of them of archived recordings only.
mkdir "$WORK/mnt2" "$WORK/mnt3"
mount_it "$WORK/mnt2"
"$G2AFS" -o archived=only "$WORK/config.json" "$WORK/mnt3"
diff <(look "$MNT") <(look "$WORK/mnt2") || fail "two mounts of one account differ"
same "$(find "$WORK/mnt3" -name '*.mp4' | wc -l)" "$(ready '.archived == 1')" "archived recordings"
same "$(store | wc -l)" 2 "stores for two ways to look at the account"
fusermount3 -u "$WORK/mnt3"
unmount_it "$WORK/mnt2"
unmount_it
