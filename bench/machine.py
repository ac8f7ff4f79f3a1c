"""Which machine and which versions a table comes from."""

import datetime
import os
import platform
import re
import subprocess

import nginx

# What is told of each program: its name, its command, the part of the output that is the version.
VERSIONS = (
    ("compiler", ("cc", "--version"), r"(.+)"),
    ("looplagd", (None, "--version"), r"looplagd (.+)"),
    ("libmicrohttpd", ("pkg-config", "--modversion", "libmicrohttpd"), r"(.+)"),
    ("jansson (the peers')", ("pkg-config", "--modversion", "jansson"), r"(.+)"),
    ("libcurl", ("pkg-config", "--modversion", "libcurl"), r"(.+)"),
    ("wrk", ("wrk", "--version"), r"wrk (\S+)"),
    ("hey", ("dpkg-query", "--show", "hey"), r"hey\s+(\S+)"),
    ("nginx", (nginx.binary(), "-v"), r"nginx/(\S+)"),
    ("valgrind", ("valgrind", "--version"), r"valgrind-(\S+)"),
    ("Python (the driver)", ("python3", "--version"), r"Python (\S+)"),
    ("Node", ("node", "--version"), r"v(\S+)"),
    ("Python (the peers)", ("/usr/bin/python3", "--version"), r"Python (\S+)"),
    ("FastAPI", ("/usr/bin/python3", "-c", "import fastapi; print(fastapi.__version__)"), r"^([\d.]+)$"),
    ("uvicorn", ("/usr/bin/python3", "-c", "import uvicorn; print(uvicorn.__version__)"), r"^([\d.]+)$"),
    ("gunicorn", ("/usr/bin/python3", "-c", "import gunicorn; print(gunicorn.__version__)"), r"^([\d.]+)$"),
)


def output_of(command):
    """What the command says on both outputs, or "" where it can't run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return ""
    return done.stdout + done.stderr


def versions(looplagd):
    """(name, version) of everything that took part; "-" for what is not there."""
    for name, command, pattern in VERSIONS:
        found = re.search(pattern, output_of([word or looplagd for word in command]), re.MULTILINE)
        yield name, found.group(1).strip() if found else "-"


def commit():
    """The checkout's commit; with "-dirty" where files differ from it (the docs aside)."""
    changed = output_of(["git", "status", "--porcelain", "--untracked-files=no", "--", ":!docs"]).strip()
    return (output_of(["git", "rev-parse", "--short", "HEAD"]).strip() or "-") + ("-dirty" if changed else "")


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def processor():
    names = re.findall(r"model name\s*:\s*(.+)", read("/proc/cpuinfo"))
    return names[0] if names else platform.processor() or platform.machine()


def memory_gib():
    found = re.search(r"MemTotal:\s+(\d+) kB", read("/proc/meminfo"))
    return int(found.group(1)) / 2**20 if found else 0


def describe():
    """What it ran on."""
    return "%s, %d cores, %.1f GiB, Linux %s" % (processor(), os.cpu_count(), memory_gib(), platform.release())


def now():
    """The day and the minute, of UTC."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M").split()
