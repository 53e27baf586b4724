#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# borg: a backup, another from the same mount, another from a fresh mount, and the restore.
. "$(dirname "$0")/lib.sh"
client borg "$(borg --version 2>/dev/null | sed 's/.* //')"
need borg
start_account
write_config
write_truth
bytes=$(truth_bytes)
files=$(find "$WORK/truth" -type f | wc -l)
export HOME=$WORK/home
mkdir "$HOME"

export BORG_REPO=$WORK/borg BORG_PASSPHRASE='' BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes BORG_BASE_DIR=$WORK/home
# listed STATE: files that borg lists as A (added), M (modified), U (unchanged).
listed() { grep -c "^$1 " "$WORK/list" || true; }
archive() { (cd "$MNT" && borg create --list "$@" "::$ARCHIVE" .) >"$WORK/list" 2>&1 || fail "borg create: $(tail -3 "$WORK/list")"; }
# Of the files with the newest time of all, borg remembers none, in case they change within that second.
newest=$(find "$WORK/truth" -type f -printf '%T@\n' | sort -n | uniq -c | tail -1 | awk '{ print $1 }')
borg init -e none 2>"$WORK/err"
mount_it
begin
ARCHIVE=1 archive
same "$(listed A)" "$files" "files that a first backup adds"
row "create of the account" "all files" "$bytes" 250 $((files * 8)) 105
begin
ARCHIVE=2 archive
same "$(listed A) $(listed M) $(listed U)" "$newest 0 $((files - newest))" "a second backup"
row "create again" "all unchanged, but for the newest recording" "$bytes" 250 8 10
unmount_it
mount_it
begin
ARCHIVE=3 archive
same "$(listed A) $(listed M) $(listed U)" "$newest 0 $((files - newest))" "a backup from a fresh mount"
row "create from a fresh mount" "all unchanged, but for the newest recording" "$bytes" 250 "$files" 10
note "borg reads the newest recording of all each time: it never remembers files with the newest time."
begin
mkdir "$WORK/restored"
(cd "$WORK/restored" && borg extract ::3)
same_tree "$WORK/restored"
same_times "$WORK/restored"
row "extract" "contents and times equal" "$bytes" 250 0 0
borg check --verify-data 2>"$WORK/err" || fail "borg check: $(cat "$WORK/err")"
