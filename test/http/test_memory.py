"""Memory goes back to the system: RSS after ten 25 MB requests, and after aborted ones."""

import resource
import time
import unittest

from large import LARGE_MEMBERS, large_body
from support import (
    DOCUMENT_ENDPOINTS, MODEL_ENDPOINTS, SERVING_PROCESSES, SMALL_BODY, OwnServerCase, Server, has, needs_freed_memory, request,
    until,
)  # fmt: skip

MIB = 1 << 20
REQUESTS = 10
ALLOWED = 10 * MIB
PATIENCE_S = 1.0


def resident(server):
    return server.memory("VmRSS")


def settled(server, limit):
    """RSS once it is at most `limit`, or what it is when the patience is over."""
    deadline = time.monotonic() + PATIENCE_S
    while (now := resident(server)) > limit and time.monotonic() < deadline:
        time.sleep(0.02)
    return now


@needs_freed_memory
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

    def test_await(self):
        self.ten_large("/await")

    def test_stream(self):
        self.ten_large("/stream")

    def test_a_stream_keeps_no_body(self):
        with Server("--no-access-log") as server:
            for _ in range(4 * SERVING_PROCESSES):
                self.assertEqual(server.post("/stream", SMALL_BODY).status, 200)
            before = server.peak_memory()
            self.assertEqual(server.post("/stream", large_body()).status, 200)
            self.assertLess(server.peak_memory() - before, MIB)

    def test_row_47_no_body_grows_a_stream(self):
        """Whatever it is made of."""
        size = 20 * MIB
        bodies = {
            "a name": b'{"data": {}, "name": "' + b"n" * size + b'"}',
            "a name of escapes": b'{"data": {}, "name": "' + rb"\u00e4" * (size // 6) + b'"}',
            "a key": b'{"' + b"k" * size + b'": 1}',
            "a key of data": b'{"data": {"' + b"k" * size + b'": 1}}',
            "a timestamp": b'{"timestamp": "' + b"t" * size + b'"}',
            "a number": b'{"data": {"a": ' + b"1" * size + b"}}",
            "wrong members": b'{"data": {' + b'"a": null,' * (size // 10) + b'"b": 1}}',
            "empty objects": b'{"x": [' + b"{}," * (size // 3) + b"0]}",
            "brackets": b"[" * size,
            "blanks": b" " * size,
            "no JSON": b"x" * size,
        }
        with Server("--no-access-log") as server:
            for _ in range(4 * SERVING_PROCESSES):
                self.assertEqual(server.post("/stream", bodies["a name"][: 64 << 10]).status, 422)
            before = server.peak_memory()
            for what, body in bodies.items():
                self.assertEqual(server.post("/stream", body).status, 422, what)
                self.assertLess(server.peak_memory() - before, MIB, what)
            print(f"row 47: {(server.peak_memory() - before) / 1e6:.2f} MB more on /stream")

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


@needs_freed_memory
class Documents(OwnServerCase):
    """What a body's document may take is known before it is parsed (rows 21, 46 and 48)."""

    # What a document takes is the same in every mode. So all of them are sent to one, and to the others
    # what takes most for its size, and what takes least.
    UNITS = (b"{},", b"[],", b"0,", b"[[]],") if has("one-loop") else (b"{},", b"0,")

    def leave(self, server, room):
        """Lets each of its processes map no more than `room` bytes beyond what it has now."""
        for _ in range(4 * SERVING_PROCESSES):  # each has all its threads then
            self.assertEqual(server.post("/ping", SMALL_BODY).status, 200)
            self.assertEqual(server.post("/nowhere", bytes(100 << 10)).status, 404)
        for pid in server.pids():
            with open(f"/proc/{pid}/statm", encoding="ascii") as status:
                mapped = int(status.read().split()[0]) * resource.getpagesize()
            resource.prlimit(pid, resource.RLIMIT_AS, (mapped + room, resource.RLIM_INFINITY))

    def post_alone(self, server, path, body):
        """When the thread of the last connection has ended: its stack may leave no room for that of another one.

        It is unmapped by the thread that accepts, which the one that ends has woken, and which then sleeps again.
        """

        def is_at_rest():
            states = server.thread_states()
            libmicrohttpds = [state for name, state in states if name.startswith("MHD-")]
            return ("MHD-connection" not in dict(states)) and set(libmicrohttpds) == {"S"}

        until(is_at_rest, "the last connection's thread ended")
        return server.post(path, body)

    def body(self, unit, size):
        return b'{"name": "x", "data": {}, "ignored": [' + unit * (size // len(unit)) + b"0]}"

    def test_rows_21_48_small_units_are_refused_before_they_take_memory(self):
        server = self.server()
        for unit in self.UNITS:
            for size in (16 * MIB, 63 * MIB):
                body = self.body(unit, size)
                for path in DOCUMENT_ENDPOINTS:
                    with self.subTest(path=path, unit=unit, size=size):
                        reply = server.post(path, body)
                        if reply.status == 200:  # within the limit, as what it takes at the end shows
                            self.assertLess(size, 63 * MIB)
                            continue
                        self.assertEqual(reply.status, 413)
                        self.assertRegex(reply.json()["detail"],
                                         r"could take \d+ bytes of memory; the limit is 536870912 "
                                         r"\(--max-document\)")
        # The documents, the bodies themselves, and what /pong joins them in.
        most = server.peak_memory()
        print(f"row 48: {most / MIB / SERVING_PROCESSES:.0f} MiB a process at the most")
        self.assertLess(most, SERVING_PROCESSES * (512 + 200) * MIB)

    def test_row_48_the_limit_is_the_one_that_was_set(self):
        server = self.server("--max-document=4MiB")
        for path in DOCUMENT_ENDPOINTS:
            self.assertEqual(server.post(path, self.body(b"0,", 64 << 10)).status, 200)
            reply = server.post(path, self.body(b"0,", 256 << 10))
            self.assertEqual(reply.status, 413)
            self.assertIn("4194304", reply.json()["detail"])
        self.assertEqual(server.post("/stream", self.body(b"0,", 256 << 10)).status, 200)

    def test_row_21_what_was_admitted_stays_within_the_limit(self):
        server = self.server("--max-document=64MiB")
        for unit in self.UNITS:
            low, high = 1, 16 * MIB
            while high - low > 64 << 10:
                middle = (low + high) // 2
                status = server.post("/ping", self.body(unit, middle)).status
                self.assertIn(status, (200, 413))
                low, high = (middle, high) if status == 200 else (low, middle)
            self.assertGreater(low, 64 << 10)
        self.assertLess(server.peak_memory(), SERVING_PROCESSES * (64 + 64) * MIB)

    def test_row_46_a_valid_body_without_memory_is_503(self):
        """Also where the memory ends in the middle of a string; never 422, never a crash."""
        string = b'{"name": "x", "data": {}, "ignored": "' + b"y" * (6 * MIB) + b'"}'
        bodies = [string] + [large_body()]
        outcomes = []
        for room in (4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512):
            server = self.server()
            self.leave(server, room * MIB)
            for body in bodies:
                for path in DOCUMENT_ENDPOINTS:
                    with self.subTest(room=room, path=path, length=len(body)):
                        reply = self.post_alone(server, path, body)
                        self.assertIn(reply.status, (200, 503))
                        if reply.status == 503:
                            self.assertIsNotNone(reply.header("Retry-After"))
                        outcomes.append(reply.status)
            self.assertEqual(self.post_alone(server, "/ping", SMALL_BODY).status, 200)
        self.assertEqual(set(outcomes), {200, 503})
        print(f"row 46: {outcomes.count(503)} of {len(outcomes)} answers were 503, the others 200")


if __name__ == "__main__":
    unittest.main()
