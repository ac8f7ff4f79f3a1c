"""Blocks of the Markdown files that are made from kept runs.

A block begins with a comment that says what is shown of which run, and ends with another:

    <!-- screen, caption of: ./run compare -->
    ...
    <!-- end -->

A comment may go on for some lines: `LABEL = WORDS`, one for each row of a table of figures, in the order wanted. A
block `verdict` is made of all runs of its page.
"""

import collections
import re
import textwrap

import runs
import verdict

BLOCK = re.compile(r"<!-- ([a-z0-9, ]+) of: ((?:\./run|looplag) [^\n]*?)( -->|(?:\n(?!-->)[^\n]*)*?\n-->)\n(.*?)<!-- end -->", re.DOTALL)
VERDICT = re.compile(r"(?<=<!-- verdict -->\n).*?(?=<!-- end -->)", re.DOTALL)
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
    "conclusions": r"^(?:So the same|No change of|One event loop in one|Recommendation|Where the whole|Not recommended).*\n",
    "doubts": r"^not trustworthy: .*\n",
    "exhibit": TABLE % "Method",
    "probe": r"^.*probe: GET .*\n",
}


class Missing(Exception):
    """The kept run has no such part, or is not kept."""


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
    if "details" not in run:
        raise Missing(name)
    found = re.findall(DETAILS[name], "\n".join(run["details"]) + "\n", re.M)
    if not found:
        raise Missing(name)
    return "\n".join(found) if found[0].count("\n") > 1 else quoted(found)


def fenced(run, language):
    if "answer" not in run:
        raise Missing("answer")
    return f"```{language}\n" + "\n".join(run["answer"]) + "\n```\n"


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
    heads = ["server", "p99 alone -> with large requests", "longest"] + ["small ones that were stuck"] * stuck
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for words, row in found:
        unchanged = " (no change shown)" if row["effect"].startswith("no change") else ""
        cells = [words, f"{row['alone']} -> {row['with']}{unchanged}", row["longest"]] + [row.get("stuck", "")] * stuck
        lines.append("| " + " | ".join(cells).replace("|  |", "| |") + " |")
    return "\n".join(lines) + "\n"


PARTS = {
    "answer": lambda run, rows: f"{broken(run['command'])}\n\n{fenced(run, '')}\n({runs.origin(run)})\n",
    "screen": lambda run, rows: fenced(run, ""),
    "output": lambda run, rows: fenced(run, "text output"),
    "caption": lambda run, rows: caption(run),
    "origin": lambda run, rows: f"({runs.origin(run)})\n",
    "figures": figures,
}


def show(block):
    """The text of a block, from its kept run. Raises Missing where there is none, or it lacks something."""
    run = runs.read(block.command)
    if run is None:
        raise Missing("a kept run")
    run["command"] = block.command
    return "\n".join(PARTS[part](run, block.rows) if part in PARTS else of_details(part, run) for part in block.parts)


def parse(match):
    rows = [tuple(part.strip() for part in line.split("=", 1)) for line in match[3].splitlines() if "=" in line]
    return Block(match[1].split(", "), match[2], rows)


def blocks_of(text):
    return [parse(match) for match in BLOCK.finditer(text)]


def fill(text, missing):
    """The text with its blocks made anew; commands whose runs are not kept go to `missing`, and stay as they are."""

    def one(match):
        block = parse(match)
        try:
            shown = show(block)
        except Missing:
            missing.append(block.command)
            return match[0]
        return match[0][: match.start(4) - match.start()] + shown + "\n<!-- end -->"

    return VERDICT.sub(lambda match: judge(blocks_of(text)) or match[0], BLOCK.sub(one, text))


def judge(blocks):
    """The table of all remedies, from all commands of the page that measure one; None while one is not kept."""
    kinds = {block.command: verdict.kind_of(block.command) for block in blocks}
    kept = [(kind, runs.read(command)) for command, kind in kinds.items() if kind]
    if not all(run and run.get("ranking") for _, run in kept):
        return None
    return f"\n{verdict.table(kept)}\n"
