#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Whether bench/rehearsal has archived everything, once, with copies that are right, by the simulator's own records; and what
# it took.
#   judge.py SECONDS FACTOR
import collections, concurrent.futures, glob, os, re, sys

from account import FIRST_NEW, Sim, is_whole, notes


def path_of(recording):
    return f"{recording['start'][:10].replace('-', '/')}/{recording['id']}"


def compare(recordings):
    """What is wrong with their copies, and how many bytes were compared."""
    sim, wrong, compared = Sim(), [], 0
    for r in recordings:
        base = f"{os.environ['ARCHIVE']}/{path_of(r)}/{r['id']}"
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
    copies = {int(name) for day in glob.glob(f"{os.environ['ARCHIVE']}/*/*/*") for name in os.listdir(day)}
    wrong += [f"{id}: a copy of nothing" for id in copies - ids]

    calls = [m for m in marks if m["agent"] != "another client"]
    with open(f"{os.environ['WORK']}/archiver.log") as file:
        said = sum(map(int, re.findall(r"^\d+ recordings?: (\d+) marked archived", file.read(), re.MULTILINE)))
    failed = {c: counts[c]["errors"] for c in counts if isinstance(counts[c], dict)}
    media, expired = counts["media"], counts["media"]["status"].get("403", 0)
    by_call = [counts[c]["requests"] for c in ("list", "urls", "transcode", "archive")]
    rss = [m["kib"] / 1024 for m in notes("memory")]
    rows = [
        ("recordings, of which new while it ran", len(everything), sum(r["id"] >= FIRST_NEW for r in everything)),
        ("not archived at the end", sum(not r["archived"] for r in everything)),
        ("marked by g2afs, by the other client first, then by g2afs too",
         len(asked.keys() - elsewhere), len(elsewhere), too),
        ("marked, as `g2afs archive` said", said),
        ("asked for again after an answer that came", sum("though call" in line for line in wrong)),
        ("asked for again after a fault", again),
        ("calls that mark, ids a call", len(calls), sum(asked.values()) / max(1, len(calls))),
        ("copies spoilt before they were verified, of which marked", len(refused), sum(n["archived"] for n in refused)),
        ("copies that are wrong at the end", sum(len(lines) for lines, _ in outcomes)),
        ("MB compared with the truth at the end, all that are no holes", sum(size for _, size in outcomes) / 1e6),
        ("calls of the API: list, urls, transcode, archive (the other client's among them)", *by_call),
        ("calls of the API a hundred recordings", 100 * sum(by_call) / len(everything)),
        ("tokens asked for", counts["token"]["requests"]),
        ("media requests, of which refused as their URL had expired", media["requests"], expired),
        ("other answers that failed: API, media", sum(failed.values()) - failed["media"], failed["media"] - expired),
        ("authorization where none belongs", counts["authorization_leaked"]),
        ("RSS at first, at most, at last, MiB", rss[0], max(rss), rss[-1]),
        ("minutes, which stand for", seconds / 60, seconds * factor / 60),
    ]
    print("\n| a large account, rehearsed | |\n|---|---|")
    for what, *figures in rows:
        print(f"| {what} | {', '.join(f'{figure:,.0f}' for figure in figures)} |")
    if not refused:
        wrong.append("no copy was spoilt, so nothing was there to be refused")
    if counts["authorization_leaked"]:
        wrong.append("authorization went where none belongs")
    by_kind = collections.Counter(n["what"] for n in refused)
    print("\nspoilt: " + ", ".join(f"{what} {count}" for what, count in by_kind.items()))
    for line in wrong[:50]:
        print("WRONG:", line)
    if len(wrong) > 50:
        print(f"WRONG: {len(wrong)} in all")
    return bool(wrong)


sys.exit(judge(float(sys.argv[1]), float(sys.argv[2])))
