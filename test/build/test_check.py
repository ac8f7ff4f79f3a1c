"""./run check sees what a sanitizer reports, wherever the program's standard error went and however it ended."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
LIMIT_S = 60

# Of each kind of finding a program of one: the sanitizer, and what its main does.
FINDINGS = {
    "memory": ("address", "char *volatile text = malloc(1); text[1] = 0; free(text);"),
    "a leak": ("address", "char *volatile text = malloc(1); text[0] = 0; text = NULL;"),
    "an assertion": ("address", "abort();"),
    "a race": ("thread", "pthread_t thread; pthread_create(&thread, NULL, add, NULL); add(NULL); pthread_join(thread, NULL);"),
}
PROGRAM = """
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
static int count;
void *add(void *cls) { for (int i = 0; i < 1000; i++) count++; return cls; }
int main(void) { %s return 0; }
"""


class Check(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.reports = self.folder / "reports"
        self.reports.mkdir()

    def judge(self):
        """What `no_reports` says of the folder: its exit code and its words."""
        script = f'die() {{ echo "$*"; exit 1; }}; . {SOURCE}/test/check.sh; no_reports {self.reports}'
        done = subprocess.run(["sh", "-eu", "-c", script], capture_output=True, text=True, timeout=LIMIT_S, check=False)
        return done.returncode, done.stdout

    def test_no_report_is_none(self):
        self.assertEqual(self.judge(), (0, ""))
        (self.reports / "of.1").write_text("==1==WARNING: AddressSanitizer failed to allocate 0x100 bytes\n")
        self.assertEqual(self.judge(), (0, ""))

    def repeat(self, *names, alone):
        """`repeat_alone` after these programs failed: its exit code, and what Meson's stand-in was asked to run."""
        log = self.folder / "meson-logs/testlog.json"
        log.parent.mkdir(exist_ok=True)
        entries = [{"name": f"looplag:unit / {name}", "result": "FAIL"} for name in names] + [{"name": "x / good", "result": "OK"}]
        log.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
        script = f"say() {{ :; }}; meson() {{ echo $*; return {alone}; }}; . test/check.sh; repeat_alone {self.folder}"
        done = subprocess.run(["sh", "-u", "-c", script], cwd=SOURCE, capture_output=True, text=True, timeout=LIMIT_S, check=False)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout.split()[-len(names) :]

    def test_what_failed_beside_others_is_run_alone(self):
        self.assertEqual(self.repeat("late", "later", alone=0), (0, ["late", "later"]))
        self.assertEqual(self.repeat("wrong", alone=1), (1, ["wrong"]))

    def test_more_than_a_few_are_not_run_again(self):
        self.assertEqual(self.repeat("a", "b", "c", "d", alone=0), (1, []))

    def test_each_kind_of_finding_is_seen(self):
        for what, (sanitizer, body) in FINDINGS.items():
            with self.subTest(what=what):
                program = self.folder / "program"
                (self.folder / "program.c").write_text(PROGRAM % body)
                made = subprocess.run(["cc", f"-fsanitize={sanitizer}", "-g", "-pthread", "-o", program, program.with_suffix(".c")],
                                      capture_output=True, timeout=LIMIT_S, check=False)  # fmt: skip
                if made.returncode:
                    self.skipTest(f"the compiler has no -fsanitize={sanitizer} here")
                flags = f"halt_on_error=1:handle_abort=1:log_path={self.reports}/of"
                options = {name: flags for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")}
                done = subprocess.run([program], capture_output=True, timeout=LIMIT_S, check=False, env={**os.environ, **options})
                self.assertNotEqual(done.returncode, 0)
                self.assertNotIn(b"SUMMARY", done.stderr)
                code, told = self.judge()
                self.assertEqual(code, 1, told)
                self.assertIn("a sanitizer reported in 1 processes", told)
                for report in self.reports.iterdir():
                    report.unlink()


if __name__ == "__main__":
    unittest.main()
