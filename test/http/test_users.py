"""Who sends what: figures of each user in /stats and /metrics, of all workers, and --user-limit."""

import os
import re
import signal
import unittest

from support import (
    SMALL_BODY,
    OwnServerCase,
    head,
    needs,
    request,
    until,
)

JSON = ("Content-Type", "application/json")
BY_HEADER = "--user-header=X-User"
LARGE = ("--large-limit=100", "--large-size=1MiB")
LARGE_BODY = b'{"name": "n", "data": {"a": 1}}' + b" " * (1 << 20)
LABELS = 50  # users with series of their own in /metrics
COUNTERS = ("requests", "large", "limited", "bytes", "held_seconds", "loop_seconds", "loop_square_seconds")


def post(user=None, body=SMALL_BODY, path="/ping"):
    return request("POST", path, body, (JSON, ("X-User", user)) if user is not None else (JSON,))


def announced(user, length=1 << 20):
    """The head alone of a request with a large body."""
    return head("Host: test", f"X-User: {user}", f"Content-Length: {length}")


class UserCase(OwnServerCase):
    def by_name(self, server):
        return {row["user"]: row for row in server.stats()["users"]["top"]}

    def until_counted(self, server, name, requests):
        """A request counts when all of it is over, a moment after its reply: the user's row then."""

        def row():
            found = self.by_name(server).get(name)
            return found if found and found["requests"] >= requests else None

        return until(row, f"{requests} requests of {name}")


class Counted(UserCase):
    def test_an_address_is_a_user(self):
        server = self.server()
        for body in (SMALL_BODY, SMALL_BODY, b" " * 70_000):
            server.ask(post(body=body))
        self.until_counted(server, "127.0.0.1", 3)
        users = server.stats()["users"]
        row = users["top"][0]
        self.assertEqual(users["named_by"], "address")
        self.assertEqual((row["user"], len(users["top"])), ("127.0.0.1", 1))
        self.assertEqual((row["bytes"], row["largest"]), (2 * len(SMALL_BODY) + 70_000, 70_000))
        self.assertEqual(len(row["sizes"]), len(users["size_bounds"]) + 1)
        self.assertEqual(sum(row["sizes"]), row["requests"])
        self.assertEqual(row["sizes"][users["size_bounds"].index(262144)], 1)
        self.assertGreater(row["held_seconds"], 0)
        self.assertEqual((row["error_seconds"], users["error_seconds"]), (0, 0))
        self.assertEqual(users["other"]["requests"], 0)

    def test_a_header_names_the_user(self):
        server = self.server(BY_HEADER, *LARGE)
        for user, body, path in (("alice", SMALL_BODY, "/ping"), ("bob", LARGE_BODY, "/stream"), ("bob", LARGE_BODY, "/ping")):
            self.assertEqual(server.ask(post(user, body, path)).status, 200)
        for raw in (post(), post("")):  # no name: the address
            server.ask(raw)
        server.ask(head("Host: test", "X-User: a", "X-User: b", "Content-Length: 0"))  # two names are none
        bob = self.until_counted(server, "bob", 2)
        alice = self.until_counted(server, "alice", 1)
        self.until_counted(server, "127.0.0.1", 3)
        self.assertEqual(server.stats()["users"]["named_by"], "header")
        self.assertEqual((bob["large"], bob["bytes"], bob["largest"]), (2, 2 * len(LARGE_BODY), len(LARGE_BODY)))
        self.assertEqual((alice["large"], alice["bytes"]), (0, len(SMALL_BODY)))
        self.assertGreater(bob["held_seconds"], alice["held_seconds"])
        self.assertNotIn("a", self.by_name(server))

    def test_names_are_bounded_and_shown_as_text(self):
        server = self.server(BY_HEADER)
        long = "x" * 5000
        names = {'quo"te\\{}': 'quo"te\\{}', "\xfc": "%FC", long: None, long + "y": None}
        for name in names:
            self.assertEqual(server.ask(post(name)).status, 200)
        until(lambda: sum(row["requests"] for row in self.by_name(server).values()) >= len(names), "all are counted")
        shown = self.by_name(server)
        for name in filter(None, names.values()):
            self.assertEqual(shown[name]["requests"], 1)
        cut = [name for name in shown if name.startswith("xxx")]
        self.assertEqual([len(name) for name in cut], [62, 62])
        metrics = server.get("/metrics").body.decode()
        self.assertIn('looplag_user_body_bytes_count{user="quo\\"te\\\\{}"} 1\n', metrics)
        for line in metrics.splitlines():
            self.assertRegex(line, r'^(#.*|looplag_\w+(\{(\w+="([^"\\\n]|\\["\\])*",?)+\})? \S+)$')

    def test_strangers_without_number_are_summed_up(self):
        """More names than are followed; nothing is lost, and who takes much is told (another may have been held up)."""
        server = self.server(BY_HEADER, *LARGE)
        names = 1300
        server.ask(post("heavy", LARGE_BODY))
        with server.wire() as wire:
            for first in range(0, names, 100):
                wire.send(b"".join(post(f"stranger {first + i}", b"", "/ping") for i in range(100)))
                for _ in range(100):
                    self.assertEqual(wire.response().status, 422)

        def users():
            told = server.stats()["users"]
            counted = sum(row["requests"] for row in told["top"]) + told["other"]["requests"]
            return told if counted >= names + 1 else None

        told = until(users, "all are counted")
        self.assertEqual(len(told["top"]), 1000)
        heavy = [row["requests"] for row in told["top"] if row["user"] == "heavy"]
        self.assertEqual(heavy, [1])
        self.assertGreater(told["error_seconds"], 0)
        self.assertGreater(told["other"]["requests"], 200)
        metrics = server.get("/metrics").body.decode()
        self.assertEqual(metrics.count("looplag_user_held_seconds_total{"), LABELS)
        others = float(re.search(r"^looplag_other_users_requests (\S+)$", metrics, re.MULTILINE)[1])
        self.assertGreaterEqual(others, names - LABELS)

    def test_all_workers_count(self):
        server = self.server(BY_HEADER, *LARGE)
        for _ in range(12):
            server.ask(post("alice"))
        row = self.until_counted(server, "alice", 12)
        self.assertEqual((row["requests"], row["bytes"]), (12, 12 * len(SMALL_BODY)))

    @needs("processes")
    def test_what_a_process_counted_stays_when_it_has_ended(self):
        server = self.server(BY_HEADER, *LARGE, "--drain-timeout=1s")
        for _ in range(12):
            server.ask(post("alice"))
        before = self.until_counted(server, "alice", 12)
        for number in range(2, 4):
            server.process.send_signal(signal.SIGHUP)
            until(lambda n=number: {w["starts"] for w in server.stats()["workers"]} == {n}, "all are replaced")
            until(lambda: len(server.worker_pids()) == 4, "the old ones have ended")
        after = self.by_name(server)["alice"]
        self.assertEqual([after[key] for key in COUNTERS], [before[key] for key in COUNTERS])
        server.ask(post("alice"))
        self.until_counted(server, "alice", 13)


