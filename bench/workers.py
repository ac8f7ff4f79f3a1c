"""Several loops: how pool and prefork share connections, and their throughput against one loop."""

import concurrent.futures
import contextlib
import time

from rows import absent, at_least, at_most, pair
from servers import MEMBERS_LARGE, ask, body_of

REQUESTS, AT_ONCE = 8, 4
CONNECTIONS = 400

MODES = (
    ("--mode=pool", "--workers=4", "--balance=least-busy"),
    ("--mode=prefork", "--workers=4"),
)
ONE_LOOP = ("--mode=select",)


def rate(server, body):
    """25 MB /ping requests answered per second, each on a new connection, 4 at a time."""
    start = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as senders:
        for _ in senders.map(lambda _: ask(server, "POST", "/ping", body), range(REQUESTS)):
            pass
    return REQUESTS / (time.perf_counter() - start)


def throughput_rows(bench, there):
    what = "`%s`, 25 MB `/ping` requests/s, 4 at a time, against one loop"
    rates = {flags: [] for flags in (*there, ONE_LOOP)}
    body = body_of(MEMBERS_LARGE)
    with contextlib.ExitStack() as stack:
        servers = {flags: stack.enter_context(bench.build.server(*flags)) for flags in rates}
        for _ in range(bench.rounds):
            for flags, server in servers.items():
                rates[flags].append(rate(server, body))
    for flags in there:
        yield pair(what % " ".join(flags), rates[flags], rates[ONE_LOOP], at_least(1.7))


def shares(server):
    """How many of many short connections, one after another, each worker got."""
    before = [worker["connections"] for worker in server.stats()["workers"]]
    for _ in range(CONNECTIONS):
        ask(server, "GET", "/healthz")
    after = [worker["connections"] for worker in server.stats()["workers"]]
    return [late - early for early, late in zip(before, after)]


def balance_row(bench, flags):
    with bench.build.server(*flags) as server:
        connections = shares(server)
    what = "`%s`, %d short connections: of the busiest worker, against the idlest"
    return pair(what % (" ".join(flags), CONNECTIONS), [max(connections)], [max(min(connections), 1)],
                at_most(2))


def measure(bench):
    there = [flags for flags in MODES if bench.build.knows(*flags)]
    for flags in there:
        yield balance_row(bench, flags)
    if there:
        yield from throughput_rows(bench, there)
    for flags in MODES:
        if flags not in there:
            yield absent("`%s`" % " ".join(flags))
