"""--large-limit: at most so many large bodies at a time; the others wait or are turned away.

Who holds a place is a request whose body has not all been sent, so that no
test depends on how long a parse takes.
"""

import os
import signal
import time
import unittest

from support import (
    DEADLINE_S, MODEL_ENDPOINTS, SMALL_BODY, OwnServerCase, Server, ServerCase, Wire, WireClosed, head,
    last_response, needs, request, until,
)  # fmt: skip

MB = 1_000_000
LARGE_BODY = b'{"name": "n", "data": {}, "x": "%s"}' % (b"x" * MB)
SHORT_BODY = b'{"name": "n", "data": {}, "x": "%s"}' % (b"x" * 12_000)  # all in the server's buffer
CHUNKED = ("Host: test", "Transfer-Encoding: chunked")
LEAVERS = 100


def large(request_id="large"):
    return request("POST", "/ping", LARGE_BODY, [("X-Request-ID", request_id)])


def large_head(*lines):
    return head("Host: test", f"Content-Length: {len(LARGE_BODY)}", *lines)


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def queue_ms(response):
    stages = dict(part.split(";dur=") for part in response.header("Server-Timing").split(", "))
    return float(stages["queue"])


class LaneCase(OwnServerCase):
    """The server has one place unless told otherwise."""

    def server(self, *arguments, limit=1):
        return super().server(f"--large-limit={limit}", f"--large-size={MB}", *arguments)

    def wait_for_lane(self, server, admitted, waiting):
        def is_so():
            lane = server.stats()["large_lane"]
            return (lane["admitted"], lane["waiting"]) == (admitted, waiting)

        until(is_so, f"{admitted} admitted and {waiting} waiting; {server.stats()['large_lane']}")

    def hold_place(self, server, admitted=1):
        """A request that has its place; the wire and the bytes that it still has to send."""
        wire = self.wire(server)
        data = large("holder")
        wire.send(data[:-10])
        self.wait_for_lane(server, admitted, 0)
        return wire, data[-10:]

    def release(self, holder, answer_of=Wire.response):
        wire, rest = holder
        wire.send(rest)
        response = answer_of(wire)
        self.assertEqual(response.status, 200)
        return response

    def assert_drained(self, server, code=0):
        self.assertEqual(server.wait(), code)
        server.close()


