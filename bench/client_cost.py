"""The client's own cost: CPU at its default load, and its lag from enough samples for a p99."""

import looplag
from rows import at_most, limit


def measure(bench):
    with bench.build.server("--mode=threads") as server:
        load = ("load", "--base-url=" + server.url(""))
        usual = looplag.run(bench, *load, "--duration=15")
        lags = {}
        for rate, seconds in ((50, 21), (250, 15)):
            dense = looplag.run(bench, *load, f"--duration={seconds}", f"--small-interval={1 / rate}")
            lags[rate] = looplag.cell_of(dense, "small")["send_lag_ms"]["p99"]
    yield limit("client CPU at its default load (% of one core)",
                usual["client"]["cpu_percent_of_one_core"], at_most(5))
    for rate, lag in lags.items():
        yield limit(f"client send lag p99 at {rate} small requests/s beside 25 MB ones (ms)", lag, at_most(1))
