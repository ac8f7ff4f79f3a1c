"""1,000 uploads of 25 MB at once on /stream, each a small piece at a time; and what they hold."""

import pathlib
import resource
import sys
import time

from rows import absent, at_most, limit
from servers import MEMBERS_LARGE, body_of

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "test" / "http"))

from uploads import Uploads, unread_bytes  # noqa: E402  (the suite's own, after its folder is known)

COUNT = 1000
PIECE = 32 << 10
SPARE_FILES = 64
WAIT_S = 60


def raise_file_limit():
    """Room for a socket per upload here; the server raises its own limit. False: there is none."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard == resource.RLIM_INFINITY or hard >= COUNT + SPARE_FILES


def wait_for(condition, what):
    deadline = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("bench: the server has not %s in %d s" % (what, WAIT_S))
        time.sleep(0.01)


def has_begun(server, count):
    """The server itself counts every upload, and our question, as in flight."""
    return server.stats()["requests"]["in_flight"] == count + 1


def measure(bench):
    what = "1,000 uploads of 25 MB at once on `/stream`: %s"
    if not raise_file_limit():
        yield absent(what % "all", "too few file descriptors")
        return
    body = body_of(MEMBERS_LARGE)
    with bench.build.server("--mode=select") as server:
        at_rest = server.memory("VmRSS")
        start = time.perf_counter()
        with Uploads(server.port, "/stream", [body] * COUNT) as uploads:
            uploads.begin()
            wait_for(lambda: has_begun(server, COUNT), "begun all uploads")
            begun = server.memory("VmRSS")
            uploads.send_all_but_the_last_byte(PIECE)
            wait_for(lambda: unread_bytes(server.port) == 0, "read all bodies")
            sent = server.memory("VmRSS")
            replies = uploads.finish()
        seconds = time.perf_counter() - start
        peak = server.memory("VmHWM")
    right = sum(status == 200 and reply["count"] == MEMBERS_LARGE for status, reply in replies)
    yield limit(what % "wrong or missing answers", COUNT - right, at_most(0))
    yield limit(what % "the server's peak RSS (MB)", peak, at_most(100))
    yield limit(what % "its RSS before them (MB)", at_rest)
    yield limit(what % "RSS of one that sent its head (kB)", (begun - at_rest) * 1000 / COUNT)
    yield limit(what % "RSS of one that sent all but its last byte (kB)", (sent - at_rest) * 1000 / COUNT)
    yield limit(what % "seconds for all of them", seconds)
