#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Thousands of small files: what listing and copying them asks of the media server, and what backups find unchanged.
. "$(dirname "$0")/lib.sh"
start_sim --count 300 --from 2024-05-01 --to 2024-05-11 --no-events 10 --no-thumbnail 5 --size-min 1000 --size-max 50000
write_config '"retry_for": 5, "dir_ttl": 3600'
media_requests() { counts .media.requests; }
forget() { sim -X DELETE "$API/_sim/log" >/dev/null; }
copy() { rsync -a --include='*/' --include='*.events' --include='*.jpg' --exclude='*' "$@"; }

# A plain listing costs nothing; one with sizes one request a sidecar, whoever lists, however often.
mount_it
ls -R "$MNT" >/dev/null
same "$(media_requests)" 0 "media requests of ls -R"
sidecars=$(find "$MNT" -name '*.events' -o -name '*.jpg' | wc -l)
same "$(media_requests)" 0 "media requests of find"
ls -lR "$MNT" >"$WORK/listed"
same "$(media_requests)" "$sidecars" "media requests of ls -lR"
same "$(awk '$5 > 0 && /\.(events|jpg)$/' "$WORK/listed" | wc -l)" "$sidecars" "sidecars with a size"
# Their contents came along.
copy "$MNT/" "$WORK/copy"
same "$(media_requests)" "$sidecars" "media requests of ls -lR and a copy"
for file in $(find "$WORK/copy" -type f | sort | awk 'NR % 10 == 1'); do
  sim "$API/_sim/content/${file##*/}" | cmp - "$file"
done
unmount_it

# A second copy from a fresh mount has nothing to do and asks nothing of the media server.
forget
mount_it
same "$(copy -i "$MNT/" "$WORK/copy")" "" "what a second rsync transfers"
same "$(media_requests)" 0 "media requests of a second rsync"
# The sizes are known, the contents are not: each is still asked for once, and not one after the other.
rm -rf "$WORK/copy"
sim -d '{"endpoint":"media","ms":50}' "$API/_sim/latency" >/dev/null
copy "$MNT/" "$WORK/copy"
sim -X DELETE "$API/_sim/latency" >/dev/null
same "$(media_requests)" "$sidecars" "media requests of a copy when the sizes are known"
[ "$(counts .media.peak_concurrency)" -gt 16 ] || fail "they were copied one after the other"
same "$(find "$WORK/copy" -type f | wc -l)" "$sidecars" "files copied"
unmount_it

# Backup programs compare inode, size and times: a fresh mount is what they saw before.
export RESTIC_PASSWORD=x RESTIC_CACHE_DIR=$WORK/restic-cache BORG_BASE_DIR=$WORK/borg BORG_RELOCATED_REPO_ACCESS_IS_OK=yes
export BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes
restic -q -r "$WORK/restic" init
borg init -e none "$WORK/borg-repo" 2>/dev/null
mount_it
(cd "$MNT" && restic -q -r "$WORK/restic" backup 2024)
(cd "$MNT" && borg create "$WORK/borg-repo::first" 2024)
unmount_it
forget
mount_it
(cd "$MNT" && restic -r "$WORK/restic" backup --json 2024) | tail -n 1 >"$WORK/summary"
same "$(jq -r '"\(.files_new) \(.files_changed)"' "$WORK/summary")" "0 0" "files that restic finds new or changed"
same "$(media_requests)" 0 "media requests of a restic that finds nothing changed"
(cd "$MNT" && borg create --list --filter AMCE "$WORK/borg-repo::second" 2024) 2>"$WORK/borg-list"
# borg always reads again what has the newest time of all.
newest=$(find "$MNT" -name '*.mp4' -printf '%T@ %h\n' | sort -n | tail -n 1 | sed 's,.*/,,')
same "$(grep -vc "/$newest/" "$WORK/borg-list")" 0 "files that borg finds new or changed"
unmount_it

# One that is gone leaves the listing; one that fails otherwise is an error, never a size of 0, and is asked again.
rm -rf "$WORK/state"
mount_it
gone=$(sed -n 's/.* \([0-9]*\)\.events$/\1/p' "$WORK/listed" | sed -n 1p)
sick=$(sed -n 's/.* \([0-9]*\)\.events$/\1/p' "$WORK/listed" | sed -n 2p)
path_of() { find "$MNT" -name "$1.events"; }
gone_path=$(path_of "$gone") sick_path=$(path_of "$sick")
sim -d "{\"endpoint\":\"media\",\"match\":\"$gone.events\",\"kind\":\"status\",\"status\":404,\"times\":-1}" "$API/_sim/fault" >/dev/null
sim -d "{\"endpoint\":\"media\",\"match\":\"$sick.events\",\"kind\":\"status\",\"status\":500,\"times\":-1}" "$API/_sim/fault" >/dev/null
! error=$(LC_ALL=C stat "$gone_path" 2>&1) || fail "a sidecar that is gone is still there"
[[ $error == *"No such file"* ]] || fail "stat of one that is gone: $error"
! ls "${gone_path%/*}" | grep -q events || fail "one that is gone is still listed"
! error=$(LC_ALL=C stat "$sick_path" 2>&1) || fail "a sidecar that cannot be probed has a size"
[[ $error == *"Input/output error"* ]] || fail "stat of one that fails: $error"
ls "${sick_path%/*}" | grep -q events || fail "one that fails has left the listing"
sim -X DELETE "$API/_sim/fault" >/dev/null
same "$(stat -c %s "$sick_path")" "$(sim "$API/_sim/content/$sick.events" | wc -c)" "the size once it works"
unmount_it
