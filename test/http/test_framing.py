"""The table of framing cases, each in one piece and byte by byte: rows 1 to 14 and 37 to 42.

The access log tells whether the marker behind a case ran.
"""

import unittest

from framing_cases import CASES, MAX_BODY
from support import ServerCase, WireClosed, request

CASES_AT_LEAST = 120
DRIPPED_MAX = 1000  # longer ones are sent in one piece only


class Framing(ServerCase):
    arguments = (f"--max-body={MAX_BODY}",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.must_not_run = []

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        ran = [line for line in cls.server.log_lines() for marker in cls.must_not_run if f" {marker} " in line]
        if ran:
            raise AssertionError(f"what was behind a refused request ran: {ran}")

    def next_reply(self, wire, alternatives):
        """The reply, None for a close that is allowed; whether the connection goes on after it."""
        try:
            reply = wire.response()
        except WireClosed:
            self.assertIn("close", alternatives)
            return None, False
        goes_on = f"{reply.status}+" in alternatives
        self.assertTrue(goes_on or str(reply.status) in alternatives, f"{reply.status} {reply.body[:200]}")
        self.assertNotEqual(reply.closes, goes_on, reply.headers)
        return reply, goes_on

    def judge(self, wire, outcome, marker):
        goes_on = True
        for expected in outcome.split():
            self.assertTrue(goes_on, "a reply closed, and more are expected")
            _, goes_on = self.next_reply(wire, expected.split("|"))
        if goes_on:
            reply = wire.response()
            self.assertEqual((reply.status, reply.header("X-Request-ID")), (200, marker))
        else:
            self.must_not_run.append(marker)
        self.assertEqual(wire.rest(), b"", "there is more than one reply")
        self.assertFalse(wire.was_reset, "the reply may be lost")

    def send(self, wire, data, dripped):
        if not dripped:
            wire.send_while_taken(data)
            return
        for byte in data:
            wire.send_while_taken(bytes([byte]))

    def try_case(self, case, number, dripped):
        row, what, data, outcome = case
        marker = f"marker-{number}-{'drip' if dripped else 'whole'}"
        behind = request("GET", "/healthz", headers=[("X-Request-ID", marker), ("Connection", "close")])
        with self.subTest(row=row, what=what, dripped=dripped), self.server.wire() as wire:
            self.send(wire, data + behind, dripped)
            self.judge(wire, outcome, marker)

    def try_row(self, row):
        for number, case in enumerate(CASES):
            if case[0] != row:
                continue
            self.try_case(case, number, False)
            if len(case[2]) <= DRIPPED_MAX:
                self.try_case(case, number, True)
        self.assert_alive()

    def test_the_table_is_whole(self):
        self.assertGreaterEqual(len(CASES), CASES_AT_LEAST)
        self.assertEqual({case[0] for case in CASES}, {*range(1, 15), *range(37, 43)})


def add_rows():
    for row in sorted({case[0] for case in CASES}):
        setattr(Framing, f"test_row_{row:02}", lambda self, row=row: self.try_row(row))


add_rows()

if __name__ == "__main__":
    unittest.main()
