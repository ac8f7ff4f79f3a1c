"""Each block ```sh of README and docs runs as it stands there, with short durations (short.py).

A page is one story: the files of all pages are written to a folder, its blocks run in their order, and a server that it
starts in the background lives to its end. Its ports are replaced by free ones. What is not installed is skipped, and named.
"""

import os
import pathlib
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest

import pages

PAGES = {pages.name_of(path): page for path in pages.pages() for page in [pages.Page(path)]
         if any(block.language == "sh" for block in page.blocks)}  # fmt: skip
LIMIT_S = 120
# A server that opens its port itself may lose it to another program that is quicker.
ATTEMPTS = 3
HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = dict(zip(("looplag", "looplagd"), os.environ["PROGRAMS"].split(":")))
PORT = re.compile(r"\b(80\d\d|84\d\d)\b")

# The members of a large body that a page makes itself, and how many do here.
MEMBERS = ("1250000", "25000")

# How to see whether it is installed, and what to install.
NEEDS = {
    "fastapi": ("/usr/bin/python3 -c 'import fastapi, uvicorn' && uvicorn --version", "python3-fastapi and uvicorn"),
    "peers": ("/usr/bin/python3 -c 'import fastapi, ujson' && uvicorn --version", "python3-fastapi, python3-ujson and uvicorn"),
    "gunicorn": ("gunicorn --version", "gunicorn"),
    "node": ("node --version", "nodejs"),
    "go": ("go version", "golang-go"),
    "nginx": ("nginx -v", "nginx-light"),
    "openssl": ("openssl version", "openssl"),
    "haproxy": ("haproxy -v", "haproxy"),
    "curl": ("curl --version", "curl"),
}

def write_program(path, text):
    path.write_text(text, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


class Story:
    """The folder, the ports and the servers of a page's commands."""

    def __init__(self):
        self.holder = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.holder.name)
        self.ports = {}
        self.held = []
        self.servers = []
        self.printed = ""
        (self.folder / "test").symlink_to(pages.ROOT / "test")  # whose servers pages name
        tools = self.folder / ".bin"
        tools.mkdir()
        words = f"exec '{sys.executable}' '{HERE / 'short.py'}' '{PROGRAMS['looplag']}' \"$@\"\n"
        write_program(tools / "looplag", "#!/bin/sh\n" + words)
        write_program(tools / "looplagd", f"#!/bin/sh\nexec '{PROGRAMS['looplagd']}' \"$@\"\n")
        path = f"{tools}:{os.environ['PATH']}:/usr/local/sbin:/usr/sbin"
        self.environment = {**os.environ, "PATH": path, "COLUMNS": "80"}
        for block in (block for page in PAGES.values() for block in page.blocks):
            if block.words and re.search(r"\.\w+$", block.words[0]):
                (self.folder / block.words[0]).write_text(self.with_ports(block.text), encoding="utf-8")

    def with_ports(self, text):
        """The text with its ports replaced, each always by the same free one."""
        for port in PORT.findall(text):
            if port not in self.ports:
                # Held to the end, so that the kernel gives it to nobody else; who asks for it by name gets it.
                held = socket.socket()
                held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                held.bind(("127.0.0.1", 0))
                self.held.append(held)
                self.ports[port] = str(held.getsockname()[1])
        return PORT.sub(lambda found: self.ports[found[0]], text)

    def start(self, text):
        """A shell in a process group of its own, whose output is kept in a file."""
        words = tempfile.TemporaryFile(dir=self.folder)
        process = subprocess.Popen(
            ["sh", "-eu", "-c", self.with_ports(text.replace(*MEMBERS))], cwd=self.folder, env=self.environment,
            stdin=subprocess.DEVNULL, stdout=words, stderr=words, start_new_session=True,
        )  # fmt: skip
        return process, words

    @staticmethod
    def told(words):
        words.seek(0)
        return words.read().decode(errors="replace")

    def run(self, text):
        """Runs commands to their end; returns how they ended, and what they printed."""
        process, words = self.start(text)
        with words:
            try:
                code = process.wait(timeout=LIMIT_S)
            except subprocess.TimeoutExpired:
                code = "a time-out"
            self.end(process)
            return code, self.told(words)

    def serve(self, text, port):
        """Starts a server, and waits until its port accepts. Returns what it printed when it does not."""
        process, words = self.start(text)
        self.servers.append((process, words))
        address = ("127.0.0.1", int(self.with_ports(port)))
        deadline = time.monotonic() + LIMIT_S
        while time.monotonic() < deadline and process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(address) == 0:
                    return None
            time.sleep(0.02)
        return self.told(words) or "nothing was printed"

    @staticmethod
    def end(process):
        """Ends what a shell has started, and what that has."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, number)
                process.wait(timeout=10)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                pass

    def close(self):
        for process, words in reversed(self.servers):
            self.end(process)
            words.close()
        for held in self.held:
            held.close()
        self.holder.cleanup()


def missing(block):
    """What a block needs and this machine has not, or ""."""
    for name in filter(None, pages.word_of(block, "needs").split(",")):
        command, packages = NEEDS[name]
        path = os.environ["PATH"] + ":/usr/local/sbin:/usr/sbin"
        there = subprocess.run(["sh", "-c", command], capture_output=True, timeout=LIMIT_S, check=False,
                               env={**os.environ, "PATH": path})  # fmt: skip
        if there.returncode != 0:
            return f"{name} is not installed: install {packages}"
    return ""


def plain(line):
    """A line without what varies in it: figures, and blanks between columns."""
    return re.sub(r"\d+", "0", " ".join(line.split()))


def skeleton(listing):
    """Of what a page shows as output, how lines begin that are there each time: those of an answer's table, the heading of
    a diagnosis, a reply's status line and the names of its headers, and JSON."""
    table = re.search(r"(?ms)^(system +.*?longest).*?\n(.*?)(\n\n|\Z)", listing)
    found = [table[1]] + [row.split()[0] for row in table[2].splitlines()] if table else []
    found += re.findall(r"(?m)^(?:In flight .*|HTTP/.*|\{.*)$", listing)
    found += re.findall(r"(?m)^[\w-]+:(?= )", listing) if listing.startswith("HTTP/") else []
    return [plain(begin) for begin in found]


