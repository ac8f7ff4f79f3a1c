"""Row 32: each allocation that a request makes fails once, in the server's code and in the libraries'."""

import os
import signal
import unittest

from failing import Failing, needs_failing_calls
from support import DEADLINE_S, MODEL_ENDPOINTS, SMALL_BODY, OwnServerCase, Server, WireClosed, head, lacks, needs, request, until

LONG = b'{"name": "%s", "data": {%s}}' % (b"n" * 20_000, b",".join(b'"key%d": %d' % (i, i) for i in range(20_000)))
CHUNKED = ("Host: test", "Transfer-Encoding: chunked")
# Which allocations of a request fail. A page is made of thousands that are alike: some of those.
NUMBERS = (*range(1, 50), *(50 * 2**power for power in range(20)))
PASSES = 4  # a leak shows in each of them
SMALL = request("POST", "/ping", SMALL_BODY)
FOR_A_CONNECTION = 24  # more than there are allocations before its request is read
PLACES = 66  # for the connections of two loops with --max-connections=1


def chunked(path, body):
    pieces = [body[at : at + 50_000] for at in range(0, len(body), 50_000)]
    sent = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return head(*CHUNKED, first=f"POST {path} HTTP/1.1") + sent + b"0\r\n\r\n"


def all_requests():
    """Each way through a server that takes bodies of 400 kB: what it is, its bytes, and its usual status."""
    requests = {
        "a page": (request("GET", "/healthz"), 200),
        "metrics": (request("GET", "/metrics"), 200),
        "stats": (request("GET", "/stats"), 200),
        "a refusal": (request("GET", "/none"), 404),
        "a refused body": (head("Host: test", "Content-Length: 99999999"), 413),
        "a deep body": (request("POST", "/ping", b"[" * 2000), 422),
        "one refused in its middle": (chunked("/stream", bytes(420_000)), 413),
    }
    for path in ("/", "/openapi.json", "/recent"):
        requests[path] = (request("GET", path), 200)
    for path in MODEL_ENDPOINTS:
        requests[f"small {path}"] = (request("POST", path, SMALL_BODY), 200)
        requests[f"wrong {path}"] = (request("POST", path, b"{}"), 422)
        requests[f"long {path}"] = (request("POST", path, LONG), 200)
        requests[f"chunked {path}"] = (chunked(path, LONG), 200)
    return requests


@needs_failing_calls
class Row32Allocations(OwnServerCase):
    """The reply is as ever or 503, or the connection is closed; and the server goes on."""

    def start(self, *arguments):
        self.failing = Failing(self)
        self.own = self.failing.start(Server, "--max-body=400kB", *arguments)
        self.addCleanup(self.own.kill)
        for wire in self.own.kept_wires():  # all its processes serve
            wire.socket.close()

    def ask(self, data):
        with self.own.wire() as wire:
            wire.send_while_taken(data)
            try:
                response = wire.response()
            except WireClosed:
                return None
        if response.body and response.header("Content-Type") == "application/json":
            response.json()  # whole, or nothing
        return response.status

    def fail_each(self, data, usual):
        """Returns how many allocations failed, one for each time that it was sent."""
        for count, number in enumerate(NUMBERS):
            self.failing.fail_at(number)
            status = self.ask(data)
            failed = self.failing.has_failed()
            self.failing.fail_at(0)
            self.assertIn(status, (usual, 503, None), number)
            if not failed:
                self.assertEqual(status, usual)
                return count
            self.assertEqual(self.ask(data), usual, number)
        raise AssertionError(f"more than {NUMBERS[-1]} allocations")

    def fail_all(self, requests):
        failed = {}
        for what, (data, usual) in requests.items():
            with self.subTest(what=what):
                failed[what] = self.fail_each(data, usual)
        return sum(failed.values())

    def blocks_when_idle(self):
        """Blocks that are allocated when nothing happens any more."""
        self.own.wait_until_idle()
        until(lambda: sum(worker["open"] for worker in self.own.stats()["workers"]) == 1, "one connection, our own")
        seen = []
        until(lambda: seen.append(self.failing.blocks()) or seen[-5:] == seen[-1:] * 5, "it stands still", pause=0.01)
        return seen[-1]

    def assert_ends_well(self):
        self.own.wait_until_idle()
        self.assertEqual({worker["starts"] for worker in self.own.stats()["workers"]}, {1})
        self.assertEqual(self.own.stats()["inflight_bytes"]["held"], 0)
        self.own.terminate()
        self.assertEqual(self.own.wait(), 0)

    def test_row_32_each_allocation_of_a_request_fails_once_and_nothing_leaks(self):
        """What is left after a round of failures is kept for later requests, and not more after a second one."""
        self.start("--max-connections-per-ip=900", "--large-limit=2", "--large-size=100kB")
        requests = all_requests()
        for what, (data, usual) in requests.items():
            self.assertEqual(self.ask(data), usual, what)
        blocks = []
        for _ in range(PASSES):
            failed = self.fail_all(requests)
            blocks.append(self.blocks_when_idle())
            if len(blocks) > 1 and blocks[-1] <= blocks[-2]:
                break
        else:
            self.fail(f"blocks allocated after each round: {blocks}")
        print(f"row 32: {failed} allocations failed")
        self.assertGreater(failed, len(requests))
        self.assert_ends_well()

    def lose_connections(self):
        """The numbers of those allocations without which there is no reply; each has failed for one connection."""
        lost = []
        for number in range(1, FOR_A_CONNECTION):
            self.failing.fail_at(number)
            if self.ask(SMALL) is None:
                lost.append(number)
        self.failing.fail_at(0)
        self.assertGreater(len(lost), 2)
        return lost

    def test_row_32_a_silent_connection_without_memory_is_ended(self):
        """Whatever it lacks: by its deadline at the latest, or at once."""
        self.start("--header-timeout=100ms")
        for number in range(1, 7):
            self.failing.fail_at(number)
            with self.own.wire() as wire:
                wire.rest()
        self.failing.fail_at(0)
        self.assertEqual(self.ask(SMALL), 200)
        self.assert_ends_well()

    @lacks("processes")
    @needs("least-busy")
    def test_row_32_a_connection_lost_for_want_of_memory_gives_its_place_back(self):
        """Each kind of loss comes more often than there are places."""
        self.start("--max-connections=1", "--workers=2")
        self.assertEqual(self.ask(SMALL), 200)
        lost = self.lose_connections()
        for number in lost * (PLACES + 1):
            self.failing.fail_at(number)
            self.ask(SMALL)
        self.failing.fail_at(0)
        self.assertEqual(self.ask(SMALL), 200)
        self.assert_ends_well()

    @needs("processes")
    def test_row_32_a_connection_lost_for_want_of_memory_keeps_no_process(self):
        """A process that is replaced ends when its connections have, long before the drain's deadline."""
        self.start(f"--drain-timeout={20 * DEADLINE_S:.0f}s")
        self.assertEqual(self.ask(SMALL), 200)
        before = self.own.worker_pids()
        self.lose_connections()
        os.kill(self.own.pid, signal.SIGHUP)
        until(lambda: not set(before) & set(self.own.worker_pids()), "all are replaced")
        self.assertEqual(self.ask(SMALL), 200)


if __name__ == "__main__":
    unittest.main()
