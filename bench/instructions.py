"""Instructions per request, counted by valgrind's callgrind: they repeat where times do not.

A server answers N requests one after another on one connection, a second one
2 N; the difference of the two totals is what N requests took: start, stop and
warm-up are in both. User space only: the kernel's share is not seen.
"""

import contextlib
import os
import re
import socket
import tempfile

from nginx import Nginx
from rows import limit, pair
from servers import MEMBERS_SMALL, Server, body_of

SMALL_REQUESTS, MIDDLE_REQUESTS = 200, 2
MEMBERS_MIDDLE = 50_000  # 1 MB as the original counts: callgrind slows fifty times


# Callgrind counts every byte of a `rep stosb` or `rep movsb` as an instruction, so that clearing
# a connection's 32 KiB would outweigh all else. glibc is told to use vector stores, as ever.
TUNABLES = ("glibc.cpu.x86_rep_stosb_threshold=1000000000:"
            "glibc.cpu.x86_rep_movsb_threshold=1000000000")


def total_of(path):
    """Callgrind's count of all instructions of the process."""
    with open(path, encoding="utf-8") as file:
        return int(re.search(r"^(?:summary|totals): (\d+)", file.read(), re.MULTILINE).group(1))


def post_in_one_write(connection, path, body):
    """Head and body together, so that the server reads both at once, every time."""
    connection.sendall(b"POST %s HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
                       b"Content-Length: %d\r\n\r\n%s" % (path.encode(), len(body), body))
    reply = b""
    while not reply.endswith(b"}"):
        more = connection.recv(65536)
        if not more:
            break
        reply += more
    if not reply.startswith(b"HTTP/1.1 200 "):
        raise SystemExit("bench: under callgrind %s answered %r" % (path, reply[:100]))


def count(start, path, body, requests):
    """All instructions of a server that answers so many requests and stops."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "callgrind.out")
        under = ("env", "GLIBC_TUNABLES=" + TUNABLES, "valgrind", "--quiet", "--tool=callgrind",
                 "--callgrind-out-file=" + out)
        with start(under) as server:
            address = (server.host, server.port)
            with contextlib.closing(socket.create_connection(address)) as connection:
                for _ in range(requests):
                    post_in_one_write(connection, path, body)
        return total_of(out)


def per_request(start, path, body, requests):
    once, twice = (count(start, path, body, requests * times) for times in (1, 2))
    return (twice - once) / requests


@contextlib.contextmanager
def nginx_at_its_best(under):
    with Nginx(under=under) as nginx:
        yield nginx.one


def starters(build):
    return {
        "ours": lambda under: build.server(under=under),
        "plain": lambda under: Server(*under, build.plain),
        "plain_own": lambda under: Server(*under, build.plain_own),
        "discard": lambda under: Server(*under, build.discard),
        "nginx": nginx_at_its_best,
    }


def small_rows(start):
    body = body_of(MEMBERS_SMALL)
    yardsticks = {name: per_request(start[name], path, body, SMALL_REQUESTS)
                  for name, path in (("plain", "/ping"), ("plain_own", "/ping"),
                                     ("discard", "/"), ("nginx", "/"))}
    what = "instructions per small `%s`, against %s"
    for path in ("/ping", "/pong", "/stream"):
        ours = per_request(start["ours"], path, body, SMALL_REQUESTS)
        if path == "/stream":
            yield pair(what % (path, "nginx discarding, head and body in one read"), [ours],
                       [yardsticks["nginx"]])
            yield pair(what % (path, "bare libmicrohttpd discarding"), [ours], [yardsticks["discard"]])
        else:
            yield pair(what % (path, "plain libmicrohttpd + `json_loadb`"), [ours], [yardsticks["plain"]])
            yield pair(what % (path, "the same with looplagd's jansson (3)"), [ours],
                       [yardsticks["plain_own"]])


def middle_rows(start):
    body = body_of(MEMBERS_MIDDLE)
    per = {path: per_request(start["ours"], path, body, MIDDLE_REQUESTS) for path in ("/ping", "/stream")}
    plain = per_request(start["plain"], "/ping", body, MIDDLE_REQUESTS)
    yield pair("instructions per member, 1 MB `/ping`, against plain libmicrohttpd + `json_loadb`",
               [per["/ping"] / MEMBERS_MIDDLE], [plain / MEMBERS_MIDDLE])
    yield limit("instructions per byte, 1 MB `/stream`", per["/stream"] / len(body))


def measure(bench):
    start = starters(bench.build)
    yield from small_rows(start)
    yield from middle_rows(start)
