"""What an open live page costs the server that it watches: GET /recent, once a second.

The reply has a row for each tenth of a second in which a worker was held for a millisecond, so it is
measured of a server that did nothing, and of one whose last seconds were busy.
"""

import json
import pathlib
import threading
import time

from rows import at_most, limit, limit_of_runs, pair
from servers import ask, body_of, connection_to, exchange

REQUESTS, REQUESTS_FILLED = 2000, 200
MODES = (("--mode=select",), ("--mode=pool", "--workers=4"), ("--mode=pool", "--workers=128"))
MEMBERS = 12_500  # 250 kB: some milliseconds of parsing
CLIENTS = 8
FILL_S = 10  # as far as the reply looks back


def cpu_ns(server):
    """CPU time of all its threads, to the nanosecond."""
    return sum(int((task / "schedstat").read_text().split()[0])
               for task in pathlib.Path("/proc/%d/task" % server.pid).iterdir())


def each_us(server, path, requests=REQUESTS):
    """CPU time of one GET of a path, on a kept connection."""
    with connection_to(server) as connection:
        exchange(connection, "GET", path)
        before = cpu_ns(server)
        for _ in range(requests):
            exchange(connection, "GET", path)
        return (cpu_ns(server) - before) / requests / 1000


def fill(server):
    """Requests that hold their workers, on new connections, for as long as /recent looks back."""
    body, end = body_of(MEMBERS), time.monotonic() + FILL_S

    def send():
        while time.monotonic() < end:
            ask(server, "POST", "/ping", body)

    clients = [threading.Thread(target=send) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()


def rows_told(server):
    """How many rows /recent has now, of all workers."""
    return sum(len(worker["recent"]) for worker in json.loads(ask(server, "GET", "/recent")[1])["workers"])


def filled(bench, server):
    """[us of one /recent whose rows are as many as they get] and the rows, for each round."""
    for _ in range(bench.rounds):
        fill(server)
        rows = rows_told(server)
        yield each_us(server, "/recent", REQUESTS_FILLED), rows


def measure(bench):
    for flags in MODES:
        name = "`%s`" % " ".join(flags)
        share = name + ", an open live page's question, once a second%s (%% of a processor)"
        with bench.build.server(*flags) as server:
            pairs = [(each_us(server, "/recent"), each_us(server, "/stats")) for _ in range(bench.rounds)]
            recent, stats = zip(*pairs)
            busy, rows = zip(*filled(bench, server))
            yield pair("%s, CPU time of one `/recent` (us), against `/stats`" % name, recent, stats)
            yield pair("%s, CPU time of one `/recent` of busy seconds (%d rows; us), against idle ones" % (name, max(rows)),
                       busy, recent)
            yield limit_of_runs(share % "", [us / 1e6 * 100 for us in recent], bar=at_most(0.1))
            yield limit_of_runs(share % ", of busy seconds", [us / 1e6 * 100 for us in busy], bar=at_most(0.1))
    with bench.build.server(*MODES[0]) as server:
        each_us(server, "/recent")
        hold = server.stats()["loop_hold_ms"]
        yield limit("`--mode=select`, loop hold of `/recent`, p99 of %d (ms)" % REQUESTS, hold["p99"], at_most(1))
