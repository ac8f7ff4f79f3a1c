"""Replies that come while the body is still to come are read by the client: row 43.

Directly and through HAProxy, by curl and by Python's http.client, which reads nothing before it
has sent all. And what a client that is refused can hold: neither descriptors nor the drain.
"""

import contextlib
import http.client
import os
import resource
import shutil
import socket
import subprocess
import tempfile
import unittest

from support import DEADLINE_S, SANITIZED, SERVING_PROCESSES, OwnServerCase, Server, head, request, until

HAPROXY = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
CURL = shutil.which("curl")
TIMES = 8 if SANITIZED else 40
SIZE = 70_000_000
JSON = "application/json"
# Path, content type, the reply: each is refused before its body is read.
REFUSED = (("/ping", JSON, 413), ("/nope", JSON, 404), ("/stream", "text/plain", 415), ("/healthz", JSON, 405))
MAX_BODY = "--max-body=1MiB"
ALL_BODIES = "--max-body=100MiB"
PING_BODY = "--max-body=/ping=1MiB"
LINGERING = 8  # as many as a process lets linger that may have few descriptors
FEW_FILES = 1024

CONFIGURATION = """
defaults
    mode http
    timeout connect 120s
    timeout client 120s
    timeout server 120s
listen all
    bind fd@%d
    server one 127.0.0.1:%d
"""


