"""`looplag users`: who sends a looplagd large requests, and what they cost the others."""

import http.client
import json
import os
import subprocess
import threading
import unittest

import schema
import support
from quiet import on_a_machine_that_runs

SMALL = b'{"name": "n", "data": {"a": 1}}'
LARGE = b'{"name": "n", "data": {"a": 1}, "x": [' + b"0," * 500_000 + b"0]}"
ADMIN = "swordfish-of-the-operator"


class UsersTest(support.ClientTest):
    def serve(self, *arguments):
        server = subprocess.Popen(
            [support.LOOPLAGD, "--port=0", "--no-access-log", "--large-limit=99", "--large-size=1MB", *arguments],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.addCleanup(server.stdout.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        return server.stdout.readline().split()[2]

    def post(self, url, user, body):
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=support.LIMIT_S)
        self.addCleanup(connection.close)
        connection.request("POST", "/ping", body, {"Content-Type": "application/json", "X-User": user})
        self.assertEqual(connection.getresponse().status, 200)

    def users(self, url, *arguments):
        """The document and the text."""
        path = self.folder / "users.json"
        done = support.looplag("users", url, "-o", str(path), *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        document = json.loads(path.read_text())
        schema.check_users(document)
        return document, support.unbroken(done.stdout)

    def wait_for(self, url, **requests):
        """Until so many requests of these users are counted: they are when all of them is over, a moment after the reply."""

        def counted():
            found = {row["user"]: row["requests"] for row in self.users(url)[0]["users"]}
            return all(found.get(user, 0) >= count for user, count in requests.items())

        self.assertTrue(support.wait_until(counted), requests)

    @on_a_machine_that_runs
    def test_who_sends_the_large_ones_and_what_they_cost(self):
        url = self.serve("--user-header=X-User")
        for _ in range(3):
            self.post(url, "alice", SMALL)
            self.post(url, "bob", LARGE)
        self.wait_for(url, alice=3, bob=3)
        document, text = self.users(url)
        rows = {row["user"]: row for row in document["users"]}
        self.assertEqual(document["named_by"], "header")
        self.assertEqual((rows["bob"]["requests"], rows["bob"]["large"]), (3, 3))
        self.assertEqual((rows["alice"]["requests"], rows["alice"]["large"]), (3, 0))
        self.assertEqual(rows["bob"]["largest_bytes"], len(LARGE))
        self.assertGreater(rows["bob"]["others_waited_seconds"], 0)
        self.assertGreater(rows["bob"]["wait_if_met_ms"], rows["alice"]["wait_if_met_ms"])
        self.assertAlmostEqual(
            sum(row["held_share"] for row in (*document["users"], document["other"])), 1, places=6
        )  # fmt: skip
        self.assertIn("bob cost the others the most: 3 of 3 large requests", text)
        self.assertIn("Users by header, since the server's start", text)

    def test_the_first_few_are_told_one_by_one(self):
        url = self.serve("--user-header=X-User")
        for number in range(5):
            self.post(url, f"user{number}", SMALL)
        self.assertTrue(support.wait_until(lambda: len(self.users(url)[0]["users"]) >= 6))
        done = support.looplag("users", url, "--top=2", "--format=markdown")
        rows = [line for line in done.stdout.splitlines() if line.startswith("| ")]
        self.assertEqual(len(rows), 1 + 2 + 1)
        self.assertTrue(rows[-1].startswith("| (others)"), rows[-1])
        self.assertTrue(all(len(line) <= 80 for line in support.looplag("users", url).stdout.splitlines()))

    def test_only_what_comes_from_now_on(self):
        url = self.serve("--user-header=X-User")
        self.post(url, "before", SMALL)
        self.wait_for(url, before=1)
        stop = threading.Event()

        def send():
            while not stop.is_set():
                self.post(url, "now", SMALL)

        thread = threading.Thread(target=send)
        thread.start()
        try:
            document, text = self.users(url, "--duration=0.5")
        finally:
            stop.set()
            thread.join()
        names = [row["user"] for row in document["users"]]
        self.assertIn("now", names)
        self.assertNotIn("before", names)
        self.assertFalse(document["since_start"])
        self.assertLess(document["seconds"], 60)
        self.assertIn("Users by header, in ", text)

    def test_the_operators_token_is_asked_for_and_never_told(self):
        tokens = self.folder / "tokens"
        tokens.write_text(f"admin {ADMIN}\n")
        os.chmod(tokens, 0o600)
        url = self.serve(f"--admin-token-file={tokens}")
        done = support.looplag("users", url)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assert_one_line(done.stderr, "/stats is answered with status 401", "-H @FILE")
        header = self.folder / "header"
        header.write_text(f"Authorization: Bearer {ADMIN}\n")
        document, text = self.users(url, "-H", f"@{header}")
        self.assertEqual(document["named_by"], "address")
        self.assertNotIn(ADMIN, json.dumps(document) + text)
        done = support.looplag("users", url, "-H", f"Authorization: Bearer {ADMIN}x", "-o", str(self.folder / "none"))
        self.assertEqual(done.returncode, 1)
        self.assertNotIn(ADMIN, done.stdout + done.stderr)

    def test_what_is_no_looplagd_is_told(self):
        for status, body, said in (
            ("200 OK", b"{}", "/stats tells no users"),
            ("200 OK", b"<html>", "/stats is no JSON"),
            ("404 Not Found", b"", "status 404"),
        ):
            with support.FakeServer(lambda h, _, s=status, b=body: support.reply(h, s, b)) as server:
                done = support.looplag("users", server.url)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assert_one_line(done.stderr, said)
        url, holder = support.refused_url()
        with holder:
            done = support.looplag("users", url)
            self.assertEqual(done.returncode, 1)
            self.assert_one_line(done.stderr, "nothing answers at")

    def test_a_server_that_was_started_anew_is_told(self):
        user = {
            "requests": 1, "large": 0, "limited": 0, "bytes": 9, "largest": 9, "held_seconds": 1, "loop_seconds": 1,
            "loop_square_seconds": 1,
        }  # fmt: skip
        for uptimes in ((50_000, 20_000), (10, 20)):  # the second has run for less long than it was watched
            answers = iter(uptimes)

            def answer(handler, _, answers=answers):
                stats = {
                    "uptime_ms": next(answers), "serving": {"loops": 1},
                    "users": {"named_by": "token", "error_seconds": 0, "top": [], "other": user},
                }  # fmt: skip
                return support.reply(handler, body=json.dumps(stats).encode())

            with support.FakeServer(answer) as server:
                done = support.looplag("users", server.url, "--duration=0.2")
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assert_one_line(done.stderr, "the server was started anew")

    def test_one_user_alone(self):
        url = self.serve("--mode=select")
        self.post(url, "is not looked at", LARGE)
        self.assertTrue(support.wait_until(lambda: sum(r["large"] for r in self.users(url)[0]["users"]) >= 1))
        _, text = self.users(url)
        self.assertIn("All requests are of 127.0.0.1: no other user sent anything.", text)

    def test_usage(self):
        for arguments in ((), ("ftp://x",), ("http://127.0.0.1:1", "--top=0"), ("http://127.0.0.1:1", "--format=csv")):
            done = support.looplag("users", *arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assert_one_line(done.stderr)


if __name__ == "__main__":
    unittest.main()
