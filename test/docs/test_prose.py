"""Figures that stand in sentences are those of the kept runs that the sentences are about."""

import json
import re
import sys
import unittest

import pages

sys.path.insert(0, str(pages.ROOT / "docs" / "tool"))
import runs  # noqa: E402

SOME = 0.25  # how far "some 30 ms" may be from what was measured
EXACT = 0.006  # of what was rounded to the digits that are shown


def ranked(command, label, figure):
    """Of a comparison the figure of a system that its ranking has."""
    systems = {f"{row['mode']} {row['endpoint']}": row for row in runs.read(command)["ranking"]["systems"]}
    return [systems[label][figure]["value"]]


def coverage(pattern, other=r"(?!)"):
    """The least and the most of what the rows of `./run bench --only coverage` come to with each number of rounds."""
    rows = [row for row in runs.read("./run bench --only coverage")["rows"]
            if re.search(pattern, row["what"]) and not re.search(other, row["what"])]  # fmt: skip
    shares = [float(share) for row in rows for share in row["spread"].split()]
    return [min(shares), max(shares)]


def steady():
    """The share of intervals that hold, and of how many."""
    (row,) = [row for row in runs.read("./run bench --only steady")["rows"] if not row["what"].startswith("...")]
    held, _, of = row["spread"].partition(" of ")
    return [100 * int(held) / int(of), int(of)]


PING = ("./run compare", "threads /ping", "memory_mb")
# The page, the sentence with its figures in groups, what they are, and how near they are.
SENTENCES = (
    ("README.md", r"a 25 MB body takes some (\d+) MB of memory", lambda: ranked(*PING), SOME),
    ("docs/lesson.md", r"some (\d+) MB for one of 25 MB", lambda: ranked(*PING), SOME),
    ("docs/scaling.md", r"one 25 MB body on `/ping` takes some (\d+) MB", lambda: ranked(*PING), SOME),
    ("docs/comparison.md", r"the large request itself takes some (\d+) ms",
     lambda: ranked("./run compare --endpoints=all", "select /stream", "large_ms"), SOME),
    ("docs/method.md", r"25 MB occupy the loop for some (\d+) ms in all",
     lambda: ranked("./run compare", "select /stream", "cpu_large_ms"), SOME),
    ("docs/method.md", r"([\d.]+) to ([\d.]+) % of 2000 intervals each held", lambda: coverage("ratio|collateral"), EXACT),
    ("docs/method.md", r"percentiles' intervals ([\d.]+) to ([\d.]+) % did",
     lambda: coverage(r"of the p\d", r"ratio|p99 alone that hold the truth, with stalls"), EXACT),
    ("docs/method.md", r"and ([\d.]+) to ([\d.]+) % held it", lambda: coverage("p99 alone that hold the truth, with stalls"), EXACT),
    ("docs/method.md", r"it was (\d+) % of (\d+) ", steady, EXACT),
)  # fmt: skip


class Sentences(unittest.TestCase):
    def test_figures_are_those_of_the_runs(self):
        for page, pattern, figures, near in SENTENCES:
            with self.subTest(page=page, sentence=pattern):
                text = (pages.ROOT / page).read_text(encoding="utf-8")
                found = re.search(pattern.replace(" ", r"\s+"), text)
                self.assertIsNotNone(found, "no such sentence")
                for told, measured in zip(map(float, found.groups()), figures(), strict=True):
                    self.assertLessEqual(abs(told - measured), near * measured, f"{told}, and measured {measured}")


class Answers(unittest.TestCase):
    """What sentences say without figures."""

    def table(self, command):
        return {row["system"]: row for row in runs.read(command)["systems"]}

    def test_def_does_not_help_in_fastapi(self):
        """README: p99 went from milliseconds to seconds with either."""
        table = self.table("./run compare --modes=select --endpoints=/ping --topology=pods:4 --balance=roundrobin,leastconn,split --peers")
        for system in ("fastapi-async /ping", "fastapi-def /ping"):
            self.assertLess(float(table[system]["alone"]), 20)
            self.assertGreater(float(table[system]["with"]), 1000)

    def test_the_answer_takes_two_minutes(self):
        self.assertLess(runs.read("./run compare")["seconds"], 120)

    def pong(self, port):
        command = f"curl -s -H 'Content-Type: application/json' --data-binary @many.json http://127.0.0.1:{port}/pong"
        reply = json.loads(runs.read(command)["answer"][-1])
        return reply["elapsed_server"], reply["profiling"]

    def test_a_large_request_is_parsed_not_read(self):
        """faq.md: the two replies to the same body."""
        (ours, stages), (theirs, peer) = self.pong(8000), self.pong(8001)
        self.assertLess(stages["001_read_chunks"], ours / 5)
        self.assertGreater(stages["003_json_parsing"], ours * 0.7)
        self.assertLess(peer["001_read_chunks"], theirs / 5)
        self.assertGreater(peer["004_param_creation"], max(peer["003_json_parsing"], theirs / 2))
        self.assertLess(ours, theirs / 2)


if __name__ == "__main__":
    unittest.main()
