#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The cache on disk by real mounts: what was read is read again without a request, over a remount, with everything down,
# after a kill, beside another mount, and whatever happens to its files; its size; and how it ends.
. "$(dirname "$0")/lib.sh"
CACHE=$WORK/cache
start_sim --count 12 --size-min 3M --size-max 6M --from 2024-05-01 --to 2024-05-04
port=${API##*:} media_port=${MEDIA##*:}
restart_sim() { start_sim --count 12 --size-min 3M --size-max 6M --from 2024-05-01 --to 2024-05-04 --port "$port" --media-port "$media_port"; }
# configure SIZE [JSON members]
configure() { CACHE_SIZE="\"$1\"" write_config "\"cache_dir\": \"$CACHE\", \"retry_for\": 2, \"timeout\": 2, \"dir_ttl\": 1000${2:+, $2}"; }
cache() { "$G2AFS" cache "$@" "$WORK/config.json"; }
digest() { sha256sum | cut -d' ' -f1; }
truth() { sim "$API/_sim/content/$(basename "$1")"; }
# The simulator's bytes are kept: some tests go without it.
exact() {
  local name; name=$(basename "$1")
  [ -e "$WORK/truth.$name" ] || truth "$1" | digest >"$WORK/truth.$name"
  same "$(digest <"$1")" "$(cat "$WORK/truth.$name")" "content of $1${2:+ $2}"
}
media_requests() { counts .media.requests; }
cached() { getfattr --absolute-names --only-values -n user.g2afs.cached "$1"; }
is_cached() { [ "$(cached "$1")" = "${2:-100}" ]; }
warnings() { grep -c '\[warning\].*disk cache\|"warning".*disk cache\| warning.*disk cache' "$WORK/log" || true; }

# Read, unmounted at once, read again: not one request.
configure 1G
mount_it
mapfile -t videos < <(find "$MNT" -name '*.mp4' | sort)
mapfile -t events < <(find "$MNT" -name '*.events' | sort)
same ${#videos[@]} 12 "recordings"
same "$(cached "${videos[0]}")" 0 "percent before it was read"
exact "${videos[0]}"
exact "${events[0]}"
unmount_it
mount_it
before=$(media_requests)
exact "${videos[0]}" "after a remount"
exact "${events[0]}" "after a remount"
same "$(cached "${videos[0]}")" 100 "percent after it was read"
same "$(media_requests)" "$before" "media requests for what is on disk"
getfattr --absolute-names -d "${videos[0]}" | grep -q 'user.g2afs.cached="100"' || fail "cached is not listed"
! getfattr --absolute-names -d "$(dirname "${videos[0]}")" | grep -q cached || fail "cached is listed for a directory"
same "$(find "$CACHE" -type d -printf '%m\n' | sort -u)" 700 "modes of the cache's directories"
same "$(find "$CACHE" -type f -printf '%m\n' | sort -u)" 600 "modes of the cache's files"

# The numbers of the mount.
status() { jq -r ".cache.$1" "$MNT/.g2afs/status.json"; }
same "$(status disk_limit_bytes)" $((1 << 30)) "disk_limit_bytes"
counted() { [ "$(status disk_bytes)" -gt "$(stat -c %s "${videos[0]}")" ]; }
wait_for "disk_bytes" counted
same "$(status 'hit_rate * 100 | floor')" 100 "the hit rate of what was all on disk, in percent"
grep -q '^g2afs_disk_cache_bytes [1-9]' "$MNT/.g2afs/metrics" || fail "g2afs_disk_cache_bytes"

# With API and media down: what is there is readable, else EIO.
dd if="${videos[1]}" of="$WORK/part" bs=64K skip=16 count=4 status=none
cmp "$WORK/part" <(sim "$API/_sim/content/$(basename "${videos[1]}")?offset=$((16 * 65536))&length=262144")
unmount_it
kill $SIM_PID; wait $SIM_PID || true
"$G2AFS" "$WORK/config.json" "$MNT" 2>"$WORK/err"
exact "${videos[0]}" "with everything down"
exact "${events[0]}" "with everything down"
dd if="${videos[1]}" bs=64K skip=16 count=4 status=none | cmp - "$WORK/part" || fail "a range that is cached"
percent=$(cached "${videos[1]}")
[ "$percent" -gt 0 ] && [ "$percent" -lt 100 ] || fail "percent of a part: $percent"
begin=$SECONDS
! tail -c 1 "${videos[1]}" >/dev/null 2>"$WORK/err" || fail "a range that is not cached was read with everything down"
grep -q "Input/output error" "$WORK/err" || fail "not EIO: $(cat "$WORK/err")"
[ $((SECONDS - begin)) -lt 20 ] || fail "EIO after $((SECONDS - begin)) s"
same "$(cached "${videos[5]}")" 0 "percent of what was never read"
unmount_it
restart_sim

# kill -9 while copying.
for i in 2 3; do
  mount_it
  cat "${videos[$i]}" "${videos[$((i + 2))]}" >"$WORK/copy" 2>"$WORK/err" & copying=$!
  some() { [ "$(stat -c %s "$WORK/copy")" -gt 1000000 ]; }
  wait_for "the copy to begin" some
  kill -9 "$(daemon_pid)"
  wait $copying || true
  fusermount3 -uz "$MNT" || true
done
mount_it
for i in 2 3 4 5; do exact "${videos[$i]}" "after kill -9"; done
unmount_it

# Damage, of any kind and of any file, and files of others.
mount_it
for video in "${videos[@]}"; do exact "$video"; done
for one in "${events[@]}"; do exact "$one"; done
unmount_it
for seed in 1 2 3; do
  python3 - "$CACHE" $seed <<'PY'
import os, random, sys
random.seed(int(sys.argv[2]))
files = sorted(os.path.join(d, f) for d, _, names in os.walk(sys.argv[1]) for f in names)
for path in files:
    size = os.path.getsize(path)
    kind = random.choice(["none", "truncate", "zero", "flip", "flip", "grow", "foreign"])
    if size == 0 or kind == "none": continue
    with open(path, "r+b") as f:
        at = random.randrange(size)
        if kind == "truncate": f.truncate(at)
        elif kind == "grow": f.seek(size); f.write(b"x" * 5000)
        elif kind == "zero": f.seek(at); f.write(bytes(min(random.choice([1, 4096, 1 << 20]), size - at)))
        elif kind == "foreign" and random.random() < 0.3: f.truncate(0); f.write(b"somebody else's")
        else:
            for _ in range(5):
                at = random.randrange(size); f.seek(at); byte = f.read(1)[0]; f.seek(at); f.write(bytes([byte ^ 1 << random.randrange(8)]))
shards = [d for d, _, names in os.walk(sys.argv[1]) if any(n.endswith(".map") for n in names)]
for shard in shards[:3]:
    with open(os.path.join(shard, "notes.txt"), "w") as f: f.write("mine")
    os.makedirs(os.path.join(shard, "1.mp4.map"), exist_ok=True)
PY
  mount_it
  for video in "${videos[@]}"; do exact "$video" "after damage $seed"; done
  for one in "${events[@]}"; do exact "$one" "after damage $seed"; done
  unmount_it
done

# Another version on the server: never mixed, and gone from the disk.
rm -rf "$CACHE"
mount_it
id=$(basename "${videos[6]}" .mp4)
dd if="${videos[6]}" of="$WORK/part" bs=4K skip=100 count=1 status=none
is_part() { [ "$(cached "${videos[6]}")" -gt 0 ]; }
wait_for "a part to be on disk" is_part
! is_cached "${videos[6]}" || fail "a read of a page has cached it all"
unmount_it
sim -X PATCH -d '{"version":1}' "$API/_sim/recordings/$id" >/dev/null
rm -f "$WORK/truth.$id.mp4"
mount_it
if cat "${videos[6]}" >"$WORK/copy" 2>"$WORK/err"; then fail "two versions were read as one"; fi
exact "${videos[6]}" "of the new version"
unmount_it
mount_it
exact "${videos[6]}" "of the new version, from disk"

# g2afs cache on the live mount.
cache --list | grep -q "^$id *mp4 .* 100 " || fail "--list: $(cache --list)"
exec 7<"${videos[6]}"
head -c 4096 <&7 >/dev/null
same "$(cache --verify | grep -c 'all is sound')" 1 "--verify"
for video in "${videos[@]:0:4}"; do exact "$video"; done
cache --prune 6M >"$WORK/out"
[ "$(du -sB1 "$CACHE" | cut -f1)" -le $((6 << 20)) ] || fail "--prune 6M left $(du -sh "$CACHE")"
for video in "${videos[@]:0:4}"; do exact "$video" "after --prune"; done
cache --clear >"$WORK/out"
[ ! -e "$CACHE/v1" ] || fail "--clear left v1"
for video in "${videos[@]:0:4}"; do exact "$video" "after --clear"; done
same "$(digest <&7)" "$(truth "${videos[6]}" | tail -c +4097 | digest)" "what was open over --clear"
exec 7<&-
unmount_it

# A small one is never above its size, whatever passes through it.
rm -rf "$CACHE"
configure 8M
mount_it
for pass in 1 2; do
  for video in "${videos[@]}"; do
    exact "$video" "with a small cache"
    [ "$(du -sB1 "$CACHE" | cut -f1)" -le $((8 << 20)) ] || fail "cache_size=8M: $(du -sB1 "$CACHE")"
  done
done
[ "$(du -sB1 "$CACHE" | cut -f1)" -gt $((2 << 20)) ] || fail "a small cache is not used: $(du -sB1 "$CACHE")"
unmount_it

# Two mounts at a time, of one cache.
rm -rf "$CACHE"
configure 30M
mkdir "$WORK/mnt2"
mount_it
mount_it "$WORK/mnt2"
digests() {
  local at=$1 video; shift
  for video in "$@"; do digest <"$at/${video#"$MNT"/}" || return 1; done
}
reversed=(); for ((i = 11; i >= 0; --i)); do reversed+=("${videos[$i]}"); done
for pass in 1 2; do
  digests "$MNT" "${videos[@]}" >"$WORK/sums.1" & first=$!
  digests "$WORK/mnt2" "${videos[@]}" >"$WORK/sums.2" & second=$!
  digests "$WORK/mnt2" "${reversed[@]}" >"$WORK/sums.3" & third=$!
  while ! gone $first || ! gone $second || ! gone $third; do
    [ "$(du -sB1 "$CACHE" 2>/dev/null | cut -f1)" -le $((30 << 20)) ] || fail "two mounts: $(du -sB1 "$CACHE")"
    read -r -t 0.05 <> <(:) || true
  done
  wait $first; wait $second; wait $third
  for video in "${videos[@]}"; do truth "$video" | digest; done >"$WORK/sums"
  cmp "$WORK/sums" "$WORK/sums.1"; cmp "$WORK/sums" "$WORK/sums.2"; cmp <(tac "$WORK/sums") "$WORK/sums.3"
done
unmount_it "$WORK/mnt2"
unmount_it
cache --verify | grep -q 'all is sound' || fail "two mounts have left damage: $(cache --verify)"

# A cache that is removed underneath, and one that cannot be made.
rm -f "$WORK/log"
mount_it
exact "${videos[0]}"
rm -rf "$CACHE"
exact "${videos[1]}" "after the cache was removed"
exact "${videos[0]}" "after the cache was removed"
unmount_it
rm -rf "$CACHE" "$WORK/log"
touch "$CACHE"
mount_it
for video in "${videos[@]:0:3}"; do exact "$video" "where the cache cannot be made"; done
same "$(warnings)" 1 "warnings of a cache that cannot be made"
unmount_it
rm "$CACHE"

# Full and read-only file systems.
if mkdir "$CACHE" && mount -t tmpfs -o size=8m tmpfs "$CACHE" 2>/dev/null; then
  trap 'status=$?; set +e; umount -l "$CACHE" 2>/dev/null; (exit $status); cleanup' EXIT
  configure 1G
  rm -f "$WORK/log"
  mount_it
  exact "${videos[0]}"
  head -c 20M /dev/zero >"$CACHE/foreign" 2>/dev/null || true
  for video in "${videos[@]:0:4}"; do exact "$video" "on a full file system"; done
  unmount_it
  [ "$(warnings)" -le 1 ] || fail "warnings of a full cache: $(grep warning "$WORK/log")"
  rm "$CACHE/foreign"
  rm -f "$WORK/log"
  mount_it
  mount -o remount,ro "$CACHE"
  for video in "${videos[@]:0:4}"; do exact "$video" "from a read-only cache"; done
  unmount_it
  [ "$(warnings)" -le 1 ] || fail "warnings of a read-only cache: $(grep warning "$WORK/log")"
  umount "$CACHE"
else
  echo "may not mount a tmpfs: full and read-only caches were not tested"
fi
rm -rf "$CACHE"

# SIGTERM with reads and writes under way.
configure 1G
"$G2AFS" -f "$WORK/config.json" "$MNT" 2>"$WORK/err" & pid=$!
wait_for "the mount" mounted
for video in "${videos[@]}"; do (cat "$video" >/dev/null 2>&1 || true) & readers+=($!); done
used() { [ -n "$(find "$CACHE" -name '*.data' -print -quit)" ]; }
wait_for "something to be written" used
kill -TERM $pid
wait $pid || fail "exit status after SIGTERM: $?"
wait "${readers[@]}" || true
! mounted || fail "still in mountinfo"
cache --verify | grep -q 'all is sound' || fail "SIGTERM has left damage: $(cache --verify)"

# Off: nothing is made.
rm -rf "$CACHE"
configure 0
mount_it
exact "${videos[0]}"
same "$(cached "${videos[0]}")" 0 "percent without a cache"
unmount_it
[ ! -e "$CACHE" ] || fail "cache_size=0 has made a directory"
