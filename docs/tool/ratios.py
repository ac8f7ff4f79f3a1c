"""The tables of the benchmark, from the runs that `./run bench` keeps (bench/kept.py has their shape)."""

import tables

# The members of a row, and their headings.
COLUMNS = {"what": "what", "ours": "ours", "peer": "peer", "ratio": "ratio", "spread": "min..max", "bar": "bar", "verdict": ""}
TEXT = (0, 6)
DOUBTS_MOST = 3  # that stand on a page one by one


def origin(run):
    """Where, when and how a group was measured, as one sentence or two."""
    load = f"; load average before it {run['load']}" if run["load"] else ""
    seconds = f", {run['seconds']} s" if run["seconds"] else ""
    return f"{run['machine']}, {run['when']}, commit {run['commit']}{load}. {run['pairs']} pairs a row{seconds}."


def doubts(run):
    """What makes a run doubtful, a paragraph each; many are folded."""
    lines = [f"Not trustworthy: {doubt}." for doubt in run["doubts"]]
    if len(lines) <= DOUBTS_MOST:
        return "".join(f"\n{line}\n" for line in lines)
    listed = "".join(f"- {doubt}\n" for doubt in run["doubts"])
    return f"\n<details><summary>Not trustworthy, for {len(lines)} reasons</summary>\n\n{listed}\n</details>\n"


def section(run):
    """A group's run: where it is from, the table of its rows, and its doubts."""
    rows = [[row.get(key, "") for key in COLUMNS] for row in run["rows"]]
    return f"{origin(run)}\n\n{tables.padded([list(COLUMNS.values()), *rows], TEXT)}{doubts(run)}"


def versions(runs):
    """Which versions took part; where runs differ all of them, the oldest run's first."""
    found = {}
    for run in sorted(runs, key=lambda run: run["when"]):
        for name, version in run["versions"].items():
            told = found.setdefault(name, [])
            if version not in told:
                told.append(version)
    said = ([name, "; ".join([one for one in told if one != "-"] or ["-"])] for name, told in found.items())
    return tables.plain([["what", "version"], *said])
