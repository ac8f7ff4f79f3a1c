"""What every test of the HTTP suite needs: a looplagd to talk to, and what its mode has (wire.py: what to talk on).

The server under test is the program in $LOOPLAGD, run in the mode
$LOOPLAG_MODE (with the poll kind $LOOPLAG_POLL and the balance
$LOOPLAG_BALANCE, when set) on a port that the kernel picks. $LOOPLAG_HAS says what that mode has.
Requests are raw bytes on a socket, so that a test decides every byte. Nothing here sleeps to let
something happen: each wait is for a condition and has a deadline.
"""

import contextlib
import fcntl
import json
import os
import pathlib
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from signals import as_in_a_terminal  # noqa: E402
from wire import DEADLINE_S, SANITIZED, Wire, WireClosed, head, request  # noqa: E402, F401

as_in_a_terminal()

LOOPLAGD = os.environ["LOOPLAGD"]
MODE = os.environ["LOOPLAG_MODE"]
POLL = os.environ.get("LOOPLAG_POLL", "")
BALANCE = os.environ.get("LOOPLAG_BALANCE", "")

# What a mode can have. test/http/meson.build says which mode has what.
PROPERTIES = {
    "one-loop": "one thread does everything, and a parse holds it up",
    "waits-at-limit": "a connection over the limit waits until another one ends",
    "workers": "the work is shared among workers, and replies name theirs in X-Worker",
    "fair": "no worker gets twice as many connections as another one",
    "least-busy": "a new connection goes to the worker that has the least to do",
    "balances": "--balance says how connections are handed out",
    "processes": "the workers are processes, four of them",
    "handlers": "handler threads make the answers",
    "parts-by-size": "handler threads answer large bodies, the loop small ones",
}
HAS = frozenset(os.environ["LOOPLAG_HAS"].split())
if not HAS <= PROPERTIES.keys():
    raise ValueError(f"$LOOPLAG_HAS holds unknown words: {HAS - PROPERTIES.keys()}")


def has(name):
    """Whether the mode under test has the property."""
    if name not in PROPERTIES:
        raise ValueError(f"{name} is no property of a mode")
    return name in HAS


def needs(name):
    """Decorates a test or a class of tests: where the mode has no such property, unittest does not load it."""
    return lambda test: test if has(name) else None


def lacks(name):
    """The contrary: loaded where the mode does not have it."""
    return lambda test: None if has(name) else test


needs_freed_memory = unittest.skipIf(SANITIZED, "a sanitizer keeps freed memory: there is nothing to measure")

SERVING_PROCESSES = 4 if has("processes") else 1

# What a test does within a limit of the server's it tries so often, where a busy machine keeps it from that.
ATTEMPTS = 5
# A head that is begun when the server is told to end is awaited for a second.
GRACE_S = 0.9

# The endpoints that take the model; every verdict on a body must be the same from all.
BODY_ENDPOINTS = ("/ping", "/pong")  # what keeps a whole body
DOCUMENT_ENDPOINTS = (*BODY_ENDPOINTS, "/await")  # what keeps a whole document
MODEL_ENDPOINTS = (*DOCUMENT_ENDPOINTS, "/stream")
SMALL_BODY = b'{"name": "n", "data": {"a": 1, "b": 7, "c": 3}}'
LISTENING = re.compile(r"^listening on https?://127\.0\.0\.1:(\d+) \(mode (\w+), (\w+)\)\n$")
LOG_LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - \[PID (?P<pid>\d+)\] - INFO - (?P<id>.{13,64}) \| "
    r"(?:begin (?P<begin>\S*)|return (?P<path>\S*) \| (?P<seconds>\d+\.\d{6})s (?P<reply>.*))$"
)


