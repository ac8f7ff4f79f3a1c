"""The rows of the benchmark: medians, ratios of pairs, verdicts, and the words of a usage error."""

import pathlib
import subprocess
import sys
import types
import unittest

import kept
import steady
from bench import GROUPS
from rows import absent, all_within, at_least, at_most, figure, limit, limit_of_runs, pair, share

BENCH = pathlib.Path(__file__).with_name("bench.py")


def run_of(rows, doubts=()):
    return {"machine": "a machine", "when": "2026-11-27 20:21 UTC", "commit": "abc", "load": "0.10 0.20 0.30", "pairs": 5,
            "seconds": 62, "rows": [kept.row_of(row) for row in rows], "doubts": doubts}  # fmt: skip


class Kept(unittest.TestCase):
    """What the docs keep of a group, and show."""

    def test_a_section_says_when_and_how(self):
        text = kept.section(run_of([limit("x", 3)], ["the machine was busy"]))
        self.assertIn("a machine, 2026-11-27 20:21 UTC, commit abc; load average before it 0.10 0.20 0.30. "
                      "5 pairs a row, 62 s.\n\n| what", text)  # fmt: skip
        self.assertIn("\nNot trustworthy: the machine was busy.\n", text)

    def test_a_run_is_of_when_it_began(self):
        """The commit, too: a checkout may move while it is measured."""
        begun = kept.begin("0.10 0.20 0.30")
        bench = types.SimpleNamespace(rounds=5, doubts=["a"], figures={"goodput": [1]}, build=types.SimpleNamespace(looplagd="true"))
        run = kept.run_of("small", begun, [limit("x", 3)], bench, 61.7)
        self.assertEqual({key: run[key] for key in begun}, begun)
        self.assertRegex(run["when"], r"^%s \d\d:\d\d UTC$" % run["date"])
        self.assertEqual((run["command"], run["seconds"], run["doubts"], run["goodput"]), ("./run bench --only small", 62, ["a"], [1]))
        self.assertTrue(kept.section(run))

    def test_many_doubts_are_folded_and_all_there(self):
        text = kept.section(run_of([limit("x", 3)], [f"it was late {i} times" for i in range(9)]))
        self.assertIn("<summary>Not trustworthy, for 9 reasons</summary>", text)
        self.assertEqual(text.count("\n- it was late"), 9)

    def test_a_row_keeps_its_cells_and_what_each_pair_came_to(self):
        self.assertEqual(kept.row_of(pair("x", [10.12345, 20], [10, 5], at_most(3))), {
            "what": "x", "ours": "15.06", "peer": "7.500", "ratio": "2.51", "spread": "1.01..4.00", "bar": "<= 3",
            "verdict": "met", "ours_each": [10.12, 20], "peer_each": [10, 5],
        })  # fmt: skip
        self.assertEqual(kept.row_of(limit_of_runs("x", [1.0, 2.0]))["ours_each"], [1, 2])
        self.assertEqual(kept.row_of(pair("x", [1.0], [2.0])), {"what": "x", "ours": "1.000", "peer": "2.000", "ratio": "0.50"})

    def test_every_line_of_the_table_has_all_columns(self):
        lines = [line for line in kept.section(run_of([pair("x", [1.0], [2.0], at_most(1)), absent("y")])).splitlines()
                 if line.startswith("|")]  # fmt: skip
        self.assertEqual({line.count("|") for line in lines}, {8}, lines)
        self.assertEqual({len(line) for line in lines}, {len(lines[0])})

    def test_each_group_stands_on_one_page(self):
        pages = [kept.groups_on(path, GROUPS) for path in kept.docs.pages().values()]
        self.assertEqual(sorted(name for names in pages for name in names), sorted(GROUPS))


