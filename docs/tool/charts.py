"""The charts of measurements: a time line of requests, percentile curves, and a sweep's curve.

Each takes a kept run (runs.py) and gives a picture. Where points are left out, it is because another one lies at the same
place of the picture; the slowest request is always drawn.
"""

import math

from svg import WIDTH, Picture

LEFT, RIGHT = 42, 10
ACROSS = WIDTH - LEFT - RIGHT
STEP = 0.8  # dots closer than that are one
RESPONSE_MS = (0.1, 1000)  # of an axis, unless a run has slower ones
# The places of an axis that counts nines, as HdrHistogram's users know it.
NINES = (0, 50, 90, 99, 99.9)


def plain(value):
    """A number of ms as a person writes it."""
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


class Scale:
    """From values to places along an axis, linear or logarithmic."""

    def __init__(self, values, places, log=False):
        self.turn = math.log10 if log else float
        self.low, self.high = map(self.turn, values)
        self.from_place, self.to_place = places

    def __call__(self, value):
        share = (self.turn(value) - self.low) / (self.high - self.low)
        return self.from_place + min(max(share, 0), 1) * (self.to_place - self.from_place)


def decades(low, high):
    """The powers of ten from one to the other."""
    return [10.0**power for power in range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9) + 1)]


def up_to(slowest):
    """The next power of ten, as the end of an axis."""
    return max(RESPONSE_MS[1], 10.0 ** math.ceil(math.log10(slowest)))


def axis_of_ms(picture, scale, low, high):
    """Lines across all of the picture at each power of ten, with their values."""
    lines_of_decades(picture, scale, (low, high), (LEFT, WIDTH - RIGHT))
    picture.text(4, scale(high) - 8, "ms", "quiet")


def lines_of_decades(picture, scale, values, places):
    """The same, from place to place."""
    for value in decades(*values):
        y = scale(value)
        picture.line(places[0], y, places[1], y, "grid")
        picture.text(places[0] - 5, y + 4, plain(value), "quiet end")


def thinned(points):
    """One of all points at the same place, in their order."""
    return list({(round(x / STEP), round(y / STEP)): (x, y) for x, y in points}.values())


# The time line.

PANEL, GAP = 92, 34


def time_line(run):
    """For each system a panel: each small request as a dot at its due time and response time, large ones as bands."""
    systems = run["requests"]
    seconds = max(system["seconds"] for system in systems)
    slowest = max(max(filter(None, system["response_ms"])) for system in systems)
    low, high = RESPONSE_MS[0], up_to(slowest)
    told = "; ".join(f"{system['system']}: the slowest took {plain(max(filter(None, system['response_ms'])))} ms"
                     for system in systems)  # fmt: skip
    height = len(systems) * (PANEL + GAP) + 44
    picture = Picture(height, "Each small request while large ones are in flight",
                      f"A time line of {plain(seconds)} s for each system. A dot is a small request: across, when it was due; "
                      f"upwards, how long it took, from {plain(low)} to {plain(high)} ms on a logarithmic axis. "
                      f"A band is a large request in flight. {told}.")  # fmt: skip
    across = Scale((0, seconds), (LEFT, WIDTH - RIGHT))
    top = GAP - 8
    for system in systems:
        draw_panel(picture, system, across, Scale((low, high), (top + PANEL, top), log=True), (low, high))
        top += PANEL + GAP
    for second in range(0, int(seconds) + 1):
        picture.text(across(second), height - 34, str(second), "quiet middle")
    picture.text(WIDTH - RIGHT, height - 20, "seconds", "quiet end")
    picture.dots([(LEFT + 1 + 3 * i, height - 9 - 2 * (i % 2)) for i in range(4)], "dots")
    picture.text(LEFT + 16, height - 6, "a small request", "quiet")
    picture.rect(LEFT + 116, height - 16, 14, 12, "band")
    picture.text(LEFT + 135, height - 6, "a large one is in flight", "quiet")
    return picture


def draw_panel(picture, system, across, up, ends):
    low, high = ends
    floor, ceiling = up(low), up(high)
    for begin, end in system["large_s"]:
        picture.rect(across(begin), ceiling, max(across(end) - across(begin), 1), floor - ceiling, "band")
    axis_of_ms(picture, up, low, high)
    times = system["response_ms"]
    points = [(across(system["first_s"] + i * system["every_s"]), up(ms)) for i, ms in enumerate(times) if ms is not None]
    picture.dots(thinned(points), "dots")
    slowest = max(filter(None, times))
    picture.text(LEFT, ceiling - 8, system["system"], "title")
    failed = sum(ms is None for ms in times)
    words = f"slowest {plain(slowest)} ms" + (f", {failed} without a reply" if failed else "")
    picture.text(WIDTH - RIGHT, ceiling - 8, words, "quiet end")


