#!/usr/bin/env python3
"""Counts the cases of a Meson test log and prints "N passed, N failed, N skipped" as the last line.

Above it stands what was skipped and why, a line for each reason: "12 skipped: HAProxy is not installed:
install the package haproxy". Skipped means that something is missing on this machine; what a mode does
not have is not run there at all.

Meson counts programs; here each cmocka test and each unittest method counts.
An expected failure (what the library gets wrong) counts as skipped.
A program that failed without naming a case (a crash, a time-out) counts as one
failure, one without recognisable cases as one case. Exit 1 when anything
failed or nothing ran.

With --failed: prints the names of the programs that failed, one a line, and nothing else.
"""

import ast
import collections
import json
import re
import sys

UNITTEST = re.compile(r"^Ran (\d+) tests? in", re.MULTILINE)
UNITTEST_PART = re.compile(r"(expected failures|failures|errors|skipped|unexpected successes)=(\d+)")
# What `unittest -v` says behind a case; the reason is written as Python writes a string.
UNITTEST_SKIP = re.compile(r"""\bskipped ('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")$""", re.MULTILINE)
UNITTEST_EXPECTED = re.compile(r"\.\.\. expected failure$", re.MULTILINE)
CMOCKA_SKIP = re.compile(r"^\[ +SKIPPED +\] (\w+)$", re.MULTILINE)
NO_REASON = "no reason is told"
LONGEST = 150


def cmocka_cases(text):
    passed = len(re.findall(r"^\[ +OK +\] \w+", text, re.MULTILINE))
    skipped = len(CMOCKA_SKIP.findall(text))
    # The closing list repeats every failure: count names once.
    failed = len(set(re.findall(r"^\[ +FAILED +\] (\w+)$", text, re.MULTILINE)))
    return passed, failed, skipped


def unittest_cases(text):
    passed = failed = skipped = 0
    for match in UNITTEST.finditer(text):
        verdict = text[match.end():].split("\n\n", 1)[-1].split("\n", 1)[0]
        parts = {name: int(count) for name, count in UNITTEST_PART.findall(verdict)}
        left_out = parts.pop("skipped", 0) + parts.pop("expected failures", 0)
        failed += sum(parts.values())
        skipped += left_out
        passed += int(match.group(1)) - sum(parts.values()) - left_out
    return passed, failed, skipped


def text_of(entry):
    return (entry.get("stdout") or "") + "\n" + (entry.get("stderr") or "")


def cases(entry):
    """How many passed, failed and were skipped in one program."""
    text = text_of(entry)
    counts = tuple(map(sum, zip(cmocka_cases(text), unittest_cases(text))))
    good = entry["result"] in ("OK", "EXPECTEDFAIL")
    if entry["result"] == "SKIP":
        return (0, 0, max(1, counts[2]))
    if not good and counts[1] == 0:
        return (counts[0], 1, counts[2])
    if sum(counts) == 0:
        return (1, 0, 0)
    return counts


def reasons(entry):
    """A reason for each skipped case of one program."""
    text = text_of(entry)
    found = [ast.literal_eval(reason).split("\n", 1)[0] for reason in UNITTEST_SKIP.findall(text)]
    found += ["an expected failure"] * len(UNITTEST_EXPECTED.findall(text))
    untold = max(0, cases(entry)[2] - len(found))
    return found[: cases(entry)[2]] + [NO_REASON] * untold


def skipped_lines(entries):
    """A line for each reason, the most frequent first."""
    counts = collections.Counter(reason for entry in entries for reason in reasons(entry))
    order = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [f"{count} skipped: {reason[:LONGEST]}" for reason, count in order]


def main():
    with open(sys.argv[1], encoding="utf-8") as log:
        entries = [json.loads(line) for line in log]
    if sys.argv[2:] == ["--failed"]:
        print("".join(f"{entry['name'].rpartition(' / ')[2]}\n" for entry in entries if cases(entry)[1]), end="")
        return 0
    for line in skipped_lines(entries):
        print(line)
    totals = tuple(map(sum, zip(*map(cases, entries)))) or (0, 0, 0)
    print("%d passed, %d failed, %d skipped" % totals)
    return 1 if totals[1] or not sum(totals) else 0


if __name__ == "__main__":
    sys.exit(main())
