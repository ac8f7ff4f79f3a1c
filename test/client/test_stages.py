"""`looplag stages`: where a server spends the time of a large request, by its Server-Timing."""

import json
import pathlib
import signal
import subprocess
import sys
import threading
import unittest

import schema
import support

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "peers"))
import peers  # noqa: E402

CLASS = "--class=large:size=200kB"


class StagesTest(support.ClientTest):
    def stages(self, url, *arguments):
        """The document and the text."""
        path = self.folder / "stages.json"
        done = support.looplag("stages", url, CLASS, "-o", str(path), *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        document = json.loads(path.read_text())
        schema.check_stages(document)
        return document, support.unbroken(done.stdout)

    def looplagd(self, *arguments):
        """Its URL."""
        server = subprocess.Popen(
            [support.LOOPLAGD, "--port=0", "--no-access-log", "--mode=select", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        return server.stdout.readline().split()[2]

    def test_logging_a_body_is_a_stage(self):
        document, _ = self.stages(self.looplagd("--log-bodies") + "/pong", "--requests=2")
        names = [row["name"] for row in document["classes"][0]["stages"]]
        self.assertEqual(names, ["read", "decode", "parse", "bind", "log", "total"])

    def test_the_stages_of_looplagd(self):
        url = self.looplagd()
        document, text = self.stages(url + "/pong", "--requests=5")
        told = document["classes"][0]
        self.assertEqual((told["class"], told["sent"], told["failed"], told["request"]["count"]), ("large", 5, 0, 5))
        self.assertEqual([row["name"] for row in told["stages"]], ["read", "decode", "parse", "bind", "total"])
        times = {row["name"]: row for row in told["stages"]}
        self.assertGreater(times["parse"]["median_ms"], 0)
        self.assertLess(times["parse"]["median_ms"], times["total"]["median_ms"])
        self.assertLess(times["total"]["median_ms"], told["request"]["median_ms"])
        self.assertIn("large: 5 requests, one after the other", text)
        self.assertIn("as the client sees it", text)
        self.assertNotIn("classes", text)

    def test_any_server_that_tells(self):
        headers = (
            b'Server-Timing: db;dur=4, app;desc="the app, all of it";dur=8\r\nServer-Timing: db;dur=2, miss\r\n'
            b"server-timing: ;;;, \"x\", 001_read_chunks;dur=1\r\n"
        )
        with support.FakeServer(lambda h, _: support.reply(h, extra=headers)) as server:
            document, text = self.stages(server.url, "--requests=4")
            self.assertEqual([len(request.body) for request in server.requests], [len(server.requests[0].body)] * 4)
            self.assertEqual({request.path for request in server.requests}, {"/ping"})
            ids = [request.headers["x-request-id"] for request in server.requests]
        self.assertEqual(ids, [f"large-{number:06}" for number in range(1, 5)])
        rows = document["classes"][0]["stages"]
        self.assertEqual(
            [(row["name"], row["desc"], row["median_ms"], row["count"]) for row in rows],
            [("db", "", 6, 4), ("app", "the app, all of it", 8, 4), ("001_read_chunks", "", 1, 4)],
        )
        self.assertIn("the app, all of it", text)

    def test_a_server_that_tells_nothing(self):
        with support.FakeServer(lambda h, _: support.reply(h)) as server:
            document, text = self.stages(server.url, "--requests=2")
        self.assertEqual(document["classes"][0]["stages"], [])
        self.assertIn("sends no Server-Timing", text)

    def test_requests_that_fail_do_not_count(self):
        answers = iter(["200 OK", "500 Oops", "200 OK", "503 Later", "200 OK"])

        def answer(handler, _):
            status = next(answers)
            return support.reply(handler, status, extra=b"Server-Timing: a;dur=%d\r\n" % (1 if status[0] == "2" else 99))

        with support.FakeServer(answer) as server:
            document, text = self.stages(server.url, "--requests=5")
        told = document["classes"][0]
        self.assertEqual((told["sent"], told["failed"], told["request"]["count"]), (5, 2, 3))
        self.assertEqual((told["stages"][0]["count"], told["stages"][0]["max_ms"]), (3, 1))
        self.assertIn("2 of 5 requests failed, and do not count: HTTP/1.1 500 Oops", text)

    def test_a_first_request_that_fails_is_shown_and_ends_it(self):
        with support.FakeServer(lambda h, _: support.reply(h, "404 Not Found", b"what?")) as server:
            done = support.looplag("stages", server.url, CLASS)
            self.assertEqual(len(server.requests), 1)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assert_one_line(done.stderr, "class large failed: HTTP/1.1 404 Not Found: what?")
        url, holder = support.refused_url()
        with holder:
            done = support.looplag("stages", url, CLASS)
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, "class large failed")

    def test_several_classes_have_a_table_each(self):
        with support.FakeServer(lambda h, r: support.reply(h, extra=b"Server-Timing: %s;dur=1\r\n" % r.path[1:].encode())) as server:
            document, text = self.stages(
                server.url, "--requests=2", "--class=second:size=1kB,endpoint=/other"
            )  # fmt: skip
        self.assertEqual([told["class"] for told in document["classes"]], ["large", "second"])
        self.assertEqual([told["stages"][0]["name"] for told in document["classes"]], ["ping", "other"])
        self.assertIn("second: 2 requests", text)

    def test_early_hints_do_not_count(self):
        def answer(handler, _):
            handler.wfile.write(b"HTTP/1.1 103 Early Hints\r\nServer-Timing: db;dur=3, early;dur=1\r\n\r\n")
            return support.reply(handler, extra=b"Server-Timing: db;dur=5\r\n")

        with support.FakeServer(answer) as server:
            document, _ = self.stages(server.url, "--requests=2")
        rows = document["classes"][0]["stages"]
        self.assertEqual([(row["name"], row["max_ms"], row["count"]) for row in rows], [("db", 5, 2)])

    def test_connecting_is_a_row_of_its_own(self):
        with support.FakeServer(lambda h, _: support.reply(h)) as server:
            document, text = self.stages(server.url, "--requests=3")
        told = document["classes"][0]
        self.assertEqual(told["connecting"]["count"], 3)
        self.assertGreater(told["connecting"]["min_ms"], 0)
        self.assertLess(told["connecting"]["max_ms"], told["request"]["max_ms"])
        self.assertIsNone(told["request"]["p90_ms"])
        self.assertIn("(connecting) 3 ", text)

    def test_names_cannot_break_the_table(self):
        with support.FakeServer(lambda h, _: support.reply(h, extra=b"Server-Timing: a|b;dur=1\r\n")) as server:
            done = support.looplag("stages", server.url, CLASS, "--requests=1", "--format=markdown")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [line for line in done.stdout.splitlines() if line.startswith("|")]
        self.assertEqual({row.count("|") for row in rows}, {8}, done.stdout)
        self.assertIn("| a?b ", done.stdout)

    def test_classes_that_were_measured_are_told_though_another_fails(self):
        def answer(handler, request):
            return support.reply(handler, "404 Not Found" if request.path == "/gone" else "200 OK")

        path = self.folder / "stages.json"
        for order in ((CLASS, "--class=gone:size=1kB,endpoint=/gone"), ("--class=gone:size=1kB,endpoint=/gone", CLASS)):
            with support.FakeServer(answer) as server:
                done = support.looplag("stages", server.url, *order, "--requests=2", "-o", str(path))
            self.assertEqual(done.returncode, 1)
            self.assert_one_line(done.stderr, "class gone failed: HTTP/1.1 404 Not Found")
            self.assertTrue(done.stdout.startswith("large: 2 requests"), done.stdout)
            document = json.loads(path.read_text())
            schema.check_stages(document)
            self.assertEqual([told["class"] for told in document["classes"]], ["large"])

    def test_classes_that_were_measured_are_told_though_it_is_cut_short(self):
        reached = threading.Event()
        over = threading.Event()

        def answer(handler, request):
            if request.path == "/slow":
                reached.set()
                over.wait(support.LIMIT_S)
            return support.reply(handler)

        with support.FakeServer(answer) as server:
            command = [support.LOOPLAG, "stages", server.url, CLASS, "--class=slow:size=1kB,endpoint=/slow", "--requests=2"]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            try:
                self.assertTrue(reached.wait(support.LIMIT_S))
                process.send_signal(signal.SIGINT)
                out, _ = process.communicate(timeout=support.LIMIT_S)
            finally:
                over.set()
                process.kill()
                process.wait()
        self.assertEqual(process.returncode, 130)
        self.assertTrue(out.startswith("large: 2 requests"), out)
        self.assertNotIn("slow:", out)

    def test_secrets_that_come_back_are_masked(self):
        secret = "swordfish-0815"
        extra = f'Server-Timing: a;desc="{secret}";dur=1, {secret};dur=1\r\n'.encode()
        with support.FakeServer(lambda h, _: support.reply(h, extra=extra)) as server:
            url = server.url.replace("://", "://me:swordfish-4711@")
            document, text = self.stages(url, "--requests=1", "-H", f"Authorization: Bearer {secret}")
        for hidden in (secret, "swordfish-4711"):
            self.assertNotIn(hidden, json.dumps(document) + text)

    def test_usage(self):
        url = "http://127.0.0.1:1"
        for arguments in ((), (url, "--requests=0"), (url, "--format=csv"), (url, "--class=a:size=x"), ("nowhere",)):
            done = support.looplag("stages", *arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assert_one_line(done.stderr)


class PeersStages(support.ClientTest):
    def test_fastapi(self):
        row = peers.peers()["fastapi-async"]
        if missing := peers.missing(row):
            self.skipTest(missing)
        with peers.Peer(row) as peer:
            done = support.looplag("stages", f"http://127.0.0.1:{peer.port}", CLASS, "--requests=3", "--format=json")
        self.assertEqual(done.returncode, 0, done.stderr)
        document = json.loads(done.stdout)
        schema.check_stages(document)
        self.assertEqual([stage["name"] for stage in document["classes"][0]["stages"]], ["read", "total"])


if __name__ == "__main__":
    unittest.main()
