"""How often the intervals of a run hold the truth: made-up rounds, judged by the client's own code."""

import re
import subprocess

from rows import all_within

BAR = (93, 97)  # of the 95 % that are promised
BAR_OF_RANKS = (90, 100)  # the intervals of percentiles are the widest of three
LIMIT_S = 600


def shares(bench):
    """{(kind of rounds, figure): {rounds: percent}}, in the program's order."""
    done = subprocess.run([bench.build.interval_coverage], capture_output=True, text=True,
                          timeout=LIMIT_S, check=True)
    found = {}
    for kind, figure, rounds, percent in re.findall(r"^(.+), (.+), (\d+) rounds: ([\d.]+)$", done.stdout, re.M):
        found.setdefault((kind, figure), {})[int(rounds)] = float(percent)
    return found


def measure(bench):
    for (kind, figure), percents in shares(bench).items():
        what = "95 %% intervals of the %s that hold the truth, %s (%%; %s rounds)" % (
            figure, kind, ", ".join(str(rounds) for rounds in percents))
        yield all_within(what, list(percents.values()), *(BAR_OF_RANKS if figure.startswith("p") else BAR))
