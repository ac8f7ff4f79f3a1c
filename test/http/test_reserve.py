"""--reserve=N: workers that take no large body, and what happens when one comes to them all the same.

Workers are held by the log of bodies, a pipe that nobody reads: a loop that answers a large body
stands still until the test reads it. X-Worker tells who answered, `queue` in Server-Timing that a
handler thread did.
"""

import os
import signal
import time
import unittest

from support import ATTEMPTS, GRACE_S, SMALL_BODY, PipedServer, Server, has, head, needs, request, until

WORKERS = 4
LARGE = 100_000  # more than the reserve's border, and more than a pipe takes
HOLDING = 2_000_000  # so busy that nobody who has a choice takes its worker
SILENT = 300  # more than wait for their heads at a time


def body(size):
    return SMALL_BODY + b" " * (size - len(SMALL_BODY))


def by_a_handler(response):
    return "queue;dur=" in (response.header("Server-Timing") or "")


def worker_of(response):
    return int(response.header("X-Worker"))


class ReserveCase(unittest.TestCase):
    """Four workers; the first keeps to small bodies."""

    reserve = 1

    def start(self, *arguments, kind=Server):
        server = kind(f"--workers={WORKERS}", f"--reserve={self.reserve}", "--no-access-log", *arguments)
        self.addCleanup(self.end_by_force, server)
        if has("processes"):
            until(lambda: len(server.worker_pids()) == WORKERS, "the workers did not start")
        return server

    @staticmethod
    def end_by_force(server):
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()
        if getattr(server, "reader", None):
            server.reader.join()
        server.close()

    def assert_ends(self, server):
        server.terminate()
        self.assertEqual(server.wait(), 0, server.log_text())

    def wire(self, server):
        wire = server.wire()
        self.addCleanup(wire.socket.close)
        return wire

    def kept_wire(self, server, number=0):
        """A connection of that worker."""
        for _ in range(20 * WORKERS):
            wire = self.wire(server)
            wire.send(request("GET", "/healthz"))
            if worker_of(wire.response()) == number:
                return wire
        raise AssertionError(f"no connection came to worker {number}")

    def assert_large_is_answered(self, response):
        """By whoever got it: the reserve does not do it on its loop."""
        self.assertEqual(response.status, 200)
        self.assertIs(by_a_handler(response), worker_of(response) < self.reserve)

    @staticmethod
    def by_handlers(server):
        return [worker["by_handlers"] for worker in server.stats()["workers"]]


class Choice(ReserveCase):
    """Who gets a connection, by its first head."""

    def test_large_bodies_go_to_the_others(self):
        server = self.start()
        self.assertEqual(server.stats()["serving"]["reserve"], 1)
        large = [server.post("/ping", body(LARGE)) for _ in range(5 * WORKERS)]
        self.assertEqual({reply.status for reply in large}, {200})
        self.assertEqual({worker_of(reply) for reply in large}, {1, 2, 3})
        small = [worker_of(server.post("/ping", SMALL_BODY)) for _ in range(10 * WORKERS)]
        self.assertEqual(set(small), set(range(WORKERS)))
        self.assertEqual(self.by_handlers(server), [0] * WORKERS)
        self.assert_ends(server)

    def test_large_size_says_what_is_large(self):
        server = self.start("--large-size=1MB")
        workers = {worker_of(server.post("/ping", body(LARGE))) for _ in range(10 * WORKERS)}
        self.assertEqual(workers, set(range(WORKERS)))
        workers = {worker_of(server.post("/ping", body(1_000_000))) for _ in range(3 * WORKERS)}
        self.assertNotIn(0, workers)
        self.assertEqual(self.by_handlers(server), [0] * WORKERS)

    def test_heads_in_pieces_and_at_once(self):
        server = self.start()
        for pieces in (1, 2, 3):
            data = request(body=body(LARGE))
            wire = self.wire(server)
            for at in range(pieces):
                wire.send(data[at * 10 : at * 10 + 10] if at + 1 < pieces else data[at * 10 :])
            self.assert_large_is_answered(wire.response())

    def test_small_requests_never_meet_the_held_ones(self):
        """As many large requests as can be, each of which stops its worker."""
        server = self.start("--log-bodies", kind=PipedServer)
        data = request(body=body(HOLDING))
        held = []
        for i in range(WORKERS - 1):
            held.append(self.wire(server))
            held[i].send(data)
            until(lambda i=i: self.taken(server) >= (i + 1) * HOLDING, "it is not taken")
        until(lambda: server.unread() > 60_000, "nobody is held")
        for _ in range(50):
            response = server.post("/ping", b"")  # what has no body is not logged
            self.assertEqual((response.status, worker_of(response)), (422, 0))
        # One more has no worker of its own: it waits behind another, and nobody else does.
        held.append(self.wire(server))
        held[-1].send(data[:10_000])  # more than that is not taken meanwhile
        for _ in range(50):
            self.assertEqual(worker_of(server.get("/healthz")), 0)
        self.assertTrue(all(wire.is_silent() for wire in held))
        server.read_log()
        held[-1].send(data[10_000:])
        replies = [wire.response() for wire in held]
        self.assertEqual({reply.status for reply in replies}, {200})
        self.assertNotIn(0, map(worker_of, replies))
        self.assert_ends(server)

    @staticmethod
    def taken(server):
        """Memory of the bodies that workers have begun to read."""
        return server.stats()["inflight_bytes"]["held"]


