"""--probe says whether an orchestrator would have restarted the server; --start-at waits."""

import datetime
import json
import signal
import subprocess
import threading
import time
import unittest

import support
from quiet import on_a_machine_that_runs

LOAD = ("--class=a:size=1KiB,rate=20",)


class ProbeTest(support.ClientTest):
    def probe(self, health, *arguments, duration="1.2"):
        """Measures a server whose GETs `health` answers; returns the result and the GETs."""
        checks = []

        def answer(handler, request):
            if request.method == "POST" or request.path == "/stats":
                return support.reply(handler)
            checks.append(request)
            return health(handler)

        with support.FakeServer(answer) as server:
            result = self.load(server.url, f"--duration={duration}", *LOAD, *arguments, code=(0, 98))
        return result["probe"], checks

    @on_a_machine_that_runs
    def test_a_healthy_server_stays(self):
        probe, checks = self.probe(support.reply, "--probe=period=100ms,timeout=1s,failures=3")
        self.assertFalse(probe["would_restart"])
        self.assertIsNone(probe["restart_after_s"])
        self.assertEqual((probe["failed"], probe["longest_failures"]), (0, 0))
        self.assertAlmostEqual(probe["sent"], 12, delta=3)
        self.assertEqual({check.path for check in checks}, {"/healthz"})
        self.assertEqual(len({check.connection for check in checks}), len(checks))
        self.assertIn("would not have restarted the server", self.table)

    @on_a_machine_that_runs
    def test_time_outs_restart(self):
        never = threading.Event()
        probe, _ = self.probe(
            lambda handler: never.wait(5), "--probe=period=200ms,timeout=100ms,failures=3,path=/x"
        )
        self.assertTrue(probe["would_restart"])
        self.assertEqual(probe["path"], "/x")
        self.assertAlmostEqual(probe["restart_after_s"], 0.5, delta=0.15)  # 2 periods and a time-out
        self.assertAlmostEqual(probe["slowest_ms"], 100, delta=60)
        self.assertIn("would have restarted the server after 0.", self.table)

    @on_a_machine_that_runs
    def test_errors_restart_too(self):
        probe, _ = self.probe(
            lambda handler: support.reply(handler, "503 Service Unavailable"),
            "--probe=period=100ms,failures=2",
        )
        self.assertTrue(probe["would_restart"])

    @on_a_machine_that_runs
    def test_now_and_then_is_no_restart(self):
        count = iter(range(1000))
        probe, _ = self.probe(
            lambda handler: support.reply(handler, "200 OK" if next(count) % 3 == 0 else "500 No"),
            "--probe=period=50ms,failures=3",
        )
        self.assertFalse(probe["would_restart"])
        self.assertEqual(probe["longest_failures"], 2)
        self.assertGreater(probe["failed"], 8)

    def test_the_end_does_not_wait_for_a_check(self):
        never = threading.Event()
        began = time.monotonic()
        probe, _ = self.probe(lambda handler: never.wait(30), "--probe=timeout=30s", duration="0.3")
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual((probe["sent"], probe["would_restart"]), (0, False))

    def test_without_it_there_is_none(self):
        probe, checks = self.probe(support.reply, duration="0.2")
        self.assertIsNone(probe)
        self.assertEqual(checks, [])

    def test_it_survives_a_report(self):
        probe, _ = self.probe(support.reply, "--probe=period=100ms", duration="0.5")
        done = support.looplag("report", str(self.folder / "result.json"), "--format=json")
        self.assertEqual(json.loads(done.stdout)["probe"], probe)


class StartTest(support.ClientTest):
    @on_a_machine_that_runs
    def test_several_clients_start_together(self):
        moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)
        when = moment.isoformat()
        with support.FakeServer(support.only_posts(lambda handler, _: support.reply(handler))) as server:
            clients = [
                subprocess.Popen(
                    [support.LOOPLAG, "load", "--base-url", server.url, "--quiet", "--format=json",
                     "--duration=200ms", "--start-at", when, *LOAD],
                    stdout=subprocess.PIPE, text=True,
                )
                for _ in range(2)
            ]  # fmt: skip
            results = [json.loads(client.communicate(timeout=support.LIMIT_S)[0]) for client in clients]
        for result in results:
            started = datetime.datetime.fromisoformat(result["started"].replace("Z", "+00:00"))
            self.assertAlmostEqual((started - moment).total_seconds(), 0.05, delta=0.15)

    def test_the_past_is_refused(self):
        done = support.looplag("load", "--start-at=2020-01-01T00:00:00Z")
        self.assertEqual(done.returncode, 2)
        self.assert_one_line(done.stderr, "--start-at", "a time to come")

    def test_an_interrupt_ends_the_wait(self):
        """Nothing was measured: an older file keeps its content, and a new one is not made."""
        old, new = self.folder / "old.json", self.folder / "new.json"
        old.write_text("kept")
        for out in (old, new):
            client = subprocess.Popen(
                [support.LOOPLAG, "load", "--start-at=+60s", "--no-try", *LOAD, "--base-url=http://127.0.0.1:9",
                 "-o", str(out)],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
            self.addCleanup(client.kill)
            told = client.stderr.readline()
            client.send_signal(signal.SIGINT)
            answer, rest = client.communicate(timeout=support.LIMIT_S / 4)
            self.assertEqual((client.returncode, answer), (130, ""))
            self.assert_one_line(told + rest, "starting at")
        self.assertEqual(old.read_text(), "kept")
        self.assertFalse(new.exists())


if __name__ == "__main__":
    unittest.main()
