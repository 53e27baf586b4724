#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# What is done to copies in bench/rehearsal.
#   copies.py holes MOUNT ARCHIVE       makes copies without bytes, of "SIZE DIRECTORY" a line
#   copies.py spoil DAY                 before a day is verified, has some that are no copies
#   copies.py spoilt DAY SAID           right after it, before anything is mended: none of them may be archived
import datetime, os, sys

from account import KEPT_APART, Sim, is_whole, note, notes


def holes(mount, archive):
    for line in sys.stdin:
        size, directory = line.rstrip("\n").split(" ", 1)
        video = f"{archive}{directory[len(mount):]}/{os.path.basename(directory)}.mp4"
        try:
            os.makedirs(os.path.dirname(video), exist_ok=True)
            with open(video, "ab") as file:
                if file.tell() != int(size):
                    file.truncate(int(size))
        except OSError as error:
            print(f"{video}: {error}")


def truncate(path):
    os.truncate(path, os.path.getsize(path) - 1)


def change(path):
    before = os.stat(path)
    with open(path, "r+b") as file:
        file.seek(before.st_size // 2)
        byte = file.read(1)
        file.seek(before.st_size // 2)
        file.write(bytes([byte[0] ^ 1]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


SPOILS = [("a whole video shortened", True, ".mp4", truncate), ("a byte of a whole video changed", True, ".mp4", change),
          ("a video missing", True, ".mp4", os.remove), ("events missing", False, ".events", os.remove),
          ("a byte of events changed", True, ".events", change), ("a hole shortened", False, ".mp4", truncate),
          ("a thumbnail shortened", False, ".jpg", truncate)]


def spoil(day):
    """On every third day, once: each of SPOILS where there is something for it."""
    taken = {n["id"] for n in notes("spoilt")}
    number = datetime.date(*map(int, day.split("/"))).toordinal()
    if number % 3 or any(n["day"] == day for n in notes("spoilt")):
        return
    listed = sorted(os.listdir(f"{os.environ['MNT']}/{day}"))
    for what, whole, suffix, act in SPOILS:
        for id in listed:
            base = f"{os.environ['ARCHIVE']}/{day}/{id}/{id}"
            if int(id) % KEPT_APART == 0 or id in taken or not all(map(os.path.exists, (base + ".mp4", base + suffix))):
                continue
            if is_whole(base + ".mp4", os.path.getsize(base + ".mp4")) != whole:
                continue
            act(base + suffix)
            taken.add(id)
            note("spoilt", day=day, id=id, what=what)
            break


def spoilt(day, said):
    if any(n["day"] == day for n in notes("refused")):
        return
    sim = Sim()
    with open(said) as file:
        lines = file.read()
    for n in notes("spoilt"):
        if n["day"] == day:
            note("refused", day=day, id=n["id"], what=n["what"], archived=sim.json(f"recordings/{n['id']}")["archived"],
                 said=f"/{n['id']}: " in lines)


{"holes": holes, "spoil": spoil, "spoilt": spoilt}[sys.argv[1]](*sys.argv[2:])
