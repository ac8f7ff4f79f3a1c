"""What an open live page costs the server that it watches: GET /recent, once a second."""

import pathlib

from rows import at_most, limit, limit_of_runs, pair
from servers import connection_to, exchange

REQUESTS = 2000
MODES = (("--mode=select",), ("--mode=pool", "--workers=4"), ("--mode=pool", "--workers=128"))


def cpu_ns(server):
    """CPU time of all its threads, to the nanosecond."""
    return sum(int((task / "schedstat").read_text().split()[0])
               for task in pathlib.Path("/proc/%d/task" % server.pid).iterdir())


def each_us(server, path):
    """CPU time of one GET of a path, on a kept connection."""
    with connection_to(server) as connection:
        exchange(connection, "GET", path)
        before = cpu_ns(server)
        for _ in range(REQUESTS):
            exchange(connection, "GET", path)
        return (cpu_ns(server) - before) / REQUESTS / 1000


def measure(bench):
    for flags in MODES:
        name = "`%s`" % " ".join(flags)
        with bench.build.server(*flags) as server:
            pairs = [(each_us(server, "/recent"), each_us(server, "/stats")) for _ in range(bench.rounds)]
            recent, stats = zip(*pairs)
            yield pair("%s, CPU time of one `/recent` (us), against `/stats`" % name, recent, stats)
            yield limit_of_runs("%s, an open live page's question, once a second (%% of a processor)" % name,
                                [us / 1e6 * 100 for us in recent], bar=at_most(0.1))
    with bench.build.server(*MODES[0]) as server:
        each_us(server, "/recent")
        hold = server.stats()["loop_hold_ms"]
        yield limit("`--mode=select`, loop hold of `/recent`, p99 of %d (ms)" % REQUESTS, hold["p99"], at_most(1))
