#!/usr/bin/env python3
"""Runs the fuzz targets, all in turn or some, and counts what they did.

    ./run fuzz --for 1h [--target NAME]... [--jobs N] [--findings DIR]
    ./run fuzz --for 1h --missing --write docs/reliability.md

Each target begins with its corpus and its regressions in test/fuzz, and with what earlier runs have
found worth keeping, in a folder beside the programs. The time is shared out: each target has the same,
`server` three times that. Most of it goes to short inputs, of which there are many more in the same
time, and most of these to programs without the address sanitizer (--fast), which see undefined behaviour
and what a target itself demands; what these keep is executed with it, too. What makes a target fail is
kept in the folder of findings, and the target goes on with its next seed. Exit code: 0 nothing was found,
1 something was, 2 bad usage.

--write adds the executions to those that the docs keep, turn by turn; the page shows them. --missing runs only
the targets that are below their bar by that, the one first that comes to it soonest, each by all jobs at once, and no
longer than that takes.
"""

import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(SOURCE.parents[1] / "docs" / "tool"))
import keep  # noqa: E402
import runs  # noqa: E402

CORPORA = [SOURCE.parent / "corpus" / name for name in ("valid", "invalid")]
FINDINGS_MOST = 5  # of one target: more of them are mostly the same one again
UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600}
# Which part of a target's executions, where their number is given, or else of its time is over when these are: short inputs without
# the address sanitizer, short ones with it, long ones with it.
COUNT_SHARES = 0.9, 0.99, 1
TIME_SHARES = 0.5, 0.75, 1
RUNS_MOST = 2**31 - 1  # that libFuzzer can be told
COMMAND = "./run fuzz --for 1h --missing"  # whose run the docs keep: what was executed, ever
RATE_LEAST = 5  # seconds; shorter, a run is mostly its beginning
TURNS = 20  # in which a target comes to its bar; after each the docs keep what was executed
# Memory that was freed is kept from use for an execution or some, not for the next quarter of a gigabyte, and of no block is
# noted who asked for it: both would take longer than most executions. `fuzz_NAME FILE` says it of a finding.
ENVIRONMENT = {"ASAN_OPTIONS": "quarantine_size_mb=1:thread_local_quarantine_size_kb=64:malloc_context_size=0"}


@dataclasses.dataclass(frozen=True)
class Target:
    """One program, and what libFuzzer is told for it."""

    name: str
    longest: int = 4096  # bytes of an input
    short: int = 256  # bytes of a short one
    bar: int = 10**7  # executions in all before it is called done
    json: bool = False  # it begins with the corpus of JSON texts, too
    words: str = ""  # its dictionary, if it has one
    share: int = 1  # of the time


TARGETS = [
    Target("scan", json=True, words="json", bar=10**8),
    Target("scan_scalar", json=True, words="json"),
    Target("census", json=True, words="json"),
    Target("bind", json=True, words="json"),
    Target("document", json=True, words="json"),
    Target("request", words="http"),
    Target("tokens", longest=1024),
    Target("config", longest=512, words="config"),
    Target("options", longest=1024, words="options"),
    Target("class", longest=1024, words="class"),
    Target("url", longest=256),
    Target("words", longest=256),
    Target("plan", words="plan"),
    Target("saved", longest=65536, short=4096, words="saved"),
    Target("hdr", longest=1024),
    Target("stats", longest=8192, short=512, words="stats"),
    Target("server", short=512, words="http", share=3, bar=10**6),
]


def seconds(text):
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|min|h)?", text)
    if not match or float(match[1]) <= 0:
        raise argparse.ArgumentTypeError(f"{text}: expected a time such as 90s, 30m or 1h")
    return float(match[1]) * UNITS[match[2] or "s"]


class Outcome:
    """What a target came to."""

    def __init__(self, target):
        self.target = target
        self.executions = 0
        self.watched = 0  # of them with the address sanitizer
        self.seconds = 0.0
        self.kept = 0  # inputs that are new
        self.findings = []
        self.odd = ""  # it did not run at all

    def line(self):
        rate = self.executions / self.seconds if self.seconds else 0
        found = ", ".join(path.name for path in self.findings) or self.odd or "-"
        return f"| {self.target.name:12} | {self.executions:12,} | {rate:8,.0f} | {self.kept:6} | {found}"


