#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Marking archived and transcoding by extended attributes: how many calls, what fails with what, who may, and what is seen.
. "$(dirname "$0")/lib.sh"

set_it() { setfattr -n "user.g2afs.$1" -v 1 "$2"; }
get_it() { getfattr --absolute-names --only-values -n "user.g2afs.$1" "$2"; }
is() { [ "$(get_it "$1" "$3")" = "$2" ]; }
# errno_of TEXT COMMAND…: it fails, and says so.
errno_of() {
  local text=$1 out; shift
  if out=$(LC_ALL=C "$@" 2>&1); then fail "$* succeeded"; fi
  [[ $out == *"$text"* ]] || fail "$*: expected '$text', got '$out'"
}
# In the account: how many are archived of those that match a jq condition.
archived() { sim "$API/_sim/recordings?limit=100000" | jq "[.recordings[] | select((.archived == 1 or .archived == true) and ($1))] | length"; }
add() { sim -d "$1" "$API/_sim/recordings" >/dev/null; }
fault() { sim -d "$1" "$API/_sim/fault" >/dev/null; }
logged() { grep -c -- "$1" "$WORK/log"; }
calls() { counts ".$1.requests"; }

start_sim --transcode-seconds 3
add '{"id":10001,"start":"2020-03-01T00:00:00Z","size":1000,"count":1200,"step_seconds":2000}'
add '{"id":20001,"start":"2020-05-01T00:00:00Z","size":1000,"count":200,"step_seconds":60}'
add '{"id":30001,"start":"2020-06-01T00:00:00Z","size":1000,"count":500,"step_seconds":60}'
add '{"id":40001,"start":"2020-07-01T00:00:00Z","size":1000,"count":900,"step_seconds":60}'
add '{"id":50001,"start":"2020-08-01T12:00:00Z","size":200000,"events_size":3000,"thumbnail_size":null,"state":"untranscoded","count":3,"step_seconds":60}'
add '{"id":60001,"start":"2020-09-01T12:00:00Z","size":30000000,"count":5,"step_seconds":60}'
write_config '"retry_for": 1'
mount_it

# What cannot be: no request.
day=$MNT/2020/09/01; rec=$day/60001; file=$rec/60001.mp4
ls "$rec" >/dev/null
before=$(counts '[.archive, .transcode | .requests] | add')
for path in "$MNT" "$day" "$rec" "$file"; do
  for name in archived transcode; do
    for value in 0 2 "" 0x3100 0xff00ff; do
      errno_of "Invalid argument" setfattr -n user.g2afs.$name -v "$value" "$path"
    done
    errno_of "not supported" setfattr -x user.g2afs.$name "$path"
  done
  for name in user.g2afs.other user.g2afs.id user.x trusted.x; do
    errno_of "not supported" setfattr -n $name -v 1 "$path"
  done
  errno_of "No such attribute" getfattr -n user.other "$path"
done
python3 - "$file" "$day" <<'PY' || fail "flags and sizes"
import errno, os, sys
file, day = sys.argv[1:]
def expect(number, *args):
    try: os.setxattr(*args)
    except OSError as error: assert error.errno == number, (args[1], args[3:], error)
    else: raise AssertionError(args[1])
expect(errno.EEXIST, file, "user.g2afs.archived", b"1", os.XATTR_CREATE)
expect(errno.ENODATA, day, "user.g2afs.archived", b"1", os.XATTR_REPLACE)
expect(errno.ENODATA, file, "user.g2afs.transcode", b"1", os.XATTR_REPLACE)
expect(errno.EINVAL, file, "user.g2afs.archived", b"1" * 65536)
expect(errno.E2BIG, file, "user.g2afs.archived", b"1" * (1 << 20))  # the kernel's own limit
assert os.listxattr(day) == []
PY
same "$(counts '[.archive, .transcode | .requests] | add')" "$before" "calls for what cannot be"

# What is readable is tidy, and rsync -X takes it along.
same "$(cd "$rec" && getfattr -d 60001.mp4 | tail -n +2 | tr '\n' ' ')" \
     'user.g2afs.archived="0" user.g2afs.cached="0" user.g2afs.id="60001" user.g2afs.start_time="2020-09-01T12:00:00Z" user.g2afs.state="ready"  ' "getfattr -d"
if (mkdir "$WORK/copy" && setfattr -n user.g2afs.id -v 1 "$WORK/copy") 2>/dev/null; then
  rsync -aX "$rec" "$WORK/copy/"
  same "$(get_it archived "$WORK/copy/60001/60001.mp4")" 0 "the copy's archived"
  same "$(get_it start_time "$WORK/copy/60001")" 2020-09-01T12:00:00Z "the copy's start"
fi

# 1,200 recordings by one setfattr: 3 calls.
set_it archived "$MNT/2020/03"
same "$(calls archive)" 3 "calls for 1,200 recordings"
same "$(archived '.id < 20000')" 1200 "archived by one setfattr"
same "$(find "$MNT/2020/03" -mindepth 2 -maxdepth 2 -print0 | xargs -0 getfattr --absolute-names --only-values -n user.g2afs.archived | tr -d 1 | wc -c)" 0 "those that do not show it"
same "$(logged "archive 2020/03 by uid $(id -u), pid [0-9]*: 1200 of 1200 done$")" 1 "audit lines"
set_it archived "$MNT/2020/03"
same "$(calls archive)" 3 "calls for what is archived"

