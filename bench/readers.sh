# SPDX-License-Identifier: MIT
# The readers the benchmarks compare: a g2afs mount, other file systems, and curl and aria2c as the limits. Part of lib.sh.
#   PEERS="rclone nbdfuse"   the other file systems; "" for none
#   LIMIT=20                 seconds after which a slow reader is stopped: its rate is known by then
PEERS=${PEERS-rclone nbdfuse}
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
      *) fail "no such peer: $peer" ;;
    esac
  done
}

# fresh FILE_SYSTEM ID…: a new mount, which knows these files but has read nothing of them. Sets FILES, and PIDS: its
# processes.
#   g2afs     $WORK/config.json
#   rclone    its http backend, as it comes
#   nbdfuse   nbdkit's curl plugin, as it comes; a mount is one file
fresh() {
  local what=$1 id at tls=(); shift
  FILES=() PIDS=() STARTED=()
  case $what in
    g2afs)
      mount_it
      PIDS=("$(daemon_pid)")
      for id in "$@"; do FILES+=("$MNT/2024/05/01/$id/$id.mp4"); done
      ;;
    rclone)
      at=$WORK/mnt-rclone
      mkdir -p "$at"
      [ "$PROFILE" != tls ] || tls=(--ca-cert "$WORK/ca.pem")
      rclone mount :http: "$at" --http-url "${URL[$PROFILE]}" "${tls[@]}" --read-only --config "" \
        --cache-dir "$WORK/rclone" >"$WORK/rclone.log" 2>&1 &
      STARTED=($!) PIDS=($!)
      for id in "$@"; do FILES+=("$at/$id.mp4"); done
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
    rclone) fusermount3 -u "$WORK/mnt-rclone" ;;
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
