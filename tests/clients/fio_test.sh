#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# fio verifies on the mount, in random order and by several ways of reading, what it has written to the server's files.
. "$(dirname "$0")/lib.sh"
client fio "$(fio --version 2>/dev/null | sed 's/fio-//')"
need fio
mkdir "$WORK/files"
verify=(--verify=crc32c --bs=16k --size=8M --randseed=7 --verify_fatal=1 --verify_state_save=0 --output-format=terse)
fio --name=write --filename="$WORK/files/1.mp4" --rw=write --do_verify=0 "${verify[@]}" >"$WORK/said"
cat >"$WORK/files/manifest.json" <<'JSON'
[{"id": 1, "start": "2024-05-01T10:00:00Z", "mp4": "1.mp4"}]
JSON
start_sim --files "$WORK/files"
write_config
file=$MNT/2024/05/01/1/1.mp4
size=$(stat -c %s "$WORK/files/1.mp4")
# verified NAME PERCENT OPTION…
verified() {
  local what=$1 percent=$2; shift 2
  mount_it
  stat "$file" >"$WORK/said"
  begin
  fio --name=read --filename="$file" --readonly --allow_file_create=0 --verify_only=0 "${verify[@]}" "$@" >"$WORK/said" 2>&1 || fail "fio, $what: $(tail -5 "$WORK/said")"
  row "$what" "each block's checksum right" "$size" 20 4000 "$percent"
  unmount_it
}
verified "sequential" 150 --rw=read
verified "random" 400 --rw=randread
verified "random, O_DIRECT, 16 at a time" 400 --rw=randread --direct=1 --ioengine=libaio --iodepth=16
verified "mapped, random" 400 --rw=randread --ioengine=mmap
# It finds what is wrong, too.
printf 'x' | dd of="$WORK/files/1.mp4" bs=1 seek=3000000 conv=notrunc status=none
mount_it
if fio --name=read --filename="$file" --readonly --rw=read "${verify[@]}" >"$WORK/said" 2>&1; then fail "fio verifies anything"; fi
