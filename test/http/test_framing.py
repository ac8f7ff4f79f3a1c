"""Heads that two parsers could frame differently, or that are wrong: rows 1-4 and 10-13.

Behind every wrong request a second one is pipelined, with a request id of its
own. The access log tells whether it ran.
"""

import unittest

from support import SMALL_BODY, ServerCase, head, request

HOST = "Host: test"
LENGTH = f"Content-Length: {len(SMALL_BODY)}"
CHUNKED = "Transfer-Encoding: chunked"
CHUNKED_BODY = b"%x\r\n%s\r\n0\r\n\r\n" % (len(SMALL_BODY), SMALL_BODY)


class FramingCase(ServerCase):
    """Refused, closed, and the pipelined request never ran."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.must_not_run = set()

    def setUp(self):
        self.second_id = f"second {self._testMethodName}"[:60]
        self.second = request("GET", "/healthz", headers=[("X-Request-ID", self.second_id)])

    def assert_cut_off(self, lines, statuses, body=SMALL_BODY):
        with self.subTest(lines=lines):
            response = self.assert_refused(head(HOST, *lines) + body + self.second, *statuses)
            self.assertEqual(list(response.json()), ["detail"])
            self.assert_second_never_ran()

    def assert_cut_off_by_library(self, lines, status, body=SMALL_BODY):
        """As above, where libmicrohttpd itself answers: it sends the head twice then."""
        with self.subTest(lines=lines), self.server.wire() as wire:
            wire.send_while_taken(head(HOST, *lines) + body + self.second)
            reply = wire.rest()
            self.assertTrue(reply.startswith(b"HTTP/1.1 %d " % status), reply[:200])
            self.assertIn(b"\r\nConnection: close\r\n", reply)
            self.assertNotIn(b"HTTP/1.1 200", reply)
            self.assertNotIn(b'"status"', reply)
            self.assert_second_never_ran()

    def assert_second_never_ran(self):
        """Judged when the server has stopped and its whole log is written."""
        self.must_not_run.add(self.second_id)

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        ran = [line for line in cls.server.log_lines() for bad in cls.must_not_run if bad in line]
        if ran:
            raise AssertionError(f"a smuggled request ran: {ran}")


class Row1Smuggling(FramingCase):
    """Row 1: duplicate and conflicting framing headers."""

    def test_duplicate_content_length(self):
        self.assert_cut_off([LENGTH, LENGTH], [400])
        self.assert_cut_off([LENGTH, "Content-Length: 5"], [400])
        self.assert_cut_off(["Content-Length: 0", "content-length: 500"], [400])

    def test_content_length_with_transfer_encoding(self):
        self.assert_cut_off([LENGTH, CHUNKED], [400])
        self.assert_cut_off([CHUNKED, LENGTH], [400], CHUNKED_BODY)
        self.assert_cut_off(["Content-Length: 0", CHUNKED], [400], CHUNKED_BODY)

    def test_transfer_encoding_that_is_not_exactly_chunked(self):
        for value in ("gzip", "gzip, chunked", "chunked, gzip", "xchunked", "chunked;a", "", '"chunked"'):
            self.assert_cut_off([f"Transfer-Encoding: {value}"], [400, 501], CHUNKED_BODY)

    def test_two_transfer_encodings(self):
        self.assert_cut_off([CHUNKED, CHUNKED], [400], CHUNKED_BODY)
        self.assert_cut_off([CHUNKED, "Transfer-Encoding: identity"], [400, 501], CHUNKED_BODY)

    def test_names_that_only_look_like_framing(self):
        self.assert_cut_off(["Content-Length-X: 5", LENGTH], [400])
        self.assert_cut_off(["Transfer-Encodings: chunked"], [400], CHUNKED_BODY)

    def test_two_hosts_or_none(self):
        self.assert_cut_off(["Host: other", LENGTH], [400])
        self.assert_refused(head(LENGTH) + SMALL_BODY + self.second, 400)
        self.assert_second_never_ran()


class Row2BadFields(FramingCase):
    """Row 2: names and values that are not what RFC 9110 allows."""

    def test_space_before_the_colon(self):
        self.assert_cut_off([f"Content-Length : {len(SMALL_BODY)}"], [400])
        self.assert_cut_off([LENGTH, "X-A\t: b"], [400])
        self.assert_cut_off([LENGTH, "Transfer-Encoding : chunked"], [400])

    def test_obs_fold(self):
        self.assert_cut_off([LENGTH, "X-A: b", " c"], [400])
        self.assert_cut_off([LENGTH, "X-A: b", "\tc", " d"], [400])
        self.assert_cut_off(["Transfer-Encoding:", " chunked"], [400], CHUNKED_BODY)
        self.assert_cut_off(["X-A: b", f" {LENGTH}", LENGTH], [400])

    def test_a_name_that_is_not_a_token(self):
        for name in ("X(A)", "X A", "X@A", "X/A", "X[A]", "X,A", 'X"A"', "X{A}", "X\x7f", "X\xe4"):
            self.assert_cut_off([LENGTH, f"{name}: b"], [400])

    def test_a_control_byte_in_a_value(self):
        for code in (0x01, 0x08, 0x0B, 0x0C, 0x0D, 0x1B, 0x1F, 0x7F):
            self.assert_cut_off([LENGTH, f"X-A: b{chr(code)}c"], [400])

    def test_a_nul_byte_in_a_value(self):
        self.assert_cut_off([LENGTH, "X-A: b\0c"], [400])
        self.assert_cut_off(["X-A: b\0c", LENGTH], [400])
        self.assert_cut_off(["X-A: b\0Transfer-Encoding: chunked", LENGTH], [400])

    def test_a_name_that_is_empty(self):
        for line in (": b", ":", ":b", ": ", ":\t"):
            self.assert_cut_off([LENGTH, line], [400])
            self.assert_cut_off([line, LENGTH], [400])
            self.assert_cut_off([LENGTH, line, "X-A: b"], [400])
            self.assert_cut_off([LENGTH, "X-A:", line], [400])

    def test_a_line_that_ends_with_a_bare_lf(self):
        self.assert_cut_off(["X-A: b\nX-B: c", LENGTH], [400])
        self.assert_cut_off([LENGTH, "X-A: b\nX-B: c"], [400])
        self.assert_cut_off([LENGTH, "X-A: b\n"], [400])

    def test_blanks_around_values_are_fine(self):
        for line in ("X-A:b", "X-A:   b", "X-A: b  ", "X-A:", "X-A:  ", "X-A:\tb\t"):
            for lines in ([HOST, LENGTH, line], [line, HOST, LENGTH], [HOST, line, LENGTH]):
                with self.subTest(lines=lines):
                    self.assertEqual(self.server.ask(head(*lines) + SMALL_BODY).status, 200)

    def test_a_line_without_a_colon(self):
        self.assert_cut_off_by_library([LENGTH, "X-A b"], 400)


class Row3BadLengths(FramingCase):
    """Row 3: Content-Length that is no plain number."""

    def test_content_length_that_is_no_number(self):
        for value in ("abc", "-1", "+5", "5, 5", "", "0x10", "1 2", "5;", "1e2", "5.0"):
            self.assert_cut_off_by_library([f"Content-Length: {value}"], 400)


class Row4HugeLengths(FramingCase):
    """Row 4: Content-Length of 2^64-1 and above."""

    def test_content_length_of_2_64_minus_1_and_just_below(self):
        for value in (2**64 - 1, 2**64 - 2, 2**63, 2**63 - 1):
            self.assert_cut_off([f"Content-Length: {value}"], [413])

    def test_content_length_beyond_64_bits(self):
        for value in (2**64, 2**64 + len(SMALL_BODY), 10**30):
            self.assert_cut_off_by_library([f"Content-Length: {value}"], 413)


class Row10NoLength(FramingCase):
    """Row 10: a POST with neither length nor chunked."""

    def test_no_length(self):
        self.assert_cut_off([], [411])
        self.assert_refused(b"POST /pong HTTP/1.0\r\n\r\n", 411)


class Row11Pipelining(FramingCase):
    """Row 11: what follows a body is the next request."""

    def test_junk_after_the_body_is_judged_as_the_next_request(self):
        with self.server.wire() as wire:
            wire.send(request(body=SMALL_BODY) + b"JUNK\r\n\r\n" + self.second)
            self.assertEqual(wire.response().status, 200)
            rest = wire.rest()
            self.assertTrue(rest == b"" or rest.startswith(b"HTTP/1.1 400 "), rest)
        self.assert_second_never_ran()

    def test_three_pipelined_requests_are_answered_in_order(self):
        parts = [
            request(path=path, body=SMALL_BODY, headers=[("X-Request-ID", f"id-{i}")])
            for i, path in enumerate(("/pong", "/ping", "/nowhere"))
        ]
        with self.server.wire() as wire:
            wire.send(b"".join(parts))
            replies = [wire.response() for _ in parts]
            self.assertTrue(wire.is_silent())
        self.assertEqual([reply.status for reply in replies], [200, 200, 404])
        self.assertEqual([reply.header("X-Request-ID") for reply in replies], ["id-0", "id-1", "id-2"])
        self.assertEqual(len(replies[0].json()["profiling"]), 4)

    def test_a_hundred_pipelined_requests(self):
        with self.server.wire() as wire:
            wire.send(request(body=SMALL_BODY) * 100)
            self.assertEqual({wire.response().status for _ in range(100)}, {200})

    def test_a_request_in_pieces_of_one_byte(self):
        with self.server.wire() as wire:
            for byte in request(body=SMALL_BODY):
                wire.send(bytes([byte]))
            self.assertEqual(wire.response().status, 200)


class Row12TooLong(FramingCase):
    """Row 12: heads that don't fit."""

    def assert_too_long(self, data, status):
        with self.server.wire() as wire:
            wire.send_while_taken(data)
            response = wire.response()
            self.assertEqual((response.status, response.closes), (status, True))
            wire.rest()

    def test_uri_of_40_kb_is_414(self):
        self.assert_too_long(head(HOST, first=f"GET /{'a' * 40_000} HTTP/1.1"), 414)

    def test_header_of_40_kb_is_431(self):
        first = "GET /healthz HTTP/1.1"
        self.assert_too_long(head(HOST, "X-A: " + "a" * 40_000, first=first), 431)
        self.assert_too_long(head(HOST, *[f"X-{i}: a" for i in range(5000)], first=first), 431)


class Row13OtherProtocols(FramingCase):
    """Row 13: other versions. A TLS hello needs the header deadline, which isn't there yet."""

    def test_http_9_9_and_the_http_2_preface_get_505(self):
        preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        for data in (head(HOST, first="GET /healthz HTTP/9.9"), preface):
            with self.server.wire() as wire:
                wire.send(data)
                self.assertEqual(wire.response().status, 505)
                self.assertEqual(wire.rest(), b"")


if __name__ == "__main__":
    unittest.main()
