#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Passthrough: what is whole in the cache on disk is read by the kernel itself, which shows where the daemon is stopped
# meanwhile. Where there is no passthrough, the same reads are right without, and the log says why there is none.
. "$(dirname "$0")/lib.sh"
start_sim --count 4 --size-min 12M --size-max 20M --from 2024-05-01 --to 2024-05-02 --no-events 4
CACHE=$WORK/cache
CACHE_SIZE='"1G"' write_config "\"cache_dir\": \"$CACHE\", \"retry_for\": 2, \"timeout\": 2, \"dir_ttl\": 1000"
digest() { sha256sum | cut -d' ' -f1; }
truth() { sim "$API/_sim/content/$(basename "$1")" | digest; }
status() { jq -r "$1" "$MNT/.g2afs/status.json"; }
cached() { [ "$(getfattr --absolute-names --only-values -n user.g2afs.cached "$1")" = 100 ]; }
# Whether whoever opens this file now leaves its reading to the kernel.
passed() {
  local passed
  exec 9<"$1"
  passed=$(status "[.open_files[] | select(.file | contains(\"$(basename "$1" .mp4)\")) | .passthrough] | any")
  exec 9<&-
  [ "$passed" = true ]
}

mount_it
mapfile -t videos < <(find "$MNT" -name '*.mp4' | sort)
same ${#videos[@]} 4 "recordings"
for i in 0 1 2 3; do truths[i]=$(truth "${videos[i]}"); done
for i in 0 1; do
  same "$(digest <"${videos[i]}")" "${truths[i]}" "content of ${videos[i]}, not yet cached"
  wait_for "${videos[i]} to be on disk" cached "${videos[i]}"
done

# The log is whole once the mount has ended.
unmount_it
why=$(grep -o 'passthrough: none: .*' "$WORK/log" || true)
mount_it
if [ -n "$why" ]; then
  same "$(wc -l <<<"$why")" 1 "lines that say why there is no passthrough"
  for _ in 1 2; do same "$(digest <"${videos[0]}")" "${truths[0]}" "content of ${videos[0]} again"; done
  ! passed "${videos[0]}" || fail "passthrough without passthrough"
  unmount_it
  echo "SKIPPED: $why"
  exit 77
fi

# The proof takes an open or two, while nobody waits for it.
wait_for "passthrough" passed "${videos[0]}"

# The daemon is stopped: an open handle is read to its end. Neither file is in the page cache, where an ordinary handle
# would find it as well.
pid=$(daemon_pid)
exec 7<"${videos[0]}"
data=$(find "$CACHE" -name "$(basename "${videos[0]}" .mp4)*.data")
sync "$data"
for file in "${videos[0]}" "$data"; do dd if="$file" iflag=nocache count=0 status=none; done
kill -STOP "$pid"
sum=$(timeout 20 cat <&7 | digest) || { kill -CONT "$pid"; fail "a read of an open handle waits for the daemon"; }
kill -CONT "$pid"
same "$sum" "${truths[0]}" "content read while the daemon is stopped"

# Whoever else opens it while it is open, however, reads the same; also by O_DIRECT, and a part of it, and mapped.
same "$(digest <"${videos[0]}")" "${truths[0]}" "content beside another handle"
same "$(dd if="${videos[0]}" iflag=direct bs=1M status=none | digest)" "${truths[0]}" "content by O_DIRECT"
same "$(dd if="${videos[0]}" iflag=direct bs=1000 status=none | digest)" "${truths[0]}" "content by O_DIRECT, not aligned"
same "$(python3 - "${videos[0]}" <<'PY'
import hashlib, mmap, sys
with open(sys.argv[1], 'rb') as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as pages:
    print(hashlib.sha256(pages).hexdigest())
PY
)" "${truths[0]}" "content of a mapping"
exec 7<&-

# While somebody has it open through the page cache, so does everyone; after that, nobody.
wait_for "passthrough" passed "${videos[1]}"
exec 7<"${videos[2]}"
same "$(digest <"${videos[2]}")" "${truths[2]}" "content of a file that is open and not cached"
wait_for "${videos[2]} to be on disk" cached "${videos[2]}"
for _ in 1 2 3; do ! passed "${videos[2]}" || fail "passthrough beside the page cache"; done
same "$(cat <&7 | digest)" "${truths[2]}" "content by a handle that was opened before it was cached"
exec 7<&-
wait_for "passthrough after the last ordinary handle" passed "${videos[2]}"

# Evicted and removed: who has it open reads on, who opens it again has it from the network.
exec 7<"${videos[1]}"
"$G2AFS" cache --clear "$WORK/config.json" >/dev/null
same "$(digest <"${videos[1]}")" "${truths[1]}" "content of a file that was removed from the cache, beside an open handle"
same "$(cat <&7 | digest)" "${truths[1]}" "content by a handle whose file was removed from the cache"
exec 7<&-

# Another version on the server: an open handle stays with the one it was opened on, the next open has the new one.
same "$(digest <"${videos[3]}")" "${truths[3]}" "content of ${videos[3]}"
wait_for "${videos[3]} to be on disk" cached "${videos[3]}"
wait_for "passthrough" passed "${videos[3]}"
exec 7<"${videos[3]}"
id=$(basename "${videos[3]}" .mp4)
size=$(stat -c %s "${videos[3]}")
sim -X PATCH -d "{\"version\":1,\"size\":$((size + 4321))}" "$API/_sim/recordings/$id" >/dev/null
setfattr -n user.g2afs.refresh -v 1 "$(dirname "$(dirname "${videos[3]}")")"
grown() { [ "$(stat -c %s "${videos[3]}")" = $((size + 4321)) ]; }
wait_for "the new size" grown
same "$(digest <"${videos[3]}")" "$(truth "${videos[3]}")" "content of the new version, beside a handle of the old"
same "$(cat <&7 | head -c "$size" | digest)" "${truths[3]}" "content by the handle of the old version"
exec 7<&-
same "$(digest <"${videos[3]}")" "$(truth "${videos[3]}")" "content of the new version"
wait_for "passthrough of the new version" passed "${videos[3]}"
same "$(digest <"${videos[3]}")" "$(truth "${videos[3]}")" "content of the new version, read by the kernel"

# What is open by passthrough does not keep the daemon.
exec 7<"${videos[0]}"
pid=$(daemon_pid)
kill "$pid"
wait_for "the daemon to end" gone "$pid"
exec 7<&-
! mounted || fail "still mounted"
