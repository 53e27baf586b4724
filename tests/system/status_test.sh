#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# g2afs status: of a mount that answers, of one that is read (--watch), that is stopped, that has died, and of none.
. "$(dirname "$0")/lib.sh"
start_sim --count 12 --size-min 20M --size-max 30M --from 2024-05-01 --to 2024-05-02
write_config
mount_it
pid=$(daemon_pid)
mapfile -t videos < <(find "$MNT" -name '*.mp4' | sort)

# ends STATUS SAID ARGUMENT…: what `g2afs status` comes to. That it comes to an end is what the bound is for.
ends() {
  local expected=$1 said=$2 status=0; shift 2
  timeout 60 "$G2AFS" status "$@" >"$WORK/shown" 2>"$WORK/said" || status=$?
  same "$status $(cat "$WORK/said")" "$expected $said" "status $*"
}

ends 0 "" "$MNT"
grep -q "^config at $MNT\$" "$WORK/shown" || fail "no title"
grep -q "^Recordings  12 known, .* 12 ready\$" "$WORK/shown" || fail "not: $(cat "$WORK/shown")"
ends 0 "" "$MNT" --json
same "$(jq .pid "$WORK/shown")" "$pid" "the process"
for member in api.up api.errors media.requests token_fixed cache.memory_limit_bytes open_files refresh.last; do
  jq -e "has(\"${member%%.*}\") and .$member != null" "$WORK/shown" >/dev/null || fail "no $member"
done

# Nothing but mounts of ours.
ends 1 "g2afs: $WORK: not a g2afs mount" "$WORK"
ends 1 "g2afs: $WORK/none: No such file or directory" "$WORK/none"
ends 1 "g2afs: /proc: not a g2afs mount" /proc

# However it is named.
(cd "$WORK" && ln -s mnt link && "$G2AFS" status ./link >/dev/null) || fail "by a relative path and a link"
ends 0 "" "$MNT/2024/05"
if [ "$(id -u)" -eq 0 ]; then
  mkdir "$WORK/bound" "$WORK/part"
  mount --bind "$MNT" "$WORK/bound"
  ends 0 "" "$WORK/bound"
  mount --bind "$MNT/2024" "$WORK/part"
  ends 1 "g2afs: $WORK/part: only a part of a g2afs mount is to be seen there" "$WORK/part"
  umount "$WORK/part" "$WORK/bound"
fi

# watch LOG: --watch on a terminal of 100 columns, in the background.
watch() {
  script -qefc "stty cols 100 rows 30; exec '$G2AFS' status '$MNT' --watch" "$1" </dev/null >/dev/null & watching=$!
}

# A transfer that goes on for as long as we look.
sim -d '{"endpoint":"media","kind":"drip","bytes_per_second":100000,"times":-1}' "$API/_sim/fault" >/dev/null
cat "${videos[0]}" >/dev/null & reader=$!
watch "$WORK/watched"
name=$(basename "${videos[0]}")
wait_for "its bar, rate and streams" grep -qsE "$name .*\[#*-*\].* %.*B/s.* left .*[1-9] stream" "$WORK/watched"
sim -X DELETE "$API/_sim/fault" >/dev/null
wait $reader

# A transfer whose reader has waited for long is the one to see.
sim -d '{"endpoint":"media","kind":"stall","times":-1}' "$API/_sim/fault" >/dev/null
cat "${videos[2]}" >/dev/null & reader=$!
shows_the_wait() { "$G2AFS" status "$MNT" | grep -q "^$(basename "${videos[2]}") .* waits for 0:0[4-9]"; }
wait_for "the waiting read" shows_the_wait
sim -X DELETE "$API/_sim/fault" >/dev/null
wait $reader

# Stopped: whoever asks gets an answer, and what waits for the end of the output is not held up.
exec 8<"${videos[1]}"
STOPPED=$pid
kill -STOP "$pid"
said=$(timeout 60 "$G2AFS" status "$MNT" 2>&1 | cat) || true
same "$said" "g2afs: $MNT: the mount does not answer within 5 s: its daemon is stopped, or hangs" "of a stopped one"
wait_for "the watch to see it" grep -q "does not answer since" "$WORK/watched"

# Ctrl-C ends it at once, also while its child hangs. (A shell has background jobs ignore SIGINT; env gives it back.)
env --default-signal=INT "$G2AFS" status "$MNT" & asking=$!
wait_for "its child" pgrep -P $asking >/dev/null
child=$(pgrep -P $asking)
kill -INT $asking
status=0; wait $asking || status=$?
same "$status" 130 "status after Ctrl-C"
# No request of the child's has reached the daemon, so it can be killed.
wait_for "the child to end" gone "$child"

# Going on: the watch shows the mount again.
kill -CONT "$pid"
: >"$WORK/watched"
wait_for "the watch to see it" grep -qa "last success" "$WORK/watched"
exec 8<&-
ends 0 "" "$MNT"
fusermount3 -u "$MNT"
wait_for "the end of the watch" gone $watching
wait $watching || fail "--watch of what was unmounted ended with $?"
wait_for "the daemon to end" gone "$pid"
ends 1 "g2afs: $MNT: not a g2afs mount" "$MNT"

# Died.
mount_it
pid=$(daemon_pid)
watch "$WORK/again"
wait_for "the watch" grep -qs Recordings "$WORK/again"
kill -KILL "$pid"
wait_for "the end of the watch" gone $watching
status=0; wait $watching || status=$?
same "$status" 1 "status of --watch of what has died"
ends 1 "g2afs: $MNT: its daemon has died: fusermount3 -u $MNT, then mount again" "$MNT"
fusermount3 -u "$MNT"
mount_it
ends 0 "" "$MNT"
