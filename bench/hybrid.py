"""Hybrid against one loop: small requests alone and beside 25 MB ones, and their CPU time; and what a reserve keeps."""

import looplag
from interference import LARGE, SMALL, p99_row
from rows import at_most, pair
from small import rate, script

ALONE_SECONDS, BESIDE_SECONDS, CROWD_SECONDS = 6, 12, 20
CONNECTIONS = 16
ONE_LOOP, HYBRID = "--mode=select", "--mode=hybrid"
SMALL_PING = "small:endpoint=/ping," + SMALL
LARGE_PING = LARGE + ",endpoint=/ping"

# As many 25 MB requests at a time as workers; with and without a worker that takes none of them.
CROWD = LARGE + ",conns=4,endpoint=/ping"
CROWDED = (
    ("--mode=hybrid",),
    ("--mode=pool", "--workers=4"),
    ("--mode=pool", "--workers=4", "--reserve=1"),
    ("--mode=prefork", "--workers=4"),
    ("--mode=prefork", "--workers=4", "--reserve=1"),
)


def alone(bench, server):
    """The small class without others, in ms."""
    result = looplag.run(bench, "load", "--base-url=" + server.url(""), "--duration=%d" % ALONE_SECONDS,
                         "--class=" + SMALL_PING)
    return looplag.cell_of(result, "small")["response_ms"]


def beside(bench, server):
    """The small class in the windows of one run: without large requests, and with them."""
    result = looplag.load(bench, server, BESIDE_SECONDS, SMALL_PING, LARGE_PING)
    cell = looplag.cell_of(result, "small")
    return cell["baseline"]["response_ms"], cell["response_ms"]


def cpu_us(server, lua):
    """The server's CPU time for a small request of one busy window, in us."""
    before = server.stats()
    rate(lua, server.url("/ping"), CONNECTIONS)
    after = server.stats()
    spent = after["process"]["cpu_seconds"] - before["process"]["cpu_seconds"]
    return spent * 1e6 / (after["requests"]["answered"] - before["requests"]["answered"])


def small_rows(bench, select, hybrid):
    """In turn: one loop alone, hybrid alone, hybrid with and without large requests."""
    ours = {"alone": [], "beside": [], "p99": [], "p99 alone": []}
    theirs = []
    for _ in range(bench.rounds):
        theirs.append(alone(bench, select)["p50"])
        ours["alone"].append(alone(bench, hybrid)["p50"])
        without, with_large = beside(bench, hybrid)
        ours["beside"].append(with_large["p50"])
        ours["p99"].append(with_large["p99"])
        ours["p99 alone"].append(without["p99"])
    what = "`hybrid`, small `/ping` p50 %s (ms), against `select` alone"
    yield pair(what % "alone", ours["alone"], theirs, at_most(1.1))
    yield pair(what % "with 25 MB `/ping` running", ours["beside"], theirs, at_most(1.1))
    yield pair("`hybrid`, small `/ping` p99 with 25 MB `/ping` running (ms), against without", ours["p99"],
               ours["p99 alone"], at_most(1.5))


def cpu_row(bench, select, hybrid):
    """The first window of each warms up."""
    times = {select: [], hybrid: []}
    with script() as lua:
        for _ in range(bench.rounds + 1):
            for server, values in times.items():
                values.append(cpu_us(server, lua))
    return pair("`hybrid`, CPU time for a small `/ping` (us), against `select`", times[hybrid][1:], times[select][1:],
                at_most(1.05))


def crowd_row(bench, flags):
    """One run: what the small requests wait while 25 MB ones hold as many workers as there are."""
    with bench.build.server(*flags) as server:
        result = looplag.load(bench, server, CROWD_SECONDS, SMALL_PING, CROWD)
    return p99_row("`%s`, small `/ping` p99 with four 25 MB `/ping` at a time" % " ".join(flags),
                   looplag.cell_of(result, "small"), None)


def measure(bench):
    with bench.build.server(ONE_LOOP) as select, bench.build.server(HYBRID) as hybrid:
        yield from small_rows(bench, select, hybrid)
        yield cpu_row(bench, select, hybrid)
    for flags in CROWDED:
        yield crowd_row(bench, flags)
