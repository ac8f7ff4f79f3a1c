"""The access log on stderr, in the original's words, and what can't be smuggled into it."""

import re
import unittest

from support import (
    LOG_LINE, MODEL_ENDPOINTS, SMALL_BODY, OwnServerCase, PipedServer, Server, has, head, request, until,
)  # fmt: skip

HOST = "Host: test"


class AccessLog(unittest.TestCase):
    """A server for each test, so that each sees just its own lines."""

    def setUp(self):
        self.server = self.enterContext(Server("--max-name=1MB"))

    def lines(self, count):
        """All lines so far, parsed; there must be `count` of them and each in the format."""
        until(lambda: len(self.server.log_lines()) >= count, f"{count} lines in the log")
        raw = self.server.log_lines()
        self.assertEqual(len(raw), count, raw)
        matches = [LOG_LINE.match(line) for line in raw]
        self.assertNotIn(None, matches, raw)
        return matches

    def ask(self, request_id, path="/ping", body=SMALL_BODY):
        return self.server.ask(request("POST", path, body, [("X-Request-ID", request_id)]))

    def test_a_line_per_reply_with_the_reply_in_it(self):
        response = self.ask("small-000001")
        (line,) = self.lines(1)
        self.assertEqual(line["id"], "small-000001 ")
        self.assertEqual(line["path"], "/ping")
        self.assertIn(int(line["pid"]), self.server.pids())
        self.assertEqual(line["reply"], response.body.decode())
        self.assertLess(float(line["seconds"]), 10)

    def test_the_words_of_the_original(self):
        self.ask("small-000001")
        self.lines(1)
        (line,) = self.server.log_lines()
        pid = self.server.worker_pids()[0] if has("processes") else self.server.pid
        middle = f" - [PID {pid}] - INFO - small-000001  | return /ping | 0."
        self.assertIn(middle, line)

    def test_pong_has_a_begin_line_too(self):
        self.ask("pong-1", "/pong")
        begin, reply = self.lines(2)
        self.assertEqual((begin["id"], begin["begin"]), ("pong-1".ljust(13), "/pong"))
        self.assertEqual((reply["id"], reply["path"]), ("pong-1".ljust(13), "/pong"))

    def test_without_an_id_it_is_unknown(self):
        self.server.post("/ping", SMALL_BODY)
        self.assertEqual(self.lines(1)[0]["id"], "unknown".ljust(13))

    def test_refusals_are_logged(self):
        self.server.get("/nowhere")
        self.server.post("/ping", b"[")
        self.server.ask(head(HOST))
        self.assertCountEqual([line["path"] for line in self.lines(3)], ["/nowhere", "/ping", "/ping"])

    def test_a_body_is_never_logged(self):
        body = b'{"name": "n", "data": {"xSECRETx": 424242, "b": 2000000}, "y": "xSECRETx"}'
        for path in MODEL_ENDPOINTS:
            self.ask("id", path, body)
            self.ask("id", path, body[:-1])
        self.lines(2 * len(MODEL_ENDPOINTS) + 2)
        log = self.server.log_text()
        self.assertNotIn("xSECRETx", log)
        self.assertNotIn("424242", log)

    def test_a_long_name_is_cut(self):
        for count, letter in enumerate(("n", "ä", "𝄞"), 1):
            body = b'{"name": "%s", "data": {}}' % (letter * 100_000).encode()
            response = self.ask("id", "/ping", body)
            self.assertEqual(response.json()["name"], letter * 100_000)
            self.lines(count)
            line = self.server.log_lines()[-1]
            self.assertTrue(line.endswith(letter + "..."), line[-20:])
            self.assertLessEqual(len(line.encode()), 1024)

    def test_long_paths_and_ids_are_cut(self):
        self.ask("i" * 5000, "/" + "p" * 5000)
        self.lines(1)
        self.assertLess(len(self.server.log_lines()[0]), 1024)

    def test_a_path_cannot_forge_a_line(self):
        forged = "/ping%0a2026-01-01%2000:00:00,000%20-%20[PID%201]%20-%20INFO"
        for path in (forged, "/%0d%0a", "/%1b[2J", "/%00%07x", "/\x85", "/%c2%9b"):
            self.ask("id", path)
        for line in self.lines(6):
            self.assertTrue(line["path"].isascii() and line["path"].isprintable(), line)

    def test_a_request_id_cannot_forge_a_line(self):
        for bad in ("a\x1b[2Jb", "a\x7fb", "a\x0bb"):
            self.assertEqual(self.ask(bad).status, 400)
        self.assertEqual(self.ask("a\rb").status, 400)  # libmicrohttpd's: it is not in the log
        self.assertEqual(self.ask("a\tb").header("X-Request-ID"), "a?b")
        self.assertEqual(self.ask("\xe4\x9b").header("X-Request-ID"), "??")
        for line in self.lines(5):
            self.assertTrue(line["id"].isascii() and line["id"].isprintable(), line)

    def test_a_name_cannot_forge_a_line(self):
        body = rb'{"name": "a\n2026-01-01 00:00:00,000 - [PID 1] - INFO - x\r\u001b[2J", "data": {}}'
        self.assertEqual(self.ask("id", "/ping", body).status, 200)
        self.lines(1)
        self.assertNotIn("\x1b", self.server.log_text())

    def test_a_reply_stays_in_its_line(self):
        self.assertEqual(self.ask("id", "/ping", rb'{"name": "a\u009b2Jb\u00e9", "data": {}}').status, 200)
        self.assertEqual(self.server.get("/metrics").status, 200)
        # Two workers may write, in any order.
        metrics_line, json_line = sorted(self.lines(2), key=lambda line: line["path"])
        self.assertIn("a??2Jb\u00e9", json_line["reply"])
        self.assertTrue(metrics_line["reply"].isprintable(), metrics_line["reply"])

    def test_lines_of_many_connections_are_whole(self):
        wires = [self.server.wire() for _ in range(20)]
        for wire in wires:
            wire.send(request("POST", "/pong", SMALL_BODY) * 5)
        for wire in wires:
            with wire:
                self.assertEqual({wire.response().status for _ in range(5)}, {200})
        self.lines(200)


