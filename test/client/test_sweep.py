"""sweep: the largest load with which the small class keeps its objectives, in a sentence."""

import copy
import json
import shlex
import signal
import subprocess
import sys
import unittest

import schema
import support
from quiet import on_a_machine_that_runs, unjudged_under_sanitizers

# One loop: bodies from 500 kB to 2 MB hold it for 0.2 s; over 3 MB they are refused.
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
        if 500_000 < length < 2_000_000:
            time.sleep(0.2)
        self.send_response(413 if length > 3_000_000 else 200)
        self.send_header("Content-Length", "0"); self.end_headers()
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1]) if sys.argv[1:2] and sys.argv[1].isdigit() else 0), Handler)
server.socket.listen(256)
print(f"listening on http://127.0.0.1:{server.server_address[1]} (mode select, fake)", flush=True)
server.serve_forever()
"""


@unjudged_under_sanitizers
class SweepTest(support.ClientTest):
    def setUp(self):
        super().setUp()
        self.server = self.folder / "looplagd"
        self.server.write_text(SERVER)
        self.server.chmod(0o755)

    def sweep(self, *arguments, codes=(0, 98)):
        """With small requests every 10 ms, and large ones 100 ms after each reply."""
        return self.sweep_plainly("--small-interval=10ms", "--large-interval=100ms", *arguments, codes=codes)

    def sweep_plainly(self, *arguments, codes=(0, 98)):
        done = support.looplag(
            "sweep", "--server", str(self.server), "--modes=select", "--quiet", "--duration=1.5", "--rounds=1",
            *(() if "-o" in arguments else ("--format=markdown",)), *arguments,
        )  # fmt: skip
        self.assertIn(done.returncode, codes, done.stderr)
        self.told, self.out = done.stderr, done.stdout
        rows = [line for line in done.stdout.split("Response times", 1)[-1].splitlines() if line[:1] == "|"][2:]
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
        self.assertEqual(document["thresholds"], [{"objective": "small:p90<100ms", "class": "small",
                                                   "percent": 90, "limit_ms": 100}])  # fmt: skip
        steps = document["steps"]
        self.assertEqual([(step["size"], step["kept"]) for step in steps],
                         [("1KB", True), ("100KB", True), ("1MB", False)])  # fmt: skip
        self.assertEqual([step["amount"] for step in steps], [1000, 100_000, 1_000_000])
        self.assertEqual([(step["small"]["heavy"], step["large"]["heavy"]) for step in steps], [(False, True)] * 3)
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
        self.assertEqual((limit["kind"], limit["kept"], limit["next"]), ("found", "100KB", "1MB"))
        self.assertEqual(document["vary"], {"class": "large", "key": "size", "between": False,
                                            "values": ["1KB", "100KB", "1MB"]})  # fmt: skip
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
    def test_the_limit_between_two_values(self):
        path = self.folder / "sweep.json"
        told = self.sweep("--between=1500KB..100KB", "--precision=50%", "--slo=small:p90<100ms",
                          "-o", str(path))  # fmt: skip
        document = json.loads(path.read_text())
        schema.check_sweep(document)
        (limit,) = document["limits"]
        sizes = {step["value"]: step["size_bytes"] for step in document["steps"]}
        self.assertEqual(limit["kind"], "found", limit)
        self.assertLess(sizes[limit["kept"]], 500_000)
        self.assertGreater(sizes[limit["next"]], 500_000)
        self.assertLess(sizes[limit["next"]] / sizes[limit["kept"]], 1.51)
        self.assertEqual(document["vary"]["values"], ["100KB", "1500KB"])
        self.assertLessEqual(len(sizes), 5)
        self.assertIn(f"kept up to {limit['kept']}, so a body limit of that is safe; "
                      f"with bodies of {limit['next']} small:p90<100ms was not met", support.unbroken(told))  # fmt: skip

    @on_a_machine_that_runs
    def test_what_fails_with_less_and_passes_with_more_shows_no_limit(self):
        told = self.sweep("--sizes=1KB,1MB,2500KB", "--slo=small:p90<100ms")
        self.assertIn("was not kept with bodies of 1MB", told)
        self.assertIn("but was with bodies of 2500KB: the limit is not shown", told)
        self.assertNotIn("safe", told)

    def dimension(self, vary, load, kept, *more):
        """A large request holds the loop for 0.2 s; with the second value it is held most of the time."""
        path = self.folder / "sweep.json"
        told = self.sweep_plainly(f"--vary={vary}", "--large-size=1MB", "--slo=small:p50<50ms", *more, "-o", str(path))
        document = json.loads(path.read_text())
        schema.check_sweep(document)
        self.assertIn(load, told)
        self.assertIn(f"small:p50<50ms is kept {kept}", told)
        self.assertIsNone(document["limits"][0]["safe_size"])
        self.assertIsNone(document["steps"][0]["size"])

    @on_a_machine_that_runs
    def test_connections(self):
        self.dimension("large.conns=1,6", "Large: 1.0 MB, each number of clients, 1 s after each reply.",
                       "up to 1 at a time", "--large-interval=1")  # fmt: skip

    @on_a_machine_that_runs
    def test_a_rate(self):
        self.dimension("large.rate=0.4,5", "Large: 1.0 MB, at each rate.", "up to 0.4 a second")

    @on_a_machine_that_runs
    def test_an_interval(self):
        self.dimension("large.interval=2,0", "Large: 1.0 MB, one client, each interval after a reply.", "down to 2;")

    @on_a_machine_that_runs
    def test_classes_of_ones_own(self):
        path = self.folder / "sweep.json"
        told = self.sweep_plainly(
            "--class=api:size=1KB,rate=100", "--class=up:size=1MB,arrival=closed", "--vary=up.interval=2,0",
            "--slo=api:p50<50ms", "-o", str(path),
        )  # fmt: skip
        document = json.loads(path.read_text())
        schema.check_sweep(document)
        self.assertEqual(set(document["steps"][0]["classes"]), {"api", "up"})
        self.assertIn("Api: 1.0 kB, 100 a second. Up: 1.0 MB, one client, each interval after a reply.", told)
        self.assertIn("api:p50<50ms is kept down to 2; with an interval of 0 api:p50<50ms was not met", told)

    @on_a_machine_that_runs
    def test_the_answer_fits_a_screen(self):
        """Four systems, and a table of every value only when it is asked for."""
        more = ("--modes=select,threads", "--system=a third:--a", "--system=a fourth:--b", "--sizes=1KB,1MB",
                "--slo=small:p90<100ms", "--duration=0.3", "--format=text")  # fmt: skip
        self.sweep(*more)
        lines = self.out.splitlines()
        self.assertLessEqual(len(lines), 24, self.out)
        self.assertLessEqual(max(map(len, lines)), 80, self.out)
        self.assertNotIn("Median", self.out)
        self.sweep(*more, "--details")
        self.assertIn("Median", self.out)

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
    def test_a_server_of_ones_own(self):
        """One that is started, and the same one that runs already: looplagd is not needed, nor looked for."""
        server = subprocess.Popen([sys.executable, str(self.server)], stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        url = server.stdout.readline().split()[2]
        path = self.folder / "sweep.json"
        done = support.looplag(
            "sweep", "--server=/nowhere", "--quiet", "--target", f"there:{url}/any",
            "--start", f"mine:{shlex.quote(sys.executable)} {shlex.quote(str(self.server))} {{port}}",
            "--sizes=1KB,1MB", "--slo=small:p90<100ms", "--duration=1.5", "--rounds=1", "--small-interval=10ms",
            "--large-interval=100ms", "-o", str(path),
        )  # fmt: skip
        self.assertIn(done.returncode, support.DONE, done.stderr)
        document = json.loads(path.read_text())
        schema.check_sweep(document)
        self.assertEqual([(limit["mode"], limit["kept"], limit["next"]) for limit in document["limits"]],
                         [("there", "1KB", "1MB"), ("mine", "1KB", "1MB")])  # fmt: skip

    def test_a_plan_is_the_same_sweep(self):
        flags = ("--target=a:http://127.0.0.1:9/x", "--between=1MB..5MB", "--precision=5%", "--print-plan")
        done = support.looplag("sweep", *flags)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        plan = self.folder / "plan.json"
        plan.write_text(done.stdout)
        again = support.looplag("sweep", "--plan", str(plan), "--print-plan")
        self.assertEqual((again.returncode, again.stderr, again.stdout), (0, "", done.stdout))

    @on_a_machine_that_runs
    def test_with_looplagd_in_two_modes(self):
        self.server = support.LOOPLAGD
        told = self.sweep("--sizes=1KB,200KB", "--modes=select,threads", "--slo=small:p50<1s", "--rounds=3")
        for mode in ("select", "threads"):
            self.assertIn(f"{mode} /ping: small:p50<1s is kept with every size", told)

    def test_a_server_that_does_not_start_is_all_that_is_told(self):
        for form in ("text", "json"):
            told = self.sweep("--system=odd:--max-body=odd", "--sizes=1KB,1MB", f"--format={form}", codes=(1,))
            self.assertEqual(told, "")
            self.assert_one_line(self.told, "odd /ping: looplagd ended with exit code 1: no luck today")

    def test_an_interrupt_tells_what_was_measured(self):
        """Of nothing, no file is written: an older one keeps its content."""
        old = self.folder / "old.json"
        old.write_text("kept")
        for arguments, answer in (((), "nothing was measured"), (("-o", str(old)), "")):
            client = subprocess.Popen(
                [support.LOOPLAG, "sweep", "--server", str(self.server), "--modes=select", "--duration=30",
                 "--sizes=1KB,2KB", *arguments],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
            self.addCleanup(client.kill)
            self.assertTrue(support.wait_until(lambda: client.poll() is not None or support.is_sending(client.pid)))
            client.send_signal(signal.SIGINT)
            out, told = client.communicate(timeout=support.LIMIT_S)
            self.assertEqual(client.returncode, 130, told)
            self.assertIn(answer, out)
        self.assertEqual(old.read_text(), "kept")


if __name__ == "__main__":
    unittest.main()
