"""Row 32: what a server asks for while it starts fails once each, in every mode; and which of the sites
in the program that allocate were made to fail, at the start or by requests."""

import errno
import json
import os
import pathlib
import re
import select
import signal
import ssl
import subprocess
import sys
import tempfile
import unittest

from failing import Failing, needs_failing_calls
from support import DEADLINE_S, LOOPLAGD, SMALL_BODY, Wire, WireClosed, request, run_to_end
from test_allocations import NUMBERS, all_requests

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from authority import OPENSSL, Authority

MOST = 400  # calls of a kind while it starts
KINDS_AT_START = {"memory": errno.ENOMEM, "thread": errno.EAGAIN, "eventfd": errno.EMFILE, "epoll": errno.EMFILE,
                  "socket": errno.EMFILE, "fork": errno.EAGAIN, "option": errno.ENOMEM, "wait": errno.EINTR}  # fmt: skip
ALLOCATORS = {"malloc", "calloc", "realloc", "aligned_alloc", "mmap", "mmap64", "mremap"}
# Sites that fail under TLS only. GnuTLS asks for memory thousands of times before a server serves: of all these only our own fail.
OF_TLS = {"certificate_load", "tls_begin", "tls_load"}
OPTIONS = ("--max-body=400kB", "--max-connections-per-ip=900", "--large-limit=2", "--large-size=100kB", "--log-bodies",
           "--user-limit=9")  # fmt: skip


def modes():
    return [mode["name"] for mode in json.loads(run_to_end("--list-modes=json").stdout)]


class Start:
    """A server that may fail to start."""

    def __init__(self, *arguments, tls=None):
        self.tls = tls
        self.stderr = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [LOOPLAGD, "--port=0", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.stderr
        )
        ready = select.select([self.process.stdout], [], [], DEADLINE_S)[0]
        line = self.process.stdout.readline().decode() if ready else ""
        match = re.match(r"listening on https?://127\.0\.0\.1:(\d+) ", line)
        self.port = int(match[1]) if match else 0

    def said(self):
        self.stderr.seek(0)
        return self.stderr.read().decode()

    def ask(self, data):
        try:
            with Wire(self.port, tls=self.tls) as wire:
                wire.send_while_taken(data)
                return wire.response().status
        except (WireClosed, OSError) if self.tls else WireClosed:
            return None

    def end(self, number=signal.SIGTERM):
        """Its exit code; a server that serves is told to end."""
        if self.port:
            self.process.send_signal(number)
        try:
            code = self.process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = "it did not end"
        self.process.stdout.close()
        return code


def calls_of(functions):
    """For each call of an allocator in these functions of the program: where it returns to, and the function."""
    listing = subprocess.run(["objdump", "-d", "--no-show-raw-insn", LOOPLAGD], capture_output=True, text=True, check=True)
    sites, name, called = {}, "", False
    for line in listing.stdout.splitlines():
        if match := re.match(r"[0-9a-f]+ <([^>]+)>:$", line):
            name, called = match[1].split(".")[0], False
        elif match := re.match(r"\s+([0-9a-f]+):\s+(\S+)\s*(.*)", line):
            if called and name in functions:
                sites[int(match[1], 16)] = name
            target = re.search(r"<(\w+)@", match[3])
            called = match[2] in ("call", "callq", "bl") and bool(target) and target[1] in ALLOCATORS
    return sites


def own_functions():
    """Names of the functions in src/: those of its libraries."""
    libraries = pathlib.Path(LOOPLAGD).parent.glob("lib*.a")
    listing = subprocess.run(["nm", "--defined-only", *libraries], capture_output=True, text=True, check=True)
    return {match[1].split(".")[0] for match in re.finditer(r"^[0-9a-f]+ [tT] (\S+)$", listing.stdout, re.M)}


