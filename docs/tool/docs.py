#!/usr/bin/env python3
"""Makes every picture of the docs, and every table that stands in a block (blocks.py), from the runs in docs/runs.

    docs.py                        writes them
    docs.py --check                says which differ from what stands there, and which runs are missing; exits with 1 when one is
    docs.py --measure [WHAT...]    first measures the runs of these pages, or these commands (all, where none is named), and keeps them
    docs.py --list                 says which command stands in which page, whether its run is kept, and where it was run
"""

import argparse
import pathlib
import sys

import blocks
import charts
import goodput
import measuring
import modes
import runs
import story

PICTURES = runs.ROOT / "docs" / "pictures"
TIME_LINE = "./run compare --duration=8 --rounds=1 --format=csv -o requests.csv"
CURVES = "./run compare --duration=20"
# The charts: name, command of the run, what is drawn of it, what draws it, and the systems that are shown, in their order.
CHARTS = (
    ("time-line", TIME_LINE, "requests", charts.time_line, ("select /ping", "threads /ping", "select /stream")),
    ("percentiles", CURVES, "curves", charts.percentiles, ("select /ping", "threads /ping", "select /stream")),
    ("sweep", "looplag sweep --modes=select --sizes=100KB,1MB,5MB,25MB --slo 'small:p99<50ms'", "steps", charts.sweep, None),
    ("goodput", "./run bench --only overload", "goodput", goodput.picture, None),
)
CHART_OF = {command: (drawn_of, systems) for _, command, drawn_of, _, systems in CHARTS}
# Where each picture stands; its runs are measured with those of the page.
SHOWN = {"README.md": ("time-line",), "docs/method.md": ("percentiles",), "docs/tutorial.md": ("sweep",),
         "docs/reliability.md": ("goodput",)}  # fmt: skip


def pages():
    found = [runs.ROOT / "README.md", *sorted((runs.ROOT / "docs").glob("*.md"))]
    return {str(path.relative_to(runs.ROOT)): path for path in found}


def chosen(run, systems):
    """The run with the systems of a picture only, in its order."""
    for key in ("requests", "curves"):
        if systems and key in run:
            found = {row["system"]: row for row in run[key]}
            run = {**run, key: [found[system] for system in systems]}
    return run


def drawn(missing):
    """Every picture whose run is kept: its file's name and text. The others go to `missing`: (command, what it lacks)."""
    for name, title, make in modes.DIAGRAMS:
        yield f"{name}.svg", str(modes.draw(title, make()))
    for name, command, needs, draw, systems in CHARTS:
        run = runs.read(command)
        if run is not None and needs in run:
            yield f"{name}.svg", str(draw(chosen(run, systems)))
        else:
            missing.append((command, needs if run else "the run"))


def made(missing):
    """Every file that this program makes: its path and its text."""
    for name, text in drawn(missing):
        yield PICTURES / name, text
    for path in pages().values():
        yield path, blocks.fill(path.read_text(encoding="utf-8"), missing)


def old(path):
    return path.read_text(encoding="utf-8") if path.exists() else ""


def write(check):
    """Writes what differs; with `check` only says so. Returns whether something differs, or a run is missing."""
    missing = []
    changed = [(path, text) for path, text in made(missing) if text != old(path)]
    for command, lacking in dict.fromkeys(missing):
        print(f"docs: {lacking} is not kept of: {command}", file=sys.stderr)
    for path, text in changed:
        name = path.relative_to(runs.ROOT)
        print(f"docs: {name} is not what ./run docs makes" if check else f"docs: wrote {name}")
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return bool(changed or missing)


def commands_of(page, path):
    """The commands whose runs a page shows."""
    found = [block.command for block in blocks.blocks_of(path.read_text(encoding="utf-8"))]
    found += [command for name, command, *_ in CHARTS if name in SHOWN.get(page, ())]
    return found


def chosen_commands(wanted):
    """{file of the run: (command, path of its page)}: of these pages, or these commands, or all."""
    found, seen = {}, set()
    for page, path in pages().items():
        for command in reversed(commands_of(page, path)):
            by = {page, command} & set(wanted)
            if by or not wanted:
                found[runs.path_of(command)] = (command, path)
            seen |= by
    unknown = set(wanted) - seen
    if unknown:
        raise SystemExit(f"docs: neither a page with runs nor a command of one: {', '.join(sorted(unknown))} (--list has all)")
    return found


def measure(build, wanted):
    """Measures what is wanted. Returns how many failed."""
    failed, commands = 0, chosen_commands(wanted)
    for number, (command, path) in enumerate(commands.values(), 1):
        print(f"docs: {number} of {len(commands)}: {command}", file=sys.stderr, flush=True)
        try:
            measuring.measure(command, path, build, CHART_OF.get(command, (None, ())))
            print("\n".join(runs.read(command).get("answer", ())), file=sys.stderr)
        except story.Failed as failure:
            failed += 1
            print(f"docs: {failure}; what was kept before stays", file=sys.stderr)
    return failed


def tell():
    for page, path in pages().items():
        missing = []
        blocks.fill(path.read_text(encoding="utf-8"), missing)
        for command in dict.fromkeys(commands_of(page, path)):
            run = runs.read(command)
            lacking = ", ".join(dict.fromkeys(what for other, what in missing if other == command))
            state = "NOT KEPT" if not run else f"kept without {lacking}" if lacking else "kept"
            print(f"{page}: {command}\n    {state}" + (f", {run['machine']}, {run['date']}" if run else ""))


def main():
    parser = argparse.ArgumentParser(description="Makes the pictures and tables of the docs from the runs in docs/runs.")
    parser.add_argument("--check", action="store_true",
                        help="write nothing; exit with 1 when something differs, or a run is missing")  # fmt: skip
    parser.add_argument("--list", action="store_true",
                        help="say which command stands in which page, whether its run is kept, and its machine")  # fmt: skip
    parser.add_argument("--measure", action="store_true", help="measure the runs first, for half a minute to minutes each")
    parser.add_argument("--build", type=pathlib.Path, default=runs.ROOT / "build", help="where the programs are built")
    parser.add_argument("what", nargs="*", metavar="WHAT",
                        help="measure only these: pages, as README.md, or commands, as --list shows them")  # fmt: skip
    options = parser.parse_args()
    if options.list:
        tell()
        return 0
    if options.what and not options.measure:
        parser.error("pages and commands are named with --measure")
    failed = measure(options.build.resolve(), options.what) if options.measure else 0
    wrong = write(options.check)
    return 1 if failed or (options.check and wrong) else 0


if __name__ == "__main__":
    sys.exit(main())
