"""Connections that are too many, break off or end half: rows 26-29."""

import contextlib
import os
import resource
import signal
import time
import unittest

from support import (
    ATTEMPTS, MODEL_ENDPOINTS, SANITIZED, SERVING_PROCESSES, SMALL_BODY, OwnServerCase, Server, ServerCase, WireClosed,
    has, head, needs, request, stopped, until,
)  # fmt: skip

CHUNKED = head("Host: test", "Transfer-Encoding: chunked")
# More than the kernel takes of a reply that nobody reads. What a sanitizer sees of it does not grow with its size.
LONG_NAME = b'{"name": "%s", "data": {}}' % (b"n" * (10_000_000 if SANITIZED else 20_000_000))


def limit_files(count):
    """For preexec: the process may open this many files."""
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))


BEGUN = request(body=SMALL_BODY)[:-10]
REST = SMALL_BODY[-10:]


def connect_all(case, server, count, data=request(body=SMALL_BODY)):
    """Each sends its data at once: who says nothing would make room for the next."""
    wires = []
    for _ in range(count):
        wires.append(case.wire(server))
        wires[-1].send(data)
    return wires


class Places(OwnServerCase):
    """Row 26: --max-connections."""

    PLACES = 16

    def setUp(self):
        self.own = self.with_places()

    def with_places(self):
        workers = ["--workers=1"] if has("workers") else []
        return self.server(f"--max-connections={self.PLACES}", "--min-body-rate=1", *workers)

    def wires(self, count, data):
        return connect_all(self, self.own, count, data)

    def is_served(self):
        return self.own.post("/ping", SMALL_BODY).status == 200

    def test_row_26_idle_connections_make_room(self):
        for wire in self.wires(self.PLACES, request(body=SMALL_BODY)):
            self.assertEqual(wire.response().status, 200)
        until(self.is_served, "one more was served")
        self.assertGreater(self.own.stats()["limited"]["made_room"], 0)

    def test_row_26_silent_connections_make_room_the_oldest_first(self):
        self.assert_makes_room(b"")

    def test_row_26_connections_with_part_of_a_head_make_room_the_oldest_first(self):
        self.assert_makes_room(b"POST /ping HT")

    def assert_makes_room(self, said):
        for attempt in range(ATTEMPTS):
            if self.oldest_makes_room(said, 0.3 * attempt):
                return
            self.own = self.with_places()
        self.fail("another made room")

    def oldest_makes_room(self, said, quiet_s):
        """A thread that has read a part of a head has time to find more: until then, who is kept makes room."""
        kept = self.wires(1, request(body=SMALL_BODY))[0]
        self.assertEqual(kept.response().status, 200)
        silent = self.wires(self.PLACES - 1, said)
        time.sleep(quiet_s)  # what these do to the server
        until(self.is_served, "one more was served")
        with contextlib.suppress(WireClosed, OSError):
            kept.send(request(body=SMALL_BODY))
            self.assertEqual(kept.response().status, 200)
            self.assertEqual(silent[0].rest(), b"")
            return True
        return False

    def test_row_26_where_all_have_requests_the_operator_is_answered_and_others_get_503(self):
        busy = self.wires(self.PLACES, BEGUN)
        self.own.wait_for_in_flight(self.PLACES)
        with self.own.wire() as wire:
            wire.send(request(body=SMALL_BODY))
            refused = wire.response()
            self.assertEqual((refused.status, refused.header("Retry-After")), (503, "1"))
            self.assertTrue(refused.closes)
            self.assertEqual(wire.rest(), b"")
        for path in ("/healthz", "/readyz", "/metrics", "/recent", "/openapi.json", "/docs", "/"):
            self.assertEqual(self.own.get(path).status, 200)
        limited = self.own.stats()["limited"]
        self.assertEqual((limited["max_connections"], limited["made_room"]), (1, 0))
        for wire in busy:
            wire.send(REST)
            self.assertEqual(wire.response().status, 200)
        until(self.is_served, "there is room again")


class Drips(OwnServerCase):
    """What drips has just sent a byte more, unread, when somebody comes: it makes room all the same."""

    PLACES = 100

    def test_bytes_of_a_drip_do_not_keep_its_place(self):
        workers = ["--workers=1"] if has("workers") else []
        server = self.server(f"--max-connections={self.PLACES}", "--header-timeout=0", *workers)
        drips = connect_all(self, server, self.PLACES, b"GET /healthz HTTP/1.1\r\nX-Drip: ")

        def is_served():
            with stopped(server.pids()):
                for drip in drips:
                    drip.send_while_taken(b"x")
                wire = self.wire(server)
                wire.send(request(body=SMALL_BODY))
            return wire.response().status == 200

        until(is_served, "a normal client was served")


