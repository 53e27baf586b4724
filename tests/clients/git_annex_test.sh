#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# git-annex imports the mount as a directory remote, drops contents, and gets them again.
. "$(dirname "$0")/lib.sh"
client git-annex "$(git-annex version 2>/dev/null | sed -n 's/^git-annex version: //p')"
need git git-annex
start_account
write_config
write_truth
bytes=$(truth_bytes)
files=$(find "$WORK/truth" -type f | wc -l)
export HOME=$WORK/home GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.org GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.org
mkdir "$HOME" "$WORK/annex"
mount_it
cd "$WORK/annex"
git init -q -b main
annex() { git annex "$@" >"$WORK/said" 2>&1 || fail "git annex $1: $(tail -5 "$WORK/said")"; }
annex init test
git commit -q --allow-empty -m begin
annex initremote drive type=directory directory="$MNT" encryption=none importtree=yes exporttree=no
begin
annex import main --from drive
git merge -q --allow-unrelated-histories drive/main
same "$(git annex find --in here | wc -l)" "$files" "files in the annex"
while read -r file; do cmp "$file" "$WORK/truth/$file"; done < <(git annex find --in here)
row "import of the account" "contents equal" "$bytes" 250 $((files * 8)) 105
cd /
unmount_it
mount_it
cd "$WORK/annex"
begin
before=$(git rev-parse drive/main^{tree})
annex import main --from drive
same "$(git rev-parse drive/main^{tree})" "$before" "the tree after another import"
row "import again, from a fresh mount" "nothing new" "$bytes" 250 "$files" 10
note "The tree has no directory of a recording without files: git keeps none."
cd /
