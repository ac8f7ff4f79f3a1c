#!/usr/bin/env python3
"""The soak: SIGTERM under load in each mode, kill -9 and SIGHUP of prefork's workers, and mixed traffic.

    ./run soak [--times N]     each of the rows below N times
    ./run soak --for 1h        as long as that, with mixed traffic in every mode before
    ./run soak --only SIGTERM --times 125 --write docs/reliability.md
                               1,000 SIGTERMs, which the docs keep, and that page shows

Every client counts what it lost. Allowed (docs/how-it-works.md, "What may be lost"):

- SIGTERM: nothing that was accepted (soak_server.py says what that is), and the server exits 0. A
  request that comes to a kept connection after the server has ended it was not; such a client
  connects anew, as every HTTP client does.
- SIGHUP of prefork: the same, and each worker is replaced.
- kill -9 of a worker: what was connected before it died. No request on a connection that was
  begun after the kill is lost, the worker is replaced, and SIGTERM still drains.
- Mixed traffic (soak_mixed.py): nothing. The server's counts and the clients' agree, and what it
  holds at quiet moments does not grow (soak_growth.py says by which test).

Prints one line a row and exits with 1 when more was lost than is allowed, or something grew.
"""

import argparse
import concurrent.futures
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

from soak_growth import Growth
from soak_mixed import SERVER_ARGUMENTS, Mix
from soak_server import Server, was_idle

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "docs" / "tool"))  # behind: names here go first
import keep  # noqa: E402

UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600}
MIXED_SHARE = 0.6  # of the time, with --for
MOMENTS = 60  # at the most, of one server
SETTLES_S = 0.8  # in a quiet moment, with which a moment of traffic is as long at least
LONG_S = 20  # of one server: in less time nothing is said of memory


class Row:
    """What many repetitions of one thing came to."""

    def __init__(self, name):
        self.name = name
        self.times = self.answered = self.allowed = 0
        self.too_much = []
        self.note = ""
        self.flags = ""

    def add(self, server, code, allowed):
        """`allowed` says of a lost request whether it may be."""
        self.times += 1
        self.answered += server.answered()
        for lost in server.lost():
            if allowed(lost):
                self.allowed += 1
            else:
                self.too_much.append(lost.why)
        if code != 0:
            self.too_much.append(f"exit code {code}")

    def line(self):
        return (
            f"| {self.name:34} | {self.times:5} | {self.answered:9} | {self.allowed:7} "
            f"| {len(self.too_much):8} | {'; '.join(sorted(set(self.too_much)))[:300] or self.note}"
        )

    def cells(self):
        """For people who read of it later."""
        return [f"`{self.flags}`", self.times, self.answered, self.allowed, len(self.too_much)]


def sigterm(program, arguments, row):
    server = Server(program, arguments)
    server.load()
    server.warm_up()
    code = server.end()
    row.add(server, code, lambda lost: was_idle(server, lost))


def sighup(program, arguments, row):
    server = Server(program, arguments)
    server.load()
    server.warm_up()
    before = server.workers()
    server.process.send_signal(signal.SIGHUP)
    replaced = server.has_replaced_all(before)
    code = server.end()
    row.add(
        server,
        code if replaced else "not every worker was replaced",
        lambda lost: not lost.first and not lost.arrived,  # ended while it was idle
    )


def kill_worker(program, arguments, row):
    server = Server(program, arguments)
    server.load()
    server.warm_up()
    victim = random.choice(server.workers())
    os.kill(victim, signal.SIGKILL)
    killed_at = time.monotonic()
    server.wait_for_answers(200)
    replaced = server.has_replaced(victim, 4)
    code = server.end()
    row.add(
        server,
        code if replaced else "the worker was not replaced",
        lambda lost: lost.connecting_at <= killed_at or was_idle(server, lost),
    )


def mixed(program, arguments, seconds, row):
    """Mixed traffic for so long, with quiet moments; SIGTERM under load at the end."""
    server = Server(program, [*arguments, *SERVER_ARGUMENTS])
    mix = Mix(server)
    growth = Growth()
    end = time.monotonic() + seconds
    cycle = max(0.5, seconds / MOMENTS, SETTLES_S if seconds > LONG_S else 0)
    while True:
        time.sleep(cycle)
        mix.pause()
        mix.compare()
        growth.add([server.process.pid, *server.workers()], SETTLES_S if seconds > LONG_S else 0)
        if time.monotonic() > end or mix.faults:
            break
        mix.go_on()
    mix.stop()
    server.load()
    server.warm_up()
    code = server.end()
    tally = mix.tally()
    row.answered += sum(tally.statuses.values())
    row.too_much += mix.faults + tally.faults + growth.faults()
    row.add(server, code, lambda lost: was_idle(server, lost))
    row.note = f"{tally.sent} sent, {tally.unread} not waited for; {growth.words()}"


