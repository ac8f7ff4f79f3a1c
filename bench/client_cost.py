"""The client's own cost: CPU at its default load, and its lag from enough samples for a p99."""

import looplag
from rows import at_most, limit


def measure(bench):
    with bench.build.server("--mode=threads") as server:
        load = ("load", "--base-url=" + server.url(""))
        usual = looplag.run(bench, *load, "--duration=15")
        dense = looplag.run(bench, *load, "--duration=21", "--small-interval=0.02")
    yield limit("client CPU at its default load (% of one core)",
                usual["client"]["cpu_percent_of_one_core"], at_most(5))
    yield limit("client send lag p99 at 50 small requests/s beside 25 MB ones (ms)",
                looplag.cell_of(dense, "small")["send_lag_ms"]["p99"], at_most(1))
