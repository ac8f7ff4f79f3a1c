"""The soak's clients know what was accepted, and the table of SIGTERMs in the documents tells of no loss."""

import pathlib
import socket
import sys
import threading
import types
import unittest

import soak
from soak_server import BODY, Client, acknowledged, was_idle

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "test"))
import faults  # noqa: E402

COMMAND = "./run soak --only SIGTERM --times 125"
REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
LIMIT_S = 30
TOLD_AT = types.SimpleNamespace(told_at=0.0)


class Accepted(unittest.TestCase):
    """One client, and a server that answers so many requests and then ends the connection in some way."""

    def loss(self, answers, end, keeps=True):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(LIMIT_S)
            client = Client(listener.getsockname()[1], BODY, keeps)
            client.ended = threading.Event()
            if end == "while it was idle":
                self.wait_before_the_last(client, answers)
            client.start()
            wire, _ = listener.accept()
            with wire:
                wire.settimeout(LIMIT_S)
                for _ in range(answers):
                    self.read(wire)
                    wire.sendall(REPLY)
                if end == "unread":
                    wire.recv(1)  # something has come; the rest stays
                elif end == "without a word":
                    self.read(wire)
                elif end == "in the middle of the reply":
                    self.read(wire)
                    wire.sendall(REPLY[:10])
            client.ended.set()
        client.join(LIMIT_S)
        return client.lost[0]

    @staticmethod
    def read(wire):
        data = b""
        while not data.endswith(BODY):
            data += wire.recv(4096)

    @staticmethod
    def wait_before_the_last(client, answers):
        """The client sends its last request when the server has ended the connection."""
        send = client.send

        def late(wire, head):
            if client.answered == answers:
                client.ended.wait(LIMIT_S)
            send(wire, head)

        client.send = late

    def test_what_came_after_the_end_was_not(self):
        self.assertTrue(was_idle(TOLD_AT, self.loss(2, "while it was idle")))

    def test_what_was_read_or_left_unread_was(self):
        for end in ("unread", "without a word", "in the middle of the reply"):
            for answers in (0, 2):
                with self.subTest(end=end, answers=answers):
                    lost = self.loss(answers, end)
                    self.assertTrue(lost.arrived)
                    self.assertFalse(was_idle(TOLD_AT, lost))

    def test_what_was_sent_before_the_signal_was(self):
        lost = self.loss(2, "while it was idle")
        self.assertFalse(was_idle(types.SimpleNamespace(told_at=lost.sent_at + 1), lost))

    def test_the_kernel_counts_what_the_other_side_has_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as wire:
            before = acknowledged(wire)
            with listener.accept()[0] as other:
                wire.sendall(b"abc")
                self.assertEqual(other.recv(3), b"abc")
                other.sendall(b"x")  # with the acknowledgement
                wire.recv(1)
                self.assertEqual(acknowledged(wire) - before, 3)


class Table(unittest.TestCase):
    def test_a_row_is_told_with_its_losses(self):
        row = soak.Row("x")
        row.flags, row.times, row.answered, row.allowed, row.too_much = "--mode=a", 2, 34567, 1, ["one", "two"]
        self.assertEqual(soak.table([row, row])[-2:], [["`--mode=a`", "2", "34,567", "1", "2"], ["all", "4", "69,134", "2", "4"]])

    def test_what_is_kept_tells_of_1000_and_no_loss(self):
        cells = [[cell.replace(",", "") for cell in row] for row in soak.keep.runs.read(COMMAND)["table"][1:]]
        rows = [f"`{' '.join(flags)}`" for _, turn, flags in soak.all_rows(faults.MODES) if turn is soak.sigterm]
        self.assertCountEqual([row[0] for row in cells[:-1]], rows)
        self.assertGreaterEqual(int(cells[-1][1]), 1000)
        self.assertEqual({row[4] for row in cells}, {"0"})


if __name__ == "__main__":
    unittest.main()
