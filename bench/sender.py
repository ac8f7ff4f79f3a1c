"""The sender: how much it bears on one thread, beside hey on the same server in the same run."""

import json
import re
import statistics
import subprocess
import tempfile
import time

import looplag
from rows import at_least, at_most, limit, limit_of_runs, pair
from servers import MEMBERS_SMALL, body_of

SECONDS = 3
CONNECTIONS = 16
SHARE = 0.8  # of hey's closed rate, for an open class
KINDS = {"reused": ("--keepalive", ()), "new": (None, ("-disable-keepalive",))}
BURDEN, RUNS = 16000, 10
HIGHEST_FIRST, HIGHEST_STEP = 1.5, 0.9
LAG_MS = 5
RATE_OF_COST, SECONDS_OF_COST, RUNS_OF_COST = 250, 8, 3
COST_US = 75  # half of what a thread for each request in flight took


def hey(url, body, flags):
    """Requests/s of hey's closed loop; every one must have been answered with 200."""
    done = subprocess.run(
        ["hey", "-z", "%ds" % SECONDS, "-c", str(CONNECTIONS), "-m", "POST", "-T", "application/json",
         "-D", body, *flags, url], check=True, capture_output=True, text=True)  # fmt: skip
    statuses = set(re.findall(r"^\s+\[(\d+)\]\s+\d+ responses", done.stdout, re.MULTILINE))
    if statuses != {"200"} or "Error distribution" in done.stdout:
        raise SystemExit("bench: hey was refused:\n" + done.stdout)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout).group(1))


def ours(bench, url, traffic, flag, seconds=SECONDS):
    """The only cell of one `load`. How late it may be is a row, or the end of a search: no reason for doubt."""
    result = looplag.run(bench, "load", "--base-url=" + url, "--duration=%d" % seconds,
                         "--class=small:size=0.001," + traffic, *([flag] if flag else []), doubt=False)
    return result["cells"][0]


def lag_ms(cell):
    """How late the client was, sending or reading, at p99."""
    return max(cell["audit"]["send_lag_p99_ms"], cell["audit"]["read_lag_p99_ms"])


def open_at(bench, url, rate, flag):
    return ours(bench, url, "rate=%d" % rate, flag)


def beside_hey(bench, url, body):
    """Closed, then open at a share of what hey did, in turn."""
    for kind, (flag, flags) in KINDS.items():
        theirs, closed, opened = [], [], []
        for _ in range(bench.rounds):
            theirs.append(hey(url + "/ping", body, flags))
            cell = ours(bench, url, "interval=0,arrival=closed,conns=%d" % CONNECTIONS, flag)
            closed.append(cell["ok"] / SECONDS)
            opened.append(open_at(bench, url, SHARE * theirs[-1], flag))
        what = "looplag, %s connections" % kind
        yield pair(what + ", closed, %d of them (requests/s), against `hey`" % CONNECTIONS, closed, theirs,
                   at_least(1))
        yield limit_of_runs(what + ", open at %g of `hey`'s closed rate: lag p99 (ms)" % SHARE,
                            [lag_ms(cell) for cell in opened], bar=at_most(LAG_MS))
        yield limit_of_runs(what + ", the same: planned requests that were answered (%)",
                            [100 * cell["ok"] / cell["planned"] for cell in opened], bar=at_least(99.9))
        yield highest(bench, url, flag, what, statistics.median(theirs))


def highest(bench, url, flag, what, start):
    """The highest open rate at which all was sent and the lag stayed small, three runs in a row."""
    rate = HIGHEST_FIRST * start
    while rate > 1000:
        cells = (open_at(bench, url, rate, flag) for _ in range(3))
        if all(cell["ok"] == cell["planned"] and lag_ms(cell) < LAG_MS for cell in cells):
            break
        rate *= HIGHEST_STEP
    return limit(what + ", highest open rate that it held (requests/s)", int(rate))


def burden(bench, url):
    """A rate at which a thread for each request in flight once collapsed."""
    cells = [open_at(bench, url, BURDEN, "--keepalive") for _ in range(RUNS)]
    p99 = [cell["response_ms"]["p99"] for cell in cells]
    what = "looplag, reused connections, open at %d/s" % BURDEN
    yield limit(what + ": runs of %d whose p99 is under 20 ms" % RUNS, sum(ms < 20 for ms in p99), at_least(9))
    yield limit_of_runs(what + ": p99 (ms)", p99)
    yield limit_of_runs(what + ": connections", [cell["connections_most"] for cell in cells], bar=at_most(200))


def in_flight(bench, rate=1000, delay_ms=2000):
    """Threads and memory with thousands of requests in flight."""
    server = subprocess.Popen([bench.build.stall, "large", "0", str(delay_ms)], stdout=subprocess.PIPE, text=True)
    try:
        url = server.stdout.readline().strip()
        with tempfile.NamedTemporaryFile(suffix=".json") as out:
            client = subprocess.Popen(
                [bench.build.looplag, "load", "--base-url=" + url, "--quiet", "--duration=8", "-o", out.name,
                 "--class=small:size=0.001,rate=%d" % rate], stdout=subprocess.DEVNULL)  # fmt: skip
            threads, memory_mb = 0, 0.0
            while client.poll() is None:
                with open("/proc/%d/status" % client.pid, encoding="utf-8") as file:
                    status = dict(line.split(":", 1) for line in file)
                threads = max(threads, int(status.get("Threads", "0")))
                memory_mb = max(memory_mb, int(status.get("VmHWM", "0").split()[0]) / 1e3)
                time.sleep(0.1)
            cell = json.load(out)["cells"][0]
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
    what = "looplag, %d/s to a server that answers after %g s (%d connections)" % (
        rate, delay_ms / 1e3, cell["connections_most"])
    yield limit(what + ": threads", threads, at_most(16))
    yield limit(what + ": memory (MB)", memory_mb, at_most(100))


def cost(bench, server, body):
    """CPU time of each request at a low rate, where nothing is shared; beside bare system calls."""
    theirs, cells = [], []
    for _ in range(RUNS_OF_COST):
        theirs.append(float(subprocess.run(
            [bench.build.bare_client, str(server.port), str(RATE_OF_COST), str(SECONDS_OF_COST), body],
            check=True, capture_output=True, text=True).stdout))  # fmt: skip
        cells.append(ours(bench, server.url(""), "rate=%d" % RATE_OF_COST, None, SECONDS_OF_COST))
    what = "looplag, %d small requests/s, new connections: client CPU of each (us); *peer*: the system calls alone"
    return limit_of_runs(what % RATE_OF_COST, [1e6 * cell["client_cpu_seconds"] / cell["sent"] for cell in cells],
                         theirs, at_most(COST_US))


def measure(bench):
    with tempfile.NamedTemporaryFile(suffix=".json") as body, bench.build.server("--mode=select") as server:
        body.write(body_of(MEMBERS_SMALL))
        body.flush()
        url = server.url("")
        yield from beside_hey(bench, url, body.name)
        yield from burden(bench, url)
        yield cost(bench, server, body.name)
    yield from in_flight(bench)
