# SPDX-License-Identifier: MIT
# What the system tests share: an account simulator and mounts that always end, and assertions that say what was wrong.
# Sourced by each *_test.sh, which ctest runs with G2AFS and G2A_SIM set to the programs.
set -euo pipefail

G2AFS=$(realpath "${G2AFS:?the g2afs program}")
G2A_SIM=$(realpath "${G2A_SIM:?the g2a-sim program}")
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
WORK=$(mktemp -d)
MNT=$WORK/mnt
KEY=9300000000000000007
mkdir "$MNT"

cleanup() {
  local status=$?
  set +e
  [ -z "${STOPPED:-}" ] || kill -CONT "$STOPPED" 2>/dev/null  # a daemon that the test has stopped
  # The last one first: a test may have mounted something on top of a mount.
  for point in $(awk -v below="$WORK/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | tac); do
    fusermount3 -uz "$point" 2>/dev/null || umount -l "$point"
  done
  for pid in $(jobs -p); do kill "$pid" 2>/dev/null; done
  wait 2>/dev/null
  if [ $status -ne 0 ] && [ $status -ne 77 ] && [ -s "$WORK/log" ]; then
    echo "--- the mount's log:" >&2
    tail -n 40 "$WORK/log" >&2
  fi
  rm -rf "$WORK"
  exit $status
}
trap cleanup EXIT

fail() { echo "FAILED: $*" >&2; exit 1; }
same() { [ "$1" = "$2" ] || fail "$3: expected '$2', got '$1'"; }

# wait_for WHAT COMMAND…: until the command succeeds. The bound (PATIENCE, in seconds) only ends a test that hangs.
wait_for() {
  local what=$1; shift
  local end=$((SECONDS + ${PATIENCE:=30}))
  until "$@"; do
    [ $SECONDS -lt $end ] || fail "waited $PATIENCE s for $what"
    read -r -t 0.02 <> <(:) || true
  done
}

# start_sim OPTION…: sets API, MEDIA and SIM_PID.
start_sim() {
  rm -f "$WORK/ports"
  "$G2A_SIM" --quiet --die-with-parent --lifetime "${LIFETIME:-600}" --access-token sesame --account-key $KEY \
    --port-file "$WORK/ports" "$@" &
  SIM_PID=$!
  wait_for "the simulator" test -s "$WORK/ports"
  API=http://127.0.0.1:$(sed -n 1p "$WORK/ports")
  MEDIA=http://127.0.0.1:$(sed -n 2p "$WORK/ports")
}

sim() { curl -fsS --max-time 20 "$@"; }
counts() { sim "$API/_sim/counts" | jq -r "$1"; }

# write_config [JSON members]: $WORK/config.json. CACHE_SIZE (0) is in JSON as well.
write_config() {
  rm -f "$WORK/config.json"
  (umask 077; cat >"$WORK/config.json" <<JSON
{ "api_url": "$API/G2A/rest/v1", "account_key": $KEY, "access_token": "sesame",
  "state_dir": "$WORK/state", "cache_size": ${CACHE_SIZE:-0}, "log_file": "$WORK/log", "log_level": "debug"${1:+, $1} }
JSON
  )
}

mounted() { grep -q " ${1:-$MNT} .* - fuse.g2afs " /proc/self/mountinfo; }
daemon_pid() { pgrep -f "^$G2AFS .*${1:-$MNT}\$"; }
mount_it() { "$G2AFS" "$WORK/config.json" "${1:-$MNT}"; mounted "${1:-$MNT}" || fail "not in mountinfo after mounting"; }
unmount_it() {
  local pid; pid=$(daemon_pid "${1:-$MNT}")
  fusermount3 -u "${1:-$MNT}"
  wait_for "the daemon to end" gone "$pid"
}
# Ended; whoever adopted it may not have noticed yet.
gone() { ! grep -qs '^State:[[:space:]]*[^Z[:space:]]' "/proc/$1/status"; }
