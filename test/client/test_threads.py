"""Connections and threads: always a connection for an open class, and neither shared between classes."""

import collections
import json
import pathlib
import resource
import subprocess
import time
import unittest

import support
from quiet import on_a_machine_that_runs
from support import SANITIZED

HOLD_S = 3
RATE = 100 if SANITIZED else 250
# Each request in the stall needs a place in the server's backlog, and a file in the client.
BACKLOG = int(pathlib.Path("/proc/sys/net/core/somaxconn").read_text())
FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def truth(percent):
    """Of a server that holds everything for the first half of each 2 * HOLD_S seconds, in ms."""
    return HOLD_S * 1000 * (1 - (1 - percent / 100) / 0.5)


class StallTest(support.ClientTest):
    def setUp(self):
        super().setUp()
        server = subprocess.Popen(
            [support.STALL_SERVER, str(2000 * HOLD_S), str(1000 * HOLD_S)],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        self.addCleanup(server.stdout.close)
        self.url = server.stdout.readline().strip()

    def measure(self, more="", **options):
        out = self.folder / "result.json"
        done = support.looplag(
            "load", "--base-url", self.url, "--quiet", "--details", "-o", str(out), f"--duration={2 * HOLD_S}",
            f"--class=small:size=100B,rate={RATE}{more}", **options,
        )  # fmt: skip
        self.assertIn(done.returncode, (0, 98), done.stderr)
        (cell,) = json.loads(out.read_text())["cells"]
        self.assertEqual(cell["errors"], {})
        return cell, support.unbroken(done.stdout)

    @unittest.skipIf(BACKLOG < 1.1 * RATE * HOLD_S, f"somaxconn is {BACKLOG}")
    @unittest.skipIf(FILES < 1.1 * RATE * HOLD_S + 100, f"the limit of open files is {FILES}")
    @on_a_machine_that_runs
    def test_a_long_stall_makes_nobody_wait_for_a_connection(self):
        cell, told = self.measure()
        audit, response = cell["audit"], cell["response_ms"]
        self.assertEqual((cell["sent"], cell["ok"]), (2 * HOLD_S * RATE, 2 * HOLD_S * RATE))
        self.assertEqual((audit["thread_waits"], audit["longest_thread_wait_ms"]), (0, 0))
        self.assertEqual((audit["threads"], cell["connections"]), (1, 0))
        most = cell["connections_most"]
        self.assertGreater(most, 0.45 * RATE * HOLD_S)  # a run may begin amid a stall
        self.assertEqual(cell["connections_opened"], cell["sent"])
        self.assertIn(f"1 thread, at most {most} connections, 0 waited for one", told)
        for percent in (90, 95) if SANITIZED else (90, 95, 99):
            self.assertAlmostEqual(
                response[f"p{percent}"], truth(percent), delta=truth(percent) * 0.05
            )

    @on_a_machine_that_runs
    def test_conns_says_otherwise_and_the_waits_are_told(self):
        cell, told = self.measure(",conns=20")
        audit = cell["audit"]
        self.assertEqual((cell["connections"], cell["connections_most"]), (20, 20))
        self.assertGreater(audit["thread_waits"], RATE / 2)
        self.assertGreater(audit["longest_thread_wait_ms"], 300 * HOLD_S)
        self.assertLess(audit["longest_thread_wait_ms"], 1100 * HOLD_S)
        self.assertIn(f"{audit['thread_waits']} requests waited for a free connection", told)
        self.assertIn("conns=20 allows no more", told)
        self.assertIn(": raise conns= or lower the rate", told)

    @on_a_machine_that_runs
    def test_the_systems_limit_is_told(self):
        def few_files():
            resource.setrlimit(resource.RLIMIT_NOFILE, (219, 219))

        cell, told = self.measure(preexec_fn=few_files)
        self.assertEqual(cell["connections_most"], 150)
        self.assertGreater(cell["audit"]["thread_waits"], RATE / 2)
        self.assertIn("the system allowed 150 (open files, memory)", told)
        self.assertIn(": raise the limit of open files (ulimit -n)", told)

    @on_a_machine_that_runs
    def test_the_soft_limit_of_open_files_is_none(self):
        def few_at_first():
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, FILES))

        cell, _ = self.measure(preexec_fn=few_at_first)
        self.assertEqual(cell["audit"]["thread_waits"], 0)
        self.assertGreater(cell["connections_most"], 0.45 * RATE * HOLD_S)


class ApartTest(support.ClientTest):
    """Small and large share neither a connection nor a thread."""

    CLASSES = ("--class=small:size=1KiB,rate=100", "--class=large:size=1MB,interval=10ms,arrival=closed,conns=2")

    @on_a_machine_that_runs
    def test_no_connection_carries_two_classes(self):
        """Slow replies keep many connections of both classes open at once; --keepalive reuses them."""

        def slow(handler, request):
            time.sleep(0.03)
            return support.reply(handler)

        with support.FakeServer(support.only_posts(slow)) as server:
            self.load(server.url, "--duration=1.5", "--keepalive", *self.CLASSES)
            carried = collections.defaultdict(list)
            for request in server.requests:
                carried[request.connection].append(request.headers["x-request-id"].split("-")[0])
        self.assertEqual({name for names in carried.values() for name in names}, {"small", "large"})
        for connection, names in carried.items():
            self.assertEqual(len(set(names)), 1, (connection, names))
        self.assertGreater(max(len(names) for names in carried.values()), 5)  # they were reused
        small = sum(names[0] == "small" for names in carried.values())
        self.assertGreater(small, 2)
        self.assertEqual(len(carried) - small, 2)

    @on_a_machine_that_runs
    def test_no_thread_serves_two_classes(self):
        """Each thread is named by its class: one for many small requests, and one for each large."""

        def slow(handler, request):
            time.sleep(0.03)
            return support.reply(handler)

        with support.FakeServer(support.only_posts(slow)) as server:
            client = subprocess.Popen(
                [support.LOOPLAG, "load", "--base-url", server.url, "--quiet", "--no-try", "--duration=2",
                 "--keepalive", *self.CLASSES],
                stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            names = {}
            while client.poll() is None:
                for task in pathlib.Path(f"/proc/{client.pid}/task").glob("*/comm"):
                    try:
                        names.setdefault(task.parent.name, set()).add(task.read_text().strip())
                    except (FileNotFoundError, ProcessLookupError):
                        pass  # it has ended
                time.sleep(0.05)
            client.communicate(timeout=support.LIMIT_S)
        classes = collections.Counter()
        for task, told in names.items():
            told = {name for name in told if "-" in name}  # not what it was called before
            self.assertLessEqual(len(told), 1, (task, told))
            classes.update(name.rpartition("-")[0] for name in told)
        self.assertEqual(classes, {"small": 1, "large": 2, "looplag": 1})  # looplag-pulse


if __name__ == "__main__":
    unittest.main()