class UnreadLog(unittest.TestCase):
    """Nobody reads stderr: requests are answered all the same, and lines that are lost counted."""

    REQUESTS = 8000  # more than the pipe and the queue hold
    DROPPED = re.compile(r"^looplagd: (\d+) log lines dropped: ")

    def ask_many(self, server):
        """All in time for the deadline of a single one."""
        small = request("POST", "/ping", SMALL_BODY)
        with server.wire() as wire:
            for _ in range(self.REQUESTS // 50):
                wire.send(50 * small)
                self.assertEqual({wire.response().status for _ in range(50)}, {200})

    def test_drops_are_counted_and_told_when_it_is_read_again(self):
        server = PipedServer()
        self.ask_many(server)
        dropped = server.stats()["log"]["dropped"]
        self.assertGreater(dropped, 0)
        server.read_log()
        until(lambda: " log lines dropped: " in server.log_text(), "a line about the drops")
        server.terminate()
        server.reader.join()
        code = server.stop()
        lines = server.log_text().split("\n")[:-1]
        told = [int(match[1]) for line in lines if (match := self.DROPPED.match(line))]
        replies = [line for line in lines if LOG_LINE.match(line)]
        self.assertEqual((code, len(replies) + len(told)), (0, len(lines)))
        self.assertEqual(len(replies) + sum(told), self.REQUESTS + 1)
        # The question for the figure came after it.
        self.assertIn(sum(told) - dropped, (0, 1))

    def test_it_ends_although_nobody_reads(self):
        server = PipedServer()
        self.ask_many(server)
        self.assertEqual(server.stop(), 0)


class FullDisk(OwnServerCase):
    """Row 50: what can't be written is counted, and no request waits for it."""

    def test_row_50_lines_that_a_full_disk_does_not_take_are_counted(self):
        server = Server(stderr=open("/dev/full", "r+b", buffering=0))
        self.addCleanup(server.kill)
        for _ in range(20):
            self.assertEqual(server.post("/ping", SMALL_BODY).status, 200)
        until(lambda: server.stats()["log"]["dropped"] >= 20, "20 lines are counted")


class LogBodies(unittest.TestCase):
    """--log-bodies: the whole body in one line, in nobody else's words."""

    ODD = b'{"name": "a\\u000a\\\\", "data": {"x": 7}}\r\n \t'
    FORGED = b'"\n2026-01-01 00:00:00,000 - [PID 1] - INFO - x\x1b[2J\xc2\x9b\x7f\xff"'
    BODY_LINE = re.compile(r"^\d{4}-.* - INFO - (?P<id>.{13,64}) \| body (?P<path>\S+) \| (?P<body>.*)$")

    def bodies(self, server, count):
        """The logged bodies as (id, path, bytes), once there are `count` of them."""
        found = lambda: [m for line in server.log_lines() if (m := self.BODY_LINE.match(line))]
        until(lambda: len(found()) >= count, f"{count} bodies in the log")
        self.assertTrue(server.log_text().isascii())
        return [(m["id"].strip(), m["path"], self.read_body(m["body"])) for m in found()]

    @staticmethod
    def read_body(text):
        escape = re.compile(rb"\\(?:\\|x([0-9a-f]{2}))")
        return escape.sub(lambda m: bytes.fromhex(m[1].decode()) if m[1] else b"\\", text.encode())

    def test_bodies_are_whole_and_cannot_forge_a_line(self):
        large = b'{"name": "n", "data": {}, "more": "%s"}' % (b"m" * 3_000_000)
        asked = [("id", path, body) for path in MODEL_ENDPOINTS for body in (self.ODD, self.FORGED, large)]
        with Server("--log-bodies") as server:
            for request_id, path, body in asked:
                server.ask(request("POST", path, body, [("X-Request-ID", request_id)]))
            self.assertEqual(self.bodies(server, len(asked)), asked)
        odd = [line for line in server.log_lines() if not LOG_LINE.match(line) and not self.BODY_LINE.match(line)]
        self.assertEqual(len(odd), 1, "only the warning at the start")
        self.assertRegex(odd[0], "^looplagd: --log-bodies: .* never use this in production$")

    def test_what_is_refused_is_not_logged(self):
        with Server("--log-bodies", "--max-body=10") as server:
            self.assertEqual(server.post("/ping", SMALL_BODY).status, 413)
            self.assertEqual(server.ask(request("GET", "/healthz", b"hello")).status, 200)
            server.post("/ping", b"last")
            self.assertEqual(self.bodies(server, 1), [("unknown", "/ping", b"last")])

    def test_the_mistake_an_answer_waits_for_the_log(self):
        server = PipedServer("--log-bodies", "--max-name=2MB")
        body = b'{"name": "%s", "data": {}}' % (b"n" * 1_000_000)
        with server.wire() as wire:
            wire.send(request("POST", "/ping", body))
            until(lambda: server.unread() > 60_000, "a pipe full of the body")
            self.assertTrue(wire.is_silent())
            server.read_log()
            self.assertEqual(wire.response().status, 200)
        server.terminate()
        server.reader.join()
        self.assertEqual(server.stop(), 0)


class NoAccessLog(unittest.TestCase):
    """--no-access-log: stderr stays empty, also when things go wrong and at the end."""

    def test_stderr_is_empty(self):
        server = Server("--no-access-log")
        for path in MODEL_ENDPOINTS:
            self.assertEqual(server.post(path, SMALL_BODY).status, 200)
            self.assertEqual(server.post(path, b"x").status, 422)
        self.assertEqual(server.ask(head(HOST, "A : b")).status, 400)
        self.assertEqual(server.stop(), 0)
        self.assertEqual(server.log_text(), "")


if __name__ == "__main__":
    unittest.main()