@needs_failing_calls
class Row32Start(unittest.TestCase):
    """It says in one line what it lacks and ends with 1 or 2, or it serves all the same."""

    @classmethod
    def setUpClass(cls):
        cls.places = set()

    def start(self, failing, *arguments, tls=None):
        started = failing.start(Start, *arguments, tls=tls)
        self.addCleanup(started.stderr.close)
        self.addCleanup(started.process.kill)
        return started

    def judge(self, started):
        if started.port:
            self.assertEqual(started.ask(request("POST", "/ping", SMALL_BODY)), 200, started.said())
            self.assertEqual(started.end(signal.SIGKILL), -signal.SIGKILL)  # a drain takes a tenth of a second
        else:
            self.assertIn(started.end(), (1, 2), started.said())
            self.assertRegex(started.said(), r"\A(looplagd: [^\n]+\n)+\Z")

    def fail_each(self, kind, *arguments):
        """Returns how many calls failed, one for each start."""
        failing = Failing(self)
        for number in range(1, MOST):
            failing.fail_at(number, kind, KINDS_AT_START[kind])
            started = self.start(failing, *arguments)
            if started.port:  # parts of it may not have started yet
                self.assertIn(started.ask(request("GET", "/healthz")), (200, 503, None))
            failed = failing.has_failed()
            failing.fail_at(0)
            with self.subTest(kind=kind, arguments=arguments, number=number):
                self.judge(started)
            if not failed:
                self.places |= failing.places()
                return number - 1
        raise AssertionError(f"more than {MOST} calls of {kind}")

    def fail_starts(self):
        counts = {}
        for mode in modes():
            for kind in KINDS_AT_START:
                counts[mode, kind] = self.fail_each(kind, f"--mode={mode}", *OPTIONS)
            self.assertGreater(counts[mode, "memory"], 5)
        for balance in ("reuseport", "mhd"):
            counts[balance, "socket"] = self.fail_each("socket", "--mode=pool", f"--balance={balance}")
        with tempfile.TemporaryDirectory() as folder:
            tokens = pathlib.Path(folder, "tokens")
            tokens.touch(0o600)
            tokens.write_text("operator a-token\n", encoding="ascii")
            counts["tokens", "memory"] = self.fail_each("memory", "--mode=select", f"--admin-token-file={tokens}")
        self.assertEqual({kind for (_, kind), count in counts.items() if count}, KINDS_AT_START.keys())
        print(f"{sum(counts.values())} calls failed at the start: {counts}")

    def fail_requests(self, mode):
        failing = Failing(self)
        started = self.start(failing, f"--mode={mode}", *OPTIONS)
        for data, usual in all_requests().values():
            for number in NUMBERS:
                failing.fail_at(number)
                self.assertIn(started.ask(data), (usual, 503, None))
                if not failing.has_failed():
                    break
        failing.fail_at(0)
        self.places |= failing.places()
        self.assertEqual(started.end(), 0)

    def fail_site(self, place, *arguments, tls=None):
        """That one only, at the start or by a request of each kind in turn."""
        failing = Failing(self)
        failing.fail_at(1, place=place)
        started = self.start(failing, *arguments, tls=tls)
        if not started.port:
            self.judge(started)
        else:
            for data, usual in all_requests().values():
                if failing.has_failed():
                    break
                self.assertIn(started.ask(data), (usual, 503, None))
            self.assertEqual(started.ask(request("POST", "/ping", SMALL_BODY)), 200)
            self.assertEqual(started.end(), 0, started.said())
        self.places |= failing.places()

    def fail_sites_of_tls(self, sites):
        if not OPENSSL:
            self.skipTest("openssl is not installed: install the package openssl")
        with tempfile.TemporaryDirectory() as folder:
            authority = Authority(folder)
            cert, key = authority.sign("server")
            os.chmod(key, 0o600)
            trusting = ssl.create_default_context(cafile=authority.file)
            for place in sites:
                with self.subTest(place=sites[place]):
                    self.fail_site(place, *OPTIONS, f"--tls-cert={cert}", f"--tls-key={key}", tls=trusting)

    def test_row_32_each_call_fails_and_each_site_that_allocates_is_among_them(self):
        self.fail_starts()
        sites = calls_of(own_functions())
        self.assertGreater(len(sites), 10, "the program is disassembled")
        for mode in modes():
            self.fail_requests(mode)
        left = {place: name for place, name in sites.items() if place not in self.places}
        self.fail_sites_of_tls({place: name for place, name in left.items() if name in OF_TLS})
        for place in left.keys() - self.places:
            with self.subTest(place=left[place]):
                self.fail_site(place, *OPTIONS)
        left = sorted(name for place, name in left.items() if place not in self.places)
        print(f"{len(sites) - len(left)} of {len(sites)} sites in the program failed")
        self.assertEqual(left, [])


if __name__ == "__main__":
    unittest.main()
