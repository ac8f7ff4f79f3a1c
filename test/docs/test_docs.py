"""Help, man pages and completions name every option row, and the shells load the completions."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

FOLDER = pathlib.Path(os.environ["DOCS"])
PROGRAMS = {pathlib.Path(path).name: path for path in os.environ["PROGRAMS"].split(":")}


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, **more)


class Program:
    """What a program tells of itself: its commands, and its option rows as dictionaries."""

    KEYS = ("commands", "letter", "name", "argument", "takes", "standard", "completes", "help")

    def __init__(self, name):
        self.name, self.path = name, PROGRAMS[name]
        told = run(self.path, "--option-rows")
        assert told.returncode == 0, told.stderr
        lines = [line.split("\t") for line in told.stdout.splitlines()]
        self.commands = [fields[0] for kind, *fields in lines if kind == "command"]
        self.rows = [dict(zip(self.KEYS, fields, strict=True)) for kind, *fields in lines if kind == "option"]

    def of(self, command):
        """The rows of a command; all where the program has none."""
        return [row for row in self.rows if row["commands"] == "-" or command in row["commands"].split(",")]

    def variants(self):
        """Each command with the words that begin its command line."""
        return [(command, [command]) for command in self.commands] or [("", [])]

    def made(self, file):
        return (FOLDER / file.format(self.name)).read_text(encoding="utf-8")


class EachProgram(unittest.TestCase):
    """Runs a check once for each program."""

    def setUp(self):
        self.programs = [Program(name) for name in PROGRAMS]
        for program in self.programs:
            self.assertGreater(len(program.rows), 15)

    def need(self, tool):
        if not shutil.which(tool):
            self.skipTest(f"{tool} is not installed")


class Rows(EachProgram):
    """Every row appears everywhere."""

    def test_help(self):
        for program in self.programs:
            overview = run(program.path, "--help").stdout
            self.assertLessEqual(max(map(len, overview.splitlines())), 80)
            for command, words in program.variants():
                told = run(program.path, *words, "--help")
                self.assertEqual((told.returncode, told.stderr), (0, ""))
                self.assertIn(command, overview)
                self.assertLessEqual(max(map(len, told.stdout.splitlines())), 80)
                flat = " ".join(told.stdout.split())
                for row in program.of(command):
                    with self.subTest(program=program.name, command=command, option=row["name"]):
                        self.assertRegex(told.stdout, rf"(?m)^  (-{row['letter']}, )?--{row['name']}\b")
                        self.assertIn(row["help"], flat)
                        if row["standard"] != "-":
                            self.assertIn(f"({row['standard']})", flat)

    def test_man_page(self):
        for program in self.programs:
            page = program.made("{}.1")
            for row in program.rows:
                with self.subTest(program=program.name, option=row["name"]):
                    self.assertRegex(page, rf"(?m)^\.It Fl (. , )?-{row['name']}( |$)")
                    text = row["help"].replace("-", "\\-")
                    self.assertIn(text[1:], page)
                    if row["standard"] != "-":
                        self.assertIn(f"(default: {row['standard']})".replace("-", "\\-"), page)
            self.assertNotIn('.\\"@', page)

    def test_examples_of_man_pages(self):
        """Options of the examples exist."""
        for program in self.programs:
            section = program.made("{}.1").split(".Sh EXAMPLES\n")[1].split(".Sh ")[0].replace("\\e\n", "")
            examples = re.findall(rf"(?m)^(?:\.Dl )?{program.name}\b(.*)$", section)
            self.assertGreater(len(examples), 3)
            for example in examples:
                rows = program.of(example.split()[0]) if program.commands else program.rows
                names = {f"--{row['name']}" for row in rows} | {f"-{row['letter']}" for row in rows}
                for word in re.findall(r" (--?[a-z][a-z-]*)", re.sub(r"'[^']*'", "", example)):
                    with self.subTest(program=program.name, example=example):
                        self.assertIn(word, names)

    def test_completions(self):
        """As text; the shells that are installed read them below."""
        for program in self.programs:
            for file in ("{}", "_{}"):
                text = program.made(file)
                for row in program.rows:
                    with self.subTest(file=file.format(program.name), option=row["name"]):
                        self.assertRegex(text, rf"--{row['name']}[=\[}} ']")
            text = program.made("{}.fish")
            for row in program.rows:
                with self.subTest(file=f"{program.name}.fish", option=row["name"]):
                    self.assertRegex(text, rf"(?m)^complete -c {program.name} .*-l {row['name']} ")

    def test_abbreviations_are_refused(self):
        for program in self.programs:
            for command, words in program.variants():
                names = {row["name"] for row in program.of(command)}
                for name in names:
                    short = name[: max(2, len(name) - 1)]
                    if short in names:
                        continue
                    with self.subTest(program=program.name, command=command, option=short):
                        told = run(program.path, *words, f"--{short}")
                        self.assertEqual((told.returncode, told.stdout), (2, ""))
                        self.assertRegex(told.stderr, rf"unknown option '--{short}': did you mean --[a-z0-9-]+\?")


class Tools(EachProgram):
    """The programs that read these files."""

    def test_mandoc(self):
        self.need("mandoc")
        for program in self.programs:
            told = run("mandoc", "-T", "lint", "-W", "warning", str(FOLDER / f"{program.name}.1"))
            self.assertEqual((told.returncode, told.stdout), (0, ""))

    def bash(self, program, *words):
        """What bash offers for the last of the words."""
        script = f'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _{program.name}; printf "%s\\n" "${{COMPREPLY[@]}}"'
        told = run("bash", "--norc", "-c", script, "bash", str(FOLDER / program.name), program.name, *words)
        self.assertEqual((told.returncode, told.stderr), (0, ""))
        return told.stdout.split()

    def test_bash(self):
        self.need("bash")
        for program in self.programs:
            told = run("bash", "--norc", "-c", 'source "$1"; complete -p "$2"', "bash", str(FOLDER / program.name), program.name)
            self.assertEqual((told.returncode, told.stderr), (0, ""))
            self.assertIn(f"_{program.name}", told.stdout)
            for command, words in program.variants():
                rows = program.of(command)
                offered = self.bash(program, *words, "--")
                self.assertEqual(sorted({word.rstrip("=") for word in offered if word.startswith("--")}),
                                 sorted({f"--{row['name']}" for row in rows}))  # fmt: skip
                for row in rows:
                    if row["completes"] not in ("-", "file"):
                        for form in ([f"--{row['name']}", "=", ""], [f"--{row['name']}", "="]):
                            self.assertEqual(self.bash(program, *words, *form), row["completes"].split("|"))

    def test_zsh(self):
        self.need("zsh")
        for program in self.programs:
            file = FOLDER / f"_{program.name}"
            script = 'autoload -Uz compinit && compinit -D -u && autoload +X -U "$1" && whence -w "$1" && print ${_comps[$2]}'
            told = run("zsh", "-f", "-c", f"fpath=({FOLDER} $fpath); {script}", "zsh", file.name, program.name)
            self.assertEqual((told.returncode, told.stderr), (0, ""))
            self.assertEqual(told.stdout.split(), [f"{file.name}:", "function", file.name])

    def fish(self, program, line):
        """What fish offers for the end of a line."""
        script = f'complete -e {program.name}; source "$argv[1]"; complete -C "$argv[2]"'
        told = run("fish", "--no-config", "-c", script, str(FOLDER / f"{program.name}.fish"), line)
        self.assertEqual((told.returncode, told.stderr), (0, ""))
        return [offer.split("\t")[0] for offer in told.stdout.splitlines()]

    def test_fish(self):
        self.need("fish")
        for program in self.programs:
            for command, words in program.variants():
                start = " ".join([program.name, *words, "--"])
                offered = {word.rstrip("=") for word in self.fish(program, start) if word.startswith("--")}
                self.assertEqual(offered, {f"--{row['name']}" for row in program.of(command)})
                for row in program.of(command):
                    if row["takes"] == "required" and row["completes"] not in ("-", "file"):
                        offered = self.fish(program, f"{start}{row['name']}=")
                        self.assertEqual(sorted(word.split("=")[-1] for word in offered),
                                         sorted(row["completes"].split("|")))  # fmt: skip


if __name__ == "__main__":
    unittest.main()
