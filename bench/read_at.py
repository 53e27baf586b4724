# SPDX-License-Identifier: MIT
# Reads pieces of a file, one after the other, through one descriptor and the page cache, and prints how many seconds
# each took, a line each; the first line is opening it. A line of standard input is a piece: OFFSET LENGTH.
#   read_at.py FILE <PIECES
import os
import sys
import time

pieces = [tuple(map(int, line.split())) for line in sys.stdin]
times = []
begin = time.perf_counter()
descriptor = os.open(sys.argv[1], os.O_RDONLY)
times.append(time.perf_counter() - begin)
for offset, length in pieces:
    begin = time.perf_counter()
    got = os.pread(descriptor, length, offset)
    times.append(time.perf_counter() - begin)
    if len(got) != length:
        sys.exit(f"{length} bytes wanted at {offset}, {len(got)} read")
print("\n".join(f"{each:.6f}" for each in times))