# 200 by 200 processes at once: a few calls, and each does its own.
ls "$MNT/2020/05/01" >/dev/null
before=$(calls archive)
pids=()
for id in $(seq 20001 20200); do set_it archived "$MNT/2020/05/01/$id" & pids+=($!); done
for pid in "${pids[@]}"; do wait "$pid" || fail "one of 200 failed"; done
[ $(( $(calls archive) - before )) -le 10 ] || fail "200 at once took $(( $(calls archive) - before )) calls"
same "$(archived '.id > 20000 and .id < 30000')" 200 "archived by 200 processes"

# One that is not ours any more does not fail the others, and the log names it.
ls "$MNT/2020/06/01" >/dev/null
sim -X DELETE "$API/_sim/recordings/30123" >/dev/null
errno_of "Permission denied" set_it archived "$MNT/2020/06/01"
same "$(archived '.id > 30000 and .id < 40000')" 499 "archived beside a foreign one"
same "$(logged 'archive: recording 30123 is refused')" 1 "lines that name it"
same "$(get_it archived "$MNT/2020/06/01/30124")" 1 "shown"
same "$(get_it archived "$MNT/2020/06/01/30123")" 0 "the foreign one shown"

# A failure after the first call: that error, and the attributes show which did change.
fault '{"endpoint":"archive","kind":"status","status":503,"skip":1,"times":-1}'
errno_of "Input/output error" set_it archived "$MNT/2020/07/01"
sim -X DELETE "$API/_sim/fault" >/dev/null
done_in_account=$(archived '.id > 40000 and .id < 50000')
case $done_in_account in 500|400) ;; *) fail "one of two calls did $done_in_account";; esac
same "$(getfattr --absolute-names --only-values -n user.g2afs.archived "$MNT"/2020/07/01/4* | tr -d 0 | wc -c)" "$done_in_account" "shown after a failure"
set_it archived "$MNT/2020/07/01"
same "$(archived '.id > 40000 and .id < 50000')" 900 "archived by the second try"

# Ctrl-C ends it at once, and nothing more is sent.
before=$(calls archive)
fault '{"endpoint":"archive","kind":"stall","apply":false}'
setfattr -n user.g2afs.archived -v 1 "$file" & pid=$!
stalled() { [ "$(counts .archive.stalled_now)" = 1 ]; }
wait_for "the call" stalled
kill -TERM $pid  # a shell's background process ignores SIGINT
if wait $pid; then fail "an interrupted setfattr succeeded"; fi
wait_for "the audit line" grep -q "archive 2020/09/01/60001 by uid .*: 0 of 1 done: interrupted" "$WORK/log"
sim -X DELETE "$API/_sim/fault" >/dev/null
same "$(get_it archived "$file")" 0 "archived after an interruption"
same "$(( $(calls archive) - before ))" 1 "calls of an interrupted setfattr"

# A transcode that ends while a shell waits for it.
rec=$MNT/2020/08/01/50001
same "$(get_it state "$rec")" untranscoded "before"
set_it transcode "$rec"
same "$(get_it state "$rec")" transcoding "after the 204"
wait_for "the transcode" is state ready "$rec"
same "$(ls "$rec" | tr '\n' ' ')" "50001.events 50001.mp4 " "the files of the transcode"
same "$(stat -c %s "$rec/50001.mp4")" 200000 "its size"
set_it transcode "$MNT/2020/08"
for id in 50002 50003; do wait_for "the others" is state ready "$MNT/2020/08/01/$id"; done
same "$(calls transcode)" 2 "calls to transcode"
unmount_it

# A mount that excludes what is archived: it leaves the tree; who has it open reads on to the end.
write_config '"archived": "exclude", "memory_limit": "8M", "max_connections": 2'
mount_it
file=$MNT/2020/09/01/60001/60001.mp4
sim "$API/_sim/content/60001.mp4" >"$WORK/expected"
exec 9<"$file"
dd bs=1000 count=1 status=none <&9 >"$WORK/got"
set_it archived "$MNT/2020/09/01/60001"
# The kernel holds the directory's lock until setfattr is answered, and only then hears that the name is gone.
absent() { ! test -e "$1"; }
wait_for "an archived recording to leave the tree" absent "$file"
! ls "$MNT/2020/09/01" | grep -q 60001 || fail "an archived recording is listed"
same "$(stat -L -c %s /dev/fd/9)" 30000000 "fstat of an open file that has left the tree"
cat <&9 >>"$WORK/got"
exec 9<&-
cmp "$WORK/got" "$WORK/expected"
set_it archived "$MNT/2020/09/01"
wait_for "a day whose recordings are all archived to leave the tree" absent "$MNT/2020/09/01"
setfattr -n user.g2afs.refresh -v 1 "$MNT"
wait_for "the month not to come back" absent "$MNT/2020/09"  # the kernel is told beside the answer
unmount_it

# Another user may read, and may not write.
if [ "$(id -u)" = 0 ]; then
  add '{"id":70001,"start":"2020-10-01T12:00:00Z","size":1000}'
  chmod 755 "$WORK"
  write_config
  "$G2AFS" -o allow_other "$WORK/config.json" "$MNT"
  before=$(calls archive)
  nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
  same "$(nobody getfattr --absolute-names --only-values -n user.g2afs.id "$MNT/2020/10/01/70001")" 70001 "read by another user"
  for path in "$MNT" "$MNT/2020/10/01" "$MNT/2020/10/01/70001" "$MNT/2020/10/01/70001/70001.mp4"; do
    for name in archived transcode refresh; do errno_of "Permission denied" nobody setfattr -n user.g2afs.$name -v 1 "$path"; done
  done
  same "$(calls archive)" "$before" "calls for another user"
  set_it archived "$MNT/2020/10/01/70001/70001.mp4"
  same "$(archived '.id == 70001')" 1 "archived by root"
  unmount_it
fi
