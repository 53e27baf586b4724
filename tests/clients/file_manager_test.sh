#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Thunar with its thumbnailer (tumbler) walks to a day and looks into each of its twenty recordings: what that costs.
. "$(dirname "$0")/desktop.sh"
client Thunar "$(dpkg-query -W -f '${Version}' thunar 2>/dev/null)"
need thunar xfconf-query Xvfb openbox xdotool import dbus-daemon dbus-send ffmpeg
start_day
start_bus
start_screen
# Now, since it looks for its plugins at its first start, longer than Thunar waits.
dbus-send --print-reply --reply-timeout=100000 --dest=org.freedesktop.thumbnails.Thumbnailer1 \
  /org/freedesktop/thumbnails/Thumbnailer1 org.freedesktop.thumbnails.Thumbnailer1.GetSupported >"$WORK/said" 2>&1 || true
grep -q '"video/mp4"' "$WORK/said" || not_run "there is no thumbnailer of videos here"
write_config

recordings() { seq 18446745 18446764; }
titled() { xdotool search --onlyvisible --name "^$1 - Thunar" >/dev/null 2>&1; }
# go FOLDER: by its path, as a user types it; until the window shows it.
go() {
  xdotool key --clearmodifiers ctrl+l
  xdotool type --delay 2 "$1"
  xdotool key Return
  wait_for "Thunar to show $1" titled "${1##*/}"
}
# Where a thumbnail of a file is kept: by the URI's MD5.
thumbnail() { echo "$XDG_CACHE_HOME/thumbnails/normal/$(printf 'file://%s' "$1" | md5sum | cut -d' ' -f1).png"; }
no_thumbnails() { rm -rf "$XDG_CACHE_HOME/thumbnails"; }
thumbnails() { find "$XDG_CACHE_HOME/thumbnails" -name '*.png' 2>/dev/null | wc -l; }
mode() { xfconf-query -c thunar -p /misc-thumbnail-mode -n -t string -s "THUNAR_THUMBNAIL_MODE_$1"; }

# look [THUMBNAILS]: from the root to the day, and into each of its recordings, waiting for thumbnails of its video and
# its JPEG if there are to be some.
look() {
  local folder id
  timeout 500 thunar "$MNT" >"$WORK/thunar.log" 2>&1 &
  local thunar=$!
  wait_for "Thunar" titled recordings
  xdotool search --sync --onlyvisible --name '^recordings - Thunar' windowactivate --sync
  for folder in 2025 2025/06 2025/06/17; do go "$MNT/$folder"; done
  for id in $(recordings); do
    go "$DAY/$id"
    if [ -n "${1:-}" ]; then
      wait_for "a thumbnail of $id.mp4" test -s "$(thumbnail "$DAY/$id/$id.mp4")"
      wait_for "a thumbnail of $id.jpg" test -s "$(thumbnail "$DAY/$id/$id.jpg")"
    fi
  done
  wait_for "the end of requests" settled
  kill $thunar
  wait $thunar || true
}

mode NEVER
mount_it
begin
look
same "$(thumbnails)" 0 "thumbnails made while they are switched off"
row "a day of twenty recordings looked at, without thumbnails" "names and sizes" "$BYTES" 20 50 1
unmount_it

mode ALWAYS
rm -rf "$WORK/state"
mount_it
begin
look thumbnails
row "the same with thumbnails" "twenty videos and twenty pictures have one" "$BYTES" 20 400 7
begin
look thumbnails
row "again" "thumbnails of the cache" "$BYTES" 20 0 0
unmount_it
mount_it
begin
look thumbnails
row "again, from a fresh mount" "thumbnails of the cache" "$BYTES" 20 50 1