class PageTest(unittest.TestCase):
    """Each block of a page is a test; they are made below, and run in the order of their names."""

    @classmethod
    def setUpClass(cls):
        cls.story = Story()
        cls.addClassCleanup(cls.story.close)

    def check(self, block):
        reason = missing(block)
        if reason:
            self.story.printed = None
            self.skipTest(reason)
        if "background" in block.words:
            port = pages.word_of(block, "port") or PORT.findall(block.text)[-1]
            self.assertIsNone(self.story.serve(block.text, port), block.text)
            return
        wanted = int(pages.word_of(block, "exit") or 0)
        for _ in range(ATTEMPTS):
            code, self.story.printed = self.story.run(block.text)
            if code == wanted or "address already in use" not in self.story.printed:
                break
        self.assertEqual(code, wanted, f"{block.text}\n{self.story.printed}")

    def compare(self, block):
        """A listing is like what the commands above it printed."""
        if self.story.printed is None:
            self.skipTest("the commands above were not run")
        printed = self.story.printed.splitlines()
        if "lines" in block.words:
            self.assertEqual(set(block.text.splitlines()) - set(printed), set(), self.story.printed)
        for begin in skeleton(block.text):
            self.assertTrue(any(plain(line).startswith(begin) for line in printed), f"{begin!r}:\n{self.story.printed}")


def test_of(block):
    if block.language == "sh":
        return lambda self: self.check(block)
    if {"output", "lines"} & set(block.words):
        return lambda self: self.compare(block)
    return None


def class_of(name):
    members = {f"test_line_{block.line:04}": test_of(block) for block in PAGES[name].blocks if test_of(block)}
    return type(re.sub(r"\W", "", name.removesuffix(".md").title()), (PageTest,), members)


for name in PAGES:
    made = class_of(name)
    globals()[made.__name__] = made
del PageTest, made

if __name__ == "__main__":
    unittest.main()
