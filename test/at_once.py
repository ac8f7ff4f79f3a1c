#!/usr/bin/env python3
"""Runs the tests of a file several at a time, for files whose tests mostly wait.

    python3 at_once.py JOBS FILE

Each test is a process of its own; tests of a class that shares something (setUpClass) are one process together.
What they print comes in the file's order, as of one program; one that a signal ends is told as unittest tells errors.
At SIGTERM, which Meson sends to all of them when their time is over, no other is begun. Exit 1 when any of them failed.
"""

import concurrent.futures
import importlib.util
import pathlib
import signal
import subprocess
import sys
import threading
import unittest

OVER = threading.Event()


def load(path):
    """The file as a module, imported as if it were run."""
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def tests_of(suite):
    for part in suite:
        if isinstance(part, unittest.TestSuite):
            yield from tests_of(part)
        else:
            yield part


def name_of(test):
    """What the process that runs the test is asked for: its class where that shares something, else itself."""
    kind = type(test)
    if kind.setUpClass.__func__ is not unittest.TestCase.setUpClass.__func__:
        return kind.__qualname__
    return f"{kind.__qualname__}.{test.id().rpartition('.')[2]}"


CRASH = "ERROR: {method} ({name})\nended by signal {signal}\n\nRan 1 test in 0.000s\n\nFAILED (errors=1)\n"


def run(path, name):
    warnings = [f"-W{option}" for option in sys.warnoptions]
    done = subprocess.run(
        [sys.executable, *warnings, str(path), "-v", name], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if done.returncode < 0:
        if done.returncode == -signal.SIGTERM:
            OVER.set()
        told = CRASH.format(method=name.rpartition(".")[2], name=name, signal=-done.returncode)
        done.stderr += b"\n" + told.encode()
    return done


def main(jobs, file):
    path = pathlib.Path(file).resolve()
    suite = unittest.defaultTestLoader.loadTestsFromModule(load(path))
    names = dict.fromkeys(map(name_of, tests_of(suite)))
    signal.signal(signal.SIGTERM, lambda *_: OVER.set())
    failed = False
    with concurrent.futures.ThreadPoolExecutor(int(jobs)) as pool:
        for done in pool.map(lambda name: None if OVER.is_set() else run(path, name), names):
            if done:
                sys.stdout.buffer.write(done.stdout)
                sys.stderr.buffer.write(done.stderr)
                sys.stdout.flush()
                sys.stderr.flush()
            failed = failed or not done or done.returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
