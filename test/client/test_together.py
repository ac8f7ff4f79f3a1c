"""contrib/load-together: one load from several machines by a launcher that exists, and one report that says what is missing."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

import schema
import support
from quiet import on_a_machine_that_runs

HERE = pathlib.Path(__file__).resolve().parent
TOGETHER = HERE.parent.parent / "contrib" / "load-together"
AS_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
# On one machine no remote shell is needed, and mpirun must not look for one.
MPI = {**AS_ROOT, "OMPI_MCA_plm": "isolated"}
LOAD = ("--duration=1", "--rounds=2", "--class=small:size=1KiB,rate=50")
# What is told of a machine, but for what a busy one leaves unsent at the end of a window.
AMISS = "missing|ended early|began"


def why_no_mpirun():
    """What keeps mpirun from running two programs here, or None."""
    if not shutil.which("mpirun"):
        return "mpirun is not installed: install the package openmpi-bin"
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(["mpirun", "-n", "2", "--oversubscribe", "true"], capture_output=True, text=True,
                                  timeout=30, check=False, env={**os.environ, **MPI, "TMPDIR": folder})  # fmt: skip
        except subprocess.TimeoutExpired:
            return "mpirun does not end here"
    return f"mpirun cannot run two programs here: {done.stderr[:300]}" if done.returncode else None


def spaces():
    """How to get network namespaces of one's own here, or None."""
    for words in (["unshare", "--net", "--mount", "--uts"],
                  ["unshare", "--user", "--map-root-user", "--net", "--mount", "--uts"]):  # fmt: skip
        script = "mount --make-rprivate / && mount -t tmpfs tmpfs /run && ip netns add x && ip link add to-x type veth peer name eth0 netns x"
        try:
            done = subprocess.run([*words, "sh", "-c", script], capture_output=True, timeout=20, check=False)
        except FileNotFoundError:
            return None
        if done.returncode == 0:
            return words
    return None


SPACES = spaces()
NO_SPACES = "no network namespaces here: they take root or user namespaces, and the package iproute2"
NO_MPIRUN = why_no_mpirun()