class Wait(LaneCase):
    """--large-policy=wait, the default."""

    def test_without_a_limit_there_is_no_lane(self):
        with Server() as server:
            self.assertNotIn("large_lane", server.stats())

    def test_a_place_is_free_again_after_each_request(self):
        server = self.server()
        with server.wire() as wire:
            for _ in range(3):
                wire.send(large())
                self.assertEqual(wire.response().status, 200)
        self.wait_for_lane(server, 0, 0)
        lane = server.stats()["large_lane"]
        self.assertEqual(lane, {"limit": 1, "admitted": 0, "waiting": 0, "rejected": 0})

    def test_who_waits_is_not_told_to_continue_before_there_is_a_place(self):
        server = self.server()
        holder = self.hold_place(server)
        wire = self.wire(server)
        wire.send(large_head("Expect: 100-continue"))
        self.wait_for_lane(server, 1, 1)
        self.assertTrue(wire.is_silent())
        self.release(holder)
        self.assertEqual(wire.response().status, 100)
        wire.send(LARGE_BODY)
        response = wire.response()
        self.assertEqual(response.status, 200)
        self.assertGreater(queue_ms(response), 0)
        self.assertLess(queue_ms(response), 1000 * DEADLINE_S)

    def test_small_requests_do_not_wait(self):
        server = self.server()
        holder = self.hold_place(server)
        waiting = self.wire(server)
        waiting.send(large())
        self.wait_for_lane(server, 1, 1)
        for path in MODEL_ENDPOINTS:
            self.assertEqual(server.post(path, SMALL_BODY).status, 200)
        self.assertEqual(server.post("/ping", LARGE_BODY[: MB // 2]).status, 422)
        self.assertTrue(waiting.is_silent())
        self.release(holder)
        self.assertEqual(waiting.response().status, 200)

    def test_as_many_as_the_limit_are_let_in(self):
        server = self.server(limit=3)
        holders = [self.hold_place(server, count) for count in (1, 2, 3)]
        waiting = self.wire(server)
        waiting.send(large())
        self.wait_for_lane(server, 3, 1)
        for holder in holders:
            self.release(holder)
        self.assertEqual(waiting.response().status, 200)

    def test_first_come_first_served(self):
        server = self.server()
        holder = self.hold_place(server)
        ids = [f"in-line-{i}" for i in range(8)]
        wires = []
        for count, request_id in enumerate(ids, 1):
            wires.append(self.wire(server))
            wires[-1].socket.setblocking(False)
            sent = wires[-1].socket.send(large(request_id))
            wires[-1].rest_of_request = large(request_id)[sent:]
            self.wait_for_lane(server, 1, count)
        self.release(holder)
        for wire in wires:
            wire.send(wire.rest_of_request)
            self.assertEqual(wire.response().status, 200)
        server.terminate()
        self.assert_drained(server)  # the log is whole
        order = [line for line in server.log_lines() if "in-line-" in line]
        self.assertEqual([line.split(" - INFO - ")[1].split()[0] for line in order], ids)

    def test_a_chunked_body_waits_once_it_is_large(self):
        server = self.server()
        holder = self.hold_place(server)
        wire = self.wire(server)
        wire.send(head(*CHUNKED) + chunk(LARGE_BODY[:-MB // 2]))
        server.wait_for_in_flight(2)
        self.assertEqual(server.stats()["large_lane"]["waiting"], 0)
        wire.send(chunk(LARGE_BODY[-MB // 2 :]) + b"0\r\n\r\n")
        self.wait_for_lane(server, 1, 1)
        self.release(holder)
        response = wire.response()
        self.assertEqual((response.status, response.json()["name"]), (200, "n"))
        self.assertGreater(queue_ms(response), 0)

    def test_when_the_holder_leaves_the_next_is_let_in(self):
        server = self.server()
        for leave in ("reset", "end"):
            holder, _ = self.hold_place(server)
            waiting = self.wire(server)
            waiting.send(large())
            self.wait_for_lane(server, 1, 1)
            getattr(holder, leave)()
            self.assertEqual(waiting.response().status, 200)

    def test_clients_that_leave_while_they_wait_are_dropped(self):
        server = self.server()
        holder = self.hold_place(server)
        leavers = [self.wire(server) for _ in range(LEAVERS)]
        for wire in leavers:
            wire.send(large_head())
        self.wait_for_lane(server, 1, LEAVERS)
        for i, wire in enumerate(leavers):
            wire.reset() if i % 2 else wire.socket.close()
        self.wait_for_lane(server, 1, 0)
        server.wait_for_in_flight(1)
        self.release(holder)
        server.wait_until_idle()
        requests = server.stats()["requests"]
        self.assertEqual(requests["answered"], sum(requests["by_status"].values()))
        self.assertEqual(server.post("/ping", LARGE_BODY).status, 200)

    @needs("processes")
    def test_places_of_killed_workers_are_given_back(self):
        server = self.server("--workers=2")
        self.hold_place(server)
        waiting = self.wire(server)
        waiting.send(large_head())
        self.wait_for_lane(server, 1, 1)
        for worker in server.stats()["workers"]:
            os.kill(worker["pid"], signal.SIGKILL)
        until(lambda: self.is_answered(server), "no large request is answered")
        self.wait_for_lane(server, 0, 0)

    def is_answered(self, server):
        try:
            return server.post("/ping", LARGE_BODY).status == 200
        except (OSError, WireClosed):
            return False

    def test_a_half_closed_client_that_sent_all_is_served(self):
        server = self.server("--large-size=100KB")
        holder = self.hold_place(server)
        body = LARGE_BODY[: -MB // 2] + b'"}'
        with server.wire() as wire:
            wire.send(request(body=body))
            wire.end()
            self.wait_for_lane(server, 1, 1)
            self.release(holder)
            self.assertEqual(wire.response().status, 200)

    def assert_half_closed_is_served(self, server, data):
        holder = self.hold_place(server)
        with server.wire() as wire:
            wire.send(data)
            wire.end()
            self.wait_for_lane(server, 1, 1)
            self.release(holder)
            response = wire.response()
            self.assertEqual((response.status, response.json()["name"]), (200, "n"))
            self.assertGreater(queue_ms(response), 0)
        self.wait_for_lane(server, 0, 0)

    def test_a_half_closed_client_whose_body_is_read_already_is_served(self):
        server = self.server("--large-size=10KB")
        for path in MODEL_ENDPOINTS:
            self.assert_half_closed_is_served(server, request("POST", path, SHORT_BODY))

    def test_a_half_closed_client_whose_last_chunk_is_read_already_is_served(self):
        server = self.server("--large-size=10KB")
        for path in MODEL_ENDPOINTS:
            first = head(*CHUNKED, first=f"POST {path} HTTP/1.1")
            self.assert_half_closed_is_served(server, first + chunk(SHORT_BODY) + b"0\r\n\r\n")

    def test_a_half_closed_client_with_more_chunks_is_served(self):
        server = self.server("--large-size=10KB")
        chunks = [LARGE_BODY[:20_000], LARGE_BODY[20_000 : -MB // 2], b'"}']
        data = head(*CHUNKED) + b"".join(map(chunk, chunks)) + b"0\r\n\r\n"
        self.assert_half_closed_is_served(server, data)

    def test_clients_that_leave_while_they_wait_with_all_read_are_dropped(self):
        server = self.server("--large-size=10KB")
        holder = self.hold_place(server)
        leavers = [self.wire(server) for _ in range(LEAVERS)]
        for wire in leavers:
            wire.send(request(body=SHORT_BODY))
        self.wait_for_lane(server, 1, LEAVERS)
        for wire in leavers:
            wire.reset()
        self.wait_for_lane(server, 1, 0)
        server.wait_for_in_flight(1)
        self.release(holder)
        server.wait_until_idle()

    def test_sigterm_serves_those_who_wait(self):
        server = self.server()
        kept = server.kept_wires()
        holder = self.hold_place(server)
        waiting = [self.wire(server) for _ in range(5)]
        for wire in waiting:
            wire.send(large_head())
        self.wait_for_lane(server, 1, len(waiting))
        server.terminate_and_wait_for_drain(kept)
        self.release(holder, last_response)
        for wire in waiting:
            wire.send(LARGE_BODY)
        self.assertEqual([wire.response().status for wire in waiting], [200] * len(waiting))
        self.assert_drained(server)

    def test_a_drain_that_is_cut_short_ends_those_who_wait(self):
        server = self.server("--drain-timeout=200ms", "--large-size=10KB")
        holder, _ = self.hold_place(server)
        waiting = [self.wire(server) for _ in range(20)]
        for i, wire in enumerate(waiting):
            wire.send(large_head() if i % 2 else request(body=SHORT_BODY))
        self.wait_for_lane(server, 1, len(waiting))
        begun = time.monotonic()
        server.terminate()
        self.assert_drained(server, 1)
        self.assertLess(time.monotonic() - begun, DEADLINE_S / 2)
        for wire in (holder, *waiting):
            self.assertNotIn(b" 200 ", wire.rest())
        self.assertIn("drain cut short: 21 requests", server.log_text())


class Reject(LaneCase):
    """--large-policy=reject."""

    def assert_rejected(self, response):
        self.assertEqual((response.status, response.header("Retry-After")), (503, "1"))
        self.assertIn("large", response.json()["detail"])
        self.assertTrue(response.closes)

    def test_an_announced_one_is_told_at_once(self):
        server = self.server("--large-policy=reject")
        holder = self.hold_place(server)
        for more in ((), ("Expect: 100-continue",)):
            with server.wire() as wire:
                wire.send(large_head(*more))
                self.assert_rejected(wire.response())
                self.assertEqual(wire.rest(), b"")
        self.assertEqual(server.post("/ping", SMALL_BODY).status, 200)
        lane = server.stats()["large_lane"]
        self.assertEqual((lane["waiting"], lane["rejected"]), (0, 2))
        self.release(holder)
        self.wait_for_lane(server, 0, 0)
        self.assertEqual(server.post("/ping", LARGE_BODY).status, 200)

    def test_a_chunked_one_is_drained_and_told(self):
        server = self.server("--large-policy=reject")
        holder = self.hold_place(server)
        with server.wire() as wire:
            wire.send(head(*CHUNKED) + chunk(LARGE_BODY) + b"0\r\n\r\n")
            response = wire.response()
        self.assertEqual((response.status, response.header("Retry-After")), (503, "1"))
        self.assertEqual(server.stats()["large_lane"]["rejected"], 1)
        self.release(holder)


class LimitOfAnEndpoint(ServerCase):
    """--max-body=/PATH=SIZE: one endpoint's own limit; the others have the common one."""

    arguments = ("--max-body=/ping=1KiB", "--max-body=/stream=1MiB", "--max-body=100KiB")

    def body(self, size):
        return SMALL_BODY + b" " * (size - len(SMALL_BODY))

    def test_each_has_its_own(self):
        for path, limit in (("/ping", 1 << 10), ("/stream", 1 << 20), ("/pong", 100 << 10), ("/await", 100 << 10)):
            self.assertEqual(self.server.post(path, self.body(limit)).status, 200)
            with self.server.wire() as wire:
                wire.send_while_taken(request("POST", path, self.body(limit + 1)))
                self.assertEqual(wire.response().status, 413)

    def test_chunked_bodies_too(self):
        for size, status in ((1 << 10, 200), ((1 << 10) + 1, 413)):
            data = head(*CHUNKED) + chunk(self.body(size)) + b"0\r\n\r\n"
            self.assertEqual(self.server.ask(data).status, status)


if __name__ == "__main__":
    unittest.main()
