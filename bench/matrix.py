# SPDX-License-Identifier: MIT
# The matrix of `compare`: a row for each discipline, a column for each who takes part, from the figures of each round that
# the benchmarks have left in DIRECTORY/BENCHMARK/NAME, a line each. A cell is the median, and in brackets its ratio to the
# row's reference (the median of the rounds' ratios), which is the one with 1.
#   matrix.py DIRECTORY
import os
import statistics
import sys
from typing import NamedTuple

COLUMNS = ("g2afs", "rclone", "nbdfuse", "httpdirfs", "curl", "aria2c", "ext4")
LOCAL = "ext4"  # without a network: a measure, no competitor
MARGIN = 1.02  # what is this near to the best is as good

# Why somebody is not in a row.
NO_MOUNT = "no file system: it cannot be listed, or read in places by a program"
WHOLE_FILES = "fetches files as a whole"
ONE_WILL_DO = "not measured: a second connection for a file brings nothing where one is as fast as the machine"
SIXTEEN_WILL_DO = "not measured: 16 files have as many connections as one file's aria2c"
MORE_TO_BEAT = "not measured: one connection a file is not the limit"
NO_TREE = "shows one file, whose URL it is given, and no directories"
PER_DIRECTORY = "not measured: a request for each directory and each file, one directory after the other; see ls for what that takes"
NOTHING_KEPT = "keeps nothing for the next mount"
NOT_COUNTED = "not measured: what counts is what a mount costs beside its readers"
MISSING = "is missing: it failed, or was left out"
# What a figure is.
FFMPEG = "ffmpeg's own http client, in the place of curl"
FETCHED = "fetches them all, with 32 connections"
A_TENTH = "ten times what a tenth of the files takes, in one flat directory"
ALL_IN_ONE = "files of one directory: one look-up each, where the others make two"
KEPT_BY = "rclone with --vfs-cache-mode full"


class Row(NamedTuple):
    title: str
    unit: str
    reference: str
    figures: str  # BENCHMARK/NAME, where {} is the column
    names: dict = {}  # NAME, or {}, of a column that is called otherwise
    why: dict = {}  # why a column is not in the row
    notes: dict = {}  # what a column's figure is
    most_is_best: bool = False


def rate(title, reference, figures, why={}):
    return Row(title, "MB/s", reference, figures, {"aria2c": "aria2c-k1M"}, why, most_is_best=True)


def small_reads(title, unit, figures):
    return Row(title, unit, "curl", figures, why={"aria2c": WHOLE_FILES})


def played(title, figures):
    names = {"curl": "ffmpeg's http", "ext4": "file"}
    return Row(title, "s", "curl", figures, names, {"aria2c": WHOLE_FILES}, {"curl": FFMPEG})


def sidecars(title, profile, what, fetched=True):
    names = {"curl": f"{profile}.curl"} if fetched else {}
    why = {"curl": NO_MOUNT, "aria2c": NO_MOUNT, "nbdfuse": NO_TREE}
    notes = {"curl": FETCHED, "rclone": A_TENTH, "httpdirfs": A_TENTH}
    return Row(title, "s", "curl" if fetched else "g2afs", f"sidecars/{profile}.{what}.{{}}", names, why, notes)


def large(title, figures):
    why = {"curl": NO_MOUNT, "aria2c": NO_MOUNT, "nbdfuse": NO_TREE, "rclone": PER_DIRECTORY, "httpdirfs": PER_DIRECTORY}
    return Row(title, "s", "ext4", figures, why=why)


def kept(title, figures):
    why = {"curl": NO_MOUNT, "aria2c": NO_MOUNT, "nbdfuse": NOTHING_KEPT}
    return Row(title, "MB/s", "ext4", figures, {"ext4": "own"}, why, {"rclone": KEPT_BY}, most_is_best=True)


def cost(title, unit, figures):
    return Row(title, unit, "g2afs", figures, why={"curl": NOT_COUNTED, "aria2c": NOT_COUNTED})


