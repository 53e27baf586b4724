#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# docs/screens as scripts/screens left them: fit for a terminal and for everybody's eyes, all listed, and the README shows
# them as they are.
. "$(dirname "$0")/lib.sh"
screens=$ROOT/docs/screens
export LC_ALL=C.UTF-8

# None is missing, none is left over, and each is in the list. (The pictures are of programs that tests/clients runs.)
made=$({ sed -nE 's/^(.*; )?end ([a-z-]+)$/\2.txt/p'; echo login.html; echo README.md; } <"$ROOT/scripts/screens" | sort)
same "$(ls "$screens" | grep -v '\.png$')" "$(LC_ALL=C sort <<<"$made")" "the files in docs/screens"
for file in "$screens"/*.{txt,html,png}; do
  grep -qF "($(basename "$file"))" "$screens/README.md" || fail "docs/screens/README.md does not list $file"
done
for file in "$screens"/*.{txt,html}; do
  [ -s "$file" ] || fail "$file is empty"
  ! grep -nP '[\x00-\x09\x0b-\x1f\x7f]' "$file" || fail "$file: control characters (above)"
  ! grep -nE '[[:space:]]$' "$file" || fail "$file: blanks at the end of a line (above)"
  # The client's secret, tokens and codes of the simulator, and what a URL of a recording begins with.
  ! grep -nE 'acme-secret|sim-secret|(access|refresh|code)-[0-9A-Za-z]|[?&]code=|/r/' "$file" || fail "$file: a secret (above)"
done
for file in "$screens"/*.txt; do
  ! grep -nE '^.{81}' "$file" || fail "$file: more than 80 columns (above)"
  # Whatever path is shown is the home's, or one that every machine has.
  ! grep -oP '(?<![\w./:~-])/[\w.-][^\s:"]*' "$file" | grep -vE '^(/home/anna/|/dev/fuse$|/etc/resolv\.conf$)' || fail "$file: a path of the machine (above)"
done
grep -q 'You can close this window' "$screens/login.html" || fail "login.html: the browser saw something else"

# <!-- docs/screens/FILE --> stands before each that the README shows.
shown=0
while read -r file; do
  block=$(awk -v mark="<!-- docs/screens/$file -->" '
    $0 == mark { found = 1; next }
    found && /^```/ { if (++fences == 2) exit; next }
    found && fences == 1 { print }' "$ROOT/README.md")
  diff <(echo "$block") "$screens/$file" >"$WORK/diff" || fail "README.md shows another $file: $(cat "$WORK/diff")"
  shown=$((shown + 1))
done < <(sed -nE 's|^<!-- docs/screens/(.*) -->$|\1|p' "$ROOT/README.md")
[ $shown -ge 2 ] || fail "README.md shows $shown screens"
