"""GET /stats: its shape, and figures that agree with what was asked."""

import re
import unittest

from support import MODE, MODEL_ENDPOINTS, SMALL_BODY, Server, head, request, until

HISTOGRAM = ["count", "min", "mean", "p50", "p90", "p95", "p99", "p999", "max"]
WORKER = ["worker", "pid", "starts", "connections", "open", "requests", "in_flight", "by_handlers", "turn_waits", "gave_way"]
ORDERED = ["min", "p50", "p90", "p95", "p99", "p999", "max"]


class Stats(unittest.TestCase):
    """A server for each test: the counters start at zero."""

    def setUp(self):
        self.server = self.enterContext(Server())

    def assert_histogram(self, histogram):
        self.assertEqual(sorted(histogram), sorted(HISTOGRAM))
        self.assertIs(type(histogram["count"]), int)
        values = [histogram[key] for key in ORDERED]
        self.assertEqual(values, sorted(values))
        self.assertGreaterEqual(histogram["mean"], histogram["min"])
        self.assertLessEqual(histogram["mean"], histogram["max"])

    def with_holds(self):
        """The figures once a hold is counted: another thread may just be counting the end of one."""
        stats = self.server.stats()
        wall, cpu = (stats[name]["count"] for name in ("loop_hold_ms", "loop_hold_cpu_ms"))
        return stats if 0 < wall == cpu else None

    def test_shape(self):
        self.server.post("/ping", SMALL_BODY)
        stats = until(self.with_holds, "a hold is counted by both clocks")
        for key in ("version", "mode", "poll", "uptime_ms", "requests", "body_bytes",
                    "loop_hold_ms", "loop_hold_counts", "loop_hold_cpu_ms", "large_hold_ms", "large_hold_counts", "latency_ms", "process", "workers"):  # fmt: skip
            self.assertIn(key, stats)
        self.assertEqual((stats["mode"], stats["poll"]), (MODE, self.server.poll))
        self.assertTrue(re.match(r"^\d+\.\d+\.\d+$", stats["version"]))
        self.assertGreater(stats["uptime_ms"], 0)
        self.assert_histogram(stats["loop_hold_ms"])
        values, counts = zip(*stats["loop_hold_counts"])
        self.assertEqual(sum(counts), stats["loop_hold_ms"]["count"])
        self.assertEqual(list(values), sorted(set(values)))
        self.assertGreaterEqual(values[-1] / 1e6, stats["loop_hold_ms"]["max"])
        self.assertLessEqual(values[-1] / 1e6, stats["loop_hold_ms"]["max"] * 1.001 + 0.002)  # a slot, and what is rounded
        self.assert_histogram(stats["loop_hold_cpu_ms"])
        self.assertLessEqual(stats["loop_hold_cpu_ms"]["max"], stats["loop_hold_ms"]["max"])

    def test_properties_tell_how_it_serves(self):
        """Others ask for these, never for the name of the mode."""
        stats = self.server.stats()
        serving = stats["serving"]
        workers = len(stats["workers"])
        self.assertEqual(list(serving), ["loops", "one_loop", "thread_per_connection", "answered_by", "reserve"])
        by = {"threads": "connection", "offload": "handlers", "hybrid": "size"}.get(MODE, "loop")
        self.assertEqual(serving["reserve"], 0)
        self.assertEqual(serving["answered_by"], by)
        self.assertEqual(serving["loops"], 0 if by == "connection" else workers)
        self.assertIs(serving["one_loop"], MODE == "select")
        self.assertIs(serving["thread_per_connection"], MODE == "threads")
        self.assertEqual(stats["endpoints"], {
            "/ping": {"incremental": False, "whole_document": True},
            "/pong": {"incremental": False, "whole_document": True},
            "/stream": {"incremental": True, "whole_document": False},
            "/await": {"incremental": True, "whole_document": True},
        })  # fmt: skip

    def settled(self):
        """The figures once workers add up: one process may just be counting the end of a request."""

        def adds_up():
            stats = self.server.stats()
            sums = [(stats["requests"][ours], sum(worker[theirs] for worker in stats["workers"]))
                    for ours, theirs in (("answered", "requests"), ("in_flight", "in_flight"))]  # fmt: skip
            found.append(stats)
            return all(total == of_workers for total, of_workers in sums)

        found = []
        until(adds_up, "workers do not add up")
        return found[-1]

    def test_workers_add_up(self):
        self.ask_a_mixture()
        with self.server.wire() as wire:
            wire.send(request(body=SMALL_BODY)[:-5])
            self.server.wait_for_in_flight(1)
            stats = self.settled()
        workers = stats["workers"]
        self.assertEqual([worker["worker"] for worker in workers], list(range(len(workers))))
        self.assertEqual({worker["starts"] for worker in workers}, {1})
        self.assertGreaterEqual(sum(worker["open"] for worker in workers), 2)
        for worker in workers:
            self.assertEqual(list(worker), WORKER)
            self.assertLessEqual(worker["open"], worker["connections"])
            self.assertGreater(worker["pid"], 0)

    def test_an_untouched_server(self):
        stats = self.server.stats()
        self.assertEqual(stats["requests"], {"in_flight": 1, "by_status": {}, "answered": 0})
        self.assertEqual(stats["latency_ms"], {})
        self.assertEqual(stats["body_bytes"], {"received": 0, "sent": 0})

    def test_process(self):
        before = self.server.stats()["process"]
        self.assertEqual(before["pid"], self.server.pid)
        self.assertGreater(before["rss_bytes"], 1 << 20)
        self.assertGreaterEqual(before["rss_peak_bytes"], before["rss_bytes"] // 2)
        for _ in range(5):
            self.server.post("/ping", b'{"name": "%s", "data": {}}' % (b"n" * 3_000_000))
        self.assertGreater(self.server.stats()["process"]["cpu_seconds"], before["cpu_seconds"])

    def ask_a_mixture(self):
        for path in MODEL_ENDPOINTS:
            for _ in range(5):
                self.assertEqual(self.server.post(path, SMALL_BODY).status, 200)
            self.assertEqual(self.server.post(path, b"x").status, 422)
        self.assertEqual(self.server.get("/nowhere").status, 404)
        self.assertEqual(self.server.get("/ping").status, 405)
        self.assertEqual(self.server.ask(head("Host: a")).status, 411)

    def test_requests_by_status_add_up(self):
        self.ask_a_mixture()
        requests = self.server.stats()["requests"]
        wanted = {"200": 5 * len(MODEL_ENDPOINTS), "422": len(MODEL_ENDPOINTS), "404": 1, "405": 1, "411": 1}
        self.assertEqual(requests["by_status"], wanted)
        self.assertEqual(requests["answered"], sum(wanted.values()))

    def test_latency_per_endpoint_adds_up_to_the_requests(self):
        self.ask_a_mixture()
        stats = self.server.stats()
        counts = {}
        for endpoint, classes in stats["latency_ms"].items():
            for histogram in classes.values():
                self.assert_histogram(histogram)
                counts[endpoint] = counts.get(endpoint, 0) + histogram["count"]
        self.assertEqual(counts, {"/ping": 8, "/pong": 6, "/stream": 6, "/await": 6, "other": 1})
        self.assertEqual(sum(counts.values()), stats["requests"]["answered"])

    def test_size_classes(self):
        sizes = {"small": 1000, "medium": 200_000, "large": 9 << 20}
        for size in sizes.values():
            self.server.post("/pong", b'{"name": "n", "data": {}, "x": "%s"}' % (b"a" * size))
        classes = self.server.stats()["latency_ms"]["/pong"]
        self.assertEqual({name: classes[name]["count"] for name in classes}, dict.fromkeys(sizes, 1))

    def test_body_bytes(self):
        replies = [self.server.post("/ping", SMALL_BODY) for _ in range(3)]
        bytes_ = self.server.stats()["body_bytes"]
        self.assertEqual(bytes_["received"], 3 * len(SMALL_BODY))
        self.assertEqual(bytes_["sent"], sum(len(reply.body) for reply in replies))

    def test_in_flight_counts_a_request_that_is_still_arriving(self):
        with self.server.wire() as wire:
            wire.send(request(body=SMALL_BODY)[:-5])
            self.server.wait_for_in_flight(1)
        self.server.wait_until_idle()


if __name__ == "__main__":
    unittest.main()
