#!/usr/bin/env python3
"""The rooms of the server and the client, and what their #include lines say about them.

Arrows point one way: a file may include files of its own room and of rooms below, it may skip
rooms, and it may not include upwards or sideways. No circle runs through files, not even within a room;
a .c and its .h count as one. The client uses src/base and nothing else of src.

    python3 test/includes.py                 what breaks these rules; exit 1 when anything does
    python3 test/includes.py --graph text    which room includes which, and how often
    python3 test/includes.py --graph dot     the same for Graphviz

test/test_includes.py runs this in the suite.
"""

import argparse
import collections
import os
import re
import sys

# Per program its rooms from top to bottom. Rooms on one line lie side by side and don't know each other.
# "main" is what lies in the program's folder itself. A name with a slash is a room of the other program.
PROGRAMS = {
    "src": (
        ("main",),
        ("daemon",),
        ("http",),
        ("endpoint",),
        ("stats", "json"),
        ("base",),
    ),
    "client": (
        ("main",),
        ("commands",),
        ("report",),
        ("analysis",),
        ("measure",),
        ("systems",),
        ("send",),
        ("plan",),
        ("src/base",),
    ),
}

# Where the compiler looks for a file beside the including file's own folder.
INCLUDE_FOLDERS = {"src": ("src",), "client": ("client", "src")}

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')

# One #include line between two files of the project; `target` is None when there is no such file.
Include = collections.namedtuple("Include", "source line target text")


def program_of(path):
    return path.split("/", 1)[0]


def room_of(path, program):
    """The room of a file as the given program calls it."""
    folders = path.split("/")[:-1]
    room = folders[1] if len(folders) > 1 else "main"
    return room if folders[0] == program else f"{folders[0]}/{room}"


def unit_of(path):
    """A .c and its .h are one."""
    return os.path.splitext(path)[0]


def source_files(root, programs):
    for program in programs:
        for folder, folders, names in os.walk(os.path.join(root, program)):
            folders.sort()
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def resolve(path, quote, name, files):
    """The project's file that an #include of `path` means, or None."""
    places = [os.path.dirname(path)] if quote == '"' else []
    places += INCLUDE_FOLDERS[program_of(path)]
    for place in places:
        candidate = os.path.normpath(os.path.join(place, name))
        if candidate in files:
            return candidate
    return None


def read_includes(root, programs=PROGRAMS):
    """All includes of the project's own files, and those in quotes that mean no file."""
    files = set(source_files(root, programs))
    found = []
    for path in sorted(files):
        with open(os.path.join(root, path), encoding="utf-8") as source:
            for number, line in enumerate(source, 1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                target = resolve(path, match[1], match[2], files)
                if target or match[1] == '"':
                    found.append(Include(path, number, target, match[2]))
    return sorted(files), found


def levels(program, programs=PROGRAMS):
    """Room -> how deep it lies."""
    return {room: depth for depth, row in enumerate(programs[program]) for room in row}


def judge_include(include, programs=PROGRAMS):
    """What is wrong with one include, or None."""
    if include.target is None:
        return f'"{include.text}" is no file of the project'
    program = program_of(include.source)
    depth = levels(program, programs)
    room, target = (room_of(path, program) for path in (include.source, include.target))
    if room not in depth or room == target:
        return None  # a file in no room is told once, by misplaced()
    if target not in depth:
        return f"{program} may not include {include.target}"
    if depth[target] < depth[room]:
        return f"{room} includes {include.target} upwards"
    if depth[target] == depth[room]:
        return f"{room} includes {include.target} sideways"
    return None


def misplaced(files, programs=PROGRAMS):
    for path in files:
        program = program_of(path)
        if room_of(path, program) not in levels(program, programs):
            yield f"{path}: lies in no room of {program}"


def arrows_of(includes):
    """Unit -> the units that it includes, itself aside."""
    arrows = collections.defaultdict(set)
    for include in includes:
        source, target = unit_of(include.source), include.target and unit_of(include.target)
        if target and source != target:
            arrows[source].add(target)
    return arrows


def shortest_way(arrows, start, goal):
    """The units from start to goal, or None; breadth first, so that each unit is seen once."""
    came_from = {start: None}
    queue = collections.deque([start])
    while queue:
        unit = queue.popleft()
        if unit == goal:
            way = []
            while unit is not None:
                way.append(unit)
                unit = came_from[unit]
            return way[::-1]
        for following in sorted(arrows.get(unit, ())):
            if following not in came_from:
                came_from[following] = unit
                queue.append(following)
    return None


def circles(arrows):
    """For each arrow that lies on a circle the shortest circle through it, each circle once."""
    found = {}
    for source in sorted(arrows):
        for target in sorted(arrows[source]):
            way = shortest_way(arrows, target, source)
            if way:
                first = way.index(min(way))
                circle = way[first:] + way[:first]
                found[tuple(circle)] = [*circle, circle[0]]
    return sorted(found.values(), key=lambda circle: (len(circle), circle))


def violations(root, programs=PROGRAMS):
    """All that breaks the rules, one line each."""
    files, includes = read_includes(root, programs)
    found = list(misplaced(files, programs))
    for include in includes:
        wrong = judge_include(include, programs)
        if wrong:
            found.append(f"{include.source}:{include.line}: {wrong}")
    found += ["circle: " + " -> ".join(circle) for circle in circles(arrows_of(includes))]
    return found


def room_arrows(root, program, programs=PROGRAMS):
    """(room, included room) -> how many #include lines."""
    counts = collections.Counter()
    for include in read_includes(root, programs)[1]:
        if include.target and program_of(include.source) == program:
            room, target = (room_of(path, program) for path in (include.source, include.target))
            if room != target:
                counts[room, target] += 1
    return counts


def as_text(root):
    lines = []
    for program in PROGRAMS:
        counts = room_arrows(root, program)
        rooms = [" | ".join(row) for row in PROGRAMS[program]]
        lines.append(f"{program}: {' -> '.join(rooms)}")
        depth = levels(program)
        for room in sorted({room for room, _ in counts}, key=lambda name: depth.get(name, -1)):
            targets = [(target, count) for (source, target), count in counts.items() if source == room]
            targets.sort(key=lambda pair: depth.get(pair[0], -1))
            lines.append(f"  {room:<10}" + ", ".join(f"{name} {count}" for name, count in targets))
    return "\n".join(lines)


def as_dot(root):
    lines = ["digraph rooms {", "  node [shape=box];"]
    for program in PROGRAMS:

        def full(room, program=program):
            return room if "/" in room else f"{program}/{room}"

        for (source, target), count in sorted(room_arrows(root, program).items()):
            lines.append(f'  "{full(source)}" -> "{full(target)}" [label="{count}"];')
    return "\n".join([*lines, "}"])


def main():
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--root", default=here, help="the folder that holds src and client")
    parser.add_argument("--graph", choices=("text", "dot"), help="draw the rooms instead")
    arguments = parser.parse_args()
    if arguments.graph:
        print({"text": as_text, "dot": as_dot}[arguments.graph](arguments.root))
        return 0
    found = violations(arguments.root)
    print("\n".join([*found, f"{len(found)} violations"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
