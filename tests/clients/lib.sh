# SPDX-License-Identifier: MIT
# What the client tests share, on top of the system tests' lib.sh: an account like real ones, the tree that a mount of it
# must show, and the lines that become docs/CLIENTS.md.
#
# A line goes to $CLIENTS_RESULTS, tab-separated: `row`, client, version, what was done, result, API requests, media
# requests, bytes of media for 100 bytes of the files in question; or `note`, client, text. The numbers are as measured,
# and the test fails where they are above what the script allows.
. "$(dirname "${BASH_SOURCE[0]}")/../system/lib.sh"
RESULTS=${CLIENTS_RESULTS:-$WORK/results}

# start_account [OPTION…]: sixty recordings of ten months, some without sidecars, some not transcoded.
start_account() {
  start_sim --count 60 --size-min 200K --size-max 3M --from 2024-03-01 --to 2024-12-31 --untranscoded 3 --no-events 10 \
    --no-thumbnail 15 "$@"
}
# The same account once more, at the same place.
restart_account() { start_account --port "${API##*:}" --media-port "${MEDIA##*:}" "$@"; }
write_truth() { rm -rf "$WORK/truth"; python3 "$ROOT/tests/clients/truth.py" "$API" "$WORK/truth"; }
truth_bytes() { find "$WORK/truth" -name "${1:-*}" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }'; }
# same_tree COPY: names and contents of the whole tree.
same_tree() { diff -r "$WORK/truth" "$1" >"$WORK/differences" 2>&1 || fail "$1 is not what the account holds: $(head -5 "$WORK/differences")"; }
same_times() {
  diff <(cd "$WORK/truth" && find . -type f -printf '%p %T@\n' | sort) <(cd "$1" && find . -type f -printf '%p %T@\n' | sort) \
    >"$WORK/differences" || fail "times of files in $1: $(head -5 "$WORK/differences")"
}

# client NAME VERSION
client() { CLIENT=$1 VERSION=$2; }
# need PROGRAM…: without one of them the document says so, and the test is skipped.
need() {
  local program
  for program; do command -v "$program" >/dev/null || not_run "there is no $program here"; done
}
not_run() {
  printf 'row\t%s\t%s\t%s\t%s\t-\t-\t-\n' "$CLIENT" "${VERSION:--}" "-" "not run: $1" >>"$RESULTS"
  echo "not run: $1" >&2
  exit 77
}
note() { printf 'note\t%s\t%s\n' "$CLIENT" "$1" >>"$RESULTS"; }

api_requests() { counts '.list.requests + .urls.requests + .transcode.requests + .archive.requests + .token.requests'; }
media_requests() { counts .media.requests; }
media_bytes() { counts .media.bytes; }

# begin: what is counted is counted from here.
begin() { BEGIN_API=$(api_requests) BEGIN_MEDIA=$(media_requests) BEGIN_BYTES=$(media_bytes); }
# row WHAT RESULT BYTES API MEDIA PERCENT: a line about what happened since `begin`, with BYTES in the files in question;
# at most API and MEDIA requests, and PERCENT of BYTES from media.
row() {
  local what=$1 result=$2 bytes=$3 api media percent
  api=$(($(api_requests) - BEGIN_API)) media=$(($(media_requests) - BEGIN_MEDIA))
  percent=$(((($(media_bytes) - BEGIN_BYTES) * 100 + bytes / 2) / bytes))
  printf 'row\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$CLIENT" "$VERSION" "$what" "$result" "$api" "$media" "$percent" >>"$RESULTS"
  [ "$api" -le "$4" ] || fail "$what: $api API requests, more than $4"
  [ "$media" -le "$5" ] || fail "$what: $media media requests, more than $5"
  [ "$percent" -le "$6" ] || fail "$what: $percent % of the files' bytes from media, more than $6 %"
}
