# SPDX-License-Identifier: MIT
# The server the benchmarks read from: nginx on loopback, as fast as it can or slowed down in a known way, which logs what
# it sent; and a simulated account whose recordings it holds. Part of lib.sh.
NGINX_MODULES=/usr/lib/nginx/modules

# server_block PROFILE: what sets it apart, in nginx's words.
#   none, tls     as fast as it can
#   40ms          40 ms to the first byte, 40 MB/s a connection
#   150ms         150 ms to the first byte, 10 MB/s a connection
# limit_rate alone does not hold what it promises: it counts in whole seconds and lets the first second's worth pass at
# once, in sends of 2 MiB: 1 MiB came without any delay, 8 MiB at 52 MB/s. But after each send nginx waits as long as what
# it sent may take, so it does hold when sendfile_max_chunk makes the sends small. nginx sends whole pages, waits whole
# milliseconds, rounded down, and wakes up some tenths late: so 51 pages at 40 MB/s (5 ms), of which 1 MiB is just over
# five, and 10 pages at 10 MB/s (4 ms) come out right: within 4 % of the delay plus size / rate, from 4 KiB to 32 MiB.
# nginx does not catch up when it wakes up late, so on a busy machine, and with 16 connections at once, they are slower:
# `profiles` shows what they are here and now. The limit costs nginx no more CPU per byte than none does.
server_block() {
  case $1 in
    none) ;;
    tls) echo "ssl_certificate $WORK/tls.pem; ssl_certificate_key $WORK/tls.key;" ;;
    40ms) echo "access_by_lua_block { ngx.sleep(0.04) } limit_rate 40000000; sendfile_max_chunk 208896;" ;;
    150ms) echo "access_by_lua_block { ngx.sleep(0.15) } limit_rate 10000000; sendfile_max_chunk 40960;" ;;
    *) fail "no such profile: $1" ;;
  esac
}

# server_words PROFILE: for a table's head.
server_words() {
  case $1 in
    none) echo "no delay" ;;
    tls) echo "no delay, TLS" ;;
    40ms) echo "40 ms, 40 MB/s a connection" ;;
    150ms) echo "150 ms, 10 MB/s a connection" ;;
  esac
}

