"""Mixed traffic, for the soak (soak.py): actors that ask politely, slowly, wrongly and rudely.

Each actor counts what it sent and what came back. Now and then all pause, and the server's own counts
are compared: every reply that an actor has read is in /stats by its status, and no reply is that could
not have been one of theirs. A reply that its actor did not wait for may be there or not.
"""

import collections
import json
import random
import socket
import struct
import threading
import time

from soak_server import BODY, DEADLINE_S, PATHS, Lost

HEADER_TIMEOUT_S = BODY_TIMEOUT_S = 2
SERVER_ARGUMENTS = (f"--header-timeout={HEADER_TIMEOUT_S}s", f"--body-timeout={BODY_TIMEOUT_S}s", "--max-body=4MB",
                    "--large-limit=2", "--large-size=1MB")  # fmt: skip
PAUSE_S = 0.01  # between an actor's turns: a port is used up for a minute by each connection
LARGE = b'{"name": "large", "data": {' + b", ".join(b'"key%d": %d' % (i, i) for i in range(70_000)) + b"}}"
MEDIUM = b'{"name": "medium", "data": {' + b", ".join(b'"key%d": %d' % (i, i) for i in range(5_000)) + b"}}"


def post(path, body, *more):
    lines = [f"POST {path} HTTP/1.1", "Host: soak", f"Content-Length: {len(body)}", *more]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def page(path, *more):
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: soak", *more]).encode() + b"\r\n\r\n"


class Tally:
    """What an actor sent, and what came of it."""

    def __init__(self):
        self.sent = 0  # whole requests
        self.statuses = collections.Counter()  # of replies that were read
        self.unread = 0  # requests whose reply nobody waited for
        self.late = collections.Counter()  # deadlines that were let pass, by their name in /stats
        self.faults = []

    def add(self, other):
        self.sent += other.sent
        self.statuses += other.statuses
        self.unread += other.unread
        self.late += other.late
        self.faults += other.faults


