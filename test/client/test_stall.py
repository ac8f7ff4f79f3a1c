"""A server with a known stall: open arrival tells the truth, closed arrival hides it.

The server holds everything for the first 300 ms of each second. Over whole
seconds 30 % of the planned sends meet the hold and wait uniformly between 0 and
300 ms, so percentile p > 70 is 300 * (1 - (100 - p) / 30) ms.
"""

import subprocess
import unittest

import support
from quiet import on_a_machine_that_runs, unjudged_under_sanitizers

HOLD_MS = 300
SHARE = 0.3


def truth(percent):
    return HOLD_MS * (1 - (1 - percent / 100) / SHARE)


class ServerTest(support.ClientTest):
    def start(self, *arguments):
        server = subprocess.Popen(
            [support.STALL_SERVER, *arguments], stdout=subprocess.PIPE, text=True
        )
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        self.addCleanup(server.stdout.close)
        return server.stdout.readline().strip()

    def assert_near(self, value, truth):
        self.assertAlmostEqual(value, truth, delta=truth * 0.05)


@unjudged_under_sanitizers
class StallTest(ServerTest):
    def setUp(self):
        super().setUp()
        self.url = self.start("1000", str(HOLD_MS))

    def measure(self, arrival):
        result = self.load(
            self.url, "--duration=8", f"--class=small:size=100B,interval=7ms,arrival={arrival}"
        )
        (cell,) = result["cells"]
        self.assertEqual(cell["errors"], {})
        return cell

    @on_a_machine_that_runs
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

    @on_a_machine_that_runs
    def test_closed_arrival_hides_it(self):
        response = self.measure("closed")["response_ms"]
        self.assertLess(response["p90"], truth(90) / 5)
        self.assertLess(response["p95"], truth(95) / 5)

    @on_a_machine_that_runs
    def test_a_pool_too_small_is_late_and_says_so(self):
        """With one connection the plan cannot be kept: response time still counts from the plan.

        The server begins with a hold, the load some 400 ms later, so that it does not end within a hold: what
        is never sent in that ranks after every reply.
        """
        result = self.load(
            self.start("1000", str(HOLD_MS)), "--duration=3", "--start-at=+400ms",
            "--class=small:size=100B,interval=7ms,arrival=open,conns=1", code=98,
        )  # fmt: skip
        (cell,) = result["cells"]
        expected = truth(95)
        self.assertIsNotNone(cell["response_ms"]["p95"])  # or too many were unsent at the end
        self.assertAlmostEqual(cell["response_ms"]["p95"], expected, delta=expected * 0.1)
        self.assertGreater(cell["send_lag_ms"]["p95"], cell["response_ms"]["p95"] * 0.9)
        self.assertLess(cell["service_ms"]["p95"], expected / 5)
        self.assertFalse(result["trustworthy"])
        self.assertIn("not trustworthy: the client could not keep class small", self.table)


