# SPDX-License-Identifier: MIT
# The readers the benchmarks compare: a g2afs mount, other file systems, and curl and aria2c as the limits. Part of lib.sh.
#   PEERS="rclone nbdfuse httpdirfs"   the other file systems; "" for none
#   LIMIT=20                           seconds after which a slow reader is stopped: its rate is known by then
PEERS=${PEERS-rclone nbdfuse httpdirfs}
LIMIT=${LIMIT:-20}
SHM=/dev/shm/g2afs-bench.${WORK##*.}  # aria2c cannot drop what it reads
trap 'status=$?; set +e; rm -rf "$SHM"; (exit "$status"); cleanup' EXIT

need_readers() {
  need curl curl jq jq python3 python3 fusermount3 fuse3 openssl openssl
  local peer
  for peer in $PEERS "$@"; do
    case $peer in
      aria2c) need aria2c aria2 ;;
      rclone) need rclone rclone ;;
      nbdfuse) need nbdfuse libnbd-bin nbdkit nbdkit ;;
      httpdirfs) need httpdirfs httpdirfs ;;
      *) fail "no such peer: $peer" ;;
    esac
  done
}

# mount_tree FILE_SYSTEM URL MOUNTPOINT: a tree of nginx's, by what can mount one; adds it to STARTED. What it has kept on
# disk for itself stays with KEEP=yes.
#   rclone      its http backend, as it comes, which keeps nothing; with KEEP=yes --vfs-cache-mode full
#   httpdirfs   --no-range-check, since it asks for "Accept-Ranges" in an answer of 206, where nginx does not repeat it; and
#               --cache: without, it makes a request of 128 KiB for each read and looks for its end every 100 ms
mount_tree() {
  local what=$1 options=(); shift
  mkdir -p "$2"
  [ "${KEEP:-}" = yes ] || rm -rf "$WORK/kept-$what"
  mkdir -p "$WORK/kept-$what"
  case $what in
    rclone)
      [[ "$1" != https:* ]] || options+=(--ca-cert "$WORK/ca.pem")
      [ "${KEEP:-}" != yes ] || options+=(--vfs-cache-mode full)
      rclone mount :http: "$2" --http-url "$1" "${options[@]}" --read-only --config "" --cache-dir "$WORK/kept-$what" \
        >"$WORK/$what.log" 2>&1 &
      ;;
    httpdirfs)
      [[ "$1" != https:* ]] || options+=(--cacert "$WORK/ca.pem")
      httpdirfs -f --no-range-check --cache --cache-location "$WORK/kept-$what" "${options[@]}" "$1" "$2" \
        >"$WORK/$what.log" 2>&1 &
      ;;
  esac
  STARTED+=($!)
  wait_for "$what's mount" mountpoint -q "$2"
}

# fresh FILE_SYSTEM ID…: a new mount, which knows these files but has read nothing of them. Sets FILES, and PIDS: its
# processes.
#   g2afs               $WORK/config.json
#   rclone, httpdirfs   see mount_tree
#   nbdfuse             nbdkit's curl plugin, as it comes; a mount is one file
fresh() {
  local what=$1 id at tls=(); shift
  FILES=() PIDS=() STARTED=()
  case $what in
    g2afs)
      mount_it
      PIDS=("$(daemon_pid)")
      for id in "$@"; do FILES+=("$MNT/2024/05/01/$id/$id.mp4"); done
      ;;
    rclone | httpdirfs)
      mount_tree "$what" "${URL[$PROFILE]}" "$WORK/mnt-$what"
      PIDS=("${STARTED[@]}")
      for id in "$@"; do FILES+=("$WORK/mnt-$what/$id.mp4"); done
      ;;
    nbdfuse)
      [ "$PROFILE" != tls ] || tls=("cainfo=$WORK/ca.pem")
      for id in "$@"; do
        at=$WORK/mnt-nbdfuse-$id
        mkdir -p "$at"
        nbdfuse -r "$at/$id.mp4" "[" nbdkit --exit-with-parent curl "url=${URL[$PROFILE]}/$id.mp4" "${tls[@]}" "]" \
          >"$WORK/nbdfuse.log" 2>&1 &
        STARTED+=($!)
        FILES+=("$at/$id.mp4")
      done
      ;;
  esac
  for at in "${FILES[@]}"; do
    wait_for "$at" test -f "$at"
    same "$(stat -c %s "$at")" "$(stat -c %s "$WORK/www/${at##*/}")" "the size by $what"
  done
  if [ "$what" = nbdfuse ]; then
    mapfile -t PIDS < <(pgrep -P "$(IFS=,; echo "${STARTED[*]}")")
    PIDS+=("${STARTED[@]}")
  fi
  settle
  forget_requests
}

# unmount FILE_SYSTEM: and its processes have ended.
unmount() {
  local at
  case $1 in
    g2afs) unmount_it ;;
    rclone | httpdirfs) fusermount3 -u "$WORK/mnt-$1" ;;
    nbdfuse) for at in "${FILES[@]%/*}"; do fusermount3 -u "$at"; done ;;
  esac
  if [ ${#STARTED[@]} -gt 0 ]; then wait "${STARTED[@]}" || true; fi
}

# read_all READER FILE|URL…: reads all of them at once, each by a process of its own, and sets GOT, their bytes, and RATE:
# MB/s of all together, from the first's start to the last's end. Who is not done by LIMIT is stopped.
#   dd        in 1 MiB reads
#   curl      drops what it gets
#   aria2c    -x16 -s16, into memory; aria2c-k1M also with that
read_all() {
  local reader=$1 one pids=() status took ca=() pieces=(); shift
  [ "$PROFILE" != tls ] || ca=(--cacert "$WORK/ca.pem")
  [ "$reader" != aria2c-k1M ] || pieces=(-k1M)
  rm -f "$WORK"/got.*
  local begin=$EPOCHREALTIME
  for one in "$@"; do
    {
      case $reader in
        dd) exec timeout -s INT "$LIMIT" dd if="$one" of=/dev/null bs=1M ;;
        curl) exec curl -fsS -o /dev/null --max-time "$LIMIT" "${ca[@]}" -w '%{stderr}%{size_download} copied, \n' "$one" ;;
        aria2c*) exec aria2c --no-conf -q -x16 -s16 "${pieces[@]}" --file-allocation=none -d "$SHM" "$one" ;;
      esac
    } >/dev/null 2>"$WORK/got.${#pids[@]}" &
    pids+=($!)
  done
  for one in "${pids[@]}"; do
    status=0
    wait "$one" || status=$?
    case "$reader $status" in
      *" 0" | "dd 124" | "curl 28") ;;
      *) cat "$WORK"/got.* >&2; fail "$reader ended with status $status" ;;
    esac
  done
  took=$(since "$begin")
  case $reader in
    aria2c*) GOT=$(cat "$SHM"/* | wc -c); rm -rf "$SHM" ;;
    *) GOT=$(awk '/ copied, / { sum += $1 } END { printf "%.0f", sum }' "$WORK"/got.*) ;;
  esac
  RATE=$(awk "BEGIN { printf \"%.2f\", $GOT / 1e6 / $took }")
}
