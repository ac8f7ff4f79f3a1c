"""Clients that don't do their part in time: rows 24, 25 and 49, and a slow network, which is served.

A drip sends a byte now and then; that, and the pace of a slow upload, are what the tests do to
the server, not waits for something to happen.
"""

import os
import resource
import ssl
import time
import unittest

from large import large_body
from support import (
    ATTEMPTS, HAS, MODEL_ENDPOINTS, SANITIZED, SMALL_BODY, OwnServerCase, head, needs, request, stopped, until,
)  # fmt: skip
from uploads import unread_bytes

BEGUN = request(body=SMALL_BODY)[:-10]
PAUSE_S = 0.1
# More than the kernel takes of a reply that nobody reads. What a sanitizer sees of it does not grow with its size.
LONG_NAME = b'{"name": "%s", "data": {}}' % (b"n" * (10_000_000 if SANITIZED else 20_000_000))


def raise_file_limit():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def drip(bytes_of, deadline_s=25):
    """Sends some bytes to each wire now and then, until the server says something to it or closes it."""
    deadline = time.monotonic() + deadline_s
    while dripping := [wire for wire in bytes_of if wire.is_silent()]:
        if time.monotonic() > deadline:
            raise AssertionError(f"{len(dripping)} connections drip on")
        for wire in dripping:
            wire.send_while_taken(bytes_of[wire])
        time.sleep(PAUSE_S)


