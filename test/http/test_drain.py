"""Row 30: SIGTERM under load. Whoever was let in is answered, then the server exits 0."""

import threading
import time
import unittest

from large import large_body
from support import (
    ATTEMPTS, DEADLINE_S, GRACE_S, MODE, SMALL_BODY, OwnServerCase, WireClosed, last_response, request, until,
)  # fmt: skip

CLIENTS = 8
ANSWERED_BEFORE_THE_SIGNAL = 100
ROUNDS = 10


class Client(threading.Thread):
    """Small requests on new connections until the server refuses one."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.answered = 0
        self.failure = None

    def run(self):
        deadline = time.monotonic() + DEADLINE_S
        while self.failure is None and time.monotonic() < deadline:
            try:
                wire = self.server.wire()
            except ConnectionRefusedError:
                return
            with wire:
                self.ask(wire)

    def ask(self, wire):
        """From here on we are connected: anything but a full reply is a failure."""
        try:
            wire.send(request(body=SMALL_BODY))
            status = wire.response().status
            if status != 200:
                self.failure = f"status {status}"
            self.answered += 1
        except (OSError, WireClosed) as error:
            self.failure = repr(error)


class Keeper(Client):
    """Small requests on one connection, each as soon as it has the reply before, until a reply says that it closes."""

    SOON_S = 0.03  # a client that was slower than this may have been taken for idle

    def run(self):
        try:
            with self.server.wire() as wire:
                self.use(wire)
        except ConnectionRefusedError:
            pass  # it came too late
        except OSError as error:
            self.failure = repr(error)

    def use(self, wire):
        before = time.monotonic()
        deadline = before + DEADLINE_S
        while before < deadline:
            begun = sent = time.monotonic()
            try:
                wire.send(request(body=SMALL_BODY))
                sent = time.monotonic()
                response = wire.response()
            except (OSError, WireClosed) as error:
                if sent - before < self.SOON_S:
                    self.failure = f"{error!r} {sent - before:.3f} s after the request before"
                return
            if response.status != 200:
                self.failure = f"status {response.status}"
            self.answered += 1
            before = begun
            if response.closes or self.failure:
                return


class Row30Drain(OwnServerCase):
    """SIGTERM in each mode, in several states."""

    def start_clients(self, server, kind=Client):
        clients = [kind(server) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        until(
            lambda: sum(c.answered for c in clients) >= ANSWERED_BEFORE_THE_SIGNAL
            or any(c.failure for c in clients),
            "the clients were not answered",
        )
        return clients

    def assert_all_answered(self, clients):
        for client in clients:
            client.join(DEADLINE_S + 5)
            self.assertFalse(client.is_alive(), "a client still waits")
        self.assertEqual([c.failure for c in clients if c.failure], [])

    def assert_drained(self, server):
        self.assertEqual(server.wait(), 0)
        server.close()
        self.assertNotIn("drain cut short", server.log_text())
        with self.assertRaises(ConnectionRefusedError):
            server.wire()

    def test_row_30_small_requests_on_new_connections(self):
        clients = []
        for _ in range(ROUNDS):
            server = self.server()
            clients += self.start_clients(server)
            server.terminate()
            self.assert_drained(server)
        self.assert_all_answered(clients)

    def test_row_30_small_requests_on_kept_connections(self):
        """None is ended between two requests: each gets a reply that says so."""
        clients = []
        for _ in range(ROUNDS):
            server = self.server()
            clients += self.start_clients(server, Keeper)
            server.terminate()
            self.assert_drained(server)
        self.assert_all_answered(clients)

    def test_row_30_the_rest_of_a_head_on_a_kept_connection(self):
        data = request(body=SMALL_BODY)
        for _ in range(ATTEMPTS):
            server = self.server()
            kept = server.kept_wires()
            wire = self.wire(server)
            wire.send(data)
            self.assertEqual(wire.response().status, 200)
            time.sleep(0.05)  # the kernel tells by its ticks what came last
            wire.send(data[:20])
            begun = time.monotonic()
            server.terminate_and_wait_for_drain(kept)
            wire.send_while_taken(data[20:])
            if time.monotonic() - begun < GRACE_S:
                break
        self.assertEqual(last_response(wire).status, 200)
        self.assert_drained(server)

    def test_row_30_with_a_25_mb_upload_in_flight(self):
        server = self.server()
        kept = server.kept_wires()
        data = request(body=large_body())
        with server.wire() as wire:
            wire.send(data[: len(data) // 2])
            clients = self.start_clients(server)
            server.terminate_and_wait_for_drain(kept)
            wire.send(data[len(data) // 2 :])
            self.assertEqual(last_response(wire).status, 200)
        self.assert_all_answered(clients)
        self.assert_drained(server)

    def test_row_30_connections_that_wait_behind_a_25_mb_parse(self):
        server = self.server()
        with server.wire() as large:
            large.send(request(body=large_body()))
            waiting = [server.wire() for _ in range(50)]
            for wire in waiting:
                wire.send(request("POST", "/pong", SMALL_BODY))
            server.terminate()
            for wire in waiting:
                with wire:
                    self.assertEqual(wire.response().status, 200)
            self.assertEqual(large.response().status, 200)
        self.assert_drained(server)

    def test_row_30_requests_whose_bodies_still_arrive(self):
        server = self.server()
        kept = server.kept_wires()
        wires = [server.wire() for _ in range(20)]
        data = request("POST", "/pong", SMALL_BODY)
        for wire in wires:
            wire.send(data[:-10])
        server.wait_for_in_flight(len(wires))
        server.terminate_and_wait_for_drain(kept)
        for wire in wires:
            with wire:
                wire.send(data[-10:])
                self.assertEqual(last_response(wire).status, 200)
        self.assert_drained(server)

    def test_row_30_a_new_connection_that_sends_its_request_after_the_signal(self):
        for _ in range(ATTEMPTS):
            server = self.server()
            wire = self.wire(server)
            begun = time.monotonic()
            server.terminate()
            wire.send_while_taken(request(body=SMALL_BODY))
            if time.monotonic() - begun < GRACE_S:
                break
        self.assertEqual(wire.response().status, 200)
        self.assertEqual(wire.rest(), b"")
        self.assert_drained(server)

    def test_row_30_silent_and_idle_connections_do_not_hold_it_up(self):
        server = self.server("--drain-timeout=60s")
        with server.wire() as silent, server.wire() as idle:
            idle.send(request(body=SMALL_BODY))
            self.assertEqual(idle.response().status, 200)
            begun = time.monotonic()
            server.terminate()
            self.assert_drained(server)
            self.assertLess(time.monotonic() - begun, 20)
            self.assertEqual((silent.rest(), idle.rest()), (b"", b""))

    def test_row_30_the_drain_timeout_ends_it_with_exit_1_and_a_line(self):
        server = self.server("--drain-timeout=200ms")
        with server.wire() as wire:
            wire.send(request(body=SMALL_BODY)[:-1])
            server.wait_for_in_flight(1)
            server.terminate()
            self.assertEqual(server.wait(), 1)
            self.assertNotIn(b"200 OK", wire.rest())
        server.close()
        self.assertIn("drain cut short: 1 request", server.log_text())

    def test_ready_until_the_signal_then_503_while_connections_are_still_taken(self):
        server = self.server("--drain-delay=60s")
        self.assertEqual((server.get("/readyz").status, server.get("/readyz").json()), (200, {"status": "ready"}))
        server.terminate()
        until(lambda: server.get("/readyz").status == 503, "/readyz does not tell")
        refusal = server.get("/readyz")
        self.assertEqual((refusal.json(), refusal.header("Retry-After")), ({"status": "draining"}, "1"))
        reply = server.post("/ping", SMALL_BODY)
        self.assertEqual((reply.status, reply.closes), (200, False))
        server.terminate()  # ends the delay
        self.assert_drained(server)

    def test_the_delay_ends_by_itself(self):
        server = self.server("--drain-delay=100ms")
        server.terminate()
        self.assert_drained(server)

    def test_row_30_an_idle_server_stops(self):
        server = self.server()
        self.assertEqual(server.mode, MODE)
        server.terminate()
        self.assert_drained(server)


if __name__ == "__main__":
    unittest.main()
