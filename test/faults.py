#!/usr/bin/env python3
"""Makes the table of faults in docs/reliability.md from what tests said.

    python3 test/faults.py build/meson-logs/testlog.json [--write docs/reliability.md]

With --write the docs keep it as the run of `./run test` (docs/runs), and show it. Of a program that is in several logs the last one counts. A test whose name, or whose class' name, holds row_N or RowN is about row N of ROWS; rows_N_M is about two.
What it prints as "row N: FIGURE UNIT" stands in the table: over all modes, from the least to the most.
Exit 1 when a row fails, or has no test and no reason for that.
"""

import argparse
import collections
import json
import pathlib
import re
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "docs" / "tool"))
import keep  # noqa: E402
import tables  # noqa: E402

# Each row: what comes in, what must happen.
ROWS = {
    1: ("lengths that contradict: two, or one and a coding; a coding other than chunked", "400 or 501, closed; what is behind never runs"),
    2: ("a blank before the colon, folded lines, names that are no tokens, control bytes", "400, closed"),
    3: ("a Content-Length that is no number", "400, closed"),
    4: ("a Content-Length of 2^64-1 and more", "413, closed"),
    5: ("a body over `--max-body`, announced", "413 that is read, closed"),
    6: ("the same with `Expect: 100-continue`", "413, no 100"),
    7: ("a chunked body that grows past `--max-body`", "413, closed"),
    8: ("chunk sizes that are none, chunks without an end", "400 or 413, closed"),
    9: ("chunks of a byte, chunk extensions, trailers", "200"),
    10: ("a POST with neither length nor coding", "411, closed"),
    11: ("bytes after the body, pipelined requests", "answered in order"),
    12: ("a URI or a header of 40 KB", "414, 431"),
    13: ("HTTP/9.9, HTTP/2, a TLS hello", "505 or closed at once"),
    14: ("wrong path, method, content type", "404, 405, 415"),
    15: ("a corpus of texts that are no JSON", "422, alike from all endpoints"),
    16: ("a corpus of valid texts", "200, alike from all endpoints"),
    17: ("nesting of 2,048, 2,049 and 1,000,000", "200, 422, 422"),
    18: ("bad UTF-8, lone surrogates, NUL", "422 with the offset"),
    19: ("values that are no 64-bit integers", "422 with the key"),
    20: ("duplicate keys", "the last counts; `/stream` counts all"),
    21: ("25 MB of `{},` `[],` `0,`", "answered or 413 in bounded memory"),
    22: ("2^18 keys made to collide", "not slower than others"),
    23: ("an empty body, blanks, a lone quote", "422"),
    24: ("a head or a body that drips", "408 or closed at the deadline"),
    25: ("a reply that is not read", "closed at the deadline"),
    26: ("connections beyond the limits", "one makes room; or they wait, get 503, are closed"),
    27: ("no descriptors left", "accepting pauses, nothing is lost"),
    28: ("a reset in mid-body, mid-reply, while suspended", "the counters balance"),
    29: ("a half-closed connection", "200"),
    30: ("SIGTERM under load", "every accepted request is answered, exit 0"),
    31: ("SIGKILL of a worker process", "only its requests are lost, it is replaced"),
    32: ("allocations that fail", "503 or closed, no crash"),
    33: ("bodies beyond `--max-inflight-bytes`", "503 at once; those admitted finish"),
    34: ("a port in use, bad flags", "one line, exit 2"),
    35: ("a wrong token", "401 before the body"),
    36: ("client: refused, reset, late, truncated, garbage, 4xx, 5xx, a full disk", "counted by kind, never a latency"),
    37: ("600 arguments in a URL, 1,000 cookies", "200, 414 or 431 at once"),
    38: ("bare LF or control bytes in the chunked coding", "400, closed"),
    39: ("trailers that are folded, nameless, or hold NUL", "400, closed"),
    40: ("NUL or control bytes in the request line", "400 or closed"),
    41: ("HTTP/1.0 with a coding", "400, closed"),
    42: ("blanks around values, before extensions, an empty line first", "200"),
    43: ("refusals while 70 MB are still to come", "the reply is read, 40 of 40"),
    44: ("headers of 1 to 32 KB before 5 MB", "no size takes 3 times the median"),
    45: ("12 MB in chunks of a byte, long extensions", "3 times the body at the most, `/stream` flat"),
    46: ("a valid body when memory runs out", "503, never 422"),
    47: ("a name of 25 MB, also as escapes", "422; on `/stream` no hold of 2 ms, 1 MB more at the most"),
    48: ("16 and 64 MB of `{},` `[],` `0,` `[[]],`", "413 before a document is built, or within `--max-document`"),
    49: ("4,100 drips at once", "a normal client is served; SIGTERM in time"),
    50: ("standard error on a full disk", "lost lines are counted"),
    51: ("client: replies later than `--timeout`, drops, unsent requests", "percentiles are `>=`, the objective fails"),
    52: ("client: a kept connection is closed without a reply", "an error, or sent again and told"),
    53: ("client: a certificate that is not trusted", "kind `tls`, with the library's words"),
    54: ("client: 4xx or 5xx for all requests", "counted by status, the first reply shown"),
    55: ("client: nobody listens", "said within 2 s, exit 1"),
}

