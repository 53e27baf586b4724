#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What fsx does, but for writing: a thousand random operations on each of some files by four processes at a time, reads of
# every kind, seeks, maps and new handles, each compared with the truth.
. "$(dirname "$0")/lib.sh"
client "random reads (as fsx)" "$(python3 --version | sed 's/.* //')"
start_account
write_config '"memory_limit": "64M"'
write_truth
files=$(find "$WORK/truth" -type f | wc -l)
bytes=$(truth_bytes)
mount_it
begin
reader() {
  timeout 200 python3 - "$MNT" "$WORK/truth" "$1" <<'PY'
import mmap, os, pathlib, random, sys

mount, truth, seed = sys.argv[1:]
random.seed(int(seed))
paths = [path for path in sorted(pathlib.Path(truth).rglob("*")) if path.is_file()]
page = mmap.PAGESIZE

for path in random.sample(paths, 12):
    name = os.path.join(mount, path.relative_to(truth))
    content = path.read_bytes()
    size = len(content)
    handle = os.open(name, os.O_RDONLY)

    def check(what, offset, got, length):
        expected = content[offset:offset + length]
        assert got == expected, f"seed {seed}, {name}: {what} of {length} at {offset}: {len(got)} bytes, not {len(expected)}, or others"

    for _ in range(250):
        offset = random.choice([random.randrange(size + 10000), max(0, size - random.randrange(1, 9000)), random.randrange(size) // page * page])
        length = random.choice([1, 511, page, random.randrange(1, 200000)])
        kind = random.randrange(8)
        if kind < 3:
            check("pread", offset, os.pread(handle, length, offset), length)
        elif kind == 3:
            os.lseek(handle, offset, os.SEEK_SET)
            check("read", offset, os.read(handle, length), length)
        elif kind == 4 and offset < size:
            begin = offset // page * page
            with mmap.mmap(handle, min(size - begin, length + page), prot=mmap.PROT_READ, offset=begin) as pages:
                check("a map", begin, pages[:], len(pages))
        elif kind == 5:
            os.close(handle)
            handle = os.open(name, os.O_RDONLY | random.choice([0, 0, os.O_DIRECT, os.O_NOATIME]))
        elif kind == 6:
            os.posix_fadvise(handle, 0, 0, random.choice([os.POSIX_FADV_DONTNEED, os.POSIX_FADV_RANDOM, os.POSIX_FADV_SEQUENTIAL, os.POSIX_FADV_WILLNEED]))
        else:
            assert os.lseek(handle, 0, os.SEEK_END) == size == os.fstat(handle).st_size
            assert os.lseek(handle, min(offset, size - 1), os.SEEK_DATA) == min(offset, size - 1)
            assert os.lseek(handle, min(offset, size - 1), os.SEEK_HOLE) == size
    os.close(handle)
PY
}
for seed in 1 2 3 4; do reader $seed 2>"$WORK/said.$seed" & readers+=($!); done
for i in 0 1 2 3; do wait "${readers[$i]}" || fail "seed $((i + 1)): $(tail -1 "$WORK/said.$((i + 1))")"; done
row "12,000 random reads, maps, seeks, new handles" "each as the truth" "$bytes" 250 20000 3000
note "O_DIRECT reads may begin and end anywhere."
