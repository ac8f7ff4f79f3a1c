"""Memory: of one 25 MB request, and of connections that wait."""

import contextlib

from rows import pair
from servers import MEMBERS_LARGE, Server, ask, body_of, connection_to, exchange

IDLE = 500


def peak_mb(start, path, body):
    """By how much one large request raises the peak of a fresh server."""
    with start() as server:
        before = server.memory("VmHWM")
        ask(server, "POST", path, body)
        return server.memory("VmHWM") - before


def idle_kb(start):
    """What one idle keep-alive connection holds."""
    with start() as server, contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connection_to(server)) for _ in range(IDLE + 1)]
        exchange(connections[0], "GET", "/healthz")
        before = server.memory("VmRSS")
        for connection in connections[1:]:
            exchange(connection, "GET", "/healthz")
        return (server.memory("VmRSS") - before) * 1000 / IDLE


def measure(bench):
    body = body_of(MEMBERS_LARGE)
    theirs = [peak_mb(lambda: Server(bench.build.plain), "/ping", body)]
    for path in ("/ping", "/pong"):
        yield pair("peak memory of one 25 MB `%s` (MB), against plain libmicrohttpd + `json_loadb`" % path,
                   [peak_mb(bench.build.server, path, body)], theirs)
    yield pair("peak memory of one 25 MB `/stream` (MB), against bare libmicrohttpd discarding",
               [peak_mb(bench.build.server, "/stream", body)],
               [peak_mb(lambda: Server(bench.build.discard), "/", body)])
    yield pair("memory of an idle connection (kB), `threads` against `select`",
               [idle_kb(lambda: bench.build.server("--mode=threads"))],
               [idle_kb(lambda: bench.build.server("--mode=select"))])
