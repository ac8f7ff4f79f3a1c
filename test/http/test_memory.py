"""Memory goes back to the system: RSS after ten 25 MB requests, and after aborted ones."""

import re
import time
import unittest

from large import LARGE_MEMBERS, large_body
from support import MODEL_ENDPOINTS, SERVING_PROCESSES, SMALL_BODY, Server, request

MIB = 1 << 20
REQUESTS = 10
ALLOWED = 10 * MIB
PATIENCE_S = 1.0


def resident(server):
    """Of all its processes."""
    pages = 0
    for pid in server.pids():
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            pages += int(re.search(r"^VmRSS:\s+(\d+) kB$", status.read(), re.M)[1]) * 1024
    return pages


def settled(server, limit):
    """RSS once it is at most `limit`, or what it is when the patience is over."""
    deadline = time.monotonic() + PATIENCE_S
    while (now := resident(server)) > limit and time.monotonic() < deadline:
        time.sleep(0.02)
    return now


class Memory(unittest.TestCase):
    """RSS within 10 MiB of the start, at most one second after the last reply."""

    def assert_returned(self, server, before):
        after = settled(server, before + ALLOWED)
        self.assertLessEqual(after - before, ALLOWED, f"RSS {before} before, {after} after")

    def ten_large(self, path):
        with Server("--no-access-log") as server:
            self.assertEqual(server.post(path, SMALL_BODY).status, 200)
            before = resident(server)
            for _ in range(REQUESTS):
                reply = server.post(path, large_body()).json()
                self.assertGreater(reply["count"], LARGE_MEMBERS * 0.99)
            self.assert_returned(server, before)

    def test_ping(self):
        self.ten_large("/ping")

    def test_pong(self):
        self.ten_large("/pong")

    def test_stream(self):
        self.ten_large("/stream")

    def test_a_stream_keeps_no_body(self):
        with Server("--no-access-log") as server:
            for _ in range(4 * SERVING_PROCESSES):
                self.assertEqual(server.post("/stream", SMALL_BODY).status, 200)
            before = server.stats()["process"]["rss_peak_bytes"]
            self.assertEqual(server.post("/stream", large_body()).status, 200)
            after = server.stats()["process"]["rss_peak_bytes"]
            self.assertLess(after - before, MIB)

    def test_aborted_uploads(self):
        with Server("--no-access-log") as server:
            for path in MODEL_ENDPOINTS:
                self.assertEqual(server.post(path, SMALL_BODY).status, 200)
            before = resident(server)
            for path in MODEL_ENDPOINTS * 5:
                with server.wire() as wire:
                    wire.send(request("POST", path, large_body())[: 20 * MIB])
                    wire.reset()
            server.wait_until_idle()
            self.assert_returned(server, before)

    def test_a_hundred_connections_that_were_closed(self):
        with Server("--no-access-log") as server:
            self.assertEqual(server.post("/ping", SMALL_BODY).status, 200)
            before = resident(server)
            wires = [server.wire() for _ in range(100)]
            for wire in wires:
                wire.send(request(body=SMALL_BODY))
            for wire in wires:
                with wire:
                    self.assertEqual(wire.response().status, 200)
            self.assert_returned(server, before)


if __name__ == "__main__":
    unittest.main()
