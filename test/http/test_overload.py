"""--max-inflight: what has too many requests before it is answered 503 at once.

The server stands still while requests come, so that how many wait is the test's to say.
"""

import collections
import select
import time
import unittest

from large import large_body
from support import DEADLINE_S, SANITIZED, SMALL_BODY, OwnServerCase, request, stopped


class MaxInflight(OwnServerCase):
    MOST = 10
    COME = 400  # 100 to each of four processes
    COUNT = 2000 if SANITIZED else 8000

    def answers_after_a_stop(self, server, data, count):
        wires = [self.wire(server) for _ in range(count)]
        with stopped(server.pids()):
            for wire in wires:
                wire.send(data)
            time.sleep(0.3)  # the wait that the kernel tells of
        return [wire.response() for wire in wires]

    def test_what_has_too_many_before_it_is_refused(self):
        server = self.server(f"--max-inflight={self.MOST}", "--no-access-log")
        answers = self.answers_after_a_stop(server, request(body=SMALL_BODY), self.COME)
        good = [answer for answer in answers if answer.status == 200]
        refused = [answer for answer in answers if answer.status == 503]
        self.assertEqual(len(good) + len(refused), self.COME)
        self.assertGreaterEqual(len(good), self.MOST)
        self.assertGreater(len(refused), self.COME // 10)
        self.assertEqual({answer.header("Retry-After") for answer in refused}, {"1"})
        self.assertFalse(any(answer.closes for answer in refused))
        self.assertEqual(server.stats()["limited"]["max_inflight"], len(refused))
        self.assertEqual(server.post("/ping", SMALL_BODY).status, 200)

    def test_what_the_operator_asks_is_not_refused(self):
        server = self.server(f"--max-inflight={self.MOST}", "--no-access-log")
        answers = self.answers_after_a_stop(server, request("GET", "/healthz"), self.COME)
        self.assertEqual({answer.status for answer in answers}, {200})

    def test_a_long_wait_alone_is_no_overload(self):
        server = self.server(f"--max-inflight={self.MOST}")
        answers = self.answers_after_a_stop(server, request(body=SMALL_BODY), self.MOST)
        self.assertEqual([answer.status for answer in answers], [200] * self.MOST)

    def test_no_more_are_refused_than_are_too_many(self):
        """Clients that ask again at once, sixteen times as many as may wait: one in sixteen is answered."""
        server = self.server("--max-inflight=50", "--no-access-log")
        wires = {wire.socket: wire for wire in (self.wire(server) for _ in range(16 * 50))}
        data = request(body=large_body(500))
        for wire in wires.values():
            wire.send(data)
        statuses = collections.Counter()
        while sum(statuses.values()) < self.COUNT:
            for readable in select.select(list(wires), [], [], DEADLINE_S)[0]:
                statuses[wires[readable].response().status] += 1
                wires[readable].send(data)
        self.assertLessEqual(statuses.keys(), {200, 503})
        # What a sanitizer slows down most is the server: it answers fewer while clients ask again.
        self.assertGreater(statuses[200], self.COUNT // (60 if SANITIZED else 30), statuses)

    def test_zero_means_any_number(self):
        server = self.server("--max-inflight=0", "--no-access-log")
        answers = self.answers_after_a_stop(server, request(body=SMALL_BODY), self.COME)
        self.assertEqual({answer.status for answer in answers}, {200})


if __name__ == "__main__":
    unittest.main()
