"""The progress line on a terminal: which window of which system is measured."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import unittest

import support
from quiet import on_a_machine_that_runs

# Each window is longer than the time between two progress lines.
WINDOWS = ("--duration=1.6", "--rounds=2", "--large-size=1KiB", "--large-interval=50ms", "--small-interval=20ms")


class ProgressTest(support.ClientTest):
    def told(self, *arguments, columns=200):
        """What a terminal of so many columns is told."""
        mine, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        told = []

        def read():
            try:
                while part := os.read(mine, 65536):
                    told.append(part)
            except OSError:  # the other end is closed
                pass

        reader = threading.Thread(target=read)
        reader.start()
        try:
            done = subprocess.run([support.LOOPLAG, *arguments], stdout=subprocess.DEVNULL, stderr=its,
                                  timeout=support.LIMIT_S, check=False)  # fmt: skip
        finally:
            os.close(its)
            reader.join()
            os.close(mine)
        self.assertIn(done.returncode, support.DONE)
        return b"".join(told).decode()

    def titles(self, *arguments):
        """What the progress lines open with, in order, each once."""
        text = self.told(*arguments)
        found = re.findall(r"\x1b\[K(?:([^\r\x1b]*?): )?[0-9.]+ of [0-9.]+ s", text)
        self.assertTrue(found, text)
        return [title for i, title in enumerate(found) if i == 0 or title != found[i - 1]]

    def serve(self):
        server = support.FakeServer(support.only_posts(lambda handler, _request: support.reply(handler)))
        server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)
        return f"--base-url={server.url}"

    @on_a_machine_that_runs
    def test_a_line_never_wraps(self):
        for columns in (40, 80, 200):
            text = self.told("load", self.serve(), *WINDOWS, columns=columns)
            lines = text.split("\r\x1b[K")
            self.assertLess(max(map(len, lines)), columns)
            self.assertRegex(text, r"round 1 of 2: [0-9.]+ of 0.8 s, [12] s left")
            if columns == 200:
                self.assertRegex(text, r" s left; small [0-9]+ sent.*; large [0-9]+ sent")

    @on_a_machine_that_runs
    def test_elsewhere_there_is_a_line_a_round(self):
        for seconds, told in (("60", r"round 1 of 3: (1 min [01]|5\d) s left\n"), ("1.6", "$")):
            client = subprocess.Popen(
                [support.LOOPLAG, "load", self.serve(), *WINDOWS, "--rounds=3", f"--duration={seconds}"],
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
            self.addCleanup(client.stderr.close)
            self.addCleanup(client.wait)
            self.addCleanup(client.kill)
            self.assertRegex(client.stderr.readline(), f"^{told}")
            if seconds == "60":
                client.send_signal(signal.SIGINT)

    @on_a_machine_that_runs
    def test_a_load_in_one_go_has_no_title(self):
        self.assertEqual(self.titles("load", self.serve(), *WINDOWS, "--rounds=1"), ["warm-up", ""])

    @on_a_machine_that_runs
    def test_the_rounds_of_a_load(self):
        self.assertEqual(self.titles("load", self.serve(), *WINDOWS), ["warm-up", "round 1 of 2", "round 2 of 2"])

    @on_a_machine_that_runs
    def test_the_windows_of_a_load(self):
        titles = self.titles("load", self.serve(), *WINDOWS, "--baseline")
        self.assertEqual(
            [title for title in titles if title != "warm-up"],
            ["round 1 of 2, without large", "round 1 of 2", "round 2 of 2", "round 2 of 2, without large"],
        )

    @on_a_machine_that_runs
    def test_the_windows_of_a_comparison(self):
        titles = self.titles("compare", f"--server={support.LOOPLAGD}", "--modes=select,threads",
                             "--endpoints=/ping", *WINDOWS)  # fmt: skip
        self.assertEqual(
            [title for title in titles if not title.startswith("warm-up, ")],
            ["round 1 of 2, select /ping, without large", "round 1 of 2, select /ping, with large",
             "round 1 of 2, threads /ping, without large", "round 1 of 2, threads /ping, with large",
             "round 2 of 2, threads /ping, with large", "round 2 of 2, threads /ping, without large",
             "round 2 of 2, select /ping, with large", "round 2 of 2, select /ping, without large"],
        )  # fmt: skip

    @on_a_machine_that_runs
    def test_a_comparison_without_large_requests(self):
        titles = self.titles("compare", f"--server={support.LOOPLAGD}", "--modes=select", "--endpoints=/ping",
                             "--duration=400ms", "--rounds=1", "--class=api:size=1KiB,rate=50")  # fmt: skip
        self.assertEqual([title for title in titles if not title.startswith("warm-up, ")],
                         ["round 1 of 1, select /ping, all classes"])  # fmt: skip


if __name__ == "__main__":
    unittest.main()