HEAD = "| target       |   executions | a second |    new | found"


def command_of(target, arguments, programs, longest, left, executions):
    """libFuzzer, for so many seconds or executions."""
    kept = arguments.build / "fuzz_kept" / target.name
    kept.mkdir(parents=True, exist_ok=True)
    name = target.name.removesuffix("_scalar")
    seeds = [SOURCE / "corpus" / name, SOURCE / "regression" / name, *(CORPORA if target.json else [])]
    words = SOURCE / "words" / target.words
    return [
        programs / f"fuzz_{target.name}",
        f"-max_total_time={max(1, round(left))}",
        f"-runs={executions if executions <= RUNS_MOST else -1}",
        f"-max_len={longest}",
        f"-artifact_prefix={arguments.findings}/{target.name}-",
        "-print_final_stats=1",
        "-print_funcs=0",  # their names would be looked up in another program, for seconds
        "-close_fd_mask=3",  # messages of the parsers; `replay_NAME FILE` shows those of a finding
        "-timeout=60",
        "-rss_limit_mb=3000",
        "-detect_leaks=1" if target.name != "server" else "-detect_leaks=0",  # its threads allocate meanwhile
        "-entropic=0",  # which input is next, and whether a shorter one would do,
        "-reduce_inputs=0",  # would take longer to say than to execute one
        *([f"-dict={words}"] if target.words else []),
        kept,
        *(seed for seed in seeds if seed.is_dir()),
    ]


def session(target, arguments, outcome, programs, longest, left, most):
    """libFuzzer until its time is over, it has executed so many, or something is found. Whether another session makes sense."""
    command = command_of(target, arguments, programs, longest, left, most)
    ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False,
                           env={**os.environ, **ENVIRONMENT})  # fmt: skip
    executed, kept = (int(count[1]) if count else 0 for count in (
        re.search(rf"^stat::{name}:\s*(\d+)", ended.stderr, re.M) for name in ("number_of_executed_units", "new_units_added")
    ))  # fmt: skip
    outcome.executions += executed
    outcome.watched += executed if programs == arguments.build else 0
    outcome.kept += kept
    found = [pathlib.Path(name) for name in re.findall(r"Test unit written to (\S+)", ended.stderr)]
    for path in found:
        path.with_name(path.name + ".log").write_text(ended.stderr[-20000:], "utf-8")
    outcome.findings += found
    if ended.returncode and not found:
        outcome.odd = f"exit code {ended.returncode}: {ended.stderr.strip().splitlines()[-1:]}"
    return executed > 0 and not outcome.odd and len(outcome.findings) < FINDINGS_MOST


def run(target, arguments, share, most=None):
    """A target for so many seconds, or so long until it has executed so many inputs."""
    outcome = Outcome(target)
    began = time.monotonic()
    goes_on = True
    kinds = (arguments.fast, target.short), (arguments.build, target.short), (arguments.build, target.longest)
    for (programs, longest), of_count, of_time in zip(kinds, COUNT_SHARES, TIME_SHARES):
        while goes_on and programs:
            left = share * (1 if most else of_time) - (time.monotonic() - began)
            more = round((most or sys.maxsize) * of_count) - outcome.executions
            if outcome.executions and (left < 0.5 or more <= 0):
                break
            goes_on = session(target, arguments, outcome, programs, longest, left, more)
    outcome.seconds = time.monotonic() - began
    if not outcome.executions and not outcome.findings:
        outcome.odd = outcome.odd or "nothing was executed"
    return outcome


def parse():
    names = [target.name for target in TARGETS]
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0], prog="./run fuzz")
    parser.add_argument("--for", dest="time", type=seconds, required=True, metavar="TIME",
                        help="in all, such as 90s, 30m or 1h")  # fmt: skip
    parser.add_argument("--target", action="append", choices=names, help="only this one; may be given several times")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="how many run side by side (1)")
    parser.add_argument("--findings", type=pathlib.Path, default="fuzz-findings", metavar="DIR",
                        help="where inputs go that make a target fail (fuzz-findings)")  # fmt: skip
    parser.add_argument("--write", type=pathlib.Path, metavar="PAGE",
                        help="add what was executed to what the docs keep; PAGE is of docs, and shows it")  # fmt: skip
    parser.add_argument("--missing", action="store_true", help="only targets that are below their bar by what is kept")
    parser.add_argument("--build", type=pathlib.Path, default="build-fuzzers/test/fuzz", metavar="DIR", help="where the programs are")
    parser.add_argument("--fast", type=pathlib.Path, metavar="DIR", help="where those without the address sanitizer are")
    arguments = parser.parse_args()
    if arguments.write and not keep.is_shown(arguments.write, COMMAND):
        parser.error(f"--write: {arguments.write} shows no run of: {COMMAND}")
    return arguments


