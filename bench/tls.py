"""What TLS costs the server in each mode: CPU time per small request, on kept connections and on new ones, and per large body."""

import os
import re
import subprocess
import tempfile

from reach import certificate
from rows import pair
from servers import MEMBERS_LARGE, MEMBERS_SMALL, ask, body_of

SECONDS = 2
CONNECTIONS = 8
SCRIPT = """
wrk.method = 'POST'
wrk.body = [==[%s]==]
wrk.headers['Content-Type'] = 'application/json'
%s
"""
CLOSE = "wrk.headers['Connection'] = 'close'"


def cpu_seconds(server):
    return server.stats()["process"]["cpu_seconds"]


def cpu_us(server, lua):
    """The server's CPU time for each request of wrk, in us; all must have been answered with 200."""
    before = cpu_seconds(server)
    command = ["wrk", "-t1", "-c%d" % CONNECTIONS, "-d%d" % SECONDS, "-s", lua, server.url("/ping")]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in said:
        raise SystemExit("bench: %s refused requests:\n%s" % (server.url("/ping"), said))
    count = int(re.search(r"(\d+) requests in", said).group(1))
    return (cpu_seconds(server) - before) * 1e6 / max(count, 1)


def cpu_ms(server, body):
    """Its CPU time for one large body, in ms."""
    before = cpu_seconds(server)
    ask(server, "POST", "/stream", body)
    return (cpu_seconds(server) - before) * 1e3


def modes(bench):
    said = subprocess.run([bench.build.looplagd, "--list-modes"], check=True, capture_output=True, text=True).stdout
    return [line.split()[0] for line in said.splitlines()]


def measure(bench):
    small, large = body_of(MEMBERS_SMALL).decode(), body_of(MEMBERS_LARGE)
    with tempfile.TemporaryDirectory() as folder:
        both = certificate(folder)
        os.chmod(both, 0o600)
        scripts = {}
        for name, more in (("kept", ""), ("new", CLOSE)):
            scripts[name] = os.path.join(folder, name + ".lua")
            with open(scripts[name], "w", encoding="utf-8") as lua:
                lua.write(SCRIPT % (small, more))
        for mode in modes(bench):
            flags = ["--mode=" + mode]
            secure = [*flags, "--tls-cert=" + both, "--tls-key=" + both]
            with bench.build.server(*secure) as ours, bench.build.server(*flags) as plain:
                pairs = {name: [(cpu_us(ours, lua), cpu_us(plain, lua)) for _ in range(bench.rounds)]
                         for name, lua in scripts.items()}  # fmt: skip
                pairs["large"] = [(cpu_ms(ours, large), cpu_ms(plain, large)) for _ in range(bench.rounds)]
            for name, what in (("kept", "small `/ping` on a kept connection (us of CPU)"),
                               ("new", "small `/ping` on a new connection (us of CPU)"),
                               ("large", "25 MB `/stream` (ms of CPU)")):  # fmt: skip
                yield pair("`%s`, %s: TLS against plain" % (mode, what), *zip(*pairs[name]))
