#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The manual: mandoc finds nothing to warn about, and each command of EXAMPLES in g2afs(1) does what it says, in a home of
# its own, with the simulator as the account. (tests/unit/app/manual_test.cpp has what g2afs.json(5) must say.)
. "$(dirname "$0")/lib.sh"
for page in "$ROOT"/man/*; do
  mandoc -Tlint -W warning "$page" || fail "mandoc warns about $page (above)"
done

start_sim --count 12 --from 2025-06-01 --to 2025-06-03 --size-max 2M --untranscoded 40 --transcode-seconds 0
write_config
export HOME=$WORK/home
mkdir -p "$HOME/.config" "$HOME/recordings" "$HOME/backup/2025" "$WORK/bin"
(umask 077; sed "s|\"cache_size\": 0|\"cache_dir\": \"$WORK/cache\"|" "$WORK/config.json" >"$HOME/.config/acme.json")
ln -s "$G2AFS" "$WORK/bin/g2afs"
PATH=$WORK/bin:$PATH

# mdoc's lines of EXAMPLES as they are shown: .Dl is a command.
mapfile -t commands < <(sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE ALSO/s/^\.Dl //p' "$ROOT/man/g2afs.1")
[ ${#commands[@]} -ge 9 ] || fail "only ${#commands[@]} commands in EXAMPLES"
for command in "${commands[@]}"; do
  case $command in "g2afs login "*) continue ;; esac  # needs a browser
  bash -euc "$command" >"$WORK/out" 2>&1 </dev/null || fail "$command: $(cat "$WORK/out")"
  case $command in
    "ls -l "*) grep -q ' 02$' "$WORK/out" || fail "$command shows: $(cat "$WORK/out")" ;;
    "g2afs -o "*) mounted "$HOME/recordings" || fail "$command has not mounted" ;;
    "g2afs archive "*) grep -q '^12 recordings: 12 marked archived, 0 archived before, 0 not' "$WORK/out" || fail "$command: $(cat "$WORK/out")" ;;
    "g2afs wait "*)
      ! getfattr -R -n user.g2afs.state "$HOME/recordings/2025/06" 2>/dev/null | grep -q '"untranscoded"' || fail "$command: $(cat "$WORK/out")" ;;
  esac
done
