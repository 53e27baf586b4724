# SPDX-License-Identifier: MIT
# What the parts of bench/rehearsal share: the simulator, asked by one connection that is kept, and notes that they leave for
# one another. MNT, API, WORK and ARCHIVE are in the environment.
import http.client, json, os, urllib.parse

KEPT_APART = 7  # ids that are a multiple belong to the other client, and are not spoilt
FIRST_NEW = 10**9  # the id of the first recording that arrives


class Sim:
    def __init__(self):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(os.environ["API"]).netloc, timeout=60)

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


def note(name, **members):
    with open(f"{os.environ['WORK']}/{name}.jsonl", "a") as file:
        file.write(json.dumps(members) + "\n")


def notes(name):
    try:
        with open(f"{os.environ['WORK']}/{name}.jsonl") as file:
            return [json.loads(line) for line in file]
    except FileNotFoundError:
        return []


def is_whole(video, size):
    """Of those that are copied by their bytes: as archiver has it."""
    return size <= 1126400 or (size <= 16777216 and video.endswith("77.mp4"))
