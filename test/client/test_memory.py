"""Memory does not grow with the number of requests: only csv keeps every one.

Nor does it when a stall has once taken many connections: afterwards few are used, and always the
same handles.
"""

import pathlib
import signal
import subprocess
import time
import unittest

import support

RATE = 2000
SECONDS = 20
# Pages of the histograms are first touched by values not seen before, which ends by itself;
# 28,000 requests that were kept would take 2.4 MB and more.
GROWTH_KB = 1024


def resident_kb(pid):
    """None when the process has ended."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return None


@unittest.skipIf(support.SANITIZED, "a sanitizer keeps freed memory: there is nothing to measure")
class MemoryTest(support.ClientTest):
    def setUp(self):
        super().setUp()
        server = subprocess.Popen([support.STALL_SERVER, "1000", "0"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        self.addCleanup(server.stdout.close)
        self.server = server
        self.url = server.stdout.readline().strip()

    def watch(self, *arguments, traffic=f"rate={RATE},conns=8", stall_s=0):
        """Runs `load`; returns its resident memory in kB, a sample a second, and what it told."""
        client = subprocess.Popen(
            [support.LOOPLAG, "load", "--base-url", self.url, "--quiet", "--details", f"--duration={SECONDS}",
             f"--class=small:size=100B,{traffic}", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.addCleanup(client.kill)
        begun = time.monotonic()
        samples = []
        if stall_s:
            time.sleep(1)
            self.server.send_signal(signal.SIGSTOP)
            time.sleep(stall_s)
            self.server.send_signal(signal.SIGCONT)
        for second in range(1 + stall_s + bool(stall_s), SECONDS):
            # From the beginning on: sleeps that last too long would add up, until the client has ended.
            time.sleep(max(0, begun + second - time.monotonic()))
            samples.append(resident_kb(client.pid))
        out, told = client.communicate(timeout=support.LIMIT_S)
        self.assertIn(client.returncode, (0, 98), told)
        samples = [kb for kb in samples if kb]
        self.assertGreater(len(samples), SECONDS / 2)
        return samples, support.unbroken(out)

    def test_it_stays_as_it_is(self):
        samples, out = self.watch()
        self.assertIn(" 0 errors", out)
        early, late = max(samples[:6]), max(samples[-3:])
        print(f"resident: {early} kB after 6 s, {late} kB after {SECONDS} s at {RATE} requests/s")
        self.assertLess(late - early, GROWTH_KB)

    def test_it_stays_after_a_stall(self):
        """A stall of two seconds takes 2,000 connections; the 16 s after it take few of them."""
        samples, out = self.watch(traffic="rate=1000", stall_s=2)
        self.assertIn(" 0 errors", out)
        most = int(out.partition(" connections, ")[0].rpartition(" ")[2])
        self.assertGreater(most, 1000)
        early, late = max(samples[:4]), max(samples[-3:])
        print(f"resident: {early} kB 4 s after the stall, {late} kB at the end, {most} connections")
        self.assertLess(late - early, GROWTH_KB)

    def test_csv_grows(self):
        """What the other test would see if every request were kept."""
        samples, _ = self.watch("-o", str(self.folder / "out.csv"))
        self.assertGreater(max(samples[-3:]) - max(samples[:6]), 1.5 * GROWTH_KB)


if __name__ == "__main__":
    unittest.main()
