"""What the project is about: a 25 MB parse holds up one event loop, and does not hold up threads or other loops.

The evidence is order, not speed: whether small requests were begun and
answered between the last byte of a large one and its reply, and the server's
own log and /stats.
"""

import datetime
import re
import threading
import unittest

from large import large_body
from support import SMALL_BODY, Server, lacks, needs, request

STAMP = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) ")
LARGE_ID, SMALL_ID = "large-000001", "small-000001"
ENOUGH = 3


def stamp_ms(line):
    moment = datetime.datetime.strptime(STAMP.match(line)[1], "%Y-%m-%d %H:%M:%S,%f")
    return moment.timestamp() * 1000


def stage_ms(response, *names):
    stages = dict(part.split(";dur=") for part in response.header("Server-Timing").split(", "))
    return sum(float(stages[name]) for name in names)


class HeadOfLine(unittest.TestCase):
    """A large request in one thread, small ones one after another in this one."""

    def run_both(self, path):
        """Returns the large reply, the small replies during it, the log, /stats."""
        with Server() as server:
            with server.wire() as wire:
                sender = threading.Thread(
                    target=wire.send,
                    args=(request("POST", path, large_body(), [("X-Request-ID", LARGE_ID)]),),
                )
                sender.start()
                sender.join()
                during = self.ask_small_while(server, wire)
                large = wire.response()
            stats = server.stats()
        self.assertEqual((large.status, large.json()["count"] > 1_200_000), (200, True))
        return large, during, server.log_lines(), stats

    def ask_small_while(self, server, wire):
        """Small requests until the large reply is there; how many were done before it."""
        done = 0
        small = request(body=SMALL_BODY, headers=[("X-Request-ID", SMALL_ID)])
        while wire.is_silent():
            self.assertEqual(server.ask(small).status, 200)
            done += wire.is_silent()
        return done

    def small_during_parse(self, large, log):
        """Small replies that the server logged while, by its own clock, it parsed and bound."""
        (end,) = [stamp_ms(line) for line in log if f"{LARGE_ID}  | return" in line]
        begin = end - stage_ms(large, "parse", "bind")
        small = [stamp_ms(line) for line in log if f"{SMALL_ID}  | return" in line]
        margin = 2  # stamps are whole ms
        return sum(begin + margin < stamp < end - margin for stamp in small)

    @needs("one-loop")
    def test_one_loop_answers_nobody_while_the_parse_holds_the_loop(self):
        for path in ("/ping", "/pong"):
            large, _, log, stats = self.run_both(path)
            self.assertEqual(self.small_during_parse(large, log), 0)
            self.assertGreater(stats["loop_hold_ms"]["max"], 100)
            self.assertGreaterEqual(stats["loop_hold_ms"]["max"] * 1.01, stage_ms(large, "parse"))
            self.assertEqual(stats["large_hold_ms"]["count"], 1)  # none of the small ones is counted
            self.assertGreaterEqual(stats["large_hold_ms"]["max"] * 1.001, stats["loop_hold_ms"]["max"])

    @needs("one-loop")
    def test_one_loop_answers_small_requests_during_a_parse_that_awaits(self):
        """/await parses while the body comes in; /ping holds the same loop for over 100 ms."""
        with Server("--no-access-log") as server:
            with server.wire() as wire:
                sender = threading.Thread(target=wire.send, args=(request("POST", "/await", large_body()),))
                sender.start()
                during = 0
                while sender.is_alive():
                    self.assertEqual(server.post("/ping", SMALL_BODY).status, 200)
                    during += sender.is_alive()
                sender.join()
                large = wire.response()
            stats = server.stats()
        self.assertEqual((large.status, large.json()["count"] > 1_200_000), (200, True))
        self.assertGreaterEqual(during, ENOUGH)
        self.assertGreater(stage_ms(large, "parse"), stats["loop_hold_cpu_ms"]["max"])
        self.assertLess(stats["loop_hold_cpu_ms"]["max"], 100)

    @lacks("one-loop")
    def test_others_answer_small_requests_during_the_parse(self):
        for path in ("/ping", "/pong"):
            large, during, log, _ = self.run_both(path)
            self.assertGreaterEqual(during, ENOUGH)
            self.assertGreaterEqual(self.small_during_parse(large, log), ENOUGH)


if __name__ == "__main__":
    unittest.main()
