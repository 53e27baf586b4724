#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# The parts of bench/rehearsal that are not a shell's. MNT, API, WORK and ARCHIVE are in the environment.
#   rehearsal.py life SECONDS RECORDINGS       what happens to the account, and a record of every mark that is asked for
#   rehearsal.py holes MOUNT ARCHIVE           copies without bytes, of "SIZE DIRECTORY" a line
#   rehearsal.py spoil DAY | spoilt DAY SAID   spoils a copy before it is verified; looks that it was not marked
#   rehearsal.py judge SECONDS FACTOR          whether everything is archived, once, and what that took
import collections, concurrent.futures, datetime, glob, http.client, json, os, random, re, subprocess, sys, time, urllib.parse

ENV = os.environ
KEPT_APART = 7  # ids that are a multiple belong to the other client, and are not spoilt
FIRST_NEW = 10**9


class Sim:
    """One connection to the simulator that is kept."""

    def __init__(self):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(ENV["API"]).netloc, timeout=60)

    def ask(self, path, method="GET", body=None, headers={}):
        try:
            self.connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            return 0, b""

    def json(self, path, method="GET", body=None):
        status, text = self.ask("/_sim/" + path, method, body)
        assert status == 200, f"{path}: {status} {text}"
        return json.loads(text)

    def recordings(self):
        found = []
        while True:
            part = self.json(f"recordings?offset={len(found)}&limit=20000")
            found += part["recordings"]
            if len(found) >= part["total"]:
                return found


def path_of(recording):
    return f"{recording['start'][:10].replace('-', '/')}/{recording['id']}"


def note(name, **members):
    with open(f"{ENV['WORK']}/{name}.jsonl", "a") as file:
        file.write(json.dumps(members) + "\n")


def notes(name):
    try:
        with open(f"{ENV['WORK']}/{name}.jsonl") as file:
            return [json.loads(line) for line in file]
    except FileNotFoundError:
        return []


# --- life


def daemon():
    """Of the mount, whoever it is by now."""
    command = ["pgrep", "-f", f"^{ENV['G2AFS']} .*{ENV['MNT']}$"]
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


def arrivals(sim, count, first):
    """New recordings: most of them now, the others late, on any day; some wait for a transcode."""
    now, new = time.time(), []
    for id in range(first, first + count):
        age = random.uniform(0, 600) if random.random() < 0.6 else random.uniform(0, int(ENV["DAYS"]) * 86400)
        start = datetime.datetime.fromtimestamp(int(now - age), datetime.timezone.utc)
        new.append({"id": id, "start": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "state": "untranscoded" if random.random() < 0.2 else "ready"})
    if new:
        sim.json("recordings", "POST", new)


def mark_elsewhere(sim, id):
    """As a client of its own, which takes what nobody has archived, and tries until it has the answer."""
    if sim.json(f"recordings/{id}")["archived"]:
        return
    headers = {"Authorization": "Bearer sesame", "User-Agent": "another client"}
    while sim.ask("/G2A/rest/v1/archive/recordings/archived/" + str(id), "PUT", None, headers)[0] != 204:
        time.sleep(0.1)


