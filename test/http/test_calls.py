"""Rows 27 and 32: the kernel refuses a call of a server that runs: no descriptor, no thread, no memory for a socket."""

import errno
import os
import re
import signal
import unittest

from failing import Failing, needs_failing_calls
from support import SERVING_PROCESSES, SMALL_BODY, OwnServerCase, Server, WireClosed, has, head, needs, request, until

MOST = 60  # calls of a kind that one request makes
SMALL = request("POST", "/ping", SMALL_BODY)
# Its client still sends, so that the connection lingers: a thread, an eventfd and an epoll of their own.
REFUSED = head("Host: test", "Content-Length: 99999999") + b"x" * 1000

# Each: what fails, with which errors, and whether a request may go without a reply then.
REFUSALS = (
    ("accept", (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ECONNABORTED, errno.EINTR), False),
    ("thread", (errno.EAGAIN,), True),
    ("eventfd", (errno.EMFILE,), True),
    ("epoll", (errno.ENOSPC, errno.ENOMEM), True),
    ("send", (errno.EINTR,), False),
    ("send", (errno.ENOBUFS, errno.ENOMEM, errno.EPIPE, errno.ECONNRESET), True),
    ("receive", (errno.EINTR, errno.ENOMEM), False),
    ("socket", (errno.EMFILE,), False),
    ("option", (errno.ENOMEM,), True),
    ("duplicate", (errno.EMFILE,), True),
    ("wait", (errno.EINTR,), False),
)
# Of a new worker that lacks something.
TOLD = r"worker \d+: (process \d+ ended with exit code 1|can't start a process: )"


@needs_failing_calls
class Row32Calls(OwnServerCase):
    """A request is answered, or its connection is closed, and the server goes on as before."""

    def setUp(self):
        self.failing = Failing(self)
        self.own = self.failing.start(Server, "--no-access-log")
        self.addCleanup(self.own.kill)
        if has("processes"):
            until(lambda: len(self.own.worker_pids()) == SERVING_PROCESSES, "all are started")

    def ask(self, data):
        with self.own.wire() as wire:
            wire.send_while_taken(data)
            try:
                return wire.response().status
            except WireClosed:
                return None

    def held(self):
        """Descriptors and threads, once no connection is open and nobody lingers."""
        pids = self.own.pids()
        count = lambda what: sum(len(os.listdir(f"/proc/{pid}/{what}")) for pid in pids)
        seen = []
        until(lambda: seen.append((count("fd"), count("task"))) or seen[-5:] == seen[-1:] * 5, "it stands still", pause=0.02)
        return seen[-1]

    def refuse_in_each_process(self):
        """So that each has made what it needs for connections that linger."""
        missing = {str(worker["worker"]) for worker in self.own.stats()["workers"]} if has("processes") else {None}
        for _ in range(200):
            with self.own.wire() as wire:
                wire.send_while_taken(REFUSED)
                missing.discard(wire.response().header("X-Worker") if has("processes") else None)
            if not missing:
                return
        self.fail(f"no connection reached the workers {missing}")

    def fail_each(self, data, usual, kind, error, may_go_without):
        """Returns how many calls failed."""
        allowed = (usual, 503, None) if may_go_without else (usual,)
        for number in range(1, MOST):
            self.failing.fail_at(number, kind, error)
            status = self.ask(data)
            failed = self.failing.has_failed()
            self.failing.fail_at(0)
            self.assertIn(status, allowed, number)
            if not failed:
                return number - 1
            self.assertEqual(self.ask(data), usual, number)
        raise AssertionError(f"more than {MOST} calls")

    def test_row_32_each_refused_call_costs_one_request_at_the_most(self):
        self.refuse_in_each_process()
        before = self.held()
        failed = 0
        for kind, errors, may_go_without in REFUSALS:
            for error in errors:
                for data, usual in ((SMALL, 200), (REFUSED, 413)):
                    with self.subTest(kind=kind, error=errno.errorcode[error], usual=usual):
                        failed += self.fail_each(data, usual, kind, error, may_go_without)
        print(f"row 32: {failed} system calls refused")
        self.own.wait_until_idle()
        until(lambda: sum(worker["open"] for worker in self.own.stats()["workers"]) == 1, "one connection, our own")
        self.assertLessEqual(self.held(), before)
        self.assertEqual({worker["starts"] for worker in self.own.stats()["workers"]}, {1})
        self.own.terminate()
        self.assertEqual(self.own.wait(), 0)

    def test_row_27_accepting_goes_on_while_another_connection_stays_open(self):
        """libmicrohttpd would wait for that one's end; it has no deadline here."""
        for error in (errno.ENFILE, errno.ENOBUFS):
            self.own = self.failing.start(Server, "--no-access-log", "--idle-timeout=0")
            self.addCleanup(self.own.kill)
            with self.own.wire() as kept:
                kept.send(SMALL)
                self.assertEqual(kept.response().status, 200)
                self.failing.fail_at(1, "accept", error)
                self.assertEqual(self.ask(SMALL), 200)
                self.assertTrue(self.failing.has_failed())
                kept.send(SMALL)
                self.assertEqual(kept.response().status, 200)
            self.own.terminate()
            self.assertEqual(self.own.wait(), 0)

    @needs("processes")
    def test_row_32_a_fork_that_fails_is_tried_again(self):
        """The others serve meanwhile; the message says why there is one less."""
        victim = self.own.worker_pids()[0]
        self.failing.fail_at(1, "fork", errno.EAGAIN)
        os.kill(victim, signal.SIGKILL)
        until(self.failing.has_failed, "the fork fails")
        self.assertEqual(self.ask(SMALL), 200)
        until(lambda: len(self.own.worker_pids()) == SERVING_PROCESSES, "it is replaced all the same")
        self.assertNotIn(victim, self.own.worker_pids())
        self.assertIn("can't start a process: Resource temporarily unavailable", self.own.log_text())
        self.own.terminate()
        self.assertEqual(self.own.wait(), 0)

    @needs("processes")
    def test_row_32_what_a_new_worker_lacks_is_told_and_tried_again(self):
        """Its thread, eventfd or loop can't be made: it ends, and another takes its place."""
        for kind, error in (("thread", errno.EAGAIN), ("eventfd", errno.EMFILE), ("socket", errno.EMFILE)):
            with self.subTest(kind=kind):
                victim = self.own.worker_pids()[0]
                seen = len(self.own.log_text())
                self.failing.fail_at(1, kind, error)
                os.kill(victim, signal.SIGKILL)
                until(self.failing.has_failed, "it fails")
                until(lambda s=seen: re.search(TOLD, self.own.log_text()[s:]), "it is told")
                self.assertEqual(self.ask(SMALL), 200)
                until(lambda: len(self.own.worker_pids()) == SERVING_PROCESSES, "it is replaced")
                until(lambda: all(w["pid"] for w in self.own.stats()["workers"]), "all serve")
        self.own.terminate()
        self.assertEqual(self.own.wait(), 0)


if __name__ == "__main__":
    unittest.main()
