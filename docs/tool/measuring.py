"""Measures the runs that the docs show, each in the way of its kind of command, and keeps of it what the docs need (runs.py)."""

import collections
import csv
import datetime
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

import runs
import story
from story import Failed

LIMIT_S = 1800
LIMIT_OF_GROUPS_S = 3 * 3600  # of the benchmark, and of the suite
RAN = (0, 99)  # an objective that is missed is a result
LATE = 98  # the client itself was late: what it measured is not trustworthy
BEYOND = 10  # samples beyond a percentile, or it is not told

ROW = re.compile(r"(?m)^(\S.*?) {2,}((?:>= )?[\d.]+|-) -> ((?:>= )?[\d.]+|-) +(\S+)(?: +[\u2580-\u259f#]+)? +(\S.*)$")


# A command as words, the page that it stands on, where the programs are built, and what a picture draws of its run.
Job = collections.namedtuple("Job", "command words page build chart")


def measure(command, page, build, chart):
    """Runs the command, which stands on the page, and keeps its run; `chart`: what a picture draws of it, and the systems."""
    job = Job(command, shlex.split(runs.plain(command)), page, build, chart)
    OF_KIND.get(job.words[0], of_looplag)(job)


def of_bench(job):
    """`./run bench --only GROUP`: the benchmark keeps the run itself."""
    call(sys.executable, runs.ROOT / "bench" / "bench.py", "--build", job.build, *job.words[1:], "--write", job.page)


def of_suite(job):
    """`./run test`: test/faults.py keeps what it said of faults, also where some failed."""
    subprocess.run([runs.ROOT / "run", "test"], stdout=sys.stderr, timeout=LIMIT_OF_GROUPS_S, check=False)
    call(sys.executable, runs.ROOT / "test" / "faults.py", job.build / "meson-logs" / "testlog.json", "--write", job.page)


def call(*words):
    try:
        done = subprocess.run(words, stdout=sys.stderr, timeout=LIMIT_OF_GROUPS_S, check=False)
    except subprocess.TimeoutExpired as late:
        raise Failed(f"{words[1]} was not ready after {LIMIT_OF_GROUPS_S} s") from late
    if done.returncode != 0:
        raise Failed(f"{words[1]} ended with {done.returncode}")


def of_looplag(job):
    keep_told(job, lambda folder: run_into(folder, job.words, job.build, *job.chart))


def of_curl(job):
    """One reply, as curl shows it: of a server that the page starts above."""
    keep_told(job, lambda folder: {"answer": printed(shlex.split(job.command), folder).splitlines()})


def keep_told(job, measured):
    """Keeps what `measured(folder)` returns, in a folder that has all that the page has above the command."""
    begin = time.monotonic()
    run = {"command": job.command, "machine": runs.machine(), "date": datetime.date.today().isoformat(),
           "load": " ".join(f"{load:.2f}" for load in os.getloadavg())}  # fmt: skip
    with story.told_until(job.command, job.page, job.build) as folder:
        run.update(measured(folder))
    run["seconds"] = round(time.monotonic() - begin)
    runs.write(job.command, run)


def of_itself(job):
    """`./run soak`, `./run fuzz`: they build what they need, and keep the run."""
    call(runs.ROOT / "run", *job.words, "--write", job.page)


OF_KIND = {"curl": of_curl, "bench": of_bench, "test": of_suite, "soak": of_itself, "fuzz": of_itself}


def looplag(build, folder, *words):
    return printed([build / "client" / "looplag", *words], folder)


def printed(words, folder):
    """What a program prints, at 80 columns. A measurement that it does not trust itself is none."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "80", "NO_COLOR": "1"}
    name = pathlib.Path(words[0]).name
    try:
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    except subprocess.TimeoutExpired as late:
        raise Failed(f"{name} was not ready after {LIMIT_S} s") from late
    if done.returncode == LATE:
        raise Failed("the client itself was late: measure where nothing else runs")
    if done.returncode not in RAN:
        raise Failed(f"{name} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def run_into(folder, words, build, drawn, systems):
    """The parts that are kept, by the kind of the command and what is drawn of it."""
    file = folder / "run.json"
    words = without_output(words)
    if "--format=csv" in words:
        answer = looplag(build, folder, *words, "--quiet", "-o", file)
        return {"answer": answer.splitlines(), "requests": requests(file, systems)}
    answer = looplag(build, folder, *words, "--quiet", "--format=json", "-o", file)
    result = {"answer": answer.splitlines()}
    saved = json.loads(file.read_text(encoding="utf-8"))
    if words[0] == "sweep":
        return {**result, **steps(saved)}
    if words[0] == "compare":
        result["systems"] = table(answer, [f"{subject['mode']} {subject['endpoint']}" for subject in saved["subjects"]])
        details = looplag(build, folder, "report", "--format=markdown", file)
        result["details"] = details.splitlines()
        add_stuck(result["systems"], details)
        result["ranking"] = ranking(saved["ranking"])
    if drawn == "curves":
        looplag(build, folder, "report", "--format=hgrm", "-o", f"{folder}/", file)
        result["curves"] = curves(folder, systems)
    return result


def without_output(words):
    """The words but for -o FILE: the result goes where this program reads it."""
    at = words.index("-o") if "-o" in words else len(words)
    return words[:at] + words[at + 2 :]


def table(answer, systems=()):
    """The rows of an answer's table, as cells of text. It cuts long names of systems, which are made whole."""
    rows = [dict(zip(("system", "alone", "with", "longest", "effect"), found)) for found in ROW.findall(answer)]
    for row in rows:
        name = row["system"]
        whole = [system for system in systems if system.startswith(name.removesuffix(".."))]
        row["system"] = whole[0] if name.endswith("..") and len(whole) == 1 else name
    return rows


