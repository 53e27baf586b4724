#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# g2afs archive --verify marks nothing for the sake of a copy that only looks whole: one that lacks what the mount did not
# list for a moment, one that is a view of the mount, one whose disk has failed.
. "$(dirname "$0")/lib.sh"
start_sim --count 6 --size-min 20K --size-max 60K --from 2024-05-01 --to 2024-05-03
write_config '"retry_for": 2, "dir_ttl": 3600'
mount_it
COPY=$WORK/copy

# archive STATUS SUMMARY COPY ARGUMENT…: what it says on standard error stays in $WORK/said, without paths.
archive() {
  local status=$1 summary=$2 copy=$3 got=0; shift 3
  timeout 60 "$G2AFS" archive "$@" --verify "$copy" "$MNT" >"$WORK/summary" 2>"$WORK/errors" || got=$?
  sed "s|$MNT/||g; s|$WORK/||g" "$WORK/errors" >"$WORK/said"
  same "$got $(cat "$WORK/summary")" "$status $summary" "archive $* ($(cat "$WORK/said"))"
}
archived() { sim "$API/_sim/recordings?limit=1000" | jq '[.recordings[].archived] | add'; }

# The events of one are not there while they are copied: they leave the tree, and come back with the next listing.
id=$(sim "$API/_sim/recordings?limit=1" | jq -r '.recordings[0].id')
sim -d '{"endpoint":"media","kind":"status","status":404,"match":"'$id'.events","times":-1}' "$API/_sim/fault" >/dev/null
rsync -a "$MNT/" "$COPY/" 2>"$WORK/rsync" || true
sim -X DELETE "$API/_sim/fault" >/dev/null
rsync -a "$MNT/" "$COPY/" || fail "a second rsync: $?"
same "$(find "$COPY" -name "$id.*" | wc -l)" 2 "files of $id that were copied"
archive 1 "6 recordings: 5 would be marked archived, 0 archived before, 1 not" "$COPY" --dry-run
grep -q "/$id: $id.events: not in the copy$" "$WORK/said" || fail "$(cat "$WORK/said")"
unmount_it
rm -rf "$WORK/state"
mount_it

# The same when it marks. Every file is asked for before, so that the mount knows its size.
rm -rf "$COPY"
sim -d '{"endpoint":"media","kind":"status","status":404,"match":"'$id'.events","times":-1}' "$API/_sim/fault" >/dev/null
rsync -a "$MNT/" "$COPY/" 2>"$WORK/rsync" || true
sim -X DELETE "$API/_sim/fault" >/dev/null
rsync -a "$MNT/" "$COPY/" || fail "a second rsync: $?"
archive 1 "6 recordings: 5 marked archived, 0 archived before, 1 not" "$COPY"
same "$(archived)" 5 "what the server has"
rsync -a "$MNT/" "$COPY/"
archive 0 "6 recordings: 1 marked archived, 5 archived before, 0 not" "$COPY"

# What needs root: another user's archive, overlays, disks.
if [ "$(id -u)" != 0 ]; then echo "not tested: another user, overlays and disks, which need root"; exit 0; fi

unmount_it
chmod 755 "$WORK" "$COPY"
install -m 755 "$G2AFS" "$WORK/g2afs"  # where everybody may run it
"$G2AFS" -o allow_other "$WORK/config.json" "$MNT"
status=0
setpriv --reuid 65534 --regid 65534 --clear-groups timeout 60 "$WORK/g2afs" archive --dry-run --recheck --verify "$COPY" "$MNT" \
  >"$WORK/summary" 2>"$WORK/said" || status=$?
same "$status $(cat "$WORK/summary")" "1 6 recordings: 0 would be marked archived, 0 archived before and proved again, 6 not" "another user's dry run"
same "$(grep -c 'its listing cannot be refreshed: .*: Permission denied$' "$WORK/said")" 6 "lines that say why"

mkdir "$WORK/empty" "$WORK/view"
if mount -t overlay overlay -o "lowerdir=$MNT:$WORK/empty" "$WORK/view"; then
  archive 2 "" "$WORK/view" --dry-run --recheck
  same "$(cat "$WORK/said")" "g2afs: view: is in a g2afs mount, not a copy" "what it said of an overlay"
  mkdir "$WORK/links"; ln -s "$WORK"/view/* "$WORK/links/"
  archive 1 "6 recordings: 0 would be marked archived, 0 archived before and proved again, 6 not" "$WORK/links" --dry-run --recheck
  same "$(grep -c 'its copy lies in a g2afs mount$' "$WORK/said")" 6 "links into an overlay"
  umount "$WORK/view"
  mount -t overlay overlay -o "lowerdir=$MNT/2024:$WORK/empty" "$WORK/view"
  archive 2 "" "$WORK/view" --dry-run --recheck
  umount "$WORK/view"
else
  echo "not tested: overlays, which this system does not mount on a g2afs mount"
fi

# A disk that becomes read-only by an error keeps in memory, and shows, what was never written.
mkdir "$WORK/disk"
truncate -s 64M "$WORK/image"
if mkfs.ext4 -q -F "$WORK/image" && mount -o loop,errors=remount-ro "$WORK/image" "$WORK/disk"; then
  trigger=/sys/fs/ext4/$(basename "$(findmnt -n -o SOURCE "$WORK/disk")")/trigger_fs_error
  if [ -w "$trigger" ]; then
    rsync -a "$COPY/" "$WORK/disk/"
    archive 0 "6 recordings: 0 would be marked archived, 6 archived before and proved again, 0 not" "$WORK/disk" --dry-run --recheck
    rm -rf "$WORK/disk/2024"
    rsync -a "$COPY/" "$WORK/disk/"
    echo 1 >"$trigger"
    archive 1 "6 recordings: 0 would be marked archived, 0 archived before and proved again, 6 not" "$WORK/disk" --dry-run --recheck
    same "$(grep -c 'its copy: Read-only file system$' "$WORK/said")" 6 "unwritten copies"
  else
    echo "not tested: a disk that fails, as $trigger cannot be written"
  fi
  umount "$WORK/disk"
else
  echo "not tested: a disk that fails, which needs mkfs.ext4 and a loop device"
fi
