"""A user who sends several large bodies at once, to a server that lets each have one at a time, and to one that does not."""

import looplag
from rows import absent, at_most, limit_of_runs, pair

FLAGS = ("--mode=pool", "--workers=2", "--user-header=X-User")
LIMIT = "--user-limit=1"
SECONDS = 12
SMALL = "small:size=0.001,interval=0.005,arrival=open,header=X-User=others"
LARGE = "large:size=25,interval=0.1,conns=4,arrival=closed,header=X-User=one"
WHAT = (
    "`--mode=pool --workers=2`, small `/ping` p99 (ms) while one user sends four 25 MB `/ping` at a time, with `%s` "
    "against without" % LIMIT
)
COST = "what it costs: %% of that user's large requests that are answered with `%s`, of those that are without" % LIMIT


def small_p99(bench, *more):
    """Of the windows with the large requests, and how many of those were answered."""
    with bench.build.server(*FLAGS, *more) as server:
        result = looplag.load(bench, server, SECONDS, SMALL, LARGE)
        if more and not server.stats()["limited"]["user_limit"]:
            bench.distrust("%s has refused nothing" % LIMIT)
    return looplag.cell_of(result, "small")["response_ms"]["p99"], looplag.cell_of(result, "large")["ok"]


def measure(bench):
    if not bench.build.knows(*FLAGS, LIMIT):
        yield absent(WHAT, bar=at_most(0.5))
        return
    ours, peer, answered = [], [], []
    for _ in range(bench.rounds):
        free, all_of_them = small_p99(bench)
        limited, some_of_them = small_p99(bench, LIMIT)
        ours.append(limited)
        peer.append(free)
        answered.append(100 * some_of_them / all_of_them if all_of_them else 0)
    yield absent(WHAT, "too few samples", at_most(0.5)) if None in ours + peer else pair(WHAT, ours, peer, at_most(0.5))
    yield limit_of_runs(COST, answered)