class Deadlines(OwnServerCase):
    def assert_limited(self, server, name, count=1):
        until(lambda: server.stats()["limited"][name] == count, f"{name}: {count}")

    def assert_408(self, wire):
        response = wire.response()
        self.assertEqual(response.status, 408)
        self.assertTrue(response.closes)
        self.assertIn("detail", response.json())
        self.assertEqual(wire.rest(), b"")

    def test_row_24_a_head_that_drips_ends_with_408(self):
        server = self.server("--header-timeout=1s")
        wire = self.wire(server)
        begun = time.monotonic()
        wire.send(head("Host: test")[:-2] + b"X-Drip: ")
        drip({wire: b"x"})
        self.assertGreater(time.monotonic() - begun, 1)
        self.assert_408(wire)
        self.assert_limited(server, "header_timeout")

    def test_row_24_a_connection_that_says_nothing_ends_in_silence(self):
        server = self.server("--header-timeout=1s")
        begun = time.monotonic()
        self.assertEqual(self.wire(server).rest(), b"")
        self.assertGreater(time.monotonic() - begun, 0.9)
        self.assert_limited(server, "header_timeout")

    def test_row_24_the_second_head_of_a_connection_has_the_same_time(self):
        server = self.server("--header-timeout=1s")
        wire = self.wire(server)
        wire.send(request(body=SMALL_BODY))
        self.assertEqual(wire.response().status, 200)
        server.wait_until_idle()
        wire.send(head("Host: test")[:-2] + b"X-Drip: ")
        drip({wire: b"x"})
        self.assert_408(wire)

    def test_an_idle_connection_ends_in_silence_and_not_before(self):
        server = self.server("--idle-timeout=2s", "--header-timeout=500ms")
        wire = self.wire(server)
        wire.send(request(body=SMALL_BODY))
        self.assertEqual(wire.response().status, 200)
        begun = time.monotonic()
        self.assertEqual(wire.rest(), b"")
        self.assertGreater(time.monotonic() - begun, 1.9)
        self.assert_limited(server, "idle_timeout")

    def test_row_24_a_body_that_pauses_ends_with_408(self):
        server = self.server("--body-timeout=1s")
        wires = [self.wire(server) for _ in MODEL_ENDPOINTS]
        for wire, path in zip(wires, MODEL_ENDPOINTS, strict=True):
            wire.send(request("POST", path, SMALL_BODY)[:-10])
        for wire in wires:
            self.assert_408(wire)
        self.assert_limited(server, "body_timeout", len(MODEL_ENDPOINTS))
        server.wait_until_idle()
        requests = server.stats()["requests"]
        self.assertEqual(requests["by_status"]["408"], len(MODEL_ENDPOINTS))
        self.assertEqual(requests["answered"], sum(requests["by_status"].values()))

    def test_row_24_a_body_that_drips_ends_with_408(self):
        server = self.server()
        plain, chunked = self.wire(server), self.wire(server)
        begun = time.monotonic()
        chunked.send(head("Host: test", "Transfer-Encoding: chunked"))
        plain.send(request(body=b" " * 1000)[:-1000])
        drip({plain: b" ", chunked: b"1\r\n \r\n"})
        self.assertGreater(time.monotonic() - begun, 5)
        self.assert_408(plain)
        self.assert_408(chunked)
        self.assert_limited(server, "min_body_rate", 2)

    def test_what_comes_after_the_408_does_not_run(self):
        server = self.server("--body-timeout=1s")
        wire = self.wire(server)
        wire.send(BEGUN)
        until(lambda: not wire.is_silent(), "the 408 came")
        wire.send_while_taken(SMALL_BODY[-10:] + request(body=SMALL_BODY))
        self.assert_408(wire)
        server.wait_until_idle()
        by_status = server.stats()["requests"]["by_status"]
        by_status.pop("200")  # ours
        self.assertEqual(by_status, {"408": 1})
        self.assertEqual(list(server.stats()["latency_ms"]), ["/ping", "/stats"])
        self.assertEqual(server.stats()["latency_ms"]["/ping"]["small"]["count"], 1)

    def test_a_slow_network_is_served(self):
        """20 kB/s for longer than the grace, at a least rate of 5 kB/s."""
        server = self.server("--min-body-rate=5kB", "--body-timeout=5s", "--header-timeout=1s", "--max-name=1MB")
        body = b'{"name": "%s", "data": {}}' % (b"n" * 130_000)
        wire = self.wire(server)
        whole = request("POST", "/stream", body)
        for at in range(0, len(whole), 2000):
            wire.send(whole[at : at + 2000])
            time.sleep(PAUSE_S)
        self.assertEqual(wire.response().status, 200)

    def test_time_does_not_pass_for_clients_while_the_server_stands_still(self):
        """Once more where the machine kept us from sending all in time."""
        for _ in range(ATTEMPTS):
            server = self.server("--header-timeout=1s", "--body-timeout=1s")
            begun = time.monotonic()
            wires = [self.wire(server) for _ in range(3)]
            wires[0].send(b"POST")
            wires[1].send(BEGUN)
            with stopped(server.pids()):
                late = time.monotonic() - begun > 0.5
                wires[0].send(request(body=SMALL_BODY)[4:])
                wires[1].send(SMALL_BODY[-10:])
                wires[2].send(request(body=SMALL_BODY))
                if not late:
                    time.sleep(2)  # what they have waited for the server is none of theirs
            if not late:
                break
        self.assertEqual([wire.response().status for wire in wires], [200] * 3)

    @needs("one-loop")
    def test_time_does_not_pass_for_clients_while_the_loop_is_held(self):
        """Their requests are there, unread, for longer than the deadline."""
        for _ in range(ATTEMPTS):
            statuses = self.statuses_behind_a_held_loop()
            # A machine that is slow may keep us from sending the last byte of the large one in time.
            if statuses.pop() == 200:
                break
        self.assertEqual(statuses, [200] * 4)

    def statuses_behind_a_held_loop(self):
        """Of four small requests, and of the large one that holds it."""
        server = self.server("--header-timeout=500ms", "--body-timeout=500ms")
        data = request(body=large_body(2_500_000))
        large = self.wire(server)
        large.send(data[:-1])
        until(lambda: unread_bytes(server.port) == 0, "all but the last byte was read")
        wires = [self.wire(server) for _ in range(4)]
        for wire in wires:
            wire.send(BEGUN)
        server.wait_for_in_flight(1 + len(wires))
        large.send(b"}")
        for wire in wires:
            time.sleep(PAUSE_S / 2)
            wire.send(SMALL_BODY[-10:])
        return [wire.response().status for wire in (*wires, large)]

    def test_row_25_a_reply_that_is_not_read_ends_the_connection(self):
        server = self.server("--body-timeout=1s", "--max-name=64MiB")
        for path in MODEL_ENDPOINTS:
            with self.subTest(path=path):
                self.assertTrue(any(self.reply_is_given_up(server, path) for _ in range(ATTEMPTS)))
        server.wait_until_idle()
        self.assertLessEqual(set(server.stats()["requests"]["by_status"]), {"200", "408"})

    def reply_is_given_up(self, server, path):
        """False: the machine kept us from sending the body in time, and it was that which was given up."""
        before = server.stats()["limited"]
        self.wire(server).send_while_taken(request("POST", path, LONG_NAME))

        def limited():
            now = server.stats()["limited"]
            return {name: count - before[name] for name, count in now.items() if count > before[name]}

        return until(limited, f"{path} is given up") == {"reply_timeout": 1}

    def test_row_25_pipelined_requests_whose_replies_are_not_read_end_the_connection(self):
        server = self.server("--body-timeout=1s", "--no-access-log")
        wire = self.wire(server)
        wire.socket.settimeout(0.5)
        try:
            while True:
                wire.socket.send(request("GET", "/metrics") * 500)
        except OSError:
            pass  # nobody takes any more, or the connection is closed
        self.assert_limited(server, "reply_timeout")

    def test_row_13_a_tls_hello_is_not_waited_for(self):
        """Long before the deadline: what it holds is no head."""
        server = self.server("--header-timeout=60s")
        hello = ssl.MemoryBIO()
        tls = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), hello, server_hostname="test")
        self.assertRaises(ssl.SSLWantReadError, tls.do_handshake)
        wire = self.wire(server)
        wire.send(hello.read())
        wire.rest()

    def test_zero_means_no_deadline(self):
        none = ("--header-timeout=0", "--body-timeout=0", "--idle-timeout=0", "--min-body-rate=1")
        server = self.server(*none)
        wire = self.wire(server)
        wire.send(request(body=SMALL_BODY))
        self.assertEqual(wire.response().status, 200)
        self.assertEqual(sum(server.stats()["limited"].values()), 0)


