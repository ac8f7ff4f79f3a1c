"""Tokens: who may send requests, who may see what the server tells of itself, and row 35."""

import os
import re
import signal
import subprocess
import tempfile
import unittest

from support import (
    DEADLINE_S,
    MODEL_ENDPOINTS,
    SMALL_BODY,
    OwnServerCase,
    head,
    needs,
    request,
    run_to_end,
    server_arguments,
    until,
)

ALICE = "alices-token-0123456789"
BOB = "bobs.token~+/=="
ADMIN = "the-operators-token"
JSON = ("Content-Type", "application/json")
ADMIN_PATHS = ("/stats", "/metrics", "/recent", "/", "/docs")
OPEN_PATHS = ("/healthz", "/readyz", "/openapi.json")
OPENNESS = "see --admin-token-file"


def bearer(token):
    return "Authorization", f"Bearer {token}"


class TokenCase(OwnServerCase):
    def file(self, text, mode=0o600):
        """A file of tokens; its name."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        name = os.path.join(folder, "tokens")
        self.write(name, text)
        os.chmod(name, mode)
        return name

    def write(self, name, text):
        with open(name, "w", encoding="ascii", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(text)

    def users_server(self, *more):
        self.users = self.file(f"# who may\nalice {ALICE}\nbob {BOB}\n")
        return self.server(f"--token-file={self.users}", *more)

    def status(self, server, token=None, path="/ping", body=SMALL_BODY):
        headers = (JSON, bearer(token)) if token else (JSON,)
        return server.ask(request("POST" if body else "GET", path, body, headers)).status

    def assert_refused(self, reply, closes):
        self.assertEqual((reply.status, reply.closes), (401, closes))
        self.assertEqual(reply.header("WWW-Authenticate"), "Bearer")
        self.assertEqual(reply.header("Content-Type"), "application/json")
        self.assertEqual(list(reply.json()), ["detail"])


class Row35Users(TokenCase):
    def test_those_with_a_token_are_served(self):
        server = self.users_server()
        for path in MODEL_ENDPOINTS:
            for token in (ALICE, BOB):
                self.assertEqual(self.status(server, token, path), 200)
        for line in (f"authorization: bearer {ALICE}", f"AUTHORIZATION:  BEARER   {BOB} "):
            raw = head("Host: test", line, f"Content-Length: {len(SMALL_BODY)}") + SMALL_BODY
            self.assertEqual(server.ask(raw).status, 200, line)
        self.assertEqual(server.stats()["requests"]["by_status"]["200"], 2 * len(MODEL_ENDPOINTS) + 2)

    def test_wrong_tokens_get_401_before_the_body(self):
        """Only heads are sent, and the reply is there."""
        server = self.users_server()
        wrong = [
            (), ("Authorization:",), ("Authorization: Bearer",), (f"Authorization: Bearer {ALICE[:-1]}",),
            (f"Authorization: Bearer {ALICE}0",), (f"Authorization: Bearer {ALICE.upper()}",),
            (f"Authorization: Basic {ALICE}",), (f"Authorization: {ALICE}",), ("Authorization: Bearer alice",),
            (f"Authorization: Bearer {ALICE}", f"Authorization: Bearer {ALICE}"),
            (f"Authorization: Bearer {ALICE}, Bearer {BOB}",), (f"X-Authorization: Bearer {ALICE}",),
        ]  # fmt: skip
        for lines in wrong:
            with server.wire() as wire:
                wire.send(head("Host: test", "Content-Type: application/json", "Content-Length: 1000000", *lines))
                self.assert_refused(wire.response(), True)
                self.assertEqual(wire.rest(), b"")
        self.assertEqual(server.stats()["requests"]["by_status"], {"401": len(wrong)})

    def test_401_comes_first_whatever_else_is_wrong(self):
        server = self.users_server("--max-body=1KiB")
        for first in ("POST /nope HTTP/1.1", "PUT /ping HTTP/1.1", "POST /stream HTTP/1.1"):
            for length in (1, 2000):
                with server.wire() as wire:
                    wire.send(head("Host: test", "Content-Type: a/b", f"Content-Length: {length}", first=first))
                    self.assert_refused(wire.response(), True)

    def test_a_chunked_body_and_one_that_waits_for_100(self):
        server = self.users_server()
        for line in ("Transfer-Encoding: chunked", "Content-Length: 10\r\nExpect: 100-continue"):
            with server.wire() as wire:
                wire.send(head("Host: test", line))
                self.assert_refused(wire.response(), True)
                self.assertEqual(wire.rest(), b"")

    def test_what_follows_a_refused_body_never_runs(self):
        server = self.users_server()
        with server.wire() as wire:
            wire.send(request("POST", "/ping", SMALL_BODY, (JSON,)))
            wire.send_while_taken(request("POST", "/ping", SMALL_BODY, (JSON, bearer(ALICE))))
            self.assert_refused(wire.response(), True)
            self.assertEqual(wire.rest(), b"")
        self.assertNotIn("200", server.stats()["requests"]["by_status"])

    def test_a_connection_without_a_body_goes_on(self):
        server = self.users_server()
        with server.wire() as wire:
            wire.send(request("GET", "/nope") + request("POST", "/ping", SMALL_BODY, (JSON, bearer(BOB))))
            self.assert_refused(wire.response(), False)
            self.assertEqual(wire.response().status, 200)

    def test_each_request_needs_its_own(self):
        """A kept connection keeps no rights."""
        server = self.users_server()
        with server.wire() as wire:
            wire.send(request("POST", "/ping", SMALL_BODY, (JSON, bearer(ALICE))))
            self.assertEqual(wire.response().status, 200)
            wire.send(request("POST", "/ping", SMALL_BODY, (JSON,)))
            self.assert_refused(wire.response(), True)

    def test_what_tells_of_the_server_stays_open_without_an_operators_token(self):
        server = self.users_server()
        for path in (*OPEN_PATHS, *ADMIN_PATHS):
            self.assertEqual(self.status(server, None, path, None), 200)


class Operators(TokenCase):
    def test_what_tells_of_the_server_wants_their_token(self):
        server = self.server(f"--admin-token-file={self.file(f'admin {ADMIN}')}")
        for path in ADMIN_PATHS:
            for method in ("GET", "HEAD"):
                reply = server.ask(request(method, path), method == "HEAD")
                self.assertEqual((reply.status, reply.header("WWW-Authenticate")), (401, "Bearer"))
                self.assertEqual(server.ask(request(method, path, None, [bearer(ADMIN)]), method == "HEAD").status, 200)
            self.assertEqual(self.status(server, ALICE, path, None), 401)
        for path in OPEN_PATHS:
            self.assertEqual(self.status(server, None, path, None), 200)
        self.assertEqual(self.status(server), 200)

    def test_a_user_is_no_operator_and_the_other_way_round(self):
        server = self.users_server(f"--admin-token-file={self.file(f'admin {ADMIN}')}")
        expected = {(ALICE, "/stats"): 401, (ADMIN, "/stats"): 200, (ALICE, "/ping"): 200, (ADMIN, "/ping"): 401}
        for (token, path), status in expected.items():
            self.assertEqual(self.status(server, token, path, SMALL_BODY if path == "/ping" else None), status)

    def test_a_server_that_others_reach_says_what_is_open(self):
        admins = f"--admin-token-file={self.file(f'admin {ADMIN}')}"
        for host, more, said in (("0.0.0.0", (), 1), ("0.0.0.0", (admins,), 0), ("127.8.9.1", (), 0)):
            self.assertEqual(self.what_is_said_at_the_start(f"--host={host}", *more).count(OPENNESS), said, host)

    def what_is_said_at_the_start(self, *arguments):
        """Nobody asks it for anything: it is told to end as soon as it listens."""
        process = subprocess.Popen(
            server_arguments(*arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )  # fmt: skip
        try:
            self.assertRegex(process.stdout.readline(), "^listening on ")
            process.terminate()
            said = process.communicate(timeout=DEADLINE_S)[1]
        finally:
            process.kill()
            process.wait(DEADLINE_S)
        self.assertEqual(process.returncode, 0)
        return said


class Reloading(TokenCase):
    def hang_up(self, server):
        server.process.send_signal(signal.SIGHUP)

    def until_served(self, server, token, status):
        """By all its processes."""
        until(
            lambda: {self.status(server, token) for _ in range(12)} == {status}, f"{status} for everybody", pause=0.02
        )

    def test_a_hangup_reads_the_files_anew(self):
        server = self.users_server()
        self.write(self.users, "alice a-new-token\n")
        self.assertEqual(self.status(server, ALICE), 200)
        self.hang_up(server)
        self.until_served(server, "a-new-token", 200)
        self.until_served(server, ALICE, 401)
        self.assertIn(f"tokens were read anew from {self.users}", server.log_text())

    def test_a_bad_file_changes_nothing_and_is_told(self):
        server = self.users_server()
        self.write(self.users, "alice a-new-token\nbob not/a\"token\n")
        self.hang_up(server)
        until(lambda: "stays in force" in server.log_text(), "the bad file is told")
        self.assertIn("line 2: not a token", server.log_text())
        os.chmod(self.users, 0o644)
        self.hang_up(server)
        until(lambda: "chmod 600" in server.log_text(), "the file's mode is told")
        self.until_served(server, ALICE, 200)
        self.until_served(server, "a-new-token", 401)
        self.assertNotIn("a-new-token", server.log_text())


class Secrecy(TokenCase):
    def test_no_token_is_ever_logged(self):
        server = self.users_server(f"--admin-token-file={self.file(f'admin {ADMIN}')}")
        near = ALICE[:-1] + "x"
        for token in (ALICE, near, ADMIN):
            self.status(server, token)
            self.status(server, token, "/stats", None)
            server.ask(request("GET", "/metrics", None, [bearer(token)]))
        users = server.ask(request("GET", "/stats", None, [bearer(ADMIN)])).body.decode()
        server.stop()
        for token in (ALICE, near, ADMIN, BOB):
            self.assertNotIn(token, server.log_text())
            self.assertNotIn(token, users)
            self.assertNotIn(token, server.greeting)


@needs("one-loop")  # the same at every mode's start
class BadFiles(TokenCase):
    def assert_refused_at_start(self, option, name, said):
        done = run_to_end("--port=0", f"{option}={name}")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertRegex(done.stderr, rf"^looplagd: token file {re.escape(name)}[^\n]*{said}[^\n]*\n$")

    def test_what_others_may_read_is_refused(self):
        for option in ("--token-file", "--admin-token-file"):
            for mode in (0o644, 0o640, 0o660, 0o700):
                self.assert_refused_at_start(option, self.file(f"alice {ALICE}", mode), "mode must be 0600")
            self.assert_refused_at_start(option, self.file("alice\n"), "line 1: a user without a token")
            self.assert_refused_at_start(option, "/nowhere/tokens", "No such file")


if __name__ == "__main__":
    unittest.main()
