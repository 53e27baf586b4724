#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A share of the mount by smbd, on loopback and a port of its own, and smbclient.
. "$(dirname "$0")/lib.sh"
client "Samba" "$(smbd --version 2>/dev/null | sed 's/Version \([0-9.]*\).*/\1/')"
need smbd smbclient
[ "$(id -u)" = 0 ] || not_run "smbd wants root"
start_account
write_config
write_truth
bytes=$(truth_bytes)
files=$(find "$WORK/truth" -type f | wc -l)
mount_it
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir "$WORK/samba"
cat >"$WORK/smb.conf" <<CONF
[global]
  server role = standalone server
  interfaces = 127.0.0.1
  bind interfaces only = yes
  smb ports = $port
  disable netbios = yes
  map to guest = bad user
  guest account = root
  log file = $WORK/samba/log
  lock directory = $WORK/samba
  state directory = $WORK/samba
  cache directory = $WORK/samba
  pid directory = $WORK/samba
  private dir = $WORK/samba
  ncalrpc dir = $WORK/samba/ncalrpc
  load printers = no
  disable spoolss = yes
[recordings]
  path = $MNT
  guest ok = yes
  read only = yes
[writable]
  path = $MNT
  guest ok = yes
  read only = no
CONF
timeout 250 smbd -F --no-process-group --configfile="$WORK/smb.conf" >"$WORK/smbd.out" 2>&1 &
smb() { timeout 100 smbclient -N -p "$port" -s "$WORK/smb.conf" "//127.0.0.1/$1" -c "$2" >"$WORK/said" 2>&1; }
serves() { smb recordings 'ls'; }
wait_for "smbd" serves

begin
smb recordings 'recurse on; ls' || fail "ls: $(tail -3 "$WORK/said")"
same "$(grep -cE '^ +[0-9]+\.(mp4|events|jpg) ' "$WORK/said")" "$files" "files that smbclient lists"
(cd "$WORK/truth" && find . -name '*.mp4' -printf '%f %s\n' | sort) >"$WORK/sizes"
diff "$WORK/sizes" <(awk '/\.mp4 / { print $1, $3 }' "$WORK/said" | sort) || fail "sizes over SMB"
row "smbclient ls of the account" "names and sizes equal" "$bytes" 250 "$files" 10
begin
mkdir "$WORK/copy"
smb recordings "lcd $WORK/copy; recurse on; prompt off; mget *" || fail "mget: $(tail -3 "$WORK/said")"
find "$WORK/truth" -type d -empty -delete
find "$WORK/copy" -type d -empty -delete
same_tree "$WORK/copy"
row "smbclient mget of the account" "contents equal" "$bytes" 250 $((files * 8)) 105
begin
video=$(cd "$WORK/truth" && find . -name '*.mp4' -printf '%P\n' | sort | head -1)
for attempt in "put $WORK/smb.conf new" "del ${video//\//\\}" "mkdir new" "rename ${video//\//\\} x"; do
  smb writable "$attempt" || true
  grep -q "NT_STATUS_" "$WORK/said" || fail "$attempt over SMB: $(cat "$WORK/said")"
done
grep -o 'NT_STATUS_[A-Z_]*' "$WORK/said" | tail -1 >"$WORK/refusal"
[ -e "$MNT/$video" ] && [ ! -e "$MNT/new" ] || fail "something has changed"
row "put, del, mkdir, rename, on a share that says it is writable" "refused ($(cat "$WORK/refusal"))" "$bytes" 250 8 10
note "Share it with \`read only = yes\`, by the user who mounts, or with \`allow_other\`. Marking archived (\`user.g2afs.archived\`) goes by the mount, not by SMB."
