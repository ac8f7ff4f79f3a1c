#!/usr/bin/env python3
"""The benchmark: ratios against peers, each pair measured in turn in one run.

Prints a Markdown table: what was measured, both medians, their ratio and the
bar that the project set itself. It measures and does not judge by its exit
code: a noisy machine is no failed test.
"""

import argparse
import datetime
import http.client
import json
import os
import platform
import random
import re
import statistics
import string
import subprocess
import sys
import tempfile
import time

from nginx import Nginx


LATE = 98  # looplag's exit code when it was itself too late to be trusted


def body_of(members):
    """The original client's body: random ten-letter keys, values 1 to 1000000."""
    chooser = random.Random(members)
    letters = string.ascii_letters
    data = {"".join(chooser.choices(letters, k=10)): chooser.randint(1, 1000000)
            for _ in range(members)}
    return json.dumps({"name": "bench", "data": data}).encode()


def post(server, path, body):
    """Posts once on a new connection; returns the response and the client's ms."""
    start = time.perf_counter()
    connection = http.client.HTTPConnection(server.host, server.port, timeout=120)
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    connection.close()
    elapsed = (time.perf_counter() - start) * 1000
    if response.status != 200:
        raise SystemExit("bench: %s answered %d" % (server.url(path), response.status))
    return response, elapsed


