"""Measurements that can be computed on paper, on a machine that may stand still meanwhile.

A virtual machine is stopped now and then for tens of milliseconds, and no paper knows of it. So
a watcher on each CPU notes how long it did not get to run. A measurement that is wrong although
the machine ran is wrong; one from a machine that stood still is made again.
"""

import functools
import inspect
import multiprocessing
import os
import time
import unittest

from support import SANITIZED

ATTEMPTS = 4
PAUSE_S = 0.002
STILL_S = 0.005  # a pause that is so much longer is none of the scheduler's
DISTURBED = 0.003  # of the time: a third of what moves a p99
HOPELESS = 0.02  # of the time: twice that


def watch(cpu, stopping, still_s):
    os.sched_setaffinity(0, {cpu})
    before = time.monotonic()
    while not stopping.is_set():
        time.sleep(PAUSE_S)
        now = time.monotonic()
        longer = now - before - PAUSE_S
        if longer > STILL_S:
            still_s.value += longer
        before = now


class Watchers:
    """One for each CPU that is ours, from `with` to its end."""

    def __enter__(self):
        fork = multiprocessing.get_context("fork")
        self.begun = time.monotonic()
        self.stopping = fork.Event()
        self.still_s = [fork.Value("d", 0) for _ in os.sched_getaffinity(0)]
        self.processes = [
            fork.Process(target=watch, args=(cpu, self.stopping, still_s), daemon=True)
            for cpu, still_s in zip(os.sched_getaffinity(0), self.still_s)
        ]
        for process in self.processes:
            process.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for process in self.processes:
            process.join()
        self.still_share = max(still.value for still in self.still_s) / (time.monotonic() - self.begun)


def on_a_machine_that_runs(test):
    """Repeats a method of a test that fails while the machine stands still. Where that never ends, it is skipped."""

    @functools.wraps(test)
    def attempts(self, *arguments):
        shares = []
        for _ in range(ATTEMPTS):
            with Watchers() as watchers:
                try:
                    return test(self, *arguments)
                except self.failureException as error:
                    failure = error
            if watchers.still_share < DISTURBED:
                raise failure
            shares.append(watchers.still_share)
        if min(shares) < HOPELESS:
            raise failure
        stood_still = ", ".join(f"{share:.1%}" for share in shares)
        self.skipTest(f"the machine stood still too long to measure: {stood_still} of the time: {failure}")

    return attempts


def unjudged(test):
    test = inspect.unwrap(test)  # once is enough

    @functools.wraps(test)
    def ran(self, *arguments):
        try:
            test(self, *arguments)
        except (self.failureException, LookupError, TypeError, ValueError) as error:
            if any(words in str(error) for words in ("Sanitizer", "runtime error: ")):
                raise
            print(f"{self.id()}: {error}")
            self.skipTest("under a sanitizer it ran, and is not judged: its times are kept by no sanitizer")

    return ran


def unjudged_under_sanitizers(case):
    """For a class of tests that measure times that no sanitizer keeps. Its code runs there, too; what a sanitizer reports fails
    in `./run check`, whoever was told of it."""
    for name in unittest.defaultTestLoader.getTestCaseNames(case) if SANITIZED else ():
        setattr(case, name, unjudged(getattr(case, name)))
    return case
