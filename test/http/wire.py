"""HTTP on a socket, byte by byte: requests as a test wants them, and replies as they came."""

import json
import os
import select
import socket
import struct
import time

SANITIZED = os.environ.get("LOOPLAG_SANITIZE", "none") not in ("", "none")

# The longest wait for anything; a passing run never comes near it.
DEADLINE_S = 120.0 if SANITIZED else 30.0


class WireClosed(Exception):
    """The server closed the connection where a reply was due."""


class Response:
    """One reply, as it was on the wire."""

    def __init__(self, version, status, reason, headers):
        self.version = version
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = b""

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        """The value of a header that is there once, or None."""
        values = self.all(name)
        if len(values) > 1:
            raise AssertionError(f"{name} is there {len(values)} times")
        return values[0] if values else None

    def json(self):
        return json.loads(self.body)

    @property
    def closes(self):
        return (self.header("Connection") or "").lower() == "close"


def parse_head(head):
    lines = head.decode("latin-1").split("\r\n")
    version, status, reason = lines[0].split(" ", 2)
    headers = []
    for line in lines[1:]:
        name, value = line.split(":", 1)
        headers.append((name, value.strip()))
    return Response(version, int(status), reason, headers)


class Wire:
    """A connection to the server: bytes out, replies in."""

    def __init__(self, port, timeout=DEADLINE_S, source="", tls=None):
        self.timeout = timeout
        self.pending = b""
        self.was_reset = False
        # Without a source of its own the kernel may use one port for connections to several servers.
        self.socket = socket.create_connection(("127.0.0.1", port), timeout, (source, 0) if source else None)
        if self.socket.getsockname() == self.socket.getpeername():  # nobody listens: TCP met itself
            self.socket.close()
            raise ConnectionRefusedError
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:  # an end without close_notify is an error
            self.socket = tls.wrap_socket(self.socket, server_hostname="127.0.0.1", suppress_ragged_eofs=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.settimeout(self.timeout)
        self.socket.sendall(data)

    def send_while_taken(self, data):
        """Sends until the server closes the connection; the reply may still be there."""
        try:
            self.send(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def end(self):
        """Half-closes: nothing more will be sent."""
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Closes with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def receive(self, deadline):
        """Some more bytes, or b"" when the connection was closed."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"no reply within {self.timeout} s; so far {self.pending[:200]!r}")
        self.socket.settimeout(left)
        try:
            return self.socket.recv(65536)
        except ConnectionResetError:
            self.was_reset = True
            return b""

    def fill(self, enough, deadline):
        while not enough():
            data = self.receive(deadline)
            if not data:
                raise WireClosed(f"after {self.pending[:200]!r}, reset: {self.was_reset}")
            self.pending += data

    def response(self, only_head=False):
        """Reads exactly one reply (an interim 1xx counts as one)."""
        deadline = time.monotonic() + self.timeout
        self.fill(lambda: b"\r\n\r\n" in self.pending, deadline)
        head, _, self.pending = self.pending.partition(b"\r\n\r\n")
        response = parse_head(head)
        length = int(response.header("Content-Length") or 0)
        if only_head or response.status < 200 or response.status in (204, 304):
            length = 0
        self.fill(lambda: len(self.pending) >= length, deadline)
        response.body, self.pending = self.pending[:length], self.pending[length:]
        return response

    def rest(self):
        """All bytes up to the close by the server, which must come."""
        deadline = time.monotonic() + self.timeout
        while data := self.receive(deadline):
            self.pending += data
        rest, self.pending = self.pending, b""
        return rest

    def is_silent(self):
        """Nothing to read right now, not even a close."""
        return not self.pending and not select.select([self.socket], [], [], 0)[0]


def request(method="POST", path="/ping", body=None, headers=()):
    """The bytes of a well-formed request; headers are (name, value) pairs."""
    lines = [f"{method} {path} HTTP/1.1", "Host: test"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


def head(*lines, first="POST /ping HTTP/1.1"):
    """A head of just these lines, however wrong; str or bytes."""
    raw = [line if isinstance(line, bytes) else line.encode("latin-1") for line in (first, *lines)]
    return b"\r\n".join(raw) + b"\r\n\r\n"
