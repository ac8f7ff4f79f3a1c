"""What the client's black-box tests share: running the client and servers to run it against."""

import copy
import json
import os
import pathlib
import shutil
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import schema

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from signals import as_in_a_terminal  # noqa: E402

as_in_a_terminal()

LOOPLAG = os.environ["LOOPLAG"]
STALL_SERVER = os.environ["STALL_SERVER"]
QUEUE_SERVER = os.environ["QUEUE_SERVER"]
LOOPLAGD = os.environ["LOOPLAGD"]
HAPROXY = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/local/sbin:/usr/sbin")
SANITIZED = os.environ.get("LOOPLAG_SANITIZE", "none") not in ("", "none")
LIMIT_S = 300 if SANITIZED else 120  # a passing run never comes near it
# 98: on a busy machine the client was late, says so, and the result is there all the same.
DONE = (0, 98)
ATTEMPTS = 5  # of a run in whose short windows the client never got to run


def another_run(result, longer_ns=1):
    """The same result as if it had been measured again: every exact time is a little longer."""
    again = copy.deepcopy(result)
    for cell in again["cells"]:
        for stats in (cell, cell.get("baseline") or {}, *cell["windows"]):
            for name, exact in stats.get("exact_ns", {}).items():
                if exact["sum"] and exact["sum"] + longer_ns >= exact["max"]:  # that of one is its greatest
                    exact["sum"] += longer_ns
    return again


def looplag(*arguments, **options):
    """Runs the client to its end and returns the finished process."""
    return subprocess.run(
        [LOOPLAG, *arguments], capture_output=True, text=True, timeout=LIMIT_S, check=False, **options
    )


def details(path):
    """All tables and sentences of a saved result, as Markdown."""
    return looplag("report", "--format=markdown", str(path)).stdout


def unbroken(text):
    """What was broken between words to fit a window, in one line."""
    return " ".join(text.split())


def children_of(pid):
    """The processes whose parent it is."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if parent == pid:
            found.append(int(folder.name))
    return found


def words_of(pid):
    """The command line of a process; none when it has ended."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]
    except (FileNotFoundError, ProcessLookupError):
        return []


