#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The systemd units: systemd-analyze finds nothing wrong, the exposure of the system's is not worse than the one noted in
# docs/ARCHITECTURE.md, and nothing in it would hide the mount. And what the program tells systemd, in which order.
# (scripts/test-package starts them with a real systemd.)
. "$(dirname "$0")/lib.sh"
command -v systemd-analyze >/dev/null || fail "systemd-analyze is missing: scripts/install-deps --test"

# As they are installed, but with the program that is tested.
unit() { sed "s|@G2AFS_PROGRAM@|$(realpath "$G2AFS")|" "$ROOT/packaging/$1" >"$WORK/$2"; }
unit g2afs@.service.in g2afs@acme.service
unit g2afs-user@.service.in user@acme.service
systemd-analyze verify --man=no "$WORK/g2afs@acme.service" 2>"$WORK/err" || fail "verify: $(cat "$WORK/err")"
same "$(cat "$WORK/err")" "" "what verify says"
XDG_RUNTIME_DIR=$WORK systemd-analyze verify --user --man=no "$WORK/user@acme.service" 2>"$WORK/err" || fail "verify --user: $(cat "$WORK/err")"
same "$(cat "$WORK/err")" "" "what verify --user says"

noted=$(sed -n 's/.*exposure of \([0-9]\)\.\([0-9]\).*/\1\2/p' "$ROOT/docs/ARCHITECTURE.md")
[ -n "$noted" ] || fail "docs/ARCHITECTURE.md notes no exposure"
systemd-analyze security --offline=true --threshold="$noted" --no-pager "$WORK/g2afs@acme.service" >"$WORK/out" ||
  fail "the exposure is worse than the noted one: $(tail -n 1 "$WORK/out")"
hiding='PrivateTmp|PrivateDevices|PrivateMounts|PrivateIPC|PrivateUsers|ProtectSystem|ProtectHome|ProtectProc|ProcSubset|ProtectKernel[A-Za-z]*|ProtectControlGroups|ReadWritePaths|ReadOnlyPaths|InaccessiblePaths|ExecPaths|NoExecPaths|BindPaths|BindReadOnlyPaths|TemporaryFileSystem|MountFlags|RootDirectory|RootImage|MountImages|ExtensionImages|ExtensionDirectories|DynamicUser|LogNamespace'
! grep -E "^($hiding)=" "$WORK/g2afs@acme.service" || fail "this would give the service a mount namespace (above)"

# What systemd hears, each message a line.
start_sim --count 3
write_config
python3 - "$WORK/notify" "$WORK/heard" <<'PY' &
import os, socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
with open(sys.argv[2], "w") as heard:
    while True:
        message = server.recv(4096).decode()
        mounted = any(" - fuse.g2afs " in line for line in open("/proc/self/mountinfo") if os.path.dirname(sys.argv[1]) in line)
        print(message.replace("\n", " "), "mounted" if mounted else "not-mounted", file=heard, flush=True)
PY
wait_for "the socket" test -S "$WORK/notify"
heard() { grep -c "$1" "$WORK/heard" || true; }
at_least() { [ "$(heard "$1")" -ge "$2" ]; }
NOTIFY_SOCKET=$WORK/notify WATCHDOG_USEC=100000 "$G2AFS" -f "$WORK/config.json" "$MNT" & pid=$!
wait_for "READY=1" at_least '^READY=1 mounted$' 1
wait_for "the watchdog" at_least '^WATCHDOG=1 mounted$' 3
kill -HUP $pid
wait_for "the reload" at_least '^READY=1 mounted$' 2
kill -TERM $pid
wait $pid || fail "exit status after SIGTERM: $?"
wait_for "STOPPING=1" at_least '^STOPPING=1 ' 1
same "$(grep -v '^WATCHDOG=1' "$WORK/heard" | sed 's/USEC=[0-9][0-9]* /USEC=N /' | tr '\n' ';')" \
  "READY=1 mounted;RELOADING=1 MONOTONIC_USEC=N mounted;READY=1 mounted;STOPPING=1 mounted;" "what systemd hears"

# Without a watchdog, or with somebody else's, nothing of it.
: >"$WORK/heard"
NOTIFY_SOCKET=$WORK/notify WATCHDOG_USEC=100000 WATCHDOG_PID=1 "$G2AFS" -f "$WORK/config.json" "$MNT" & pid=$!
wait_for "READY=1" at_least '^READY=1 mounted$' 1
ls "$MNT" >/dev/null
kill -INT $pid
wait $pid || fail "exit status after SIGINT: $?"
wait_for "STOPPING=1" at_least '^STOPPING=1 ' 1
same "$(heard '^WATCHDOG=1')" 0 "pings for a watchdog of another process"
