#!/usr/bin/env python3
"""Makes every picture of the docs, and every table that stands in a block (blocks.py), from the runs in docs/runs.

    docs.py                        writes them
    docs.py --check                says which differ from what stands there; exits with 1 when one does
    docs.py --measure [PAGE...]    first measures the runs of these pages (of all, where none is named), and keeps them
    docs.py --list                 says which command stands in which page, and on which machine it was run
"""

import argparse
import pathlib
import sys

import blocks
import charts
import modes
import runs

PICTURES = runs.ROOT / "docs" / "pictures"
TIME_LINE = "./run compare --duration=8 --rounds=1 --format=csv -o requests.csv"
CURVES = "./run compare --duration=20"
# The charts: name, command of the run, what is drawn of it, what draws it, and the systems that are shown, in their order.
CHARTS = (
    ("time-line", TIME_LINE, "requests", charts.time_line, ("select /ping", "threads /ping", "select /stream")),
    ("percentiles", CURVES, "curves", charts.percentiles, ("select /ping", "threads /ping", "select /stream")),
    ("sweep", "looplag sweep --modes=select --sizes=100KB,1MB,5MB,25MB --slo 'small:p99<50ms'", "steps", charts.sweep, None),
)
CHART_OF = {command: (drawn_of, systems) for _, command, drawn_of, _, systems in CHARTS}
# Where each picture stands; its runs are measured with those of the page.
SHOWN = {"README.md": ("time-line",), "docs/method.md": ("percentiles",), "docs/tutorial.md": ("sweep",)}


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


def drawn():
    """Every picture whose run is kept: its file's name and text."""
    for name, title, make in modes.DIAGRAMS:
        yield f"{name}.svg", str(modes.draw(title, make()))
    for name, command, needs, draw, systems in CHARTS:
        run = runs.read(command)
        if run is not None and needs in run:
            yield f"{name}.svg", str(draw(chosen(run, systems)))


def made(missing):
    """Every file that this program makes: its path and its text."""
    for name, text in drawn():
        yield PICTURES / name, text
    for path in pages().values():
        yield path, blocks.fill(path.read_text(encoding="utf-8"), missing)


def old(path):
    return path.read_text(encoding="utf-8") if path.exists() else ""


def write(check):
    missing = []
    changed = [(path, text) for path, text in made(missing) if text != old(path)]
    for command in dict.fromkeys(missing):
        print(f"docs: no run is kept of: {command}", file=sys.stderr)
    for path, text in changed:
        name = path.relative_to(runs.ROOT)
        print(f"docs: {name} is not what ./run docs makes" if check else f"docs: wrote {name}")
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if check and changed else 0


def commands_of(page, path):
    """The commands whose runs a page shows."""
    found = [block.command for block in blocks.blocks_of(path.read_text(encoding="utf-8"))]
    found += [command for name, command, *_ in CHARTS if name in SHOWN.get(page, ())]
    return found


def measure(build, wanted):
    """Measures the runs of these pages, or of all. Returns how many failed."""
    unknown = set(wanted) - set(pages())
    if unknown:
        raise SystemExit(f"docs: no such page: {', '.join(sorted(unknown))}; there are: {', '.join(pages())}")
    commands, failed = {}, 0
    for page, path in pages().items():
        if not wanted or page in wanted:
            commands.update((runs.path_of(command), command) for command in reversed(commands_of(page, path)))
    for number, command in enumerate(commands.values(), 1):
        print(f"docs: {number} of {len(commands)}: {command}", file=sys.stderr, flush=True)
        try:
            run = runs.measure(command, build, CHART_OF.get(command, (None, ())))
            print("\n".join(run["answer"]), file=sys.stderr)
        except runs.Failed as failure:
            failed += 1
            print(f"docs: {failure}; what was kept before stays", file=sys.stderr)
    return failed


def tell():
    for page, path in pages().items():
        for command in dict.fromkeys(commands_of(page, path)):
            run = runs.read(command)
            print(f"{page}: {command}\n    " + (f"{run['machine']}, {run['date']}" if run else "not kept"))


def main():
    parser = argparse.ArgumentParser(description="Makes the pictures and tables of the docs from the runs in docs/runs.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when something differs")
    parser.add_argument("--list", action="store_true", help="say which command stands in which page, and its machine")
    parser.add_argument("--measure", action="store_true", help="measure the runs first, for half a minute to minutes each")
    parser.add_argument("--build", type=pathlib.Path, default=runs.ROOT / "build", help="where the programs are built")
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="measure the runs of these pages only, as README.md")
    options = parser.parse_args()
    if options.list:
        tell()
        return 0
    if options.pages and not options.measure:
        parser.error("pages are named with --measure")
    failed = measure(options.build.resolve(), options.pages) if options.measure else 0
    return write(options.check) or min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
