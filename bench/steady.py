"""Whether short windows show the steady state: ten default comparisons against one long run.

The long run is cut into parts, and a part comes after every other default run, so that a drift of
the machine weighs alike on both. A part has one window with large requests and one
without, each twelve times as long as the default's (24 s and 12 s), for each
system; `looplag report` adds the parts up by their histograms. Five parts are 120 s
with large requests and 60 s without.

Counted are the 95 % intervals of the default runs: how many hold what the long run
says. It is a sample, too, of ten times the requests, which costs a true interval
of 95 % about one in a hundred; what the windows of one run share and its rounds
cannot show costs more.
"""

import pathlib
import subprocess
import tempfile

import looplag
from rows import absent, at_least, share

BAR = at_least(85)  # % of the intervals that are promised to hold with 95 %
PART_SECONDS = 24
PERCENTILES = ("p50", "p99")


def figures(cell):
    """What a class that is no large one is said to be: (kind, value, interval or None)."""
    for name, stats in (("with large requests", cell), ("alone", cell["baseline"])):
        for percentile in PERCENTILES:
            response = stats["response_ms"]
            yield "%s %s" % (percentile, name), response[percentile], response[percentile + "_ci"]
    for percentile in PERCENTILES:
        yield "ratio of " + percentile, cell["interference"][percentile], cell["interference_ci"][percentile]
    yield "collateral delay", cell["collateral_ms_per_large"], cell["collateral_ms_per_large_ci"]


def figures_of(result):
    """{(system, kind): (value, interval)} of a result."""
    return {
        ("%s %s" % (cell["mode"], cell["endpoint"]), kind): (value, interval)
        for cell in result["cells"] if not cell["heavy"] for kind, value, interval in figures(cell)
    }  # fmt: skip


def count(truth, runs):
    """{kind: [intervals that hold what `truth` says, intervals]}, and the misses as words."""
    kinds, misses = {}, []
    for number, run in enumerate(runs, 1):
        for (system, kind), (_, interval) in figures_of(run).items():
            value = truth.get((system, kind), (None, None))[0]
            if interval is None or value is None:
                continue
            held = interval[0] <= value <= interval[1]
            tally = kinds.setdefault(kind, [0, 0])
            tally[0] += held
            tally[1] += 1
            if not held:
                misses.append("run %d, %s, %s: %.3g to %.3g, and the long run says %.3g" % (
                    number, system, kind, *interval, value))
    return kinds, misses


def merged(bench, parts):
    """The parts of the long run as one result."""
    out = parts[0].with_name("long.json")
    subprocess.run([bench.build.looplag, "report", "--format=json", "-o", out, *parts], check=False,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    return looplag.read(out)


PART = ("--rounds=1", "--duration=%d" % PART_SECONDS)


def measure(bench, run=(), part=PART):
    """A row for all intervals, and one for each kind; two default runs and a part for each of the bench's rounds."""
    compare = ("compare", "--server=" + bench.build.looplagd)
    with tempfile.TemporaryDirectory() as folder:
        runs, parts = [], []
        for number in range(bench.rounds):
            runs.append(looplag.run(bench, *compare, *run))
            parts.append(pathlib.Path(folder, "part-%d.json" % number))
            looplag.run_into(bench, parts[-1], *compare, *part)
            runs.append(looplag.run(bench, *compare, *run))
        truth = figures_of(merged(bench, parts))
    kinds, misses = count(truth, runs)
    for miss in misses:
        bench.note(miss)
    what = "95 %% intervals of %d default comparisons that hold what a long run says (%%)" % len(runs)
    if not kinds:
        yield absent(what, "none was told", BAR)
        return
    yield share(what, *(sum(tally[i] for tally in kinds.values()) for i in (0, 1)), BAR)
    for kind, tally in kinds.items():
        yield share("... of them: " + kind, *tally)
