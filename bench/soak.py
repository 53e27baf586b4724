# SPDX-License-Identifier: MIT
# What bench/soak does to a mount: workers that never rest, each of which checks what it gets, and a look at the daemon's
# memory and descriptors every ten seconds.
#   soak.py MOUNT API PID SECONDS WORK
import collections, hashlib, json, os, random, shutil, statistics, subprocess, sys, threading, time, urllib.request

mount, api, pid, seconds, work = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), sys.argv[5]
LONGEST = 240  # seconds a call may take: retry_for, and as much for the machine
end = time.monotonic() + seconds
done, wrong, under_way = collections.Counter(), [], {}


def truth(name, offset=0, length=None):
    query = f"?offset={offset}" + (f"&length={length}" if length is not None else "")
    with urllib.request.urlopen(f"{api}/_sim/content/{name}{query}", timeout=60) as answer:
        return answer.read()


def recordings():
    found, page = [], 1000
    while True:
        with urllib.request.urlopen(f"{api}/_sim/recordings?offset={len(found)}&limit={page}", timeout=60) as answer:
            part = json.load(answer)
        found += part["recordings"]
        if len(found) >= part["total"] or not part["recordings"]:
            return found


everything = recordings()
ready = [r for r in everything if r["state"] == "ready"]


def directory(recording):
    return f"{mount}/{recording['start'][:10].replace('-', '/')}/{recording['id']}"


def any_file(kinds=("mp4", "events", "jpg")):
    recording = random.choice(ready)
    name = f"{recording['id']}.{random.choice(kinds)}"
    return f"{directory(recording)}/{name}", name


def read_some():
    path, name = any_file(("mp4",))
    with open(path, "rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        for _ in range(random.randint(1, 8)):
            offset = random.randrange(size)
            length = min(size - offset, random.choice((4096, 65536, 500_000)))
            got = os.pread(file.fileno(), length, offset)
            if got != truth(name, offset, length):
                wrong.append(f"{name}: other bytes at {offset}, {len(got)} of {length}")


def read_all():
    path, name = any_file()
    with open(path, "rb") as file:
        got = file.read()
    if hashlib.sha256(got).digest() != hashlib.sha256(truth(name)).digest():
        wrong.append(f"{name}: other content, {len(got)} bytes")


def walk():
    day = os.path.dirname(directory(random.choice(ready)))
    expected = {str(r["id"]) for r in ready if os.path.dirname(directory(r)) == day}
    found = set(os.listdir(day))
    if not expected <= found:
        wrong.append(f"{day}: {sorted(expected - found)} missing")
    for name in sorted(found):
        for file in os.scandir(f"{day}/{name}"):
            file.stat()


def walk_all():
    count = sum(len(names) for _, names, _ in os.walk(mount))
    if count < len(ready):
        wrong.append(f"a walk found {count} directories, of {len(ready)} recordings")


def copy():
    source = directory(random.choice(ready))
    target = f"{work}/copies/{threading.get_ident()}"
    shutil.rmtree(target, ignore_errors=True)
    os.makedirs(target)
    subprocess.run(["cp", "-a", source, target], check=True, timeout=LONGEST)
    for name in os.listdir(f"{target}/{os.path.basename(source)}"):
        with open(f"{target}/{os.path.basename(source)}/{name}", "rb") as file:
            if file.read() != truth(name):
                wrong.append(f"{name}: another copy")


def mark():
    recording = random.choice(everything)
    os.setxattr(directory(recording), "user.g2afs." + random.choice(("archived", "transcode")), b"1")


def work_on(action, pause):
    while time.monotonic() < end and len(wrong) < 20:
        under_way[threading.get_ident()] = (action.__name__, time.monotonic())
        try:
            action()
        except Exception as error:  # every failure is one of the mount's: nothing lasts as long as retry_for
            wrong.append(f"{action.__name__}: {error!r}")
        done[action.__name__] += 1
        time.sleep(random.uniform(0, 2 * pause))
    under_way.pop(threading.get_ident(), None)


def resident():
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))


workers = [threading.Thread(target=work_on, args=of, daemon=True) for of in
           [(read_some, 0.1)] * 6 + [(read_all, 0.1)] * 4 + [(walk, 0.2)] * 3 + [(walk_all, 20)] + [(copy, 0.2)] * 3 +
           [(mark, 0.5)] * 2]
for worker in workers:
    worker.start()
looks = []  # (when, RSS in KiB, descriptors)
begin = time.monotonic()
while time.monotonic() < end and len(wrong) < 20:
    time.sleep(min(10, seconds / 20))
    looks.append((time.monotonic() - begin, resident(), len(os.listdir(f"/proc/{pid}/fd"))))
    for what, since in list(under_way.values()):
        if time.monotonic() - since > LONGEST:
            wrong.append(f"{what} hangs")
for worker in workers:
    worker.join(LONGEST)
    if worker.is_alive():
        wrong.append("a worker hangs")

print("done:", ", ".join(f"{name} {count}" for name, count in sorted(done.items())))
for line in wrong:
    print("WRONG:", line)
if wrong:
    sys.exit(1)

filling = min(60, seconds / 4)  # what has a limit (blocks, connections, snapshots) comes up to it at first
parts = max(2, round((looks[-1][0] - filling) / 300))
length = (looks[-1][0] - filling) / parts
print("| %d s | each %d s, after the first %d | last ÷ first |\n|---|---|---|" % (seconds, length, filling))
# The mean follows what is under way; the least is what is left when little is, and what a leak would raise.
for name, column, unit in (("RSS, MiB", 1, 1024), ("descriptors", 2, 1)):
    for how, sum_up in (("mean", statistics.mean), ("least", min)):
        values = []
        for part in range(parts):
            since = filling + part * length
            values.append(sum_up(look[column] / unit for look in looks if since <= look[0] <= since + length))
        print(f"| {name}, {how} | {', '.join(f'{value:.1f}' for value in values)} | {values[-1] / values[0]:.2f} |")