# Percentile curves.

KINDS = "abcd"


def nines(percent):
    """How far along an axis of nines a percentile lies: 90 at 1, 99 at 2."""
    return -math.log10(1 - percent / 100)


def percentiles(run):
    """Response time by percentile, of each system without (dotted) and with large requests."""
    curves = run["curves"]
    most = max(percent for curve in curves for percent, _ in curve["with"])
    slowest = max(ms for curve in curves for _, ms in curve["with"])
    low, high, tall = RESPONSE_MS[0], up_to(slowest), 200
    told = "; ".join(f"{curve['system']}: {plain(at(curve['alone'], 99))} ms without, {plain(at(curve['with'], 99))} ms with"
                     for curve in curves)  # fmt: skip
    height = tall + 86 + 16 * len(curves)
    picture = Picture(height, "Response times of small requests by percentile",
                      f"Curves of response time in ms, logarithmic, over the percentile, on an axis of nines. At p99: {told}.")  # fmt: skip
    across = Scale((0, nines(most)), (LEFT, WIDTH - RIGHT))
    up = Scale((low, high), (28 + tall, 28), log=True)
    axis_of_ms(picture, up, low, high)
    for percent in (percent for percent in NINES if percent <= most):
        x = across(nines(percent))
        picture.line(x, 28, x, 28 + tall, "grid")
        picture.text(x, tall + 44, f"{percent:g} %", "quiet middle")
    for kind, curve in zip(KINDS, curves):
        for part, dash in (("alone", " alone"), ("with", "")):
            picture.path([(across(nines(percent)), up(ms)) for percent, ms in curve[part]], f"curve {kind}{dash}")
    picture.text(LEFT, tall + 64, "without large requests dotted, with them drawn through:", "quiet")
    for row, (kind, curve) in enumerate(zip(KINDS, curves)):
        y = tall + 82 + 16 * row
        picture.path([(LEFT, y - 4), (LEFT + 26, y - 4)], f"curve {kind}")
        picture.text(LEFT + 34, y, curve["system"])
    return picture


def at(curve, percent):
    """The time of a percentile: of the first point that reaches it."""
    return next((ms for reached, ms in curve if reached >= percent), curve[-1][1])


# A sweep.


def sweep(run):
    """The percentile that is judged, and its interval, over the size of the large bodies; and the objective."""
    steps, limit = run["steps"], run["limit_ms"]
    low, high, tall = 0.1, up_to(max(step["ci_ms"][1] for step in steps)), 170
    sizes = [step["bytes"] for step in steps]
    height = tall + 106
    told = "; ".join(f"{step['value']}: {plain(step['ms'])} ms, {step['outcome']}" for step in steps)
    picture = Picture(height, "How large may bodies be? " + run["system"],
                      f"{run['percentile']} of small requests over the size of the large ones, both logarithmic, with 95 % intervals. "
                      f"The objective is {plain(limit)} ms. {told}.")  # fmt: skip
    across = Scale((min(sizes), max(sizes)), (LEFT + 26, WIDTH - RIGHT - 26), log=True)
    up = Scale((low, high), (36 + tall, 36), log=True)
    picture.text(LEFT, 16, f"{run['system']}: {run['percentile']} of small requests", "title")
    axis_of_ms(picture, up, low, high)
    picture.line(LEFT, up(limit), WIDTH - RIGHT, up(limit), "limit")
    picture.text(LEFT + 4, up(limit) - 5, f"objective: {plain(limit)} ms", "quiet")
    for step in steps:
        x, kept = across(step["bytes"]), step["outcome"] == "kept"
        kind = "mark " + ("c" if kept else "a")
        picture.line(x, up(step["ci_ms"][0]), x, up(step["ci_ms"][1]), kind)
        for end in step["ci_ms"]:
            picture.line(x - 4, up(end), x + 4, up(end), kind)
        draw_mark(picture, x, up(step["ms"]), kept, kind)
        picture.text(x, tall + 52, step["value"], "quiet middle")
    picture.text(WIDTH - RIGHT, tall + 68, "size of large bodies", "quiet end")
    for x, kept, words in ((LEFT + 6, True, "kept"), (LEFT + 70, False, "not kept, or not shown")):
        draw_mark(picture, x, tall + 88, kept, "mark " + ("c" if kept else "a"))
        picture.text(x + 12, tall + 92, words, "quiet")
    return picture


def draw_mark(picture, x, y, kept, kind):
    """A ring, or a cross: told apart without colours."""
    if kept:
        picture.add("circle", kind, cx=x, cy=y, r=4)
    else:
        picture.path([(x - 4, y - 4), (x + 4, y + 4)], kind)
        picture.path([(x - 4, y + 4), (x + 4, y - 4)], kind)