class PerAddress(OwnServerCase):
    """Row 26: --max-connections-per-ip, over all workers."""

    MOST = 10

    def test_row_26_connections_over_the_limit_of_an_address_are_refused(self):
        server = self.server(f"--max-connections-per-ip={self.MOST}")
        served = connect_all(self, server, self.MOST)
        self.assertEqual([wire.response().status for wire in served], [200] * self.MOST)
        for _ in range(2):
            wire = self.wire(server)
            wire.send_while_taken(request(body=SMALL_BODY))
            self.assertEqual(wire.rest(), b"")
        served[0].send(request("GET", "/stats"))
        self.assertEqual(served[0].response().json()["limited"]["max_connections_per_ip"], 2)
        other = self.wire(server, "127.0.0.2")
        other.send(request(body=SMALL_BODY))
        self.assertEqual(other.response().status, 200)
        served[-1].socket.close()
        until(lambda: self.is_served(server), "there is room again")

    @needs("processes")
    def test_what_a_killed_process_held_is_given_back(self):
        server = self.server(f"--max-connections-per-ip={self.MOST}")
        for wire in connect_all(self, server, self.MOST):
            self.assertEqual(wire.response().status, 200)
        for pid in server.worker_pids():
            os.kill(pid, signal.SIGKILL)
        until(lambda: self.is_served(server), "there is room again")

    def is_served(self, server):
        with server.wire() as wire:
            try:
                wire.send(request(body=SMALL_BODY))
                return wire.response().status == 200
            except (WireClosed, OSError):
                return False


class TooMany(OwnServerCase):
    """Rows 26 and 27: limits that come from the number of file descriptors."""

    FILES = 72
    # What the server makes of it: each process keeps 32 descriptors for itself.
    LIMIT = 40 * SERVING_PROCESSES

    def server_at_its_limit(self):
        """All its connections have requests that are not complete, and that it would answer."""
        server = Server("--min-body-rate=1", preexec=limit_files(self.FILES))
        self.addCleanup(server.kill)
        busy = connect_all(self, server, self.LIMIT, request("GET", "/healthz", REST)[: -len(REST)])
        return server, busy, connect_all(self, server, 2)

    @needs("waits-at-limit")
    def test_row_26_connections_over_the_limit_wait_and_are_answered(self):
        server, busy, waiting = self.server_at_its_limit()
        self.assertEqual([wire.socket.recv(100) for wire in waiting if not wire.is_silent()], [])
        for wire in busy:
            wire.send(REST)
        self.assertEqual([wire.response().status for wire in busy], [200] * self.LIMIT)
        self.assertLessEqual({wire.response().status for wire in waiting}, {200, 503})
        until(lambda: server.post("/ping", SMALL_BODY).status == 200, "there is room again")

    @needs("waits-at-limit")
    def test_draining_makes_room_for_those_who_wait_at_the_limit(self):
        """Before the server has taken the signal, they may get 503 as soon as one place is free: then once more."""
        for _ in range(5):
            server, busy, waiting = self.server_at_its_limit()
            server.terminate()
            for wire in busy:
                wire.send(REST)
            self.assertEqual([wire.response().status for wire in busy], [200] * self.LIMIT)
            told = {wire.response().status for wire in waiting}
            self.assertEqual(server.wait(), 0)
            if told == {200}:
                return
            self.assertLessEqual(told, {200, 503})
        self.fail("nobody who waited got a place in the drain")

    @needs("waits-at-limit")
    def test_draining_takes_the_places_of_those_who_say_nothing(self):
        for said in (b"", b"POST /ping HT"):
            with self.subTest(said=said):
                self.drain_behind_silent_connections(said)

    def drain_behind_silent_connections(self, said):
        """They hold every place and wait in the backlog, too; behind them are requests."""
        server = Server("--drain-timeout=60s", preexec=limit_files(self.FILES))
        self.addCleanup(server.kill)
        silent = [server.wire() for _ in range(2 * self.LIMIT)]
        for wire in silent:
            self.addCleanup(wire.socket.close)
            wire.send(said)
        waiting = connect_all(self, server, 20)
        begun = time.monotonic()
        server.terminate()
        # Before the signal, one for whom no silent connection was old enough to make room may get 503.
        self.assertLessEqual({wire.response().status for wire in waiting}, {200, 503})
        self.assertEqual(server.wait(), 0, server.log_text())
        self.assertLess(time.monotonic() - begun, 20)
        self.assertEqual([wire.rest() for wire in silent], [b""] * len(silent))

    def test_row_27_without_descriptors_accept_pauses_and_recovers(self):
        server = self.enterContext(Server(preexec=limit_files(30)))
        for wire in connect_all(self, server, 60):
            with wire:
                self.assertEqual(wire.response().status, 200)
        self.assertEqual(server.get("/healthz").status, 200)
        self.assertEqual(server.stats()["requests"]["by_status"], {"200": 61})


