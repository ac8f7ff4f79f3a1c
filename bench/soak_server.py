"""A looplagd under load, for the soak (soak.py): the server, and clients that count what they lost."""

import random
import re
import select
import signal
import socket
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


class Lost(Exception):
    """A connection ended where a reply was due."""


class Loss:
    """A request that was not answered."""

    def __init__(self, client, why):
        self.connecting_at = client.connecting_at
        self.at = time.monotonic()
        self.first = client.fresh  # the connection's first request
        self.unanswered = client.received == 0  # not a byte of a reply came
        self.why = why


class Client(threading.Thread):
    """Requests until the server refuses connections or it is told to stop."""

    def __init__(self, port, keeps, body):
        super().__init__(daemon=True)
        self.port, self.keeps, self.body = port, keeps, body
        self.stopping = False
        self.answered = 0
        self.connecting_at = 0.0
        self.fresh = True  # no reply yet on this connection
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
                self.lost.append(Loss(self, f"connect: {error!r}"))
                return
            with wire:
                try:
                    self.use(wire)
                except (OSError, Lost) as error:
                    self.lost.append(Loss(self, repr(error)))

    def use(self, wire):
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while not self.stopping:
            head = HEAD.format(path=random.choice(PATHS), length=len(self.body)).encode()
            self.received = 0
            wire.sendall(head + self.body)
            reply = self.read(wire)
            if not reply.startswith(b"HTTP/1.1 200 "):
                raise Lost(f"status {reply[9:12]!r}")
            self.answered += 1
            self.fresh = False
            if not self.keeps or b"\r\nConnection: close\r\n" in reply:
                return

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
        """Starts eight clients."""
        bodies = [BODY, BODY, BODY, LARGE_BODY]
        self.clients = [Client(self.port, i % 2 == 0, bodies[i // 2 % 4]) for i in range(8)]
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
    """A kept connection that the server ended just when its next request left."""
    return not lost.first and lost.unanswered and lost.at >= server.told_at