class Rows(unittest.TestCase):
    def test_the_ratio_is_the_median_of_the_pairs_not_of_the_medians(self):
        row = pair("x", [10, 20, 90], [10, 5, 30], at_most(3, 1.5))
        self.assertEqual((row.ours, row.peer, row.ratio, row.spread), ("20", "10", "3.00", "1.00..4.00"))
        self.assertEqual((row.bar, row.verdict), ("<= 3; 1.5", "met; **missed**"))

    def test_a_bar_is_met_at_its_limit(self):
        for bar, value, verdict in (
            (at_least(1.3, 1.5), 1.5, "met; met"),
            (at_least(1.3, 1.5), 1.29, "**missed**; **missed**"),
            (at_most(1), 1.0, "met"),
            (at_most(1), 1.001, "**missed**"),
        ):
            self.assertEqual(limit("x", value, bar).verdict, verdict)

    def test_one_figure_outside_misses_the_bar(self):
        for values, verdict in (([93, 95.5, 97], "met"), ([93, 92.9, 95], "**missed**"), ([98, 94, 95], "**missed**")):
            row = all_within("x", values, 93, 97)
            self.assertEqual((row.bar, row.verdict), ("93 to 97", verdict))
        self.assertEqual((row.ours, row.spread), ("95", "98 94 95"))

    def test_a_share_has_its_counts_beside_it(self):
        row = share("x", 17, 20, at_least(85))
        self.assertEqual((row.ours, row.spread, row.bar, row.verdict), ("85.00", "17 of 20", ">= 85", "met"))
        self.assertEqual(share("x", 169, 200, at_least(85)).verdict, "**missed**")

    def test_one_pair_has_no_spread(self):
        self.assertEqual(pair("x", [3.0], [2.0]).spread, "")

    def test_what_is_not_there_has_a_bar_and_no_verdict(self):
        row = absent("x", bar=at_most(3))
        self.assertEqual((row.ours, row.bar, row.verdict), ("not there", "<= 3", ""))

    def test_figures(self):
        for value, text in ((7, "7"), (0.1234, "0.123"), (12.345, "12.35"), (123.45, "123.5"), (12345.6, "12346")):
            self.assertEqual(figure(value), text)


def made_cell(mode, ratio, interval, collateral_interval=None, heavy=False):
    """A cell whose percentiles have no intervals, and all the same ratio."""
    response = {key + end: value for key in steady.PERCENTILES for end, value in (("", ratio), ("_ci", None))}
    return {
        "mode": mode, "endpoint": "/ping", "heavy": heavy, "response_ms": response, "baseline": {"response_ms": response},
        "interference": dict.fromkeys(steady.PERCENTILES, ratio),
        "interference_ci": dict.fromkeys(steady.PERCENTILES, interval),
        "collateral_ms_per_large": ratio, "collateral_ms_per_large_ci": collateral_interval,
    }  # fmt: skip


class Steady(unittest.TestCase):
    """Which intervals hold what the long run says."""

    def test_each_interval_is_held_against_its_own_figure(self):
        long = {"cells": [made_cell("a", 2, None), made_cell("b", None, None), made_cell("a", 9, None, heavy=True)]}
        runs = [
            {"cells": [made_cell("a", 1, [1, 2]), made_cell("b", 1, [1, 2])]},  # held; of b the long run says nothing
            {"cells": [made_cell("a", 1, [2.01, 3], [1.5, 2.5]), made_cell("c", 1, [1, 2])]},
            {"cells": [made_cell("a", 1, None), made_cell("a", 9, [1, 1], heavy=True)]},
        ]
        kinds, misses = steady.count(steady.figures_of(long), runs)
        self.assertEqual(kinds, {"ratio of p50": [1, 2], "ratio of p99": [1, 2], "collateral delay": [1, 1]})
        self.assertEqual(misses[0], "run 2, a /ping, ratio of p50: 2.01 to 3, and the long run says 2")
        self.assertEqual(len(misses), 2)


class Usage(unittest.TestCase):
    def refused(self, *arguments):
        done = subprocess.run([sys.executable, BENCH, "--build=none", *arguments], capture_output=True,
                              text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        return done.stderr.splitlines()[-1]

    def test_an_unknown_group_is_told_with_those_that_are(self):
        self.assertRegex(self.refused("--only=small,smal"), "no such group: smal; use small, large,")

    def test_a_group_that_the_page_does_not_show_is_not_written_there(self):
        self.assertRegex(self.refused("--only=small,diagnose", f"--write={kept.ROOT}/docs/performance.md"),
                         "performance.md shows no run of: diagnose$")  # fmt: skip
        self.assertRegex(self.refused("--only=small", "--write=x"), "x shows no run of: small$")

    def test_fewer_rounds_are_not_written(self):
        self.assertRegex(self.refused("--rounds=4", "--write=x"), "--write is for at least 5 rounds")


if __name__ == "__main__":
    unittest.main()
