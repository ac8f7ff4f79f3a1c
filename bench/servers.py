"""The servers of the benchmark, and one request to any of them."""

import contextlib
import http.client
import json
import os
import random
import re
import ssl
import string
import subprocess
import time

MEMBERS_SMALL, MEMBERS_LARGE = 50, 1_250_000  # 1.1 kB and "25 MB" as the original counts them
STOP_S = 60


def body_of(members):
    """The original client's body: random ten-letter keys, values 1 to 1000000."""
    chooser = random.Random(members)
    letters = string.ascii_letters
    data = {"".join(chooser.choices(letters, k=10)): chooser.randint(1, 1000000) for _ in range(members)}
    return json.dumps({"name": "bench", "data": data}).encode()


def bodies_of_shapes(members):
    """Bodies of about that many members, in shapes that differ in how a table grows: {shape: body}."""
    chooser = random.Random(members)

    def key():
        return "".join(chooser.choices(string.ascii_letters, k=10))

    few = [key() for _ in range(1000)]
    half = [key() for _ in range(members // 2)]
    first = [key() for _ in range(members // 10)]

    def body(keys, before="{}"):
        data = ",".join('"%s":%d' % (one, chooser.randint(1, 1000000)) for one in keys)
        return ('{"name":"bench","before":%s,"data":{%s}}' % (before, data)).encode()

    def alike(width):
        """Objects of so many members: at these widths our own table grows before jansson's does."""
        one = "{%s}" % ",".join('"%s":true' % key() for _ in range(width))
        return "[%s]" % ",".join([one] * (members // width))

    small = ",".join('{"%s":1,"%s":2}' % (key(), key()) for _ in range(members // 2))
    return {
        "all keys differ": body(key() for _ in range(members)),
        "each key twice, in turn": body(half + half),
        "a thousand keys, over and over": body(few[i % 1000] for i in range(members)),
        "new keys first, then one of them": body(first + [first[0]] * (members - len(first))),
        "one key first, then new ones": body([first[0]] * (members // 2) + half),
        "many small objects": body([key()], "[%s]" % small),
        **{"objects of %d members" % width: body([key()], alike(width)) for width in (8, 15, 60)},
    }


class Server:
    """A server process that prints "listening on http://host:port ..."; a context manager."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        match = re.match(r"listening on (https?)://([^:]+):(\d+)", line)
        if not match:
            raise SystemExit("bench: %s did not start: %r" % (command[0], line))
        self.scheme, self.host, self.port = match.group(1), match.group(2), int(match.group(3))

    @property
    def pid(self):
        return self.process.pid

    def url(self, path):
        return "%s://%s:%d%s" % (self.scheme, self.host, self.port, path)

    def stats(self):
        """GET /stats of a looplagd."""
        return json.loads(ask(self, "GET", "/stats")[1])

    def memory(self, key):
        """A field of /proc/PID/status, such as VmRSS or VmHWM, in MB."""
        with open("/proc/%d/status" % self.pid, encoding="utf-8") as status:
            return int(re.search(key + r":\s+(\d+) kB", status.read()).group(1)) * 1024 / 1e6

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=STOP_S)
        self.process.stdout.close()


class Build:
    """The programs of a build directory."""

    def __init__(self, folder):
        self.looplagd = os.path.join(folder, "src", "looplagd")
        self.looplag = os.path.join(folder, "client", "looplag")
        self.plain = os.path.join(folder, "bench", "plain_server")
        self.plain_own = os.path.join(folder, "bench", "plain_own_server")
        self.document_cost = os.path.join(folder, "bench", "document_cost")
        self.document_cost_stock = os.path.join(folder, "bench", "document_cost_stock")
        self.bare_client = os.path.join(folder, "bench", "bare_client")
        self.clock_gaps = os.path.join(folder, "bench", "clock_gaps")
        self.interval_coverage = os.path.join(folder, "bench", "interval_coverage")
        self.discard = os.path.join(folder, "bench", "discard_server")
        self.stall = os.path.join(folder, "test", "client", "stall_server")

    def server(self, *flags, under=()):
        return Server(*under, self.looplagd, "--port=0", "--no-access-log", "--hold-warn=0", *flags)

    def knows(self, *flags):
        """Whether this looplagd has such a mode or flag."""
        done = subprocess.run([self.looplagd, *flags, "--version"], capture_output=True, check=False)
        return done.returncode == 0


@contextlib.contextmanager
def connection_to(server):
    """Under TLS whatever certificate is shown is taken: it is the benchmark's own."""
    if server.scheme == "https":
        trusting = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection(server.host, server.port, timeout=300, context=trusting)
    else:
        connection = http.client.HTTPConnection(server.host, server.port, timeout=300)
    try:
        yield connection
    finally:
        connection.close()


def exchange(connection, method, path, body=None):
    """One request on an open connection; its response and body."""
    headers = {"Content-Type": "application/json"} if body else {}
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    content = response.read()
    if response.status != 200:
        raise SystemExit("bench: %s %s answered %d" % (method, path, response.status))
    return response, content


def ask(server, method, path, body=None):
    """One request on a connection of its own; its response and body."""
    with connection_to(server) as connection:
        return exchange(connection, method, path, body)


def post_ms(server, path, body, then=None):
    """The client's ms for one POST on a new connection.

    With `then`, a GET of that path follows on the connection and its reply ends
    the time: by then the server has read all of the body, whenever it answered.
    """
    start = time.perf_counter()
    with connection_to(server) as connection:
        exchange(connection, "POST", path, body)
        if then:
            exchange(connection, "GET", then)
    return (time.perf_counter() - start) * 1000


def stages_ms(server, path, body):
    """Posts once; the Server-Timing stages by name."""
    response, _ = ask(server, "POST", path, body)
    stages = re.findall(r"(\w+);dur=([\d.]+)", response.getheader("Server-Timing", ""))
    return {name: float(ms) for name, ms in stages}