# Rows that no test can be about yet.
WITHOUT = {}

MODES = ("select", "threads", "pool", "prefork", "offload", "hybrid")
CLIENT = "client"
COMMAND = "./run test"  # as the page calls it
CASE = re.compile(r"^(test_\w+) \((\S+)\)(?:\n(?!test_).*?)?? \.\.\. (ok|FAIL|ERROR|skipped)", re.MULTILINE)
FAILED = re.compile(r"^(FAIL|ERROR): (test_\w+) \((\S+)\)", re.MULTILINE)
FIGURE = re.compile(r"\brow (\d+): ([\d.]+) (.+)$", re.MULTILINE)
NUMBERS = re.compile(r"[Rr]ows?_?(\d+(?:_\d+)*)")


def rows_of(name, identity):
    """The rows that a test is about: its own name's, else its class'."""
    for text in (name, identity):
        found = {int(number) for match in NUMBERS.finditer(text) for number in match[1].split("_")}
        if found:
            return found & ROWS.keys()
    return set()


def place_of(program):
    """The mode that a program tested, "client", or None for one that says nothing about faults."""
    name = re.split(r"[ :/]", program)[-1]
    if name.startswith("client_"):
        return CLIENT
    mode = name.rpartition("-")[2]
    return mode if mode in MODES else None


class Row:
    """What all tests of a row said."""

    def __init__(self):
        self.verdicts = collections.defaultdict(set)  # by place
        self.figures = collections.defaultdict(list)  # by unit

    def places(self):
        passed = [place for place in (*MODES, CLIENT) if "ok" in self.verdicts[place]]
        return "all" if tuple(passed) == MODES else ", ".join(f"`{p}`" if p in MODES else p for p in passed)

    def failed(self):
        return sorted(place for place, verdicts in self.verdicts.items() if verdicts & {"FAIL", "ERROR"})

    def verdict(self, number):
        if self.failed():
            return "FAILS: " + ", ".join(self.failed())
        if any("ok" in verdicts for verdicts in self.verdicts.values()):
            return "holds"
        return WITHOUT.get(number, "skipped" if self.verdicts else "no test")

    def figure(self):
        parts = []
        for unit, values in self.figures.items():
            least, most = (f"{value:g}" for value in (min(values), max(values)))
            parts.append(f"{least} {unit}" if least == most else f"{least} to {most} {unit}")
        return "; ".join(parts)


def read(entries):
    """The rows by number, from the entries of Meson's logs."""
    rows = {number: Row() for number in ROWS}
    for entry in entries:
        place = place_of(entry["name"])
        if not place:
            continue
        text = entry.get("stderr") or ""
        said = [*CASE.findall(text), *((name, identity, how) for how, name, identity in FAILED.findall(text))]
        for name, identity, verdict in said:
            for number in rows_of(name, identity):
                rows[number].verdicts[place].add(verdict)
        for number, value, unit in FIGURE.findall(entry.get("stdout") or ""):
            rows[int(number)].figures[unit].append(float(value))
    return rows


def table(rows):
    """Headings and cells."""
    lines = [["row", "what comes in", "what must happen", "modes", "verdict", "figure"]]
    for number, (what, must) in ROWS.items():
        row = rows[number]
        lines.append([str(number), what, must, row.places(), row.verdict(number), row.figure()])
    return lines


def is_good(number, row):
    return row.verdict(number) == "holds" or (number in WITHOUT and not row.failed())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("log", nargs="+", type=pathlib.Path)
    parser.add_argument("--write", type=pathlib.Path, help="keep the table for the docs; this page of theirs shows it")
    arguments = parser.parse_args()
    if arguments.write and not keep.is_shown(arguments.write, COMMAND):
        parser.error(f"--write: {arguments.write} shows no run of: {COMMAND}")
    entries = [json.loads(line) for log in arguments.log for line in log.read_text("utf-8").splitlines()]
    rows = read({entry["name"]: entry for entry in entries}.values())
    if arguments.write:
        keep.table(COMMAND, table(rows))
    else:
        print(tables.plain(table(rows)), end="")
    bad = [f"row {number}: {row.verdict(number)}" for number, row in rows.items() if not is_good(number, row)]
    print("\n".join(bad), file=sys.stderr, end="\n" if bad else "")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
