"""GET /, /docs and /recent: the pages and what they ask for, as bytes and headers. test/pages looks at them in a browser."""

import base64
import hashlib
import re
import unittest

from support import MODE, MODEL_ENDPOINTS, SMALL_BODY, Server, ServerCase, lacks, request, until

PAGES = ("/", "/docs")
RECENT = ["version", "mode", "poll", "serving", "endpoints", "pid", "draining", "uptime_ms", "recent_ms", "in_flight", "workers"]
WORKER = ["worker", "pid", "open", "in_flight", "requests", "recent"]


def policy_of(response):
    """The Content-Security-Policy by directive."""
    words = [directive.split() for directive in response.header("Content-Security-Policy").split(";")]
    return {name: values for name, *values in words}


class Pages(ServerCase):
    def test_pages_are_html(self):
        for path in PAGES:
            response = self.server.get(path)
            self.assertEqual((response.status, response.header("Content-Type")), (200, "text/html; charset=utf-8"))
            self.assertEqual(response.body[:15], b"<!doctype html>")
            self.assertEqual(response.header("X-Content-Type-Options"), "nosniff")

    def test_a_page_runs_and_asks_nothing_but_its_own(self):
        for path in PAGES:
            response = self.server.get(path)
            policy = policy_of(response)
            text = response.body.decode()
            for directive, tag in (("script-src", "script"), ("style-src", "style")):
                parts = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.S)
                hashes = [base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in parts]
                self.assertGreater(len(parts), 0)
                self.assertEqual(policy.pop(directive), [f"'sha256-{each}'" for each in hashes])
            none = ["'none'"]
            self.assertEqual(policy, {"default-src": none, "connect-src": ["'self'"], "img-src": ["data:"],
                                      "base-uri": none, "form-action": none, "frame-ancestors": none})  # fmt: skip
            self.assertNotRegex(text, r"<script src|<link rel=.stylesheet|<iframe| style=|\son\w+=|eval\(|innerHTML")
            self.assertEqual(set(re.findall(r"https?://[\w.]+", text)), {"http://www.w3.org"})  # an icon's name space

    def test_head_has_the_headers_and_no_body(self):
        for path in (*PAGES, "/recent", "/openapi.json"):
            with self.server.wire() as wire:
                wire.send(request("HEAD", path) + request("GET", path))
                first, second = wire.response(only_head=True), wire.response()
            self.assertEqual((first.status, second.status), (200, 200))
            for name in ("Content-Type", "Content-Security-Policy"):
                self.assertEqual(first.header(name), second.header(name))
            if path in PAGES:
                self.assertEqual(first.header("Content-Length"), second.header("Content-Length"))

    def test_wrong_methods_are_405(self):
        for path in (*PAGES, "/recent", "/openapi.json"):
            response = self.server.post(path, SMALL_BODY)
            self.assertEqual((response.status, response.header("Allow")), (405, "GET, HEAD"))
            self.assertIsNone(response.header("Content-Security-Policy"))

    def test_a_reply_has_nothing_of_a_page_before_it(self):
        with self.server.wire() as wire:
            for path, is_page in (("/", True), ("/recent", False), ("/docs", True), ("/docs", True), ("/healthz", False)):
                wire.send(request("GET", path))
                response = wire.response()
                self.assertEqual((response.status, response.closes), (200, False))
                self.assertEqual(response.header("Content-Security-Policy") is not None, is_page)
                self.assertEqual("html" in response.header("Content-Type"), is_page)

    def test_the_root_of_an_absolute_target_is_the_live_page(self):
        for target in ("http://somewhere", "http://somewhere/"):
            self.assertIn(b"<!doctype html>", self.server.get(target).body)

    def test_no_page_switches_pages_off_and_nothing_else(self):
        with Server("--no-page") as server:
            for path in PAGES:
                response = server.get(path)
                self.assertEqual((response.status, response.json()), (404, {"detail": "Not Found"}))
            for path in ("/recent", "/openapi.json", "/stats"):
                self.assertEqual(server.get(path).status, 200)


class Recent(unittest.TestCase):
    """A server for each test: nothing happened before."""

    def setUp(self):
        self.server = self.enterContext(Server())

    def recent(self):
        response = self.server.get("/recent")
        self.assertEqual((response.status, response.header("Content-Type")), (200, "application/json"))
        return response.json()

    def longest(self, place):
        """The longest hold (1) or answer (2) of all workers that is still told."""
        return max((row[place] for worker in self.recent()["workers"] for row in worker["recent"]), default=0)

    def test_shape(self):
        recent = self.recent()
        stats = self.server.stats()
        self.assertEqual(list(recent), RECENT)
        self.assertEqual((recent["mode"], recent["draining"], recent["in_flight"]), (MODE, False, 1))
        self.assertEqual((recent["serving"], recent["pid"]), (stats["serving"], self.server.pid))
        self.assertEqual(list(recent["endpoints"]), list(stats["endpoints"]))
        for path in MODEL_ENDPOINTS:
            self.assertGreater(len(recent["endpoints"][path].pop("summary")), 10)
            self.assertEqual(recent["endpoints"][path], stats["endpoints"][path])
        self.assertEqual(len(recent["workers"]), len(stats["workers"]))
        for worker in recent["workers"]:
            self.assertEqual(list(worker), WORKER)

    def test_a_long_answer_is_told_and_when_it_ended(self):
        self.server.post("/ping", b'{"name": "n", "data": {}, "x": [%s0]}' % (b"0," * 1_000_000))
        recent = until(lambda: self.longest(2) and self.recent(), "a long answer is told")
        rows = [row for worker in recent["workers"] for row in worker["recent"]]
        for ago, hold, answer in rows:
            self.assertTrue(0 <= ago <= recent["recent_ms"], ago)
            self.assertTrue(hold or answer)
        latency = self.server.stats()["latency_ms"]["/ping"]["medium"]["max"]
        self.assertAlmostEqual(max(row[2] for row in rows), latency, delta=0.02 * latency + 0.002)

    @lacks("handlers")
    def test_the_longest_hold_is_the_one_of_stats(self):
        self.server.post("/ping", b'{"name": "n", "data": {}, "x": [%s0]}' % (b"0," * 1_000_000))

        def are_alike():
            longest = self.longest(1)
            told = self.server.stats()["loop_hold_ms"]["max"]
            return longest and abs(longest - told) <= 0.01 * told + 0.002

        until(are_alike, "both tell the same hold")

    def test_small_requests_are_not_in_it(self):
        """What is under a millisecond is not told, so an idle server's answer stays short."""
        for _ in range(20):
            self.server.post("/stream", SMALL_BODY)
        for worker in self.recent()["workers"]:
            for _, hold, answer in worker["recent"]:
                self.assertGreaterEqual(max(hold, answer), 1)

    def test_draining_is_told(self):
        with Server("--drain-delay=30s") as server:
            self.assertIs(server.get("/recent").json()["draining"], False)
            server.terminate()
            until(lambda: server.get("/recent").json()["draining"], "the drain is told")


if __name__ == "__main__":
    unittest.main()
