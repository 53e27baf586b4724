#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The completions of bash and fish, asked as these shells do, and the syntax of all three. (tests/unit/app/
# completions_test.cpp has what must be in them.)
. "$(dirname "$0")/lib.sh"
cd "$WORK"
here=$ROOT/packaging/completions
mkdir -p files/dir
touch files/acme.json

# in_bash LINE: what the last word of the line may become; the line is parted as readline does.
in_bash() {
  bash --norc -c '
    . "$1"
    COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDS=() word=
    for ((i = 0; i < ${#COMP_LINE}; i++)); do
      c=${COMP_LINE:i:1}
      case $c in
        " ") [ -z "$word" ] || COMP_WORDS+=("$word"); word= ;;
        [=:]) [ -z "$word" ] || COMP_WORDS+=("$word"); COMP_WORDS+=("$c"); word= ;;
        *) word+=$c ;;
      esac
    done
    # After = the word to be completed is the next one, if empty; readline says so only where there is one.
    [[ -z $word && $COMP_LINE == *= ]] || COMP_WORDS+=("$word")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _g2afs g2afs "$word" ""
    [ ${#COMPREPLY[@]} -eq 0 ] || printf "%s\n" "${COMPREPLY[@]}"' bash "$here/g2afs.bash" "$1" 2>&1 | sort | tr '\n' ' '
}
in_fish() { fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$here/g2afs.fish" "$1" 2>&1 | cut -f 1 | sort | tr '\n' ' '; }
completes() { same "$("in_$1" "$2")" "$3" "$1: $2"; }

for shell in bash fish; do
  command -v $shell >/dev/null || fail "$shell is missing: scripts/install-deps --test"
  completes $shell "g2afs wai" "wait "
  completes $shell "g2afs --ver" "--version "
  completes $shell "g2afs cache --" "--clear --help --list --prune --verify "
  completes $shell "g2afs cache --l" "--list "
  completes $shell "g2afs login --" "--help --no-browser --port "
  completes $shell "g2afs status --" "--help --json --watch "
  completes $shell "g2afs check --j" "--json "
  completes $shell "g2afs archive --" "--dry-run --help --recheck --size-only --verify "
  completes $shell "g2afs wait --state tr" "transcoding "
  completes $shell "g2afs files/ac" "files/acme.json "
done
completes bash "g2afs -o log_f" "log_file= log_format= "
completes bash "g2afs -o nodev,arch" "nodev,archived= "
completes bash "g2afs -o nodev,archived=" "all exclude only "
completes bash "g2afs -o archived=all,log_l" "all,log_level= "
completes bash "g2afs -onodev,time_zone=Europe/Berl" "Europe/Berlin "
completes bash "g2afs -o cache_dir=files/d" "files/dir "
completes bash "g2afs -o uid=roo" "root "
completes bash "g2afs -o secret" ""
completes bash "g2afs -f files/acme.json files/" "files/dir "
completes bash "g2afs status files/" "files/dir "
completes bash "g2afs archive --verify files/" "files/dir "
completes bash "g2afs archive --verify=files/" "files/dir "
completes bash "g2afs cache --prune 5G files/ac" "files/acme.json "
completes bash "g2afs wait --state=un" "untranscoded "
completes fish "g2afs -o log_form" "log_format=json log_format=text "
completes fish "g2afs -o nodev,archived=o" "nodev,archived=only "
completes fish "g2afs -o time_zone=Europe/Berl" "time_zone=Europe/Berlin "

bash -n "$here/g2afs.bash"
fish -n "$here/g2afs.fish"
zsh -n "$here/_g2afs"
