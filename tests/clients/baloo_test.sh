#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# KDE's indexer (Baloo), which walks through all of the home: what that costs with a mount in it. A folder of the local disk
# is there to see that it reads.
. "$(dirname "$0")/desktop.sh"
PATIENCE=120  # it runs only while nobody else wants the processor
BALOO=$(echo /usr/lib/*/libexec/baloo_file)
client Baloo "$(dpkg-query -W -f '${Version}' baloo-kf5 2>/dev/null)"
need $BALOO balooctl baloosearch balooshow dbus-daemon ffmpeg
[ -e /usr/lib/*/qt5/plugins/kf5/kfilemetadata/kfilemetadata_ffmpegextractor.so ] || not_run "there is no extractor of videos here"
start_day
start_bus
write_config
export QT_QPA_PLATFORM=offscreen
mkdir -p "$XDG_CONFIG_HOME" "$HOME/Documents"
printf '[Basic Settings]\nIndexing-Enabled=true\n' >"$XDG_CONFIG_HOME/baloofilerc"

read_video() { balooshow -x "$1" 2>/dev/null | grep -q 'Duration: 90'; }
indexed() { baloosearch "$1" 2>/dev/null | grep -qx ".*$1"; }
videos() { baloosearch type:video 2>/dev/null | grep '^/' | sort; }
control_videos() { find "$HOME/Documents" -name '*.mp4' | sort; }
idle() { balooctl status 2>/dev/null | grep -q 'state: Idle'; }

# look [ID…]: from its start until it has read a file of the local disk that was not there before, has the folders of these
# recordings, and is at rest.
controls=0
look() {
  local id control=$HOME/Documents/$((++controls)).mp4
  cp "$WORK/files/early0.mp4" "$control"
  timeout 500 $BALOO >"$WORK/baloo.log" 2>&1 &
  BALOO_PID=$!
  wait_for "the control video" read_video "$control"
  for id; do wait_for "the folder of $id" indexed "$id"; done
  wait_for "Baloo to be idle" idle
  wait_for "the end of requests" settled
}
end_look() { kill $BALOO_PID; wait $BALOO_PID || true; }
mapfile -t recordings < <(seq 18446744 18446764)

mount_it
begin
look "${recordings[@]}"
same "$(videos)" "$(control_videos)" "videos in the index"
row "its defaults, the mount in the home" "the recordings' folders, of the files none" "$BYTES" 20 60 1
end_look
unmount_it

mount_it
# One that comes, so that it is seen that it has walked.
sim -d '{"id": 18446999, "start": "2025-06-17T23:00:00Z", "size": 1000}' "$API/_sim/recordings" >/dev/null
setfattr -n user.g2afs.refresh -v 1 "$DAY"
begin
look "${recordings[@]}" 18446999
same "$(videos)" "$(control_videos)" "videos in the index"
row "again, from a fresh mount, one recording more" "that one's folder added" "$BYTES" 20 60 1
end_look

balooctl config add excludeFolders "$MNT" 2>/dev/null
rm -r "$XDG_DATA_HOME/baloo"  # it does not always forget at once what it had of an excluded folder
begin
look
for id in "${recordings[@]}"; do
  if indexed "$id"; then fail "$id is in the index, and its folder is excluded"; fi
done
row "the mount is among the excluded folders" "of the mount nothing" "$BYTES" 5 0 0
end_look
note "It knows a file by 32 bits of its inode number, which a recording's folder and files have in common, so it has the folder alone and reads no video."
