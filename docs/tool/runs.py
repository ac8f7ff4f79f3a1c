"""The runs that the docs show, as the repository keeps them (docs/runs). measuring.py makes them.

A run is known by its command, as the docs write it: `./run compare --peers` and `looplag compare --peers` are the same one.
What is kept is what the docs need, as JSON: the command, the machine, the day, and

- of curl the reply that it showed (`answer`);
- of looplag what it printed (`answer`; `details`, as Markdown), the table of the answer as cells (`systems`), and for pictures
  the requests, the percentile curves or the steps of a sweep. The whole result would be a hundred times as long;
- of the benchmark the rows of a group, with each measured value (bench/kept.py);
- of the soak, the fuzzers and the suite (its faults) a table each (keep.py).
"""

import hashlib
import json
import os
import pathlib
import platform
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "runs"
NAME_MOST = 60
BUSY = 3  # load average from which it is told: more than a measurement of ours makes


def plain(command):
    """The command without the program that it begins with."""
    return command.split(" ", 1)[1] if command.startswith(("./run ", "looplag ")) else command


def path_of(command):
    """The file that keeps the command's run."""
    name = re.sub(r"[^a-z0-9]+", "-", plain(command).lower()).strip("-")
    if len(name) > NAME_MOST:
        name = name[:NAME_MOST].rstrip("-") + "-" + hashlib.sha256(plain(command).encode()).hexdigest()[:6]
    return FOLDER / f"{name}.json"


def read(command):
    """The kept run, or None."""
    path = path_of(command)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def told(value):
    """A member as JSON; of a list each value in a line of its own, so that a change can be read."""
    if not isinstance(value, list) or not value:
        return json.dumps(value, ensure_ascii=False)
    return "[\n" + ",\n".join("  " + json.dumps(one, ensure_ascii=False) for one in value) + "\n ]"


def write(command, run):
    """Keeps a run."""
    FOLDER.mkdir(exist_ok=True)
    text = ",\n".join(f" {json.dumps(name)}: {told(value)}" for name, value in run.items())
    path = path_of(command)
    new = path.with_suffix(".new")  # whoever reads it meanwhile, or ends this program, finds a whole one
    new.write_text(f"{{\n{text}\n}}\n", encoding="utf-8")
    new.replace(path)


# The machine.


def machine():
    """As the docs name it."""
    about = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    name = re.search(r"model name\s*:\s*(.+)", about)
    kind = "virtual machine" if re.search(r"flags\s*:.*\bhypervisor\b", about) else "machine"
    kernel = ".".join(platform.release().split(".")[:2])
    return f"{kind} with {os.cpu_count()} cores ({name[1] if name else platform.machine()}), Linux {kernel}"


def origin(run):
    """Where a run is from: machine, day, how long it took, whether others used the machine; and when it is an example only."""
    seconds = f"; {run['seconds']} s" if run.get("seconds") else ""
    late = any(line.lower().startswith("not trustworthy") for line in run.get("answer", ()))
    doubt = " The client itself was late: an example, no measurement." if late else ""
    load = run.get("load") or "0"
    others = f"; load average before it {load}" if float(load.split()[0]) >= BUSY else ""
    return f"{run['machine']}, {run['date']}{seconds}{others}.{doubt}"
