"""What a server answers when it is asked for more than it can: the table and the picture of `./run bench --only overload`.

A run has in `goodput`, for each mode and `--max-inflight`, its capacity and at each load (a multiple of that) the 200s a second
and the p99 in ms of what was accepted.
"""

import tables
from charts import Scale, lines_of_decades, plain
from svg import WIDTH, Picture

LEFT, GAP, RIGHT = 42, 56, 10
ACROSS = (WIDTH - LEFT - GAP - RIGHT) / 2
PANEL, ROW = 58, 78
BEGINS = (LEFT, LEFT + ACROSS + GAP)  # of the two panels
GOODPUT = (0, 1.1)  # of the capacity
P99_MS = (10, 10_000)


def table(run):
    """A row for each mode and limit: the capacity, and 200s a second / p99 at each load."""
    loads = [f"{load:g} x" for load, _, _ in run["goodput"][0]["points"]]
    rows = [[f"`{one['mode']}`", str(one["max_inflight"]), f"{one['capacity']:.0f}",
             *(f"{good:.0f} / {p99:.0f}" for _, good, p99 in one["points"])] for one in run["goodput"]]  # fmt: skip
    return tables.plain([["mode", "`--max-inflight`", "capacity", *loads], *rows])


def picture(run):
    """A row of two panels for each mode: goodput, and p99, by offered load; a curve for each limit."""
    modes = list(dict.fromkeys(one["mode"] for one in run["goodput"]))
    most = max(one["max_inflight"] for one in run["goodput"])
    ends = {one["max_inflight"] == most: one["points"][-1] for one in run["goodput"] if one["mode"] == modes[0]}
    told = "; ".join(f"{'by default' if default else 'with a limit'} {plain(good)} a second, p99 {plain(p99)} ms"
                     for default, (_, good, p99) in ends.items())  # fmt: skip
    loads = [load for load, _, _ in run["goodput"][0]["points"]]
    height = 30 + len(modes) * ROW + 54
    image = Picture(height, "More requests than it can answer",
                    "For each mode two charts over the offered load in multiples of the capacity: on the left the 200s a second as "
                    "a share of the capacity, on the right the p99 of what was accepted, on a logarithmic axis; one curve with few "
                    f"requests in flight allowed, one with the default. {modes[0]} at {loads[-1]:g} x: {told}.")  # fmt: skip
    image.text(LEFT, 16, "200s a second / capacity", "title")
    image.text(BEGINS[1], 16, "p99 of the accepted, ms", "title")
    for number, mode in enumerate(modes):
        curves = [(one, "b alone" if one["max_inflight"] == most else "a") for one in run["goodput"] if one["mode"] == mode]
        draw_mode(image, mode, curves, loads, 40 + number * ROW)
    for begin in BEGINS:
        across = along(loads, begin)
        for load in loads:
            image.text(across(load), height - 47, f"{load:g}", "quiet middle")
        image.text(begin + ACROSS, height - 31, "offered load / capacity", "quiet end")
    key(image, height - 10, most)
    return image


def along(loads, begin):
    """The scale of loads, of a panel that begins there."""
    return Scale((loads[0], loads[-1]), (begin, begin + ACROSS))


def draw_mode(image, mode, curves, loads, top):
    left, right = (along(loads, begin) for begin in BEGINS)
    share, ms = Scale(GOODPUT, (top + PANEL, top)), Scale(P99_MS, (top + PANEL, top), log=True)
    image.text(LEFT + 4, top + PANEL - 6, mode)
    for value in (0, 0.5, 1):
        image.line(LEFT, share(value), LEFT + ACROSS, share(value), "grid")
        image.text(LEFT - 5, share(value) + 4, f"{value:g}", "quiet end")
    lines_of_decades(image, ms, P99_MS, (BEGINS[1], WIDTH - RIGHT))
    for one, kind in curves:
        capacity = one["capacity"]
        image.path([(left(load), share(good / capacity)) for load, good, _ in one["points"]], f"curve {kind}")
        image.path([(right(load), ms(p99)) for load, _, p99 in one["points"]], f"curve {kind}")


def key(image, y, most):
    for x, kind, words in ((LEFT, "a", "a few in flight (--max-inflight)"), (LEFT + 222, "b alone", f"the default, {most}")):
        image.path([(x, y - 4), (x + 26, y - 4)], f"curve {kind}")
        image.text(x + 34, y, words, "quiet")