FAST, SLOW = "40 ms, 40 MB/s a connection", "150 ms, 10 MB/s a connection"
ROWS = (
    rate("1 reader, no delay", "curl", "sequential/none.{}", {"aria2c": ONE_WILL_DO}),
    rate("1 reader, no delay, TLS", "curl", "sequential/tls.{}", {"aria2c": ONE_WILL_DO}),
    rate(f"1 reader, {FAST}", "aria2c", "latency/40ms.{}"),
    rate(f"1 reader, {SLOW}", "aria2c", "latency/150ms.{}"),
    rate("4 readers, no delay", "curl", "parallel/none.4.{}", {"aria2c": ONE_WILL_DO}),
    rate(f"4 readers, {FAST}", "aria2c", "parallel/40ms.4.{}", {"curl": MORE_TO_BEAT}),
    rate(f"16 readers, {FAST}", "curl", "parallel/40ms.16.{}", {"aria2c": SIXTEEN_WILL_DO}),
    small_reads("open and first 4 KiB, 40 ms", "ms", "random/first.{}.ms"),
    small_reads("100 reads of 64 KiB anywhere, 40 ms, all", "s", "random/hundred.{}.all"),
    small_reads("100 reads of 64 KiB anywhere, 40 ms, median", "ms", "random/hundred.{}.ms"),
    small_reads("100 reads of 64 KiB anywhere, 40 ms, p99", "ms", "random/hundred.{}.p99"),
    played("ffprobe, moov last, 40 ms", "player/probe.7.{}.s"),
    played("ffprobe, moov first, 40 ms", "player/probe.8.{}.s"),
    played("a frame at 50 %, moov last, 40 ms", "player/grab.7.{}.s"),
    played("a frame at 50 %, moov first, 40 ms", "player/grab.8.{}.s"),
    sidecars("`ls -R` of 1,000 sidecars, 40 ms", "40ms", "list", fetched=False),
    sidecars("`ls -lR` of 1,000 sidecars, 40 ms", "40ms", "stat"),
    sidecars("`rsync -a` of 1,000 sidecars, 40 ms", "40ms", "copy"),
    sidecars("`rsync -a` of 1,000 sidecars, 150 ms", "150ms", "copy"),
    large("`find` of 20,000 recordings, remounted", "catalog/remounted.{}"),
    large("`find` of 20,000 recordings, warm", "catalog/warm.{}"),
    Row("stat of known files", "files/s", "ext4", "stat_rate/{}", {},
        {"curl": NO_MOUNT, "aria2c": NO_MOUNT, "nbdfuse": NO_TREE}, {"httpdirfs": ALL_IN_ONE}, most_is_best=True),
    kept("re-read from disk, after a remount", "reread/disk.{}"),
    kept("re-read from the page cache", "reread/pages.{}"),
    cost("CPU, 1 reader, no delay", "s/GB", "sequential/none.{}.cpu"),
    cost("CPU, 1 reader, no delay, TLS", "s/GB", "sequential/tls.{}.cpu"),
    cost("RSS peak, 1 reader, no delay", "MiB", "sequential/none.{}.hwm"),
    cost("RSS peak, 4 readers, 40 ms", "MiB", "parallel/40ms.4.{}.hwm"),
    cost("RSS peak, 16 readers, 40 ms", "MiB", "parallel/40ms.16.{}.hwm"),
)


def rounds(directory, row, column):
    benchmark, name = row.figures.split("/")
    called = row.names.get(column, column)
    for candidate in (name.format(called), called):
        path = os.path.join(directory, benchmark, candidate)
        if os.path.exists(path):
            with open(path) as file:
                return [float(line) for line in file]
    return []


def ratio(values, reference):
    if len(values) == len(reference):
        return statistics.median(value / other for value, other in zip(values, reference))
    return statistics.median(values) / statistics.median(reference)


def short(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def best_of(row, figures):
    medians = [statistics.median(values) for column, values in figures.items() if column != LOCAL and values]
    if not medians:
        return lambda _: False
    if row.most_is_best:
        return lambda value: value * MARGIN >= max(medians)
    return lambda value: value <= min(medians) * MARGIN


def line_of(row, directory, mark):
    figures = {column: rounds(directory, row, column) for column in COLUMNS}
    is_best = best_of(row, figures)
    cells = [f"{row.title}, {row.unit}"]
    for column, values in figures.items():
        if not values:
            cells.append("" if column == LOCAL else "–" + mark(row.why.get(column, MISSING)))
            continue
        median = statistics.median(values)
        cell = short(median)
        if column != LOCAL and is_best(median):
            cell = f"**{cell}**"
        if figures[row.reference]:
            cell += " (1)" if column == row.reference else f" ({ratio(values, figures[row.reference]):.2f})"
        if column in row.notes:
            cell += mark(row.notes[column])
        cells.append(cell)
    return "| " + " | ".join(cells) + " |"


def main():
    footnotes = []

    def mark(text):
        if text not in footnotes:
            footnotes.append(text)
        return "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in str(footnotes.index(text) + 1))

    print("\n| | " + " | ".join(COLUMNS) + " |\n|" + "---|" * (len(COLUMNS) + 1))
    for row in ROWS:
        print(line_of(row, sys.argv[1], mark))
    print("\nIn brackets: divided by the row's reference, which is the one with 1. **Bold** is the best of a row, and what is")
    print("within 2 % of it; but for ext4, which has no network. aria2c is `aria2c -x16 -s16 -k1M`.\n")
    for number, text in enumerate(footnotes, 1):
        print(f"{number}. {text}")


main()
