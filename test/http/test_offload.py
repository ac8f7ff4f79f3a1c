"""--mode=offload: handler threads make the answers while the connections are suspended.

A handler is held by the log of bodies, a pipe that nobody reads: it ends when the test wants it to. Where handlers are to
answer meanwhile, one is kept busy by a 25 MB body (a parse of most of a second). Each test asks /stats (which the loop
answers) where the others are, and the replies tell the rest.
"""

import os
import re
import unittest

from large import LARGE_MEMBERS, large_body
from support import MODEL_ENDPOINTS, SANITIZED, SMALL_BODY, OwnServerCase, PipedServer, request, until

LEAVERS = 100
SHORT_SLICE_NS = 100_000
KERNEL = tuple(int(number) for number in re.findall(r"\d+", os.uname().release)[:2])
TELLS_SLICES = KERNEL >= (6, 12) and os.path.exists("/proc/self/sched")
BUSY_MEMBERS = LARGE_MEMBERS // (5 if SANITIZED else 1)  # a sanitizer takes its time
SMALL = request(body=SMALL_BODY)
HELD = SMALL_BODY + b" " * 100_000  # more than a pipe takes


def timing(response):
    pairs = (stage.split(";dur=") for stage in response.header("Server-Timing").split(", "))
    return {name: float(ms) for name, ms in pairs}


class OffloadCase(OwnServerCase):
    """Requests in handlers and in the queue."""

    def wait_for_handlers(self, server, busy, queued):
        def is_so():
            handlers = server.stats()["handlers"]
            return (handlers["busy"], handlers["queued"]) == (busy, queued)

        until(is_so, f"{busy} busy and {queued} queued")

    def keep_busy(self, server, count=1):
        """`count` large requests, each in a handler."""
        wires = [self.wire(server) for _ in range(count)]
        for wire in wires:
            wire.send(request(body=large_body(BUSY_MEMBERS)))
        self.wait_for_handlers(server, count, 0)
        return wires

    def held_server(self, *arguments):
        """Each handler stands still as soon as it has a body, until release()."""
        server = PipedServer("--log-bodies", "--no-access-log", *arguments)
        self.addCleanup(self.end_by_force, server)
        return server

    @staticmethod
    def end_by_force(server):
        server.process.kill()
        server.process.wait()
        if server.reader:
            server.reader.join()
        server.close()

    def hold(self, server):
        """The one handler stands still; the wire of its request."""
        wire = self.wire(server)
        wire.send(request(body=HELD))
        self.wait_for_handlers(server, 1, 0)
        until(lambda: server.unread() > 60_000, "the handler is held")
        return wire

    @staticmethod
    def release(server):
        server.read_log()

    def queue_small(self, server, count):
        """`count` small requests in the queue."""
        wires = [self.wire(server) for _ in range(count)]
        for wire in wires:
            wire.send(SMALL)
        self.wait_for_handlers(server, 1, count)
        return wires

    def assert_answered(self, wires):
        self.assertEqual([wire.response().status for wire in wires], [200] * len(wires))


