"""What a reader types, outside of the blocks that test_commands.py runs: lines of indented blocks, commands in sentences.

Commands of both programs have options that exist and values that are understood (`--print-plan` reads them and does
nothing). What `./run` and `meson test` take by other names exists as well. Any other line of an indented block is
listed in OTHERS with the reason why nothing runs it.
"""

import functools
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

import pages

PROGRAMS = dict(zip(("looplag", "looplagd"), os.environ["PROGRAMS"].split(":")))
BUILD = pathlib.Path(os.environ["DOCS"]).parent
# What `./run` hands on to a program.
RUN_PROGRAMS = {"server": "looplagd"}
# What it hands on to a script.
RUN_SCRIPTS = {"bench": "bench/bench.py", "soak": "bench/soak.py", "fuzz": "test/fuzz/fuzz.py", "docs": "docs/tool/docs.py"}
# What stands for something of the reader's.
PLACEHOLDER = re.compile(r"NAME|MODE|\.\.\.|[{}$<>]")
# The same where words are whole commands, in which {port} and {n} are none.
IN_COMMAND = re.compile(r"\b(NAME|FILE|URL|LABEL|LIST|MODE|COMMAND|PAGE|GROUP|WHAT|TIME|SIZE|N)\b|\.\.\.")
# Commands that --print-plan reads.
PLANNED = ("load", "compare", "sweep")
TYPED = re.compile(r"(\S*/)?(looplagd?|run)")
LIMIT_S = 60

# Lines of indented blocks that are no commands of ours: how they begin, and why nothing runs them.
OTHERS = (
    (r"export PATH=", "the reader's shell; test/docs/test_commands.py puts the programs into the path itself"),
    (r"while sleep 15 && grep VmRSS", "ten minutes; test/client/test_memory.py watches for less"),
    (r"haproxy -c -f contrib/haproxy\.cfg$", "test/client/test_contrib.py runs it"),
    (r"install -m 644 contrib/looplagd@\.service |systemctl (daemon-reload|enable|restart) |systemctl daemon-reload$",
     "root's, on a machine with systemd; test/client/test_contrib.py has the unit judged"),
    (r"for pod in|until curl -fs |sleep 5$|done$", "root's as well; test/client/test_drain_pods.py restarts pods so"),
    (r"contrib/load-together ", "for several machines; test/client/test_together.py runs it"),
    (r"looplagd 0\.1\.0 \(", "what --version prints; test/http/test_command.py reads it"),
    (r"\d{4}-\d\d-\d\d [\d:,]+ - \[PID ", "lines of the log; test/http/test_log.py reads such"),
    (r"socket -> libmicrohttpd -> ", "a drawing"),
    (r"24 MiB \+ ", "a sum; test/client/test_contrib.py does it"),
    (r"Server-Timing: ", "a header"),
    (r"client\d\.json: |14:30:31 and ", "what report prints; test/client/test_together.py reads such"),
)  # fmt: skip


def words_of(code):
    """The words of a command, or none: a text in code that is no command."""
    try:
        return shlex.split(code, comments=True)
    except ValueError:
        return []


def typed(languages=("", "sh")):
    """(page, code, words) of whatever is a command of ours, wherever it stands in code."""
    for path in pages.pages():
        page = pages.Page(path)
        for code in page.code_lines(languages) + page.inline_code():
            words = words_of(re.split(r" [|&;]|\|\|", code)[0])
            if len(words) > 1 and TYPED.fullmatch(words[0]) and not PLACEHOLDER.match(words[1]):
                yield pages.name_of(path), code, words


class Options(unittest.TestCase):
    """Commands of both programs have commands and options that exist."""

    @classmethod
    def setUpClass(cls):
        cls.options = {name: cls.options_of(program) for name, program in PROGRAMS.items()}
        usage = (pages.ROOT / "run").read_text(encoding="utf-8")
        cls.run_commands = set(re.findall(r"[a-z]+", " ".join(re.findall(r"(?m)^([a-z |-]+)\)", usage))))

    @staticmethod
    def options_of(program):
        """Option names by command; by "" where a program has no commands."""
        told = subprocess.run([program, "--option-rows"], capture_output=True, text=True, check=True, timeout=LIMIT_S)
        found = {}
        for kind, names, *fields in (line.split("\t") for line in told.stdout.splitlines()):
            if kind == "command":
                found[names] = set()
            else:
                for command in found if names == "-" and found else ("" if names == "-" else names).split(","):
                    found.setdefault(command, set()).update([f"--{fields[1]}", f"-{fields[0]}"])
        return found

    def check(self, words):
        name = re.sub(r"^.*/", "", words[0])
        if name == "run":
            self.assertIn(words[1], self.run_commands)
            name = RUN_PROGRAMS.get(words[1], "looplag")
            words = words[1:] if name == "looplagd" else words
            if name == "looplag" and words[1] not in self.options[name]:
                return
        options = self.options[name]
        command = "" if "" in options else words[1]
        if command.startswith("-") or command == "help":
            return
        self.assertIn(command, options)
        for word in words:
            if word == "--":
                break
            if re.match(r"--?[a-z]", word) and word not in ("--help", "-h", "--version", "-V"):
                self.assertIn(word.partition("=")[0], options[command])

    def test_they_exist(self):
        count = 0
        for page, code, words in typed():
            count += 1
            with self.subTest(page=page, command=code):
                self.check(words)
        self.assertGreater(count, 60)


