"""A queue whose truth is known: the client's percentiles are those that its plan must lead to.

The server is the textbook's: one, first come, first served; it tells how long each service
occupied it (queue_server.c). With the planned times of the very run Lindley's recursion gives
what each request had to take: a service begins when the request is planned or when the one before
ends, whichever is later. The plan being the same, chance is the same on both sides, so that
percentiles can be compared that a formula for endless runs would miss by far. Each service is
taken as long as it was: on a busy machine some are much longer, and the mean alone would be wrong
by half at p99.
"""

import csv
import json
import subprocess
import unittest
import urllib.request
from concurrent import futures

import support
from quiet import on_a_machine_that_runs, unjudged_under_sanitizers

SERVICE_US = 8000
DURATION_S = 20
CASES = [(occupied, seed) for occupied in (0.6, 0.8) for seed in (1, 2, 3)]
PERCENTS = (90, 95, 99)
TOLERANCE = 0.05


def lindley(planned, occupancies):
    """The response times of requests that came then, served in that order."""
    free = planned[0]
    for came, occupancy in zip(planned, occupancies, strict=True):
        free = max(free, came) + occupancy
        yield free - came


def percentile(values, percent):
    """The smallest that is no less than so many of them."""
    return sorted(values)[-(-percent * len(values) // 100) - 1]


@unjudged_under_sanitizers
class QueueTest(support.ClientTest):
    def start(self):
        server = subprocess.Popen(
            [support.QUEUE_SERVER, str(SERVICE_US)], stdout=subprocess.PIPE, text=True
        )
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        self.addCleanup(server.stdout.close)
        return server.stdout.readline().strip()

    def measure(self, case):
        """Rows of requests in the order of the plan, the occupancies of their services, and the p99 that is printed."""
        occupied, seed = case
        url = self.start()
        path = self.folder / f"{url.rpartition(':')[2]}.csv"
        keepalive = "on" if seed % 2 else "off"
        done = support.looplag(
            "load", "--base-url", url, "--quiet", f"--duration={DURATION_S}", f"--seed={seed}",
            f"--class=small:size=100B,rate={occupied / SERVICE_US * 1e6},arrival=poisson",
            f"--keepalive={keepalive}", "-o", str(path),
        )  # fmt: skip
        self.assertIn(done.returncode, support.DONE, done.stderr)
        with open(path, newline="", encoding="utf-8") as file:
            rows = sorted(csv.DictReader(file), key=lambda row: int(row["planned_us"]))
        with urllib.request.urlopen(f"{url}/occupancy", timeout=10) as reply:
            occupancy = json.load(reply)
        (line,) = (line.split() for line in done.stdout.splitlines() if line.startswith("/ping small"))
        return rows, [ns / 1e6 for ns in occupancy["ns"][-len(rows) :]], float(line[4])

    def check(self, case, rows, occupancies, printed):
        self.assertEqual({row["error"] for row in rows}, {""})
        planned = [int(row["planned_us"]) / 1000 for row in rows]
        response = [int(row["end_us"]) / 1000 - came for row, came in zip(rows, planned)]
        theory = list(lindley(planned, occupancies))
        mean = sum(occupancies) / len(rows)
        for percent in PERCENTS:
            truth = percentile(theory, percent)
            self.assertAlmostEqual(
                percentile(response, percent), truth, delta=truth * TOLERANCE,
                msg=f"p{percent} at rho {case[0]}, seed {case[1]}, mean occupancy {mean:.3f} ms",
            )  # fmt: skip
        self.assertAlmostEqual(printed, percentile(response, 99), delta=printed * 0.01)

    @on_a_machine_that_runs
    def measure_those_left(self, left):
        """All at once: a service is sleep. What is right is not measured again."""
        with futures.ThreadPoolExecutor(len(left)) as pool:
            measured = dict(zip(left, pool.map(self.measure, left)))
        wrong = []
        for case, figures in measured.items():
            try:
                self.check(case, *figures)
                left.remove(case)
            except self.failureException as error:
                wrong.append(str(error))
        self.assertEqual(wrong, [])

    def test_percentiles_are_those_of_the_plan(self):
        self.measure_those_left(list(CASES))


if __name__ == "__main__":
    unittest.main()
