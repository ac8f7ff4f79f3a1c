"""--mode=hybrid: the loop answers small bodies, handler threads answer large ones.

Who answered is told by the reply: `queue` stands in Server-Timing where a handler thread did. A
handler is held by the log of bodies, a pipe that nobody reads: it ends when the test wants it to.
"""

import unittest

from support import MODEL_ENDPOINTS, SMALL_BODY, OwnServerCase, PipedServer, head, request, until

BORDER = 64 << 10
HELD = 100_000  # more than a pipe takes
CHUNKED = ("Host: test", "Transfer-Encoding: chunked")


def body(size):
    """A valid body of just that size."""
    return SMALL_BODY + b" " * (size - len(SMALL_BODY))


def in_chunks(data, piece=5000):
    pieces = [data[at : at + piece] for at in range(0, len(data), piece)]
    return b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in pieces) + b"0\r\n\r\n"


def by_a_handler(response):
    return "queue;dur=" in (response.header("Server-Timing") or "")


class Border(OwnServerCase):
    """Which bodies are large."""

    def assert_by(self, server, data, handler):
        before = server.stats()["workers"][0]["by_handlers"]
        response = server.ask(data)
        self.assertEqual(response.status, 200)
        self.assertIs(by_a_handler(response), handler)
        self.assertEqual(server.stats()["workers"][0]["by_handlers"], before + handler)

    def test_the_border_is_64_kib_and_needs_no_limit(self):
        server = self.server()
        self.assertNotIn("large_lane", server.stats())
        for path in MODEL_ENDPOINTS:
            for size in (len(SMALL_BODY), BORDER - 1, BORDER, 3 * BORDER):
                self.assert_by(server, request("POST", path, body(size)), size >= BORDER)

    def test_large_size_moves_it(self):
        server = self.server("--large-size=1kB")
        for size in (999, 1000):
            self.assert_by(server, request(body=body(size)), size >= 1000)

    def test_of_chunked_bodies_what_has_come_counts(self):
        server = self.server()
        for size in (100, BORDER - 1, BORDER):
            self.assert_by(server, head(*CHUNKED) + in_chunks(body(size)), size >= BORDER)

    def test_refusals_are_the_loops(self):
        server = self.server("--max-body=200kB")
        for path, size, status in (("/nowhere", HELD, 404), ("/ping", 300_000, 413)):
            with server.wire() as wire:
                wire.send_while_taken(request("POST", path, body(size)))
                response = wire.response()
            self.assertEqual((response.status, by_a_handler(response)), (status, False))
        wrong = server.post("/ping", body(HELD).replace(b"name", b"nome"))
        self.assertEqual((wrong.status, by_a_handler(wrong)), (422, True))

    def test_one_after_the_other_needs_no_queue(self):
        """A handler that has just begun, or has just ended a request, is free though it does not wait yet."""
        server = self.server("--workers=1", "--queue=0", "--no-access-log")
        with server.wire() as wire:
            for _ in range(200):
                wire.send(request("POST", "/stream", body(BORDER)))
                self.assertEqual(wire.response().status, 200)
        self.assertEqual(server.stats()["handlers"]["refused"], 0)

    def test_metrics_tell_it_too(self):
        server = self.server()
        server.post("/ping", SMALL_BODY)
        server.post("/ping", body(HELD))
        text = server.get("/metrics").body.decode()
        self.assertIn('\nlooplag_worker_requests_by_handlers_total{worker="0"} 1\n', text)

    def test_the_lane_has_the_same_border(self):
        server = self.server("--large-limit=1")
        holder, waiter = self.wire(server), self.wire(server)
        data = request(body=body(3 * BORDER))
        for wire, lane in ((holder, (1, 0)), (waiter, (1, 1))):
            wire.send(data[:-1])
            until(lambda lane=lane: self.lane(server) == lane, f"admitted and waiting: {lane}")
        self.assert_by(server, request(body=body(BORDER - 1)), False)
        for wire in (holder, waiter):
            wire.send(data[-1:])
            response = wire.response()
            self.assertEqual((response.status, by_a_handler(response)), (200, True))

    @staticmethod
    def lane(server):
        lane = server.stats()["large_lane"]
        return lane["admitted"], lane["waiting"]


class HeldHandler(unittest.TestCase):
    """One handler thread, which is held; nothing may wait for it."""

    def setUp(self):
        self.server = PipedServer("--workers=1", "--queue=0", "--log-bodies", "--no-access-log")
        self.addCleanup(self.end_by_force)
        self.held = self.server.wire()
        self.addCleanup(self.held.socket.close)
        self.held.send(request(body=body(HELD)))
        until(lambda: self.server.unread() > BORDER - 4096, "the handler is not held")

    def end_by_force(self):
        if self.server.process.poll() is None:
            self.server.process.kill()
            self.server.process.wait()
        self.release()
        self.server.close()

    def release(self):
        if not self.server.reader:
            self.server.read_log()
        if self.server.process.poll() is not None:
            self.server.reader.join()

    def assert_ends(self, code=0):
        self.release()
        self.assertEqual(self.server.wait(), code, self.server.log_text())

    def test_the_loop_answers_meanwhile(self):
        for path in MODEL_ENDPOINTS:
            response = self.server.post(path, b"")  # what has no body is not logged
            self.assertEqual((response.status, by_a_handler(response)), (422, False))
        self.assertEqual(self.server.stats()["handlers"]["busy"], 1)
        self.assertTrue(self.held.is_silent())
        self.release()
        self.assertEqual(self.held.response().status, 200)
        self.server.terminate()
        self.assert_ends()

    def test_what_finds_no_handler_is_503(self):
        response = self.server.post("/ping", body(HELD))
        self.assertEqual((response.status, response.header("Retry-After")), (503, "1"))
        stats = self.server.stats()
        self.assertEqual(stats["handlers"]["refused"], 1)
        self.assertEqual(stats["workers"][0]["by_handlers"], 1)
        self.assertFalse(response.closes)

    def test_row_30_a_drain_waits_for_it(self):
        self.server.terminate()
        until(self.server.is_refusing, "new connections are still taken")
        self.assertTrue(self.held.is_silent())
        self.release()
        response = self.held.response()
        self.assertEqual((response.status, response.closes), (200, True))
        self.assert_ends()

    def test_row_28_its_client_leaves(self):
        self.held.reset()
        self.release()
        until(lambda: self.server.stats()["handlers"]["busy"] == 0, "the handler is not free again")
        self.server.wait_until_idle()
        self.assertEqual(self.server.post("/ping", body(HELD)).status, 200)
        self.server.terminate()
        self.assert_ends()


if __name__ == "__main__":
    unittest.main()
