"""/await: jansson parses while the body comes in, beside small requests and against /ping; one at a time and several."""

from concurrent.futures import ThreadPoolExecutor

import interference
import looplag
from rows import at_most, limit, pair
from servers import MEMBERS_LARGE, body_of, post_ms
from trickle import PIECE, Uploads, has_begun, wait_for

UPLOADS, MEMBERS_MB = 100, 50_000
LONGEST_MS = 3
AT_ONCE, CROWD_SECONDS = 4, 20
CROWD = interference.LARGE + ",endpoint=/await,conns=%d" % AT_ONCE


def whole_request_rows(bench):
    """One at a time, in turn; the first round warms up."""
    body = body_of(MEMBERS_LARGE)
    times = {"/await": [], "/ping": []}
    peaks = {path: [] for path in times}
    with bench.build.server() as server:
        for _ in range(2 * bench.rounds + 1):
            for path, values in times.items():
                values.append(post_ms(server, path, body))
    for path, values in peaks.items():
        with bench.build.server() as server:
            before = server.memory("VmHWM")
            post_ms(server, path, body)
            values.append(server.memory("VmHWM") - before)
    yield pair("25 MB `/await`, as the client sees it (ms), against `/ping`", times["/await"][1:], times["/ping"][1:],
               at_most(1.1))
    yield pair("peak memory of one 25 MB `/await` (MB), against `/ping`", peaks["/await"], peaks["/ping"])


def upload_rows(bench):
    body = body_of(MEMBERS_MB)
    with bench.build.server("--mode=select") as server:
        with Uploads(server.port, "/await", [body] * UPLOADS) as uploads:
            uploads.begin()
            wait_for(lambda: has_begun(server, UPLOADS), "begun all uploads")
            uploads.send_all_but_the_last_byte(PIECE)
            replies = uploads.finish()
        held = server.stats()["inflight_bytes"]["held"]
    right = sum(status == 200 and reply["count"] == MEMBERS_MB for status, reply in replies)
    what = "100 uploads of 1 MB at once on `/await`: %s"
    yield limit(what % "wrong or missing answers", UPLOADS - right, at_most(0))
    yield limit(what % "bytes held after them", held, at_most(0))


def cpu_ms(server, path, body, at_once):
    """The server's CPU time for one of AT_ONCE requests, of which `at_once` are sent at a time."""
    before = server.stats()["process"]["cpu_seconds"]
    with ThreadPoolExecutor(at_once) as senders:
        for answered in [senders.submit(post_ms, server, path, body) for _ in range(AT_ONCE)]:
            answered.result()
    return (server.stats()["process"]["cpu_seconds"] - before) * 1000 / AT_ONCE


def crowd_cpu_rows(bench):
    """Four at a time against one at a time, and against as many of `/ping`, in turn; the first round warms up."""
    body = body_of(MEMBERS_LARGE)
    ways = {("/await", AT_ONCE): [], ("/await", 1): [], ("/ping", AT_ONCE): []}
    with bench.build.server("--mode=select") as server:
        for _ in range(bench.rounds + 1):
            for way, values in ways.items():
                values.append(cpu_ms(server, way[0], body, way[1]))
    crowd, alone, ping = (values[1:] for values in ways.values())
    what = "CPU time of a 25 MB `/await`, four at a time (ms), against %s"
    yield pair(what % "one at a time", crowd, alone, at_most(1.2))
    yield pair(what % "`/ping`, four at a time", crowd, ping)


def crowd_rows(bench):
    """Small requests beside four large ones at a time."""
    with bench.build.server("--mode=select") as server:
        result = looplag.load(bench, server, CROWD_SECONDS, "small:endpoint=/ping," + interference.SMALL, CROWD)
    yield interference.p99_row("`select`, small `/ping` p99 with four 25 MB `/await` at a time",
                               looplag.cell_of(result, "small"), at_most(1.5))
    yield from crowd_cpu_rows(bench)


def measure(bench):
    yield from interference.one_loop_rows(bench, "/await", LONGEST_MS)
    yield from whole_request_rows(bench)
    yield from upload_rows(bench)
    yield from crowd_rows(bench)