def is_running(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def thread_names(pid):
    """Of a process, in no order; none when it has ended."""
    names = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            names.append(pathlib.Path(f"/proc/{pid}/task/{task}/comm").read_text().strip())
    except (FileNotFoundError, ProcessLookupError):
        pass  # it ends, or one of its threads does
    return names


def is_sending(pid, name="small"):
    """Whether the client sends requests of a class, whose threads have its name."""
    return f"{name}-1" in thread_names(pid)


def has_sent(result, least=1):
    """Whether each class has sent so many requests with the others, and one at least without the large ones.

    0: whether anything was sent.
    """
    if not least:
        return any(cell["sent"] for cell in result["cells"])
    return all(
        cell["sent"] >= least and (not cell.get("baseline") or cell["baseline"]["sent"] > 0) for cell in result["cells"]
    )


def wait_until(condition):
    """Whether it came true in time."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


class ClientTest(unittest.TestCase):
    """A test with a folder of its own and short ways to run the client."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_that_sends(self, out, *arguments, least=1):
        """Runs the client; returns the finished process and its JSON result, None where there is none.

        A machine that stands still all through a short window keeps the client from sending anything in it. That
        is no run: it is made again, and what servers got in it is forgotten.
        """
        for left in reversed(range(ATTEMPTS)):
            out.unlink(missing_ok=True)
            self.begin_run()
            done = looplag(*arguments, "-o", str(out))
            result = json.loads(out.read_text()) if out.exists() else None
            if not left or not result or has_sent(result, least):
                break
            self.forget_run()
        return done, result

    def begin_run(self):
        self.noted = [(notes, len(notes)) for server in FakeServer.running for notes in server.notes]

    def forget_run(self):
        for notes, count in self.noted:
            del notes[count:]

    def load(self, url, *arguments, code=DONE, least=1):
        """Runs `load`, tries nothing before, and returns its JSON result, checked against the schema.

        Each class has sent so many requests at the least.
        """
        done, result = self.run_that_sends(
            self.folder / "result.json", "load", "--base-url", url, "--quiet", "--details", "--no-try", *arguments,
            least=least,
        )  # fmt: skip
        self.assertIn(done.returncode, code if isinstance(code, tuple) else (code,), done.stderr)
        self.table = unbroken(done.stdout)
        self.told = done.stderr
        schema.check_result(result)
        return result

    def assert_one_line(self, text, *parts):
        self.assertEqual(text.count("\n"), 1, text)
        self.assertTrue(text.startswith("looplag: "), text)
        for part in parts:
            self.assertIn(part, text)


class CompareCase(ClientTest):
    """Compares looplagd with others; a class says in `run_arguments` what its runs have in common."""

    run_arguments = ()

    def compare(self, *arguments, least=0):
        """The finished process and its JSON result, checked against the schema; None when it failed."""
        done, result = self.run_that_sends(
            self.folder / "out.json", "compare", "--server", LOOPLAGD, *self.run_arguments, "--format=json", *arguments,
            least=least,
        )  # fmt: skip
        if done.returncode not in DONE:
            return done, None
        schema.check_result(result)
        return done, result


class Request:
    """One request as it came."""

    def __init__(self, line, headers, body, connection):
        self.method, self.path, _ = line.split(" ")
        self.headers = headers
        self.body = body
        self.connection = connection


class Handler(socketserver.StreamRequestHandler):
    """Reads requests and lets the server's `answer` write what it likes."""

    def read_request(self):
        line = self.rfile.readline().decode().strip()
        if not line:
            return None
        headers = {}
        for raw in iter(self.rfile.readline, b"\r\n"):
            if not raw:
                return None
            name, value = raw.decode().split(":", 1)
            before = headers.get(name.lower())  # two of one name are one list, so that none goes unseen
            headers[name.lower()] = f"{before}, {value.strip()}" if before else value.strip()
        body = self.rfile.read(int(headers.get("content-length", 0)))
        return Request(line, headers, body, self.client_address)

    def handle(self):
        try:
            while request := self.read_request():
                if request.method == "POST":
                    with self.server.lock:
                        self.server.requests.append(request)
                if not self.server.answer(self, request):
                    return
        except (ConnectionError, ValueError):
            pass


class FakeServer(socketserver.ThreadingTCPServer):
    """An HTTP server on a port of the kernel's choice that records what it got.

    What a test notes itself of what its server got belongs to `notes`: then it is of the last run only.
    """

    running = []
    daemon_threads = True
    request_queue_size = 512
    allow_reuse_address = True

    def __init__(self, answer, address="127.0.0.1"):
        super().__init__((address, 0), Handler)
        self.answer = answer
        self.lock = threading.Lock()
        self.requests = []
        self.notes = [self.requests]
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self):
        self.running.append(self)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.running.remove(self)
        self.shutdown()
        self.server_close()


def reply(handler, status="200 OK", body=b"{}", extra=b""):
    """Writes a whole reply; the connection may be used again."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n".encode()
    handler.wfile.write(head + extra + b"\r\n" + body)
    return True


def only_posts(answer):
    """A server that has none of looplagd's own pages."""

    def checked(handler, request):
        if request.method != "POST":
            return reply(handler, "404 Not Found")
        return answer(handler, request)

    return checked


def refused_url():
    """A URL that nobody listens on, and the socket that keeps it so."""
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    return f"http://127.0.0.1:{holder.getsockname()[1]}", holder


def kept_port():
    """A port for a server to come, and the socket that keeps it from everybody else.

    Who asks for it by number gets it, as often as it likes, if it allows that the port is in use (SO_REUSEADDR), as
    servers do. Nobody is given it by chance: neither a server that listens on any port nor a connection.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    return holder.getsockname()[1], holder
