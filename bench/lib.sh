# SPDX-License-Identifier: MIT
# What the benchmarks share: programs that must be there, time, memory, medians and tables; and, beside it, server.sh (a
# real nginx that serves media) and readers.sh (the mounts, and what is compared with them). Sourced after
# tests/system/lib.sh, whose simulator, mounts and clean-up they use.
#   RESULTS=DIRECTORY   where the figures of each round are kept, a file NAME each; `compare` reads them there
export LC_ALL=C  # a point in numbers
RESULTS=${RESULTS:-$WORK/results}
mkdir -p "$RESULTS"

# need PROGRAM PACKAGE…: pairs of a program, or a file, and the Debian package that brings it.
need() {
  while [ $# -gt 0 ]; do
    [ -e "$1" ] || command -v "$1" >/dev/null || fail "$1 is missing: apt install $2 (or scripts/install-deps --bench)"
    shift 2
  done
}

# seconds COMMAND…: how long it takes; what it prints is dropped.
seconds() {
  local begin=$EPOCHREALTIME
  "$@" >/dev/null
  since "$begin"
}
since() { awk -v begin="$1" -v end="$EPOCHREALTIME" 'BEGIN { printf "%.5f\n", end - begin }'; }

# memory_of FIELD [PID…]: VmRSS or VmHWM of the mount, in KiB; of several processes, the sum.
memory_of() {
  local field=$1 pids; shift
  pids=("$@"); [ $# -gt 0 ] || pids=("$(daemon_pid)")
  pids=("${pids[@]/#//proc/}")
  awk -v field="$field:" '$1 == field { sum += $2 } END { print sum }' "${pids[@]/%//status}"
}
# cpu_of [PID…]: CPU seconds the mount has used so far, or those processes.
cpu_of() {
  local pids=("$@"); [ $# -gt 0 ] || pids=("$(daemon_pid)")
  pids=("${pids[@]/#//proc/}")
  awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); sum += $12 + $13 } END { print sum / hz }' "${pids[@]/%//stat}"
}

# note NAME VALUE: one more round's figure.  got NAME [FORMAT]: the median of all.
note() { echo "$2" >>"$RESULTS/$1"; }
got() { awk -v value="$(median <"$RESULTS/$1")" "BEGIN { printf \"${2:-%.0f}\", value }"; }
median() { sort -g | awk '{ a[NR] = $1 } END { print NR % 2 ? a[(NR + 1) / 2] : (a[NR / 2] + a[NR / 2 + 1]) / 2 }'; }
# ratio NAME NAME: the first divided by the second, each round by itself: median (least to most).
ratio() {
  paste "$RESULTS/$1" "$RESULTS/$2" | awk '{ print $1 / $2 }' | sort -g >"$WORK/ratios"
  awk -v median="$(median <"$WORK/ratios")" '{ a[NR] = $1 } END { printf "%.2f (%.2f to %.2f)", median, a[1], a[NR] }' \
    "$WORK/ratios"
}

# table CELL…: the head of a Markdown table.  row CELL…: a line of it.
table() {
  echo
  row "$@"
  printf '|---%.0s' "$@"
  echo '|'
}
row() { printf '| %s ' "$@"; echo '|'; }

source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
source "$(dirname "${BASH_SOURCE[0]}")/readers.sh"
