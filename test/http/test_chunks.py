"""Long heads before large bodies, and chunked coding that takes more than its body: rows 44 and 45."""

import statistics
import time
import unittest

from large import large_body
from support import MODEL_ENDPOINTS, SANITIZED, SERVING_PROCESSES, SMALL_BODY, OwnServerCase, Server, head

MB = 1_000_000
ONCE_MORE = 5  # a slow one is tried again so often: the machine is not ours alone
RATIO = 3
MIB = 1 << 20
SPARE = 4 * MB
STEP = 4000 if SANITIZED else 500
# A sanitizer looks at each of a million chunks, and measures no memory: fewer of them show it the same.
LARGE = 2 * MB if SANITIZED else 12 * MB


def blank_body(size):
    """A small document and blanks: what is kept of it is the body."""
    return SMALL_BODY + b" " * (size - len(SMALL_BODY))


class Row44LongHeads(unittest.TestCase):
    def time_of(self, server, size):
        with server.wire() as wire:
            begin = time.monotonic()
            wire.send(head("Host: test", "X-A: " + "a" * (size - 7), f"Content-Length: {len(self.body)}",
                           first="POST /stream HTTP/1.1"))  # fmt: skip
            wire.send(self.body)
            self.assertEqual(wire.response().status, 200, f"a header of {size} bytes")
            return time.monotonic() - begin

    def test_no_length_of_a_head_makes_a_body_slow(self):
        self.body = blank_body(5 * MB)
        with Server("--no-access-log") as server:
            times = {size: self.time_of(server, size) for size in range(1000, 32001, STEP)}
            usual = statistics.median(times.values())
            ratios = {size: self.judged(server, size, took / usual) for size, took in times.items()}
        print(f"row 44: {max(ratios.values()):.1f} times the median at the most")
        for size, ratio in ratios.items():
            self.assertTrue(SANITIZED or ratio <= RATIO, f"{size}: {ratio} times the median")

    def judged(self, server, size, ratio):
        """One that took too long is measured again beside a short head, in the same moment: the least counts."""
        for _ in range(0 if SANITIZED else ONCE_MORE):
            if ratio <= RATIO:
                break
            ratio = min(ratio, self.time_of(server, size) / self.time_of(server, 1000))
        return ratio


def chunk(data, extension=b""):
    return b"%x%s\r\n%s\r\n" % (len(data), extension, data)


def chunks(total, size, extension=b""):
    """A small document in one chunk, then blanks in chunks of `size` bytes each: `total` bytes."""
    count = (total - len(SMALL_BODY)) // size
    return chunk(SMALL_BODY) + chunk(b" " * size, extension) * count + b"0\r\n\r\n"


class Row45WhatChunksTake(OwnServerCase):
    arguments = ("--no-access-log",)

    def post(self, server, path, body):
        with server.wire() as wire:
            wire.send_while_taken(head("Host: test", "Transfer-Encoding: chunked", first=f"POST {path} HTTP/1.1"))
            wire.send_while_taken(body)
            reply = wire.response()
            if reply.closes:
                self.assertEqual((wire.rest(), wire.was_reset), (b"", False))
            return reply

    def assert_memory(self, path, size, sent, statuses):
        server = self.server(*self.arguments)
        for _ in range(4 * SERVING_PROCESSES):  # each has what it takes by and by
            self.assertEqual(self.post(server, path, chunks(1000, 100)).status, 200)
        before = server.peak_memory()
        reply = self.post(server, path, sent)
        self.assertIn(reply.status, statuses, reply.body)
        grown = server.peak_memory() - before
        # What a stream keeps does not grow with the body.
        limit = MIB if path == "/stream" else 3 * size + SPARE
        if size >= LARGE:
            print(f"row 45: {max(grown, 0) / size:.1f} times the body")
        self.assertTrue(SANITIZED or grown <= limit, f"{path}: {grown} bytes for {size}")

    def test_chunks_of_three_bytes_are_served(self):
        for path in MODEL_ENDPOINTS:
            self.assert_memory(path, LARGE, chunks(LARGE, 3), [200])

    def test_a_large_body_of_one_byte_chunks_is_refused(self):
        for path in MODEL_ENDPOINTS:
            self.assert_memory(path, LARGE, chunks(LARGE, 1), [400])

    def test_a_smaller_one_is_served(self):
        for path in MODEL_ENDPOINTS:
            self.assert_memory(path, MB // 4, chunks(MB // 4, 1), [200])

    def test_long_extensions_are_refused(self):
        for path in MODEL_ENDPOINTS:
            for length in (100, 1000, 15_000):
                sent = chunks(12 * MB // length, 1, b";" + b"e" * length)
                self.assert_memory(path, 12 * MB, sent, [400])

    def test_long_extensions_of_large_chunks_are_served(self):
        for path in MODEL_ENDPOINTS:
            self.assert_memory(path, 2 * MB, chunks(2 * MB, 16_000, b";" + b"e" * 1000), [200])

    def test_each_request_of_a_connection_has_its_own_account(self):
        server = self.server(*self.arguments)
        with server.wire() as wire:
            for _ in range(4):
                wire.send(head("Host: test", "Transfer-Encoding: chunked") + chunks(150_000, 1))
                self.assertEqual(wire.response().status, 200)

    def test_what_the_kernel_holds_is_not_held_against_the_client(self):
        """A client that is fast while the server is not."""
        server = self.server(*self.arguments)
        busy = large_body(400_000)
        with server.wire() as other, server.wire() as wire:
            other.send(head("Host: test", "Transfer-Encoding: chunked"))
            other.send(chunk(busy) + b"0\r\n\r\n")
            wire.send(head("Host: test", "Transfer-Encoding: chunked", first="POST /stream HTTP/1.1"))
            wire.send(chunks(LARGE, 10_000))
            self.assertEqual([wire.response().status, other.response().status], [200, 200])


if __name__ == "__main__":
    unittest.main()
