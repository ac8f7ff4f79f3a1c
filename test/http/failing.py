"""A server some of whose calls fail: what failing_calls.c, preloaded, is told and tells."""

import errno
import mmap
import os
import struct
import tempfile
import unittest

LIBRARY = os.environ.get("FAILING_CALLS_LIBRARY", "")
KINDS = {
    name: 1 << bit
    for bit, name in enumerate(
        ("memory", "accept", "fork", "thread", "eventfd", "send", "receive", "epoll", "socket", "option", "duplicate", "wait")
    )
}
# A sanitizer puts an allocator and calls of its own before the system's: there is no place for ours.
needs_failing_calls = unittest.skipUnless(LIBRARY, "under a sanitizer, whose own allocator is in use, none can be made to fail")
NUMBERS, PLACES = 6, 4096
COUNTDOWN, CHOSEN, ERROR, BLOCKS, FAILED, ONLY = range(NUMBERS)


def program_entry():
    """Where the program begins, as if it were loaded at 0."""
    with open(os.environ["LOOPLAGD"], "rb") as program:
        return struct.unpack_from("Q", program.read(64), 24)[0]


class Failing:
    """The orders of one server. start(Server, ...) makes it under them; closed with the test."""

    def __init__(self, test):
        self.file = test.enterContext(tempfile.NamedTemporaryFile())
        size = 8 * (NUMBERS + PLACES)
        self.file.write(bytes(size))
        self.file.flush()
        self.orders = test.enterContext(mmap.mmap(self.file.fileno(), size))

    def __getitem__(self, number):
        return struct.unpack_from("q", self.orders, 8 * number)[0]

    def __setitem__(self, number, value):
        struct.pack_into("q", self.orders, 8 * number, value)

    def environment(self):
        return {"LD_PRELOAD": LIBRARY, "FAILING_CALLS": self.file.name}

    def start(self, make, *arguments, **more):
        """Calls `make` with the environment that a server needs to obey."""
        os.environ.update(self.environment())
        try:
            return make(*arguments, **more)
        finally:
            for name in self.environment():
                del os.environ[name]

    def fail_at(self, number, kind="memory", error=errno.ENOMEM, place=None):
        """The number-th call of a kind from now on fails, of those from a place if one is given; 0: none does."""
        self[COUNTDOWN] = 0
        self[CHOSEN], self[ERROR] = KINDS[kind], error
        self[ONLY] = place - program_entry() if place else 0
        self[COUNTDOWN] = number

    def has_failed(self):
        return self[COUNTDOWN] <= 0

    def blocks(self):
        """Blocks that are allocated and not freed, in all processes of the server."""
        return self[BLOCKS]

    def places(self):
        """Where the failed calls return to, as if the program were loaded at 0; those of libraries are far off."""
        entry = program_entry()
        count = min(self[FAILED], PLACES)
        return {entry + place for place in struct.unpack_from(f"{count}q", self.orders, 8 * NUMBERS)}
