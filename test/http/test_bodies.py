"""How bodies arrive: too large, chunked, with Expect: rows 5-9."""

import json
import select
import unittest

from support import MODE, SMALL_BODY, Server, ServerCase, head, request

MIB = 1 << 20
HOST = "Host: test"
CHUNKED = head(HOST, "Transfer-Encoding: chunked")
LAST = b"0\r\n\r\n"


def chunk(data, extension=b""):
    return b"%x%s\r\n%s\r\n" % (len(data), extension, data)


def send_until_answered(wire, data):
    """Sends as curl does: stops when the reply comes. Returns the bytes sent."""
    sent = 0
    while sent < len(data) and wire.is_silent():
        if select.select([], [wire.socket], [], 0.01)[1]:
            try:
                sent += wire.socket.send(data[sent : sent + 65536])
            except (BrokenPipeError, ConnectionResetError):
                break
    return sent


def body_of(size):
    """A valid body of exactly `size` bytes."""
    frame = b'{"name": "n", "data": {}, "x": "%s"}'
    return frame % (b"a" * (size - len(frame) + 2))


class TooLarge(ServerCase):
    """Rows 5, 6 and 7 with a limit of 1 MiB."""

    arguments = ("--max-body=1MiB",)

    def test_the_limit_itself_is_taken(self):
        self.assertEqual(self.server.post("/ping", body_of(MIB)).status, 200)
        self.assertEqual(self.server.post("/pong", body_of(MIB)).status, 200)

    def test_row_5_one_byte_more_is_413_that_can_be_read(self):
        self.assert_413_is_read(MIB + 1)

    def test_row_5_twenty_times_as_much_is_413_that_can_be_read(self):
        for _ in range(10):
            self.assert_413_is_read(20 * MIB)

    def assert_413_is_read(self, size):
        before = self.server.stats()["body_bytes"]["received"]
        with self.server.wire() as wire:
            send_until_answered(wire, request(body=b" " * size))
            response = wire.response()
            self.assertEqual((response.status, response.closes), (413, True))
            self.assertEqual(list(response.json()), ["detail"])
            self.assertEqual(wire.rest(), b"")
        self.assertEqual(self.server.stats()["body_bytes"]["received"], before)

    def test_row_6_expect_gets_413_and_no_100(self):
        before = self.server.stats()["body_bytes"]["received"]
        lines = (HOST, "Content-Length: 2000000", "Expect: 100-continue")
        self.assert_refused(head(*lines), 413)
        self.assertEqual(self.server.stats()["body_bytes"]["received"], before)

    def test_expect_on_a_refused_request_gets_the_refusal_and_no_100(self):
        lines = (HOST, "Content-Length: 10", "Expect: 100-continue")
        self.assert_refused(head(*lines, first="POST /nowhere HTTP/1.1"), 404)
        self.assert_refused(head(*lines, first="PUT /ping HTTP/1.1"), 405)

    def test_expect_on_a_good_request_gets_100_then_200(self):
        lines = (HOST, f"Content-Length: {len(SMALL_BODY)}", "Expect: 100-continue")
        with self.server.wire() as wire:
            wire.send(head(*lines))
            self.assertEqual(wire.response().status, 100)
            wire.send(SMALL_BODY)
            self.assertEqual(wire.response().status, 200)

    def test_row_7_chunked_body_that_grows_past_the_limit(self):
        with self.server.wire() as wire:
            wire.send(CHUNKED + chunk(b" " * 65536) * 17 + LAST)
            response = wire.response()
            self.assertEqual((response.status, response.closes), (413, True))
            self.assertEqual(wire.rest(), b"")

    def test_row_7_the_drain_has_a_cap(self):
        with self.server.wire() as wire:
            piece = chunk(b" " * MIB)
            wire.send_while_taken(CHUNKED + piece * 64)
            self.assertNotIn(b" 200 ", wire.rest()[:20])
        self.assert_alive()

    def test_a_chunked_body_at_the_limit(self):
        body = body_of(MIB)
        pieces = b"".join(chunk(body[at : at + 50_000]) for at in range(0, MIB, 50_000))
        self.assertEqual(self.server.ask(CHUNKED + pieces + LAST).status, 200)

    def test_a_refused_small_body_is_drained_and_the_connection_lives(self):
        with self.server.wire() as wire:
            wire.send(request(path="/nowhere", body=b" " * 60_000) + request(body=SMALL_BODY))
            self.assertEqual([wire.response().status for _ in range(2)], [404, 200])


