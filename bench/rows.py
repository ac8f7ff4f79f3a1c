"""The rows of the benchmark's table: what was measured, its ratio, its bar and whether it is met."""

import dataclasses
import statistics

ABSENT = "not there"


@dataclasses.dataclass(frozen=True)
class Bar:
    """A bar of the project: a sign and one limit, or several from loose to strict."""

    sign: str
    limits: tuple

    def __str__(self):
        return "%s %s" % (self.sign, "; ".join("%g" % limit for limit in self.limits))

    def verdict(self, value):
        holds = (lambda limit: value <= limit) if self.sign == "<=" else (lambda limit: value >= limit)
        return "; ".join("met" if holds(limit) else "**missed**" for limit in self.limits)


def at_most(*limits):
    return Bar("<=", limits)


def at_least(*limits):
    return Bar(">=", limits)


@dataclasses.dataclass(frozen=True)
class Row:
    """The cells of a line, and what each pair or run came to, where there were several: {"ours": [...], "peer": [...]}."""

    what: str
    ours: str = ""
    peer: str = ""
    ratio: str = ""
    spread: str = ""
    bar: str = ""
    verdict: str = ""
    each: dict = dataclasses.field(default_factory=dict)

    def cells(self):
        return dataclasses.astuple(self)[:-1]


def figure(value):
    """A count as it is; else at least three significant digits, without an exponent."""
    if isinstance(value, int):
        return "%d" % value
    if value >= 1000:
        return "%.0f" % value
    return "%.*f" % (1 if value >= 100 else 2 if value >= 10 else 3, value)


def judged(bar, value):
    return {"bar": str(bar), "verdict": bar.verdict(value)} if bar else {}


def pair(what, ours, theirs, bar=None):
    """Two lists that were measured in turn: both medians, the median of the pairs' ratios."""
    ratios = [a / b for a, b in zip(ours, theirs)]
    ratio = statistics.median(ratios)
    spread = "%.2f..%.2f" % (min(ratios), max(ratios)) if len(ratios) > 1 else ""
    each = {"ours": list(ours), "peer": list(theirs)} if len(ratios) > 1 else {}
    return Row(what, figure(statistics.median(ours)), figure(statistics.median(theirs)), "%.2f" % ratio,
               spread, each=each, **judged(bar, ratio))


def limit(what, value, bar=None):
    """One figure against a fixed limit, in the figure's own unit."""
    return Row(what, figure(value), **judged(bar, value))


def limit_of_runs(what, values, theirs=None, bar=None):
    """The same of several runs: their median against the limit, their spread; a peer's median beside it."""
    middle = statistics.median(values)
    return Row(what, figure(middle), figure(statistics.median(theirs)) if theirs else "",
               spread="%s..%s" % (figure(min(values)), figure(max(values))),
               each={"ours": list(values), **({"peer": list(theirs)} if theirs else {})}, **judged(bar, middle))


def share(what, part, whole, bar=None):
    """So many of so many, in percent; the counts beside it."""
    percent = 100 * part / whole
    return Row(what, figure(percent), spread="%d of %d" % (part, whole), **judged(bar, percent))


def all_within(what, values, low, high):
    """Several figures that are all to lie between two limits: their median, and each of them."""
    met = all(low <= value <= high for value in values)
    return Row(what, figure(statistics.median(values)), spread=" ".join("%g" % value for value in values),
               bar="%g to %g" % (low, high), verdict="met" if met else "**missed**")


def interference(what, alone, beside, ratio, interval, bar=None):
    """A percentile beside large requests against without; the interval is looplag's own, of 95 %."""
    spread = "%.2f..%.2f" % tuple(interval) if interval else ""
    return Row(what, figure(beside), figure(alone), "%.2f" % ratio, spread, **judged(bar, ratio))


def absent(what, why=ABSENT, bar=None):
    return Row(what, ours=why, bar=str(bar) if bar else "")
