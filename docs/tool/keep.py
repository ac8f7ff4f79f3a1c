"""A table that a command keeps for the docs by itself, and the page that shows it: of the soak (bench/soak.py), of the
fuzzers (test/fuzz/fuzz.py), of faults (test/faults.py)."""

import datetime
import pathlib

import blocks
import docs
import runs


def is_shown(page, command):
    """Whether a page shows a run of this command."""
    return command in {block.command for block in blocks.blocks_of(docs.old(pathlib.Path(page)))}


def table(command, rows, **more):
    """Keeps a run; the first row holds the headings. Makes anew what shows it."""
    about = {"command": command, "machine": runs.machine(), "date": datetime.date.today().isoformat()}
    runs.write(command, {**about, **more, "table": rows})
    docs.write(check=False)