def until(condition, what, timeout=DEADLINE_S, pause=0.005):
    """Polls condition() until it is true; returns its value. Fails at the deadline."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {timeout} s")
        time.sleep(pause)


def server_arguments(*extra):
    """Long holds are not logged, unless a test asks for it: a slow machine would have them anywhere."""
    poll = [f"--poll={POLL}"] if POLL else []
    balance = [f"--balance={BALANCE}"] if BALANCE else []
    return [LOOPLAGD, f"--mode={MODE}", "--port=0", "--hold-warn=0", *poll, *balance, *extra]


def run_to_end(*arguments):
    """Runs looplagd with just these arguments until it exits by itself."""
    return subprocess.run(
        [LOOPLAGD, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=DEADLINE_S,
        check=False,
        text=True,
    )


class Server:
    """A running looplagd. stop() asks it to drain and returns its exit code.

    With `tls`, an ssl.SSLContext, its wires are under TLS. `environment` is added to ours.
    """

    def __init__(self, *extra, preexec=None, stderr=None, tls=None, environment=None):
        self.log = None
        self.tls = tls
        self.stderr = stderr or tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            server_arguments(*extra),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.stderr,
            preexec_fn=preexec,
            env={**os.environ, **(environment or {})},
        )
        try:
            self.read_address()
        except BaseException:
            self.kill()
            raise

    def read_address(self):
        out = self.process.stdout
        if not select.select([out], [], [], DEADLINE_S)[0]:
            raise AssertionError("the server did not say that it listens")
        self.greeting = out.readline().decode()
        match = LISTENING.match(self.greeting)
        if not match:
            raise AssertionError(f"stdout {self.greeting!r}, stderr {self.log_text()!r}")
        self.port, self.mode, self.poll = int(match[1]), match[2], match[3]

    @property
    def pid(self):
        return self.process.pid

    def worker_pids(self):
        """The processes that it has started and that live, in prefork."""
        with open(f"/proc/{self.pid}/task/{self.pid}/children", encoding="ascii") as children:
            return [int(pid) for pid in children.read().split()]

    def pids(self):
        """All its processes."""
        return [self.pid, *self.worker_pids()]

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        code = self.stop()
        if kind is None and code != 0:
            raise AssertionError(f"exit code {code}, stderr:\n{self.odd_log()}")

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def is_refusing(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 0.1).close()
        except (ConnectionRefusedError, TimeoutError) as error:
            return isinstance(error, ConnectionRefusedError)
        return False

    def kept_wires(self):
        """Idle connections, one at least to each worker process: an idle server spreads them."""
        wires = []
        if not has("processes"):
            return wires
        missing = {str(number) for number in range(len(self.stats()["workers"]))}
        while missing and len(wires) < 200:
            wires.append(self.wire())
            wires[-1].send(request("GET", "/healthz"))
            missing.discard(wires[-1].response().header("X-Worker"))
        if missing:
            raise AssertionError(f"{len(wires)} connections did not reach the workers {missing}")
        return wires

    def terminate_and_wait_for_drain(self, kept):
        """After this the server knows: it refuses new connections, and its processes close these."""
        self.terminate()
        until(self.is_refusing, "new connections are still taken")
        for wire in kept:
            until(lambda w=wire: closes_now(w), "a worker does not drain")
            wire.socket.close()

    def wait(self):
        try:
            return self.process.wait(DEADLINE_S + 30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("the server did not stop") from None

    def stop(self):
        self.terminate()
        code = self.wait()
        self.close()
        return code

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.close()

    def close(self):
        """Keeps the log and closes the files; twice is fine."""
        self.log = self.log_text()
        self.process.stdout.close()
        self.stderr.close()

    def log_text(self):
        """All of stderr so far: the access log, unless something went wrong."""
        if self.log is not None:
            return self.log
        size = os.fstat(self.stderr.fileno()).st_size
        return os.pread(self.stderr.fileno(), size, 0).decode("utf-8", "surrogateescape")

    def odd_log(self):
        """What stderr holds beside access-log lines, such as a sanitizer's report."""
        return "\n".join(line for line in self.log_lines() if not LOG_LINE.match(line))[-8000:]

    def log_lines(self):
        return self.log_text().split("\n")[:-1]

    def wire(self, source=""):
        return Wire(self.port, source=source, tls=self.tls)

    def ask(self, data, only_head=False):
        """One request on its own connection; its reply."""
        with self.wire() as wire:
            wire.send(data)
            return wire.response(only_head)

    def post(self, path, body, headers=(("Content-Type", "application/json"),)):
        return self.ask(request("POST", path, body, headers))

    def get(self, path):
        return self.ask(request("GET", path))

    def stats(self):
        return self.get("/stats").json()

    def memory(self, figure):
        """A figure of /proc/PID/status, in bytes, of all its processes: /stats itself takes a megabyte for a moment."""
        total = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/status", encoding="ascii") as status:
                total += int(re.search(rf"^{figure}:\s+(\d+) kB$", status.read(), re.M)[1]) * 1024
        return total

    def peak_memory(self):
        return self.memory("VmHWM")

    def cpu_seconds(self):
        """What all its processes have taken, those that have ended among them."""
        ticks = 0
        for pid in self.pids():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ends just now
                with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
                    ticks += sum(map(int, stat.read().rpartition(")")[2].split()[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def thread_states(self):
        """The names and states (R, S...) of the threads of all its processes, in no order."""
        found = []
        for pid in self.pids():
            for task in os.listdir(f"/proc/{pid}/task"):
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ends just now
                    with open(f"/proc/{pid}/task/{task}/stat", encoding="ascii") as stat:
                        head, _, rest = stat.read().rpartition(")")
                    found.append((head.partition("(")[2], rest.split()[0]))
        return found

    def thread_names(self):
        return [name for name, _ in self.thread_states()]

    def wait_for_in_flight(self, count):
        """Waits until `count` requests are in flight, our own question aside.

        Twice in a row: one that was answered before counts until all of it is over, a moment after its reply.
        """

        def are_in_flight():
            return all(self.stats()["requests"]["in_flight"] == count + 1 for _ in range(2))

        until(are_in_flight, f"{count} in flight")

    def wait_until_idle(self):
        self.wait_for_in_flight(0)


class PipedServer(Server):
    """A server whose stderr is a pipe that is read only when read_log() is called."""

    def __init__(self, *extra):
        self.pipe, writer = os.pipe()
        self.logged = bytearray()
        self.reader = None
        with os.fdopen(writer, "wb") as stderr:
            super().__init__(*extra, stderr=stderr)

    def read_log(self):
        """Starts to read, up to the end of the server."""
        self.reader = threading.Thread(target=self.read_all)
        self.reader.start()

    def unread(self):
        """Bytes in the pipe."""
        return struct.unpack("i", fcntl.ioctl(self.pipe, termios.FIONREAD, bytes(4)))[0]

    def read_all(self):
        while data := os.read(self.pipe, 1 << 16):
            self.logged += data

    def log_text(self):
        return self.logged.decode()

    def close(self):
        super().close()
        os.close(self.pipe)


def stands_still(pid):
    """Whether every thread of the process has stopped."""
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/stat", encoding="ascii") as stat:
            if stat.read().rpartition(")")[2].split()[0] != "T":
                return False
    return True


@contextlib.contextmanager
def stopped(pids):
    """The processes stand still; by descriptors, so that no other is meant by their numbers."""
    with contextlib.ExitStack() as stack:
        for fd in [os.pidfd_open(pid) for pid in pids]:
            stack.callback(os.close, fd)
            signal.pidfd_send_signal(fd, signal.SIGSTOP)
            stack.callback(signal.pidfd_send_signal, fd, signal.SIGCONT)
        until(lambda: all(map(stands_still, pids)), "the processes stand still")
        yield


def closes_now(wire):
    """Whether the next reply closes the connection, or it is closed already."""
    try:
        wire.send(request("GET", "/healthz"))
        return wire.response().closes
    except (WireClosed, OSError):
        return True


def last_response(wire):
    """The reply of a server that drains, then the end."""
    response = wire.response()
    if not response.closes:
        raise AssertionError(f"a reply of a draining server does not close: {response.headers}")
    if wire.rest() != b"":
        raise AssertionError("more than one reply")
    return response


def has_duplicate_members(raw):
    found = []

    def note(pairs):
        found.append(len(dict(pairs)) < len(pairs))
        return {}

    try:
        json.loads(raw, object_pairs_hook=note)
    except (ValueError, RecursionError):
        return False
    return any(found)


class OwnServerCase(unittest.TestCase):
    """Tests that each start a server of their own; whatever is left at the end is killed."""

    def server(self, *arguments):
        server = Server(*arguments)
        self.addCleanup(server.kill)
        return server

    def wire(self, server, source=""):
        wire = server.wire(source)
        self.addCleanup(wire.socket.close)
        return wire


class ServerCase(unittest.TestCase):
    """Tests that share one server; at the end it must drain, exit 0 and have logged nothing odd."""

    arguments = ()
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.arguments)

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        odd = [line for line in cls.server.log_lines() if not LOG_LINE.match(line)]
        if code != 0 or odd:
            raise AssertionError(f"exit code {code}, odd lines on stderr: {odd[:20]}")

    def assert_refused(self, data, *statuses):
        """The reply is one of the statuses with a JSON detail, then the server closes.

        Whatever follows in `data` must not run: there is exactly one reply.
        """
        with self.server.wire() as wire:
            wire.send_while_taken(data)
            response = wire.response()
            self.assertIn(response.status, statuses, response.body)
            self.assertTrue(response.closes, response.headers)
            self.assertEqual(wire.rest(), b"", "there is more than one reply")
        return response

    def ask_all(self, raw):
        """The body's fate at every endpoint of the model: one status, and its JSON.

        /stream counts duplicate members as sent: for those only the others agree.
        """
        paths = DOCUMENT_ENDPOINTS if has_duplicate_members(raw) else MODEL_ENDPOINTS
        replies = [self.server.post(path, raw) for path in paths]
        kept = []
        for reply in replies:
            value = reply.json()
            for varying in ("elapsed_server", "elapsed_from_client", "profiling"):
                value.pop(varying, None)
            kept.append((reply.status, value))
        self.assertEqual(kept, kept[:1] * len(kept), raw[:200])
        return kept[0]

    def assert_alive(self):
        self.assertEqual(self.server.post("/ping", SMALL_BODY).status, 200)
