"""The last lines of the suite: every case counted once, and each skipped one with its reason."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SUMMARY = pathlib.Path(__file__).with_name("summary.py")
CMOCKA = """[==========] Running 3 test(s).
[ RUN      ] test_a
[       OK ] test_a
[ RUN      ] test_b
[  FAILED  ] test_b
[ RUN      ] test_c
[  SKIPPED ] test_c
[  FAILED  ] tests: 1 test(s), listed below:
[  FAILED  ] test_b
"""


class Summary(unittest.TestCase):
    """Logs as Meson writes them, and the lines that come of them."""

    # Run by unittest itself: its wording may change with Python.
    CODE = '''
import unittest
class Some(unittest.TestCase):
    def test_good(self):
        """It has
        two lines."""
    @unittest.skip("A is not installed: install 'a'")
    def test_left_out(self):
        pass
    def test_left_out_late(self):
        self.skipTest("B is not installed: install b\\nand more")
    @unittest.expectedFailure
    def test_expected(self):
        self.fail()
@unittest.skip("A is not installed: install 'a'")
class Other(unittest.TestCase):
    def test_one(self):
        pass
    def test_two(self):
        pass
'''

    def run_code(self, code):
        done = subprocess.run(
            [sys.executable, "-c", code + "\nunittest.main(verbosity=2)"],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        return {"result": "FAIL" if done.returncode else "OK", "stdout": done.stdout, "stderr": done.stderr}

    def summary(self, *entries, flags=()):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as log:
            log.writelines(json.dumps(entry) + "\n" for entry in entries)
            log.flush()
            done = subprocess.run(
                [sys.executable, SUMMARY, log.name, *flags], capture_output=True, text=True, timeout=60, check=False
            )
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout.splitlines()

    def test_skipped_cases_of_unittest_are_told_with_their_reasons(self):
        code, lines = self.summary(self.run_code(self.CODE), self.run_code(self.CODE))
        self.assertEqual(code, 0)
        self.assertEqual(
            lines,
            [
                "6 skipped: A is not installed: install 'a'",
                "2 skipped: B is not installed: install b",
                "2 skipped: an expected failure",
                "2 passed, 0 failed, 10 skipped",
            ],
        )

    def test_a_failure_fails_and_counts(self):
        failing = self.CODE.replace("    @unittest.expectedFailure\n", "")
        code, lines = self.summary(self.run_code(failing))
        self.assertEqual((code, lines[-1]), (1, "1 passed, 1 failed, 4 skipped"))

    def test_cmocka(self):
        code, lines = self.summary({"result": "FAIL", "stdout": "", "stderr": CMOCKA})
        self.assertEqual(code, 1)
        self.assertEqual(lines, ["1 skipped: no reason is told", "1 passed, 1 failed, 1 skipped"])

    def test_programs_without_cases(self):
        code, lines = self.summary(
            {"result": "OK", "stdout": "fine"}, {"result": "TIMEOUT"}, {"result": "SKIP", "stdout": "x"}
        )
        self.assertEqual(code, 1)
        self.assertEqual(lines, ["1 skipped: no reason is told", "1 passed, 1 failed, 1 skipped"])

    def test_the_programs_that_failed(self):
        entries = (
            {"name": "looplag:unit / good", "result": "OK", "stdout": "fine"},
            {"name": "looplag:client+docs / late", "result": "TIMEOUT"},
            {"name": "looplag:unit / wrong", "result": "FAIL", "stdout": CMOCKA},
        )
        self.assertEqual(self.summary(*entries, flags=["--failed"]), (0, ["late", "wrong"]))

    def test_nothing_ran(self):
        self.assertEqual(self.summary(), (1, ["0 passed, 0 failed, 0 skipped"]))


if __name__ == "__main__":
    unittest.main()
