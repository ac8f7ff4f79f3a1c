"""Many uploads at once, each a small piece at a time, in turn: for the suite and the benchmark.

One thread and one selector drive them all, so that a thousand of them are open
at the same moment. Standard library only; every wait has a deadline.
"""

import json
import selectors
import socket

STALLED_S = 60  # no upload could send anything for so long
ESTABLISHED = "01"


def unread_bytes(port):
    """What is on its way to the server at this port and was not yet read by it."""
    waiting = 0
    with open("/proc/net/tcp", encoding="ascii") as table:
        for line in list(table)[1:]:
            fields = line.split()
            local, remote = (int(address.split(":")[1], 16) for address in fields[1:3])
            to_send, to_read = (int(queue, 16) for queue in fields[4].split(":"))
            is_connection = fields[3] == ESTABLISHED
            waiting += is_connection * (to_send * (remote == port) + to_read * (local == port))
    return waiting


class Upload:
    """One request: its socket, its body, how much of it was sent."""

    def __init__(self, port, path, body):
        self.body = memoryview(body)
        self.sent = 0
        self.socket = socket.create_connection(("127.0.0.1", port), STALLED_S)
        self.head = (
            f"POST {path} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode()

    def send_piece(self, size, end):
        """Sends up to `size` bytes, not beyond `end`; false when it is there."""
        try:
            self.sent += self.socket.send(self.body[self.sent : min(self.sent + size, end)])
        except BlockingIOError:
            pass
        return self.sent < end

    def reply(self):
        """Waits for the whole reply; its status and its JSON."""
        self.socket.settimeout(STALLED_S)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.receive()
        head, _, content = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().split("\r\n")
        length = next(int(line.split(":")[1]) for line in lines if line.startswith("content-length:"))
        while len(content) < length:
            content += self.receive()
        return int(lines[0].split()[1]), json.loads(content)

    def receive(self):
        data = self.socket.recv(65536)
        if not data:
            raise AssertionError("the server closed an upload without a whole reply")
        return data


class Uploads:
    """A context manager: one connection for each body, all made at once."""

    def __init__(self, port, path, bodies):
        self.all = []
        try:
            for body in bodies:
                self.all.append(Upload(port, path, body))
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for upload in self.all:
            upload.socket.close()

    def begin(self):
        """Sends every head: all requests are begun, none has a body yet."""
        for upload in self.all:
            upload.socket.sendall(upload.head)

    def send_some(self, size):
        """Sends up to `size` bytes of each, as many as are taken at once."""
        for upload in self.all:
            upload.socket.setblocking(False)
            upload.send_piece(size, len(upload.body) - 1)

    def send_all_but_the_last_byte(self, piece):
        """Sends pieces of up to `piece` bytes in turn: at the end every upload is still open."""
        with selectors.DefaultSelector() as selector:
            for upload in self.all:
                upload.socket.setblocking(False)
                selector.register(upload.socket, selectors.EVENT_WRITE, upload)
            while selector.get_map():
                ready = selector.select(STALLED_S)
                if not ready:
                    raise AssertionError("%d uploads stand still" % len(selector.get_map()))
                for key, _ in ready:
                    if not key.data.send_piece(piece, len(key.data.body) - 1):
                        selector.unregister(key.fileobj)

    def finish(self):
        """Sends the last bytes; the (status, JSON) of every reply, in order."""
        for upload in self.all:
            upload.socket.setblocking(True)
            upload.socket.sendall(upload.body[upload.sent :])
        return [upload.reply() for upload in self.all]
