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
        outcome.executions, outcome.seconds = executions, seconds
        fuzz.Ledger().add(outcome)

    def test_executions_of_all_runs_are_added_up(self):
        for executions in (400, 1234, 5):
            self.add(TARGETS[0], executions, 10)
        self.assertEqual(fuzz.Ledger().executed, {"quick": 1639, "slow": 0, "done": 0})
        self.assertEqual(fuzz.runs.read(fuzz.COMMAND)["table"], [
            fuzz.Ledger.HEADINGS, ["`quick`", "1,639", "1,000", "0"], ["`slow`", "0", "100", "0"], ["`done`", "0", "5", "0"],
            ["all", "1,639", "", ""]])  # fmt: skip

    def test_what_is_missing_runs_the_soonest_done_first_and_no_longer(self):
        self.add(TARGETS[0], 400, 1)  # 1.5 s are missing
        self.add(TARGETS[1], 90, 90)  # 10 s
        self.add(TARGETS[2], 5, 1)
        ran = []
        with unittest.mock.patch.object(fuzz, "run", lambda target, _, seconds, most: ran.append((target.name, most))):
            list(fuzz.run_missing(TARGETS, unittest.mock.Mock(time=60), fuzz.Ledger()))
        self.assertEqual(ran, [("quick", 600), ("slow", 10)])

    def test_short_inputs_have_most_of_what_is_missing(self):
        sessions = []

        def session(_target, _arguments, outcome, longest, _left, most):
            sessions.append((longest, most))
            outcome.executions += most
            return True

        with unittest.mock.patch.object(fuzz, "session", session):
            fuzz.run(TARGETS[0], None, 100, 1000)
        self.assertEqual(sessions, [(256, 750), (4096, 250)])


class Kept(unittest.TestCase):
    def test_each_target_has_a_row(self):
        self.assertEqual(set(fuzz.Ledger().executed), {target.name for target in fuzz.TARGETS})


if __name__ == "__main__":
    unittest.main()
