"""sweep: the largest body at which the small class keeps its objectives, in a sentence."""

import copy
import json
import os
import signal
import subprocess
import threading
import unittest

import schema
import support
from quiet import on_a_machine_that_runs

# One loop: bodies over 500 kB hold it for 0.2 s; over 3 MB they are refused.
SERVER = """#!/usr/bin/env python3
import http.server, os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
if {"--help", "--list-modes", "--list-endpoints"} & set(sys.argv):
    sys.exit()
if "--max-body=odd" in sys.argv:
    sys.exit("no luck today")
class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def do_POST(self):
        length = int(self.headers["Content-Length"])
        self.rfile.read(length)
        if 500_000 < length < 3_000_000:
            time.sleep(0.2)
        self.send_response(413 if length > 3_000_000 else 200)
        self.send_header("Content-Length", "0"); self.end_headers()
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
server.socket.listen(256)
print(f"listening on http://127.0.0.1:{server.server_address[1]} (mode select, fake)", flush=True)
server.serve_forever()
"""


class SweepTest(support.ClientTest):
    def setUp(self):
        super().setUp()
        self.server = self.folder / "looplagd"
        self.server.write_text(SERVER)
        self.server.chmod(0o755)

    def sweep(self, *arguments, codes=(0, 98)):
        done = support.looplag(
            "sweep", "--server", str(self.server), "--modes=select", "--quiet", "--duration=1.5",
            "--small-interval=10ms", "--large-interval=100ms",
            *(() if "-o" in arguments else ("--format=markdown",)), *arguments,
        )  # fmt: skip
        self.assertIn(done.returncode, codes, done.stderr)
        self.told = done.stderr
        rows = [line for line in done.stdout.splitlines() if line[:1] == "|"][2:]
        self.sizes = [row.split("|")[1].strip() for row in rows]
        return support.unbroken(done.stdout)

    @on_a_machine_that_runs
    def test_the_largest_that_keeps_it(self):
        told = self.sweep("--sizes=1KB,100KB,1MB", "--slo=small:p90<100ms")
        self.assertEqual(self.sizes, ["1KB", "100KB", "1MB"])
        self.assertIn("select /ping: small:p90<100ms is kept up to 100KB", told)
        self.assertIn("with bodies of 1MB small:p90<100ms was not met", told)

    @on_a_machine_that_runs
    def test_as_json(self):
        path = self.folder / "sweep.json"
        told = self.sweep("--sizes=1KB,100KB,1MB", "--slo=small:p90<100ms", "--format=json", "-o", str(path))
        told = " ".join(told.split())  # it is wrapped for the window
        document = json.loads(path.read_text())
        schema.check_sweep(document)
        self.assertIn("small:p90<100ms is kept up to 100KB", told)
        (limit,) = document["limits"]
        self.assertEqual((limit["mode"], limit["endpoint"], limit["safe_size"]), ("select", "/ping", "100KB"))
        self.assertIn(limit["sentence"], told)
        self.assertEqual(document["objectives"], ["small:p90<100ms"])
        steps = document["steps"]
        self.assertEqual([(step["size"], step["kept"]) for step in steps],
                         [("1KB", True), ("100KB", True), ("1MB", False)])  # fmt: skip
        self.assertEqual([step["outcome"] for step in steps], ["kept", "kept", "not kept"])
        self.assertEqual(
            document["load"],
            "Small: 1.1 kB, 100 a second. Large: each size, one client, 100 ms after each reply.",
        )
        self.assertIn(document["load"], told)
        self.assertEqual([step["reason"] is None for step in steps], [True, True, False])
        self.assertAlmostEqual(steps[2]["size_bytes"], 1_000_000, delta=1000)
        self.assertGreater(steps[2]["small"]["response_ms"]["p90"], 100)
        self.assertEqual(document["duration_s"], 1.5)
        broken = copy.deepcopy(document)
        del broken["steps"][0]["large"]["sent"]
        self.assertRaises(schema.Invalid, schema.check_sweep, broken)

    @on_a_machine_that_runs
    def test_as_a_text_file_and_no_other_format(self):
        path = self.folder / "sweep.txt"
        self.assertEqual(self.sweep("--sizes=1KB", "--slo=small:p90<10s", "-o", str(path)), "")
        self.assertIn("is kept with every size that was tried", path.read_text())
        done = support.looplag("sweep", "--format=csv")
        self.assertEqual(done.returncode, 2)
        self.assert_one_line(done.stderr, "a sweep is written as text, markdown or json")

    @on_a_machine_that_runs
    def test_all_and_none(self):
        told = self.sweep("--sizes=1KB,1MB", "--slo=small:p90<10s", "--slo=errors<50%")
        self.assertIn("small:p90<10s and errors<50% is kept with every size that was tried", told)
        told = self.sweep("--sizes=1KB", "--slo=small:max<1us")
        self.assertIn("not kept even with bodies of 1KB", told)

    @on_a_machine_that_runs
    def test_too_few_samples_conclude_nothing(self):
        """75 requests were all below the limit; their p99 is still not known, nor said to be kept."""
        told = self.sweep("--sizes=1KB", "--slo=small:p99<10s", "--duration=0.75")
        self.assertRegex(told, r"\| 1KB +\|.*can't tell \|")
        self.assertIn("small:p99<10s: too few samples, measure for longer. Nothing is concluded", told)
        self.assertNotIn("safe", told)

    @on_a_machine_that_runs
    def test_a_refused_body_is_no_safe_one(self):
        """Who answers 413 at once stalls nobody, and has not been measured either."""
        told = self.sweep("--sizes=1KB,4MB", "--slo=small:p90<1s")
        self.assertIn("kept up to 1KB", told)
        self.assertIn("with bodies of 4MB no large request was answered with success", told)

    @on_a_machine_that_runs
    def test_with_looplagd_in_two_modes(self):
        self.server = support.LOOPLAGD
        told = self.sweep("--sizes=1KB,200KB", "--modes=select,threads", "--slo=small:p50<1s")
        for mode in ("select", "threads"):
            self.assertIn(f"{mode} /ping: small:p50<1s is kept with every size", told)

    def test_a_server_that_does_not_start_is_all_that_is_told(self):
        for form in ("text", "json"):
            told = self.sweep("--system=odd:--max-body=odd", "--sizes=1KB,1MB", f"--format={form}", codes=(1,))
            self.assertEqual(told, "")
            self.assert_one_line(self.told, "odd /ping: looplagd ended with exit code 1: no luck today")

    def test_an_interrupt_tells_what_was_measured(self):
        client = subprocess.Popen(
            [support.LOOPLAG, "sweep", "--server", str(self.server), "--modes=select", "--duration=30",
             "--sizes=1KB,2KB"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        timer = threading.Timer(2, os.kill, (client.pid, signal.SIGINT))
        timer.start()
        out, told = client.communicate(timeout=60)
        self.assertEqual(client.returncode, 130, told)
        self.assertIn("nothing was measured", out)


if __name__ == "__main__":
    unittest.main()
