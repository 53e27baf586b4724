#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A server that says absurd things: sizes that no disk has, answers without end. What is sound stays usable, and the daemon
# takes no more memory than it may.
. "$(dirname "$0")/lib.sh"
start_sim --count 20 --from 2024-05-01 --to 2024-05-03 --size-min 300K --size-max 2M
CACHE_SIZE='"100M", "cache_dir": "'$WORK/cache'"'
write_config '"retry_for": 1, "memory_limit": "64M"'
LARGEST=1125899906842624  # 1 PiB
sim -d "[{\"id\":1,\"start\":\"2024-06-01T10:00:00Z\",\"size\":$LARGEST},{\"id\":2,\"start\":\"2024-06-01T11:00:00Z\",\"size\":$LARGEST},
  {\"id\":3,\"start\":\"2024-06-01T12:00:00Z\",\"size\":40000000000000}]" "$API/_sim/recordings" >/dev/null
mount_it
pid=$(daemon_pid)
# bounded MIB WHAT: the daemon's memory at its peak. That of a sanitizer, which is a multiple of it, is not looked at.
bounded() {
  local peak; peak=$(awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$pid/status")
  [ -n "${G2AFS_SANITIZED:-}" ] || [ "$peak" -lt "$1" ] || fail "$peak MiB of memory for $2"
}
# same_bytes ID OFFSET LENGTH: as the account has them.
same_bytes() {
  sim "$API/_sim/content/$1.mp4?offset=$2&length=$3" >"$WORK/right"
  dd if="$MNT/2024/06/01/$1/$1.mp4" iflag=skip_bytes,count_bytes skip="$2" count="$3" status=none |
    cmp - "$WORK/right" || fail "bytes from $2 of $1"
}

# answers ENDPOINT: every such call gets the body on standard input.
answers() {
  jq -Rsc --arg endpoint "$1" '{endpoint: $endpoint, kind: "status", status: 200, times: -1, body: .}' |
    sim --data-binary @- "$API/_sim/fault" >/dev/null
}
as_it_is() { sim -X DELETE "$API/_sim/fault" >/dev/null; }

# Sizes up to 2^63-1, whose sum is no number any more: it is shown as the largest there is.
sim -H "Authorization: Bearer sesame" "$API/G2A/rest/v1/archive/recordings/urls?recordingIds=1&recordingIds=2&recordingIds=3" |
  jq 'map(if .recordingId == 3 then . else .recordingSize = "9223372036854775807" end)' | answers urls
same "$(stat -c %s "$MNT/2024/06/01/1/1.mp4")" 9223372036854775807 "the largest size there is"
! head -c 1000 "$MNT/2024/06/01/1/1.mp4" >/dev/null 2>&1 || fail "what has not the size it is said to have was read"
same "$(stat -f -c %b "$MNT")" $((1 << 51)) "blocks of 4 KiB by df"
grep -q '"bytes": 9223372036854775807,$' "$MNT/.g2afs/status.json" || fail "$(cat "$MNT/.g2afs/status.json")"  # jq rounds
as_it_is
setfattr -n user.g2afs.refresh -v 1 "$MNT/2024/06/01"

for id in 1 2 3; do
  same_bytes $id 0 1000000
  same_bytes $id 20000000000000 1000000
done
same_bytes 1 $((LARGEST - 1000)) 1000
same_bytes 3 $((40000000000000 - 1000)) 1000
find "$MNT" -name '*.mp4' -newermt 2024-05-01 ! -newermt 2024-05-31 -exec cat {} + >/dev/null
kept() { [ "$(find "$WORK/cache" -name '*.map' | wc -l)" -ge 10 ]; }
wait_for "what is of sound size on the disk" kept  # not all: a disk that is behind is not waited for
! find "$WORK/cache" -regex '.*/[123]\.mp4.*' | grep -q . || fail "an object of absurd size is in the disk cache"
bounded 300 "three absurd sizes"

# A million ids in one answer; one that is nested without end.
before=$(ls "$MNT/2024/05/02" | wc -l)
refused() { # refused WORDS: by what the log says, and what was listed stays
  ! setfattr -n user.g2afs.refresh -v 1 "$MNT/2024/05/02" 2>/dev/null || fail "$1: taken for a listing"
  grep -q "$1" "$WORK/log" || fail "not in the log: $1"
  same "$(ls "$MNT/2024/05/02" | wc -l)" "$before" "recordings after: $1"
}
{ printf '{"readyForDownload":[0'; seq 1000000 | sed 's/^/,/' | tr -d '\n'; printf ']}'; } | answers list
refused "holds more than 1000000 values"
as_it_is
{ printf '%*s' 100000 '' | tr ' ' '['; } | answers list
refused "nested deeper than 64 levels"
as_it_is
setfattr -n user.g2afs.refresh -v 1 "$MNT/2024/05/02" || fail "it does not recover"
bounded 400 "a million ids"
unmount_it
