"""at_once.py: every test is run once, some of them at the same time, and what they say is kept in order."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import summary

PROGRAM = pathlib.Path(__file__).with_name("at_once.py")

# Two tests that each wait for the other one, and a class whose tests count on a common beginning.
GOOD = '''
import os, pathlib, time, unittest
HERE = pathlib.Path(__file__).parent
class Meeting(unittest.TestCase):
    def meet(self, mine, other):
        (HERE / mine).touch()
        deadline = time.monotonic() + 30
        while not (HERE / other).exists():
            self.assertLess(time.monotonic(), deadline, "the other one did not come")
            time.sleep(0.01)
        print(mine)
    def test_a(self):
        self.meet("a", "b")
    def test_b(self):
        self.meet("b", "a")
class Shared(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pid = os.getpid()
        print("shared")
    def test_c(self):
        self.assertEqual(self.pid, os.getpid())
    def test_d(self):
        self.skipTest("D is not installed")
'''
BAD = '''
import os, unittest
class Bad(unittest.TestCase):
    def test_good(self):
        pass
    def test_bad(self):
        self.fail("no luck")
    def test_crash(self):
        os.abort()
'''

MAIN = """
if __name__ == "__main__":
    unittest.main()
"""


class AtOnce(unittest.TestCase):
    def run_file(self, text, jobs=2, options=()):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "test_some.py"
            path.write_text(text + MAIN, encoding="utf-8")
            return subprocess.run(
                [sys.executable, *options, str(PROGRAM), str(jobs), str(path)],
                capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip

    def counts(self, done):
        return summary.cases({"result": "FAIL" if done.returncode else "OK", "stdout": done.stdout, "stderr": done.stderr})

    def test_tests_that_wait_for_each_other_meet_and_are_counted_once(self):
        done = self.run_file(GOOD)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.counts(done), (3, 0, 1))
        self.assertEqual(done.stdout.split(), ["a", "b", "shared"])
        places = [done.stderr.index(f"{name} (__main__.") for name in ("test_a", "test_b", "test_c", "test_d")]
        self.assertEqual(places, sorted(places))

    def test_what_fails_is_told(self):
        done = self.run_file(BAD)
        self.assertEqual(done.returncode, 1)
        self.assertIn("AssertionError: no luck", done.stderr)
        self.assertIn("ERROR: test_crash (Bad.test_crash)\nended by signal 6\n", done.stderr)
        self.assertEqual(self.counts(done), (1, 2, 0))

    def test_when_the_time_is_over_what_ran_is_told_and_nothing_else_is_begun(self):
        """As Meson ends a program: SIGTERM to it and all that it has started."""
        text = """
import pathlib, time, unittest
class Endless(unittest.TestCase):
    def test_a(self):
        pathlib.Path(__file__).with_name("begun").touch()
        time.sleep(60)
    def test_b(self):
        pass
"""
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "test_some.py"
            path.write_text(text + MAIN, encoding="utf-8")
            program = subprocess.Popen([sys.executable, str(PROGRAM), "1", str(path)], stderr=subprocess.PIPE, text=True,
                                       start_new_session=True)  # fmt: skip
            deadline = time.monotonic() + 30
            while not path.with_name("begun").exists():
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.01)
            os.killpg(program.pid, signal.SIGTERM)
            _, told = program.communicate(timeout=30)
        self.assertEqual(program.returncode, 1)
        self.assertIn("ERROR: test_a (Endless.test_a)\nended by signal 15\n", told)
        self.assertNotIn("test_b", told)

    def test_a_file_that_cannot_be_imported_fails(self):
        self.assertNotEqual(self.run_file("import nothing_of_the_kind").returncode, 0)

    def test_warnings_are_what_the_caller_wants(self):
        text = 'import unittest, warnings\nclass A(unittest.TestCase):\n    def test_a(self):\n        warnings.warn("w")\n'
        self.assertEqual(self.run_file(text).returncode, 0)
        self.assertEqual(self.run_file(text, options=["-W", "error"]).returncode, 1)


if __name__ == "__main__":
    unittest.main()