class Limited(UserCase):
    def assert_too_many(self, reply):
        self.assertEqual((reply.status, reply.closes, reply.header("Retry-After")), (429, True, "1"))
        self.assertEqual(list(reply.json()), ["detail"])

    def test_large_bodies_of_one_user_at_a_time(self):
        server = self.server(BY_HEADER, "--large-size=1MiB", "--user-limit=2")
        held = [self.wire(server) for _ in range(2)]
        for wire in held:
            wire.send(announced("alice", len(LARGE_BODY)))
        server.wait_for_in_flight(2)
        for _ in range(3):  # only the head is sent
            with server.wire() as wire:
                wire.send(announced("alice"))
                self.assert_too_many(wire.response())
                self.assertEqual(wire.rest(), b"")
        self.assertEqual(server.ask(post("alice")).status, 200)
        self.assertEqual(server.ask(post("bob", LARGE_BODY)).status, 200)
        held[0].send(LARGE_BODY)
        self.assertEqual(held[0].response().status, 200)
        held[1].reset()  # who goes away gives its place back
        for _ in range(2):
            until(lambda: server.ask(post("alice", LARGE_BODY)).status == 200, "there is room again")
        stats = server.stats()
        self.assertEqual(stats["requests"]["by_status"]["429"], stats["limited"]["user_limit"])
        row = self.by_name(server)["alice"]
        self.assertEqual(row["limited"], stats["limited"]["user_limit"])
        self.assertGreaterEqual(row["limited"], 3)
        self.assertGreaterEqual(row["large"], row["limited"] + 2)
        self.assertIn('looplag_user_limited_total{user="alice"} ', server.get("/metrics").body.decode())

    def test_a_body_that_has_become_large(self):
        server = self.server(BY_HEADER, "--large-size=1MiB", "--user-limit=1")
        with server.wire() as first, server.wire() as second:
            first.send(announced("alice", len(LARGE_BODY)))
            server.wait_for_in_flight(1)
            second.send(head("Host: test", "X-User: alice", "Transfer-Encoding: chunked"))
            second.send_while_taken(b"100000\r\n" + b" " * (1 << 20) + b"\r\n" + b"80000\r\n" + b" " * (512 << 10) + b"\r\n")
            self.assert_too_many(second.response())
            first.send(LARGE_BODY)
            self.assertEqual(first.response().status, 200)
        self.assertEqual(server.stats()["limited"]["user_limit"], 1)

    def test_without_a_limit_nobody_is_refused(self):
        server = self.server(BY_HEADER, *LARGE)
        wires = [self.wire(server) for _ in range(3)]
        for wire in wires:
            wire.send(announced("alice", len(LARGE_BODY)))
        server.wait_for_in_flight(3)
        for wire in wires:
            wire.send(LARGE_BODY)
            self.assertEqual(wire.response().status, 200)

    @needs("processes")
    def test_a_process_that_is_killed_gives_its_places_back(self):
        server = self.server(BY_HEADER, "--large-size=1MiB", "--user-limit=1")
        wire = self.wire(server)
        wire.send(announced("alice", len(LARGE_BODY)))
        server.wait_for_in_flight(1)
        self.assert_too_many(server.ask(announced("alice")))
        for pid in server.worker_pids():
            os.kill(pid, signal.SIGKILL)
        until(lambda: server.ask(post("alice", LARGE_BODY)).status == 200, "there is room again")


if __name__ == "__main__":
    unittest.main()
