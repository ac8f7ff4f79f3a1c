"""Whether something grows: what a server holds at quiet moments, and a test of its slope.

At each quiet moment no request is in flight and no connection open, so descriptors and threads must be
as many as at the first one. Memory wavers: a straight line is fitted by least squares, and memory is
said to grow when the lower end of the 99 % Student interval of its slope is above 0 and the line rises
by more than 1 MiB in all. The first third of the moments, in which caches fill, is left out, and so is shared
memory: that of the statistics has its size from the start, and each process counts the pages that it has touched.
"""

import math
import os
import re
import time

LOOK_EVERY_S = 0.05
LEAST = 4  # moments that are looked at; with fewer nothing is said of memory
RISE = 1 << 20

# One-sided 99 % quantiles of Student's t, by degrees of freedom; beyond 30 the normal one is near.
T_99 = (
    31.821, 6.965, 4.541, 3.747, 3.365, 3.143, 2.998, 2.896, 2.821, 2.764,
    2.718, 2.681, 2.650, 2.624, 2.602, 2.583, 2.567, 2.552, 2.539, 2.528,
    2.518, 2.508, 2.500, 2.492, 2.485, 2.479, 2.473, 2.467, 2.462, 2.457,
)  # fmt: skip


def later(values):
    """Without the first third, two at least."""
    return values[max(2, len(values) // 3) :]


def slope(values):
    """The least-squares slope of evenly spaced values, and the half width of its interval (one-sided 99 %)."""
    count = len(values)
    middle = (count - 1) / 2
    mean = sum(values) / count
    spread = sum((i - middle) ** 2 for i in range(count))
    steep = sum((i - middle) * (value - mean) for i, value in enumerate(values)) / spread
    rest = sum((value - mean - steep * (i - middle)) ** 2 for i, value in enumerate(values))
    quantile = T_99[min(count - 2, len(T_99)) - 1]
    return steep, quantile * math.sqrt(rest / (count - 2) / spread)


class Moment:
    """What the processes hold now."""

    def __init__(self, pids):
        self.descriptors = sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids)
        self.threads = sum(len(os.listdir(f"/proc/{pid}/task")) for pid in pids)
        self.memory = sum(self.resident(pid) for pid in pids)

    def take_less(self, other):
        """Of each count the lesser one."""
        for name, count in vars(other).items():
            setattr(self, name, min(count, getattr(self, name)))

    @staticmethod
    def resident(pid):
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            return int(re.search(r"^RssAnon:\s+(\d+) kB$", status.read(), re.M)[1]) * 1024


class Growth:
    """The moments of one server."""

    def __init__(self):
        self.moments = []

    def add(self, pids, seconds=0.0):
        """
        A moment: what is held at the least within so many seconds. What is kept for a next large body, or lingers after a
        refusal, is given back in less than one; it wavers by ten megabytes.
        """
        moment = Moment(pids)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(LOOK_EVERY_S)
            moment.take_less(Moment(pids))
        self.moments.append(moment)

    def counted(self, name):
        return [getattr(moment, name) for moment in self.moments]

    def faults(self):
        """What has grown, as sentences."""
        faults = []
        for name in ("descriptors", "threads"):
            counts = self.counted(name)[1:]
            if len(counts) > 1 and counts[-1] > counts[0]:
                faults.append(f"{name} grew from {counts[0]} to {counts[-1]}")
        memory = later(self.counted("memory"))
        if len(memory) >= LEAST:
            steep, half = slope(memory)
            if steep - half > 0 and steep * (len(memory) - 1) > RISE:
                faults.append(f"memory grew by {steep / 1024:.0f} kB (at least {(steep - half) / 1024:.0f}) a moment")
        return faults

    def words(self):
        """First and last counts, and the slope of memory with its interval."""
        memory = later(self.counted("memory"))
        if len(memory) < LEAST:
            return f"{len(self.moments)} moments, too few to tell"
        steep, half = slope(memory)
        ends = (f"{self.counted(name)[1]} to {self.counted(name)[-1]}" for name in ("descriptors", "threads"))
        return (
            "fds {}, threads {}".format(*ends)
            + f", memory {memory[0] / 2**20:.1f} to {memory[-1] / 2**20:.1f} MiB,"
            + f" slope {steep / 1024:+.1f} +- {half / 1024:.1f} kB"
        )