def ranking(ranked):
    """Of a result's ranking the figures of each system, which the verdict is made from; None with few systems."""
    keys = ("small_ms", "large_ms", "memory_mb", "cpu_large_ms", "cpu_small_ms")
    return ranked and {"systems": [
        {**{key: row[key] for key in ("mode", "endpoint")},
         **{key: row[key] and {part: row[key][part] for part in ("value", "at_least")} for key in keys}}
        for row in ranked["systems"]]}  # fmt: skip


def add_stuck(systems, details):
    """Adds which share of the small requests was stuck behind a large one, of systems with several workers."""
    for row in systems:
        found = re.search(rf"(?m)^{re.escape(row['system'])}: (\d+) workers?; .* and ([\d.]+) % were stuck", details)
        if found and int(found[1]) > 1:
            row["stuck"] = f"{found[2]} %"


def curves(folder, systems):
    """Of each system the percentiles of its small class, as far as samples support them: [percentage, ms]."""
    found = []
    for system in systems:
        name = re.sub(r"[/, ]", "-", system.replace(" /", "-"))
        parts = {part: distribution(folder / f"small{infix}-{name}.hgrm") for part, infix in (("alone", "-alone"), ("with", ""))}
        found.append({"system": system, **parts})
    return found


def distribution(path):
    """A percentile file of HdrHistogram as [percentage, ms]."""
    text = path.read_text(encoding="utf-8")
    count = int(re.search(r"Total count += +(\d+)", text)[1])
    rows = re.findall(r"(?m)^ *([\d.]+) ([\d.]+) +\d+", text)
    points = [[round(100 * float(share), 4), round(float(ms), 4)] for ms, share in rows]
    return [point for point in points if point[0] <= 100 * (1 - BEYOND / count)]


def steps(result):
    """Of a sweep's first system: each value with the percentile that is judged, its interval and the outcome."""
    _, percentile, limit = re.match(r"(\w+):(p[\d.]+)<([\d.]+)ms", result["objectives"][0]).groups()
    label = f"{result['limits'][0]['mode']} {result['limits'][0]['endpoint']}"
    found = []
    for step in result["steps"]:
        figures = step["classes"]["small"]["response_ms"]
        if f"{step['mode']} {step['endpoint']}" == label and figures[percentile] is not None:
            found.append({"value": step["value"], "bytes": step["size_bytes"], "ms": figures[percentile],
                          "ci_ms": figures.get(f"{percentile}_ci") or [figures[percentile]] * 2,
                          "outcome": step["outcome"]})  # fmt: skip
    return {"system": label, "percentile": percentile, "limit_ms": float(limit), "steps": found}


def requests(path, systems):
    """Of these systems the small requests of its first window with large ones, and the large ones in flight meanwhile."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [requests_of(system, [row for row in rows if f"{row['mode']} {row['endpoint']}" == system]) for system in systems]


def requests_of(system, rows):
    small = [row for row in rows if row["class"] == "small" and row["window"] == "1-with"]
    due = sorted(small, key=lambda row: int(row["planned_us"]))
    begin, last = int(due[0]["planned_us"]), int(due[-1]["planned_us"])
    every = (last - begin) / (len(due) - 1)
    large = [(int(row["sent_us"]) - begin, int(row["end_us"]) - begin)
             for row in rows if row["class"] == "large" and row["sent_us"] and row["end_us"]]  # fmt: skip
    length = last - begin + every
    return {
        "system": system,
        "seconds": round(length / 1e6, 3),
        "first_s": 0,
        "every_s": round(every / 1e6, 6),
        "response_ms": [float(f"{(int(row['end_us']) - int(row['planned_us'])) / 1e3:.3g}")
                        if row["end_us"] and not row["error"] else None for row in due],  # fmt: skip
        "large_s": [[round(max(sent, 0) / 1e6, 3), round(min(end, length) / 1e6, 3)]
                    for sent, end in sorted(large) if end > 0 and sent < length],  # fmt: skip
    }
