"""fuzz/fuzz.py: what the docs keep of the fuzzers' executions is added to, and says what is missing."""

import pathlib
import sys
import tempfile
import unittest
import unittest.mock

sys.path.append(str(pathlib.Path(__file__).parent / "fuzz"))
import fuzz

TARGETS = [fuzz.Target("quick", bar=1000), fuzz.Target("slow", bar=100), fuzz.Target("done", bar=5)]


class Ledger(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.enterContext(unittest.mock.patch.object(fuzz.runs, "FOLDER", pathlib.Path(folder)))
        self.enterContext(unittest.mock.patch.object(fuzz.keep.docs, "write"))
        self.enterContext(unittest.mock.patch.object(fuzz, "TARGETS", TARGETS))

    def add(self, target, executions, seconds):
        outcome = fuzz.Outcome(target)
        outcome.executions, outcome.watched, outcome.seconds = executions, executions // 2, seconds
        ledger = fuzz.Ledger()
        ledger.add(outcome)
        ledger.keep()

    def test_executions_of_all_runs_are_added_up(self):
        for executions in (400, 1234, 5):
            self.add(TARGETS[0], executions, 10)
        self.assertEqual(fuzz.Ledger().executed, {"quick": 1639, "slow": 0, "done": 0})
        self.assertEqual(fuzz.runs.read(fuzz.COMMAND)["table"], [
            fuzz.Ledger.HEADINGS, ["`quick`", "1,639", "819", "1,000", "0"], ["`slow`", "0", "0", "100", "0"],
            ["`done`", "0", "0", "5", "0"], ["all", "1,639", "819", "", ""]])  # fmt: skip

    def missing(self, jobs, run):
        """What ran, target and executions, where a run comes to what `run` says of these."""
        self.add(TARGETS[0], 400, 10)  # 15 s are missing
        self.add(TARGETS[1], 60, 60)  # 40 s
        self.add(TARGETS[2], 5, 10)
        ran = []
        ledger = fuzz.Ledger()

        def run_target(target, _arguments, _seconds, most):
            ran.append((target.name, most))
            return run(target, most)

        with unittest.mock.patch.object(fuzz, "run", run_target):
            for outcome in fuzz.run_missing(TARGETS, unittest.mock.Mock(time=60, jobs=jobs), ledger):
                ledger.add(outcome)
        return ran

    def outcome(self, target, executions, findings=()):
        outcome = fuzz.Outcome(target)
        outcome.executions, outcome.findings = executions, list(findings)
        return outcome

    def test_what_is_missing_runs_the_soonest_done_first_and_no_longer(self):
        self.assertEqual(self.missing(1, self.outcome), [("quick", 50)] * 12 + [("slow", 5)] * 8)

    def test_jobs_share_a_target_and_it_goes_on_until_it_is_done(self):
        ran = self.missing(2, lambda target, most: self.outcome(target, 100 * most))
        self.assertEqual(ran, [("quick", 25)] * 2 + [("slow", 3)] * 2)

    def test_a_target_that_always_fails_is_left(self):
        ran = self.missing(1, lambda target, most: self.outcome(target, 1, ["found"] * fuzz.FINDINGS_MOST))
        self.assertEqual(ran, [("quick", 50), ("slow", 5)])

    def test_the_start_of_a_program_is_no_rate(self):
        self.add(TARGETS[0], 1000, 10)
        self.add(TARGETS[0], 1, 1)
        self.assertEqual(fuzz.Ledger().rates["quick"], 100)

    def sessions(self, **folders):
        """Programs, longest input and executions, where 1,000 are wanted."""
        sessions = []

        def session(_target, _arguments, outcome, programs, longest, _left, most):
            sessions.append((programs, longest, most))
            outcome.executions += most
            return True

        with unittest.mock.patch.object(fuzz, "session", session):
            fuzz.run(TARGETS[0], unittest.mock.Mock(**folders), 100, 1000)
        return sessions

    def test_short_inputs_have_most_of_what_is_missing_and_the_fast_programs_most_of_them(self):
        self.assertEqual(self.sessions(build="b", fast="f"), [("f", 256, 900), ("b", 256, 90), ("b", 4096, 10)])
        self.assertEqual(self.sessions(build="b", fast=None), [("b", 256, 990), ("b", 4096, 10)])


class Kept(unittest.TestCase):
    def test_each_target_has_a_row(self):
        self.assertEqual(set(fuzz.Ledger().executed), {target.name for target in fuzz.TARGETS})


if __name__ == "__main__":
    unittest.main()
