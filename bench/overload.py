"""More requests than the server can answer: goodput, and p99 of what it accepts, by offered load.

An open loop in a process of its own: requests come at random times at a given rate, each on a new
connection, whatever the replies do. The server has one processor, the client the others: what it costs to
send more is not taken from the server. Capacity is what a closed loop gets from the same server. Each mode
is measured with a limit that sheds load, in every round, and once with the default.
"""

import asyncio
import multiprocessing
import os
import random
import statistics
import time

from rows import absent, at_least, at_most, pair
from servers import body_of, post_ms

MEMBERS = 12_500  # 250 kB: some milliseconds of parsing, so that the one who asks is not the limit
SECONDS = 5
WAIT_S = 20
PROCESSORS = sorted(os.sched_getaffinity(0))
OF_SERVER, OF_CLIENT = PROCESSORS[-1], PROCESSORS[:-1]
PINNED = ("taskset", "--cpu-list", str(OF_SERVER))
LOADS = (0.5, 0.8, 1.0, 1.5, 2.0)
# The modes, and --max-inflight for each loop or process there: some 16 in all.
MODES = {"select": 16, "threads": 16, "pool": 8, "prefork": 4, "offload": 16, "hybrid": 16}
DEFAULT = 1024  # of --max-inflight


async def ask(address, request, results):
    """One request; its status (0: none), its ms, and when it was over."""
    status, begun = 0, time.monotonic()
    try:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(request)
        reply = await reader.read()
        status = int(reply[9:12] or 0)
        writer.close()
    except OSError:
        pass
    now = time.monotonic()
    results.append((status, (now - begun) * 1000, now))


async def offer(address, request, rate):
    """Requests at random times, `rate` a second; their results, and the longest that one was begun late."""
    chooser = random.Random(int(rate))
    results, tasks = [], set()
    due = begun = time.monotonic()
    late = 0.0
    while due < begun + SECONDS:
        due += chooser.expovariate(rate)
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        late = max(late, time.monotonic() - due)
        task = asyncio.create_task(ask(address, request, results))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    end = time.monotonic()
    if tasks:
        await asyncio.wait(tasks, timeout=WAIT_S)
    return summary(results, end), late


async def saturate(address, request, clients=8):
    """What so many clients get that ask again at once."""
    results = []
    end = time.monotonic() + SECONDS

    async def client():
        while time.monotonic() < end:
            await ask(address, request, results)

    await asyncio.gather(*(client() for _ in range(clients)))
    return summary(results, end)


def summary(results, end):
    """200s a second before `end`, and the p99 of the ms of all 200s."""
    good = sorted(ms for status, ms, _ in results if status == 200)
    in_time = sum(status == 200 and over <= end for status, _, over in results)
    return in_time / SECONDS, good[int(len(good) * 0.99)] if good else float("inf")


def in_a_process(coroutine, *arguments):
    with multiprocessing.Pool(1) as pool:
        return pool.apply(run, (coroutine, *arguments))


def run(coroutine, *arguments):
    os.sched_setaffinity(0, OF_CLIENT)
    return asyncio.run(coroutine(*arguments))


def request_of(server):
    body = body_of(MEMBERS)
    return (b"POST /ping HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (server.host.encode(), len(body), body))


def curve(build, mode, inflight, loads=LOADS):
    """Capacity, and (goodput, p99) at each load."""
    with build.server("--mode=" + mode, "--max-inflight=%d" % inflight, under=PINNED) as server:
        address, request = (server.host, server.port), request_of(server)
        post_ms(server, "/ping", body_of(MEMBERS))
        capacity, _ = in_a_process(saturate, address, request)
        return capacity, [in_a_process(offer, address, request, capacity * load)[0] for load in loads]


def whole(values):
    """Their median; where nothing was accepted a p99 is as long as anybody waits."""
    return round(min(statistics.median(values), WAIT_S * 1000))


def middle(mode, inflight, curves):
    """The medians of several curves, as the docs keep them."""
    points = zip(*(points for _, points in curves))
    return {
        "mode": mode, "max_inflight": inflight, "capacity": whole([capacity for capacity, _ in curves]),
        "points": [[load, *(whole(values) for values in zip(*point))] for load, point in zip(LOADS, points)],
    }  # fmt: skip


def measure(bench):
    limited, default = [], []
    if not OF_CLIENT:
        yield absent("more requests than it can answer: a processor for the server, and one for the client")
        return
    for mode, inflight in MODES.items():
        if not bench.build.knows("--mode=" + mode):
            continue
        curves = [curve(bench.build, mode, inflight) for _ in range(bench.rounds)]
        limited.append(middle(mode, inflight, curves))
        default.append(middle(mode, DEFAULT, [curve(bench.build, mode, DEFAULT)]))
        what = "250 kB `/ping`, `--mode=%s --max-inflight=%d`: " % (mode, inflight)
        yield pair(what + "200s a second at 2 x capacity, against the peak", [points[-1][0] for _, points in curves],
                   [max(capacity, *(goodput for goodput, _ in points)) for capacity, points in curves], at_least(0.9))
        yield pair(what + "p99 of the accepted (ms) at 2 x capacity, against that at 0.8 x",
                   [points[-1][1] for _, points in curves], [points[LOADS.index(0.8)][1] for _, points in curves], at_most(5))
    bench.figures["goodput"] = limited + default
