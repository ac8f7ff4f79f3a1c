"""The original Python client, as far as a server can tell, against ours.

Two threads, one per class; each builds a body, posts it on a new connection
with `x-request-id: small-000001` and reads the fields of the reply.
"""

import http.client
import json
import random
import string
import threading
import time
import unittest

from support import DEADLINE_S, MODE, Server

PAIRS_PER_MB = 50_000
PROFILING = {
    "/ping": [],
    "/pong": ["001_read_chunks", "002_string_conversion", "003_json_parsing", "004_param_creation"],
}


def make_param(name, megabytes):
    """The original's body, as an object."""
    letters = string.ascii_letters
    pairs = range(int(megabytes * PAIRS_PER_MB))
    data = {"".join(random.choices(letters, k=10)): random.randint(1, 1_000_000) for _ in pairs}
    return {"name": name, "data": data}


def post(port, path, request_id, param):
    """One request as httpx made it; the status, the echoed id and the reply."""
    connection = http.client.HTTPConnection("localhost", port, timeout=DEADLINE_S)
    headers = {
        "Content-Type": "application/json",
        "Accept": "*/*",
        "Accept-Encoding": "gzip, deflate",
        "Connection": "keep-alive",
        "User-Agent": "python-httpx/0.28.1",
        "x-request-id": request_id,
    }
    try:
        connection.request("POST", path, json.dumps(param), headers)
        response = connection.getresponse()
        return response.status, response.getheader("x-request-id"), json.loads(response.read())
    finally:
        connection.close()


class Class(threading.Thread):
    """One thread of the original: closed loop, a new connection for each request."""

    def __init__(self, port, path, name, megabytes, count):
        super().__init__()
        self.results = []
        self.arguments = (port, path, name, megabytes, count)

    def run(self):
        port, path, name, megabytes, count = self.arguments
        for i in range(1, count + 1):
            param = make_param(name, megabytes)
            request_id = f"{name}-{i:06d}"
            begun = time.monotonic()
            status, echoed, reply = post(port, path, request_id, param)
            elapsed = round((time.monotonic() - begun) * 1000)
            self.results.append((param, request_id, status, echoed, reply, elapsed))


class OriginalClient(unittest.TestCase):
    """What it sends is understood, and what it reads is there."""

    def run_classes(self, path):
        with Server() as server:
            classes = [
                Class(server.port, path, "small", 0.001, 50),
                Class(server.port, path, "large", 1, 3),
            ]
            for thread in classes:
                thread.start()
            for thread in classes:
                thread.join(4 * DEADLINE_S)
            self.assertEqual(server.mode, MODE)
        self.assertEqual([len(thread.results) for thread in classes], [50, 3])
        return [result for thread in classes for result in thread.results], server.log_text()

    def check(self, path):
        results, log = self.run_classes(path)
        for param, request_id, status, echoed, reply, elapsed in results:
            self.assertEqual((status, echoed), (200, request_id))
            self.assertEqual(reply["name"], param["name"])
            self.assertEqual(reply["count"], len(param["data"]))
            self.assertEqual(reply["maxval"], max(param["data"].values()))
            self.assertLessEqual(reply["elapsed_server"], elapsed + 1)
            self.assertEqual(list(reply["profiling"]), PROFILING[path])
            self.assertEqual(log.count(f" - INFO - {request_id:13} | return {path} | "), 1)

    def test_ping(self):
        self.check("/ping")

    def test_pong(self):
        self.check("/pong")


if __name__ == "__main__":
    unittest.main()
