"""A server with a known stall: open arrival tells the truth, closed arrival hides it.

The server holds everything for the first 300 ms of each second. Over whole
seconds 30 % of the planned sends meet the hold and wait uniformly between 0 and
300 ms, so percentile p > 70 is 300 * (1 - (100 - p) / 30) ms.
"""

import subprocess
import unittest

import support

HOLD_MS = 300
SHARE = 0.3


def truth(percent):
    return HOLD_MS * (1 - (1 - percent / 100) / SHARE)


class StallTest(support.ClientTest):
    def setUp(self):
        super().setUp()
        server = subprocess.Popen(
            [support.STALL_SERVER, "1000", str(HOLD_MS)], stdout=subprocess.PIPE, text=True
        )
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        self.addCleanup(server.stdout.close)
        self.url = server.stdout.readline().strip()

    def measure(self, arrival):
        result = self.load(
            self.url, "--duration=8", f"--class=small:size=100B,interval=7ms,arrival={arrival}"
        )
        (cell,) = result["cells"]
        self.assertEqual(cell["errors"], {})
        return cell

    def test_open_arrival_tells_the_truth(self):
        cell = self.measure("open")
        response = cell["response_ms"]
        self.assertEqual(cell["planned"], 1143)
        self.assertEqual(cell["sent"], 1143)
        self.assertLess(response["p50"], 15)
        for percent in (90, 95, 99):
            expected = truth(percent)
            self.assertAlmostEqual(response[f"p{percent}"], expected, delta=expected * 0.05)
        self.assertAlmostEqual(response["mean"], SHARE * HOLD_MS / 2, delta=SHARE * HOLD_MS * 0.05)
        self.assertGreater(response["max"], HOLD_MS * 0.97)

    def test_closed_arrival_hides_it(self):
        response = self.measure("closed")["response_ms"]
        self.assertLess(response["p90"], truth(90) / 5)
        self.assertLess(response["p95"], truth(95) / 5)

    def test_a_pool_too_small_is_late_and_says_so(self):
        """With one connection the plan cannot be kept: response time still counts from the plan."""
        result = self.load(
            self.url, "--duration=3", "--class=small:size=100B,interval=7ms,arrival=open,conns=1",
            code=98,
        )
        (cell,) = result["cells"]
        expected = truth(95)
        self.assertAlmostEqual(cell["response_ms"]["p95"], expected, delta=expected * 0.1)
        self.assertGreater(cell["send_lag_ms"]["p95"], expected * 0.9)
        self.assertLess(cell["service_ms"]["p95"], expected / 5)
        self.assertFalse(result["trustworthy"])
        self.assertIn("not trustworthy: the client could not keep class small", self.table)


if __name__ == "__main__":
    unittest.main()
