# SPDX-License-Identifier: MIT
# What the benchmarks share: the programs, a real nginx that serves media, and medians. Sourced after tests/system/lib.sh,
# whose simulator, mounts and clean-up they use.

# start_nginx PROFILE…: serves $WORK/www on loopback, and sets NGINX. A profile is a line of nginx configuration for the
# server block. It ends with the benchmark.
start_nginx() {
  mkdir -p "$WORK/www"
  chmod 755 "$WORK" "$WORK/www"  # nginx's workers are nobody
  local port
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  NGINX=http://127.0.0.1:$port
  cat >"$WORK/nginx.conf" <<CONF
daemon off;
worker_processes 1;
pid $WORK/nginx.pid;
error_log $WORK/nginx.err warn;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000;
  server {
    listen 127.0.0.1:$port;
    root $WORK/www;
    $(printf '%s\n' "$@")
  }
}
CONF
  nginx -c "$WORK/nginx.conf" -p "$WORK" 2>/dev/null &
  wait_for nginx curl -fsS -o /dev/null --max-time 2 "$NGINX/"
}

# seconds COMMAND…: how long it takes; what it prints is dropped.
seconds() {
  local begin end
  begin=$(date +%s.%N)
  "$@" >/dev/null
  end=$(date +%s.%N)
  awk "BEGIN { printf \"%.4f\n\", $end - $begin }"
}

median() { sort -g | awk '{ a[NR] = $1 } END { print NR % 2 ? a[(NR + 1) / 2] : (a[NR / 2] + a[NR / 2 + 1]) / 2 }'; }

# memory_of FIELD: VmRSS or VmHWM of the mount, in KiB.
memory_of() { awk -v field="$1:" '$1 == field { print $2 }' "/proc/$(daemon_pid)/status"; }

# CPU seconds the mount has used so far.
cpu_of() { awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) / hz }' "/proc/$(daemon_pid)/stat"; }
