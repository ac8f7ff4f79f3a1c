"""What only worker processes can do: die (row 31), be replaced, outlive their supervisor."""

import os
import resource
import signal
import threading
import unittest

from support import DEADLINE_S, SMALL_BODY, Server, WireClosed, request, until

WORKERS = 4
CLIENTS = 6
HALF_SENT = 3  # requests in flight on each worker


def is_stopped(pid):
    """Whether each of its threads has stopped."""
    states = set()
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/stat", encoding="ascii") as stat:
            states.add(stat.read().rpartition(")")[2].split()[0])
    return states == {"T"}


def is_alive(pid):
    """Whether the process runs; one that nobody has reaped yet does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Client(threading.Thread):
    """Small requests until told to stop; on new connections, or all on one while it is kept."""

    def __init__(self, server, keeps):
        super().__init__(daemon=True)
        self.server, self.keeps = server, keeps
        self.stopping = threading.Event()
        self.answered = 0
        self.lost = []

    def run(self):
        while not self.stopping.is_set() and not self.lost:
            try:
                with self.server.wire() as wire:
                    self.use(wire)
            except OSError as error:
                self.lost.append(repr(error))

    def use(self, wire):
        while not self.stopping.is_set():
            try:
                wire.send(request(body=SMALL_BODY))
                response = wire.response()
            except (OSError, WireClosed) as error:
                self.lost.append(repr(error))
                return
            if response.status != 200:
                self.lost.append(response.status)
            self.answered += 1
            if response.closes or not self.keeps:
                return


class Prefork(unittest.TestCase):
    """A supervisor and four workers."""

    def setUp(self):
        self.server = Server(f"--workers={WORKERS}", "--no-access-log")
        self.addCleanup(self.server.kill)
        until(lambda: len(self.server.worker_pids()) == WORKERS, "the workers did not start")

    def end(self):
        self.server.terminate()
        self.assert_ends()

    def assert_ends(self):
        self.assertEqual(self.server.wait(), 0, self.server.log_text())

    def workers(self):
        return self.server.stats()["workers"]

    def half_send(self):
        """Requests in flight on every worker, as wires by the worker's number."""
        wires = [[] for _ in range(WORKERS)]
        while min(map(len, wires)) < HALF_SENT:
            wire = self.server.wire()
            self.addCleanup(wire.socket.close)
            wire.send(request("GET", "/healthz"))
            number = int(wire.response().header("X-Worker"))
            wire.send(request(body=SMALL_BODY)[:-1])
            wires[number].append(wire)
        self.server.wait_for_in_flight(sum(map(len, wires)))
        return wires

    def kill_worker(self, number):
        worker = self.workers()[number]
        os.kill(worker["pid"], signal.SIGKILL)
        until(lambda: self.workers()[number]["starts"] > worker["starts"], "it is not replaced")

    def ask_until_closed(self, wire):
        """Requests on the connection until a reply closes it: the first, or one soon after."""

        def closes():
            wire.send(request(body=SMALL_BODY))
            response = wire.response()
            self.assertEqual(response.status, 200)
            return response.closes

        until(closes, "no reply closes the connection")
        wire.socket.close()

    def start_clients(self):
        clients = [Client(self.server, keeps=i % 2 == 0) for i in range(CLIENTS)]
        for client in clients:
            client.start()
        self.wait_for_answers(clients)
        return clients

    def wait_for_answers(self, clients):
        """Each is answered some more."""
        goals = [client.answered + 20 for client in clients]
        until(
            lambda: all(c.lost or c.answered >= goal for c, goal in zip(clients, goals)),
            "the clients are not answered",
        )

    def stop_clients(self, clients):
        for client in clients:
            client.stopping.set()
        for client in clients:
            client.join(DEADLINE_S)
            self.assertFalse(client.is_alive())
        return [lost for client in clients for lost in client.lost]

    def test_row_31_only_the_requests_of_a_killed_worker_are_lost(self):
        wires = self.half_send()
        self.kill_worker(2)
        for wire in wires[2]:
            self.assertEqual(wire.rest(), b"")
        others = wires[0] + wires[1] + wires[3]
        self.server.wait_for_in_flight(len(others))
        for wire in others:
            wire.send(SMALL_BODY[-1:])
            self.assertEqual(wire.response().status, 200)
        self.assertIn("was killed by signal 9; it will be replaced", self.server.log_text())
        self.assertEqual([worker["starts"] for worker in self.workers()], [1, 1, 2, 1])
        self.end()

    def test_row_31_what_a_killed_worker_had_not_taken_goes_to_others(self):
        victim = self.workers()[1]["pid"]
        os.kill(victim, signal.SIGSTOP)
        until(lambda: is_stopped(victim), "it does not stop")  # from now on it takes nothing
        wires = [self.server.wire() for _ in range(3 * WORKERS)]
        for wire in wires:
            wire.send(request(body=SMALL_BODY))
        until(lambda: sum(not wire.is_silent() for wire in wires) >= 2 * WORKERS, "the others do not answer")
        self.assertTrue(any(wire.is_silent() for wire in wires), "the stopped one was given none")
        os.kill(victim, signal.SIGKILL)
        for wire in wires:
            response = wire.response()
            self.assertEqual(response.status, 200)
            wire.socket.close()
        self.end()

    def test_row_31_what_a_killed_worker_had_answered_stays_counted(self):
        for _ in range(40):
            self.assertEqual(self.server.post("/ping", SMALL_BODY).status, 200)
        before = self.server.stats()["latency_ms"]["/ping"]["small"]["count"]
        for number in range(WORKERS):
            self.kill_worker(number)
        self.assertEqual(self.server.stats()["latency_ms"]["/ping"]["small"]["count"], before)
        self.end()

    def test_row_31_sigterm_drains_after_a_worker_was_killed(self):
        self.kill_worker(0)
        wires = sum(self.half_send(), [])
        self.server.terminate()
        for wire in wires:
            wire.send(SMALL_BODY[-1:])
            self.assertEqual(wire.response().status, 200)
        self.assert_ends()

    def test_a_worker_that_dies_while_the_server_drains(self):
        wires = self.half_send()
        pids = [worker["pid"] for worker in self.workers()]
        self.server.terminate()
        os.kill(pids[1], signal.SIGKILL)
        for wire in wires[0] + wires[2] + wires[3]:
            wire.send(SMALL_BODY[-1:])
            self.assertEqual(wire.response().status, 200)
        self.assertEqual(self.server.wait(), 1)
        # The last question for /stats may not have been over in all that it leaves behind.
        lost = f"drain cut short: [{len(wires[1])}{len(wires[1]) + 1}] requests"
        self.assertRegex(self.server.log_text(), lost)

    def test_one_that_dies_again_and_again_is_replaced_after_a_pause(self):
        for _ in range(3):
            self.kill_worker(3)
        self.assertIn("it will be replaced after a pause", self.server.log_text())
        self.end()

    def test_sighup_replaces_all_and_loses_no_request(self):
        clients = self.start_clients()
        for round_ in (2, 3):
            before = {worker["pid"] for worker in self.workers()}
            self.server.process.send_signal(signal.SIGHUP)
            until(lambda r=round_: {w["starts"] for w in self.workers()} == {r}, "not all are replaced")
            until(lambda b=before: not any(map(is_alive, b)), "the old ones do not end")
            self.wait_for_answers(clients)
        self.assertEqual(self.stop_clients(clients), [])
        self.end()

    def test_sighup_lets_requests_end_on_the_old_workers(self):
        wires = sum(self.half_send(), [])
        self.server.process.send_signal(signal.SIGHUP)
        until(lambda: {worker["starts"] for worker in self.workers()} == {2}, "not all are replaced")
        self.server.wait_for_in_flight(len(wires))
        for wire in wires:
            wire.send(SMALL_BODY[-1:])
            response = wire.response()
            self.assertEqual(response.status, 200)
        self.end()

    def test_sighup_leaves_kept_connections_until_their_next_request(self):
        wires = [self.server.wire() for _ in range(2 * WORKERS)]
        for wire in wires:
            wire.send(request(body=SMALL_BODY))
            self.assertEqual(wire.response().status, 200)
        self.server.process.send_signal(signal.SIGHUP)
        until(lambda: {worker["starts"] for worker in self.workers()} == {2}, "not all are replaced")
        old = len(self.server.worker_pids())
        self.assertEqual(old, 2 * WORKERS, "the old ones wait for their connections")
        for wire in wires:
            self.ask_until_closed(wire)
        until(lambda: len(self.server.worker_pids()) == WORKERS, "the old ones do not end")
        self.end()

    def test_sigterm_during_a_reload(self):
        wires = sum(self.half_send(), [])
        self.server.process.send_signal(signal.SIGHUP)
        self.server.terminate()
        for wire in wires:
            wire.send(SMALL_BODY[-1:])
            self.assertEqual(wire.response().status, 200)
        self.assert_ends()

    def test_workers_leave_sigterm_to_the_supervisor(self):
        pids = self.server.worker_pids()
        for pid in pids:
            os.kill(pid, signal.SIGTERM)
            os.kill(pid, signal.SIGINT)
        for _ in range(WORKERS):
            self.assertEqual(self.server.post("/ping", SMALL_BODY).status, 200)
        self.assertEqual(self.server.worker_pids(), pids)
        self.end()

    def test_workers_end_when_the_supervisor_is_killed(self):
        pids = self.server.worker_pids()
        self.server.process.kill()
        until(lambda: not any(map(is_alive, pids)), "workers are left over")

    def test_stats_are_of_all_processes(self):
        process = self.server.stats()["process"]
        self.assertEqual((process["pid"], process["count"]), (self.server.pid, 1 + WORKERS))
        self.end()


