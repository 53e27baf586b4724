# SPDX-License-Identifier: MIT
# What the tests of desktop programs share: a day of real videos, and a session with a bus, a home and a cache of its own.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Desktops look at mounts below the user's home with other eyes than at those elsewhere.
export HOME=$WORK/home
MNT=$HOME/recordings
mkdir -p "$MNT" "$WORK/run" "$WORK/files"
chmod 700 "$WORK/run"
export XDG_CACHE_HOME=$HOME/.cache XDG_CONFIG_HOME=$HOME/.config XDG_DATA_HOME=$HOME/.local/share XDG_RUNTIME_DIR=$WORK/run
export GSETTINGS_BACKEND=keyfile GIO_USE_VFS=local NO_AT_BRIDGE=1 LC_ALL=C.UTF-8
unset DISPLAY WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS

# start_day: twenty recordings of one day and one of the day before, of 20 to 50 MB, half of them with the index at the
# end, with their thumbnails as JPEG. Sets BYTES, of all files, and DAY.
start_day() {
  local clip picture at name loops
  local -a pictures=("testsrc2=size=1280x720" "mandelbrot=size=1280x720" "smptehdbars=size=1280x720" "life=size=1280x720:mold=9:death_color=navy:life_color=gold")
  for clip in 0 1 2 3; do
    picture="${pictures[$clip]}"
    ffmpeg -nostdin -loglevel error -f lavfi -i "$picture:rate=10" -f lavfi -i sine -t 10 -vf "noise=alls=2:allf=t" \
      -c:v libx264 -preset ultrafast -b:v 2M -maxrate 2M -bufsize 2M -g 100 -pix_fmt yuv420p -c:a aac -b:a 64k "$WORK/files/clip$clip.mp4"
    ffmpeg -nostdin -loglevel error -ss 2 -i "$WORK/files/clip$clip.mp4" -frames:v 1 -vf scale=320:-1 "$WORK/files/$clip.jpg"
    # A long video is the same ten seconds again and again, which takes no time to make.
    loops=$((8 + clip * 3))
    ffmpeg -nostdin -loglevel error -stream_loop $loops -i "$WORK/files/clip$clip.mp4" -c copy "$WORK/files/late$clip.mp4"
    ffmpeg -nostdin -loglevel error -stream_loop $loops -i "$WORK/files/clip$clip.mp4" -c copy -movflags +faststart "$WORK/files/early$clip.mp4"
    seq -f 'event %g' 2000 >"$WORK/files/$clip.events"
  done
  for at in $(seq 0 20); do
    clip=$((at % 4)) name=early
    [ $((at / 4 % 2)) = 0 ] || name=late
    jq -n --argjson id $((18446744 + at)) --arg at "$at" --arg clip "$clip" --arg mp4 "$name$clip.mp4" \
      '{id: $id, start: (if $at == "0" then "2025-06-16T15:00:00Z" else "2025-06-17T08:\($at | ("0" + .)[-2:]):00Z" end),
        mp4: $mp4, events: "\($clip).events", thumbnail: "\($clip).jpg"}'
  done | jq -s . >"$WORK/files/manifest.json"
  LIFETIME=1200 start_sim --files "$WORK/files" "$@"
  BYTES=$(sim "$API/_sim/recordings?limit=100" | jq '[.recordings[] | .mp4_size + .events_size + .thumbnail_size] | add')
  DAY=$MNT/2025/06/17
}

# start_bus: what it starts when it is asked for (settings, thumbnailer, extractor) ends with it.
start_bus() {
  export DBUS_SESSION_BUS_ADDRESS=unix:path=$WORK/run/bus
  timeout 1100 dbus-daemon --session --nofork --address="$DBUS_SESSION_BUS_ADDRESS" >"$WORK/bus.log" 2>&1 &
  wait_for "the bus" test -S "$WORK/run/bus"
}

# settled: nothing was asked of the account between two looks.
settled() {
  local before; before="$(api_requests) $(media_requests) $(media_bytes)"
  read -r -t 1 <> <(:) || true
  [ "$before" = "$(api_requests) $(media_requests) $(media_bytes)" ]
}

# start_screen: an X server that nobody sees, and a window manager.
start_screen() {
  timeout 1100 Xvfb -displayfd 5 -screen 0 1024x768x24 -nolisten tcp 5>"$WORK/display" >"$WORK/xvfb.log" 2>&1 &
  wait_for "X" test -s "$WORK/display"
  DISPLAY=:$(<"$WORK/display")
  export DISPLAY
  timeout 1100 openbox >"$WORK/openbox.log" 2>&1 &
}
