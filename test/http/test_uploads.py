"""Several and many uploads at once, each a piece at a time: all answered right, and on /stream no body kept."""

import contextlib
import resource
import threading
import unittest

from support import SANITIZED, SMALL_BODY, Server, request, stopped, until
from uploads import Uploads, unread_bytes

COUNT = 100 if SANITIZED else 1000
PIECE = 4096
MEMORY_MAX = 100_000_000  # beyond it bodies are kept: they are 100 MB together
FILES = COUNT + 64
FILLER = b", ".join(b'"member%04d": %d' % (i, i) for i in range(4500))
MEMBERS = 4500 + 1


def body_of(number):
    """About 100 kB; its name and its maximum are its own."""
    return b'{"name": "upload%d", "data": {%s, "last": %d}}' % (number, FILLER, 1_000_000 + number)


def raise_file_limit():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


class Trickle(unittest.TestCase):
    def assert_right(self, number, status, reply):
        self.assertEqual(status, 200, reply)
        self.assertEqual(
            (reply["name"], reply["count"], reply["maxval"]),
            (f"upload{number}", MEMBERS, 1_000_000 + number),
        )

    @unittest.skipIf(raise_file_limit() < FILES, "too few file descriptors")
    def test_all_are_answered_and_no_body_is_kept(self):
        with Server("--no-access-log") as server:
            bodies = [body_of(number) for number in range(COUNT)]
            with Uploads(server.port, "/stream", bodies) as uploads:
                uploads.begin()
                server.wait_for_in_flight(COUNT)
                uploads.send_all_but_the_last_byte(PIECE)
                until(lambda: unread_bytes(server.port) == 0, "the bodies were read")
                memory = server.stats()["process"]["rss_bytes"]
                replies = uploads.finish()
            for number, (status, reply) in enumerate(replies):
                self.assert_right(number, status, reply)
            self.assertTrue(SANITIZED or memory < MEMORY_MAX, f"{memory} bytes")


class Documents(unittest.TestCase):
    """/await: documents that are begun side by side, each on a coroutine of its own."""

    COUNT = 20 if SANITIZED else 100
    FEW = 4
    COPIES = 10  # of the members: a megabyte
    PIECE = 50_000

    def body_of(self, number):
        members = b", ".join(FILLER.replace(b"member", b"%dmember" % copy) for copy in range(self.COPIES))
        return b'{"name": "upload%d", "data": {%s, "last": %d}}' % (number, members, 1_000_000 + number)

    def assert_right(self, replies):
        self.assertEqual(
            [(status, reply.get("name"), reply.get("count"), reply.get("maxval")) for status, reply in replies],
            [(200, f"upload{number}", 4500 * self.COPIES + 1, 1_000_000 + number) for number in range(len(replies))],
        )

    def test_of_four_a_loop_parses_one_at_a_time_and_a_small_one_passes(self):
        """All that happens while the server stands still it finds in one turn: four bodies, and a new connection."""
        with Server("--no-access-log") as server:
            bodies = [self.body_of(number) for number in range(self.FEW)]
            with Uploads(server.port, "/await", bodies) as uploads:
                uploads.begin()
                server.wait_for_in_flight(self.FEW)
                with stopped(server.pids()):
                    uploads.send_some(self.PIECE)
                    wire = self.enterContext(server.wire())
                    wire.send(request("POST", "/await", SMALL_BODY))
                self.assertEqual(wire.response().status, 200)
                uploads.send_all_but_the_last_byte(self.PIECE)
                self.assertEqual(server.post("/await", SMALL_BODY).status, 200)
                replies = uploads.finish()
            self.assert_right(replies)
            server.wait_until_idle()
            stats = server.stats()
        loops = stats["serving"]["loops"]
        waits, ways = ([worker[key] for worker in stats["workers"]] for key in ("turn_waits", "gave_way"))
        self.assertEqual(stats["inflight_bytes"]["held"], 0)
        if loops == 1:  # else others may have had a loop each, or the new connection another one
            self.assertGreater(waits[0], 0)
            self.assertGreater(ways[0], 0)
        if loops == 0:
            self.assertEqual(waits, [0])

    def test_a_drain_that_is_cut_short_ends_the_waits(self):
        """No last byte comes, so nothing is answered; libmicrohttpd aborts where a connection is still suspended."""
        server = Server("--no-access-log", "--drain-timeout=20ms")
        self.addCleanup(server.kill)
        with Uploads(server.port, "/await", [self.body_of(number) for number in range(self.FEW)]) as uploads:
            uploads.begin()
            server.wait_for_in_flight(self.FEW)
            with stopped(server.pids()):
                uploads.send_some(self.PIECE)
            sender = threading.Thread(target=self.send_while_taken, args=(uploads,))
            sender.start()
            server.terminate()
            self.assertEqual(server.wait(), 1, server.log_text())
            sender.join()

    def send_while_taken(self, uploads):
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            uploads.send_all_but_the_last_byte(self.PIECE)

    def test_a_hundred_of_a_megabyte_are_answered_right(self):
        with Server("--no-access-log") as server:
            bodies = [self.body_of(number) for number in range(self.COUNT)]
            with Uploads(server.port, "/await", bodies) as uploads:
                uploads.begin()
                server.wait_for_in_flight(self.COUNT)
                uploads.send_all_but_the_last_byte(self.PIECE)
                replies = uploads.finish()
            self.assert_right(replies)
            server.wait_until_idle()
            self.assertEqual(server.stats()["inflight_bytes"]["held"], 0)


if __name__ == "__main__":
    unittest.main()
