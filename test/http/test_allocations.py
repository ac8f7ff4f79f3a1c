"""Row 32: each allocation that a request makes fails once, in the server's code and in the libraries'."""

import mmap
import os
import struct
import tempfile
import unittest

from support import MODEL_ENDPOINTS, SMALL_BODY, OwnServerCase, Server, WireClosed, head, request

LONG = b'{"name": "%s", "data": {%s}}' % (b"n" * 20_000, b",".join(b'"key%d": %d' % (i, i) for i in range(40_000)))
CHUNKED = ("Host: test", "Transfer-Encoding: chunked")
MOST = 200  # allocations of one request


def chunked(path, body):
    pieces = [body[at : at + 50_000] for at in range(0, len(body), 50_000)]
    sent = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return head(*CHUNKED, first=f"POST {path} HTTP/1.1") + sent + b"0\r\n\r\n"


class Row32Allocations(OwnServerCase):
    """The reply is as ever or 503, or the connection is closed; and the server goes on."""

    def setUp(self):
        file = self.enterContext(tempfile.NamedTemporaryFile())
        file.write(bytes(8))
        file.flush()
        self.countdown = self.enterContext(mmap.mmap(file.fileno(), 8))
        os.environ.update(LD_PRELOAD=os.environ["FAILING_MEMORY_LIBRARY"], FAILING_MEMORY=file.name)
        try:
            self.own = Server()
        finally:
            del os.environ["LD_PRELOAD"], os.environ["FAILING_MEMORY"]
        self.addCleanup(self.own.kill)

    def fail_at(self, number):
        self.countdown[:] = struct.pack("q", number)

    def has_failed(self):
        return struct.unpack("q", self.countdown)[0] <= 0

    def ask(self, data):
        with self.own.wire() as wire:
            wire.send_while_taken(data)
            try:
                return wire.response().status
            except WireClosed:
                return None

    def fail_each(self, data, usual):
        """Returns how many allocations failed, one for each time that it was sent."""
        for number in range(1, MOST):
            self.fail_at(number)
            status = self.ask(data)
            failed = self.has_failed()
            self.fail_at(0)
            self.assertIn(status, (usual, 503, None), number)
            if not failed:
                self.assertEqual(status, usual)
                return number - 1
            self.assertEqual(self.ask(data), usual, number)
        raise AssertionError(f"more than {MOST} allocations")

    def test_row_32_each_allocation_of_a_request_fails_once(self):
        requests = {"a word": (request("GET", "/healthz"), 200), "a refusal": (request("GET", "/none"), 404)}
        for path in ("/", "/openapi.json", "/recent"):
            requests[path] = (request("GET", path), 200)
        for path in MODEL_ENDPOINTS:
            requests[f"small {path}"] = (request("POST", path, SMALL_BODY), 200)
            requests[f"wrong {path}"] = (request("POST", path, b"{}"), 422)
            requests[f"long {path}"] = (request("POST", path, LONG), 200)
            requests[f"chunked {path}"] = (chunked(path, LONG), 200)
        for data, usual in requests.values():
            self.assertEqual(self.ask(data), usual)
        failed = {}
        for what, (data, usual) in requests.items():
            with self.subTest(what=what):
                failed[what] = self.fail_each(data, usual)
        print(f"row 32: {sum(failed.values())} allocations failed")
        self.assertGreater(sum(failed.values()), len(failed))
        self.own.wait_until_idle()
        self.assertEqual({worker["starts"] for worker in self.own.stats()["workers"]}, {1})
        self.assertEqual(self.own.stats()["inflight_bytes"]["held"], 0)
        self.own.terminate()
        self.assertEqual(self.own.wait(), 0)


if __name__ == "__main__":
    unittest.main()