def life(seconds, recordings):
    sim = Sim()
    marks, begin, arrived = Marks(sim), time.monotonic(), 0
    theirs = [r["id"] for r in sim.recordings() if r["id"] % KEPT_APART == 0 and r["state"] == "ready"]
    random.shuffle(theirs)
    theirs = theirs[:recordings // 200]
    elsewhere = len(theirs)
    while not os.path.exists(f"{ENV['WORK']}/done"):
        passed = time.monotonic() - begin
        if passed < seconds:
            due = int(recordings * 0.03 * passed / seconds)
            arrivals(sim, due - arrived, FIRST_NEW + arrived)
            arrived = due
            while theirs and elsewhere - len(theirs) < elsewhere * passed / seconds:
                mark_elsewhere(sim, theirs.pop())
        elif not os.path.exists(f"{ENV['WORK']}/over"):
            open(f"{ENV['WORK']}/over", "w").close()
        marks.collect()
        pid = daemon()
        if pid and (size := resident(pid)):
            note("memory", passed=round(passed), pid=pid, kib=size)
        time.sleep(1)
    marks.collect()


# --- the archiver's hands


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


# --- copies that are no copies


def is_whole(video, size):
    """As bench/archiver has it."""
    return size <= 1126400 or (size <= 16777216 and video.endswith("77.mp4"))


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
    spoilt = {n["id"] for n in notes("spoilt")}
    number = datetime.date(*map(int, day.split("/"))).toordinal()
    if number % 3 or any(n["day"] == day for n in notes("spoilt")):
        return
    listed = sorted(os.listdir(f"{ENV['MNT']}/{day}"))
    for what, whole, suffix, act in SPOILS:
        for id in listed:
            base = f"{ENV['ARCHIVE']}/{day}/{id}/{id}"
            if int(id) % KEPT_APART == 0 or id in spoilt or not all(map(os.path.exists, (base + ".mp4", base + suffix))):
                continue
            if is_whole(base + ".mp4", os.path.getsize(base + ".mp4")) != whole:
                continue
            act(base + suffix)
            spoilt.add(id)
            note("spoilt", day=day, id=id, what=what)
            break


def spoilt_of(day, said):
    """Right after the verification, before anything is mended."""
    if any(n["day"] == day for n in notes("refused")):
        return
    sim = Sim()
    with open(said) as file:
        lines = file.read()
    for n in notes("spoilt"):
        if n["day"] == day:
            note("refused", day=day, id=n["id"], what=n["what"], archived=sim.json(f"recordings/{n['id']}")["archived"],
                 said=f"/{n['id']}: " in lines)


# --- the end


def compare(recordings):
    """What is wrong with their copies, and how many bytes were compared."""
    sim, wrong, compared = Sim(), [], 0
    for r in recordings:
        base = f"{ENV['ARCHIVE']}/{path_of(r)}/{r['id']}"
        expected = {".mp4": r["mp4_size"], ".events": r["events_size"], "." + r["thumbnail_suffix"]: r["thumbnail_size"]}
        expected = {suffix: size for suffix, size in expected.items() if size is not None}
        found = {os.path.basename(p)[len(str(r["id"])):]: os.path.getsize(p) for p in glob.glob(base + ".*")}
        if found != expected:
            wrong.append(f"{r['id']}: {found} instead of {expected}")
            continue
        for suffix, size in expected.items():
            if suffix == ".mp4" and not is_whole(base + suffix, size):
                continue
            with open(base + suffix, "rb") as file:
                if sim.ask(f"/_sim/content/{r['id']}{suffix}")[1] != file.read():
                    wrong.append(f"{r['id']}{suffix}: other bytes")
            compared += size
    return wrong, compared


def judge(seconds, factor):
    sim = Sim()
    everything, counts, marks, wrong = sim.recordings(), sim.json("counts"), notes("marks"), []
    ids = {r["id"] for r in everything}
    if len(marks) != counts["archive"]["requests"]:
        wrong.append(f"{counts['archive']['requests']} calls that mark, of which {len(marks)} are known")
    for r in everything:
        if not r["archived"]:
            wrong.append(f"{r['id']}: not archived ({r['state']}, of {r['start']})")

    # Once: nothing is asked for again after an answer that came. Where the other client has marked it, that is counted.
    asked, answered, again, too, elsewhere = collections.Counter(), {}, 0, 0, set()  # elsewhere: first, or alone
    for call in sorted(marks, key=lambda call: call["n"]):
        theirs = call["agent"] == "another client"
        for id in map(int, call["ids"].split(",")):
            if theirs:
                if not asked[id]:
                    elsewhere.add(id)
                continue
            asked[id] += 1
            if id in answered:
                wrong.append(f"{id}: asked for in call {call['n']}, though call {answered[id]} was answered")
            too += id in elsewhere
            again += asked[id] > 1
            if call["status"] == 204 and not call["fault"]:
                answered[id] = call["n"]
    refused = notes("refused")
    for n in refused:
        if n["archived"] or not n["said"]:
            wrong.append(f"{n['id']}: {n['what']}, and {'marked' if n['archived'] else 'nothing said'}")

    # What the other client was first with has left the tree, copied or not.
    ours = [r for r in everything if r["id"] not in elsewhere or r["id"] in asked]
    parts = [ours[i::4] for i in range(4)]
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        outcomes = list(pool.map(compare, parts))
    wrong += [line for lines, _ in outcomes for line in lines]
    copies = {int(name) for day in glob.glob(f"{ENV['ARCHIVE']}/*/*/*") for name in os.listdir(day)}
    wrong += [f"{id}: a copy of nothing" for id in copies - ids]

    memory = notes("memory")
    of_api = sum(counts[c]["requests"] for c in ("list", "urls", "transcode", "archive"))
    calls = [m for m in marks if m["agent"] != "another client"]
    with open(f"{ENV['WORK']}/archiver.log") as file:
        said = sum(map(int, re.findall(r"^\d+ recordings?: (\d+) marked archived", file.read(), re.MULTILINE)))
    failed = {c: counts[c]["errors"] for c in counts if isinstance(counts[c], dict)}
    rows = [
        ("recordings, of which new while it ran", f"{len(everything):,}, {sum(r['id'] >= FIRST_NEW for r in everything):,}"),
        ("not archived at the end", sum(not r["archived"] for r in everything)),
        ("marked by g2afs, by the other client first, then by g2afs too",
         f"{len(asked.keys() - elsewhere):,}, {len(elsewhere):,}, {too}"),
        ("marked, as `archive` said", f"{said:,}"),
        ("asked for again after an answer that came", sum("though call" in line for line in wrong)),
        ("asked for again after a fault", again),
        ("calls that mark, ids a call", f"{len(calls):,}, {sum(asked.values()) / max(1, len(calls)):.0f}"),
        ("copies spoilt before they were verified, of which marked", f"{len(refused)}, {sum(n['archived'] for n in refused)}"),
        ("copies that are wrong at the end", sum(len(lines) for lines, _ in outcomes)),
        ("bytes compared with the truth, MB", f"{sum(size for _, size in outcomes) / 1e6:,.0f}"),
        ("wall time, min; which stands for, h", f"{seconds / 60:.1f}; {seconds * factor / 3600:.1f}"),
        ("list, urls, transcode, archive calls", ", ".join(f"{counts[c]['requests']:,}" for c in ("list", "urls", "transcode", "archive"))),
        ("of the API a recording", f"{of_api / len(everything):.3f}"),
        ("tokens asked for", counts["token"]["requests"]),
        ("media requests; refused as their URL had expired", f"{counts['media']['requests']:,}; {counts['media']['status'].get('403', 0):,}"),
        ("answers that failed: API, media", f"{sum(failed.values()) - failed['media']:,}, {failed['media']:,}"),
        ("authorization where none belongs", counts["authorization_leaked"]),
        ("RSS, MiB: at first, most, at last", ", ".join(f"{k / 1024:.0f}" for k in (
            memory[0]["kib"], max(m["kib"] for m in memory), memory[-1]["kib"]))),
    ]
    print("\n| a large account, rehearsed | |\n|---|---|")
    for row in rows:
        print("| %s | %s |" % row)
    by_kind = collections.Counter(n["what"] for n in refused)
    print("\nspoilt: " + ", ".join(f"{what} {count}" for what, count in by_kind.items()))
    for line in wrong[:50]:
        print("WRONG:", line)
    if len(wrong) > 50:
        print(f"WRONG: {len(wrong)} in all")
    return bool(wrong)


command, *words = sys.argv[1:]
if command == "life":
    life(float(words[0]), int(words[1]))
elif command == "holes":
    holes(*words)
elif command == "spoil":
    spoil(*words)
elif command == "spoilt":
    spoilt_of(*words)
elif command == "judge":
    sys.exit(judge(float(words[0]), float(words[1])))
