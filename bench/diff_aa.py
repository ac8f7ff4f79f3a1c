"""A/A: how often `looplag diff` calls two runs of the same binary different.

Each comparison starts looplagd twice, one after the other, measures both in
the same way and diffs them. A comparison counts as different when any of its
classes and percentiles does. Ends with 1 when more than 1 of 20 are. With
--against the second server runs in another mode, to show that a difference
there is, is found.

usage: diff_aa.py LOOPLAG LOOPLAGD [--runs N] [--mode MODE] [--seconds S] [--against MODE]
"""

import argparse
import collections
import pathlib
import subprocess
import sys
import tempfile

from rows import at_least, at_most, limit

ROUNDS = 6
VERDICTS = {"different", "same", "can't tell"}
LARGE_BYTES = 500_000


def measure(options, path, mode):
    """One run against a server of its own."""
    server = subprocess.Popen(
        [options.looplagd, f"--mode={mode}", "--port=0", "--no-access-log"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        url = server.stdout.readline().split("listening on ")[1].split()[0]
        done = subprocess.run(
            [options.looplag, "load", "--base-url", url, "--quiet", "-o", path, f"--rounds={ROUNDS}",
             f"--duration={options.seconds}", "--class=small:size=1KiB,rate=250",
             f"--class=large:size={LARGE_BYTES}B,interval=50ms,arrival=closed"],
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
        [options.looplag, "diff", "--format=markdown", first, second], capture_output=True, text=True, timeout=60, check=True
    )
    rows = [line for line in done.stdout.splitlines() if line.startswith("| ")][1:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    told = {(row[0], row[3]): row[8] for row in cells}
    if not told or not VERDICTS.issuperset(told.values()):
        sys.exit(f"diff_aa: the verdicts can't be read: {done.stdout}")
    return told


def compare(options):
    """How many of the comparisons were called different; each is told as it comes."""
    counts = collections.Counter()
    different = 0
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(pathlib.Path(folder) / name) for name in ("a.json", "b.json")]
        for run in range(options.runs):
            measure(options, paths[0], options.mode)
            measure(options, paths[1], options.against or options.mode)
            told = verdicts(options, *paths)
            counts.update(told.values())
            found = [f"{name} p{percent}" for (name, percent), word in told.items() if word == "different"]
            different += bool(found)
            print(f"{run + 1:3}: {', '.join(found) or '-'}", file=sys.stderr, flush=True)
    print(f"verdicts: {dict(counts)}", file=sys.stderr)
    print(f"different: {different} of {options.runs} comparisons "
          f"({options.mode} against {options.against or 'itself'})", file=sys.stderr)  # fmt: skip
    return different


def group(bench):
    """Two rows of the benchmark: one binary against itself, and against another mode."""
    for runs, against, what, bar in (
        (20, None, "`diff` of two runs of the same binary: pairs of 20 called different", at_most(1)),
        (5, "threads", "`diff` of `select` and `threads` beside large requests: pairs of 5 called different",
         at_least(5)),
    ):  # fmt: skip
        options = argparse.Namespace(looplag=bench.build.looplag, looplagd=bench.build.looplagd, runs=runs,
                                     mode="select", against=against, seconds=3)  # fmt: skip
        yield limit(what, compare(options), bar)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("looplag")
    parser.add_argument("looplagd")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--mode", default="select")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--against", help="the other mode")
    options = parser.parse_args()
    different = compare(options)
    return not options.against and different * 20 > options.runs


if __name__ == "__main__":
    sys.exit(main())
