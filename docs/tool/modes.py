"""Diagrams of the modes: who works when, and which small request waits for what.

They are drawn from a model, not from a run: the same requests come to each mode, and each is served by rules of a few
lines. One large body is complete at 1; small requests are due once in a unit of time. What the model leaves out (the cost
of a thread, of a switch, cores) is measured elsewhere: docs/comparison.md has the figures.
"""

import collections

from svg import WIDTH, Picture

LARGE_AT, LARGE_TAKES = 1.0, 5.0
SMALL_AT = (0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5)
SMALL_TAKES = 0.22
TOUCH = 0.07  # what a loop needs to read or write a request that others answer
SLICES = 10  # of a body that is parsed as it arrives
END = 8.2

Block = collections.namedtuple("Block", "lane begin end kind")


class Model:
    """Lanes that do one thing at a time, and what each small request has waited for."""

    def __init__(self, lanes):
        self.lanes = lanes
        self.blocks = []
        self.replies = {}

    def work(self, lane, at, takes, kind):
        """The lane does it as soon as it is free. Returns when it is done."""
        begin = at
        for block in sorted(block for block in self.blocks if block.lane == lane):
            if begin + takes > block.begin:
                begin = max(begin, block.end)
        self.blocks.append(Block(lane, begin, begin + takes, kind))
        return begin + takes

    def serve(self, small, large):
        """Gives every request, in the order of their times, to what serves it."""
        events = [(at, 0, at) for at in SMALL_AT] + [(at, 1, takes) for at, takes in large]
        for at, is_large, value in sorted(events):
            if is_large:
                self.large(at, value)
            else:
                self.replies[value] = small(at)

    def large(self, at, takes):
        raise NotImplementedError


def in_one_go(model, lane):
    """A large body that is parsed in one piece, on this lane."""
    model.large = lambda at, takes: model.work(lane, at, takes, "large")
    return [(LARGE_AT, LARGE_TAKES)]


def select():
    model = Model(["the loop"])
    model.serve(lambda at: model.work(0, at, SMALL_TAKES, "small"), in_one_go(model, 0))
    return model


def stream():
    model = Model(["the loop"])
    model.large = lambda at, takes: model.work(0, at, takes, "large")
    pieces = [(LARGE_AT - 0.8 + i * 0.5, 0.12) for i in range(SLICES)]
    model.serve(lambda at: model.work(0, at, SMALL_TAKES, "small"), pieces)
    return model


def awaiting():
    model = Model(["the loop"])
    model.large = lambda at, takes: model.work(0, at, takes, "large")
    pieces = [(LARGE_AT - 0.7 + i * 0.3, 0.2) for i in range(24)]
    model.serve(lambda at: model.work(0, at, SMALL_TAKES, "small"), pieces)
    return model


def threads():
    model = Model(["large one's thread", "small ones' threads"])
    model.serve(lambda at: model.work(1, at, SMALL_TAKES, "small"), in_one_go(model, 0))
    return model


def pool():
    model = Model(["loop 1", "loop 2"])
    model.serve(lambda at: model.work(1, at, SMALL_TAKES, "small"), in_one_go(model, 0))
    return model


def blind():
    """Loops that get connections in turn, whoever is busy."""
    model = Model(["loop 1", "loop 2"])
    turns = {at: i % 2 for i, at in enumerate(SMALL_AT)}
    model.serve(lambda at: model.work(turns[at], at, SMALL_TAKES, "small"), in_one_go(model, 0))
    return model


def prefork():
    model = Model(["supervisor", "process 1", "process 2"])

    def small(at):
        return model.work(2, model.work(0, at, TOUCH, "small"), SMALL_TAKES, "small")

    def large(at, takes):
        model.work(1, model.work(0, at - 0.3, TOUCH, "large") + 0.2, takes, "large")

    model.large = large
    model.serve(small, [(LARGE_AT, LARGE_TAKES)])
    return model


