#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# g2afs check: what it says of what is right and wrong, and its exit status, against the simulator.
. "$(dirname "$0")/lib.sh"
CONFIG=$WORK/config.json
check() { timeout 60 "$G2AFS" check "$@" "$CONFIG" 2>"$WORK/err"; }
# checked STATUS FAILURES OPTION…: the exit status and what failed; the steps are in $WORK/steps.
checked() {
  local expected=$1 failures=$2 status=0; shift 2
  check --json "$@" >"$WORK/steps" || status=$?
  same "$status $(jq -r '[.[] | select(.result == "failed") | .step] | join(", ")' "$WORK/steps")" "$expected $failures" \
    "exit status and failures of check $*"
  same "$(cat "$WORK/err")" "${failures:+g2afs: check: failed: $failures}" "what check $* says"
}
step() { jq -r --arg step "$1" '.[] | select(.step == $step) | "\(.result): \(.why)\(if .do then " (" + .do + ")" else "" end)"' "$WORK/steps"; }
# A mount's configuration, with OAuth.
write_oauth() {
  write_config "\"client_id\": \"sim-client\", \"client_secret\": \"sim-secret\", \"token_url\": \"$API/oauth/token\", \"token_file\": \"$WORK/token.json\""
  sed -i 's/"access_token": "sesame",//' "$CONFIG"
  (umask 077; echo '{"refresh_token":"sim-refresh"}' >"$WORK/token.json")
}

start_sim --count 30
CACHE_SIZE='"1G"' write_config "\"cache_dir\": \"$WORK/cache\""
checked 0 ""
same "$(jq -r '[.[] | "\(.step) \(.result)"] | join(", ")' "$WORK/steps")" \
  "permissions ok, config ok, fuse ok, dns ok, connection ok, tls skipped, clock ok, token ok, keys ok, list ok, urls ok, download ok, state ok, cache ok" \
  "the steps"
same "$(step list)" "ok: 30 ready, 0 to be transcoded" "the list"
same "$(step download)" "ok: $MEDIA: 4096 bytes" "the download"
[ ! -e "$WORK/state" ] && [ ! -e "$WORK/cache" ] || fail "checking has made a directory"
! mounted || fail "checking has mounted something"
same "$(counts '.list.requests, .urls.requests, .media.requests' | xargs)" "1 1 1" "calls"

# For people, a line a step; in colour, and broken between words, on a terminal only.
check >"$WORK/text"
same "$(wc -l <"$WORK/text") $(head -n 2 "$WORK/text" | tail -n 1)" "14 ok      config       $CONFIG" "the text"
TERM=xterm script -qec "stty cols 50; \"$G2AFS\" check \"$CONFIG\"" /dev/null </dev/null >"$WORK/text"
grep -q $'^\e\[32mok' "$WORK/text" || fail "no colour on a terminal"
grep -q '^ \{21\}config file and the token' "$WORK/text" || fail "not broken at 50 columns: $(cat "$WORK/text")"
! grep -rE 'sesame' "$WORK/text" "$WORK/steps" || fail "it shows a secret"

# The machine's side.
chmod 644 "$CONFIG"
checked 2 permissions
same "$(step permissions)" "failed: $CONFIG: others may use it (mode 0644) (chmod 600 $CONFIG)" "permissions"
same "$(step download)" "skipped: permissions failed" "what depends on the configuration"
same "$(step fuse)" "ok: /dev/fuse" "what does not"
chmod 600 "$CONFIG"
checked 2 config -o time_zone=Europe/Atlantis
[[ $(step config) == "failed: -o time_zone: must be "* ]] || fail "a wrong time zone: $(step config)"
touch "$WORK/file"
checked 1 "state, cache" -o "state_dir=$WORK/file/state,cache_dir=$WORK/file/cache"
same "$(step cache)" "failed: $WORK/file/cache: Not a directory" "a cache below a file"
checked 1 dns -o api_url=https://api.invalid/v1,timeout=10
same "$(step connection)" "skipped: dns failed" "what depends on DNS"
checked 1 tls -o "api_url=${API/http/https}/v1"
checked 1 connection -o api_url=http://127.0.0.1:1/v1
same "$(step connection)" "failed: http://127.0.0.1:1/…: cannot connect: Connection refused (check api_url, proxy, the network and firewalls)" "nobody listens"
status=0; "$G2AFS" check "$WORK/none.json" >"$WORK/text" 2>/dev/null || status=$?
same "$status $(grep failed "$WORK/text" | head -n 1)" "2 failed  config       $WORK/none.json: No such file or directory" "no configuration"

# The account's side.
checked 3 keys -o account_key=5,user_key=9300000000000000008
[[ $(step keys) == *"(check account_key, and access_token)" ]] || fail "which key: $(step keys)"
sim -d '{"offset_seconds":3600}' "$API/_sim/clock" >/dev/null
checked 1 clock
same "$(step clock)" "failed: 1:00:00 behind the API's (set this machine's clock: timedatectl set-ntp true)" "an hour behind"
same "$(step download)" "ok: $MEDIA: 4096 bytes" "what does not depend on the clock"
sim -d '{"offset_seconds":0}' "$API/_sim/clock" >/dev/null
fault() { sim -d "$1" "$API/_sim/fault" >/dev/null; }
fault '{"endpoint":"media","kind":"status","status":403,"times":-1}'
checked 1 download
same "$(step download)" "failed: $MEDIA: answered 403 to a link that is new (see whether a proxy or firewall refuses that host; if none does, ask the vendor)" "media that is refused"
fault '{"endpoint":"list","kind":"status","status":503,"times":-1}'
checked 1 list
same "$(step urls)" "skipped: list failed" "what depends on the list"
sim -X DELETE "$API/_sim/fault" >/dev/null

write_oauth
checked 0 ""
[[ $(step token) == "ok: good until "* ]] || fail "a token: $(step token)"
echo '{"refresh_token":"dead"}' >"$WORK/token.json"
checked 3 token
[[ $(step token) == *"(invalid_grant)"*"g2afs login $CONFIG)" ]] || fail "a dead refresh token: $(step token)"
same "$(step keys)" "skipped: token failed" "what depends on the token"

# Nothing waits for longer than the timeout, nor Ctrl-C for anything.
write_config
fault '{"endpoint":"list","kind":"stall","times":-1}'
checked 1 list -o timeout=0.2
env --default-signal=INT "$G2AFS" check "$CONFIG" >"$WORK/text" & pid=$!
stalls() { [ "$(counts .list.stalled_now)" != 0 ]; }
wait_for "the call that stalls" stalls
grep -q token "$WORK/text" || fail "the steps before it are not shown yet"
kill -INT $pid
status=0; wait $pid || status=$?
same $status 130 "status after Ctrl-C"

# A file system that hangs does not keep it: here a mount whose listing does not come.
sim -X DELETE "$API/_sim/fault" >/dev/null
mount_it
fault '{"endpoint":"list","match":"2031-","kind":"stall","times":-1}'
checked 1 cache -o "timeout=1,cache_dir=$MNT/2031/01/01,cache_size=1G"
same "$(step cache)" "failed: no answer: a file system hangs (look for it with df)" "a cache on what hangs"
sim -X DELETE "$API/_sim/fault" >/dev/null
unmount_it

kill $SIM_PID
checked 1 connection
