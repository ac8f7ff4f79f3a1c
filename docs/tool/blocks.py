"""Blocks of the Markdown files that are made from kept runs.

A block begins with a comment that says what is shown of which run, and ends with another:

    <!-- screen, caption of: ./run compare -->
    ...
    <!-- end -->

A comment may go on for some lines: `LABEL = WORDS`, one for each row of a table of figures, in the order wanted. The
blocks `verdict` and `versions` are made of all runs of their page.
"""

import collections
import re
import textwrap

import goodput
import ratios
import runs
import tables
import verdict

BLOCK = re.compile(r"<!-- ([a-z0-9, ]+) of: ((?:\./run|looplag|curl) [^\n]*?)( -->|(?:\n(?!-->)[^\n]*)*?\n-->)\n(.*?)<!-- end -->", re.DOTALL)
OF_ALL = re.compile(r"(<!-- (verdict|versions) -->\n)(.*?)(?=<!-- end -->)", re.DOTALL)
ACROSS = 104  # of a sentence in a quotation
CAPTION_MOST = 110  # letters of a command that stands in a sentence

Block = collections.namedtuple("Block", "parts command rows")

TABLE = r"\| %s .*\n(?:\|.*\n)+"  # from its first title on
# Of the details: what each part matches.
DETAILS = {
    "percentiles": TABLE % "Request Size",
    "effects": r"(?:What the large requests did.*\n\n)?" + TABLE % "System +\\| p50",
    "ranking": r"All systems, by small p\S+ .*\n(?:.+\n)*\n" + TABLE % "System +\\| Small",
    "workers": r"^.*: \d+ workers?; .*\n",
    "connections": r"^.*: a new connection for each request adds .*\n",
    "conclusions": r"^(?:So the same|The p\S+ was lower|No change of|One event loop in one|Recommendation|Where the whole|Not recommended).*\n",
    "doubts": r"^not trustworthy: .*\n",
    "exhibit": TABLE % "Method",
    "probe": r"^.*probe: GET .*\n",
}


class Missing(Exception):
    """The kept run has no such part, or is not kept: what is missing."""


def part(run, name):
    """A member of a run."""
    if not run.get(name):
        raise Missing(name)
    return run[name]


def broken(command, indent="    "):
    """The command in lines of 120 columns, as a shell takes them."""
    lines, line = [], indent[:-1]
    for word in re.findall(r"(?:[^\s']|'[^']*')+", command):
        if len(line) + len(word) > 110:
            lines.append(line + " \\")
            line = indent + "   "
        line += " " + word
    return "\n".join([*lines, line])


def quoted(lines):
    """Sentences as a quotation, a paragraph each."""
    wrapped = ["\n".join("> " + line for line in textwrap.wrap(line, ACROSS)) for line in lines]
    return "\n>\n".join(wrapped) + "\n"


def of_details(name, run):
    found = re.findall(DETAILS[name], "\n".join(part(run, "details")) + "\n", re.M)
    if not found:
        raise Missing(name)
    return "\n".join(found) if found[0].count("\n") > 1 else quoted(found)


def fenced(run, language):
    return f"```{language}\n" + "\n".join(part(run, "answer")) + "\n```\n"


def caption(run):
    """What stands beside figures: the command, and where and when it ran. A long command has lines of its own."""
    if len(run["command"]) > CAPTION_MOST:
        return f"{broken(run['command'])}\n\n({runs.origin(run)})\n"
    return f"(`{run['command']}`, {runs.origin(run)})\n"


def row_of(run, label):
    for row in run.get("systems", ()):
        if row["system"] == label:
            return row
    raise Missing(label)


def figures(run, rows):
    """A table of p99 and the longest, a row for each label that the block names; and of who was stuck, if that is known."""
    found = [(words, row_of(run, label)) for label, words in rows]
    stuck = any("stuck" in row for _, row in found)
    lines = [["server", "p99 alone -> with large requests", "longest"] + ["small ones that were stuck"] * stuck]
    for words, row in found:
        unchanged = " (no change shown)" if row["effect"].startswith("no change") else ""
        lines.append([words, f"{row['alone']} -> {row['with']}{unchanged}", row["longest"]] + [row.get("stuck", "")] * stuck)
    return tables.plain(lines)


PARTS = {
    "answer": lambda run, rows: f"{broken(run['command'])}\n\n{fenced(run, '')}\n({runs.origin(run)})\n",
    "screen": lambda run, rows: fenced(run, ""),
    "output": lambda run, rows: fenced(run, "text output"),
    "caption": lambda run, rows: caption(run),
    "origin": lambda run, rows: f"({runs.origin(run)})\n",
    "figures": figures,
    "ratios": lambda run, rows: ratios.section({**run, "rows": part(run, "rows")}),
    "goodput": lambda run, rows: goodput.table({"goodput": part(run, "goodput")}),
    "table": lambda run, rows: tables.plain(part(run, "table")),
}


def kept(command):
    """The run of a command, which a page may write with another program's name before it."""
    run = runs.read(command)
    if run is None:
        raise Missing("the run")
    return {**run, "command": command}


def show(block):
    """The text of a block, from its kept run. Raises Missing where there is none, or it lacks something."""
    run = kept(block.command)
    return "\n".join(PARTS[name](run, block.rows) if name in PARTS else of_details(name, run) for name in block.parts)


def parse(match):
    rows = [tuple(half.strip() for half in line.split("=", 1)) for line in match[3].splitlines() if "=" in line]
    return Block(match[1].split(", "), match[2], rows)


def blocks_of(text):
    return [parse(match) for match in BLOCK.finditer(text)]


def judge(blocks):
    """The table of all remedies, from all commands of the page that measure one."""
    kinds = {block.command: verdict.kind_of(block.command) for block in blocks}
    measured = [(kind, kept(command)) for command, kind in kinds.items() if kind]
    return verdict.table([(kind, {"ranking": part(run, "ranking")}) for kind, run in measured])


def versions(blocks):
    """What took part in those runs of the page that are kept."""
    return ratios.versions([run for run in map(runs.read, {block.command: None for block in blocks}) if run])


# Blocks that are made of all runs of a page, from its other blocks.
WHOLE = {"verdict": judge, "versions": versions}


def fill(text, missing):
    """The text with its blocks made anew. What can't be made stays as it is, and goes to `missing`: (command, what it lacks)."""
    blocks = blocks_of(text)

    def of_run(match):
        block = parse(match)
        try:
            return match[0][: match.start(4) - match.start()] + show(block) + "\n<!-- end -->"
        except Missing as lacking:
            missing.append((block.command, str(lacking)))
            return match[0]

    def of_all(match):
        try:
            return f"{match[1]}\n{WHOLE[match[2]](blocks)}\n"
        except Missing as lacking:
            missing.append((match[2], str(lacking)))
            return match[0]

    return OF_ALL.sub(of_all, BLOCK.sub(of_run, text))
