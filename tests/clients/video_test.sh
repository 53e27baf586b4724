#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# ffprobe, ffmpeg and mpv on real MP4 files, with the index at the front and at the end.
. "$(dirname "$0")/lib.sh"
mkdir "$WORK/files"
client ffmpeg "$(ffmpeg -version 2>/dev/null | sed -n '1s/.*version \([^ ]*\).*/\1/p')"
need ffmpeg ffprobe
# Two minutes, about six megabytes: sound, and a picture that says which second it is by its brightness.
make_video() {
  ffmpeg -nostdin -loglevel error -f lavfi -i "testsrc2=size=640x360:rate=15:duration=120" -f lavfi -i "sine=duration=120" \
    -c:v mpeg4 -q:v 8 -g 75 -c:a aac -b:a 64k -shortest "$@"
}
make_video "$WORK/files/late.mp4"
ffmpeg -nostdin -loglevel error -i "$WORK/files/late.mp4" -c copy -movflags +faststart "$WORK/files/early.mp4"
cat >"$WORK/files/manifest.json" <<'JSON'
[{"id": 7, "start": "2024-05-01T10:00:00Z", "mp4": "late.mp4"}, {"id": 8, "start": "2024-05-02T10:00:00Z", "mp4": "early.mp4"}]
JSON
start_sim --files "$WORK/files"
write_config
late=$MNT/2024/05/01/7/7.mp4 early=$MNT/2024/05/02/8/8.mp4
size=$(stat -c %s "$WORK/files/late.mp4")
remount() { ! mounted || unmount_it; mount_it; find "$MNT" >/dev/null; begin; }
grabs() { for at in 12 60 108; do ffmpeg -nostdin -loglevel error -ss $at -i "$1" -frames:v 1 -f framemd5 - | grep -v '^#'; done; }

for which in late early; do
  case $which in late) where="its index at the end";; early) where="its index at the front";; esac
  remount
  diff <(ffprobe -v error -show_format -show_streams -of json "${!which}" | grep -v filename) \
    <(ffprobe -v error -show_format -show_streams -of json "$WORK/files/$which.mp4" | grep -v filename) || fail "ffprobe $which"
  row "ffprobe, $where" "the same streams" "$size" 20 24 60
  remount
  diff <(grabs "${!which}") <(grabs "$WORK/files/$which.mp4") || fail "frames of $which"
  row "frames at 10, 50 and 90 %, $where" "the same frames" "$size" 20 120 102
  remount
  diff <(ffmpeg -nostdin -loglevel error -i "${!which}" -f streamhash -) <(ffmpeg -nostdin -loglevel error -i "$WORK/files/$which.mp4" -f streamhash -) \
    || fail "decoding all of $which"
  row "all of it decoded, $where" "the same pictures and sound" "$size" 20 120 105
done

client mpv "$(mpv --version 2>/dev/null | sed -n '1s/mpv \([^ ]*\).*/\1/p')"
need mpv
export HOME=$WORK
cat >"$WORK/seeks.lua" <<'LUA'
-- Goes to five places, says where it came out, and ends.
local places = {100, 20, 60, 115, 2}
local at = 0
local places_file = io.open(os.getenv("PLACES"), "w")
mp.register_event("playback-restart", function()
  if at > 0 then
    places_file:write(string.format("%.0f\n", mp.get_property_number("time-pos")))
    places_file:flush()
   end
  at = at + 1
  if places[at] then mp.commandv("seek", places[at], "absolute+exact") else mp.command("quit") end
end)
LUA
export PLACES=$WORK/places
play() { timeout 100 mpv --no-config --vo=null --ao=null --no-terminal "$@" || fail "mpv ended with $?"; }
remount
play --hr-seek=yes --script="$WORK/seeks.lua" "$late"
same "$(xargs <"$PLACES")" "100 20 60 115 2" "seconds where mpv came out"
row "played, with five seeks" "each second where it was asked for" "$size" 20 120 130
remount
play --untimed --ao-null-untimed "$early"
row "played from begin to end" "status 0" "$size" 20 120 105
