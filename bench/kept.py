"""What the docs keep of a group's run, and the pages that show it (docs/tool).

A run is `command`, `machine`, `date`, `when`, `commit`, `load` (the load average of the minute before), `pairs`, `seconds`,
`rows`, `doubts`, `versions`, and what else a group has measured. A row has the cells of its table that are not empty and, in
`ours_each` and `peer_each`, what each pair or run came to.
"""

import pathlib
import sys

import machine

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "docs" / "tool"))  # behind: names here go first
import docs  # noqa: E402
import keep  # noqa: E402
import ratios  # noqa: E402
import runs  # noqa: E402

DIGITS = "%.4g"  # of what each pair came to


def command_of(group):
    """The command that the pages name."""
    return "./run bench --only " + group


def groups_on(page, groups):
    """Those whose runs a page shows."""
    return [group for group in groups if keep.is_shown(page, command_of(group))]


def row_of(row):
    cells = {key: cell for key, cell in zip(ratios.COLUMNS, row.cells()) if cell}
    each = {side + "_each": [float(DIGITS % value) for value in values] for side, values in row.each.items()}
    return {**cells, **each}


def begin(load):
    """Where, when and at which commit a group begins to be measured."""
    date, time = machine.now()
    return {"machine": machine.describe(), "date": date, "when": "%s %s UTC" % (date, time), "commit": machine.commit(), "load": load}


def run_of(group, begun, rows, bench, seconds):
    """A group that was measured just now."""
    return {
        "command": command_of(group), **begun, "pairs": bench.rounds, "seconds": round(seconds),
        "rows": [row_of(row) for row in rows], "doubts": list(bench.doubts),
        "versions": dict(machine.versions(bench.build.looplagd)), **bench.figures,
    }  # fmt: skip


def section(run):
    """What a page shows of it."""
    return ratios.section(run)


def show():
    """Makes the pages and pictures anew."""
    docs.write(check=False)