# start_nginx PROFILE…: serves $WORK/www, each profile on a port of its own: ${URL[PROFILE]}. Every request is a line of
# $WORK/requests.log once it is over: when, seconds, status, bytes sent, method, range, path. It ends with the benchmark.
declare -A URL
start_nginx() {
  need nginx nginx-light "$NGINX_MODULES/ngx_http_lua_module.so" libnginx-mod-http-lua
  mkdir -p "$WORK/www"
  chmod 755 "$WORK" "$WORK/www"  # nginx's workers are nobody
  touch "$WORK/requests.log"
  local profile ports port servers="" scheme listen
  mapfile -t ports < <(python3 -c 'import socket, sys
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
for one in held: print(one.getsockname()[1])' $(($# + 1)))
  for profile in "$@"; do
    port=${ports[0]} scheme=http listen=127.0.0.1:${ports[0]} ports=("${ports[@]:1}")
    if [ "$profile" = tls ]; then make_certificate; scheme=https; listen+=" ssl"; fi
    URL[$profile]=$scheme://127.0.0.1:$port
    servers+="server { listen $listen; root $WORK/www; autoindex on; $(server_block "$profile") }"$'\n  '
  done
  NGINX_STATUS=http://127.0.0.1:${ports[0]}/
  cat >"$WORK/nginx.conf" <<CONF
daemon off;
worker_processes 1;
pid $WORK/nginx.pid;
error_log $WORK/nginx.err warn;
load_module $NGINX_MODULES/ndk_http_module.so;
load_module $NGINX_MODULES/ngx_http_lua_module.so;
events { worker_connections 1024; }
http {
  log_format measured '\$msec \$request_time \$status \$bytes_sent \$request_method "\$http_range" \$uri';
  access_log $WORK/requests.log measured;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000;
  types { video/mp4 mp4; }
  server { listen 127.0.0.1:${ports[0]}; access_log off; location / { stub_status; } }
  $servers
}
CONF
  nginx -c "$WORK/nginx.conf" -p "$WORK" 2>"$WORK/nginx.start" &
  NGINX_PID=$!
  wait_for nginx nginx_is_up
}
nginx_is_up() {
  ! gone "$NGINX_PID" || fail "nginx: $(tail -n 1 "$WORK/nginx.start")"
  curl -fs -o /dev/null --max-time 2 "$NGINX_STATUS"
}

# An authority, $WORK/ca.pem, and a certificate of it for 127.0.0.1.
make_certificate() {
  need openssl openssl
  (
    cd "$WORK"
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=g2afs bench authority" -keyout ca.key -out ca.pem
    openssl req -newkey rsa:2048 -nodes -subj "/CN=127.0.0.1" -keyout tls.key -out tls.csr
    openssl x509 -req -in tls.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out tls.pem \
      -extfile <(echo "subjectAltName=IP:127.0.0.1")
  ) >"$WORK/openssl.log" 2>&1 || fail "openssl: $(tail -n 1 "$WORK/openssl.log")"
}

# media ID BYTES|FILE: something to serve as $WORK/www/ID.mp4: bytes that do not compress, or a copy of that file. It is in
# the page cache, as what is served often would be.
MEDIA_IDS=()
media() {
  local target=$WORK/www/$1.mp4
  if [ -f "$2" ]; then
    cp "$2" "$target"
  else
    # openssl ends by SIGPIPE
    openssl enc -aes-128-ctr -K "$(printf %032x "$1")" -iv 00 -in /dev/zero 2>/dev/null | head -c "$2" >"$target" || true
  fi
  cat "$target" >/dev/null
  MEDIA_IDS+=("$1")
}

# account PROFILE [JSON members of the configuration]: a simulated account of all media made so far, whose recordings'
# URLs lead to that profile of nginx. It ends the one before; PROFILE is set along with it.
account() {
  if [ -n "${SIM_PID:-}" ]; then kill "$SIM_PID"; wait "$SIM_PID" 2>/dev/null || true; fi
  PROFILE=$1
  LIFETIME=36000 start_sim --media-base "${URL[$1]}"
  local id
  for id in "${MEDIA_IDS[@]}"; do
    sim -d "{\"id\":$id,\"start\":\"2024-05-01T10:00:00Z\",\"size\":$(stat -c %s "$WORK/www/$id.mp4")}" \
      "$API/_sim/recordings" >/dev/null
  done
  rm -rf "$WORK/state"
  local ca=""
  [ "$1" != tls ] || ca=", \"ca_file\": \"$WORK/ca.pem\""
  write_config "${2:-\"memory_limit\": \"256M\"}$ca"
}

# settle: until no request is under way, so that all that a read has set off is counted. A stream that its reader has
# paused stays under way: 2 s at most.
settle() {
  local end=$((SECONDS + 2))
  while [ $SECONDS -le $end ] && [ "$(nginx_says Writing:)" != 1 ]; do sleep 0.02; done
}
# all_logged: until all connections are closed, and thereby every request is in the log. Their clients must have ended.
all_logged() { wait_for "the end of all connections" no_connections; }
no_connections() { [ "$(nginx_says connections:)" = 1 ]; }
nginx_says() {
  curl -fsS --max-time 5 "$NGINX_STATUS" | awk -v key="$1" '{ for (i = 1; i < NF; ++i) if ($i == key) print $(i + 1) }'
}

forget_requests() { : >"$WORK/requests.log"; }
requests_sent() { wc -l <"$WORK/requests.log"; }
kib_sent() { awk '{ sum += $4 } END { printf "%.1f\n", sum / 1024 }' "$WORK/requests.log"; }