class OneWorker(unittest.TestCase):
    """A supervisor and one worker: nobody else takes what it can't."""

    def start(self, *extra, preexec=None):
        self.server = Server("--workers=1", "--no-access-log", "--drain-timeout=5", *extra, preexec=preexec)
        self.addCleanup(self.server.kill)
        self.server.stats()
        return self.server.worker_pids()[0]

    def starts(self):
        return self.server.stats()["workers"][0]["starts"]

    def halt(self, pid):
        os.kill(pid, signal.SIGSTOP)
        self.addCleanup(self.resume, pid)
        until(lambda: is_stopped(pid), "it does not stop")

    def resume(self, pid):
        if is_alive(pid):
            os.kill(pid, signal.SIGCONT)

    def end_with_requests(self, *words):
        """While the supervisor is halted, requests come and then these words, as (signal, pid)."""
        self.halt(self.server.pid)
        wires = [self.server.wire() for _ in range(4)]
        for wire in wires:
            wire.send(request(body=SMALL_BODY))
        for word, pid in words:
            os.kill(pid, word)
        self.server.terminate()
        self.resume(self.server.pid)
        for wire in wires:
            self.assertEqual(wire.response().status, 200)
            wire.socket.close()
        return self.server.wait()

    def test_sighup_and_sigterm_at_once(self):
        self.start()
        self.assertEqual(self.end_with_requests((signal.SIGHUP, self.server.pid)), 0)

    def test_the_worker_is_killed_and_sigterm_comes_at_once(self):
        worker = self.start()
        # The question for /stats at the start may not have been over in all that it leaves behind.
        self.assertIn(self.end_with_requests((signal.SIGKILL, worker)), (0, 1))

    def untaken(self):
        """Connections that wait for the supervisor."""
        with open("/proc/net/tcp", encoding="ascii") as sockets:
            fields = [line.split() for line in sockets if f":{self.server.port:04X} 00000000:0000 0A " in line]
        return int(fields[0][4].partition(":")[2], 16)

    def kill_two_in_a_row(self):
        """There is a pause before a third. Requests that the second was given and has not taken; with their wires."""
        worker = self.start()
        os.kill(worker, signal.SIGKILL)
        second = until(lambda: [pid for pid in self.server.worker_pids() if pid != worker], "it is not replaced")[0]
        self.halt(second)
        wires = [self.server.wire() for _ in range(5)]
        for wire in wires:
            self.addCleanup(wire.socket.close)
            wire.send(request(body=SMALL_BODY))
        until(lambda: self.untaken() == 0, "the supervisor does not take them")
        os.kill(second, signal.SIGKILL)
        until(lambda: f"process {second} was killed" in self.server.log_text(), "its death is not told")
        return wires

    def test_row_31_what_was_not_taken_waits_for_the_next_worker(self):
        for wire in self.kill_two_in_a_row():
            self.assertEqual(wire.response().status, 200)
        self.server.terminate()
        self.assertEqual(self.server.wait(), 0, self.server.log_text())

    def test_row_31_a_drain_waits_for_the_next_worker(self):
        wires = self.kill_two_in_a_row()
        self.server.terminate()
        for wire in wires:
            self.assertEqual(wire.response().status, 200)
        self.assertEqual(self.server.wait(), 0, self.server.log_text())

    def test_signals_that_its_parent_ignored(self):
        def ignore():
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

        os.kill(self.start(preexec=ignore), signal.SIGKILL)
        until(lambda: self.starts() == 2, "it is not replaced")
        self.server.process.send_signal(signal.SIGHUP)
        until(lambda: self.starts() == 3, "it is not replaced at SIGHUP")
        self.server.terminate()
        self.assertEqual(self.server.wait(), 0, self.server.log_text())

    def test_a_worker_without_room_for_words_still_retires(self):
        worker = self.start()
        self.halt(worker)
        wires = [self.server.wire() for _ in range(600)]  # more than its channel holds
        self.server.process.send_signal(signal.SIGHUP)
        until(lambda: len(self.server.worker_pids()) == 2, "there is no successor")
        until(lambda: self.starts() == 2, "the successor does not serve")
        self.resume(worker)
        for wire in wires:
            wire.socket.close()
        until(lambda: not is_alive(worker), "the old one does not end")
        self.server.terminate()
        self.assertEqual(self.server.wait(), 0, self.server.log_text())

    def test_sighup_kills_one_that_hangs_and_the_next_reload_goes_on(self):
        worker = self.start("--drain-timeout=500ms")
        held = self.server.wire()
        self.addCleanup(held.socket.close)
        held.send(request(body=SMALL_BODY)[:-1])
        self.server.wait_for_in_flight(1)
        self.halt(worker)
        untaken = [self.server.wire() for _ in range(10)]
        for wire in untaken:
            wire.send(request(body=SMALL_BODY))
        self.server.process.send_signal(signal.SIGHUP)
        until(lambda: self.starts() == 2, "there is no successor")
        self.server.process.send_signal(signal.SIGHUP)
        until(lambda: self.starts() == 3, "the next reload does not go on")
        self.assertFalse(is_alive(worker))
        self.assertEqual(held.rest(), b"")
        for wire in untaken:
            self.assertEqual(wire.response().status, 200)
            wire.socket.close()
        lines = [line for line in self.server.log_lines() if "killed" in line]
        self.assertEqual(len(lines), 1, lines)
        told = f"worker 0: process {worker} did not end within the drain time-out after SIGHUP"
        self.assertIn(told, lines[0])
        # The last question for /stats may not have been over in all that it leaves behind.
        self.assertRegex(lines[0], "[12] requests were not answered")
        self.server.terminate()
        self.assertEqual(self.server.wait(), 0, self.server.log_text())

    def test_sighup_kills_one_whose_request_takes_too_long(self):
        # No other limit ends the request, so that it is this one however slow the machine.
        worker = self.start("--drain-timeout=300ms", "--body-timeout=0", "--min-body-rate=1")
        with self.server.wire() as held:
            held.send(request(body=SMALL_BODY)[:-1])
            self.server.wait_for_in_flight(1)
            self.server.process.send_signal(signal.SIGHUP)
            until(lambda: not is_alive(worker), "it is not killed")
            self.assertEqual(held.rest(), b"")
        self.assertIn("did not end within the drain time-out", self.server.log_text())
        self.server.terminate()
        self.assertEqual(self.server.wait(), 0, self.server.log_text())

    def test_sighup_ends_idle_connections_in_time(self):
        worker = self.start("--drain-timeout=4s")
        with self.server.wire() as idle, self.server.wire() as silent:
            idle.send(request(body=SMALL_BODY))
            self.assertEqual(idle.response().status, 200)
            self.server.process.send_signal(signal.SIGHUP)
            until(lambda: not is_alive(worker), "it does not end")
            self.assertEqual((idle.rest(), silent.rest()), (b"", b""))
        self.assertEqual(self.server.log_text(), "")
        self.server.terminate()
        self.assertEqual(self.server.wait(), 0, self.server.log_text())

    def test_connections_lost_for_want_of_descriptors_are_not_waited_for(self):
        worker = self.start("--drain-timeout=10min")
        limits = resource.prlimit(worker, resource.RLIMIT_NOFILE)
        used = len(os.listdir(f"/proc/{worker}/fd"))
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (used + 1, limits[1]))
        wires = [self.server.wire() for _ in range(10)]
        until(lambda: sum(not wire.is_silent() for wire in wires) >= 5, "none is lost")
        resource.prlimit(worker, resource.RLIMIT_NOFILE, limits)
        for wire in wires:
            wire.socket.close()
        self.server.process.send_signal(signal.SIGHUP)
        until(lambda: not is_alive(worker), "it waits for connections that it never had")
        self.server.terminate()
        self.assertEqual(self.server.wait(), 0, self.server.log_text())

    def test_who_dies_at_once_is_not_replaced_at_once_in_the_drain_delay(self):
        worker = self.start("--drain-delay=60")
        resource.prlimit(self.server.pid, resource.RLIMIT_AS, (1 << 20, resource.RLIM_INFINITY))
        self.server.terminate()
        until(lambda: self.server.log_text() or self.has_been_killed(worker), "it was not killed")
        until(lambda: self.server.log_text().count("after a pause") >= 3, "it is not paused for")
        self.assertLess(self.server.log_text().count("replaced"), 8)
        self.server.process.kill()

    def has_been_killed(self, pid):
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)
        return not is_alive(pid)


if __name__ == "__main__":
    unittest.main()
