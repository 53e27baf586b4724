#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Secrets stay where they belong: with everything logged and everything going wrong, no token, client secret or media URL
# is in the log, in what the mount shows, on the disk or where other processes look; and in the daemon's own memory only
# those of now.
. "$(dirname "$0")/lib.sh"
export no_proxy='*'

SECRET=client-secret-3f9c81d2a77b4e60
FIRST=refresh-first-5b1e9d04c2f84a37
start_sim --count 30 --from 2024-05-01 --to 2024-05-03 --size-min 300K --size-max 2M --rotate-refresh \
  --client-secret $SECRET --refresh-token $FIRST
CACHE_SIZE='"100M", "cache_dir": "'$WORK/cache'"'
write_config "\"token_url\": \"$API/oauth/token\", \"client_id\": \"sim-client\", \"client_secret\": \"$SECRET\",
  \"retry_for\": 1"
sed -i 's/"access_token": "sesame",//; s/"log_level": "debug"/"log_level": "trace"/' "$WORK/config.json"
(umask 077; mkdir -p "$WORK/state"; echo "{\"refresh_token\": \"$FIRST\"}" >"$WORK/state/token.json")

fault() { sim -d "$1" "$API/_sim/fault" >/dev/null; }
no_faults() { sim -X DELETE "$API/_sim/fault" >/dev/null; }
# note_tokens: adds those that are in the token file now to those ever seen, a line each.
note_tokens() { jq -r '.refresh_token, .access_token' "$WORK/state/token.json" >>"$WORK/tokens"; }
new_token() {
  sim -d '{"expire":true}' "$API/_sim/tokens" >/dev/null
  setfattr -n user.g2afs.refresh -v 1 "$MNT" || fail "a refresh with an expired token failed"
  note_tokens
}

echo "$FIRST" >"$WORK/tokens"
"$G2AFS" -d "$WORK/config.json" "$MNT" >"$WORK/said" 2>&1 & pid=$!
wait_for "the mount" mounted
note_tokens
find "$MNT" -type f >"$WORK/files"
mapfile -t videos < <(grep mp4 "$WORK/files")
cat "${videos[0]}" >/dev/null
getfattr -d -m - "${videos[0]}" >"$WORK/attributes" 2>/dev/null
new_token
# Every fault that answers, on media and on the API; what the reader gets is not the matter here.
at=1
for kind in '"status","status":500' '"status","status":403' '"status","status":404' html bad-json redirect redirect-loop \
  reset truncate garbage gzip wrong-content-range wrong-length change-object \
  '"redirect","location":"http://user:rb7d41f0@localhost/"' '"redirect","location":"file:///etc/passwd?rb7d41f0"'; do
  [ "${kind#\"}" != "$kind" ] || kind=\"$kind\"
  case $kind in *location*) times=-1 ;; *) times=2 ;; esac  # these are to fail in the end
  fault "{\"endpoint\":\"media\",\"kind\":$kind,\"times\":$times}"
  cat "${videos[$((at++ % ${#videos[@]}))]}" >/dev/null 2>>"$WORK/said" || true
  no_faults
done
for kind in '"status","status":500' '"status","status":400' html bad-json redirect reset garbage; do
  [ "${kind#\"}" != "$kind" ] || kind=\"$kind\"
  for endpoint in list urls token; do
    [ $endpoint != token ] || sim -d '{"expire":true}' "$API/_sim/tokens" >/dev/null
    fault "{\"endpoint\":\"$endpoint\",\"kind\":$kind,\"times\":2,\"apply\":false}"
    setfattr -n user.g2afs.refresh -v 1 "$MNT" 2>>"$WORK/said" || true
    no_faults
  done
  note_tokens
done
new_token
new_token
for file in status.json metrics; do cat "$MNT/.g2afs/$file" >"$WORK/$file"; done
tr '\0' '\n' <"/proc/$pid/cmdline" >"$WORK/cmdline"
sort -u "$WORK/tokens" -o "$WORK/tokens"
[ "$(wc -l <"$WORK/tokens")" -ge 8 ] || fail "too few tokens were issued to prove anything: $(cat "$WORK/tokens")"

