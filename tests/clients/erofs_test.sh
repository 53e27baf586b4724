#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every call that would change the tree is EROFS, on a file, a directory and a name that does not exist, for root too.
. "$(dirname "$0")/lib.sh"
start_account
write_config
mount_it
client "system calls" "$(uname -r | sed 's/-.*//')"
size=$(sim "$API/_sim/recordings?limit=1000" | jq '[.recordings[].mp4_size] | add')
begin
python3 - "$MNT" <<'PY' || fail "calls"
import ctypes, errno, fcntl, glob, os, stat, struct, sys

mount = sys.argv[1]
file = sorted(glob.glob(f"{mount}/*/*/*/*/*.mp4"))[0]
directory = os.path.dirname(file)
day = os.path.dirname(directory)
new = f"{directory}/new"
libc = ctypes.CDLL(None, use_errno=True)
wrong = []

def expect(what, wanted, call, *arguments, **more):
    try:
        call(*arguments, **more)
        got = 0
    except OSError as error:
        got = error.errno
    names = [errno.errorcode.get(each, "success") for each in (wanted if isinstance(wanted, tuple) else (wanted,))]
    if errno.errorcode.get(got, "success") not in names:
        wrong.append(f"{what}: {errno.errorcode.get(got, 'success')}, not {' or '.join(names)}")

def raw(name, *arguments):
    def call():
        ctypes.set_errno(0)
        if getattr(libc, name)(*arguments) == -1:
            raise OSError(ctypes.get_errno(), name)
    return call

EROFS = errno.EROFS
before = {path: os.stat(path) for path in (mount, day, directory, file)}

for flags in ("O_WRONLY", "O_RDWR", "O_WRONLY|O_TRUNC", "O_RDONLY|O_TRUNC", "O_WRONLY|O_APPEND", "O_RDWR|O_DIRECT", "O_WRONLY|O_CREAT"):
    expect(f"open {flags}", EROFS, os.open, file, eval("|".join("os." + flag for flag in flags.split("|"))))
expect("open O_CREAT|O_EXCL of what is there", errno.EEXIST, os.open, file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
for where in (mount, day, directory):
    for flags in (os.O_CREAT | os.O_WRONLY, os.O_CREAT | os.O_RDONLY, os.O_CREAT | os.O_EXCL | os.O_RDWR):
        expect(f"create in {where}", EROFS, os.open, f"{where}/new", flags, 0o600)
    expect(f"O_TMPFILE in {where}", (EROFS, errno.EOPNOTSUPP), os.open, where, os.O_TMPFILE | os.O_RDWR, 0o600)
    expect(f"mkdir in {where}", EROFS, os.mkdir, f"{where}/new")
    expect(f"symlink in {where}", EROFS, os.symlink, "target", f"{where}/new")
    expect(f"mkfifo in {where}", EROFS, os.mkfifo, f"{where}/new")
    expect(f"mknod of a device in {where}", EROFS, os.mknod, f"{where}/new", 0o600 | stat.S_IFCHR, os.makedev(1, 3))
    expect(f"mknod of a file in {where}", EROFS, os.mknod, f"{where}/new", 0o600 | stat.S_IFREG)
    expect(f"link into {where}", EROFS, os.link, file, f"{where}/new")
    expect(f"rename into {where}", EROFS, os.rename, file, f"{where}/new")
for path in (file, directory, day):
    expect(f"chmod {path}", EROFS, os.chmod, path, 0o700)
    expect(f"chown {path}", EROFS, os.chown, path, 1, 1)
    expect(f"lchown {path}", EROFS, os.lchown, path, 1, 1)
    expect(f"utimens {path}", EROFS, os.utime, path, (1, 1))
    expect(f"utimens now {path}", EROFS, os.utime, path)
    expect(f"rename {path}", EROFS, os.rename, path, path + "x")
    expect(f"removexattr {path}", errno.EOPNOTSUPP, os.removexattr, path, "user.g2afs.archived")
    expect(f"setxattr of another's {path}", errno.EOPNOTSUPP, os.setxattr, path, "user.mine", b"1")
    expect(f"setxattr of ACLs {path}", (errno.EOPNOTSUPP, EROFS), os.setxattr, path, "system.posix_acl_access", struct.pack("<I", 2))
    expect(f"mkdir of what is there {path}", errno.EEXIST, os.mkdir, path)
expect("rename onto another", EROFS, os.rename, file, sorted(glob.glob(f"{mount}/*/*/*/*/*.mp4"))[1])
expect("rename with EXCHANGE", (EROFS, errno.EINVAL), raw("renameat2", -100, file.encode(), -100, directory.encode(), 2))
expect("rename with NOREPLACE", EROFS, raw("renameat2", -100, file.encode(), -100, new.encode(), 1))
expect("unlink", EROFS, os.unlink, file)
expect("unlink of what is not there", errno.ENOENT, os.unlink, new)
expect("unlink of a directory", (errno.EISDIR, EROFS), os.unlink, directory)
expect("rmdir", (EROFS, errno.ENOTEMPTY), os.rmdir, directory)
expect("rmdir of a file", errno.ENOTDIR, os.rmdir, file)
expect("truncate", EROFS, os.truncate, file, 0)
expect("truncate to the same size", EROFS, os.truncate, file, os.stat(file).st_size)
expect("access for writing", (EROFS, 0), raw("access", file.encode(), os.W_OK))
expect("link out of the mount", errno.EXDEV, os.link, file, "/tmp/new-link")
expect("rename out of the mount", errno.EXDEV, os.rename, file, "/tmp/new-name")

handle = os.open(file, os.O_RDONLY)
expect("write to a handle for reading", errno.EBADF, os.write, handle, b"x")
expect("ftruncate of it", errno.EINVAL, os.ftruncate, handle, 0)
expect("fallocate of it", errno.EBADF, os.posix_fallocate, handle, 0, 10)
expect("fchmod", EROFS, os.fchmod, handle, 0o600)
expect("fchown", EROFS, os.fchown, handle, 1, 1)
expect("futimens", EROFS, os.utime, handle, (1, 1))
expect("copy_file_range onto it", (errno.EBADF, EROFS, errno.EXDEV), os.copy_file_range, os.open("/proc/self/exe", os.O_RDONLY), handle, 10)
expect("FS_IOC_SETFLAGS", (errno.ENOTTY, EROFS, errno.ENOSYS), fcntl.ioctl, handle, 0x40086602, struct.pack("l", 0x10))
expect("fsync", 0, os.fsync, handle)
expect("a shared lock", 0, fcntl.flock, handle, fcntl.LOCK_SH)
expect("an exclusive lock", 0, fcntl.flock, handle, fcntl.LOCK_EX)
os.close(handle)

after = {path: os.stat(path) for path in before}
if after != before:
    wrong.append("something has changed")
print("\n".join(wrong))
sys.exit(bool(wrong))
PY
row "create, open for writing, mkdir, unlink, rmdir, rename, link, symlink, mknod, truncate, chmod, chown, utimens, ioctl" \
  "EROFS, or what the kernel says before" "$size" 250 10 10
