#!/usr/bin/env python3
"""The benchmark: ratios against peers, each pair measured in turn in one run.

Prints a Markdown table for each group: what was measured, both medians, the
median of the pairs' ratios and their spread, the bar that the project set
itself, and whether it is met. It measures and does not judge by its exit code: a noisy machine is
no failed test.
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
import document
import instructions
import hostile
import hybrid
import interference
import large
import memory
import overload
import page
import peers
import reach
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
}

# Groups with a document of their own, which are measured only by name.
DOCUMENTS = {"diagnose": diagnose}


class Bench:
    """What a group needs: the programs, how many rounds, and a place for doubts."""

    def __init__(self, build, rounds):
        self.build = Build(build)
        self.rounds = rounds
        self.doubts = []

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
    """One group: its rows, told as they come, as the section that the document has of it."""
    load, start, rows = load_average(), time.monotonic(), []
    bench.doubts.clear()
    for row in GROUPS[name](bench):
        rows.append(row)
        tell(" | ".join(cell for cell in row.cells() if cell))
    return document.section(rows, bench.rounds, time.monotonic() - start, load, bench.doubts)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, prog="./run bench")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=ROUNDS_MIN, help="pairs per row (%(default)s)")
    parser.add_argument("--only", metavar="GROUP,...", help="of: " + ", ".join(GROUPS))
    parser.add_argument("--peers", action="store_true",
                        help="install FastAPI and Node first; they are measured where they are installed")
    parser.add_argument("--write", metavar="FILE",
                        help="put the measured groups' tables there, and leave the others as they stand")
    arguments = parser.parse_args()
    arguments.names = (arguments.only.split(",") if arguments.only
                       else [name for name in GROUPS if name not in DOCUMENTS])
    unknown = [name for name in arguments.names if name not in GROUPS]
    if unknown:
        parser.error("--only: no such group: %s; use %s" % (", ".join(unknown), ", ".join(GROUPS)))
    if arguments.rounds < 1:
        parser.error("--rounds: at least 1")
    if arguments.write and arguments.rounds < ROUNDS_MIN:
        parser.error("--write is for at least %d rounds" % ROUNDS_MIN)
    if arguments.write and len(arguments.names) > 1 and set(arguments.names) & set(DOCUMENTS):
        parser.error("--write: %s has a document of its own" % ", ".join(DOCUMENTS))
    return arguments


def main():
    arguments = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the servers end with it
    bench = Bench(arguments.build, arguments.rounds)
    for name in arguments.names:
        section = run(bench, name)
        print("## %s\n\n%s\n" % (name, section), flush=True)
        if arguments.write and name in DOCUMENTS:
            DOCUMENTS[name].write(arguments.write, section)
        elif arguments.write:
            document.write(arguments.write, GROUPS, {name: section}, bench.build.looplagd)
    return 0


if __name__ == "__main__":
    sys.exit(main())
