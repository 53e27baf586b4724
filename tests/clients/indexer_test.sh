#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# GNOME's indexer (Tracker: a miner, which walks, and an extractor, which reads): whether it enters a mount, and what that
# costs. A folder of the local disk is there to see that it was at work.
. "$(dirname "$0")/desktop.sh"
export TMPDIR=$WORK/tmp  # below the folder for temporary files it never looks
mkdir "$TMPDIR"
PATIENCE=120
MINER=/usr/libexec/tracker-miner-fs-3
client Tracker "$(dpkg-query -W -f '${Version}' tracker-miner-fs 2>/dev/null)"
need $MINER tracker3 gsettings gdbus dbus-daemon ffmpeg
[ -e /usr/lib/*/gstreamer-1.0/libgstisomp4.so ] || not_run "there is no extractor of videos here"
start_day
start_bus
write_config
mkdir -p "$XDG_CONFIG_HOME" "$HOME/Documents/recordings"
echo 'XDG_DOCUMENTS_DIR="$HOME/Documents"' >"$XDG_CONFIG_HOME/user-dirs.dirs"

# Miner and extractor run only while nobody else wants a processor, and would stand still on a machine that is at work.
hurry() {
  local name pid
  for name in Files Extract; do
    pid=$(gdbus call --session --timeout 20 --dest org.freedesktop.DBus --object-path / --method \
      org.freedesktop.DBus.GetConnectionUnixProcessID "org.freedesktop.Tracker3.Miner.$name" 2>/dev/null |
      sed 's/.*uint32 \([0-9]*\).*/\1/') || continue
    chrt --all-tasks --other --pid 0 "$pid" >/dev/null 2>&1 || true
    find "/proc/$pid/task" -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | xargs -r renice -n 0 -p >/dev/null 2>&1 || true
  done
}
ask() { timeout 20 tracker3 sparql --dbus-service=org.freedesktop.Tracker3.Miner.Files -q "$1" 2>/dev/null; }
indexed() { ask "ASK { <file://$1> nie:url ?url }" | grep -q true; }
# It knows the videos' length and the pictures' width only after the extractor has read them.
read_video() { hurry; ask "ASK { ?video nie:isStoredAs <file://$1> ; nfo:duration ?seconds ; nfo:width ?width }" | grep -q true; }
read_picture() { hurry; ask "ASK { ?picture nie:isStoredAs <file://$1> ; nfo:width ?width }" | grep -q true; }
# How many files and folders it knows below one.
known_below() { ask "SELECT COUNT(?url) { ?file nie:url ?url . FILTER (STRSTARTS (?url, 'file://$1/')) }" | grep -o '[0-9]\+'; }
knows_below() { [ "$(known_below "$1")" = "$2" ]; }
# Who speaks to one that is not there yet has the bus start another.
there() {
  gdbus call --session --dest org.freedesktop.DBus --object-path / --method org.freedesktop.DBus.NameHasOwner \
    org.freedesktop.Tracker3.Miner.Files | grep -q true
}
idle() {
  gdbus call --session --timeout 20 --dest org.freedesktop.Tracker3.Miner.Files --object-path /org/freedesktop/Tracker3/Miner/Files \
    --method org.freedesktop.Tracker3.Miner.GetStatus 2>/dev/null | grep -q Idle
}
folders() { gsettings set org.freedesktop.Tracker3.Miner.Files "$1" "$2"; }

start_miner() {
  timeout 500 $MINER -s 0 >"$WORK/miner.log" 2>&1 &
  MINER_PID=$!
  wait_for "the miner" there
  hurry
}
# It may have ended by itself: what it was to do, it has done by then.
end_miner() { kill $MINER_PID 2>/dev/null || true; wait $MINER_PID || true; }
folder_of() { if [ "$1" = 18446744 ]; then echo "$MNT/2025/06/16/$1"; else echo "$DAY/$1"; fi; }
# at_rest: two files that were not there before are indexed, the miner is idle, and nothing more is asked of the account.
controls=0
new_control() {
  control=$HOME/Documents/$((++controls))
  cp "$WORK/files/early0.mp4" "$control.mp4"
  cp "$WORK/files/0.jpg" "$control.jpg"
}
at_rest() {
  wait_for "the control video" read_video "$control.mp4"
  wait_for "the control picture" read_picture "$control.jpg"
  wait_for "the miner to be idle" idle
  wait_for "the end of requests" settled
}
# look [ID…]: the miner from its start until it is at rest and has read the videos and pictures of these recordings.
look() {
  local id
  new_control
  start_miner
  for id; do
    wait_for "the metadata of $id.mp4" read_video "$(folder_of "$id")/$id.mp4"
    wait_for "the metadata of $id.jpg" read_picture "$(folder_of "$id")/$id.jpg"
  done
  at_rest
}
mapfile -t all < <(seq 18446744 18446764)
# Of 21 recordings: their folders and files, and those of the dates.
everything=$((21 * 4 + 4))

mount_it "$HOME/Documents/recordings"
begin
look
indexed "$HOME/Documents/recordings" || fail "the folder it is mounted on is not in the index"
same "$(known_below "$HOME/Documents/recordings")" 0 "files of the mount in the index"
row "its defaults, the mount in the documents' folder" "the documents; of the mount nothing" "$BYTES" 5 0 0
end_miner
unmount_it "$HOME/Documents/recordings"

folders index-recursive-directories "['&DOCUMENTS', '$MNT']"
rm -rf "$WORK/state"
mount_it
begin
look "${all[@]}"
same "$(known_below "$MNT")" $everything "files and folders of the mount in the index"
row "the mount is a folder to index" "length and width of each video, width of each picture" "$BYTES" 20 400 8
end_miner
begin
look
same "$(known_below "$MNT")" $everything "files and folders of the mount in the index"
row "again" "the same index" "$BYTES" 5 0 0
end_miner
unmount_it

mount_it
# One that comes, so that it is seen that it has walked.
sim -d '{"id": 18446999, "start": "2025-06-17T23:00:00Z", "size": 1000}' "$API/_sim/recordings" >/dev/null
setfattr -n user.g2afs.refresh -v 1 "$DAY"
begin
look
wait_for "the new recording" knows_below "$MNT" $((everything + 4))
wait_for "the end of requests" settled
row "again, from a fresh mount, one recording more" "that one added" "$BYTES" 20 70 1
begin
unmount_it
wait_for "the miner to forget the mount" knows_below "$MNT" 0
end_miner
mount_it
look "${all[@]}"
row "again, after it was running without the mount" "all anew" "$BYTES" 20 400 8
end_miner

folders ignored-directories "['$MNT']"
begin
look
same "$(known_below "$MNT")" 0 "files in the index of a folder that is to be ignored"
row "the mount is also among the ignored folders" "of the mount nothing" "$BYTES" 5 0 0
end_miner
note "It does not go from a folder into what is mounted in it; the mount's own folder, if named, it reads once: a megabyte or two and the index of each video."
note "If it runs while nothing is mounted, it forgets what it knew, and reads all again."
