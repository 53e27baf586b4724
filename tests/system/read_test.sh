#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Byte-exact reads of computed recordings: whole, at random offsets, by several readers, through expired URLs and faults,
# and from a server that ignores ranges.
. "$(dirname "$0")/lib.sh"
start_sim --count 12 --size-min 20M --size-max 40M --from 2024-05-01 --to 2024-05-04
write_config '"retry_for": 20, "timeout": 5, "dir_ttl": 1000'
mount_it
mapfile -t videos < <(find "$MNT" -name '*.mp4' | sort)
same ${#videos[@]} 12 "recordings"
truth() { sim "$API/_sim/content/$(basename "$1")"; }
digest() { sha256sum | cut -d' ' -f1; }
exact() { same "$(digest <"$1")" "$(truth "$1" | digest)" "content of $1"; }

exact "${videos[0]}"

# Pieces at many offsets, against the same pieces of the truth.
truth "${videos[1]}" >"$WORK/truth"
size=$(stat -c %s "${videos[1]}")
RANDOM=1
for _ in $(seq 60); do
  offset=$(( (RANDOM * 32768 + RANDOM) % size )); length=$(( RANDOM * 9 + 1 ))
  cmp <(tail -c +$((offset + 1)) "${videos[1]}" | head -c $length) <(tail -c +$((offset + 1)) "$WORK/truth" | head -c $length) || fail "offset $offset length $length"
done
same "$(tail -c 1 "${videos[1]}" | digest)" "$(tail -c 1 "$WORK/truth" | digest)" "last byte"
same "$(dd if="${videos[1]}" bs=1 skip=$size count=1 status=none | wc -c)" 0 "bytes beyond the end"

# Several readers of one file and of others.
for v in 2 2 3 4; do digest <"${videos[$v]}" >"$WORK/sum.$v.$RANDOM" & readers+=($!); done
wait "${readers[@]}"
for sum in "$WORK"/sum.*; do
  v=$(basename "$sum" | cut -d. -f2)
  same "$(cat "$sum")" "$(truth "${videos[$v]}" | digest)" "content of ${videos[$v]}, read in parallel"
done

# Faults that last less than retry_for are invisible.
fault() { sim -d "$1" "$API/_sim/fault" >/dev/null; }
fault '{"endpoint":"media","kind":"status","status":503,"retry_after":1,"times":1}'
fault '{"endpoint":"media","kind":"reset","after_bytes":100000,"times":2}'
fault '{"endpoint":"media","kind":"truncate","times":2}'
fault '{"endpoint":"media","kind":"status","status":500,"times":1}'
exact "${videos[5]}"
fault '{"endpoint":"media","kind":"status","status":403,"times":1}'
exact "${videos[6]}"
fault '{"endpoint":"media","kind":"stall","after_bytes":300000,"times":1}'
exact "${videos[7]}"
sim -d '{"advance_seconds":200000}' "$API/_sim/clock" >/dev/null
exact "${videos[8]}"
sim -X DELETE "$API/_sim/fault" >/dev/null

# An object that changes under an open handle is an error there, never a mixture; the next open sees the new one.
exec 7<"${videos[9]}"
id=$(basename "${videos[9]}" .mp4)
head -c 65536 <&7 | cmp - <(sim "$API/_sim/content/$id.mp4?offset=0&length=65536")
sim -X PATCH -d '{"version":1}' "$API/_sim/recordings/$id" >/dev/null
if cat <&7 >"$WORK/rest" 2>"$WORK/error"; then fail "reading on over a change succeeded"; fi
grep -q "Input/output error" "$WORK/error" || fail "not EIO: $(cat "$WORK/error")"
exact "${videos[9]}"
# What that brought is not in the page cache for the old handle to find.
if cat <&7 >"$WORK/rest" 2>"$WORK/error"; then fail "the old handle reads the new object"; fi
exec 7<&-
exact "${videos[9]}"

# Likewise where the change is seen by its size, while memory holds more of the old object than the kernel does.
exec 7<"${videos[10]}"
head -c 4194304 <&7 >"$WORK/rest"
id=$(basename "${videos[10]}" .mp4)
sim -X PATCH -d '{"version":1,"size":20000000}' "$API/_sim/recordings/$id" >/dev/null
setfattr -n user.g2afs.refresh -v 1 "$(dirname "$(dirname "${videos[10]}")")"
# The kernel is told behind the answer: what it was asked to set an attribute of, it may hold a lock on.
has_size() { [ "$(stat -c %s "$1")" = "$2" ]; }
wait_for "the size of the new object" has_size "${videos[10]}" 20000000
exec 8<"${videos[10]}"
if cat <&7 >"$WORK/rest" 2>"$WORK/error"; then fail "reading on over a change of size succeeded"; fi
same "$(digest <&8)" "$(truth "${videos[10]}" | digest)" "content beside an old handle"
exec 7<&- 8<&-

unmount_it

# A server without ranges works too.
kill $SIM_PID; wait $SIM_PID || true
start_sim --count 12 --size-min 20M --size-max 40M --from 2024-05-01 --to 2024-05-04 --ignore-ranges
write_config '"max_connections": 2'
mount_it
# Also while files that are open, and not read on, hold all connections.
exec 7<"${videos[1]}" 8<"${videos[2]}"
for fd in 7 8; do head -c 4096 <&$fd >"$WORK/rest"; done
id=$(basename "${videos[3]}")
timeout 20 head -c 4096 "${videos[3]}" | cmp - <(sim "$API/_sim/content/$id?offset=0&length=4096") || fail "a read waits for paused ones"
exact "${videos[10]}"
truth "${videos[11]}" >"$WORK/truth"
cmp <(tail -c 1000 "${videos[11]}") <(tail -c 1000 "$WORK/truth")
cmp <(tail -c +5000001 "${videos[11]}" | head -c 300000) <(tail -c +5000001 "$WORK/truth" | head -c 300000)