# What stands in the URLs that the simulator gave away: the long number of each.
sim "$API/_sim/log?endpoint=media" | jq -r '.[].target' | cut -d/ -f3 | sort -u >"$WORK/random"
[ "$(wc -l <"$WORK/random")" -ge 20 ] || fail "too few URLs to prove anything: $(head -3 "$WORK/random")"
{ echo $SECRET; echo rb7d41f0; printf 'sim-client:%s' $SECRET | base64; cat "$WORK/tokens" "$WORK/random"; } >"$WORK/secrets"
grep -q "redirected to" "$WORK/log" && grep -q SETXATTR "$WORK/log" || fail "the log is not the one that was meant"
for place in log said attributes status.json metrics cmdline cache; do
  [ -e "$WORK/$place" ] || fail "$place was not found"
  ! grep -rqaFf "$WORK/secrets" "$WORK/$place" ||
    fail "$place holds a secret: $(grep -raFf "$WORK/secrets" "$WORK/$place" | head -c 300)"
done
# The token file is the one place on the disk for tokens, the config file that of the client secret.
find "$WORK/state" -type f ! -name token.json -print0 | xargs -0 cat >"$WORK/store"
! grep -qaFf "$WORK/secrets" "$WORK/store" || fail "the store holds a secret"
same "$(jq -r 'keys|join(" ")' "$WORK/state/token.json")" "access_token expires_at refresh_token" "the token file"
same "$(counts .authorization_leaked)" 0 "credentials sent to media"

# What the process could write to, but for zeros: a token that was replaced is nowhere in it any more.
memory_of() {
  awk '$2 ~ /^rw/ { print $1 }' "/proc/$1/maps" | while IFS=- read -r from to; do
    dd if="/proc/$1/mem" bs=4096 skip=$((16#$from / 4096)) count=$(((16#$to - 16#$from) / 4096)) status=none 2>/dev/null
  done | tr -s '\0' >"$WORK/memory"
}
times() { grep -oaF "$1" "$WORK/memory" | wc -l; }
if [ -n "${G2AFS_SANITIZED:-}" ]; then
  echo "a sanitizer's memory is terabytes, and not the daemon's: not looked at"
elif [ "$(id -u)" = 0 ]; then
  memory_of "$pid"
  [ "$(times "$SECRET")" -gt 0 ] || fail "the memory was not found"
  jq -r '.refresh_token, .access_token' "$WORK/state/token.json" >"$WORK/current"
  for token in $(grep -vFf "$WORK/current" "$WORK/tokens") "$(printf 'sim-client:%s' $SECRET | base64)"; do
    same "$(times "$token")" 0 "copies of $token, which is done with, in the daemon's memory"
  done
  for token in $(cat "$WORK/current"); do  # in use, and to know it again in the file
    [ "$(times "$token")" -le 2 ] || fail "$(times "$token") copies of the token $token in the daemon's memory"
  done
else
  echo "not root: the daemon's memory cannot be looked at"
fi
fusermount3 -u "$MNT"
wait $pid || fail "exit status after unmounting: $?"

# A token from the environment is taken out of it: a child does not get it, and `ps e` does not show it.
TOKEN=sesame
kill $SIM_PID; wait $SIM_PID || true
start_sim --count 3
G2AFS_ACCESS_TOKEN=$TOKEN "$G2AFS" -f -o api_url="$API/G2A/rest/v1",account_key=$KEY,state_dir="$WORK/state",cache_size=0 \
  - "$MNT" 2>"$WORK/said" & pid=$!
wait_for "the mount" mounted
grep -qa '^PATH=\|.PATH=' "/proc/$pid/environ" || fail "the environment was not found"
! grep -qa $TOKEN "/proc/$pid/environ" || fail "the token is in /proc/PID/environ"
! grep -qa $TOKEN "$WORK/said" || fail "the token is on standard error"
fusermount3 -u "$MNT"
wait $pid || fail "exit status after unmounting: $?"
