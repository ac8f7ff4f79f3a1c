"""looplag diagnose against servers whose behaviour is known: how often it tells the right thing.

Run by name only (`--only diagnose`, `--only diagnose-workers`): each of some thirty servers, and of some twenty more, is
diagnosed in every round, for 20 s at the most, and five rounds take about half an hour. The large bodies are half a second of work for each
server: 27 MB for looplagd, less for others. What each should be told stands in docs/diagnose.md.
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import peers
from rows import Row, absent, at_least
from servers import Server

SECONDS = 20
LIMIT_S = 300
THREADED = pathlib.Path(__file__).resolve().parent / "threaded_server.py"

ONE_LOOP, THREADS, STREAMS = ("one_loop", None), ("threads", None), ("streams", None)


def idle(count):
    return ("workers_idle", count) if count > 1 else ONE_LOOP


def blind(count):
    return ("workers_blind", count)


def own():
    """looplagd's flags, the path, and what it should be told."""
    yield "--mode=select", "/ping", ONE_LOOP
    yield "--mode=threads", "/ping", THREADS
    yield "--mode=offload", "/ping", THREADS
    yield "--mode=hybrid", "/ping", THREADS
    yield "--mode=select", "/await", STREAMS
    for count in (1, 2, 3, 4):
        yield "--mode=pool --workers=%d" % count, "/ping", idle(count)
        yield "--mode=prefork --workers=%d" % count, "/ping", idle(count)
    for count in (2, 3, 4):
        yield "--mode=pool --workers=%d --balance=reuseport" % count, "/ping", blind(count)
        yield "--mode=pool --workers=%d --balance=mhd" % count, "/ping", idle(count)
    for mode in ("select", "threads", "offload", "hybrid", "prefork --workers=2", "pool --workers=2",
                 "pool --workers=2 --balance=reuseport", "pool --workers=2 --balance=mhd"):
        yield "--mode=" + mode, "/stream", STREAMS


def with_workers():
    """The numbers of workers that own() leaves out: handler threads, and what streams."""
    for count in (1, 2, 3, 4):
        yield "--mode=offload --workers=%d" % count, "/ping", idle(count)
    for count in (1, 2, 3, 4):
        yield "--mode=hybrid --workers=%d" % count, "/ping", THREADS
    for mode in ("pool", "prefork"):
        for count in (1, 3, 4):
            yield "--mode=%s --workers=%d" % (mode, count), "/stream", STREAMS
    for balance in ("reuseport", "mhd"):
        for count in (3, 4):
            yield "--mode=pool --workers=%d --balance=%s" % (count, balance), "/stream", STREAMS
    yield "--mode=offload --workers=1", "/stream", STREAMS
    yield "--mode=hybrid --workers=1", "/stream", STREAMS


# What each should be told, and the size of its large bodies.
PEERS = {
    "fastapi-async": (ONE_LOOP, "--large-size=2.5"), "fastapi-def": (ONE_LOOP, "--large-size=2.5"),
    "gunicorn-4": (idle(4), "--large-size=2.5"), "node": (ONE_LOOP, "--large-size=10"),
}  # fmt: skip


def diagnose(bench, server, path, *options):
    """The verdict of one run, and how long it took."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "diagnosis.json")
        done = subprocess.run(
            [bench.build.looplag, "diagnose", server.url(path), "--quiet", "--duration=%d" % SECONDS, *options,
             "-o", out],
            stdout=subprocess.DEVNULL, timeout=LIMIT_S, check=False)
        if done.returncode not in (0, 98):
            raise SystemExit("bench: diagnose of %s ended with %d" % (server.url(path), done.returncode))
        with open(out, encoding="utf-8") as file:
            document = json.load(file)
    verdict = document["verdict"]
    workers = tuple(verdict["workers"]["range"]) if verdict["workers"] else None
    print("bench: %s (%.3f, %s)" % (verdict["sentence"], verdict["confidence"], document["ended"]),
          file=sys.stderr)
    return (verdict["kind"], workers), verdict["confidence"]


def words(kind, low=None, high=None):
    return "`%s`" % kind + (", %d" % low if low else "") + (" to %d" % high if high != low else "")


def is_right(told, expected):
    """The kind, and a range of workers that has the number in it."""
    kind, workers = told
    return kind == expected[0] and (not workers or workers[0] <= expected[1] <= workers[1])


def row_of(bench, what, start, path, expected, *options):
    """Each run has a server of its own."""
    told, sure = [], []
    for _ in range(bench.rounds):
        with start() as server:
            verdict, confidence = diagnose(bench, server, path, *options)
        told.append(verdict)
        sure.append(confidence)
    right = sum(is_right(one, expected) for one in told)
    others = collections.Counter(words(kind, *(workers or ())) for kind, workers in told
                                 if not is_right((kind, workers), expected))
    return Row("%s: %s" % (what, words(expected[0], expected[1], expected[1])), ours="%d of %d" % (right, len(told)),
               peer="; ".join("%s %d x" % pair for pair in others.items()),
               spread="%.2f..%.2f" % (min(sure), max(sure)), bar=str(at_least(len(told))),
               verdict="met" if right == len(told) else "**missed**"), right, len(told)


def own_cases(bench, servers):
    """What it is called, what starts it, its path, and what it should be told."""
    for flags, path, expected in servers:
        words_of_it = flags.split()
        if bench.build.knows(*words_of_it):
            yield ("`%s`, `%s`" % (flags, path), lambda flags=words_of_it: bench.build.server(*flags), path,
                   expected)


def cases(bench):
    """The same of all; None: it is not installed. What follows are options."""
    yield from own_cases(bench, own())
    starter = peers.starter()
    for name, row in starter.peers().items():
        if name in PEERS:
            start = None if starter.missing(row) else lambda row=row: starter.Peer(row)
            yield row["about"], start, "/ping", *PEERS[name]
    yield ("Python's ThreadingHTTPServer, json.loads",
           lambda: Server(sys.executable, "-B", str(THREADED)), "/ping", ONE_LOOP, "--large-size=10")


def measure(bench):
    yield from rows_of(bench, cases(bench))


def measure_workers(bench):
    yield from rows_of(bench, own_cases(bench, with_workers()))


def rows_of(bench, servers):
    right = runs = 0
    for what, start, *case in servers:
        if not start:
            yield absent(what, "not installed")
            continue
        row, good, all_of_it = row_of(bench, what, start, *case)
        right += good
        runs += all_of_it
        yield row
    share = right / runs
    yield Row("all of them", ours="%d of %d" % (right, runs), ratio="%.3f" % share, bar=str(at_least(0.95)),
              verdict=at_least(0.95).verdict(share))
