"""What stands on a page above a command and has to be there before it can run.

Programs that any page shows under a name (```python app.py) are files. A block `sh background` is a server: it lives as long
as a command that names its port. A block `sh setup` (a certificate, a compiler) runs to its end before. test/docs/pages.py says
what all words of a block mean.
"""

import contextlib
import os
import pathlib
import re
import shlex
import signal
import socket
import subprocess
import tempfile
import time

import runs

FENCE = re.compile(r"(?ms)^```(\w+) ([^\n]*)\n(.*?)^```$|^```(sh)\n(.*?)^```$")
FILE = re.compile(r"[\w.]+\.\w+")
PORT = re.compile(r"\b8\d{3}\b")
LIMIT_S = 120
END_S = 10


class Failed(Exception):
    """A command, or what it needs, did not run to its end; what it said."""


def fences(text):
    """The fenced blocks of a page: language, words behind it, text."""
    for match in FENCE.finditer(text):
        yield match[1] or match[4], match[2] or "", match[5] if match[4] else match[3]


def above(command, text):
    """The `sh` blocks of a page above the one with this command: (words, text); none where no block has it."""
    found = []
    for language, words, block in fences(text):
        if language == "sh" and shlex.split(block.replace("\\\n", " "))[1:] == shlex.split(command)[1:]:
            return found
        if language == "sh":
            found.append((words.split(), block))
    return []


def port_of(words, block):
    """The port of a server, from the words of its block or from its command."""
    return next((word.partition("=")[2] for word in words if word.startswith("port=")), None) or PORT.findall(block)[-1]


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def server(block, port, folder, environment):
    """A shell in a process group of its own, from when its port accepts until the end."""
    if accepts(port):
        raise Failed(f"port {port} is taken, and a page needs it for: {block.strip()}")
    process = subprocess.Popen(["sh", "-eu", "-c", block], cwd=folder, env=environment, start_new_session=True,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        deadline = time.monotonic() + LIMIT_S
        while not accepts(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"this does not serve at port {port}: {block.strip()}")
            time.sleep(0.05)
        yield
    finally:
        end(process, port)


def end(process, port):
    """Ends the group; the shell may be gone before its server is, so the port says when that has ended."""
    deadline = time.monotonic() + END_S
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        while accepts(port) and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=LIMIT_S)


@contextlib.contextmanager
def told_until(command, page, build):
    """A folder in which the command can run as its page says."""
    programs = [str(build / "client"), str(build / "src"), os.environ["PATH"], "/usr/sbin"]
    environment = {**os.environ, "PATH": ":".join(programs), "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as servers:
        folder = pathlib.Path(name)
        (folder / "test").symlink_to(runs.ROOT / "test")  # whose servers pages name
        for path in sorted((runs.ROOT / "docs").glob("*.md")):
            for _, words, block in fences(path.read_text(encoding="utf-8")):
                if FILE.fullmatch(words):
                    (folder / words).write_text(block, encoding="utf-8")
        for words, block in above(command, page.read_text(encoding="utf-8")):
            if "background" in words and port_of(words, block) in command:
                servers.enter_context(server(block, int(port_of(words, block)), folder, environment))
            elif "setup" in words:
                subprocess.run(["sh", "-eu", "-c", block], cwd=folder, env=environment, timeout=LIMIT_S, check=False,
                               stdout=subprocess.DEVNULL)  # fmt: skip
        yield folder
