"""looplag as the measuring client: runs it, and reads its JSON result."""

import json
import subprocess
import tempfile

LATE = 98  # looplag's exit code when it was itself too late to be trusted


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def run_into(bench, path, *arguments, doubt=True):
    """Runs looplag, whose JSON result is written to the path. Without `doubt` its own lateness is what is measured."""
    done = subprocess.run([bench.build.looplag, *arguments, "--quiet", "--format=json", "-o", path],
                          check=False, stdout=subprocess.DEVNULL)
    if done.returncode not in (0, LATE):
        raise SystemExit("bench: looplag %s failed" % " ".join(arguments))
    if done.returncode == LATE and doubt:
        bench.distrust("looplag was itself late in: looplag " + " ".join(arguments))


def run(bench, *arguments, doubt=True):
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        run_into(bench, out.name, *arguments, doubt=doubt)
        return read(out.name)


def cell_of(result, name):
    return next(cell for cell in result["cells"] if cell["class"] == name)


def load(bench, server, seconds, *classes):
    """`looplag load` in alternating windows, with the large class and without it."""
    return run(bench, "load", "--base-url=" + server.url(""), "--baseline", "--rounds=5",
               "--duration=%d" % seconds, *("--class=" + one for one in classes))