@unittest.skipIf(raise_file_limit() < 5000, "too few file descriptors")
class Row49(OwnServerCase):
    COUNT = 300 if SANITIZED else 4100
    PLACES = 280 if SANITIZED else 4096
    # Of an address of this process alone: closed connections keep their ports for a minute, and
    # those of five modes would leave the other tests few of 127.0.0.1's.
    SOURCE = f"127.{1 + os.getpid() % 254}.0.1"

    def drips(self, server):
        """Half have begun a head, half a body."""
        wires = []
        for i in range(self.COUNT):
            wires.append(self.wire(server, self.SOURCE))
            wires[-1].send(BEGUN if i % 2 else BEGUN[:20])
        return wires

    def test_row_49_a_normal_client_is_served_and_the_server_ends_in_time(self):
        flags = [f"--max-connections={self.PLACES}", "--no-access-log", "--drain-timeout=20s"]
        server = self.server(*flags, *(["--workers=1"] if "workers" in HAS else []))
        drips = self.drips(server)
        # A thread that has read a part of a head has a moment to find more: until then, its connection makes no room.
        until(lambda: server.post("/ping", SMALL_BODY).status == 200, "a normal client was served")
        statuses = [server.post("/ping", SMALL_BODY).status for _ in range(50)]
        self.assertEqual(statuses, [200] * 50)
        print(f"row 49: {len(statuses)} of 50 requests answered 200 beside {self.COUNT} drips")
        # Where a slow machine takes more than their deadlines to connect them, none has to make room.
        self.assertGreater(sum(server.stats()["limited"].values()), 0)
        server.terminate()
        self.assertEqual(server.wait(), 0, server.log_text())
        told = [wire.rest()[9:12] for wire in drips]
        self.assertLessEqual(set(told), {b"", b"408", b"503"})
        # A slow machine reads the heads late: who came when all places were taken may have found none.
        self.assertLessEqual(told.count(b"503"), self.COUNT - self.PLACES)


if __name__ == "__main__":
    unittest.main()
