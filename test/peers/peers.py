"""Starts the peers of peers.json: for the tests and the benchmark, Python's standard library only.

In a peer's command `{folder}` is this folder and `{fd}` a listening socket
that the peer inherits, so that the kernel chose its port and no connection is
refused before it serves.
"""

import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

FOLDER = pathlib.Path(__file__).resolve().parent
START_S = 60
STOP_S = 30


def peers():
    """The rows of peers.json by name."""
    text = (FOLDER / "peers.json").read_text(encoding="utf-8")
    return {row["name"]: row for row in json.loads(text)["peers"]}


def missing(row):
    """None when the peer can be started, else one line that says what to install."""
    try:
        done = subprocess.run(row["installed"], capture_output=True, timeout=START_S, check=False)
        if done.returncode == 0:
            return None
    except OSError:
        pass
    return "%s is not installed: install %s" % (row["name"], row["packages"])


class Peer:
    """A peer that runs, in a process group of its own; a context manager."""

    host = "127.0.0.1"

    def __init__(self, row):
        self.row = row
        self.words = tempfile.TemporaryFile()
        with socket.create_server((self.host, 0), backlog=1024) as listener:
            # Inherited by what is accepted: uvicorn takes the descriptor for a Unix socket's and
            # leaves it off, which costs every reply on a kept connection 40 ms.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.port = listener.getsockname()[1]
            command = [word.format(folder=FOLDER, fd=listener.fileno()) for word in row["command"]]
            self.process = subprocess.Popen(
                command, pass_fds=[listener.fileno()], stdout=self.words, stderr=self.words,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        try:
            self.wait_until_it_answers()
        except BaseException:
            self.stop()
            raise

    def url(self, path):
        return "http://%s:%d%s" % (self.host, self.port, path)

    def told(self):
        """What it wrote on its standard output and error."""
        self.words.seek(0)
        return self.words.read().decode(errors="replace")

    def is_healthy(self):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=START_S)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def wait_until_it_answers(self):
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self.process.poll() is None:
            if self.is_healthy():
                return
            time.sleep(0.02)
        raise RuntimeError("%s did not start: %s" % (self.row["name"], self.told()))

    def stop(self):
        """Asks it to end; what is left of it is killed."""
        self.process.terminate()
        try:
            self.process.wait(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.words.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
