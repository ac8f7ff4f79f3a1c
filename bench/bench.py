#!/usr/bin/env python3
"""The benchmark: ratios against peers, each pair measured in turn in one run.

Prints one Markdown table: what was measured, both medians, the median of the
pairs' ratios and their spread, the bar that the project set itself, and whether
it is met. It measures and does not judge by its exit code: a noisy machine is
no failed test.
"""

import argparse
import os
import signal
import sys
import time

import client_cost
import coverage
import diff_aa
import instructions
import hostile
import interference
import large
import machine
import memory
import overload
import peers
import reach
import sender
import small
import trickle
import workers
from rows import markdown
from servers import Build

ROUNDS_MIN = 5

# The groups of rows, in the table's order: each yields rows. Names are what --only takes.
GROUPS = {
    "small": small.measure,
    "large": large.measure,
    "stream": interference.measure,
    "modes": interference.measure_modes,
    "workers": workers.measure,
    "trickle": trickle.measure,
    "memory": memory.measure,
    "hostile": hostile.measure,
    "overload": overload.measure,
    "client": client_cost.measure,
    "sender": sender.measure,
    "reach": reach.measure,
    "coverage": coverage.measure,
    "diff": diff_aa.group,
    "instructions": instructions.measure,
    "peers": peers.measure,
}

NOTES = """\
*ours* and *peer* are medians, *ratio* is the median of the pairs' ratios, *min..max* their spread (for
"`--mode=...`, against without", one run: looplag's own 95 % interval). A row without a peer is a figure
against a fixed limit. Each pair was measured in turn in one run; memory and instructions, which
repeat, once.

(1) nginx discards a 1.1 kB body in three ways here. All have read it to its end before they
answer (a body that came with its head needs no waiting). As it comes, nginx takes two reads for head
and body, for its head buffer holds 1 kB. With a head buffer of 8 kB it takes one, as libmicrohttpd
does: that is nginx at its best, so the bar is held against it. With `echo_read_request_body`
nginx's body reader runs before the reply.

(2) For a large body `return 200` answers before it has read it: the time ends when the client has sent
its last byte, with some MB of it still in socket buffers. That is the faster peer, and the bar is
held against it. With a second request behind it on the same connection, or with
`echo_read_request_body` (which keeps the body in memory), nginx has read all of it, as looplagd has.

(3) `./run` compiles jansson with the program, from the distribution's source: one unit, -O3, and gcc
told what it does most (subprojects/packagefiles/jansson). The peers have the distribution's library,
as it comes. These rows are against the plain server with looplagd's: what is left is looplagd's own.

(4) The median of the runs' longest, and *min..max* of them. A hypervisor that takes the processor away
does not stop the thread's CPU clock, nor do interrupts: *peer* is what that comes to here for threads
that do nothing else, one for each CPU, for as long, between the runs.
"""

DOCUMENT = """\
# Performance

Written by `./run bench --write docs/performance.md`; not edited by hand.

{text}
## Versions

| what | version |
|------|---------|
{versions}
"""


class Bench:
    """What a group needs: the programs, how many rounds, and a place for doubts."""

    def __init__(self, build, rounds):
        self.build = Build(build)
        self.rounds = rounds
        self.doubts = []

    def distrust(self, why):
        self.doubts.append(why)
        tell(why)


def tell(text):
    print("bench: " + text, file=sys.stderr)


def load_average():
    return " ".join("%.2f" % one for one in os.getloadavg())


def run(bench, names):
    """All rows of the groups, told as they come; and the seconds that each group took."""
    rows, seconds = [], {}
    for name in names:
        start = time.monotonic()
        for row in GROUPS[name](bench):
            rows.append(row)
            tell(" | ".join(cell for cell in row.cells() if cell))
        seconds[name] = time.monotonic() - start
    return rows, seconds


def report(bench, rows, seconds, load):
    """The text around the table, and the table."""
    yield "Machine: %s; load average before the run %s.\n" % (machine.describe(), load)
    yield from markdown(rows)
    yield "\nMedians of at least %d interleaved pairs. The run took %d s: %s.\n" % (
        bench.rounds, sum(seconds.values()),
        ", ".join("%s %d" % (name, took) for name, took in seconds.items()))
    for doubt in bench.doubts:
        yield "Not trustworthy: %s.\n" % doubt
    yield NOTES


def write(path, text, looplagd):
    """The document, put in place in one step."""
    versions = "\n".join("| %s | %s |" % line for line in machine.versions(looplagd))
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(DOCUMENT.format(text=text, versions=versions))
    os.replace(path + ".new", path)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, prog="./run bench")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=ROUNDS_MIN, help="pairs per row (%(default)s)")
    parser.add_argument("--only", metavar="GROUP,...", help="of: " + ", ".join(GROUPS))
    parser.add_argument("--peers", action="store_true",
                        help="install FastAPI and Node first; they are measured where they are installed")
    parser.add_argument("--write", metavar="FILE", help="write the table there, with machine and versions")
    arguments = parser.parse_args()
    arguments.names = arguments.only.split(",") if arguments.only else list(GROUPS)
    unknown = [name for name in arguments.names if name not in GROUPS]
    if unknown:
        parser.error("--only: no such group: %s; use %s" % (", ".join(unknown), ", ".join(GROUPS)))
    if arguments.rounds < 1:
        parser.error("--rounds: at least 1")
    if arguments.write and (arguments.only or arguments.rounds < ROUNDS_MIN):
        parser.error("--write is for a whole run of at least %d rounds" % ROUNDS_MIN)
    return arguments


def main():
    arguments = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the servers end with it
    load = load_average()
    bench = Bench(arguments.build, arguments.rounds)
    rows, seconds = run(bench, arguments.names)
    text = "\n".join(report(bench, rows, seconds, load))
    print(text)
    if arguments.write:
        write(arguments.write, text, bench.build.looplagd)
    return 0


if __name__ == "__main__":
    sys.exit(main())
