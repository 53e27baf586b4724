#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# restic: a backup, another from the same mount, another from a fresh mount, and the restore.
. "$(dirname "$0")/lib.sh"
client restic "$(restic version 2>/dev/null | cut -d' ' -f2)"
need restic
start_account
write_config
write_truth
bytes=$(truth_bytes)
files=$(find "$WORK/truth" -type f | wc -l)
export HOME=$WORK/home
mkdir "$HOME"

export RESTIC_REPOSITORY=$WORK/restic RESTIC_PASSWORD=test RESTIC_CACHE_DIR=$WORK/restic-cache RESTIC_PROGRESS_FPS=0
# backup: the files that are new, changed and unmodified.
backup() {
  restic backup --json "$@" "$MNT" 2>"$WORK/err" | jq -r 'select(.message_type=="summary") | "\(.files_new) \(.files_changed) \(.files_unmodified)"'
}
restic init -q
mount_it
begin
same "$(backup)" "$files 0 0" "a first backup ($(cat "$WORK/err"))"
row "backup of the account" "all files" "$bytes" 250 $((files * 8)) 105
begin
same "$(backup)" "0 0 $files" "a second backup"
row "backup again" "nothing new, nothing changed" "$bytes" 250 0 0
unmount_it
mount_it
begin
same "$(backup)" "0 0 $files" "a backup from a fresh mount"
row "backup from a fresh mount" "nothing new, nothing changed" "$bytes" 250 0 0
begin
restic restore -q latest --target "$WORK/restored"
same_tree "$WORK/restored$MNT"
same_times "$WORK/restored$MNT"
row "restore" "contents and times equal" "$bytes" 250 0 0
restic check -q --read-data || fail "restic check"