class Chunked(ServerCase):
    """Rows 8 and 9."""

    def test_row_8_broken_chunks(self):
        broken = {
            "no number": b"zz\r\n",
            "negative": b"-1\r\n",
            "empty size": b"\r\n",
            "0x": b"0x5\r\nhello\r\n" + LAST,
            "no line end after data": b"5\r\nhelloXX" + LAST,
            "size of 72 bits": b"f" * 18 + b"\r\nx",
            "size of 65 bits": b"1" + b"0" * 16 + b"\r\nx",
        }
        for name, data in broken.items():
            with self.subTest(name), self.server.wire() as wire:
                wire.send_while_taken(CHUNKED + data + request("GET", "/healthz"))
                response = wire.response()
                self.assertIn(response.status, (400, 413))
                self.assertTrue(response.closes)
                self.assertNotIn(b"HTTP/1.1 200", wire.rest())

    def test_row_8_body_that_ends_before_its_terminator(self):
        for data in (b"", b"5\r\nhel", chunk(SMALL_BODY), chunk(SMALL_BODY) + b"0\r\n"):
            with self.subTest(data), self.server.wire() as wire:
                wire.send(CHUNKED + data)
                self.server.wait_for_in_flight(1)
                wire.end()
                self.assertNotIn(b"HTTP/1.1 200", wire.rest())
            self.server.wait_until_idle()

    def test_row_9_one_byte_chunks(self):
        self.assert_good(b"".join(chunk(bytes([byte])) for byte in SMALL_BODY) + LAST)

    def test_row_9_one_byte_chunks_in_one_byte_writes(self):
        data = b"".join(chunk(bytes([byte])) for byte in SMALL_BODY) + LAST
        with self.server.wire() as wire:
            for byte in CHUNKED + data:
                wire.send(bytes([byte]))
            self.assertEqual(wire.response().status, 200)

    def test_row_9_chunk_extensions(self):
        self.assert_good(chunk(SMALL_BODY, b';a=b;c="d e"') + b"0;last\r\n\r\n")

    def test_row_9_trailers(self):
        self.assert_good(chunk(SMALL_BODY) + b"0\r\nX-Sum: 1\r\nX-Other: 2\r\n\r\n")

    def test_sizes_with_leading_zeros_and_capitals(self):
        body = body_of(0xAB)
        self.assert_good(b"000000AB\r\n%s\r\n000\r\n\r\n" % body, count=0)

    def assert_good(self, data, count=3):
        for path in ("/ping", "/pong"):
            start = head(HOST, "Transfer-Encoding: chunked", first=f"POST {path} HTTP/1.1")
            with self.server.wire() as wire:
                wire.send(start + data + request("GET", "/healthz"))
                response = wire.response()
                self.assertEqual(response.status, 200, response.body)
                self.assertEqual(response.json()["count"], count)
                self.assertEqual(wire.response().json(), {"status": "ok"})


class DefaultLimit(unittest.TestCase):
    """--max-body is 64 MiB by default."""

    def test_default_limit(self):
        with Server() as server:
            self.assertEqual(server.mode, MODE)
            over = head(HOST, f"Content-Length: {64 * MIB + 1}")
            self.assertEqual(server.ask(over).status, 413)
            with server.wire() as wire:
                wire.send(head(HOST, f"Content-Length: {64 * MIB}", "Expect: 100-continue"))
                self.assertEqual(wire.response().status, 100)

    def test_units(self):
        with Server("--max-body=100") as server:
            fits = json.dumps({"name": "n" * 76, "data": {}}).encode()
            self.assertEqual(len(fits), 100)
            self.assertEqual(server.post("/ping", fits).status, 200)
            self.assertEqual(server.post("/ping", fits + b" ").status, 413)


if __name__ == "__main__":
    unittest.main()
