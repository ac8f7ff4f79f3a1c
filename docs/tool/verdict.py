"""The table of all remedies that docs/comparison.md ends its question with, from the results of its own commands.

A remedy is a row here; what was not measured (an endpoint or a mode that this build does not have) is left out.
"""

import dataclasses

import tables

ONE, FOUR = "one", "four"  # large requests at a time


@dataclasses.dataclass(frozen=True)
class Remedy:
    """What it is, how the commands call it with one large request and with four at a time, what it asks for."""

    name: str
    flags: str
    one: str
    four: str
    asks: str


REMEDIES = (
    Remedy("none: one event loop", "`--mode=select`, `/ping`", "select /ping", "select /ping",
           "nothing, but that no large body ever comes"),
    Remedy("`await` inside the parse", "`--mode=select`, `/await`", "select /await", "select /await",
           "a parser that can stop in the middle: a coroutine with a stack for each body in progress"),
    Remedy("parse as the body arrives", "`--mode=select`, `/stream`", "select /stream", "select /stream",
           "an incremental parser for this shape of body; no work that needs all of the document"),
    Remedy("threads for large bodies only", "`--mode=hybrid`, `/ping`", "hybrid /ping", "hybrid /ping",
           "a size that parts them; what large bodies touch must be safe in threads"),
    Remedy("threads behind the loop", "`--mode=offload`, `/ping`", "offload /ping", "offload, no lane /ping",
           "all that answers must be safe in threads; the parse has to be in the thread"),
    Remedy("the same, one large body at a time", "`--mode=offload --large-limit=1`", "offload, one lane /ping",
           "offload, one lane /ping",
           "a queue in front of the work, and clients that wait for it"),
    Remedy("a thread per connection", "`--mode=threads`, `/ping`", "threads /ping", "threads /ping",
           "all that answers must be safe in threads; few connections"),
    Remedy("several loops", "`--mode=pool`, `/ping`", "pool /ping", "pool least-busy /ping",
           "what loops share must be safe in threads; more loops than large bodies at a time"),
    Remedy("several loops, one kept for small bodies", "`--mode=pool --reserve=1`, `/ping`", "pool reserve /ping",
           "pool reserve /ping", "somebody who reads the length before a loop is chosen; threads for what comes later"),
    Remedy("several processes", "`--mode=prefork`, `/ping`", "prefork /ping", "prefork /ping",
           "no state in memory; more processes than large bodies at a time"),
    Remedy("several processes, one kept for small bodies", "`--mode=prefork --reserve=1`, `/ping`",
           "prefork reserve /ping", "prefork reserve /ping", "no state in memory, and a supervisor that hands out"),
)

HEADINGS = ("remedy", "here", "small p99 beside one 25 MB", "beside four", "time of the 25 MB", "memory, MB",
            "CPU, 25 MB / small", "what it asks of the programmer")  # fmt: skip


def kind_of(command):
    """How many large requests at a time a command of the document has; None: it is about something else."""
    if "conns=4" in command:
        return FOUR
    return ONE if "--modes=all" in command or "--reserve=" in command else None


def ranked(result):
    """{"label endpoint": row} of a result's ranking."""
    systems = (result.get("ranking") or {}).get("systems", [])
    return {"%s %s" % (row["mode"], row["endpoint"]): row for row in systems}


def value(row, key):
    """A figure of the ranking, as it may be said."""
    told = row and row.get(key)
    if not told:
        return "-"
    shown = "%.0f" if told["value"] >= 1000 else "%.3g"
    return (">= " if told["at_least"] else "") + shown % told["value"]


def row_of(remedy, one, four):
    alone, crowd = one.get(remedy.one), four.get(remedy.four)
    if not alone and not crowd:
        return None
    cpu = "%s / %s" % (value(alone, "cpu_large_ms"), value(alone, "cpu_small_ms"))
    return (remedy.name, remedy.flags, value(alone, "small_ms"), value(crowd, "small_ms"), value(alone, "large_ms"), value(alone, "memory_mb"),
            cpu if alone else "-", remedy.asks)  # fmt: skip


def table(results):
    """The table of what commands measured, as Markdown: pairs of kind_of and result."""
    seen = {ONE: {}, FOUR: {}}
    for kind, result in results:
        seen[kind].update(ranked(result))
    one, four = seen[ONE], seen[FOUR]
    rows = [HEADINGS, *filter(None, (row_of(remedy, one, four) for remedy in REMEDIES))]
    return tables.padded(rows, (0, 1, len(HEADINGS) - 1))