class TogetherTest(support.ClientTest):
    def setUp(self):
        super().setUp()
        self.results = self.folder / "results"

    def together(self, *arguments, **environment):
        return subprocess.run(
            [str(TOGETHER), str(self.results), *arguments],
            capture_output=True, text=True, timeout=support.LIMIT_S, check=False,
            env={**os.environ, "LOOPLAG": support.LOOPLAG, "START_IN": "3", **environment},
        )  # fmt: skip

    def in_time(self, run):
        """A run that all began at the same moment: a busy machine may need more time than the first to start them."""
        for start_in in ("5", "40"):
            shutil.rmtree(self.results, ignore_errors=True)
            done = run(start_in)
            if "began" not in done.stdout:
                break
        return done

    def merged(self):
        """The report of what the machines wrote, as JSON."""
        done = support.looplag("report", "--partial", "--format=json", *map(str, sorted(self.results.glob("*.json"))))
        document = json.loads(done.stdout)
        schema.check_result(document)
        return document

    @unittest.skipIf(NO_MPIRUN, NO_MPIRUN)
    def test_mpirun(self):
        with support.FakeServer(support.only_posts(lambda handler, _: support.reply(handler))) as server:
            done = self.in_time(lambda start_in: self.together(
                "mpirun", "-n", "2", "--oversubscribe", "--", "--base-url", server.url, *LOAD,
                TMPDIR=str(self.folder), START_IN=start_in, **MPI,
            ))  # fmt: skip
        self.assertIn(done.returncode, support.DONE, done.stderr)
        self.assertEqual(len(list(self.results.glob("*-[01].json"))), 2)
        self.assertNotRegex(done.stdout, AMISS)
        document = self.merged()
        self.assertEqual([part["errors"] for part in document["parts"]], [{}] * 2)
        (cell,) = document["cells"]
        self.assertEqual(cell["planned"], 100)

    def launcher(self, script):
        """A launcher of a few lines, which runs "$@" as machine 0 and 1."""
        path = self.folder / "launcher"
        path.write_text("#!/bin/sh\nexport SLURM_NTASKS=2\n" + script)
        path.chmod(0o755)
        return str(path)

    def test_what_is_missing_is_told(self):
        """Machine 1 fails before it has measured anything; the report is of machine 0."""
        launcher = self.launcher(
            'SLURM_PROCID=0 "$@" &\n'
            'SLURM_PROCID=1 "$@" --no-such-flag\n'
            "wait\n"
        )
        with support.FakeServer(support.only_posts(lambda handler, _: support.reply(handler))) as server:
            done = self.together(launcher, "--", "--base-url", server.url, *LOAD)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("looplag ended with 2 on", done.stderr)
        self.assertRegex(support.unbroken(done.stdout), r"\S+-1\.json: missing \(it is empty\)")
        (cell,) = self.merged()["cells"]
        self.assertEqual(cell["planned"], 50)

    def test_a_machine_that_never_began_is_told(self):
        launcher = self.launcher('SLURM_PROCID=0 "$@"\nexit 3\n')
        with support.FakeServer(support.only_posts(lambda handler, _: support.reply(handler))) as server:
            done = self.together(launcher, "--", "--base-url", server.url, *LOAD)
        self.assertIn("the launcher ended with 3", done.stderr)
        self.assertIn("only 1 of 2 machines have begun", done.stderr)
        self.assertIn("small", done.stdout)

    def test_ctrl_c_reports_what_was_measured(self):
        launcher = self.launcher(
            'trap : INT\nSLURM_PROCID=0 "$@" & a=$!\nSLURM_PROCID=1 "$@" & b=$!\n'
            "wait\nkill -TERM $a $b\nwait\n"
        )
        both = threading.Semaphore(0)
        seen = {"small-000000"}, set()

        def answer(handler, request):
            """Each machine has sent what comes a second time; what is tried does not count."""
            with handler.server.lock:
                number = request.headers["x-request-id"]
                if number in seen[0]:
                    seen[1].add(number)
                seen[0].add(number)
                if len(seen[1]) > 10:
                    both.release()
            return support.reply(handler)

        with support.FakeServer(support.only_posts(answer)) as server:
            process = subprocess.Popen(
                [str(TOGETHER), str(self.results), launcher, "--", "--base-url", server.url, "--duration=60",
                 "--class=small:size=1KiB,rate=50"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
                env={**os.environ, "LOOPLAG": support.LOOPLAG, "START_IN": "2"},
            )  # fmt: skip
            self.addCleanup(lambda: process.poll() is None and os.killpg(process.pid, signal.SIGKILL))
            self.assertTrue(both.acquire(timeout=support.LIMIT_S))
            os.killpg(process.pid, signal.SIGINT)
            told, _ = process.communicate(timeout=support.LIMIT_S)
        told = support.unbroken(told)
        for number in (0, 1):
            self.assertRegex(told, rf"\S+-{number}\.json: ended early, [\d.]+ of 60 s were measured")
        self.assertIn("small", told)

    def test_usage(self):
        for arguments, told in (
            (("mpirun", "load"), "-- is missing"),
            (("--",), "usage: load-together FOLDER"),
        ):
            done = self.together(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(told, done.stderr)
        (self.results / "old.json").write_text("{}")
        done = self.together("sh", "--", "x")
        self.assertIn("is not empty", done.stderr)

    def on_hosts(self, case):
        """The report of a load from two hosts that are network namespaces."""
        words = [*SPACES, sys.executable, str(HERE / "hosts.py"), case, str(self.results), str(TOGETHER), support.LOOPLAGD]
        done = self.in_time(lambda start_in: subprocess.run(
            words, capture_output=True, text=True, timeout=support.LIMIT_S, check=False,
            env={**os.environ, "LOOPLAG": support.LOOPLAG, "TMPDIR": str(self.folder), "START_IN": start_in, **AS_ROOT},
        ))  # fmt: skip
        self.assertIn(done.returncode, support.DONE, done.stderr)
        return done

    @unittest.skipIf(NO_MPIRUN, NO_MPIRUN)
    @unittest.skipUnless(SPACES, NO_SPACES)
    def test_mpirun_on_two_hosts(self):
        """The recipe as it stands in docs/scaling.md; in place of ssh mpirun has what enters a namespace."""
        done = self.on_hosts("mpirun")
        self.assertNotRegex(done.stdout, AMISS)
        document = self.merged()
        self.assertEqual(sorted(pathlib.Path(part["file"]).name for part in document["parts"]), sorted(
            path.name for path in self.results.glob("h[12]-[01].json")))  # fmt: skip
        self.assertEqual([part["errors"] for part in document["parts"]], [{}] * 2)
        self.assertGreater(min(part["ok"] for part in document["parts"]), 25)  # a busy machine leaves some unsent

    @unittest.skipUnless(SPACES, NO_SPACES)
    @on_a_machine_that_runs
    def test_a_cut_link_is_told(self):
        """Host 2's link is cut in the run: its requests are without a reply from then on, and host 1's are not."""
        done = self.on_hosts("cut")
        told = support.unbroken(done.stdout)
        self.assertRegex(told, r"h2-1\.json: \d+ of 150 requests were left without a good reply, "
                               r"between \d\d:\d\d:\d\d and \d\d:\d\d:\d\d UTC: \d+ errors \(")  # fmt: skip
        self.assertNotIn("h1-0.json", told)
        document = self.merged()
        h1, h2 = document["parts"]
        self.assertEqual((pathlib.Path(h1["file"]).name, h1["ok"], h1["errors"]), ("h1-0.json", 150, {}))
        self.assertLess(h2["ok"], 150)
        self.assertGreater(h2["ok"], 0)
        self.assertGreater(h2["failing_from"], h2["from"])  # not from the beginning
        (cell,) = document["cells"]
        self.assertEqual(cell["planned"], 300)


if __name__ == "__main__":
    unittest.main()
