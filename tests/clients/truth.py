#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes what a mount must show, from what the simulator says of itself: truth.py API DIRECTORY.

Files have the bytes of /_sim/content and the recording's start as their time of modification. A recording that is not
transcoded is an empty directory.
"""
import calendar
import concurrent.futures
import json
import os
import sys
import time
import urllib.request


def get(url):
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read()


def files_of(recording):
    if recording["state"] != "ready":
        return {}
    sizes = {"mp4": "mp4_size", "events": "events_size", recording["thumbnail_suffix"]: "thumbnail_size"}
    return {f"{recording['id']}.{suffix}": recording[size] for suffix, size in sizes.items() if recording[size] is not None}


def write(api, directory, recording):
    start = recording["start"]
    folder = os.path.join(directory, start[0:4], start[5:7], start[8:10], str(recording["id"]))
    os.makedirs(folder)
    seconds = calendar.timegm(time.strptime(start, "%Y-%m-%dT%H:%M:%SZ"))
    for name, size in files_of(recording).items():
        content = get(f"{api}/_sim/content/{name}")
        assert len(content) == size, f"{name}: {len(content)} bytes, not {size}"
        path = os.path.join(folder, name)
        with open(path, "wb") as file:
            file.write(content)
        os.utime(path, (seconds, seconds))


def main():
    api, directory = sys.argv[1:]
    recordings = json.loads(get(f"{api}/_sim/recordings?limit=100000"))["recordings"]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda recording: write(api, directory, recording), recordings))


main()
