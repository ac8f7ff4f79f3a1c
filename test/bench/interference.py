"""Small requests with 25 MB ones running beside them, and how long the loop is held."""

import looplag
from rows import absent, at_most, interference, limit

SMALL = "size=0.001,interval=0.005,arrival=open"
LARGE = "large:size=25,interval=1,arrival=closed"
STREAM_SECONDS, MODE_SECONDS = 30, 20

# Every remedy whose small p99 is to stay near its own baseline: its flags.
REMEDIES = (
    ("--mode=threads",),
    ("--mode=offload", "--workers=40"),
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


def stream_rows(bench):
    """One loop, 25 MB /stream beside small /stream and small /ping; the server's own loop hold."""
    with bench.build.server("--mode=select") as server:
        result = looplag.load(bench, server, STREAM_SECONDS, "stream:endpoint=/stream," + SMALL,
                              "ping:endpoint=/ping," + SMALL, LARGE + ",endpoint=/stream")
        stats = server.stats()
    for name in ("stream", "ping"):
        yield p99_row("`select`, small `/%s` p99 with 25 MB `/stream` running" % name,
                      looplag.cell_of(result, name), at_most(1.5))
    wall = stats["loop_hold_ms"]
    what = "`select`, loop hold with 25 MB `/stream` running, %s (ms)"
    yield limit(what % "p99.9", wall["p999"], at_most(1))
    cpu = stats.get("loop_hold_cpu_ms")
    longest = what % "longest in thread CPU time"
    yield limit(longest, cpu["max"], at_most(1)) if cpu else absent(longest, bar=at_most(1))
    yield limit(what % "longest in wall time", wall["max"])


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
    yield from stream_rows(bench)


def measure_modes(bench):
    for flags in REMEDIES:
        yield from remedy_rows(bench, flags)
