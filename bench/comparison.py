#!/usr/bin/env python3
"""Fills docs/comparison.md: runs its commands, and puts what they print where it stood before.

A block of the document begins with a comment that names the command and which parts of its output
are shown, and ends with another:

    <!-- answer, ranking of: ./run compare --modes=all -->
    ...
    <!-- end -->

Parts are the answer as a terminal shows it, and tables and sentences of `--details` as Markdown. The block `verdict` is
made of the results of all of them, so it stays as it is with --only.

usage: python3 bench/comparison.py [--only=WORDS] BUILD docs/comparison.md
"""

import argparse
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

import machine
import verdict
from looplag import LATE

BLOCK = re.compile(r"<!-- (answer[a-z, ]*) of: (\./run compare.*?) -->\n.*?<!-- end -->", re.S)
VERDICT = re.compile(r"(?<=<!-- verdict -->\n).*?(?=<!-- end -->)", re.S)
MACHINE = re.compile(r"(?<=^Machine: ).*(?=\.$)", re.M)
LIMIT_S = 1800

TABLE = r"\| %s .*\n(?:\|.*\n)+"  # from its first title on
# Of the details: what each part matches.
PARTS = {
    "percentiles": TABLE % "Request Size",
    "effects": r"What the large requests did.*\n\n" + TABLE % "System +\\| p50",
    "ranking": r"All systems, by small p99.*\n(?:.+\n)*\n" + TABLE % "System +\\| Small",
    "workers": r"^.*: \d+ workers?; .*\n",
    "connections": r"^.*: a new connection for each request adds .*\n",
    "conclusions": r"^(?:So the same|No change of|One event loop in one|Recommendation|Where the whole|Not recommended).*\n",
    "doubts": r"^not trustworthy: .*\n",
}


def part(name, details):
    """What the details have of it: a table, or lines that become paragraphs of their own."""
    found = re.findall(PARTS[name], details, re.M)
    if not found:
        sys.exit("comparison: the details have no %s" % name)
    return "\n".join(found)


def broken(command):
    """The command in lines of 120 columns, as a shell takes them."""
    lines, line = [], "   "
    for word in re.findall(r"(?:[^\s']|'[^']*')+", command):
        if len(line) + len(word) > 110:
            lines.append(line + " \\")
            line = "       "
        line += " " + word
    return "\n".join([*lines, line])


def run(options, command, file):
    """The answer, the details and the result of a command; the file is made for the latter."""
    looplag = os.path.join(options.build, "client", "looplag")
    server = "--server=" + os.path.join(options.build, "src", "looplagd")
    arguments = shlex.split(command)[1:] + [server, "--quiet", "--format=json", "-o", file]
    done = subprocess.run([looplag, *arguments], capture_output=True, text=True, timeout=LIMIT_S, check=False)
    if done.returncode not in (0, LATE):
        sys.exit("comparison: %s failed: %s" % (command, done.stderr))
    details = subprocess.run([looplag, "report", "--format=markdown", file], capture_output=True, text=True,
                             timeout=LIMIT_S, check=False)  # fmt: skip
    with open(file, encoding="utf-8") as result:
        return done.stdout, details.stdout, json.load(result)


def fill(options, results, match):
    parts, command = match.group(1).split(", "), match.group(2)
    if options.only and options.only not in command:
        return match.group(0)
    print("comparison: " + command, file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        answer, details, result = run(options, command, os.path.join(folder, "result.json"))
    results.append((command, result))
    shown = ["```\n%s```\n" % answer, *(part(name, details) for name in parts[1:])]
    return "<!-- %s of: %s -->\n%s\n\n%s\n<!-- end -->" % (
        match.group(1), command, broken(command), "\n".join(shown))  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("document", type=pathlib.Path)
    parser.add_argument("--only", metavar="WORDS", help="only commands that hold these words")
    options = parser.parse_args()
    text = options.document.read_text(encoding="utf-8")
    results = []
    text = BLOCK.sub(lambda match: fill(options, results, match), text)
    if not options.only:
        kinds = [(verdict.kind_of(command), result) for command, result in results]
        table = verdict.table([pair for pair in kinds if pair[0]])
        text = VERDICT.sub(lambda _: "\n%s\n" % table, text)
        text = MACHINE.sub(lambda _: machine.describe(), text)
    options.document.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
