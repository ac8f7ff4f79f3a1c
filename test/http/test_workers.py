"""Modes with workers: who gets a connection, and who says so."""

import pathlib
import sys
import threading
import unittest

from large import large_body
from support import SMALL_BODY, Server, lacks, needs, request

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "client"))

from quiet import on_a_machine_that_runs

WORKERS = 4
SHORT_CONNECTIONS = 400
CLIENTS = 8
OPEN_CONNECTIONS = 40


@lacks("workers")
class OneWorker(unittest.TestCase):
    """Modes without workers count as one, which replies don't name."""

    def test_no_worker_is_named(self):
        with Server() as server:
            self.assertIsNone(server.post("/ping", SMALL_BODY).header("X-Worker"))
            self.assertEqual(len(server.stats()["workers"]), 1)


@needs("workers")
class Workers(unittest.TestCase):
    """A server of four."""

    def setUp(self):
        self.server = self.enterContext(Server(f"--workers={WORKERS}"))

    def connections(self):
        """How many each has been given so far."""
        return [worker["connections"] for worker in self.server.stats()["workers"]]

    def test_replies_name_their_worker(self):
        for path in ("/ping", "/nowhere"):
            with self.server.wire() as wire:
                names = set()
                for _ in range(3):
                    wire.send(request("POST", path, SMALL_BODY))
                    names.add(wire.response().header("X-Worker"))
            self.assertEqual(len(names), 1, "a connection stays with its worker")
            self.assertIn(int(names.pop()), range(WORKERS))

    def test_a_worker_each_in_stats(self):
        named = [int(self.server.post("/ping", SMALL_BODY).header("X-Worker")) for _ in range(40)]
        workers = self.server.stats()["workers"]
        self.assertEqual([worker["worker"] for worker in workers], list(range(WORKERS)))
        self.assertEqual([worker["requests"] for worker in workers], [named.count(i) for i in range(WORKERS)])

    def ask_many(self, count):
        for _ in range(count):
            self.server.post("/ping", SMALL_BODY)

    @needs("fair")
    @on_a_machine_that_runs
    def test_short_connections_are_shared_within_a_factor_of_two(self):
        clients = [
            threading.Thread(target=self.ask_many, args=(SHORT_CONNECTIONS // CLIENTS,))
            for _ in range(CLIENTS)
        ]
        before = self.connections()
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        counts = [count - earlier for count, earlier in zip(self.connections(), before, strict=True)]
        self.assertGreaterEqual(sum(counts), SHORT_CONNECTIONS)
        self.assertLessEqual(max(counts), 2 * min(counts), counts)

    @needs("least-busy")
    def test_open_connections_are_shared_evenly(self):
        wires = [self.server.wire() for _ in range(OPEN_CONNECTIONS)]
        names = []
        for wire in wires:
            wire.send(request(body=SMALL_BODY))
            names.append(int(wire.response().header("X-Worker")))
        self.assertEqual([names.count(i) for i in range(WORKERS)], [OPEN_CONNECTIONS // WORKERS] * WORKERS)
        for wire in wires:
            wire.socket.close()

    @needs("least-busy")
    def test_who_has_a_large_body_gets_no_new_connections(self):
        data = request(body=large_body())
        with self.server.wire() as large:
            large.send(data[:-1])
            self.server.wait_for_in_flight(1)
            small = [self.server.post("/ping", SMALL_BODY).header("X-Worker") for _ in range(30)]
            large.send(data[-1:])
            reply = large.response()
        self.assertEqual(reply.status, 200)
        self.assertNotIn(reply.header("X-Worker"), small)
        self.assertEqual(len(set(small)), WORKERS - 1)


if __name__ == "__main__":
    unittest.main()
