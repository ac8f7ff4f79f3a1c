"""Before a run each class is tried once, and what went wrong in a run is told so that one sees why."""

import json
import shutil
import socket
import subprocess
import time
import unittest

import support
from quiet import on_a_machine_that_runs
from support import DONE, unbroken

CLASS = "--class=small:size=1KiB,interval=20ms"
SHORT = ("--duration=1", "-q", CLASS)


def with_status(status, body=b'{"detail": "no"}'):
    return support.only_posts(lambda handler, _: support.reply(handler, status, body))


class TryTest(support.ClientTest):
    def tried(self, answer, *arguments, command="load"):
        """The finished process, and the requests that the server got."""
        with support.FakeServer(answer) as server:
            where = ("--base-url", server.url) if command == "load" else (f"--target=mine:{server.url}", "--rounds=1")
            done = support.looplag(command, *where, *SHORT, *arguments)
        return done, server.requests

    def test_row_54_every_status_that_is_not_good_stops_the_run(self):
        for status in ("401 Unauthorized", "404 Not Found", "405 Method Not Allowed", "422 Unprocessable Content",
                       "500 Internal Server Error", "302 Found"):  # fmt: skip
            with self.subTest(status=status):
                done, requests = self.tried(with_status(status))
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertEqual(len(requests), 1)
                self.assertRegex(done.stderr, f'^looplag: .*small.*: HTTP/1.1 {status}: {{"detail": "no"}}\n')
                self.assertIn("--no-try", done.stderr)

    def test_two_hundred_bytes_are_shown_and_none_of_them_speaks_to_the_terminal(self):
        body = b"\x1b[31m\r\n\xff\x00" + b"x" * 500
        done, _ = self.tried(with_status("400 Bad", body))
        self.assertIn(r": HTTP/1.1 400 Bad: \x1b[31m\r\n\xff\x00" + "x" * 191 + "\n", done.stderr)

    def test_no_try_goes_on(self):
        done, requests = self.tried(with_status("404 Not Found"), "--no-try")
        self.assertEqual(done.returncode, 1)
        self.assertGreater(len(requests), 5)
        self.assertIn("nothing could be measured", done.stderr)

    def test_a_good_server_is_tried_once_a_class_and_measured(self):
        done, requests = self.tried(with_status("200 OK"), "--class=other:size=10,rate=50,endpoint=/other")
        self.assertIn(done.returncode, DONE, done.stderr)
        self.assertEqual(done.stderr, "")
        tries = [request.path for request in requests if request.headers["x-request-id"].endswith("-000000")]
        self.assertEqual(tries, ["/ping", "/other"])
        self.assertEqual([request.headers["x-request-id"] for request in requests][:2], ["small-000000", "other-000000"])

    def test_what_is_tried_and_what_warms_up_is_in_no_figure(self):
        """Every 20 ms from 0 on, for 0.1 s: five requests after the one that is tried, and before the window's."""
        out = self.folder / "out.json"
        done, requests = self.tried(with_status("200 OK"), "-o", str(out))
        self.assertIn(done.returncode, DONE, done.stderr)
        result = json.loads(out.read_text())
        (cell,) = result["cells"]
        self.assertEqual(result["warm_up_s"], 0.1)
        self.assertEqual(cell["sent"] + 1 + 5, len(requests))
        told = support.looplag("report", str(out)).stdout
        self.assertIn("Warmed up for 0.1 s before, not counted.", told)

    def test_a_run_that_is_not_to_be_tried_sends_what_it_counts_and_nothing_else(self):
        out = self.folder / "out.json"
        done, requests = self.tried(with_status("200 OK"), "--no-try", "-o", str(out))
        self.assertIn(done.returncode, DONE, done.stderr)
        result = json.loads(out.read_text())
        self.assertEqual((result["warm_up_s"], result["cells"][0]["sent"]), (0, len(requests)))
        self.assertNotIn("Warmed up", support.looplag("report", str(out)).stdout)

    def test_each_system_is_tried_with_each_endpoint(self):
        def answer(handler, request):
            return support.reply(handler, "200 OK" if request.path == "/a" else "404 Not Found")

        done, requests = self.tried(support.only_posts(answer), "--endpoints=/a,/b", command="compare")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual([request.path for request in requests], ["/a", "/b"])
        self.assertTrue(done.stderr.startswith("looplag: mine /b: "), done.stderr)

    def test_a_sweep_tries_its_first_value_only(self):
        """A body that is too large for the server is an answer, and not a mistake of the command line."""

        def answer(handler, request):
            small = len(request.body) < 3000
            return support.reply(handler, "200 OK" if small else "413 Content Too Large")

        arguments = ("--sizes=1KB,5KB", "--duration=1", "--small-interval=20ms", "--large-interval=0.1", "-q")
        with support.FakeServer(support.only_posts(answer)) as server:
            done = support.looplag("sweep", f"--target=mine:{server.url}", *arguments)
            self.assertIn(done.returncode, DONE, done.stderr)
            ids = [request.headers["x-request-id"] for request in server.requests]
            self.assertEqual([name for name in ids if name.endswith("-000000")], ["small-000000", "large-000000"])
            self.assertGreater(max(len(request.body) for request in server.requests), 3000)
            done = support.looplag("sweep", f"--target=mine:{server.url}", *arguments, "--sizes=5KB,6KB")
        self.assertEqual(done.returncode, 1)
        self.assertIn("HTTP/1.1 413 Content Too Large", done.stderr)

    def test_a_start_time_is_kept(self):
        begun = time.time()
        done, requests = self.tried(with_status("200 OK"), "--start-at=+2s")
        self.assertIn(done.returncode, DONE, done.stderr)
        self.assertGreaterEqual(time.time() - begun, 2)
        self.assertEqual(requests[0].headers["x-request-id"], "small-000000")

    def test_a_try_can_be_interrupted(self):
        came = support.threading.Event()

        def hang(handler, _):
            came.set()
            handler.rfile.read(1)
            return False

        with support.FakeServer(support.only_posts(hang)) as server:
            client = subprocess.Popen([support.LOOPLAG, "load", "--base-url", server.url, *SHORT],
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
            self.addCleanup(client.kill)
            self.assertTrue(came.wait(support.LIMIT_S))
            client.terminate()
            client.communicate(timeout=support.LIMIT_S)
        self.assertEqual(client.returncode, 130)


class NobodyListens(support.ClientTest):
    """Row 55: said within 2 s, exit 1."""

    def assert_said(self, url, words):
        begun = time.monotonic()
        done = support.looplag("load", "--base-url", url, "--duration=60", "-q")
        self.assertLess(time.monotonic() - begun, 2 + 2)  # and what a busy machine takes
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn(words, done.stderr)
        self.assertIn(url, done.stderr)

    @on_a_machine_that_runs
    def test_row_55_refused(self):
        url, holder = support.refused_url()
        with holder:
            self.assert_said(url, "Couldn't connect to server")

    def silent(self, host="127.0.0.1", port=0):
        """A port whose backlog is full, so that the kernel answers no more connection requests."""
        listener = socket.socket()
        self.addCleanup(listener.close)
        listener.bind((host, port))
        listener.listen(0)
        for filler in [socket.socket() for _ in range(4)]:
            self.addCleanup(filler.close)
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        return listener.getsockname()[1]

    @on_a_machine_that_runs
    def test_row_55_silent(self):
        port = self.silent()
        for scheme in ("http", "https"):
            self.assert_said(f"{scheme}://127.0.0.1:{port}", "Timeout was reached")

    @on_a_machine_that_runs
    def test_row_55_silent_at_each_of_several_addresses(self):
        """Which of them to take is found out in no time, too: /etc/hosts is another one for the client."""
        hosts = self.folder / "hosts"
        hosts.write_text("127.0.0.1 several.test\n127.0.0.2 several.test\n")
        script = f"mount --bind '{hosts}' /etc/hosts && exec \"$@\""
        for words in (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"]):
            inside = [*words, "sh", "-c", script, "sh"]
            if shutil.which("unshare") and subprocess.run([*inside, "true"], capture_output=True).returncode == 0:
                break
        else:
            self.skipTest("no mount namespaces here: they take root or user namespaces")
        port = self.silent()
        self.silent("127.0.0.2", port)
        begun = time.monotonic()
        done = subprocess.run([*inside, support.LOOPLAG, "load", "--base-url", f"http://several.test:{port}", "-q"],
                              capture_output=True, text=True, timeout=support.LIMIT_S, check=False)  # fmt: skip
        self.assertLess(time.monotonic() - begun, 2.5 + 2)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("Timeout was reached", done.stderr)

    def test_a_slow_handshake_is_not_nobody(self):
        """Somebody has taken the connection: that it takes its time is another matter."""
        with socket.create_server(("127.0.0.1", 0)) as listener:

            def hang_up():
                connection, _ = listener.accept()
                time.sleep(2.5)
                connection.close()

            thread = support.threading.Thread(target=hang_up, daemon=True)
            thread.start()
            done = support.looplag("load", "--base-url", "https://127.0.0.1:%d" % listener.getsockname()[1], "-q")
            thread.join(support.LIMIT_S)
        self.assertEqual(done.returncode, 1)
        self.assertIn(" was tried: ", done.stderr)
        self.assertNotRegex(done.stderr, "Timeout was reached|Failed to connect")

    def test_compare_says_which(self):
        url, holder = support.refused_url()
        with holder:
            done = support.looplag("compare", f"--target=mine:{url}", "--rounds=1", *SHORT)
        self.assertEqual(done.returncode, 1)
        self.assertTrue(done.stderr.startswith("looplag: mine /ping: "), done.stderr)


class ErrorsTest(support.ClientTest):
    """Row 54: counted by status code, the first reply's status line and 200 bytes shown and saved."""

    def measured(self, answer, *arguments, code=(0, 1, 98)):
        with support.FakeServer(support.only_posts(answer)) as server:
            result = self.load(server.url, "--duration=400ms", CLASS, *arguments, code=code)
        (cell,) = result["cells"]
        return cell

    @on_a_machine_that_runs
    def test_row_54_statuses_are_counted_beside_kinds(self):
        statuses = ["401 Unauthorized", "404 Not Found", "200 OK", "503 Service Unavailable"]

        def answer(handler, request):
            number = int(request.headers["x-request-id"].rsplit("-", 1)[1])
            return support.reply(handler, statuses[number % 4], b"body of %d" % number)

        cell = self.measured(answer)
        self.assertEqual(cell["sent"], 20)
        self.assertEqual(cell["errors"], {"http_4xx": 10, "http_5xx": 5})
        self.assertEqual(cell["statuses"], {"401": 5, "404": 5, "503": 5})
        firsts = {first["status"]: first for first in cell["first_errors"]}
        self.assertEqual(set(firsts), {401, 404, 503})
        self.assertEqual(firsts[401]["kind"], "http_4xx")
        self.assertEqual(firsts[401]["words"], "HTTP/1.1 401 Unauthorized")
        self.assertRegex(firsts[401]["body"], r"^body of \d+$")
        for window in cell["windows"]:
            self.assertEqual(window["statuses"], cell["statuses"])
        for told in (self.table, unbroken(support.looplag("report", str(self.folder / "result.json")).stdout)):
            self.assertIn("15 errors (http_4xx 10 [401 5, 404 5], http_5xx 5 [503])", told)
            self.assertIn("HTTP/1.1 401 Unauthorized: body of", told)

    def test_what_is_no_status_is_told_in_libcurls_words(self):
        url, holder = support.refused_url()
        with holder:
            (cell,) = self.load(url, "--duration=100ms", CLASS, code=1)["cells"]
        self.assertEqual(cell["statuses"], {})
        (first,) = cell["first_errors"]
        self.assertEqual((first["kind"], first["status"], first["body"]), ("connect", None, ""))
        self.assertIn("Couldn't connect to server", first["words"])
        self.assertIn("Couldn't connect to server", self.table)

    def test_a_server_that_speaks_no_tls(self):
        with support.FakeServer(support.only_posts(lambda handler, _: support.reply(handler))) as server:
            (cell,) = self.load(server.url.replace("http:", "https:"), "--duration=100ms", CLASS, code=1)["cells"]
        self.assertEqual(list(cell["errors"]), ["tls"])
        self.assertIn("SSL", cell["first_errors"][0]["words"])

    def test_results_are_saved_and_merged(self):
        cell = self.measured(with_status("404 Not Found"), code=1)
        one, two = self.folder / "result.json", self.folder / "again.json"
        two.write_text(json.dumps(support.another_run(json.loads(one.read_text()))))
        done = support.looplag("report", "--format=json", str(one), str(two))
        (both,) = json.loads(done.stdout)["cells"]
        support.schema.check_result(json.loads(done.stdout))
        self.assertEqual(both["statuses"], {"404": 2 * cell["sent"]})
        self.assertEqual(both["first_errors"], cell["first_errors"])

    def test_a_good_run_has_none(self):
        cell = self.measured(lambda handler, _: support.reply(handler))
        self.assertEqual((cell["statuses"], cell["first_errors"]), ({}, []))


if __name__ == "__main__":
    unittest.main()