class Handlers(OffloadCase):
    """Threads and queue."""

    def test_as_many_threads_as_asked_for_and_40_by_default(self):
        for arguments, count in (((), 40), (("--workers=3",), 3)):
            server = self.server(*arguments)
            self.assertEqual(server.stats()["handlers"]["threads"], count)
            names = [name for name in server.thread_names() if name.startswith("handler-")]
            self.assertEqual(sorted(names), sorted(f"handler-{i}" for i in range(count)))

    def slices(self, server):
        """The time slices of the handlers, in ns, as the kernel tells them."""
        found = []
        for task in os.listdir(f"/proc/{server.pid}/task"):
            with open(f"/proc/{server.pid}/task/{task}/sched", encoding="ascii") as sched:
                text = sched.read()
            if text.startswith("handler-"):
                found.append(int(re.search(r"^se\.slice\s*:\s*(\d+)$", text, re.M)[1]))
        return sorted(found)

    @unittest.skipUnless(TELLS_SLICES, "the kernel is older than 6.12, or does not tell slices")
    def test_only_a_handler_with_a_large_body_has_long_slices(self):
        server = self.server("--workers=3")
        self.wait_for_slices(server, [SHORT_SLICE_NS] * 3)
        busy = self.keep_busy(server)
        slices = self.slices(server)
        self.assertTrue(busy[0].is_silent(), "the large request ended too early")
        self.assertEqual(slices[:2], [SHORT_SLICE_NS] * 2)
        self.assertGreater(slices[2], SHORT_SLICE_NS)
        self.assert_answered(busy)
        self.wait_for_slices(server, [SHORT_SLICE_NS] * 3)

    def wait_for_slices(self, server, slices):
        until(lambda: self.slices(server) == slices, f"slices {slices}; {self.slices(server)}")

    def test_a_full_queue_is_503_with_retry_after(self):
        server = self.held_server("--workers=1", "--queue=2")
        held = self.hold(server)
        queued = self.queue_small(server, 2)
        with server.wire() as wire:
            wire.send(SMALL)
            response = wire.response()
            self.assertEqual((response.status, response.header("Retry-After")), (503, "1"))
            self.assertIn("handler", response.json()["detail"])
            self.assertFalse(response.closes)
            self.release(server)
            self.assert_answered([held, *queued])
            wire.send(SMALL)
            self.assertEqual(wire.response().status, 200)
        self.assertEqual(server.stats()["handlers"]["refused"], 1)

    def test_without_a_queue_only_the_threads_count(self):
        server = self.held_server("--workers=1", "--queue=0")
        held = self.hold(server)
        self.assertEqual(server.post("/pong", SMALL_BODY).status, 503)
        self.assertEqual(server.get("/healthz").status, 200)
        self.assertEqual(server.post("/nowhere", SMALL_BODY).status, 404)
        self.release(server)
        self.assert_answered([held])

    def test_small_requests_are_answered_while_large_ones_are_in_handlers(self):
        server = self.server()
        busy = self.keep_busy(server, 2)
        for path in MODEL_ENDPOINTS:
            self.assertEqual(server.post(path, SMALL_BODY).status, 200)
        self.assertTrue(all(wire.is_silent() for wire in busy), "a large request ended too early")
        self.assert_answered(busy)


class Leaving(OffloadCase):
    """Row 28, while suspended: freed once, and the counters balance."""

    def assert_balanced(self, server):
        server.wait_until_idle()
        self.wait_for_handlers(server, 0, 0)
        stats = server.stats()
        requests = stats["requests"]
        self.assertEqual(requests["answered"], sum(requests["by_status"].values()))
        until(lambda: server.stats()["workers"][0]["open"] == 1, "the others are closed")

    def test_row_28_while_suspended(self):
        server = self.held_server("--workers=1")
        held = self.hold(server)
        leavers = self.queue_small(server, LEAVERS)
        for i, wire in enumerate(leavers):
            wire.reset() if i % 2 else wire.socket.close()
        self.release(server)
        self.assert_answered([held])
        held.socket.close()
        self.assert_balanced(server)
        small = server.stats()["latency_ms"]["/ping"]["small"]["count"]
        self.assertEqual(small, LEAVERS, "each is handled once")

    def test_row_28_the_large_one_itself(self):
        for leave in ("reset", "end"):
            server = self.held_server("--workers=2")
            wire = self.hold(server)
            getattr(wire, leave)()
            self.release(server)
            if leave == "end":
                self.assert_answered([wire])
                wire.socket.close()
            self.assert_balanced(server)

    def test_row_29_half_closed_while_suspended(self):
        server = self.held_server("--workers=1")
        held = self.hold(server)
        queued = self.queue_small(server, 10)
        for wire in queued:
            wire.end()
        self.release(server)
        self.assert_answered([*queued, held])


class Stopping(OffloadCase):
    """Row 30 with suspended connections."""

    def test_row_30_requests_in_the_queue_are_answered(self):
        server = self.held_server("--workers=1")
        wires = [self.hold(server), *self.queue_small(server, 20)]
        server.terminate()
        until(server.is_refusing, "new connections are still taken")
        self.release(server)
        replies = [wire.response() for wire in wires]
        self.assertEqual([reply.status for reply in replies], [200] * len(wires))
        self.assertEqual([reply.closes for reply in replies], [True] * len(wires))
        for reply in replies[1:]:
            stages = timing(reply)
            self.assertGreater(stages["queue"], 1, "the wait for a handler is told")
            self.assertGreaterEqual(stages["total"], stages["queue"])
            self.assertLess(stages["read"], stages["queue"])
        self.assertEqual(server.wait(), 0)

    def test_row_30_a_drain_that_is_cut_short_ends_with_suspended_connections(self):
        server = self.server("--workers=1", "--drain-timeout=0.05")
        wires = self.keep_busy(server) + self.queue_small(server, 20)
        server.terminate()
        self.assertEqual(server.wait(), 1)
        server.close()
        self.assertIn("drain cut short: 21 requests", server.log_text())
        for wire in wires:
            wire.rest()


if __name__ == "__main__":
    unittest.main()