class Later(ReserveCase):
    """A large body on a connection that the reserve has: a handler thread answers it."""

    def test_a_later_request_of_a_kept_connection(self):
        server = self.start()
        wire = self.kept_wire(server)
        for size in (len(SMALL_BODY), (64 << 10) - 1, 64 << 10, LARGE, len(SMALL_BODY)):
            wire.send(request(body=body(size)))
            response = wire.response()
            self.assertEqual((response.status, worker_of(response)), (200, 0))
            self.assertIs(by_a_handler(response), size >= 64 << 10)
        self.assertEqual(self.by_handlers(server), [2, 0, 0, 0])
        other = self.kept_wire(server, 1)
        other.send(request(body=body(LARGE)))
        self.assertFalse(by_a_handler(other.response()))
        text = server.get("/metrics").body.decode()
        self.assertIn('\nlooplag_worker_requests_by_handlers_total{worker="0"} 2\n', text)
        self.assertIn("\nlooplag_workers_reserved 1\n", text)
        self.assert_ends(server)

    def test_a_chunked_body_that_grows(self):
        server = self.start()
        wire = self.kept_wire(server)
        data = body(LARGE)
        wire.send(head("Host: test", "Transfer-Encoding: chunked") + b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data))
        response = wire.response()
        self.assertEqual((response.status, by_a_handler(response)), (200, True))

    def hold_the_handler(self, *arguments):
        """The reserve's handler is held by a large request; the server and its connection."""
        server = self.start("--log-bodies", *arguments, kind=PipedServer)
        wire = self.kept_wire(server)
        wire.send(request(body=body(LARGE)))
        until(lambda: server.unread() > 60_000, "the handler is not held")
        return server, wire

    def test_the_reserve_answers_while_its_handler_is_held(self):
        server, held = self.hold_the_handler()
        kept = self.kept_wire(server)
        for _ in range(10):
            kept.send(request(body=b""))
            response = kept.response()
            self.assertEqual((response.status, worker_of(response), by_a_handler(response)), (422, 0, False))
        self.assertTrue(held.is_silent())
        server.read_log()
        self.assertEqual(held.response().status, 200)
        self.assert_ends(server)

    def test_a_queue_that_is_full_is_503(self):
        server, held = self.hold_the_handler("--queue=0")
        kept = self.kept_wire(server)
        kept.send(request(body=body(LARGE)))
        response = kept.response()
        self.assertEqual((response.status, response.header("Retry-After")), (503, "1"))
        server.read_log()
        self.assertEqual(held.response().status, 200)
        self.assert_ends(server)

    def test_row_30_a_drain_waits_for_it(self):
        server, held = self.hold_the_handler()
        server.terminate()
        until(server.is_refusing, "new connections are still taken")
        self.assertTrue(held.is_silent())
        server.read_log()
        response = held.response()
        self.assertEqual((response.status, response.closes), (200, True))
        self.assertEqual(server.wait(), 0, server.log_text())

    @needs("processes")
    def test_row_31_its_worker_is_killed(self):
        server, held = self.hold_the_handler()
        old = server.stats()["workers"][0]["pid"]
        os.kill(old, signal.SIGKILL)
        self.assertEqual(held.rest(), b"")
        until(lambda: server.stats()["workers"][0]["starts"] == 2, "it is not replaced")
        server.read_log()
        wire = self.kept_wire(server)
        wire.send(request(body=body(LARGE)))
        response = wire.response()
        self.assertEqual((response.status, worker_of(response), by_a_handler(response)), (200, 0, True))
        self.assertNotIn(0, [worker_of(server.post("/ping", body(LARGE))) for _ in range(WORKERS)])
        self.assert_ends(server)


