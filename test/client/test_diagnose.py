"""diagnose: servers made up of locks and sleeps are told what they are."""

import contextlib
import json
import queue
import random
import signal
import subprocess
import threading
import time
import unittest

import schema
import support
from quiet import on_a_machine_that_runs, unjudged_under_sanitizers

HOLD_S = 0.15
LARGE = 100_000  # bytes; a body of more is a large request


class Loops:
    """So many loops, each of which does one thing at a time; `choose` says which gets a request."""

    def __init__(self, count, choose=None):
        self.locks = [threading.Lock() for _ in range(count)]
        self.free = queue.Queue()
        for lock in self.locks:
            self.free.put(lock)
        self.choose = choose

    @contextlib.contextmanager
    def one(self):
        if self.choose:
            with self.choose(self.locks):
                yield
            return
        lock = self.free.get()
        try:
            yield
        finally:
            self.free.put(lock)


@contextlib.contextmanager
def everybody_at_once():
    yield


def working(place):
    """A server in which a large request takes HOLD_S at a place of its own, and a small one is quick there."""

    def answer(handler, request):
        with place():
            if len(request.body) > LARGE:
                time.sleep(HOLD_S)
            return support.reply(handler)

    return support.FakeServer(support.only_posts(answer))


def one_loop():
    return working(Loops(1).one)


def blind(count):
    chooser = random.Random(1)
    return working(Loops(count, chooser.choice).one)


def idle(count):
    return working(Loops(count).one)


