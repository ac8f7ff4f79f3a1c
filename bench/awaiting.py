"""/await: jansson parses while the body comes in, beside small requests and against /ping."""

import interference
from rows import at_most, limit, pair
from servers import MEMBERS_LARGE, body_of, post_ms
from trickle import PIECE, Uploads, has_begun, wait_for

UPLOADS, MEMBERS_MB = 100, 50_000
LONGEST_MS = 3


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


def measure(bench):
    yield from interference.one_loop_rows(bench, "/await", LONGEST_MS)
    yield from whole_request_rows(bench)
    yield from upload_rows(bench)
