#!/usr/bin/env python3
"""Counts the cases of a Meson test log and prints "N passed, N failed, N skipped".

Meson counts programs; here each cmocka test and each unittest method counts.
An expected failure (what the library gets wrong) counts as skipped.
A program that failed without naming a case (a crash, a time-out) counts as one
failure, one without recognisable cases as one case. Exit 1 when anything
failed or nothing ran.
"""

import json
import re
import sys

UNITTEST = re.compile(r"^Ran (\d+) tests? in", re.MULTILINE)
UNITTEST_PART = re.compile(r"(expected failures|failures|errors|skipped|unexpected successes)=(\d+)")


def cmocka_cases(text):
    passed = len(re.findall(r"^\[ +OK +\] \w+", text, re.MULTILINE))
    skipped = len(re.findall(r"^\[ +SKIPPED +\] \w+", text, re.MULTILINE))
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


def cases(entry):
    text = (entry.get("stdout") or "") + "\n" + (entry.get("stderr") or "")
    counts = tuple(map(sum, zip(cmocka_cases(text), unittest_cases(text))))
    good = entry["result"] in ("OK", "EXPECTEDFAIL")
    if entry["result"] == "SKIP":
        return (0, 0, max(1, counts[2]))
    if not good and counts[1] == 0:
        return (counts[0], 1, counts[2])
    if sum(counts) == 0:
        return (1, 0, 0)
    return counts


def main():
    totals = [0, 0, 0]
    with open(sys.argv[1], encoding="utf-8") as log:
        for line in log:
            totals = [total + new for total, new in zip(totals, cases(json.loads(line)))]
    print("%d passed, %d failed, %d skipped" % tuple(totals))
    return 1 if totals[1] or not sum(totals) else 0


if __name__ == "__main__":
    sys.exit(main())