class Values(unittest.TestCase):
    """Whole commands that measure are understood."""

    def understood(self, words):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([PROGRAMS["looplag"], *words, "--print-plan"], cwd=folder, capture_output=True, text=True,
                                  timeout=LIMIT_S, check=False)  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_they_are_understood(self):
        count = 0
        for page, code, words in typed(languages=("",)):  # others run
            if words[1] in PLANNED and not IN_COMMAND.search(" ".join(words)) and page != "CHANGELOG.md":
                count += 1
                with self.subTest(page=page, command=code):
                    self.understood(words[1:])
        self.assertGreater(count, 30)

    def test_those_of_the_table_of_remedies_are_understood(self):
        """Its last column is what a comparison takes."""
        text = (pages.ROOT / "docs" / "comparison.md").read_text(encoding="utf-8")
        table = re.search(r"\| `\./run compare` with \|\n\|---.*\n((?:\|.*\n)+)", text)[1]
        count = 0
        for row in table.splitlines():
            for code in re.findall(r"`(--[^`]+)`", row.replace("\\|", "/").rsplit(" | ", 1)[1]):
                if not IN_COMMAND.search(code):
                    count += 1
                    with self.subTest(options=code):
                        self.understood(["compare", *shlex.split(code)])
        self.assertGreater(count, 8)


@functools.cache
def help_of(script):
    done = subprocess.run([sys.executable, pages.ROOT / script, "--help"], capture_output=True, text=True, timeout=LIMIT_S, check=True)
    return done.stdout


def tests():
    """{name: its suites} of the suite and of the benchmarks."""
    found = {}
    for kind in ("tests", "benchmarks"):
        for row in json.loads((BUILD / "meson-info" / f"intro-{kind}.json").read_text(encoding="utf-8")):
            found[row["name"]] = {suite.rpartition(":")[2] for suite in row["suite"]}
    return found


class Scripts(unittest.TestCase):
    """What `./run` hands on, and what meson runs."""

    def test_options_of_scripts_exist(self):
        count = 0
        for page, code, words in typed():
            if words[0].endswith("run") and words[1] in RUN_SCRIPTS:
                told = help_of(RUN_SCRIPTS[words[1]])
                for word in (word.strip("[]").partition("=")[0] for word in words[2:]):
                    count += word.startswith("--")
                    with self.subTest(page=page, command=code):
                        self.assertTrue(not word.startswith("--") or re.search(rf"(?<![\w-]){word}(?![\w-])", told), word)
        self.assertGreater(count, 10)

    def test_groups_of_the_benchmark_exist(self):
        told = " ".join(help_of(RUN_SCRIPTS["bench"]).split()).replace("- ", "-")  # a name that was broken
        groups = set(re.search(r"of: ((?:[\w-]+, )*[\w-]+)", told)[1].split(", "))
        for page, code, words in typed():
            for only in re.findall(r"--only[ =](\S+)", code) if words[1] == "bench" else ():
                with self.subTest(page=page, command=code):
                    self.assertTrue(only == "GROUP" or set(only.split(",")) <= groups, only)

    def test_names_of_tests_exist(self):
        found = tests()
        names, suites, count = set(found), set().union(*found.values()), 0
        for path in pages.pages():
            page = pages.Page(path)
            for code in page.code_lines() + page.inline_code():
                match = re.match(r"(?:\./run test|meson test(?: -C \S+)?) (.+)", re.split(r" && | +# ", code)[0])
                rest = match[1].split() if match else []
                for before, word in zip(["", *rest], rest):
                    if word.startswith("-") or PLACEHOLDER.search(word):
                        continue
                    count += 1
                    with self.subTest(page=pages.name_of(path), command=code):
                        self.assertTrue(word in (suites if before == "--suite" else names), word)
        self.assertGreater(count, 3)


class Others(unittest.TestCase):
    def lines(self):
        """Of indented blocks, but for commands of ours."""
        for path in pages.pages():
            block = "\n".join(re.findall(r"(?m)^    +(.*)$", pages.Page(path).prose))
            for line in re.sub(r"\\\n\s*", " ", block).splitlines():
                if path.name != "CHANGELOG.md" and not TYPED.fullmatch(line.split()[0]):
                    yield pages.name_of(path), line
                elif re.match(r"looplagd \d", line):
                    yield pages.name_of(path), line

    def test_each_is_listed_with_the_reason_why_nothing_runs_it(self):
        unused = {pattern for pattern, _ in OTHERS}
        for page, line in self.lines():
            fitting = [pattern for pattern, _ in OTHERS if re.match(pattern, line)]
            unused -= set(fitting)
            with self.subTest(page=page, line=line):
                self.assertTrue(fitting, "make it a block ```sh, which is run, or list it in OTHERS")
        self.assertEqual(unused, set(), "no page has such a line")

    def test_what_runs_instead_exists(self):
        for _, reason in OTHERS:
            for name in re.findall(r"test/\S+\.py", reason):
                self.assertTrue((pages.ROOT / name).exists(), name)


if __name__ == "__main__":
    unittest.main()