class Server:
    """A server process that prints "listening on http://host:port ..."."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        match = re.match(r"listening on http://([^:]+):(\d+)", line)
        if not match:
            raise SystemExit("bench: %s did not start: %r" % (command[0], line))
        self.host, self.port = match.group(1), int(match.group(2))

    def url(self, path):
        return "http://%s:%d%s" % (self.host, self.port, path)

    def post(self, path, body):
        """Posts once; returns the Server-Timing stages in ms."""
        response, _ = post(self, path, body)
        stages = re.findall(r"(\w+);dur=([\d.]+)", response.getheader("Server-Timing", ""))
        return {name: float(ms) for name, ms in stages}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=60)


class Bench:
    def __init__(self, arguments):
        build = arguments.build
        self.looplagd = os.path.join(build, "src", "looplagd")
        self.looplag = os.path.join(build, "client", "looplag")
        self.plain = os.path.join(build, "test", "bench", "plain_server")
        self.rounds = arguments.rounds
        self.rows = []

    def add(self, what, ours, theirs, ratio, bar):
        self.rows.append((what, ours, theirs, ratio, bar))
        print("bench: %s: %s" % (what, ratio), file=sys.stderr)

    def ours(self, *extra):
        return Server(self.looplagd, "--port=0", "--no-access-log", *extra)

    def add_pairs(self, what, ours, theirs, bar, form="%.0f"):
        """A row of two lists that were measured in turn: medians, and the median ratio."""
        ratio = statistics.median(a / b for a, b in zip(ours, theirs))
        self.add(what, form % statistics.median(ours), form % statistics.median(theirs),
                 "%.2f" % ratio, bar)

    def small_throughput(self):
        """Small POSTs on 16 keep-alive connections, requests/s."""
        rates = {"ping": [], "plain": [], "stream": [], "nginx": []}
        with tempfile.TemporaryDirectory() as folder:
            script = os.path.join(folder, "post.lua")
            with open(script, "w", encoding="utf-8") as lua:
                lua.write("wrk.method = 'POST'\nwrk.body = [==[%s]==]\n"
                          "wrk.headers['Content-Type'] = 'application/json'\n"
                          % body_of(50).decode())
            with self.ours() as ours, Server(self.plain) as plain, Nginx() as nginx:
                for _ in range(self.rounds):
                    rates["plain"].append(wrk(script, plain.url("/ping")))
                    rates["ping"].append(wrk(script, ours.url("/ping")))
                    rates["nginx"].append(wrk(script, nginx.url("/")))
                    rates["stream"].append(wrk(script, ours.url("/stream")))
        self.add_pairs("small `/ping`, one loop, 16 keep-alive connections (requests/s), "
                       "against libmicrohttpd + `json_loadb`", rates["ping"], rates["plain"],
                       ">= 1.3")
        self.add_pairs("small `/stream`, the same, against nginx discarding the body",
                       rates["stream"], rates["nginx"], ">= 1")

    def large_stream(self):
        """25 MB /stream as the client sees it, against nginx discarding the same body."""
        body = body_of(1250000)
        ours_ms, nginx_ms = [], []
        with self.ours() as ours, Nginx() as nginx:
            for _ in range(self.rounds * 2 + 1):
                nginx_ms.append(post(nginx, "/", body)[1])
                ours_ms.append(post(ours, "/stream", body)[1])
        self.add_pairs("25 MB `/stream`, as the client sees it (ms), against nginx discarding it",
                       ours_ms[1:], nginx_ms[1:], "<= 2", "%.1f")

    def stream_interference(self):
        """Small requests on one loop, with 25 MB streams running and without."""
        result = self.looplag_json("compare", "--modes=select", "--endpoints=/stream",
                                   "--duration=50", "--small-interval=0.01",
                                   "--server=" + self.looplagd)
        cell = next(c for c in result["cells"] if c["class"] == "small")
        with_large, alone = cell["response_ms"], cell["baseline"]["response_ms"]
        self.add("`select`, small `/stream` p99 (ms, %d samples), with 25 MB streams against "
                 "without" % cell["ok"], "%.2f" % with_large["p99"], "%.2f" % alone["p99"],
                 "%.2f" % (with_large["p99"] / alone["p99"]), "<= 1.5")
        hold = cell["server"]["loop_hold_ms"]
        self.add("`select`, longest loop hold while 25 MB streams run (ms)", "%.2f" % hold["max"],
                 "1 (limit)", "%.2f" % hold["max"], "<= 1")

    def large_parse(self):
        """25 MB /ping, the server's own time, against json_loadb + json_decref."""
        body = body_of(1250000)
        ours_ms, plain_ms = [], []
        with self.ours() as ours, Server(self.plain) as plain:
            for _ in range(self.rounds + 1):
                plain_ms.append(plain.post("/ping", body)["json"])
                ours_ms.append(ours.post("/ping", body)["total"])
        del plain_ms[0], ours_ms[0]  # the first of each is the warm-up
        self.add_pairs("25 MB `/ping`, all of the server's time (ms), against `json_loadb` + "
                       "`json_decref` of the same bytes", ours_ms, plain_ms, "<= 0.75")

    def threads_interference(self):
        """Small requests under threads, with 25 MB requests running and without."""
        result = self.looplag_json("compare", "--modes=threads", "--endpoints=/ping",
                                   "--duration=30", "--small-interval=0.01",
                                   "--server=" + self.looplagd)
        cell = next(c for c in result["cells"] if c["class"] == "small")
        with_large, alone = cell["response_ms"], cell["baseline"]["response_ms"]
        self.add("`threads`, small p99 (ms, %d samples), with 25 MB requests against without"
                 % cell["ok"], "%.2f" % with_large["p99"], "%.2f" % alone["p99"],
                 "%.2f" % (with_large["p99"] / alone["p99"]), "<= 3")
        self.add("`threads`, longest small request with 25 MB requests running (ms)",
                 "%.1f" % with_large["max"], "50 (limit)", "%.2f" % (with_large["max"] / 50),
                 "<= 1")

    def client_cost(self):
        """The client at its default load; its lag from enough samples for a p99."""
        with self.ours("--mode=threads") as server:
            load = ("load", "--base-url=" + server.url(""))
            percent = self.looplag_json(*load, "--duration=20")["client"]["cpu_percent_of_one_core"]
            result = self.looplag_json(*load, "--duration=25", "--small-interval=0.02")
        lag = next(c for c in result["cells"] if c["class"] == "small")["send_lag_ms"]["p99"]
        self.add("client CPU at its default load (% of one core)", "%.1f" % percent, "5 (limit)",
                 "%.2f" % (percent / 5), "<= 1")
        self.add("client send lag p99 at 50 small requests/s beside 25 MB ones (ms)",
                 "%.3f" % lag, "1 (limit)", "%.2f" % lag, "<= 1")

    def looplag_json(self, *arguments):
        with tempfile.NamedTemporaryFile(suffix=".json") as out:
            done = subprocess.run([self.looplag, *arguments, "--quiet", "--format=json",
                                   "-o", out.name], check=False, stdout=subprocess.DEVNULL)
            if done.returncode not in (0, LATE):
                raise SystemExit("bench: %s failed" % " ".join(arguments))
            if done.returncode == LATE:
                print("bench: the client was late: the next rows are not trustworthy",
                      file=sys.stderr)
            return json.load(open(out.name, encoding="utf-8"))

    def table(self):
        yield "| what | ours | peer | ratio | bar |"
        yield "|---|---:|---:|---:|---|"
        for row in self.rows:
            yield "| %s | %s | %s | %s | %s |" % row


def wrk(script, url):
    output = subprocess.run(["wrk", "-t1", "-c16", "-d2", "-s", script, url],
                            check=True, capture_output=True, text=True).stdout
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))


def machine():
    model = platform.processor() or platform.machine()
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        names = re.findall(r"model name\s*:\s*(.+)", info.read())
    return "%s, %d cores, Linux %s, %s" % (
        names[0] if names else model, os.cpu_count(), platform.release(),
        datetime.date.today().isoformat())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="the build directory")
    parser.add_argument("--rounds", type=int, default=5, help="pairs per row (5)")
    parser.add_argument("--only", help="one step: throughput, parse, threads, stream, loop or client")
    arguments = parser.parse_args()
    bench = Bench(arguments)
    steps = {"throughput": bench.small_throughput, "parse": bench.large_parse,
             "threads": bench.threads_interference, "stream": bench.large_stream,
             "loop": bench.stream_interference, "client": bench.client_cost}
    if arguments.only and arguments.only not in steps:
        parser.error("--only takes one of: " + ", ".join(steps))
    for name, step in steps.items():
        if arguments.only in (None, name):
            step()
    print("Machine: %s. Medians of %d interleaved pairs.\n" % (machine(), arguments.rounds))
    print("\n".join(bench.table()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
