#!/usr/bin/env python3
"""The benchmark: ratios against peers, each pair measured in turn in one run.

Prints a Markdown table for each group: what was measured, both medians, the
median of the pairs' ratios and their spread, the bar that the project set
itself, and whether it is met. With --write the docs keep what was measured (docs/runs). It measures
and does not judge by its exit code: a noisy machine is no failed test.
"""

import argparse
import os
import signal
import sys
import time

import awaiting
import client_cost
import coverage
import diagnose
import diff_aa
import instructions
import hostile
import hybrid
import interference
import kept
import large
import memory
import overload
import page
import peers
import reach
import report
import sender
import small
import steady
import tls
import trickle
import users
import workers
from servers import Build

ROUNDS_MIN = 5

# The groups of rows, in the table's order: each yields rows. Names are what --only takes.
GROUPS = {
    "small": small.measure,
    "large": large.measure,
    "stream": interference.measure,
    "await": awaiting.measure,
    "modes": interference.measure_modes,
    "hybrid": hybrid.measure,
    "workers": workers.measure,
    "trickle": trickle.measure,
    "memory": memory.measure,
    "hostile": hostile.measure,
    "overload": overload.measure,
    "page": page.measure,
    "report": report.measure,
    "users": users.measure,
    "client": client_cost.measure,
    "sender": sender.measure,
    "reach": reach.measure,
    "coverage": coverage.measure,
    "tls": tls.measure,
    "steady": steady.measure,
    "diff": diff_aa.group,
    "instructions": instructions.measure,
    "peers": peers.measure,
    "diagnose": diagnose.measure,
    "diagnose-workers": diagnose.measure_workers,
}

# Groups that take so long that they are measured only by name, or with the page that shows them.
BY_NAME = {"diagnose", "diagnose-workers"}


class Bench:
    """What a group needs: the programs, how many rounds, and a place for doubts and for what is no row."""

    def __init__(self, build, rounds):
        self.build = Build(build)
        self.rounds = rounds
        self.doubts = []
        self.figures = {}

    def distrust(self, why):
        self.doubts.append(why)
        tell(why)

    def note(self, what):
        """For who reads along; no part of the table."""
        tell(what)


def tell(text):
    print("bench: " + text, file=sys.stderr)


def load_average():
    return " ".join("%.2f" % one for one in os.getloadavg())


def run(bench, name):
    """One group: its rows, told as they come, as the docs keep it."""
    begun, start, rows = kept.begin(load_average()), time.monotonic(), []
    bench.doubts.clear()
    bench.figures.clear()
    for row in GROUPS[name](bench):
        rows.append(row)
        tell(" | ".join(cell for cell in row.cells() if cell))
    return kept.run_of(name, begun, rows, bench, time.monotonic() - start)


def chosen(parser, arguments):
    """The groups that were asked for: by name, else those that the page shows, else all."""
    shown = kept.groups_on(arguments.write, GROUPS) if arguments.write else list(GROUPS)
    names = arguments.only.split(",") if arguments.only else [name for name in shown if arguments.write or name not in BY_NAME]
    unknown = [name for name in names if name not in GROUPS]
    if unknown:
        parser.error("--only: no such group: %s; use %s" % (", ".join(unknown), ", ".join(GROUPS)))
    elsewhere = [name for name in names if name not in shown]
    if elsewhere:
        parser.error("--write: %s shows no run of: %s" % (arguments.write, ", ".join(elsewhere)))
    return names


def parse():
    parser = argparse.ArgumentParser(description=__doc__, prog="./run bench")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=ROUNDS_MIN, help="pairs per row (%(default)s)")
    parser.add_argument("--only", metavar="GROUP,...", help="of: " + ", ".join(GROUPS))
    parser.add_argument("--peers", action="store_true",
                        help="install FastAPI and Node first; they are measured where they are installed")
    parser.add_argument("--write", metavar="PAGE",
                        help="keep the runs for the docs, and make anew what shows them; PAGE is of docs, and says which groups")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds: at least 1")
    if arguments.write and arguments.rounds < ROUNDS_MIN:
        parser.error("--write is for at least %d rounds" % ROUNDS_MIN)
    arguments.names = chosen(parser, arguments)
    return arguments


def main():
    arguments = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the servers end with it
    bench = Bench(arguments.build, arguments.rounds)
    try:
        for name in arguments.names:
            measured = run(bench, name)
            print("## %s\n\n%s\n" % (name, kept.section(measured)), flush=True)
            if arguments.write:
                kept.runs.write(measured["command"], measured)
    finally:
        if arguments.write:
            kept.show()
    return 0


if __name__ == "__main__":
    sys.exit(main())
