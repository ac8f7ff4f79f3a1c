"""Small requests: throughput of 1.1 kB POSTs on 16 keep-alive connections, driven by wrk."""

import contextlib
import os
import re
import subprocess
import tempfile

from nginx import Nginx
from rows import absent, at_least, pair
from servers import MEMBERS_SMALL, Server, body_of

SECONDS = 2


@contextlib.contextmanager
def script():
    """wrk's script: the small POST."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "post.lua")
        with open(path, "w", encoding="utf-8") as lua:
            lua.write("wrk.method = 'POST'\nwrk.body = [==[%s]==]\n"
                      "wrk.headers['Content-Type'] = 'application/json'\n"
                      % body_of(MEMBERS_SMALL).decode())
        yield path


def rate(lua, url, connections=16):
    """Requests/s; every one of them must have been answered with 200."""
    output = subprocess.run(["wrk", "-t1", "-c%d" % connections, "-d%d" % SECONDS, "-s", lua, url],
                            check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit("bench: %s refused requests:\n%s" % (url, output))
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))


def in_turn(urls, rounds):
    """The rates of every URL, each round through all of them."""
    rates = {name: [] for name in urls}
    with script() as lua:
        for _ in range(rounds):
            for name, url in urls.items():
                rates[name].append(rate(lua, url))
    return rates


def measure(bench):
    with (bench.build.server() as ours, Server(bench.build.plain) as plain,
          Server(bench.build.plain_own) as plain_own,
          Server(bench.build.discard) as discard, Nginx() as nginx):
        urls = {"plain": plain.url("/ping"),
                "plain_own": plain_own.url("/ping"), "ping": ours.url("/ping"),
                "discard": discard.url("/"), "stream": ours.url("/stream"), "stock": nginx.stock.url("/"),
                "one": nginx.one.url("/")}
        if nginx.waits:
            urls["waits"] = nginx.waits.url("/")
        rates = in_turn(urls, bench.rounds)
    what = "small `%s`, 16 keep-alive connections (requests/s), against %s"
    yield pair(what % ("/ping", "plain libmicrohttpd + `json_loadb`"), rates["ping"], rates["plain"],
               at_least(1.3, 1.5))
    yield pair(what % ("/ping", "the same with looplagd's jansson (3)"), rates["ping"], rates["plain_own"])
    yield pair(what % ("/ping", "bare libmicrohttpd discarding"), rates["ping"], rates["discard"])
    yield pair(what % ("/stream", "nginx discarding, head and body in one read (1)"), rates["stream"],
               rates["one"], at_least(1))
    yield pair(what % ("/stream", "nginx discarding, as it comes (1)"), rates["stream"], rates["stock"])
    waits = what % ("/stream", "nginx reading the body before it answers (1)")
    yield pair(waits, rates["stream"], rates["waits"]) if nginx.waits else absent(waits)
    yield pair(what % ("/stream", "bare libmicrohttpd discarding"), rates["stream"], rates["discard"])
