"""25 MB requests, one at a time: what the client sees of /stream, what /ping costs the server."""

from nginx import Nginx
from rows import absent, at_most, pair
from servers import MEMBERS_LARGE, Server, body_of, post_ms, stages_ms


def stream(bench, body):
    """In turn: /stream, nginx in its ways, bare libmicrohttpd; the first round warms up."""
    times = {}
    with (bench.build.server() as ours, Server(bench.build.discard) as discard, Nginx() as nginx):
        ways = {"ours": (ours, "/stream", None), "stock": (nginx.stock, "/", None),
                "discard": (discard, "/", None), "ours read": (ours, "/stream", "/healthz"),
                "stock read": (nginx.stock, "/", "/")}
        if nginx.waits:
            ways["waits"] = (nginx.waits, "/", None)
        for _ in range(bench.rounds * 2 + 1):
            for name, (server, path, then) in ways.items():
                times.setdefault(name, []).append(post_ms(server, path, body, then))
    return {name: values[1:] for name, values in times.items()}


def stream_rows(bench, body):
    times = stream(bench, body)
    what = "25 MB `/stream`, as the client sees it (ms), against %s"
    yield pair(what % "nginx discarding it (2)", times["ours"], times["stock"], at_most(2, 1.5))
    yield pair(what % "nginx discarding it, to the reply of a request behind it (2)", times["ours read"],
               times["stock read"])
    waits = what % "nginx reading it before it answers (2)"
    yield pair(waits, times["ours"], times["waits"]) if "waits" in times else absent(waits)
    yield pair(what % "bare libmicrohttpd discarding it", times["ours"], times["discard"])


def ping_rows(bench, body):
    """The server's own time, against json_loadb + json_decref; the first of each is the warm-up."""
    ours_ms, plain_ms, own_ms = [], [], []
    with (bench.build.server() as ours, Server(bench.build.plain) as plain,
          Server(bench.build.plain_own) as own):
        for _ in range(bench.rounds + 1):
            plain_ms.append(stages_ms(plain, "/ping", body)["json"])
            own_ms.append(stages_ms(own, "/ping", body)["json"])
            ours_ms.append(stages_ms(ours, "/ping", body)["total"])
    what = "25 MB `/ping`, all of the server's time (ms), against `json_loadb` + `json_decref` of %s"
    yield pair(what % "the same bytes", ours_ms[1:], plain_ms[1:], at_most(0.75, 0.65, 0.45))
    yield pair(what % "looplagd's build of jansson, which has its own table (3)", ours_ms[1:], own_ms[1:], at_most(0.55))


def measure(bench):
    body = body_of(MEMBERS_LARGE)
    yield from stream_rows(bench, body)
    yield from ping_rows(bench, body)