class Ledger:
    """What the docs keep: of each target what all runs together have executed that were written there."""

    HEADINGS = ["target", "executed", "of them with ASan", "before it is done", "a second, at last"]

    def __init__(self):
        rows = (runs.read(COMMAND) or {"table": [self.HEADINGS]})["table"][1:-1]
        number = lambda text: int(text.replace(",", ""))
        names = [row[0].strip("`") for row in rows]
        self.executed, self.watched, _, self.rates = (
            dict(zip(names, (number(row[column]) for row in rows))) for column in range(1, len(self.HEADINGS))
        )

    def missing(self, target):
        return max(0, target.bar - self.executed.get(target.name, 0))

    def seconds_missing(self, target):
        return self.missing(target) / max(1, self.rates.get(target.name, 0))

    def add(self, outcome):
        name = outcome.target.name
        self.executed[name] = self.executed.get(name, 0) + outcome.executions
        self.watched[name] = self.watched.get(name, 0) + outcome.watched
        if outcome.seconds >= RATE_LEAST or name not in self.rates:
            self.rates[name] = round(outcome.executions / max(outcome.seconds, 0.001))

    def keep(self):
        cells = [
            [f"`{name}`", self.executed.get(name, 0), self.watched.get(name, 0), bar, self.rates.get(name, 0)]
            for name, bar in ((target.name, target.bar) for target in TARGETS)
        ]
        cells.append(["all", sum(self.executed.values()), sum(self.watched.values()), "", ""])
        keep.table(COMMAND, [self.HEADINGS, *([f"{cell:,}" if isinstance(cell, int) else cell for cell in row] for row in cells)])


def run_all(targets, arguments, _ledger):
    """Side by side, as many as are allowed; each has its share of the time."""
    shares = sum(target.share for target in targets)
    with concurrent.futures.ThreadPoolExecutor(max(1, arguments.jobs)) as pool:
        each = arguments.time * max(1, arguments.jobs) / shares
        running = [pool.submit(run, target, arguments, each * target.share) for target in targets]
        for done in running:
            yield done.result()


def run_missing(targets, arguments, ledger):
    """One after the other, each by all jobs, until the time is over."""
    end = time.monotonic() + arguments.time
    jobs = max(1, arguments.jobs)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for target in sorted(targets, key=ledger.seconds_missing):
            found = 0
            while ledger.missing(target) and (left := end - time.monotonic()) > 1 and found < FINDINGS_MOST:
                each = -(-min(ledger.missing(target), target.bar // TURNS) // jobs)
                for outcome in pool.map(lambda _: run(target, arguments, left, each), range(jobs)):
                    found += FINDINGS_MOST if outcome.odd else len(outcome.findings)
                    yield outcome


def main():
    arguments = parse()
    arguments.findings.mkdir(parents=True, exist_ok=True)
    targets = [target for target in TARGETS if not arguments.target or target.name in arguments.target]
    ledger = Ledger()
    outcomes = []
    print(HEAD, flush=True)
    for outcome in (run_missing if arguments.missing else run_all)(targets, arguments, ledger):
        outcomes.append(outcome)
        print(outcome.line(), flush=True)
        ledger.add(outcome)
        if arguments.write:
            ledger.keep()
    found = [path for outcome in outcomes for path in outcome.findings]
    odd = [outcome for outcome in outcomes if outcome.odd]
    total = sum(outcome.executions for outcome in outcomes)
    print(f"{total:,} executions, {len(found)} findings" + (f" in {arguments.findings}" if found else ""))
    return 1 if found or odd else 0


if __name__ == "__main__":
    sys.exit(main())