class SlowHeads(ReserveCase):
    """Clients that connect and say nothing, or little: nobody waits for them, and they gain nothing."""

    FIRST = b"POST /ping HTTP/1.1\r\nHost: test\r\n"

    def test_nobody_waits_for_them(self):
        server = self.start("--max-connections=1000")
        silent = [self.wire(server) for _ in range(SILENT)]
        for i, wire in enumerate(silent):
            if i % 2:
                wire.send(self.FIRST)
        for _ in range(20):
            self.assertEqual(server.post("/ping", SMALL_BODY).status, 200)
            self.assert_large_is_answered(server.post("/ping", body(LARGE)))
        until(lambda: self.open_connections(server) > SILENT, "they are not given to workers")
        self.assert_ends(server)

    @staticmethod
    def open_connections(server):
        return sum(worker["open"] for worker in server.stats()["workers"])

    def test_a_late_large_body_does_not_hold_the_reserve(self):
        server = self.start()
        data = request(body=body(LARGE))
        late = [self.wire(server) for _ in range(3 * WORKERS)]
        for wire in late:
            wire.send(data[:30])
        until(lambda: self.open_connections(server) > len(late), "they are not given to workers")
        for wire in late:
            wire.send(data[30:])
        replies = [wire.response() for wire in late]
        for reply in replies:
            self.assert_large_is_answered(reply)
        self.assertIn(0, map(worker_of, replies))
        self.assert_ends(server)

    def test_row_30_sigterm_while_a_head_is_waited_for(self):
        data = request(body=SMALL_BODY)
        for _ in range(ATTEMPTS):
            server = self.start()
            wires = [self.wire(server) for _ in range(2 * WORKERS)]
            for wire in wires:
                wire.send(data[:10])
            begun = time.monotonic()
            server.terminate()
            for wire in wires:
                wire.send_while_taken(data[10:])
            if time.monotonic() - begun < GRACE_S:
                break
        self.assertEqual({wire.response().status for wire in wires}, {200})
        self.assertEqual(server.wait(), 0, server.log_text())


class TwoReserved(ReserveCase):
    """More than one."""

    reserve = 2

    def test_each_has_its_handler(self):
        server = self.start()
        self.assertNotIn(0, self.large_workers(server))
        self.assertNotIn(1, self.large_workers(server))
        for number in range(WORKERS):
            wire = self.kept_wire(server, number)
            wire.send(request(body=body(LARGE)))
            self.assertIs(by_a_handler(wire.response()), number < 2)
        self.assertEqual(self.by_handlers(server), [1, 1, 0, 0])
        self.assert_ends(server)

    @staticmethod
    def large_workers(server):
        return [worker_of(server.post("/ping", body(LARGE))) for _ in range(2 * WORKERS)]


if __name__ == "__main__":
    unittest.main()
