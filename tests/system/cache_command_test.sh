#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# g2afs cache: its exit status and its one line of error, without a mount.
. "$(dirname "$0")/lib.sh"
API=http://127.0.0.1:1
cache() { "$G2AFS" cache "$@" 2>"$WORK/err"; }
# refused STATUS LINE ARGUMENT…
refused() {
  local expected=$1 line=$2 status=0; shift 2
  cache "$@" >"$WORK/out" || status=$?
  same $status "$expected" "exit status of cache $*"
  same "$(cat "$WORK/err")" "$line" "what cache $* says"
  same "$(cat "$WORK/out")" "" "stdout of cache $*"
}

write_config "\"cache_dir\": \"$WORK/cache\""
same "$(cache --list "$WORK/config.json" | tail -n 1)" "0 files, 0 of 0 in $WORK/cache" "the last line of --list"
same "$(cache --verify "$WORK/config.json")" "verified 0 in 0 files: all is sound" "--verify"
same "$(cache --clear "$WORK/config.json")" "removed 0" "--clear"
[ ! -e "$WORK/cache" ] || fail "looking has made the directory"

refused 2 "g2afs: cache: CONFIG is needed (see g2afs cache --help)" --list
refused 2 "g2afs: $WORK/none.json: No such file or directory" --list "$WORK/none.json"
touch "$WORK/file"
refused 1 "g2afs: cache: cannot list $WORK/file/v1: Not a directory" -o "cache_dir=$WORK/file" --list "$WORK/config.json"
write_config
refused 2 "g2afs: cache: cache_size is 0 and cache_dir not given: there is no cache" --list "$WORK/config.json"
