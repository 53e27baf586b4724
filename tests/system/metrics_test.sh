#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# /.g2afs/metrics: as promtool wants it, and what it counts is what the server has counted; the recipe, the expressions and
# the rules of docs/MONITORING.md work.
. "$(dirname "$0")/lib.sh"
command -v promtool >/dev/null || fail "promtool is missing: apt install prometheus"
start_sim --count 6 --size-min 8M --size-max 9M --from 2024-05-01 --to 2024-05-02 --token-ttl 3000
write_config '"token_url": "'"$API"'/oauth/token", "client_id": "sim-client", "client_secret": "sim-secret",
  "token_file": "'"$WORK"'/token.json"'
sed -i '/access_token/s/"access_token": "sesame",//' "$WORK/config.json"
(umask 077; echo '{"refresh_token":"sim-refresh"}' >"$WORK/token.json")
before=$(date +%s)
mount_it
metrics=$MNT/.g2afs/metrics

# sample NAME [LABELS]: its value; 0 where there is none.
sample() { awk -v name="$1${2:+{$2\}}" '$1 == name { value = $2 } END { print value + 0 }' CONVFMT=%.17g OFMT=%.17g "$metrics"; }
# sum NAME: over all its labels.
sum() { awk -v name="$1" 'index($1, name "{") == 1 || $1 == name { sum += $2 } END { print sum + 0 }' OFMT=%.17g "$metrics"; }
# by LABEL NAME: `{"200":3}`, as the simulator tells it.
by() {
  sed -nE "s/^$2\{(.*,)?$1=\"([^\"]*)\".*\} ([0-9]+)\$/\2 \3/p" "$metrics" |
    jq -Rcs 'split("\n") | map(select(. != "") | split(" ")) | reduce .[] as $one ({}; .[$one[0]] += ($one[1] | tonumber))' |
    jq -cS .
}
by_call() { grep "call=\"$1\"" "$metrics" >"$WORK/of_call"; metrics=$WORK/of_call by code g2afs_api_requests_total; }
lints() { promtool check metrics <"$metrics" >"$WORK/lint" 2>&1 || fail "promtool: $(cat "$WORK/lint")"; }

lints
# Faults of every kind that is counted, then reads.
sim -d '[{"endpoint":"list","kind":"status","status":503,"times":2},{"endpoint":"urls","kind":"bad-json","times":1}]' \
  "$API/_sim/fault" >/dev/null
mapfile -t videos < <(find "$MNT" -name '*.mp4' | sort)
same ${#videos[@]} 6 "recordings"
sim -d '{"endpoint":"media","kind":"status","status":503,"times":3}' "$API/_sim/fault" >/dev/null
read=("${videos[@]:0:5}")
# One read at a time: the kernel's readahead may seem to jump, which gives up requests that the server has answered.
for video in "${read[@]}"; do dd if="$video" of=/dev/null bs=1M iflag=direct status=none; done
lints
same "$(cat "$WORK/lint")" "" "what promtool says"

for call in list urls token; do
  same "$(by_call $call)" "$(counts ".$call.status" | jq -cS .)" "answers to $call"
  same "$(sample g2afs_api_request_duration_seconds_count "call=\"$call\"")" "$(counts ".$call.requests")" "measured $call"