def all_rows(modes):
    rows = [(f"SIGTERM under load, {mode}", sigterm, [f"--mode={mode}"]) for mode in modes]
    for balance in ("reuseport", "mhd"):
        rows.append((f"SIGTERM under load, pool, {balance}", sigterm, ["--mode=pool", f"--balance={balance}"]))
    prefork = ["--mode=prefork", "--workers=4"]
    rows.append(("kill -9 of a worker, prefork", kill_worker, prefork))
    rows.append(("SIGHUP under load, prefork", sighup, prefork))
    return rows


def duration(text):
    unit = text.lstrip("0123456789.")
    try:
        return float(text[: len(text) - len(unit)]) * UNITS[unit or "s"]
    except (KeyError, ValueError):
        raise argparse.ArgumentTypeError(f"{text}: expected a time such as 50s, 30m or 1h") from None


def parse():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0], prog="./run soak")
    options.add_argument("--server", default="build/src/looplagd", help="the looplagd to run")
    options.add_argument("--times", type=int, default=200, help="repetitions of each row (200)")
    options.add_argument("--for", dest="seconds", type=duration, metavar="TIME",
                         help="mixed traffic, and the rows as often as there is time for, such as 50s or 1h")  # fmt: skip
    options.add_argument("--jobs", type=int, default=1, metavar="N", help="rows side by side, mixed traffic aside (1)")
    options.add_argument("--only", default="", help="only rows whose name has this in it")
    options.add_argument("--write", type=pathlib.Path, metavar="PAGE",
                         help="keep what became of the SIGTERMs for the docs; PAGE is of docs, and shows it")  # fmt: skip
    given = options.parse_args()
    given.command = f"./run soak --only {given.only} --times {given.times}"
    if given.write and not keep.is_shown(given.write, given.command):
        options.error(f"--write: {given.write} shows no run of: {given.command}")
    return given


def repeat(name, turn, options, arguments, seconds):
    """A row, so many times, or for so long."""
    row = Row(name)
    row.flags = " ".join(arguments)
    end = time.monotonic() + seconds
    while row.times < 1 or (time.monotonic() < end if options.seconds else row.times < options.times):
        turn(options.server, arguments, row)
        print(f"\r{name}: {row.times}", end="", file=sys.stderr, flush=True)
    print("\r", end="", file=sys.stderr, flush=True)
    return row


def table(rows):
    """What so many SIGTERMs came to, with headings and sums."""
    total = ["all", *(sum(row.cells()[i] for row in rows) for i in range(1, 5))]
    lines = [*(row.cells() for row in rows), total]
    return [["flags", "SIGTERMs", "answered", "came to a connection that had ended", "accepted and lost"],
            *([f"{cell:,}" if isinstance(cell, int) else cell for cell in cells] for cells in lines)]  # fmt: skip


def repeat_all(rows, options, seconds):
    """The rows, some side by side; in their order."""
    jobs = max(1, options.jobs)
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        each = seconds * jobs / max(1, len(rows))
        running = [pool.submit(repeat, name, turn, options, arguments, each) for name, turn, arguments in rows]
        for row in running:
            yield row.result()


def mix(name, mode, options, seconds):
    row = Row(name)
    mixed(options.server, [f"--mode={mode}"], seconds, row)
    return row


def main():
    options = parse()
    listed = subprocess.run([options.server, "--list-modes"], capture_output=True, text=True, check=True)
    modes = [line.split()[0] for line in listed.stdout.splitlines()]
    rows = [row for row in all_rows(modes) if options.only in row[0]]
    mixes = [(f"mixed traffic, {mode}", mode) for mode in modes if options.seconds]
    mixes = [row for row in mixes if options.only in row[0]]
    seconds = options.seconds or 0
    share = MIXED_SHARE if rows and mixes else 1
    print(f"| {'':34} | times | answered  | allowed | too much | what", flush=True)
    began, done = time.monotonic(), []
    for name, mode in mixes:
        done.append(mix(name, mode, options, seconds * share / len(mixes)))
        print(done[-1].line(), flush=True)
    for row in repeat_all(rows, options, seconds * (1 - share * bool(mixes))):
        done.append(row)
        print(row.line(), flush=True)
    ended = [row for row, (_, turn, _) in zip(done[len(mixes):], rows) if turn is sigterm]
    if options.write and ended:
        keep.table(options.command, table(ended), seconds=round(time.monotonic() - began))
    return 1 if any(row.too_much for row in done) or not done else 0


if __name__ == "__main__":
    sys.exit(main())
