#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/CLIENTS.md from the lines that the client tests wrote: document.py RESULTS DOCUMENT.

Compares what was done, the results and the notes with the document, and fails where they differ; versions and numbers
are another run's, and bounded by the tests themselves. A client that could not run is not compared. With
G2AFS_WRITE_CLIENTS=1 writes the document anew.
"""
import os
import sys

SECTIONS = {
    "Copying": ["cp", "tar", "rsync", "rclone", "Python"],
    "Backups": ["restic", "borg", "git-annex"],
    "Searching and comparing": ["find", "du", "diff", "sha256sum", "grep", "ripgrep", "file"],
    "Playing": ["ffmpeg", "mpv"],
    "On a desktop": ["Thunar", "Tracker", "Baloo"],
    "Serving to others": ["file handles", "NFS (nfs-ganesha, libnfs)", "Samba"],
    "Watching": ["inotifywait"],
    "Testing": ["fio", "stress-ng", "random reads (as fsx)", "system calls"],
}
HEAD = """# What reads a mount

<!-- Made by the client tests (tests/clients), which check every line of it: not to be edited here.
     G2AFS_WRITE_CLIENTS=1 ./scripts/test --clients writes it anew. -->

Programs that people use, each on a real mount of an account of the simulator: sixty recordings of ten months, 160 files,
75 MB, some without sidecars and two not transcoded; the videos are real ones where something plays them. What they
made of it is compared with what the account holds, byte by byte. There is no cache on disk but for rclone, so what is read
from a fresh mount is fetched.

The numbers are of one run. API and media requests are those from the begin to the end of what is said; media bytes are in
percent of the bytes in the files in question, so 100 means that each byte was fetched once. A fresh mount of an account
that it does not know takes about 80 requests to the API, of which some 70 find the days of the two recordings that are not
transcoded; one that knows the tree may refresh it meanwhile, for some five.
"""
TABLE = """
| client | what | result | API requests | media requests | media bytes, % |
|---|---|---|---:|---:|---:|
"""


def read(path):
    rows, notes = {}, {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            kind, client, *rest = line.rstrip("\n").split("\t")
            (rows if kind == "row" else notes).setdefault(client, []).append(rest if kind == "row" else rest[0])
    return rows, notes


def document(rows, notes):
    unknown = set(rows) - {client for clients in SECTIONS.values() for client in clients}
    if unknown:
        sys.exit(f"document.py: no section for {', '.join(sorted(unknown))}")
    text = HEAD
    for section, clients in SECTIONS.items():
        text += f"\n## {section}\n" + TABLE
        for client in clients:
            for version, *cells in rows.get(client, []):
                text += f"| {client} {version} | {' | '.join(cells)} |\n"
        lines = [f"- {client}: {note}\n" for client in clients for note in notes.get(client, [])]
        text += "\n" + "".join(lines) if lines else ""
    return text


def promises(text, left_out):
    """The lines of a document without versions and numbers, and without these clients."""
    for line in text.splitlines():
        if line.startswith("| ") and not line.startswith("| client"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            client = cells[0].rpartition(" ")[0]
            line = " | ".join([client, *cells[1:-3]])
        else:
            client = line[2:].partition(": ")[0] if line.startswith("- ") else ""
        if client not in left_out:
            yield line


def main():
    results, path = sys.argv[1:]
    rows, notes = read(results)
    text = document(rows, notes)
    if os.environ.get("G2AFS_WRITE_CLIENTS"):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return
    left_out = {client for client, lines in rows.items() if any(line[2].startswith("not run") for line in lines)}
    with open(path, encoding="utf-8") as file:
        there = list(promises(file.read(), left_out))
    wanted = list(promises(text, left_out))
    if there != wanted:
        different = [f"- {line}" for line in there if line not in wanted] + [f"+ {line}" for line in wanted if line not in there]
        sys.exit("\n".join([f"{path} is not what the tests found; G2AFS_WRITE_CLIENTS=1 writes it anew:", *different]))


main()
