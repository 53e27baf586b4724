#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# g2afs login: against the simulator's OAuth server, with curl as the browser; then what it stored mounts.
. "$(dirname "$0")/lib.sh"
CONFIG=$WORK/acme.json
PORT=$((20000 + RANDOM % 10000))
unset DISPLAY WAYLAND_DISPLAY

# write_client [JSON members]: a configuration as one has it before the first login.
write_client() {
  rm -rf "$CONFIG" "$WORK/state"
  (umask 077; cat >"$CONFIG" <<JSON
{
  // from the developer portal
  "client_id": "sim-client",
  "client_secret": "sim-secret",
  "api_url": "$API/G2A/rest/v1", "token_url": "$API/oauth/token",
  "authorize_url": "$API/oauth/authorize",
  "state_dir": "$WORK/state", "cache_size": 0, "log_file": "$WORK/log"${1:+, $1}  // to be looked at
}
JSON
  )
}
page() { grep -m 1 '^http' "$WORK/out"; }
shown() { [ -s "$WORK/out" ] && page >/dev/null; }
# log_in OPTION…: in the background, until it shows its page. IN: what is pasted.
log_in() {
  : >"$WORK/out"
  env --default-signal=INT "$G2AFS" login --port $PORT "$@" "$CONFIG" <"${IN:-/dev/null}" >"$WORK/out" 2>"$WORK/err" & pid=$!
  wait_for "the page of the login" shown
}
# ended STATUS LINE: the login's exit status, and its error.
ended() {
  local status=0
  wait $pid || status=$?
  same "$status $(cat "$WORK/err")" "$1 ${2:-}" "exit status and error of the login"
}
nothing_stored() { [ ! -e "$WORK/state/token.json" ] || fail "something was stored"; }

start_sim --count 20 --token-keys
write_client
cp -p "$CONFIG" "$WORK/before.json"
log_in
[[ $(page) == *"&state="*"&code_challenge="*"&code_challenge_method=S256" ]] || fail "a page without state or challenge: $(page)"
nothing_stored
same "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$PORT/favicon.ico")" 404 "another path"
[[ $(curl -fsSL "$(page)") == *"You can close this window"* ]] || fail "no page for the browser"
ended 0
same "$(stat -c %a "$WORK/state/token.json")" 600 "mode of the token file"
same "$(jq -r '.refresh_token[:8], .access_token[:7]' "$WORK/state/token.json" | xargs)" "refresh- access-" "the tokens"
same "$(stat -c %a "$CONFIG")" 600 "mode of the configuration"
same "$(diff "$WORK/before.json" "$CONFIG" | grep '^[<>]')" '<   "state_dir": "'"$WORK"'/state", "cache_size": 0, "log_file": "'"$WORK"'/log"  // to be looked at
>   "state_dir": "'"$WORK"'/state", "cache_size": 0, "log_file": "'"$WORK"'/log",  // to be looked at
>   "account_key": '$KEY "what was added to the configuration"
! grep -rE 'sim-secret|refresh-|access-' "$WORK/out" || fail "it shows a secret"
"$G2AFS" "$CONFIG" "$MNT"
[ "$(find "$MNT" -name '*.mp4' | wc -l)" -gt 10 ] || fail "the mount shows too little"
unmount_it

# Where there is a display, xdg-open shows the page.
mkdir "$WORK/bin"
printf '#!/bin/sh\nexec curl -fsSL "$1"\n' >"$WORK/bin/xdg-open"
chmod 755 "$WORK/bin/xdg-open"
write_client '"company_id": 77'
PATH=$WORK/bin:$PATH DISPLAY=:1 log_in
ended 0
test -s "$WORK/state/token.json" || fail "no tokens"
grep -q '^  "company_id": 77\|account_key' "$CONFIG" && fail "an account was added to another one"

# By hand, from another machine's browser: the URL, or the code in it.
location() { curl -fsS -o /dev/null -w '%{redirect_url}' "$(page)"; }
mkfifo "$WORK/paste"
exec 7<>"$WORK/paste"
for what in url code; do
  write_client
  IN=$WORK/paste log_in --no-browser
  url=$(location)
  [ $what = url ] || url=$(sed 's/.*[?]code=\([^&]*\).*/\1/' <<<"$url")
  echo "$url" >&7
  ended 0
  test -s "$WORK/state/token.json" || fail "no tokens from a pasted $what"
done

# What can go wrong, and what is said of it. With a wrong answer nothing is stored.
write_client
log_in
"$G2AFS" login --port $PORT "$CONFIG" >/dev/null 2>"$WORK/taken" && fail "two logins on a port"
same "$(cat "$WORK/taken")" "g2afs: login: 127.0.0.1:$PORT: Address already in use: use --port N, if the client has that redirect URI, or --no-browser" "a port that is taken"
[[ $(curl -s "http://127.0.0.1:$PORT/?code=c&state=other") == *"belongs to another login; this one still waits."* ]] ||
  fail "what a browser is told that brings another login's answer"
kill -INT $pid
ended 1 "g2afs: login: interrupted: nothing is stored"
IN=$WORK/paste log_in --no-browser
kill -INT $pid
ended 1 "g2afs: login: interrupted: nothing is stored"
log_in --no-browser
ended 1 "g2afs: login: nothing was pasted"
nothing_stored

log_in
code=$(location | sed 's/.*[?]code=\([^&]*\).*/\1/')
curl -fsS -o /dev/null -u sim-client:sim-secret -d "grant_type=authorization_code&code=$code&redirect_uri=x" "$API/oauth/token" 2>/dev/null && fail "redeemed without a verifier"
curl -s -o /dev/null "http://127.0.0.1:$PORT/?code=$code&state=$(page | sed 's/.*&state=\([^&]*\).*/\1/')"
ended 3 "g2afs: login: the server refused the code (invalid_grant): it has expired or was used already"
nothing_stored

sed -i 's/sim-secret/another/' "$CONFIG"
log_in
curl -fsSL -o /dev/null "$(page)"
ended 3 "g2afs: login: the server refused client_id or client_secret (invalid_client)"
sed -i 's,"token_url": "[^"]*","token_url": "http://127.0.0.1:1/token",' "$CONFIG"
log_in
curl -fsSL -o /dev/null "$(page)"
ended 1 "g2afs: login: token_url: http://127.0.0.1:1/…: cannot connect: Connection refused"
nothing_stored
status=0; "$G2AFS" login "$WORK/none.json" 2>"$WORK/err" || status=$?
same "$status $(cat "$WORK/err")" "2 g2afs: $WORK/none.json: No such file or directory" "a configuration that is not there"

kill $SIM_PID
start_sim --deny-authorize
write_client
log_in
curl -sL -o /dev/null "$(page)"
ended 3 "g2afs: login: the authorization was denied (access_denied)"
nothing_stored

# The token answer without a refresh token.
sim -d '{"endpoint":"token","kind":"status","status":200,"body":"{\"access_token\":\"a\"}"}' "$API/_sim/fault" >/dev/null
echo a-code >"$WORK/line"
IN=$WORK/line log_in --no-browser
ended 1 "g2afs: login: token_url: the answer has no refresh_token: the client may not have offline access"
nothing_stored
