"""Memory: of one 25 MB request, and of connections that wait."""

import contextlib
import os
import subprocess
import tempfile

from rows import absent, at_most, pair
from servers import MEMBERS_LARGE, Server, ask, bodies_of_shapes, body_of, connection_to, exchange

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


def document_cost(program, path):
    """(MB, CPU ms) of the document of a body in a file."""
    done = subprocess.run([program, path], capture_output=True, text=True, check=True)
    peak, cpu = done.stdout.split()
    return int(peak) * 1.024e-3, float(cpu)


def document_rows(bench):
    """Our own table for objects, against jansson's, in shapes that differ in how a table grows."""
    what = "the document of one `/ping`, %s: %s, with our own table for objects against jansson's"
    if not os.path.exists(bench.build.document_cost):
        yield absent(what % ("any", "memory"), "jansson is not built in")
        return
    for shape, body in bodies_of_shapes(MEMBERS_LARGE).items():
        with tempfile.NamedTemporaryFile() as file:
            file.write(body)
            file.flush()
            rounds = [[document_cost(program, file.name)
                       for program in (bench.build.document_cost, bench.build.document_cost_stock)]
                      for _ in range(bench.rounds)]  # fmt: skip
        for place, (unit, bar) in enumerate((("memory (MB)", at_most(1.1)), ("CPU time (ms)", None))):
            yield pair(what % (shape, unit), [ours[place] for ours, _ in rounds],
                       [theirs[place] for _, theirs in rounds], bar)  # fmt: skip


def measure(bench):
    body = body_of(MEMBERS_LARGE)
    theirs = [peak_mb(lambda: Server(bench.build.plain), "/ping", body)]
    for path in ("/ping", "/pong"):
        yield pair("peak memory of one 25 MB `%s` (MB), against plain libmicrohttpd + `json_loadb`" % path,
                   [peak_mb(bench.build.server, path, body)], theirs)
    yield from document_rows(bench)
    yield pair("peak memory of one 25 MB `/stream` (MB), against bare libmicrohttpd discarding",
               [peak_mb(bench.build.server, "/stream", body)],
               [peak_mb(lambda: Server(bench.build.discard), "/", body)])
    yield pair("memory of an idle connection (kB), `threads` against `select`",
               [idle_kb(lambda: bench.build.server("--mode=threads"))],
               [idle_kb(lambda: bench.build.server("--mode=select"))])
