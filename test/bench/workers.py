"""Several loops: large-request throughput of pool and prefork against one loop."""

import concurrent.futures
import contextlib
import time

from rows import absent, at_least, pair
from servers import MEMBERS_LARGE, ask, body_of

REQUESTS, AT_ONCE = 8, 4

MODES = (
    ("--mode=pool", "--workers=4", "--balance=least-busy"),
    ("--mode=prefork", "--workers=4"),
)


def rate(server, body):
    """25 MB /ping requests answered per second, each on a new connection, 4 at a time."""
    start = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as senders:
        for _ in senders.map(lambda _: ask(server, "POST", "/ping", body), range(REQUESTS)):
            pass
    return REQUESTS / (time.perf_counter() - start)


def measure(bench):
    what = "`%s`, 25 MB `/ping` requests/s, 4 at a time, against one loop"
    there = [flags for flags in MODES if bench.build.knows(*flags)]
    rates = {flags: [] for flags in (*there, None)}
    body = body_of(MEMBERS_LARGE)
    with contextlib.ExitStack() as stack:
        servers = {flags: stack.enter_context(bench.build.server(*(flags or ("--mode=select",))))
                   for flags in (rates if there else ())}
        for _ in range(bench.rounds):
            for flags, server in servers.items():
                rates[flags].append(rate(server, body))
    for flags in MODES:
        row = what % " ".join(flags)
        yield (pair(row, rates[flags], rates[None], at_least(1.7)) if flags in there
               else absent(row, bar=at_least(1.7)))