class Wire:
    """A connection of an actor."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), DEADLINE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def fill(self):
        more = self.socket.recv(65536)
        if not more:
            raise Lost(f"closed after {self.pending[:80]!r}")
        self.pending += more

    def reply(self):
        """The status and the body of the next reply."""
        while b"\r\n\r\n" not in self.pending:
            self.fill()
        head, _, self.pending = self.pending.partition(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        while len(self.pending) < length:
            self.fill()
        body, self.pending = self.pending[:length], self.pending[length:]
        return int(head[9:12]), body


class Actor(threading.Thread):
    """One kind of turn again and again, with pauses when it is told to."""

    def __init__(self, port, turn, seed):
        super().__init__(daemon=True)
        self.port, self.turn = port, turn
        self.random = random.Random(seed)
        self.tally = Tally()
        self.quiet, self.stopping = threading.Event(), threading.Event()
        self.goes_on = threading.Event()
        self.goes_on.set()

    def run(self):
        while not self.stopping.is_set():
            if not self.goes_on.is_set():
                self.quiet.set()
                self.goes_on.wait()
                self.quiet.clear()
                continue
            try:
                self.turn(self)
            except (OSError, Lost, ValueError) as error:
                self.tally.faults.append(f"{self.turn.__name__}: {error!r}")
            time.sleep(PAUSE_S)

    def expect(self, wire, *statuses):
        status, body = wire.reply()
        self.tally.statuses[status] += 1
        if status not in statuses:
            self.tally.faults.append(f"{self.turn.__name__}: {status} {body[:80]!r}")

    def ask(self, wire, data, *statuses):
        self.tally.sent += 1
        wire.send(data)
        self.expect(wire, *statuses)


# --- turns ----------------------------------------------------------------------


def polite(actor):
    """A kept connection with requests of every kind, good and bad."""
    with Wire(actor.port) as wire:
        for _ in range(actor.random.randrange(1, 40)):
            path = actor.random.choice(PATHS)
            data, status = actor.random.choice((
                (post(path, BODY), 200), (post(path, BODY), 200), (post(path, MEDIUM), 200),
                (post(path, b'{"name": 1}'), 422), (post(path, b"[1,"), 422), (post("/none", BODY), 404),
                (post(path, BODY, "Content-Type: text/plain"), 415), (page(path), 405),
                (page("/healthz"), 200), (page("/metrics"), 200),
            ))  # fmt: skip
            actor.ask(wire, data, status)


def fresh(actor):
    """A connection for each request."""
    with Wire(actor.port) as wire:
        actor.ask(wire, post(actor.random.choice(PATHS), BODY, "Connection: close"), 200)


def pipelined(actor):
    with Wire(actor.port) as wire:
        count = actor.random.randrange(2, 20)
        actor.tally.sent += count
        wire.send(post(actor.random.choice(PATHS), BODY) * count)
        for _ in range(count):
            actor.expect(wire, 200)


def chunked(actor):
    """In chunks, some of a few bytes, with extensions and a trailer."""
    with Wire(actor.port) as wire:
        step = actor.random.choice((3, 100, 20_000))
        body = BODY if step == 3 else MEDIUM
        pieces = [body[at : at + step] for at in range(0, len(body), step)]
        head = f"POST {actor.random.choice(PATHS)} HTTP/1.1\r\nHost: soak\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        data = b"".join(b"%x;a=b\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
        actor.ask(wire, head + data + b"0\r\nX-Trailer: t\r\n\r\n", 200)


def large(actor):
    """More than a megabyte, which waits in the lane."""
    with Wire(actor.port) as wire:
        actor.ask(wire, post(actor.random.choice(PATHS), LARGE), 200)
    time.sleep(0.1)


def too_large(actor):
    with Wire(actor.port) as wire:
        actor.ask(wire, f"POST /ping HTTP/1.1\r\nHost: soak\r\nContent-Length: {5 << 20}\r\n\r\n".encode(), 413)


def half_closing(actor):
    with Wire(actor.port) as wire:
        actor.tally.sent += 1
        wire.send(post(actor.random.choice(PATHS), MEDIUM))
        wire.socket.shutdown(socket.SHUT_WR)
        actor.expect(wire, 200)


def slow(actor):
    """A head and a body in pieces, with pauses that are not too long."""
    data = post(actor.random.choice(PATHS), BODY)
    with Wire(actor.port) as wire:
        actor.tally.sent += 1
        step = len(data) // 8 + 1
        for at in range(0, len(data), step):
            wire.send(data[at : at + step])
            time.sleep(actor.random.uniform(0.005, 0.03))
        actor.expect(wire, 200)


def wait_for_end(wire):
    """All that comes until the server closes."""
    data = wire.pending
    try:
        while more := wire.socket.recv(65536):
            data += more
    except ConnectionResetError:
        pass
    return data


def dripping_head(actor):
    """Part of a head: closed at its deadline."""
    with Wire(actor.port) as wire:
        wire.send(post("/ping", BODY)[:20])
        wait_for_end(wire)
        actor.tally.late["header_timeout"] += 1


def stalling_body(actor):
    """Half of a body: 408 at its deadline."""
    with Wire(actor.port) as wire:
        actor.tally.sent += 1
        wire.send(post("/ping", BODY)[:-10])
        actor.expect(wire, 408)
        actor.tally.late["body_timeout"] += 1


def resetting(actor):
    """A reset in the head, in the body, or while the answer is made."""
    data = post(actor.random.choice(PATHS), MEDIUM)
    with Wire(actor.port) as wire:
        end = actor.random.choice((10, len(data) // 2, len(data)))
        actor.tally.sent += end == len(data)
        actor.tally.unread += end == len(data)
        wire.send(data[:end])
        if actor.random.random() < 0.5:
            time.sleep(0.002)
        wire.reset()


def deaf(actor):
    """Many requests, no reply of which is read."""
    with Wire(actor.port) as wire:
        actor.tally.sent += 30
        actor.tally.unread += 30
        wire.send(post(actor.random.choice(PATHS), BODY) * 30)
        wire.reset()


TURNS = (polite, polite, fresh, pipelined, chunked, large, too_large, half_closing, slow, dripping_head, stalling_body,
         resetting, deaf)  # fmt: skip


# --- all of them ----------------------------------------------------------------


class Mix:
    """All actors of a server, and the comparison of their counts with its own."""

    def __init__(self, server):
        self.server = server
        self.asked = 0  # for /stats, by ourselves
        self.faults = []
        self.actors = [Actor(server.port, turn, seed) for seed, turn in enumerate(TURNS)]
        for actor in self.actors:
            actor.start()

    def tally(self):
        total = Tally()
        for actor in self.actors:
            total.add(actor.tally)
        return total

    def pause(self):
        """Until each actor has ended its turn."""
        for actor in self.actors:
            actor.goes_on.clear()
        deadline = time.monotonic() + DEADLINE_S
        for actor in self.actors:
            if not actor.quiet.wait(max(0, deadline - time.monotonic())):
                self.faults.append(f"{actor.turn.__name__} is not answered within {DEADLINE_S:.0f} s")

    def go_on(self):
        for actor in self.actors:
            actor.goes_on.set()

    def stop(self):
        for actor in self.actors:
            actor.stopping.set()
            actor.goes_on.set()
        for actor in self.actors:
            actor.join(DEADLINE_S)

    def stats(self):
        with Wire(self.server.port) as wire:
            wire.send(page("/stats", "Connection: close"))
            status, body = wire.reply()
        before = self.asked
        self.asked += 1
        return (json.loads(body) if status == 200 else {}), before

    def idle_stats(self):
        """What the server says when nothing is in flight but this question, and no other connection is open."""
        deadline = time.monotonic() + DEADLINE_S
        while True:
            stats, before = self.stats()
            left = stats["requests"]["in_flight"] - 1, sum(worker["open"] for worker in stats["workers"]) - 1
            if left == (0, 0):
                return stats, before
            if time.monotonic() > deadline:
                self.faults.append("{} requests and {} connections stay".format(*left))
                return stats, before
            time.sleep(0.01)

    def compare(self):
        """While all actors pause: the server's counts and theirs."""
        tally = self.tally()
        stats, asked = self.idle_stats()
        theirs = collections.Counter({int(status): count for status, count in stats["requests"]["by_status"].items()})
        ours = tally.statuses + collections.Counter({200: asked})
        for status in sorted(theirs | ours):
            more = theirs[status] - ours[status]
            if not 0 <= more <= (tally.unread if status == 200 else 0):
                self.faults.append(f"status {status}: {ours[status]} replies read, the server counts {theirs[status]}")
        for name, count in stats["limited"].items():
            if count != tally.late[name]:
                self.faults.append(f"{name}: {tally.late[name]} by us, {count} by the server")
        if stats["inflight_bytes"]["held"]:
            self.faults.append(f"{stats['inflight_bytes']['held']} bytes stay held")
        if tally.sent != sum(tally.statuses.values()) + tally.unread:
            self.faults.append(f"{tally.sent} sent, {sum(tally.statuses.values())} answered, {tally.unread} not read")
        if stats.get("large_lane", {}).get("admitted", 0):
            self.faults.append("a place in the lane stays taken")
