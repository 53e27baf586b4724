#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Handles that outlive a mount, which is what an NFS server needs; nfs-ganesha that exports one, and libnfs as its client.
. "$(dirname "$0")/lib.sh"
start_account
write_config
write_truth
bytes=$(truth_bytes)
files=$(find "$WORK/truth" -type f | wc -l)
client "file handles" "$(uname -r | sed 's/-.*//')"
[ "$(id -u)" = 0 ] || not_run "open_by_handle_at wants root"

# handles save|open FILE: name_to_handle_at of all that is in the mount, and open_by_handle_at of what was saved.
handles() {
  python3 - "$MNT" "$WORK/truth" "$@" <<'PY'
import ctypes, os, pickle, sys

mount, truth, what, store = sys.argv[1:]
libc = ctypes.CDLL(None, use_errno=True)

class Handle(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_uint), ("type", ctypes.c_int), ("data", ctypes.c_ubyte * 128)]

def paths():
    for folder, folders, names in os.walk(truth):
        for name in folders + names:
            yield os.path.relpath(os.path.join(folder, name), truth)

if what == "save":
    saved = {}
    for path in paths():
        handle, mount_id = Handle(bytes=128), ctypes.c_int()
        if libc.name_to_handle_at(-100, os.path.join(mount, path).encode(), ctypes.byref(handle), ctypes.byref(mount_id), 0) < 0:
            sys.exit(f"name_to_handle_at {path}: {os.strerror(ctypes.get_errno())}")
        status = os.stat(os.path.join(mount, path))
        saved[path] = (handle.type, bytes(handle.data[:handle.bytes]), status.st_ino)
    pickle.dump(saved, open(store, "wb"))
else:
    saved = pickle.load(open(store, "rb"))
    root = os.open(mount, os.O_RDONLY)
    for path, (kind, data, inode) in saved.items():
        handle = Handle(bytes=len(data), type=kind)
        handle.data[:len(data)] = data
        file = libc.open_by_handle_at(root, ctypes.byref(handle), os.O_RDONLY)
        if file < 0:
            sys.exit(f"open_by_handle_at {path}: {os.strerror(ctypes.get_errno())}")
        assert os.fstat(file).st_ino == inode, path
        expected = os.path.join(truth, path)
        if os.path.isdir(expected):
            assert sorted(os.listdir(file)) == sorted(os.listdir(expected)), path
        else:
            size = os.stat(expected).st_size
            assert os.fstat(file).st_size == size, path
            with open(expected, "rb") as content:
                assert os.pread(file, 65536, 0) == content.read(65536), path
        os.close(file)
PY
}
mount_it
handles save "$WORK/handles"
unmount_it
mount_it
begin
handles open "$WORK/handles" || fail "handles over a remount"
row "all of the account opened by handles of the mount before" "names, sizes, contents" "$bytes" 250 $((files * 4)) 102
unmount_it
rm -rf "$WORK/state"
mount_it
begin
handles open "$WORK/handles" || fail "handles on a machine that knows nothing"
row "the same by a mount without its state" "names, sizes, contents" "$bytes" 400 $((files * 4)) 102

client "NFS (nfs-ganesha, libnfs)" "$(ganesha.nfsd -v 2>/dev/null | sed -n '1s/.*V//p')"
need ganesha.nfsd nfs-ls nfs-cat
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir "$WORK/recovery"
cat >"$WORK/ganesha.conf" <<CONF
NFS_CORE_PARAM { Protocols = 4; NFS_Port = $port; Bind_addr = 127.0.0.1; Enable_NLM = false; Enable_RQUOTA = false; }
NFSv4 { RecoveryRoot = "$WORK/recovery"; Grace_Period = 0; Graceless = true; Only_Numeric_Owners = true; }
EXPORT { Export_Id = 1; Path = $MNT; Pseudo = /recordings; Access_Type = RO; Squash = No_Root_Squash; SecType = sys, none;
  Filesystem_Id = 7.7; FSAL { Name = VFS; } }
CONF
timeout 250 ganesha.nfsd -F -f "$WORK/ganesha.conf" -L "$WORK/ganesha.log" -p "$WORK/ganesha.pid" &
url() { echo "nfs://127.0.0.1/recordings/$1?version=4&nfsport=$port"; }
serves() { timeout 20 nfs-ls "$(url '')" >"$WORK/said" 2>&1; }
wait_for "nfs-ganesha" serves
begin
timeout 100 nfs-ls -R "$(url '')" >"$WORK/said" || fail "nfs-ls"
same "$(grep -c '^-' "$WORK/said")" "$files" "files that an NFS client lists"
find "$WORK/truth" -name '*.mp4' -printf '%P\n' | sort | head -20 >"$WORK/list"
while read -r file; do
  timeout 60 nfs-cat "$(url "$file")" | cmp - "$WORK/truth/$file" || fail "$file over NFS"
done <"$WORK/list"
row "nfs-ls -R, and nfs-cat of twenty videos" "names and contents equal" "$bytes" 250 $((files * 4)) 102
