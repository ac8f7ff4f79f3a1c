"""GET /metrics: Prometheus' own judge likes it, and the figures agree with /stats."""

import re
import shutil
import subprocess
import unittest

from support import DEADLINE_S, MODE, MODEL_ENDPOINTS, SMALL_BODY, Server, until

SAMPLE = re.compile(r'^(?P<name>[a-z_]+)(?:\{(?P<labels>[^}]*)\})? (?P<value>\S+)$')
ASKED = 7


def parse(text):
    """{(name, labels): value}; every line must be a comment or a sample, none twice."""
    samples = {}
    for line in text.splitlines():
        if line.startswith("# "):
            continue
        match = SAMPLE.match(line)
        key = match["name"], match["labels"] or ""
        if key in samples:
            raise AssertionError(f"twice: {key}")
        samples[key] = float(match["value"])
    return samples


class Metrics(unittest.TestCase):
    """A server for each test, with some requests answered."""

    def setUp(self):
        self.server = self.enterContext(Server())
        for path in MODEL_ENDPOINTS:
            for _ in range(ASKED):
                self.assertEqual(self.server.post(path, SMALL_BODY).status, 200)
            self.assertEqual(self.server.post(path, b"x" * 100_000).status, 422)
        self.reply = self.server.get("/metrics")
        self.text = self.reply.body.decode()

    def test_it_is_text_of_the_format_0_0_4(self):
        self.assertEqual(self.reply.status, 200)
        self.assertEqual(self.reply.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8")
        self.assertTrue(self.text.endswith("\n"))
        self.assertEqual(self.server.ask(b"PUT /metrics HTTP/1.0\r\n\r\n").header("Content-Type"), "application/json")

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not installed: install the package prometheus")
    def test_promtool_finds_nothing(self):
        judged = subprocess.run(
            ["promtool", "check", "metrics"], input=self.text, capture_output=True, text=True,
            timeout=DEADLINE_S, check=False,
        )  # fmt: skip
        self.assertEqual((judged.returncode, judged.stdout + judged.stderr), (0, ""))

    def test_requests(self):
        samples = parse(self.text)
        self.assertEqual(samples["looplag_requests_total", 'status="200"'], ASKED * len(MODEL_ENDPOINTS))
        self.assertEqual(samples["looplag_requests_total", 'status="422"'], len(MODEL_ENDPOINTS))
        received = len(MODEL_ENDPOINTS) * (ASKED * len(SMALL_BODY) + 100_000)
        self.assertEqual(samples["looplag_body_received_bytes_total", ""], received)
        self.assertIn(("looplag_build_info", f'version="0.1.0",mode="{MODE}",poll="{self.server.poll}"'), samples)

    def test_histograms_grow_up_to_their_count(self):
        samples = parse(self.text)
        for path in MODEL_ENDPOINTS:
            for size, count in (("small", ASKED), ("medium", 1)):
                labels = f'endpoint="{path}",size="{size}",'
                buckets = [
                    value for (name, text), value in samples.items()
                    if name == "looplag_request_duration_seconds_bucket" and text.startswith(labels)
                ]  # fmt: skip
                self.assertEqual(buckets, sorted(buckets))
                self.assertEqual(buckets[-1], count)
                self.assertEqual(samples["looplag_request_duration_seconds_count", labels], count)
                self.assertGreater(samples["looplag_request_duration_seconds_sum", labels], 0)
        self.assertGreater(samples["looplag_loop_hold_seconds_count", ""], 0)

    def test_both_clocks_count_the_same_holds(self):
        """In the end: another thread may just be counting one."""

        def equal():
            samples = parse(self.server.get("/metrics").body.decode())
            wall, cpu = (samples[f"looplag_loop_hold_{clock}_count", ""] for clock in ("seconds", "cpu_seconds"))
            return wall == cpu

        until(equal, "the counts are equal")

    def test_workers_add_up(self):
        samples = parse(self.text)
        for name in ("requests", "connections", "starts"):
            by_worker = [value for (key, _), value in samples.items() if key == f"looplag_worker_{name}_total"]
            self.assertEqual(len(by_worker), len(self.server.stats()["workers"]))
            if name != "starts":
                self.assertGreaterEqual(sum(by_worker), (ASKED + 1) * len(MODEL_ENDPOINTS))


if __name__ == "__main__":
    unittest.main()
