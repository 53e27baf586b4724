#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# What happens to the account of bench/rehearsal while it is archived, and a record of every call that marks, and of memory.
#   life.py SECONDS RECORDINGS DAYS
import datetime, os, random, subprocess, sys, time

from account import FIRST_NEW, KEPT_APART, Sim, note


def daemon():
    """Of the mount, whoever it is by now."""
    command = ["pgrep", "-f", f"^{os.environ['G2AFS']} .*config.json {os.environ['MNT']}$"]
    found = subprocess.run(command, capture_output=True, text=True).stdout.split()
    return int(found[0]) if found else None


def resident(pid):
    try:
        with open(f"/proc/{pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))
    except (OSError, StopIteration):
        return None


class Marks:
    """Every call that marks, from the simulator's log, as soon as it is over: the log is not endless."""

    def __init__(self, sim):
        self.sim, self.since, self.seen = sim, 0, set()

    def collect(self):
        entries = self.sim.json(f"log?endpoint=archive&since={self.since}")
        under_way = [e["n"] for e in entries if e["open"]]
        for e in entries:
            if not e["open"] and e["n"] not in self.seen:
                self.seen.add(e["n"])
                note("marks", n=e["n"], t=e["t"], ids=e["target"].rsplit("/", 1)[1], status=e["status"],
                     fault=e["fault"], changed=e["returned"], agent=e["user_agent"])
        self.since = min(under_way) - 1 if under_way else max((e["n"] for e in entries), default=self.since)


def arrivals(sim, count, first, days):
    """New recordings: most of them now, the others late, on any day; some wait for a transcode."""
    now, new = time.time(), []
    for id in range(first, first + count):
        age = random.uniform(0, 600) if random.random() < 0.6 else random.uniform(0, days * 86400)
        start = datetime.datetime.fromtimestamp(int(now - age), datetime.timezone.utc)
        new.append({"id": id, "start": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "state": "untranscoded" if random.random() < 0.2 else "ready"})
    if new:
        sim.json("recordings", "POST", new)


def mark_elsewhere(client, id):
    """As a client of its own, which tries until it has the answer."""
    headers = {"Authorization": "Bearer sesame", "User-Agent": "another client"}
    while client.ask("/G2A/rest/v1/archive/recordings/archived/" + str(id), "PUT", None, headers)[0] != 204:
        time.sleep(0.1)


def life(seconds, recordings, days):
    sim, other = Sim(), Sim()  # the other's connection breaks by faults
    marks, begin, arrived = Marks(sim), time.monotonic(), 0
    theirs = [r["id"] for r in sim.recordings() if r["id"] % KEPT_APART == 0 and r["state"] == "ready"]
    random.shuffle(theirs)
    theirs = theirs[:recordings // 200]
    elsewhere = len(theirs)
    while not os.path.exists(f"{os.environ['WORK']}/done"):
        passed = time.monotonic() - begin
        if passed < seconds:
            due = int(recordings * 0.03 * passed / seconds)
            arrivals(sim, due - arrived, FIRST_NEW + arrived, days)
            arrived = due
            while theirs and elsewhere - len(theirs) < elsewhere * passed / seconds:
                id = theirs.pop()
                if not sim.json(f"recordings/{id}")["archived"]:
                    mark_elsewhere(other, id)
        elif not os.path.exists(f"{os.environ['WORK']}/over"):
            open(f"{os.environ['WORK']}/over", "w").close()
        marks.collect()
        pid = daemon()
        if pid and (size := resident(pid)):
            note("memory", passed=round(passed), pid=pid, kib=size)
        time.sleep(1)
    marks.collect()


life(*map(int, sys.argv[1:]))
