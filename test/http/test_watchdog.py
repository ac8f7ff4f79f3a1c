"""What a service manager is told: readiness, reloads, the end, and that every loop goes round; or not."""

import contextlib
import ctypes
import os
import pathlib
import re
import signal
import socket
import sys
import tempfile
import time
import unittest

from support import (
    DEADLINE_S, SMALL_BODY, OwnServerCase, Server, has, lacks, last_response, needs, request, stopped, until,
)  # fmt: skip

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "client"))

from quiet import on_a_machine_that_runs

PATIENCE_US = 1_000_000  # what the manager asks for; a loop may be away for half of it
PLACES, RESERVE = 16, 64  # connections that are served, and more that a process takes
SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17  # of <sys/ptrace.h>
WAIT_FOR_ALL = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


class Manager:
    """A socket for the datagrams of sd_notify(3), by path or in the abstract name space."""

    def __init__(self, case, abstract=False):
        folder = tempfile.TemporaryDirectory()
        case.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, "notify")
        self.name = "@" + path if abstract else path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        case.addCleanup(self.socket.close)
        self.socket.bind(self.name.replace("@", "\0", 1))
        self.socket.settimeout(DEADLINE_S)

    def hear(self):
        """The next datagram, as a dictionary."""
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().splitlines())

    def hear_of(self, key):
        """Waits for a datagram about this; those that only say that the service lives are passed over."""
        for _ in range(1000):
            heard = self.hear()
            if key in heard:
                return heard
            if set(heard) != {"WATCHDOG"}:
                break
        raise AssertionError(f"not {key} but {heard}")

    def forget(self):
        """All that has come so far."""
        self.socket.setblocking(False)
        count = 0
        try:
            while self.socket.recv(4096):
                count += 1
        except BlockingIOError:
            pass
        self.socket.settimeout(DEADLINE_S)
        return count


class ManagerCase(OwnServerCase):
    def managed(self, *flags, abstract=False, **environment):
        manager = Manager(self, abstract)
        server = Server(*flags, environment={"NOTIFY_SOCKET": manager.name, **environment})
        self.addCleanup(server.kill)
        ready = manager.hear_of("READY")
        self.assertEqual(ready["READY"], "1")
        self.assertIn(server.greeting.split()[2], ready["STATUS"])
        return manager, server


class Told(ManagerCase):
    def test_readiness_and_the_end(self):
        for abstract in (False, True):
            manager, server = self.managed(abstract=abstract)
            self.assertEqual(server.get("/healthz").status, 200)
            server.terminate()
            self.assertEqual(manager.hear_of("STOPPING")["STOPPING"], "1")
            self.assertEqual(server.wait(), 0)
            self.assertEqual(manager.forget(), 0)  # nothing is fed that nobody asked for

    @needs("processes")
    def test_a_reload(self):
        manager, server = self.managed()
        before = set(server.worker_pids())
        server.process.send_signal(signal.SIGHUP)
        self.assertGreater(int(manager.hear_of("RELOADING")["MONOTONIC_USEC"]), 0)
        self.assertEqual(manager.hear_of("READY")["READY"], "1")
        until(lambda: not before & set(server.worker_pids()), "all processes were replaced")

    def test_a_socket_that_cannot_be_used_is_told_in_the_log(self):
        server = Server(environment={"NOTIFY_SOCKET": "nowhere"})
        self.addCleanup(server.kill)
        self.assertIn("NOTIFY_SOCKET=nowhere", server.log_text())
        self.assertEqual(server.get("/healthz").status, 200)

    def assert_not_fed(self, **environment):
        manager, server = self.managed(**environment)
        manager.socket.settimeout(0.5)
        self.assertRaises(TimeoutError, manager.hear)
        self.assertNotIn("has not gone round", server.log_text())

    def test_another_process_watchdog_is_not_ours(self):
        self.assert_not_fed(WATCHDOG_USEC="100000", WATCHDOG_PID="1")

    def test_who_waits_longer_than_can_be_counted_is_not_fed(self):
        self.assert_not_fed(WATCHDOG_USEC=str(2**63 - 1))