class Row28Resets(ServerCase):
    """Row 28: RST at any moment; requests in flight go back to none and all is well."""

    arguments = ("--max-name=64MiB",)

    def tearDown(self):
        self.server.wait_until_idle()
        self.assert_alive()

    def reset_after(self, data):
        wire = self.server.wire()
        wire.send(data)
        wire.reset()

    def test_row_28_in_the_head(self):
        for data in (b"", b"P", b"POST /ping HTTP/1.1\r\n", head("Host: test")[:-2]):
            for _ in range(20):
                self.reset_after(data)

    def test_row_28_in_the_body(self):
        for path in MODEL_ENDPOINTS:
            whole = request("POST", path, b" " * 3_000_000)
            for sent in (len(whole) - 3_000_000, 1000, 1_000_000, len(whole) - 1):
                self.reset_after(whole[:sent])

    def test_row_28_in_a_chunked_body(self):
        for data in (b"", b"5\r\nhel", b"5\r\nhello\r\n", b"10000000\r\n" + b" " * 100_000):
            self.reset_after(CHUNKED + data)

    def test_row_28_right_after_the_request(self):
        for path in MODEL_ENDPOINTS:
            for _ in range(50):
                self.reset_after(request("POST", path, SMALL_BODY))

    def test_row_28_in_the_reply(self):
        for path in MODEL_ENDPOINTS:
            wire = self.server.wire()
            wire.send(request("POST", path, LONG_NAME))
            until(lambda wire=wire: not wire.is_silent(), "no byte of the reply came")
            wire.reset()

    def test_row_28_after_100_continue(self):
        with self.server.wire() as wire:
            lines = ("Host: test", "Content-Length: 5000000", "Expect: 100-continue")
            wire.send(head(*lines))
            self.assertEqual(wire.response().status, 100)
            wire.reset()

    def test_a_client_that_hangs_up_in_the_body_is_noticed(self):
        for path in MODEL_ENDPOINTS:
            for _ in range(20):
                with self.server.wire() as wire:
                    wire.send(request("POST", path, SMALL_BODY)[:-5])

    def test_row_28_the_counters_balance(self):
        before = self.server.stats()["requests"]["answered"]
        for _ in range(10):
            self.reset_after(request(body=SMALL_BODY)[:-1])
        self.server.wait_until_idle()
        requests = self.server.stats()["requests"]
        self.assertEqual(requests["answered"], sum(requests["by_status"].values()))
        asked = requests["by_status"]["200"] - before
        self.assertGreater(asked, 0)
        self.assertNotIn("500", requests["by_status"])


class Row29HalfClose(ServerCase):
    """Row 29: a client that has said all and now only listens is answered."""

    arguments = ("--max-name=64MiB",)

    def assert_answered(self, data, statuses):
        with self.server.wire() as wire:
            wire.send(data)
            wire.end()
            self.assertEqual([wire.response().status for _ in statuses], statuses)

    def test_row_29_small(self):
        for path in MODEL_ENDPOINTS:
            for _ in range(20):
                self.assert_answered(request("POST", path, SMALL_BODY), [200])
        self.assert_answered(request("GET", "/healthz"), [200])

    def test_row_29_large(self):
        for path in MODEL_ENDPOINTS:
            self.assert_answered(request("POST", path, LONG_NAME), [200])

    def test_row_29_chunked(self):
        self.assert_answered(CHUNKED + b"2f\r\n%s\r\n0\r\n\r\n" % SMALL_BODY, [200])

    def test_row_29_pipelined(self):
        self.assert_answered(request(body=SMALL_BODY) * 3 + request("GET", "/x"), [200] * 3 + [404])

    def test_row_29_with_connection_close_it_ends(self):
        with self.server.wire() as wire:
            wire.send(request(body=SMALL_BODY, headers=[("Connection", "close")]))
            wire.end()
            self.assertEqual(wire.response().status, 200)
            self.assertEqual(wire.rest(), b"")


if __name__ == "__main__":
    unittest.main()
