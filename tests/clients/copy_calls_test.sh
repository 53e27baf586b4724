#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The calls that copy without a buffer of the program's: sendfile, copy_file_range, splice, mmap, and Python's modules.
. "$(dirname "$0")/lib.sh"
start_account
write_config
write_truth
bytes=$(truth_bytes)
videos=$(truth_bytes '*.mp4')
files=$(find "$WORK/truth" -type f | wc -l)
client Python "$(python3 --version | sed 's/.* //')"

# copied HOW WHAT: each video by that call into a file, and compared.
copied() {
  local how=$1
  mount_it
  begin
  python3 - "$how" "$MNT" "$WORK/truth" "$WORK/target" <<'PY' || fail "$how"
import ctypes, errno, filecmp, mmap, os, pathlib, random, sys

how, mount, truth, target = sys.argv[1:]
random.seed(7)

def sendfile(source, sink, size):
    done = 0
    while done < size:
        count = os.sendfile(sink, source, done, size - done)
        assert count > 0, f"sendfile: 0 at {done} of {size}"
        done += count
    assert os.sendfile(sink, source, size, 1) == 0

def copy_file_range(source, sink, size):
    try:
        os.copy_file_range(source, sink, size)
        raise AssertionError("copied between two kinds of file system")
    except OSError as error:
        assert error.errno == errno.EXDEV, error
    sendfile(source, sink, size)

def splice(source, sink, size):
    reader, writer = os.pipe()
    done = 0
    while done < size:
        count = os.splice(source, writer, 65536, offset_src=done)
        assert count > 0, f"splice: 0 at {done} of {size}"
        moved = 0
        while moved < count:
            moved += os.splice(reader, sink, count - moved)
        done += count

def map_pages(source, sink, size):
    with mmap.mmap(source, size, prot=mmap.PROT_READ, flags=mmap.MAP_SHARED) as pages:
        order = list(range(0, size, 65536))
        random.shuffle(order)
        for at in order:
            os.pwrite(sink, pages[at:at + 65536], at)

def pread_backwards(source, sink, size):
    at = size
    while at > 0:
        begin = max(0, at - 50000)
        data = os.pread(source, at - begin, begin)
        assert len(data) == at - begin, f"a short read at {begin}: {len(data)} of {at - begin}"
        os.pwrite(sink, data, begin)
        at = begin

def readv(source, sink, size):
    at = 0
    while at < size:
        buffers = [bytearray(random.randrange(1, 30000)) for _ in range(20)]
        count = os.preadv(source, buffers, at)
        assert count == min(sum(map(len, buffers)), size - at), f"a short preadv at {at}: {count}"
        os.pwrite(sink, b"".join(buffers)[:count], at)
        at += count

for path in sorted(pathlib.Path(truth).rglob("*.mp4")):
    source = os.open(pathlib.Path(mount) / path.relative_to(truth), os.O_RDONLY)
    sink = os.open(target, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    globals()[how](source, sink, path.stat().st_size)
    os.close(source)
    os.close(sink)
    assert filecmp.cmp(path, target, shallow=False), f"{path} differs"
PY
  row "$2 of every video" "equal" "$videos" 250 $((files * 30)) "${3:-105}"
  unmount_it
}
copied sendfile "sendfile"
copied copy_file_range "copy_file_range to another kind of file system, then sendfile" # as the library of Go and cp do
note "\`copy_file_range\` to another kind of file system is EXDEV by the kernel; programs then copy by other means."
copied splice "splice to a pipe and on"
copied map_pages "mmap, pages in random order" 300
copied pread_backwards "pread, from the end to the beginning" 300
copied readv "preadv into small buffers"

mount_it
begin
python3 - "$MNT" "$WORK/truth" "$WORK/copytree" <<'PY' || fail "shutil"
import os, shutil, sys

mount, truth, copy = sys.argv[1:]

def tree(root):
    found, stack = {}, [root]
    while stack:
        with os.scandir(stack.pop()) as entries:
            for entry in entries:
                name = os.path.relpath(entry.path, root)
                assert entry.is_dir(follow_symlinks=False) == os.path.isdir(entry.path)
                assert entry.inode() == os.stat(entry.path).st_ino, name
                found[name] = entry.is_dir() or (entry.stat().st_size, entry.stat().st_mtime_ns)
                if entry.is_dir():
                    stack.append(entry.path)
    return found

assert tree(mount) == tree(truth)
shutil.copytree(mount, copy)
assert tree(copy) == tree(truth)
PY
same_tree "$WORK/copytree"
row "os.scandir, shutil.copytree" "names, inodes, times, contents equal" "$bytes" 250 $((files * 4)) 105