class Watchdog(ManagerCase):
    def watched(self):
        flags = ["--workers=2"] if has("workers") else []
        manager, server = self.managed(*flags, WATCHDOG_USEC=str(PATIENCE_US))
        for _ in range(3):
            self.assertEqual(manager.hear_of("WATCHDOG")["WATCHDOG"], "1")
        return manager, server

    def absences(self, server):
        return server.log_text().count("has not gone round")

    def assert_starves(self, manager, server, before):
        """A loop's absence is told once more than before it stood still, and from then on nothing is fed."""
        until(lambda: self.absences(server) > before, "the absence is told")
        manager.forget()
        manager.socket.settimeout(PATIENCE_US / 1e6)
        self.assertRaises(TimeoutError, manager.hear)
        manager.socket.settimeout(DEADLINE_S)
        self.assertEqual(self.absences(server), before + 1)

    def test_it_is_fed_through_the_drain(self):
        manager, server = self.watched()
        with server.wire() as wire:
            wire.send(b"POST /ping HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n12")
            server.wait_for_in_flight(1)
            server.terminate()
            manager.hear_of("STOPPING")
            if has("processes"):  # who ends does not reload, and is not ready again
                os.kill(server.process.pid, signal.SIGHUP)
            manager.forget()
            begun, cpu_s = time.monotonic(), server.cpu_seconds()
            for _ in range(5):  # longer than the manager's patience
                manager.hear_of("WATCHDOG")
            spent_s = server.cpu_seconds() - cpu_s
            self.assertLess(spent_s, (time.monotonic() - begun) / 4, "a thread spins")
            wire.send(b"345")
            self.assertEqual(wire.response().status, 422)
        self.assertEqual(server.wait(), 0)

    @needs("processes")
    @on_a_machine_that_runs
    def test_a_worker_process_that_stands_still_starves_it(self):
        manager, server = self.watched()
        before = self.absences(server)
        with stopped(server.worker_pids()[:1]):
            self.assert_starves(manager, server, before)
        manager.hear_of("WATCHDOG")

    def loops_of(self, pid, count=1):
        """The threads of so many loops at the least, once they have their names; in threads, the one that accepts."""

        def loops():
            tasks = pathlib.Path(f"/proc/{pid}/task").iterdir()
            names = {int(task.name): task.joinpath("comm").read_text() for task in tasks}
            return sorted(task for task, name in names.items() if re.fullmatch(r"MHD-(single|listen|worker)\n", name))

        until(lambda: len(loops()) >= count, f"{count} loops have names")
        return loops()

    @contextlib.contextmanager
    def stuck(self, thread):
        """The thread of a child stands still meanwhile."""
        if LIBC.ptrace(SEIZE, thread, None, None):
            self.skipTest(f"a thread of a child can't be stopped here (ptrace): {os.strerror(ctypes.get_errno())}")
        LIBC.ptrace(INTERRUPT, thread, None, None)
        os.waitpid(thread, WAIT_FOR_ALL)
        try:
            yield
        finally:
            LIBC.ptrace(DETACH, thread, None, None)

    @staticmethod
    def drops_new(server):
        """It drains, and still takes those whose handshake is over."""
        try:
            socket.create_connection(("127.0.0.1", server.port), 0.1).close()
        except TimeoutError:
            return True
        return False

    @lacks("processes")
    def test_questions_of_a_drain_at_the_connection_limit(self):
        """There libmicrohttpd takes the listening socket out of its epoll, and aborts if it is not in there."""
        flags = ["--workers=1"] if has("workers") else []
        flags += ["--balance=reuseport"] if has("balances") else []
        manager, server = self.managed(*flags, f"--max-connections={PLACES}", WATCHDOG_USEC=str(PATIENCE_US))
        with self.stuck(self.loops_of(server.pid)[0]):
            wires = [self.wire(server) for _ in range(PLACES + RESERVE - 1)]
            for wire in wires:  # those beyond the places are served, as the server drains when it takes them
                wire.send(request(body=SMALL_BODY)[:-1])
            server.terminate()
            until(lambda: self.drops_new(server), "it does not drain")
        until(server.is_refusing, "new connections are still taken")
        manager.forget()
        for _ in range(4):  # each is fed after some questions
            manager.hear_of("WATCHDOG")
        for wire in wires:
            wire.send(SMALL_BODY[-1:])
            self.assertEqual(last_response(wire).status, 200)
        self.assertEqual(server.wait(), 0)

    @on_a_machine_that_runs
    def test_a_loop_that_is_stuck_starves_it(self):
        manager, server = self.watched()
        before = self.absences(server)
        with self.stuck(self.loops_of(server.pids()[-1])[0]):
            self.assert_starves(manager, server, before)
        manager.hear_of("WATCHDOG")
        self.assertEqual(server.get("/healthz").status, 200)

    @lacks("waits-at-limit")
    @on_a_machine_that_runs
    def test_who_accepts_no_more_is_told_however_busy_connections_are(self):
        """Each connection has a thread of its own there: that these go on says nothing of the one that accepts."""
        manager, server = self.watched()
        before = self.absences(server)
        with server.wire() as wire:

            def told():
                wire.send(request("GET", "/healthz"))
                self.assertEqual(wire.response().status, 200)
                return self.absences(server) > before

            self.assertFalse(told())
            with self.stuck(self.loops_of(server.pids()[-1])[0]):
                until(told, "the absence is told")
        manager.hear_of("WATCHDOG")

    def keep(self, server, count):
        """So many connections that have had a request, and are idle."""
        for _ in range(count):
            wire = self.wire(server)
            wire.send(request("GET", "/healthz"))
            self.assertEqual(wire.response().status, 200)

    @needs("balances")
    @on_a_machine_that_runs
    def test_a_thread_of_a_pool_with_all_connections_is_asked(self):
        """One that has as many as it was ever given goes round; and when it does not, that is told."""
        places = 40
        manager, server = self.managed(
            "--workers=2", "--balance=mhd", f"--max-connections={places}", WATCHDOG_USEC=str(PATIENCE_US)
        )
        first, second = self.loops_of(server.pids()[-1], 2)
        with self.stuck(second):
            self.keep(server, places + 32)  # of all places and the reserve of 64 its half
        manager.hear_of("WATCHDOG")
        manager.forget()
        before = self.absences(server)
        for _ in range(8):  # twice the manager's patience
            manager.hear_of("WATCHDOG")
        self.assertEqual(self.absences(server), before)
        with self.stuck(first):
            self.assert_starves(manager, server, before)
        manager.hear_of("WATCHDOG")

    @needs("balances")
    @on_a_machine_that_runs
    def test_many_idle_connections_do_not_starve_it(self):
        """A pool's thread is asked through a descriptor that fits it, and the first hundreds are taken."""
        manager, server = self.managed("--workers=4", "--balance=mhd", WATCHDOG_USEC=str(PATIENCE_US))
        self.keep(server, 300)
        for _ in range(8):  # twice the manager's patience
            manager.hear_of("WATCHDOG")
        self.assertEqual(self.absences(server), 0)

    def test_questions_are_no_connections(self):
        _, server = self.watched()
        for row in server.stats()["workers"]:
            self.assertLessEqual(row["connections"], 1)
        server.wait_until_idle()


