#!/usr/bin/env python3
"""Runs the fuzz targets, all in turn or some, and counts what they did.

    ./run fuzz --for 1h [--target NAME]... [--jobs N] [--findings DIR]

Each target begins with its corpus and its regressions in test/fuzz, and with what earlier runs have
found worth keeping, in a folder beside the programs. The time is shared out: each target has the same,
`server` three times that. What makes a target fail is kept in the folder of findings, and the target
goes on with its next seed. Exit code: 0 nothing was found, 1 something was, 2 bad usage.
"""

import argparse
import concurrent.futures
import dataclasses
import pathlib
import re
import subprocess
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parent
CORPORA = [SOURCE.parent / "corpus" / name for name in ("valid", "invalid")]
FINDINGS_MOST = 5  # of one target: more of them are mostly the same one again
UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600}


@dataclasses.dataclass(frozen=True)
class Target:
    """One program, and what libFuzzer is told for it."""

    name: str
    longest: int = 4096  # bytes of an input
    json: bool = False  # it begins with the corpus of JSON texts, too
    words: str = ""  # its dictionary, if it has one
    share: int = 1  # of the time


TARGETS = [
    Target("scan", json=True, words="json"),
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
    Target("saved", longest=65536, words="saved"),
    Target("hdr", longest=1024),
    Target("stats", longest=8192, words="stats"),
    Target("server", words="http", share=3),
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
        self.seconds = 0.0
        self.kept = 0  # inputs that are new
        self.findings = []
        self.odd = ""  # it did not run at all

    def line(self):
        rate = self.executions / self.seconds if self.seconds else 0
        found = ", ".join(path.name for path in self.findings) or self.odd or "-"
        return f"| {self.target.name:12} | {self.executions:12,} | {rate:8,.0f} | {self.kept:6} | {found}"


HEAD = "| target       |   executions | a second |    new | found"


def command_of(target, arguments, folder, findings, left):
    kept = folder / target.name
    kept.mkdir(parents=True, exist_ok=True)
    name = target.name.removesuffix("_scalar")
    seeds = [SOURCE / "corpus" / name, SOURCE / "regression" / name, *(CORPORA if target.json else [])]
    words = SOURCE / "words" / target.words
    return [
        arguments.build / f"fuzz_{target.name}",
        f"-max_total_time={max(1, round(left))}",
        f"-max_len={target.longest}",
        f"-artifact_prefix={findings}/{target.name}-",
        "-print_final_stats=1",
        "-close_fd_mask=3",  # messages of the parsers; `replay_NAME FILE` shows those of a finding
        "-timeout=60",
        "-rss_limit_mb=3000",
        "-detect_leaks=1" if target.name != "server" else "-detect_leaks=0",  # its threads allocate meanwhile
        *([f"-dict={words}"] if target.words else []),
        kept,
        *(seed for seed in seeds if seed.is_dir()),
    ]


def run(target, arguments, share):
    outcome = Outcome(target)
    folder = arguments.build / "fuzz_kept"
    findings = arguments.findings
    began = time.monotonic()
    while (left := share - (time.monotonic() - began)) > 0.5 or not outcome.executions:
        before = set(findings.glob(f"{target.name}-*"))
        command = command_of(target, arguments, folder, findings, left)
        ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        count = re.search(r"^stat::number_of_executed_units:\s*(\d+)", ended.stderr, re.M)
        kept = re.search(r"^stat::new_units_added:\s*(\d+)", ended.stderr, re.M)
        outcome.executions += int(count[1]) if count else 0
        outcome.kept += int(kept[1]) if kept else 0
        found = sorted(set(findings.glob(f"{target.name}-*")) - before)
        for path in found:
            path.with_name(path.name + ".log").write_text(ended.stderr[-20000:], "utf-8")
        outcome.findings += found
        if ended.returncode and not found:
            outcome.odd = f"exit code {ended.returncode}: {ended.stderr.strip().splitlines()[-1:]}"
        if (ended.returncode and not found) or len(outcome.findings) >= FINDINGS_MOST or not count:
            break
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
    parser.add_argument("--build", type=pathlib.Path, default="build-fuzzers/test/fuzz", help="where the programs are")
    return parser.parse_args()


def main():
    arguments = parse()
    arguments.findings.mkdir(parents=True, exist_ok=True)
    targets = [target for target in TARGETS if not arguments.target or target.name in arguments.target]
    shares = sum(target.share for target in targets)
    outcomes = []
    print(HEAD, flush=True)
    with concurrent.futures.ThreadPoolExecutor(max(1, arguments.jobs)) as pool:
        each = arguments.time * max(1, arguments.jobs) / shares
        running = [pool.submit(run, target, arguments, each * target.share) for target in targets]
        for done in running:
            outcomes.append(done.result())
            print(outcomes[-1].line(), flush=True)
    found = [path for outcome in outcomes for path in outcome.findings]
    odd = [outcome for outcome in outcomes if outcome.odd]
    total = sum(outcome.executions for outcome in outcomes)
    print(f"{total:,} executions, {len(found)} findings" + (f" in {arguments.findings}" if found else ""))
    return 1 if found or odd else 0


if __name__ == "__main__":
    sys.exit(main())
