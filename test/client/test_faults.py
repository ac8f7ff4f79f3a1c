"""What servers do wrong is counted by its kind and never becomes a latency."""

import json
import os
import signal
import socket
import struct
import subprocess
import threading
import unittest

import support
from quiet import on_a_machine_that_runs

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
NEVER = threading.Event()


def raw(handler, bytes_):
    handler.wfile.write(bytes_)
    return False


def reset(handler, _request):
    handler.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.request.close()
    return False


def redirect(handler, _request):
    return support.reply(handler, "302 Found", b"", b"Location: /elsewhere\r\n")


FAULTS = {
    "reset": reset,
    "empty_reply": lambda handler, _: False,
    "truncated": lambda handler, _: raw(handler, OK + b"half"),
    "garbage": lambda handler, _: raw(handler, b"\x00\x01 no reply at all\r\n\r\n"),
    "timeout": lambda handler, _: NEVER.wait(20),
    "http_3xx": redirect,
    "http_4xx": lambda handler, _: support.reply(handler, "422 Unprocessable Content"),
    "http_5xx": lambda handler, _: support.reply(handler, "503 Service Unavailable"),
}

VARIANTS = [
    ("truncated", lambda handler, _: raw(handler, b"HTTP/1.1 200 OK\r\nContent-Le")),
    (
        "truncated",
        lambda handler, _: raw(handler, b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Le"),
    ),
    (
        "truncated",
        lambda handler, _: raw(handler, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
    ),
    (
        "garbage",
        lambda handler, _: raw(handler, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    ),
]


class Row36FaultTest(support.ClientTest):
    arguments = ("--duration=300ms", "--class=small:size=1KiB,interval=50ms")

    def check_fault(self, answer, kind):
        with support.FakeServer(support.only_posts(answer)) as server:
            self.check_url(server.url, kind)

    @on_a_machine_that_runs
    def send_all(self, url, *arguments):
        (cell,) = self.load(url, *self.arguments, *arguments, code=1)["cells"]
        self.assertEqual(cell["sent"], 6)
        return cell

    def check_url(self, url, kind):
        # Of the others none has to be answered soon.
        cell = self.send_all(url, *(["--timeout=200ms"] if kind == "timeout" else []))
        self.assertEqual(cell["planned"], 6)
        self.assertEqual(cell["ok"], 0)
        self.assertEqual(cell["errors"], {kind: 6})
        for figures in (cell["response_ms"], cell["service_ms"]):
            self.assertEqual({key for key, value in figures.items() if value is not None},
                             {key for key in figures if key.endswith("_at_least")})
        self.assertEqual(cell["censored"], 6)
        self.assertIn("p50_at_least", cell["response_ms"])
        self.assertIn(f"6 errors ({kind} 6", self.table)
        self.assert_one_line(self.told, "nothing could be measured")

    def test_every_kind(self):
        for kind, answer in FAULTS.items():
            with self.subTest(kind=kind):
                self.check_fault(answer, kind)

    def test_variants(self):
        for number, (kind, answer) in enumerate(VARIANTS):
            with self.subTest(number=number):
                self.check_fault(answer, kind)

    @on_a_machine_that_runs
    def test_a_reply_with_trailers_is_complete(self):
        chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n2\r\n{}\r\n0\r\nX-T: 1\r\n\r\n"
        with support.FakeServer(support.only_posts(lambda handler, _: raw(handler, chunked))) as server:
            (cell,) = self.load(server.url, *self.arguments)["cells"]
        self.assertEqual((cell["ok"], cell["errors"]), (6, {}))

    def test_refused(self):
        url, holder = support.refused_url()
        with holder:
            self.check_url(url, "connect")

    def test_name_without_an_address(self):
        done = support.looplag("load", "--base-url=http://no-such-host.invalid", "--duration=1")
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, "cannot resolve 'no-such-host.invalid'")

    @on_a_machine_that_runs
    def test_errors_are_not_latencies(self):
        """Every second request hangs until the time-out; the good ones stay fast."""

        def flaky(handler, request):
            number = int(request.headers["x-request-id"].rsplit("-", 1)[1])
            return NEVER.wait(20) if number % 2 else support.reply(handler)

        with support.FakeServer(support.only_posts(flaky)) as server:
            result = self.load(
                server.url, "--duration=1", "--timeout=3s", "--class=small:size=1KiB,interval=50ms"
            )
        (cell,) = result["cells"]
        self.assertEqual(cell["errors"], {"timeout": 10})
        self.assertEqual(cell["ok"], 10)
        self.assertLess(cell["response_ms"]["max"], 2900)


class Row51CensoredTest(support.ClientTest):
    """Requests without a good reply are slower than every reply: no percentile, no objective hides them."""

    arguments = ("--duration=2", "--timeout=300ms", "--class=small:size=1KiB,interval=10ms")

    def measure(self, answer, *arguments, code):
        """The result, and the one cell of a server that `answer`s by the request's number."""

        def numbered(handler, request):
            return answer(handler, int(request.headers["x-request-id"].rsplit("-", 1)[1]))

        with support.FakeServer(support.only_posts(numbered)) as server:
            result = self.load(server.url, *self.arguments, *arguments, code=code)
        (cell,) = result["cells"]
        self.assertEqual(cell["planned"], 200)
        self.assertEqual(cell["censored"], 200 - cell["ok"])
        return result, cell

    @on_a_machine_that_runs
    def test_replies_later_than_the_time_out(self):
        result, cell = self.measure(
            lambda handler, number: NEVER.wait(20) if number % 10 == 0 else support.reply(handler),
            "--slo=p90<200ms", "--slo=p95<200ms", "--slo=p95<10s", "--slo=max<10s", code=(99, 98),
        )  # fmt: skip
        self.assertEqual(cell["errors"], {"timeout": 20})
        response = cell["response_ms"]
        self.assertLess(response["p90"], 200)  # just 10 % are missing
        self.assertIsNone(response["p95"])
        self.assertIsNone(response["p95_ci"])
        self.assertGreater(response["p95_at_least"], 295)
        self.assertLess(response["p95_at_least"], 600)
        self.assertLess(response["max"], 295)  # of replies
        self.assertEqual([slo["passed"] for slo in result["slo"]], [True, False, False, False])
        self.assertEqual([slo["value"] is None for slo in result["slo"]], [False, True, True, True])
        self.assertIn("SLO p95<200ms FAILED: /ping small: >= 3", self.table)
        self.assertIn("SLO p95<10s FAILED: /ping small: cannot be told, >= 3", self.table)
        self.assertIn("20 planned requests were left without a good reply", self.table)

    @on_a_machine_that_runs
    def test_half_of_the_connections_are_dropped(self):
        result, cell = self.measure(
            lambda handler, number: number % 2 and support.reply(handler), "--slo=p99<50ms", code=(99, 98)
        )
        self.assertEqual(cell["ok"], 100)
        self.assertIsNone(cell["response_ms"]["p90"])
        self.assertGreaterEqual(cell["response_ms"]["p90_at_least"], cell["response_ms"]["max"] * 0.99)
        self.assertFalse(result["slo"][0]["passed"])

    @on_a_machine_that_runs
    def test_what_the_end_leaves_unsent(self):
        """A hang in the last tenth of a second: 9 of 200 are never sent, and nobody was late."""

        def hang(handler, number):
            if number > 190:
                NEVER.wait(0.25)
            return support.reply(handler)

        usual = type(self).arguments  # the test may be repeated
        self.arguments = (*usual[:2], usual[2] + ",conns=1")
        _, cell = self.measure(hang, "--slo=p99<200ms", code=(99, 98))
        self.assertEqual((cell["sent"], cell["ok"], cell["errors"]), (191, 191, {}))
        self.assertEqual(cell["censored"], 9)
        self.assertGreater(cell["response_ms"]["p99_at_least"], 245)
        self.assertFalse(cell["audit"]["too_many_unsent"])


class Row52DropTest(support.ClientTest):
    """A server that closes a connection instead of answering every third request on it."""

    def measure(self, close, *arguments):
        def answer(handler, request):
            handler.count = getattr(handler, "count", 0) + 1
            if handler.count % 3 == 0:
                with handler.server.lock:
                    handler.server.dropped.append(request.headers["x-request-id"])
                return close(handler, request)
            return support.reply(handler)

        with support.FakeServer(support.only_posts(answer)) as server:
            server.dropped = []
            server.notes.append(server.dropped)
            (cell,) = self.load(server.url, "--duration=1", *arguments, least=30)["cells"]
        return cell, server

    def check(self, close, traffic):
        cell, server = self.measure(close, "--keepalive", f"--class=small:size=1KiB,{traffic}")
        seen = [request.headers["x-request-id"] for request in server.requests]
        errors = sum(cell["errors"].values())
        self.assertGreater(len(server.dropped), 5)
        self.assertLessEqual(set(cell["errors"]), {"reset"})
        self.assertEqual(cell["ok"], cell["sent"] - errors)
        self.assertEqual(cell["resent"] + errors, len(server.dropped))
        self.assertEqual(len(seen), cell["sent"] + cell["resent"])
        self.assertEqual(len(set(seen)), cell["sent"])
        self.assertEqual(cell["connections_opened"], len({request.connection for request in server.requests}))
        return cell

    def test_every_drop_is_an_error_or_a_request_that_is_sent_again(self):
        for traffic in ("rate=100,conns=2", "interval=5ms,arrival=closed,conns=3"):
            with self.subTest(traffic=traffic):
                cell = self.check(lambda *_: False, traffic)
                self.assertEqual(cell["errors"], {})
                self.assertIn(f"{cell['resent']} sent again (the server closed the connection)", self.table)
                self.check(reset, traffic)

    @on_a_machine_that_runs
    def test_on_a_new_connection_nothing_is_sent_again(self):
        def answer(handler, request):
            return int(request.headers["x-request-id"][-1]) % 2 and support.reply(handler)

        with support.FakeServer(support.only_posts(answer)) as server:
            (cell,) = self.load(server.url, "--duration=400ms", "--class=small:size=1KiB,rate=50")["cells"]
        self.assertEqual((cell["errors"], cell["ok"], cell["resent"]), ({"empty_reply": 10}, 10, 0))
        self.assertEqual(len(server.requests), 20)
        self.assertNotIn("sent again", self.table)


class OutputTest(support.ClientTest):
    def setUp(self):
        super().setUp()
        self.server = support.FakeServer(support.only_posts(lambda h, _: support.reply(h)))
        self.server.__enter__()
        self.addCleanup(self.server.__exit__, None, None, None)

    def run_to(self, out, *arguments):
        return support.looplag(
            "load", "--base-url", self.server.url, "--duration=200ms", "--quiet",
            "--class=small:size=1KiB,interval=50ms", "-o", out, *arguments,
        )  # fmt: skip

    @on_a_machine_that_runs
    def test_row_36_full_disk(self):
        for form in ("text", "json", "csv"):
            done = self.run_to("/dev/full", "--format", form)
            self.assertEqual(done.returncode, 1, form)
            self.assert_one_line(done.stderr, "/dev/full", "No space left on device")
            self.assertIn("\n/ping small ", done.stdout, form)

    def test_a_full_disk_does_not_take_the_answer(self):
        """Of what is no result. The page is written all the same."""
        page = self.folder / "page.html"
        stages = ("stages", self.server.url, "--class=large:size=100KB", "--requests=2")
        diagnose = ("diagnose", self.server.url, "--duration=1", "--most=1", "--large-size=100KB", "--quiet",
                    f"--html={page}")  # fmt: skip
        for words, form, answer in (
            (stages, "text", "2 requests, one after the other"), (stages, "markdown", "2 requests, one after the other"),
            (stages, "json", "2 requests, one after the other"), (diagnose, "json", "large"),
        ):  # fmt: skip
            with self.subTest(command=words[0], form=form):
                done = support.looplag(*words, "-o", "/dev/full", "--format", form)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assert_one_line(done.stderr, "cannot write the result: No space left on device")
                self.assertIn(answer, support.unbroken(done.stdout))
        self.assertIn("</html>", page.read_text())

    @on_a_machine_that_runs
    def test_full_standard_output(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run(
                [support.LOOPLAG, "load", "--base-url", self.server.url, "--duration=100ms", "-q",
                 "--class=small:size=1KiB,interval=50ms"],
                stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
            )  # fmt: skip
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, "standard output", "No space left on device")

    def test_help_that_nobody_can_read(self):
        for word in ("help", "--version", "load --help"):
            for redirection, reason in ((">/dev/full", "No space left"), (">&-", "Bad file descriptor")):
                with self.subTest(word=word, redirection=redirection):
                    done = subprocess.run(
                        ["/bin/sh", "-c", f'exec "$0" {word} {redirection}', support.LOOPLAG],
                        stderr=subprocess.PIPE, text=True, timeout=60, check=False,
                    )  # fmt: skip
                    self.assertEqual(done.returncode, 1)
                    self.assert_one_line(done.stderr, "standard output", reason)

    @on_a_machine_that_runs
    def test_a_closed_standard_error_is_not_the_result(self):
        """Else FILE would be descriptor 2, and get the progress, too."""
        out = self.folder / "result.json"
        done = subprocess.run(
            ["/bin/sh", "-c", 'exec "$0" "$@" 2>&-', support.LOOPLAG, "load", "--base-url", self.server.url,
             "--duration=100ms", "--start-at=+0.1", "--class=small:size=1KiB,interval=50ms", "-o", str(out)],
            stdout=subprocess.PIPE, text=True, timeout=60, check=False,
        )  # fmt: skip
        self.assertIn(done.returncode, (0, 98))
        self.assertEqual(json.loads(out.read_text())["cells"][0]["ok"], 2)

    def test_no_such_folder_is_told_before_the_run(self):
        done = self.run_to(str(self.folder / "none" / "x.json"))
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, "none/x.json", "No such file or directory")
        self.assertEqual(self.server.requests, [])

    def test_every_command_tells_a_missing_folder_alike(self):
        saved, path = self.folder / "saved.json", self.folder / "none" / "x.json"
        self.run_to(str(saved))
        for command in (
            ("load", "--base-url", self.server.url), ("compare", "--server", support.LOOPLAGD),
            ("sweep", "--server", support.LOOPLAGD), ("report", str(saved)),
        ):  # fmt: skip
            with self.subTest(command=command[0]):
                done = support.looplag(*command, "-o", str(path))
                told = f"looplag: cannot open {path} for the result: No such file or directory\n"
                self.assertEqual((done.returncode, done.stdout, done.stderr), (1, "", told))

    @on_a_machine_that_runs
    def test_formats(self):
        done = self.run_to("-", "--format=json")
        self.assertEqual(json.loads(done.stdout)["cells"][0]["ok"], 4)
        done = self.run_to("-")
        self.assertTrue(done.stdout.startswith("Small: 1.0 kB, 20 a second.\n"), done.stdout)
        done = self.run_to("-", "--format=markdown")
        self.assertIn("\n\n| Request Size | Mode | Endpoint | Count | Min ", done.stdout)
        out = self.folder / "rows.csv"
        out.write_text("an older and much longer result" * 1000)
        done = self.run_to(str(out))
        self.assertIn(done.returncode, (0, 98), done.stderr)
        self.assertIn("\n/ping small ", done.stdout)
        rows = [line.split(",") for line in out.read_text().splitlines()]
        self.assertEqual(",".join(rows[0]), "class,mode,endpoint,window,id,planned_us,sent_us,"
                         "first_byte_us,end_us,status,error,bytes_sent,bytes_received,connect_us,tls_us")  # fmt: skip
        self.assertEqual(sorted(row[4] for row in rows[1:]), [f"small-{i:06}" for i in range(3, 7)])
        for row in rows[1:]:
            planned, sent, first, end = (int(value) for value in row[5:9])
            self.assertTrue(planned <= sent <= first <= end, row)
            self.assertEqual(row[9:13], ["200", "", "1024", "2"])
            self.assertTrue(row[13].isdigit(), row)
            self.assertEqual(row[14], "")


class InterruptTest(support.ClientTest):
    def interrupt(self, number):
        """Sends a signal once some requests were answered, while one hangs: the other connection has had its replies. The first five warm up."""
        enough = threading.Event()

        def answer(handler, request):
            if request.headers["x-request-id"] == "small-000008":
                return NEVER.wait(support.LIMIT_S)
            if request.headers["x-request-id"] == "small-000011":
                enough.set()
            return support.reply(handler)

        out = self.folder / "result.json"
        with support.FakeServer(support.only_posts(answer)) as server:
            client = subprocess.Popen(
                [support.LOOPLAG, "load", "--base-url", server.url, "--duration=60", "-o", str(out),
                 "--class=small:size=1KiB,interval=20ms,conns=2"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
            self.addCleanup(client.kill)
            self.assertTrue(enough.wait(support.LIMIT_S))
            os.kill(client.pid, number)
            answer, _ = client.communicate(timeout=support.LIMIT_S / 2)
        self.assertEqual(client.returncode, 130)
        self.assertIn("\n/ping small ", answer)
        (cell,) = json.loads(out.read_text())["cells"]
        self.assertGreaterEqual(cell["ok"], 4)
        self.assertGreaterEqual(cell["errors"]["interrupted"], 1)
        self.assertEqual(cell["sent"], cell["ok"] + cell["errors"]["interrupted"])
        self.assertLess(cell["planned"], 2000)

    def test_interrupt_keeps_what_was_measured(self):
        self.interrupt(signal.SIGINT)

    def test_terminate_too(self):
        self.interrupt(signal.SIGTERM)


if __name__ == "__main__":
    unittest.main()
