"""A looplagd under load, for the soak (soak.py): the server, and clients that count what they lost.

A request that was not answered was **accepted** when a byte of it had arrived before the server ended its
connection. The first one of a connection always was: the kernel has let its client in. A later one was not when
the server had ended the connection while it was idle. The client's own kernel tells: the server's has
acknowledged nothing of the request, no byte of a reply came, and the connection was ended and not reset, as it is
where bytes are left unread.
"""

import random
import re
import select
import signal
import socket
import struct
import subprocess
import threading
import time

BODY = b'{"name": "soak", "data": {"a": 1, "b": 2}}'
HEAD = "POST {path} HTTP/1.1\r\nHost: soak\r\nContent-Length: {length}\r\n\r\n"
LARGE_BODY = b'{"name": "large", "data": {' + b", ".join(b'"key%d": %d' % (i, i) for i in range(40_000)) + b"}}"
PATHS = ("/ping", "/pong", "/stream", "/await")
LISTENING = re.compile(r"listening on http://127\.0\.0\.1:(\d+) ")
LENGTH = re.compile(rb"\r\nContent-Length: (\d+)\r\n", re.IGNORECASE)
DEADLINE_S = 60.0
BYTES_ACKED = 120  # where struct tcp_info has what the other side has acknowledged (linux/tcp.h)
LONGEST_PAUSE_S = 0.02  # in the middle of a body


class Lost(Exception):
    """A connection ended where a reply was due."""


def acknowledged(wire):
    """Bytes that the other side's kernel has taken, all told."""
    info = wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, BYTES_ACKED + 8)
    return struct.unpack_from("Q", info, BYTES_ACKED)[0]


class Loss:
    """A request that was not answered."""

    def __init__(self, client, why, arrived):
        self.connecting_at = client.connecting_at
        self.sent_at = client.sent_at
        self.first = client.fresh  # the connection's first request
        self.unanswered = client.received == 0  # not a byte of a reply came
        self.arrived = arrived  # a byte of it had come before the connection ended
        self.why = why


class Client(threading.Thread):
    """Requests until the server refuses connections or it is told to stop."""

    def __init__(self, port, body, keeps, pauses=False):
        super().__init__(daemon=True)
        self.port, self.body, self.keeps = port, body, keeps
        self.pauses = pauses  # half of a body comes later
        self.stopping = False
        self.answered = 0
        self.connecting_at = self.sent_at = 0.0
        self.fresh = True  # no reply yet on this connection
        self.acknowledged = 0  # before the request that is due
        self.received = 0  # bytes of the reply that is due
        self.lost = []

    def run(self):
        while not self.stopping:
            self.connecting_at, self.fresh, self.received = time.monotonic(), True, 0
            try:
                wire = socket.create_connection(("127.0.0.1", self.port), DEADLINE_S)
            except ConnectionRefusedError:
                return
            except OSError as error:
                self.lost.append(Loss(self, f"connect: {error!r}", True))
                return
            with wire:
                try:
                    self.use(wire)
                except (OSError, Lost) as error:
                    self.lost.append(Loss(self, repr(error), self.has_arrived(wire, error)))

    def has_arrived(self, wire, error):
        """Of the request that was lost: whether a byte of it came before the connection ended."""
        return (self.received > 0 or isinstance(error, ConnectionResetError)
                or acknowledged(wire) > self.acknowledged)  # fmt: skip

    def use(self, wire):
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while not self.stopping:
            head = HEAD.format(path=random.choice(PATHS), length=len(self.body)).encode()
            self.received, self.acknowledged = 0, acknowledged(wire)
            self.sent_at = time.monotonic()
            self.send(wire, head)
            reply = self.read(wire)
            if not reply.startswith(b"HTTP/1.1 200 "):
                raise Lost(f"status {reply[9:12]!r}")
            self.answered += 1
            self.fresh = False
            if not self.keeps or b"\r\nConnection: close\r\n" in reply:
                return

    def send(self, wire, head):
        if not self.pauses:
            wire.sendall(head + self.body)
            return
        middle = len(self.body) // 2
        wire.sendall(head + self.body[:middle])
        time.sleep(random.uniform(0, LONGEST_PAUSE_S))
        wire.sendall(self.body[middle:])

    def read(self, wire):
        data = b""
        while True:
            more = wire.recv(65536)
            if not more:
                raise Lost(f"closed after {len(data)} bytes")
            data += more
            self.received = len(data)
            head, ended, body = data.partition(b"\r\n\r\n")
            if ended and len(body) >= int(LENGTH.search(head + b"\r\n")[1]):
                return head + b"\r\n"


class Server:
    """A looplagd of one mode under the load of some clients."""

    def __init__(self, program, arguments):
        self.process = subprocess.Popen(
            [program, "--port=0", "--no-access-log", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        if not select.select([self.process.stdout], [], [], DEADLINE_S)[0]:
            raise SystemExit(f"{arguments}: the server did not start")
        self.port = int(LISTENING.match(self.process.stdout.readline().decode())[1])
        self.told_at = 0.0
        self.clients = []

    def load(self):
        """Starts twelve clients: on kept connections and on new ones, small and large bodies, whole and in two parts."""
        whole = [(BODY, False), (BODY, False), (BODY, False), (LARGE_BODY, False)]
        parts = [(BODY, True), (LARGE_BODY, True)]
        self.clients = [Client(self.port, body, keeps, pauses) for body, pauses in whole + parts for keeps in (False, True)]
        for client in self.clients:
            client.start()

    def warm_up(self):
        """Until each client was answered, and then a random moment, so that the signal hits any state."""
        deadline = time.monotonic() + DEADLINE_S
        while not all(client.answered or client.lost for client in self.clients):
            if time.monotonic() > deadline:
                raise SystemExit("the clients are not answered")
            time.sleep(0.001)
        time.sleep(random.uniform(0, 0.05))

    def wait_for_answers(self, count):
        """Until all clients together were answered `count` times more."""
        goal = self.answered() + count
        deadline = time.monotonic() + DEADLINE_S
        while self.answered() < goal and time.monotonic() < deadline:
            time.sleep(0.001)

    def answered(self):
        return sum(client.answered for client in self.clients)

    def workers(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as children:
            return [int(pid) for pid in children.read().split()]

    def has_replaced(self, victim, count):
        """Whether there are `count` workers without the victim, within the deadline."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            workers = self.workers()
            if victim not in workers and len(workers) == count:
                return True
            time.sleep(0.001)
        return False

    def has_replaced_all(self, before):
        """Whether as many other workers have taken their places, within the deadline."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            workers = self.workers()
            if len(workers) == len(before) and not set(workers) & set(before):
                return True
            time.sleep(0.001)
        return False

    def end(self):
        """SIGTERM; returns the exit code, when every client has seen the end."""
        self.told_at = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = "did not end"
        for client in self.clients:
            client.stopping = True
            client.join(DEADLINE_S)
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    def lost(self):
        return [lost for client in self.clients for lost in client.lost]


def was_idle(server, lost):
    """The server had ended a kept connection, while it was idle, before this request came."""
    return not lost.first and not lost.arrived and lost.sent_at >= server.told_at