@contextlib.contextmanager
def haproxy_before(port):
    """An HAProxy in front of a server; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener, tempfile.NamedTemporaryFile("w") as file:
        file.write(CONFIGURATION % (listener.fileno(), port))
        file.flush()
        process = subprocess.Popen(
            [HAPROXY, "-db", "-q", "-f", file.name],
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield listener.getsockname()[1]
        finally:
            process.kill()
            process.wait(DEADLINE_S)


def by_http_client(port, path, content_type, body):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
    try:
        body.seek(0)
        connection.request("POST", path, body, {"Content-Type": content_type, "Content-Length": str(SIZE)})
        reply = connection.getresponse()
        reply.read()
        return reply.status
    finally:
        connection.close()


def by_curl(port, path, content_type, body):
    done = subprocess.run(
        [CURL, "-sS", "--noproxy", "*", "-m", str(int(DEADLINE_S)), "-X", "POST", "-H", "Expect:",
         "-H", f"Content-Type: {content_type}", "-T", body.name, "-o", "/dev/null", "-w", "%{http_code}",
         f"http://127.0.0.1:{port}{path}"],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE_S + 10, check=False, text=True,
    )  # fmt: skip
    return int(done.stdout) if done.returncode == 0 else f"{done.stdout} {done.stderr}"


class Row43TheReplyIsRead(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.body = tempfile.NamedTemporaryFile()
        cls.body.truncate(SIZE)
        cls.addClassCleanup(cls.body.close)

    def assert_read(self, client, through):
        with Server("--no-access-log", ALL_BODIES, PING_BODY) as server, through(server.port) as port:
            got = []
            for i in range(TIMES):
                path, content_type, status = REFUSED[i % len(REFUSED)]
                try:
                    got.append((client(port, path, content_type, self.body), status))
                except (OSError, http.client.HTTPException) as error:
                    got.append((repr(error), status))
        wrong = [pair for pair in got if pair[0] != pair[1]]
        print(f"row 43: {TIMES - len(wrong)} of {TIMES} refusals were read")
        self.assertEqual(wrong, [])

    def test_by_http_client(self):
        self.assert_read(by_http_client, contextlib.nullcontext)

    @unittest.skipUnless(CURL, "curl is not installed")
    def test_by_curl(self):
        self.assert_read(by_curl, contextlib.nullcontext)

    @unittest.skipUnless(HAPROXY, "HAProxy is not installed: install the package haproxy")
    def test_by_http_client_through_haproxy(self):
        self.assert_read(by_http_client, haproxy_before)

    @unittest.skipUnless(HAPROXY and CURL, "HAProxy or curl is not installed")
    def test_by_curl_through_haproxy(self):
        self.assert_read(by_curl, haproxy_before)


class InMidBody(OwnServerCase):
    """Where libmicrohttpd takes no reply, it is sent past it."""

    def send_chunks(self, wire, path, size, lines=()):
        wire.send(head("Host: test", "Transfer-Encoding: chunked", *lines, first=f"POST {path} HTTP/1.1"))
        piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        for _ in range(size // 0x10000):
            wire.send(piece)

    def assert_refused_in_mid_body(self, server, path, status, lines=()):
        with server.wire() as wire:
            self.send_chunks(wire, path, SIZE, lines)
            reply = wire.response()
            self.assertEqual((reply.status, reply.closes), (status, True))
            self.assertEqual(list(reply.json()), ["detail"])
            self.assertRegex(reply.header("Date"), r"^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$")
            self.assertEqual((wire.rest(), wire.was_reset), (b"", False))
        return reply

    def test_a_chunked_body_far_past_the_limit(self):
        server = self.server(MAX_BODY)
        self.assert_refused_in_mid_body(server, "/ping", 413, ["X-Request-ID: me"])
        by_status = server.stats()["requests"]["by_status"]
        self.assertEqual(by_status["413"], 1)
        self.assertEqual(server.stop(), 0)
        self.assertIn("me            | return /ping", server.log_text())

    def test_a_large_chunked_body_that_is_refused_for_its_head(self):
        server = self.server(ALL_BODIES)
        self.assert_refused_in_mid_body(server, "/nope", 404)
        reply = self.assert_refused_in_mid_body(server, "/healthz", 405)
        self.assertEqual(reply.header("Allow"), "GET, HEAD")
        self.assert_refused_in_mid_body(server, "/ping", 415, ["Content-Type: a/b"])
        server.wait_until_idle()

    def test_the_lane_turns_away_a_body_that_has_become_large(self):
        server = self.server(ALL_BODIES, "--large-limit=1", "--large-size=1MiB", "--large-policy=reject")
        with server.wire() as first:
            first.send(head("Host: test", f"Content-Length: {2 << 20}"))
            server.wait_for_in_flight(1)
            reply = self.assert_refused_in_mid_body(server, "/stream", 503)
            self.assertEqual(reply.header("Retry-After"), "1")

    def test_64_kib_are_drained_and_the_connection_kept(self):
        server = self.server(MAX_BODY)
        with server.wire() as wire:
            wire.send(request("POST", "/nope", b" " * (64 << 10)) + request("GET", "/healthz"))
            self.assertEqual([wire.response().status for _ in range(2)], [404, 200])
            self.send_chunks(wire, "/nope", 64 << 10)
            wire.send(b"0\r\n\r\n" + request("GET", "/healthz"))
            self.assertEqual([wire.response().status for _ in range(2)], [404, 200])
            wire.send(request("POST", "/nope", b" " * ((64 << 10) + 1)))
            self.assertTrue(wire.response().closes)
            self.assertEqual((wire.rest(), wire.was_reset), (b"", False))


def limit_files():
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW_FILES, FEW_FILES))


class WhoLingers(OwnServerCase):
    def sockets(self, server):
        """How many sockets all its processes have open."""
        count = 0
        for pid in server.pids():
            for fd in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(FileNotFoundError):
                    count += os.readlink(f"/proc/{pid}/fd/{fd}").startswith("socket:")
        return count

    def sockets_at_rest(self, server):
        """How many are open when all its processes serve, each an idle connection at least."""
        for wire in server.kept_wires():
            self.addCleanup(wire.socket.close)
        return self.sockets(server)

    def refused(self, server):
        """A connection whose body was refused, and whose client keeps it open and is silent."""
        wire = self.wire(server)
        wire.send(head("Host: test", f"Content-Length: {SIZE}"))
        self.assertEqual(wire.response().status, 413)
        self.assertEqual(wire.rest(), b"")
        return wire

    def test_they_are_let_go_when_they_end_or_are_silent(self):
        server = self.server(MAX_BODY)
        before = self.sockets_at_rest(server)
        wires = [self.refused(server) for _ in range(20)]
        for wire in wires[:10]:
            wire.socket.close()
        until(lambda: self.sockets(server) <= before, "who lingered is let go")

    def test_there_are_at_most_so_many(self):
        server = Server(MAX_BODY, preexec=limit_files)
        self.addCleanup(server.kill)
        before = self.sockets_at_rest(server)
        wires = [self.refused(server) for _ in range(100)]
        most = before + LINGERING * SERVING_PROCESSES
        # The silent are let go after five seconds anyway.
        until(lambda: self.sockets(server) <= most, "the oldest are closed", timeout=3)
        self.assertEqual(len(wires), 100)
        self.assertEqual(server.stop(), 0)

    def test_the_drain_loses_no_reply_and_does_not_wait_for_the_silent(self):
        server = self.server(MAX_BODY, "--drain-timeout=20s")
        silent = [self.refused(server) for _ in range(3)]
        wire = self.wire(server)
        wire.send(head("Host: test", f"Content-Length: {SIZE}"))
        wire.send(b" " * (4 << 20))
        server.terminate()
        for _ in range(16):
            wire.send(b" " * (4 << 20))
        self.assertEqual(wire.response().status, 413)
        self.assertEqual((wire.rest(), wire.was_reset), (b"", False))
        self.assertEqual(server.wait(), 0)
        self.assertNotIn("cut short", server.log_text())
        self.assertEqual(len(silent), 3)


if __name__ == "__main__":
    unittest.main()