@unjudged_under_sanitizers
class LargeTest(ServerTest):
    """Each large request holds the loop for S = 300 ms, one comes every T = 1500 ms (open).

    With D = 120 ms every small reply is due 120 ms after its request, so the idle latency is
    known. A small request that comes t ms after a hold begins takes S - t + D; one that comes
    up to D before it (t < 0) is due within the hold and takes S - t. A window has two periods,
    from any moment of one. So of its 2 T the response exceeds x > S for 4 (S + D - x) ms, and
    D < x < S for 2 D + 2 (S + D - x); the extra waiting of a window is
    S^2 + 2 S D - D^2 ms^2, divided by the interval of the small requests.
    """

    HOLD, PERIOD, DELAY = 300, 1500, 120

    def measure(self, delay, interval, *arguments):
        result = self.load(
            self.start("large", str(self.HOLD), str(delay)), "--duration=12", "--baseline", "--rounds=4",
            f"--class=small:size=100B,interval={interval}ms",
            f"--class=large:size=2KB,interval={self.PERIOD}ms,arrival=open",
            *arguments, code=(0, 98, 99),
        )  # fmt: skip
        small, large = result["cells"]
        self.assertEqual((small["errors"], large["errors"]), ({}, {}))
        self.assertEqual((small["mode"], large["ok"]), ("select", 8))
        return result, small

    @on_a_machine_that_runs
    def test_interference_and_collateral_delay(self):
        interval = 5.9
        result, small = self.measure(
            self.DELAY, interval, "--slo=small:p50<140ms", "--slo=interference<3"
        )
        reach, window = self.HOLD + self.DELAY, 2 * self.PERIOD
        truth = {"p50": self.DELAY}
        for percent in (90, 95, 99):
            beyond = (1 - percent / 100) * window
            value = reach - beyond / 4
            truth[f"p{percent}"] = value if value > self.HOLD else reach - beyond / 2 + self.DELAY
        extra = self.HOLD**2 + 2 * self.HOLD * self.DELAY - self.DELAY**2
        for key, value in truth.items():
            self.assert_near(small["response_ms"][key], value)
            self.assert_near(small["interference"][key], value / self.DELAY)
            low, high = small["interference_ci"][key]
            self.assertLessEqual(low, small["interference"][key])
            self.assertGreaterEqual(high, small["interference"][key])
        self.assert_near(small["response_ms"]["mean"], self.DELAY + extra / window)
        self.assert_near(small["collateral_ms_per_large"], extra / 2 / interval)
        low, high = small["collateral_ms_per_large_ci"]
        self.assertLess(low, small["collateral_ms_per_large"])
        self.assertGreater(high, small["collateral_ms_per_large"])
        self.assertEqual([slo["passed"] for slo in result["slo"]], [True, False])
        self.assertIn("SLO interference<3 FAILED", self.table)

    @on_a_machine_that_runs
    def test_prediction_and_attribution(self):
        interval = 11.9
        _, small = self.measure(0, interval, "--top-stalls=3", "--exhibit")
        truth = {"p90": 150, "p99": 285}
        prediction = small["prediction"]
        self.assert_near(prediction["loop_hold_ms"], self.HOLD)
        self.assertEqual((prediction["period_ms"], prediction["disagreement"]), (1500, None))
        for key, value in truth.items():
            self.assert_near(small["response_ms"][key], value)
            self.assert_near(prediction["response_ms"][key], value)
            self.assert_near(prediction["replay_ms"][key], value)
        stalls = small["stalls"]
        self.assertEqual(stalls["relation"], "cause")
        self.assertLess(stalls["unexplained_share"], 0.05)
        self.assertAlmostEqual(stalls["chance_share"], self.HOLD / self.PERIOD, delta=0.02)
        self.assert_near(stalls["excess_ms"], 8 * self.HOLD**2 / 2 / interval)
        for stall in stalls["worst"][:20]:
            self.assertRegex(stall["large"], r"^large-0000\d\d$")
            self.assertGreater(stall["explained_ms"], 240)
        self.assertEqual(self.table.count(" ms behind large-"), 3)
        self.assertIn("a closed loop with a pause beside it", self.table)
        closed = small["closed_loop"]["service_ms"]
        for key in ("p90", "p95"):
            self.assertLess(closed[key], small["response_ms"][key] / 5)

    def predict(self, told, arrival, *arguments):
        result = self.load(
            self.start("large", "200", "0", told), "--class=small:size=100B,interval=5ms",
            f"--class=large:size=2KB,interval=1s,arrival={arrival}", *arguments, code=(0, 98),
        )  # fmt: skip
        return result["cells"][0]["prediction"]

    @on_a_machine_that_runs
    def test_few_large_requests_are_no_disagreement(self):
        """Poisson arrivals, four of them on average, of any seed: chance may do anything."""
        verdicts = set()
        for seed in range(1, 5):
            prediction = self.predict("200", "poisson", "--duration=4", f"--seed={seed}")
            self.assertIsNone(prediction["disagreement"], prediction)
            verdicts.add(prediction["verdict"])
        self.assertIn("cannot tell", verdicts)
        self.assertLessEqual(verdicts, {"agrees", "cannot tell"})

    @on_a_machine_that_runs
    def test_a_prediction_that_is_wrong_is_told(self):
        """The server says that it holds the loop for 60 ms, and holds it for 200."""
        prediction = self.predict("60", "open", "--duration=6")
        self.assertEqual(prediction["verdict"], "disagrees")
        self.assertIsNone(prediction["disagreement"])  # why, nobody told
        self.assertIn("They disagree, and this run does not show why.", self.table)

    @on_a_machine_that_runs
    def test_overload_is_told(self):
        result = self.load(
            self.start("large", "50", "0"), "--duration=2", "--class=small:size=100B,interval=20ms",
            "--class=large:size=2KB,interval=40ms,arrival=open", code=(0, 98),
        )  # fmt: skip
        prediction = result["cells"][0]["prediction"]
        self.assertTrue(prediction["overloaded"])
        self.assertAlmostEqual(prediction["share_held"], 50 / 40, delta=0.02)
        self.assertIsNone(prediction["response_ms"]["p99"])
        self.assertIn("125 % of the time. The large requests alone are more than one loop", self.table)


if __name__ == "__main__":
    unittest.main()
