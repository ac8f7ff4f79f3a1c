"""A normal client's p99 while 4,100 connections drip, against without, in turn on one server."""

import contextlib
import multiprocessing
import resource
import socket
import time

from rows import absent, at_most, pair
from servers import MEMBERS_SMALL, body_of, post_ms

DRIPS = 4100
SPARE_FILES = 64
ASKED, PAUSE_S = 400, 0.015  # for one p99: some 6 s, in which the drips' first deadlines end
MODES = ("select", "threads", "pool", "prefork", "offload", "hybrid")
HEAD = b"GET /healthz HTTP/1.1\r\nHost: drip\r\nX-Drip: "
BODY = b"POST /ping HTTP/1.1\r\nHost: drip\r\nContent-Length: 1000000\r\n\r\n"


def p99(values):
    return sorted(values)[int(len(values) * 0.99)]


def normal_p99(server):
    """All of its requests must be answered with 200."""
    body, times = body_of(MEMBERS_SMALL), []
    for _ in range(ASKED):
        times.append(post_ms(server, "/ping", body))
        time.sleep(PAUSE_S)
    return p99(times)


def drip(address, ready, done):
    """Every second a byte to each connection; those that were closed are made anew."""
    drips = [None] * DRIPS
    while not done.is_set():
        start = time.monotonic()
        for i, connection in enumerate(drips):
            try:
                if connection is None:
                    drips[i] = connection = socket.create_connection(address, 5)
                    connection.sendall(BODY if i % 2 else HEAD)
                elif i % 2 == 0 or int(start) % 10 == 0:
                    connection.send(b"x")
            except OSError:
                if drips[i]:
                    drips[i].close()
                drips[i] = None
        ready.set()
        done.wait(max(0.0, start + 1 - time.monotonic()))


@contextlib.contextmanager
def dripping(server):
    ready, done = multiprocessing.Event(), multiprocessing.Event()
    process = multiprocessing.Process(target=drip, args=((server.host, server.port), ready, done))
    process.start()
    try:
        if not ready.wait(60):
            raise SystemExit("bench: the drips were not connected in 60 s")
        yield
    finally:
        done.set()
        process.join(60)


def drips(bench):
    for mode in MODES:
        if not bench.build.knows("--mode=" + mode):
            continue
        ours, peer = [], []
        with bench.build.server("--mode=" + mode) as server:
            normal_p99(server)
            for _ in range(bench.rounds):
                peer.append(normal_p99(server))
                with dripping(server):
                    ours.append(normal_p99(server))
            if not server.stats()["limited"]["min_body_rate"]:
                bench.distrust("--mode=%s has ended no body that dripped" % mode)
        yield pair("small `/ping` on new connections (p99, ms), `--mode=%s`, while %d connections "
                   "drip, against without" % (mode, DRIPS), ours, peer, at_most(3))


def measure(bench):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard != resource.RLIM_INFINITY and hard < DRIPS + SPARE_FILES:
        yield absent("%d drips" % DRIPS, "too few file descriptors")
    else:
        yield from drips(bench)