@unjudged_under_sanitizers
class DiagnoseTest(support.ClientTest):
    def diagnose(self, url, *arguments, code=support.DONE, seconds=8):
        path = self.folder / "diagnosis.json"
        done = support.looplag(
            "diagnose", url, "--quiet", f"--duration={seconds}", "--large-size=200KB", "--small-interval=8ms",
            "-o", str(path), *arguments,
        )  # fmt: skip
        self.assertIn(done.returncode, code if isinstance(code, tuple) else (code,), done.stderr)
        self.text, self.told = done.stdout, done.stderr
        document = json.loads(path.read_text()) if path.exists() else None
        if document:
            schema.check_diagnosis(document)
        return document

    def check(self, server, kind, workers=None, *arguments):
        with server:
            document = self.diagnose(server.url, *arguments)
        verdict = document["verdict"]
        told = json.dumps(verdict) + json.dumps(document["steps"])
        self.assertEqual(verdict["kind"], kind, told)
        if workers:
            low, high = verdict["workers"]["range"]
            self.assertTrue(low <= workers <= high, told)
        self.assertIn(verdict["sentence"], support.unbroken(self.text))
        return document

    @on_a_machine_that_runs
    def test_one_loop(self):
        document = self.check(one_loop(), "one_loop")
        verdict = document["verdict"]
        self.assertAlmostEqual(verdict["hold_ms"], HOLD_S * 1000, delta=HOLD_S * 300)
        self.assertGreater(verdict["confidence"], 0.99)
        self.assertEqual(document["ended"], "sure")
        self.assertEqual([step["large"] for step in document["steps"]], [0, 1, 2])
        lines = self.text.splitlines()
        self.assertLessEqual(max(map(len, lines)), 80)
        self.assertLess(len(lines), 24)

    @on_a_machine_that_runs
    def test_workers_chosen_blindly(self):
        self.check(blind(3), "workers_blind", 3)

    @on_a_machine_that_runs
    def test_workers_of_which_the_free_one_is_taken(self):
        document = self.check(idle(3), "workers_idle", 3)
        self.assertIn("nobody waits until 3 large requests are at work", document["verdict"]["sentence"])

    @on_a_machine_that_runs
    def test_threads(self):
        document = self.check(working(everybody_at_once), "threads", None, "--most=4")
        self.assertEqual(document["verdict"]["tried"], 4)
        self.assertIsNone(document["verdict"]["workers"])

    @on_a_machine_that_runs
    def test_a_server_that_refuses_is_left_alone(self):
        """It has room for two large requests."""
        room = threading.Semaphore(2)

        def answer(handler, request):
            if len(request.body) <= LARGE:
                return support.reply(handler)
            if not room.acquire(blocking=False):
                return support.reply(handler, "503 Service Unavailable")
            time.sleep(HOLD_S)
            room.release()
            return support.reply(handler)

        with support.FakeServer(support.only_posts(answer)) as server:
            document = self.diagnose(server.url)
        self.assertEqual(document["ended"], "suffers")
        self.assertEqual(document["steps"][-1]["large"], 4)
        self.assertGreater(document["steps"][-1]["large_requests"]["failed"], 0)
        self.assertIn("(--stop-at)", self.text)
        self.assert_one_line(self.told, "class large was answered with status 503")

    def test_large_requests_that_are_refused_say_so(self):
        def answer(handler, request):
            return support.reply(handler, "413 Content Too Large" if len(request.body) > LARGE else "200 OK")

        with support.FakeServer(support.only_posts(answer)) as server:
            document = self.diagnose(server.url, code=1)
        self.assertEqual(document["verdict"]["kind"], "unclear")
        self.assertIn("no large request was answered in time", document["verdict"]["sentence"])
        self.assert_one_line(self.told, "class large was answered with status 413: HTTP/1.1 413 Content Too Large: {}")

    def test_nobody_listens(self):
        url, holder = support.refused_url()
        with holder:
            begun = time.monotonic()
            self.assertIsNone(self.diagnose(url, code=1))
        self.assertLess(time.monotonic() - begun, 10)
        self.assertIn(f"one request of class small to {url}/ping was tried: Failed to connect", self.told)

    def test_a_wrong_url_is_told_at_once(self):
        with support.FakeServer(lambda handler, _: support.reply(handler, "404 Not Found", b"no such page")) as server:
            self.assertIsNone(self.diagnose(server.url + "/items", code=1))
            self.assertEqual([request.headers["x-request-id"] for request in server.requests], ["small-000000"])
        self.assertEqual(self.told.splitlines(), [
            f"looplag: one request of class small to {server.url}/items was tried: HTTP/1.1 404 Not Found: no such page",
            "looplag:   nothing was measured; --no-try measures all the same",
        ])  # fmt: skip
        with support.FakeServer(lambda handler, _: support.reply(handler, "404 Not Found", b"no such page")) as server:
            self.assertIsNone(self.diagnose(server.url, "--no-try", code=1, seconds=2))
        self.assertIn("small was answered with status 404: HTTP/1.1 404 Not Found: no such page\n", self.told)

    def test_a_server_that_never_answers_large_ones_is_bounded(self):
        ended = threading.Event()

        def answer(handler, request):
            if len(request.body) > LARGE:
                ended.wait(60)
            return support.reply(handler)

        begun = time.monotonic()
        with support.FakeServer(support.only_posts(answer)) as server:
            document = self.diagnose(server.url, seconds=2, code=1)
            self.assertLess(time.monotonic() - begun, 20)
            ended.set()
        self.assertIn("no large request was answered in time", document["verdict"]["sentence"])
        self.assertEqual(document["steps"][-1]["large_requests"]["failed"], 0)

    def test_ctrl_c_tells_what_was_measured(self):
        seen = threading.Event()

        def answer(handler, request):
            if len(request.body) > LARGE:
                seen.set()
                time.sleep(HOLD_S)
            return support.reply(handler)

        with support.FakeServer(support.only_posts(answer)) as server:
            client = subprocess.Popen(
                [support.LOOPLAG, "diagnose", server.url, "--large-size=200KB", "--quiet"],
                stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            self.addCleanup(client.kill)
            self.assertTrue(seen.wait(support.LIMIT_S))
            client.send_signal(signal.SIGINT)
            told, _ = client.communicate(timeout=support.LIMIT_S)
        self.assertEqual(client.returncode, 130)
        self.assertIn("It was interrupted", told)

    def test_ctrl_c_before_any_reply_leaves_an_older_file(self):
        seen, over = threading.Event(), threading.Event()

        def answer(_handler, _request):
            seen.set()
            over.wait(support.LIMIT_S)

        path = self.folder / "old.json"
        path.write_text("kept")
        with support.FakeServer(support.only_posts(answer)) as server:
            client = subprocess.Popen([support.LOOPLAG, "diagnose", server.url, "--no-try", "--quiet", "-o", str(path)])
            self.addCleanup(client.kill)
            self.assertTrue(seen.wait(support.LIMIT_S))
            client.send_signal(signal.SIGINT)
            self.assertEqual(client.wait(support.LIMIT_S), 130)
            over.set()
        self.assertEqual(path.read_text(), "kept")

    def test_a_password_is_not_told(self):
        with working(everybody_at_once) as server:
            document = self.diagnose(server.url.replace("//", "//me:secret@"), "--most=1", seconds=2)
        self.assertEqual(document["url"], server.url)
        self.assertNotIn("secret", self.text)

    def test_a_query_is_sent_and_its_secrets_are_not_told(self):
        with working(everybody_at_once) as server:
            document = self.diagnose(server.url + "/items/?page=2&api_key=swordfish", "--most=1", seconds=2)
            self.assertEqual({request.path for request in server.requests}, {"/items/?page=2&api_key=swordfish"})
        self.assertEqual(document["url"], server.url + "/items/?page=2&api_key=***")
        self.assertIn("/items/?page=2&api_key=***", self.text)
        self.assertNotIn("swordfish", self.text + json.dumps(document))

    def test_classes_of_ones_own(self):
        with working(everybody_at_once) as server:
            path = self.folder / "own.json"
            done = support.looplag(
                "diagnose", server.url + "/api", "--quiet", "--duration=2", "--most=1", "-o", str(path),
                "--class=heavy:size=1MB", "--class=light:size=1KiB,rate=100,endpoint=/light",
            )  # fmt: skip
            self.assertIn(done.returncode, support.DONE, done.stderr)
            paths = {request.path for request in server.requests}
        self.assertEqual(paths, {"/api", "/api/light"})
        self.assertEqual(json.loads(path.read_text())["large_bytes"], 1_000_000)
        for classes in (["--class=a:size=1KiB,rate=9"], ["--class=a:size=1KiB,rate=9", "--class=b:size=1KiB,rate=9"]):
            done = support.looplag("diagnose", "http://127.0.0.1:1", *classes)
            self.assertEqual(done.returncode, 2)
            self.assert_one_line(done.stderr, "diagnose takes two classes, one of them large")

    @on_a_machine_that_runs
    def test_looplagd_with_one_loop(self):
        server = subprocess.Popen(
            [support.LOOPLAGD, "--port=0", "--mode=select", "--no-access-log"], stdout=subprocess.PIPE, text=True
        )
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        url = server.stdout.readline().split()[2]
        document = self.diagnose(url, "--large-size=5MB")
        self.assertEqual(document["verdict"]["kind"], "one_loop", json.dumps(document["steps"]))


if __name__ == "__main__":
    unittest.main()
