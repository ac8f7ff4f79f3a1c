"""A/A: how often `looplag diff` calls two runs of the same binary different.

Each comparison starts looplagd twice, one after the other, measures both in
the same way and diffs them. A comparison counts as different when any of its
classes and percentiles does. Ends with 1 when more than 1 of 20 are. With
--factor the second server gets large bodies that many times as large, to show
that a difference there is, is found.

usage: diff_aa.py LOOPLAG LOOPLAGD [--runs N] [--mode MODE] [--seconds S] [--factor F]
"""

import argparse
import collections
import pathlib
import subprocess
import sys
import tempfile

ROUNDS = 6
LARGE_BYTES = 500_000


def measure(options, path, large_bytes):
    """One run against a server of its own."""
    server = subprocess.Popen(
        [options.looplagd, f"--mode={options.mode}", "--port=0", "--no-access-log"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        url = server.stdout.readline().split("listening on ")[1].split()[0]
        done = subprocess.run(
            [options.looplag, "load", "--base-url", url, "--quiet", "-o", path, f"--rounds={ROUNDS}",
             f"--duration={options.seconds}", "--class=small:size=1KiB,rate=250",
             f"--class=large:size={large_bytes}B,interval=50ms,arrival=closed"],
            capture_output=True, text=True, timeout=options.seconds * 10 + 60, check=False,
        )  # fmt: skip
    finally:
        server.terminate()
        server.wait(timeout=30)
        server.stdout.close()
    if done.returncode not in (0, 98):
        sys.exit(f"diff_aa: looplag load failed: {done.stderr}")


def verdicts(options, first, second):
    """The verdicts of one comparison: {(class, percentile): verdict}."""
    done = subprocess.run(
        [options.looplag, "diff", first, second], capture_output=True, text=True, timeout=60, check=True
    )
    rows = [line for line in done.stdout.splitlines() if line.startswith("| ")][1:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return {(row[0], row[3]): row[8] for row in cells}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("looplag")
    parser.add_argument("looplagd")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--mode", default="select")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--factor", type=float, default=1)
    options = parser.parse_args()
    counts = collections.Counter()
    different = 0
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(pathlib.Path(folder) / name) for name in ("a.json", "b.json")]
        for run in range(options.runs):
            measure(options, paths[0], LARGE_BYTES)
            measure(options, paths[1], int(LARGE_BYTES * options.factor))
            told = verdicts(options, *paths)
            counts.update(told.values())
            found = [f"{name} p{percent}" for (name, percent), word in told.items() if word == "different"]
            different += bool(found)
            print(f"{run + 1:3}: {', '.join(found) or '-'}", flush=True)
    print(f"verdicts: {dict(counts)}")
    print(f"different: {different} of {options.runs} comparisons (mode {options.mode}, factor {options.factor})")
    return options.factor == 1 and different * 20 > options.runs


if __name__ == "__main__":
    sys.exit(main())