def offload():
    model = Model(["the loop", "handler 1", "handler 2"])

    def small(at):
        answered = model.work(2, model.work(0, at, TOUCH, "small"), SMALL_TAKES, "small")
        return model.work(0, answered, TOUCH, "small")

    def large(at, takes):
        model.work(0, model.work(1, model.work(0, at, TOUCH, "large"), takes, "large"), TOUCH, "large")

    model.large = large
    model.serve(small, [(LARGE_AT, LARGE_TAKES)])
    return model


def hybrid():
    model = Model(["the loop", "a handler"])

    def large(at, takes):
        model.work(0, model.work(1, model.work(0, at, TOUCH, "large"), takes, "large"), TOUCH, "large")

    model.large = large
    model.serve(lambda at: model.work(0, at, SMALL_TAKES, "small"), [(LARGE_AT, LARGE_TAKES)])
    return model


def fastapi_def():
    model = Model(["the event loop", "function's thread"])

    def small(at):
        return model.work(1, model.work(0, at, SMALL_TAKES, "small"), TOUCH, "small")

    def large(at, takes):
        model.work(1, model.work(0, at, takes, "large"), 2 * TOUCH, "large")

    model.large = large
    model.serve(small, [(LARGE_AT, LARGE_TAKES)])
    return model


# Name of the picture's file, its title, its model.
DIAGRAMS = (
    ("mode-select", "select: one loop", select),
    ("mode-stream", "select, /stream: parsed as it arrives", stream),
    ("mode-await", "select, /await: parsed on a coroutine", awaiting),
    ("mode-threads", "threads: one for each connection", threads),
    ("mode-offload", "offload: handlers answer", offload),
    ("mode-hybrid", "hybrid: handlers for large bodies", hybrid),
    ("mode-pool", "pool: the least busy loop", pool),
    ("mode-blind", "loops that are given work in turn", blind),
    ("mode-prefork", "prefork: processes", prefork),
    ("mode-fastapi-def", "FastAPI, def: parsed on the loop", fastapi_def),
)

LEFT, RIGHT, LANE, BAR = 146, 10, 22, 5


def draw(title, model):
    """Above, a bar for each small request, from its due time to its reply; below, what each lane does."""
    waits = [reply - at for at, reply in model.replies.items()]
    long = sum(wait > 3 * SMALL_TAKES for wait in waits)
    told = "None of the small requests waits for it." if long == 0 else f"{long} of {len(waits)} small requests wait for it."
    told += " Lanes: " + ", ".join(model.lanes) + "."
    top = 30
    lanes_top = top + len(SMALL_AT) * BAR + 14
    height = lanes_top + len(model.lanes) * LANE + 26
    picture = Picture(height, title, f"One large request beside {len(waits)} small ones. {told}")

    def across(time):
        return LEFT + time / END * (WIDTH - LEFT - RIGHT)

    picture.text(8, 16, title, "title")
    picture.text(LEFT - 8, top + 22, "small ones: due", "quiet end")
    picture.text(LEFT - 8, top + 36, "to replied", "quiet end")
    for row, (at, reply) in enumerate(sorted(model.replies.items())):
        waits_long = reply - at > 3 * SMALL_TAKES
        picture.rect(across(at), top + row * BAR, across(reply) - across(at), BAR - 1.5, "wait" if waits_long else "small")
    for lane, name in enumerate(model.lanes):
        y = lanes_top + lane * LANE
        picture.text(LEFT - 8, y + 13, name, "end")
        picture.rect(LEFT, y, WIDTH - LEFT - RIGHT, LANE - 5, "idle")
        for block in (block for block in model.blocks if block.lane == lane):
            picture.rect(across(block.begin), y, across(min(block.end, END)) - across(block.begin), LANE - 5, block.kind)
    draw_key(picture, height - 8)
    return picture


def draw_key(picture, y):
    x = 8
    for kind, words, width in (("large", "large request", 100), ("small", "small one", 82), ("wait", "small one that waits", 140)):
        picture.rect(x, y - 9, 10, 10, kind)
        picture.text(x + 15, y, words, "quiet")
        x += width + 15
    picture.text(WIDTH - RIGHT, y, "time", "quiet end")
