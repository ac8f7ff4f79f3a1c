"""Small requests with 25 MB ones running beside them, and how long the loop is held."""

import subprocess

import looplag
from rows import absent, at_most, interference, limit, limit_of_runs, pair

SMALL = "size=0.001,interval=0.005,arrival=open"
LARGE = "large:size=25,interval=1,arrival=closed"
ONE_LOOP_SECONDS, MODE_SECONDS = 12, 20

# Every remedy whose small p99 is to stay near its own baseline: its flags.
REMEDIES = (
    ("--mode=threads",),
    ("--mode=offload", "--workers=40"),
    ("--mode=hybrid",),
    ("--mode=prefork", "--workers=4"),
    ("--mode=pool", "--workers=4", "--balance=least-busy"),
)


def p99_row(what, cell, bar):
    alone = cell["baseline"]["response_ms"]["p99"]
    beside = cell["response_ms"]["p99"]
    if alone is None or beside is None:
        return absent(what, "too few samples", bar)
    interval = cell["interference_ci"]["p99"]
    return interference("%s (ms, %d samples), against without" % (what, cell["ok"]), alone, beside,
                        beside / alone, interval, bar)


def one_loop_run(bench, path):
    """One loop, 25 MB beside small requests to the same path and small /ping: the result, the server's own view."""
    classes = ("same:endpoint=%s,%s" % (path, SMALL), "ping:endpoint=/ping," + SMALL, LARGE + ",endpoint=" + path)
    with bench.build.server("--mode=select") as server:
        return looplag.load(bench, server, ONE_LOOP_SECONDS, *classes), server.stats()


def gap_ms(bench):
    """The machine's own: the longest that threads which do nothing, one for each CPU, seem to be busy for."""
    return float(subprocess.run([bench.build.clock_gaps, str(ONE_LOOP_SECONDS)], check=True,
                                capture_output=True, text=True).stdout)


def p99_row_of_runs(name, path, large_path, results):
    cells = [looplag.cell_of(result, name) for result in results]
    what = "`select`, small `%s` p99 with 25 MB `%s` running (ms, %d samples), against without" % (
        path, large_path, sum(cell["ok"] for cell in cells))
    beside = [cell["response_ms"]["p99"] for cell in cells]
    alone = [cell["baseline"]["response_ms"]["p99"] for cell in cells]
    if None in beside + alone:
        return absent(what, "too few samples", at_most(1.5))
    return pair(what, beside, alone, at_most(1.5))


def one_loop_rows(bench, path, longest_ms):
    """The small classes of several runs, and how long the loop was held in them."""
    results, stats, gaps = [], [], []
    for _ in range(bench.rounds):
        result, seen = one_loop_run(bench, path)
        results.append(result)
        stats.append(seen)
        gaps.append(gap_ms(bench))
    for name, small_path in (("same", path), ("ping", "/ping")):
        yield p99_row_of_runs(name, small_path, path, results)
    wall = [seen["loop_hold_ms"] for seen in stats]
    cpu = [seen["loop_hold_cpu_ms"]["max"] for seen in stats]
    what = "`select`, loop hold with 25 MB `" + path + "` running, %s (ms)"
    yield limit_of_runs(what % "p99.9", [one["p999"] for one in wall], bar=at_most(1))
    yield limit_of_runs(what % "longest in thread CPU time; *peer*: threads that only read their clocks (4)",
                        cpu, gaps, at_most(longest_ms))
    yield limit_of_runs(what % "longest in wall time", [one["max"] for one in wall])


def remedy_rows(bench, flags):
    what = "`%s`, small `/ping` p99 with 25 MB `/ping` running" % " ".join(flags)
    if not bench.build.knows(*flags):
        yield absent(what, bar=at_most(3))
        return
    with bench.build.server(*flags) as server:
        result = looplag.load(bench, server, MODE_SECONDS, "small:endpoint=/ping," + SMALL,
                              LARGE + ",endpoint=/ping")
    cell = looplag.cell_of(result, "small")
    yield p99_row(what, cell, at_most(3))
    if flags == REMEDIES[0]:
        yield limit("`%s`, longest small request with 25 MB ones running (ms)" % flags[0],
                    cell["response_ms"]["max"], at_most(50))


def measure(bench):
    yield from one_loop_rows(bench, "/stream", 1)


def measure_modes(bench):
    for flags in REMEDIES:
        yield from remedy_rows(bench, flags)