done
same "$(by code g2afs_media_requests_total)" "$(counts .media.status | jq -cS .)" "answers of the media host"
sent=$(sim "$API/_sim/log?endpoint=media&limit=100000" | jq '[.. | objects | select(.status == 206) | .bytes] | add')
same "$(sample g2afs_media_bytes_total)" "$sent" "bytes from the media host"
same "$(sample g2afs_media_first_byte_seconds_count)" "$(counts '.media.status["206"]')" "first bytes"
same "$(sample g2afs_read_bytes_total)" "$(stat -c %s "${read[@]}" | awk '{ sum += $1 } END { print sum }')" "bytes read"
same "$(sample g2afs_read_duration_seconds_bucket 'le="+Inf"')" "$(sample g2afs_read_duration_seconds_count)" "reads"
[ "$(sample g2afs_read_duration_seconds_count)" -gt 6 ] || fail "no reads are measured"
same "$(by reason g2afs_retries_total)" '{"answer":1,"status":5}' "retries"
same "$(sum g2afs_recordings)" "$(sim "$API/_sim/recordings?limit=1" | jq .total)" "recordings"
same "$(sum g2afs_read_errors_total)" 0 "reads that failed"
same "$(sample g2afs_api_up)" 1 "the API's state"
end=$(sample g2afs_token_expiry_timestamp_seconds)
awk -v end="$end" -v from="$before" -v to="$(date +%s)" 'BEGIN { exit !(end >= from + 3000 && end <= to + 3001) }' ||
  fail "the token ends at $end"

pid=$(daemon_pid)
same "$(sample process_max_fds)" "$(awk '/^Max open files/ { print $5 }' "/proc/$pid/limits")" "the limit of open files"
# The daemon counts while it has the answer under way.
same "$(sample process_open_fds)" "$(ls "/proc/$pid/fd" | wc -l)" "open files"

# An API that is down, and reads that fail for good.
exec 7<"${videos[0]}"
same "$(sample g2afs_open_files)" 1 "open files"
sim -d '{"endpoint":"list","kind":"reset","times":-1}' "$API/_sim/fault" >/dev/null
setfattr -n user.g2afs.refresh -v 1 "$MNT/2024/05/01" 2>/dev/null & refreshing=$!
wait_for "the API to be down" eval '[ "$(sample g2afs_api_up)" = 0 ]'
sim -X DELETE "$API/_sim/fault" >/dev/null
wait $refreshing || true
wait_for "the API to be up" eval '[ "$(sample g2afs_api_up)" = 1 ]'
exec 8<"${videos[5]}"
head -c 4096 <&8 >/dev/null
sim -X PATCH -d '{"version":1}' "$API/_sim/recordings/$(basename "${videos[5]}" .mp4)" >/dev/null
if cat <&8 >/dev/null 2>&1; then fail "reading on over a change succeeded"; fi
[ "$(sample g2afs_read_errors_total 'reason="changed"')" -ge 1 ] || fail "a read that failed is not counted"
exec 7<&- 8<&-

# The recipe.
block() { awk -v kind="$1" '$0 == "```" kind { on = 1; next } $0 == "```" { on = 0 } on' "$ROOT/docs/MONITORING.md"; }
block sh >"$WORK/recipe"
mkdir "$WORK/bin" "$WORK/served"
ln -s "$G2AFS" "$WORK/bin/g2afs"
PATH=$WORK/bin:$PATH sh "$WORK/recipe" "$MNT" "$WORK/served/acme"
promtool check metrics <"$WORK/served/acme" || fail "the copy is not as it should be"
same "$(stat -c %a "$WORK/served/acme")" 644 "the copy's mode"
block yaml >"$WORK/prometheus.yml"
cp "$ROOT/docs/grafana/alerts.yml" "$WORK/g2afs-alerts.yml"
promtool check config "$WORK/prometheus.yml" >"$WORK/lint" 2>&1 || fail "$(cat "$WORK/lint")"
# What the dashboard asks is PromQL.
jq '{groups: [{name: "dashboard", rules: [.panels[].targets[].expr | gsub("\\$__rate_interval"; "1m") | {record: "a:b", expr: .}]}]}' \
  "$ROOT/docs/grafana/g2afs.json" >"$WORK/dashboard.yml"
promtool check rules --lint=none "$WORK/dashboard.yml" >"$WORK/lint" 2>&1 || fail "$(cat "$WORK/lint")"
unmount_it
PATH=$WORK/bin:$PATH sh "$WORK/recipe" "$MNT" "$WORK/served/acme" 2>/dev/null || true
same "$(ls -A "$WORK/served")" "" "what is served of a mount that has ended"