class Held(OwnServerCase):
    """--hold-warn: a request that held its loop is told once, in the log."""

    LINE = re.compile(
        r"^[\d-]{10} [\d:]{8},\d{3} - \[PID \d+\] - WARNING - held-000001   \| held /ping \| "
        r"\d+\.\d{6}s, (?P<cpu>\d+\.\d{6})s of CPU, (?P<bytes>\d+) bytes$"
    )
    BODY = b'{"name": "n", "data": {' + b", ".join(b'"key-%d": 1' % i for i in range(200_000)) + b"}}"

    def told(self, *flags):
        """What is told of a long parse that took its thread longer than 10 ms of CPU."""
        with Server("--no-access-log", *flags) as server:
            answered_by = server.stats()["serving"]["answered_by"]
            data = request("POST", "/ping", self.BODY, [("X-Request-ID", "held-000001")])
            self.assertEqual(server.ask(data).status, 200)
        # A slow machine may hold the loop at /stats, too, and for so long that it is told meanwhile.
        matches = [self.LINE.match(line) for line in server.log.splitlines() if "held-000001   | held " in line]
        self.assertNotIn(None, matches, server.log)
        return answered_by, [match for match in matches if float(match["cpu"]) > 0.01]

    def test_a_long_hold_is_told_once(self):
        """Where no loop makes the answer none is held."""
        answered_by, told = self.told("--hold-warn=5ms")
        held = [int(match["bytes"]) for match in told]
        if answered_by == "loop":
            self.assertEqual(held, [len(self.BODY)])
        else:
            self.assertEqual(held, [])

    def test_a_short_one_is_not(self):
        self.assertEqual(self.told("--hold-warn=60s")[1], [])


if __name__ == "__main__":
    unittest.main()
