"""TLS: what is negotiated, the certificate and its reload, deadlines, refusals, drain, counts; and the errors at start."""

import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest

from support import (
    DEADLINE_S, LOG_LINE, MODEL_ENDPOINTS, SANITIZED, SMALL_BODY, OwnServerCase, Server, Wire, has, head, last_response,
    needs, request, run_to_end, server_arguments, until,
)  # fmt: skip

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))

from authority import OPENSSL, RSA, Authority

TIMEOUT = "5s" if SANITIZED else "1s"  # a handshake is to be over by then
HELLO = b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + bytes(range(160))


def setUpModule():
    """One authority for all, and a certificate of it; making them takes longer than most tests here."""
    if not OPENSSL:
        raise unittest.SkipTest("openssl is not installed: install the package openssl")
    folder = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(folder.cleanup)
    TlsCase.folder = pathlib.Path(folder.name)
    TlsCase.authority = Authority(TlsCase.folder)
    TlsCase.one = TlsCase.sign("one")
    TlsCase.context = ssl.create_default_context(cafile=TlsCase.authority.file)


class TlsCase(OwnServerCase):
    """Servers under TLS, and their files."""

    @classmethod
    def sign(cls, name, **more):
        cert, key = cls.authority.sign(name, **more)
        key.chmod(0o600)
        return cert, key

    def copy(self, pair, mode=0o600):
        """Files of a server's own, which a test may replace."""
        own = tempfile.TemporaryDirectory(dir=self.folder)
        self.addCleanup(own.cleanup)
        files = pathlib.Path(own.name, "cert"), pathlib.Path(own.name, "key")
        self.replace(files, pair, mode)
        return files

    def replace(self, files, pair, mode=0o600):
        for file, new in zip(files, pair, strict=True):
            shutil.copy(new, file)
        files[1].chmod(mode)

    def tls_server(self, *flags, pair=None):
        cert, key = pair or self.one
        server = Server(f"--tls-cert={cert}", f"--tls-key={key}", *flags, tls=self.context)
        self.addCleanup(server.kill)
        return server

    def raw_wire(self, server):
        """Below TLS."""
        wire = Wire(server.port)
        self.addCleanup(wire.socket.close)
        return wire

    def subject(self, server):
        """The name on the certificate that a new connection gets."""
        with server.wire() as wire:
            return dict(part[0] for part in wire.socket.getpeercert()["subject"])["commonName"]


class Requests(TlsCase):
    def test_every_endpoint_answers(self):
        with self.tls_server() as server:
            self.assertIn("https://127.0.0.1:", server.greeting)
            for path in MODEL_ENDPOINTS:
                with server.wire() as wire:
                    for _ in range(3):
                        wire.send(request("POST", path, SMALL_BODY, [("X-Request-ID", "over-tls-0001")]))
                        self.assertEqual((wire.response().status, wire.socket.version()), (200, "TLSv1.3"))
            self.assertEqual(server.get("/readyz").status, 200)
        # The log is whole when the server has ended.
        lines = [LOG_LINE.match(line) for line in server.log_lines() if "/ping" in line or "/stream" in line]
        self.assertEqual({line["id"] for line in lines}, {"over-tls-0001"})

    def test_large_bodies_and_pipelines(self):
        members = ", ".join(f'"key-{i}": {i}' for i in range(250_000))
        body = ('{"name": "n", "data": {' + members + "}}").encode()
        with self.tls_server() as server:
            for path in MODEL_ENDPOINTS:
                self.assertEqual(server.post(path, body).json()["count"], 250_000)
            with server.wire() as wire:
                wire.send(request("POST", "/ping", SMALL_BODY) * 3 + request("POST", "/stream", body))
                counts = [wire.response().json()["count"] for _ in range(4)]
            self.assertEqual(counts, [3, 3, 3, 250_000])

    def test_a_body_waits_in_the_lane_and_goes_on(self):
        """A suspended connection may have bytes in GnuTLS' buffers, of which no socket tells."""
        body = b'{"name": "n", "data": {}, "x": "' + b"x" * 200_000 + b'"}'
        whole = request("POST", "/ping", body)
        with self.tls_server("--large-limit=1", "--large-size=100kB") as server:
            with server.wire() as first, server.wire() as second:
                first.send(whole[:-5])
                until(lambda: server.stats()["large_lane"]["admitted"] == 1, "one is admitted")
                second.send(whole)
                until(lambda: server.stats()["large_lane"]["waiting"] == 1, "the other one waits")
                first.send(whole[-5:])
                self.assertEqual([wire.response().status for wire in (first, second)], [200, 200])

    def test_the_refusal_of_a_body_that_grows_is_read(self):
        chunk = b"20000\r\n" + b" " * 0x20000 + b"\r\n"
        with self.tls_server("--max-body=64KiB") as server, server.wire() as wire:
            wire.send(head("Host: test", "Transfer-Encoding: chunked"))
            try:
                for _ in range(8):
                    wire.send(chunk)
            except (OSError, ssl.SSLError):
                pass  # it was cut
            response = wire.response()
            self.assertEqual((response.status, response.closes), (413, True))
            self.assertEqual(wire.rest(), b"")


class Negotiation(TlsCase):
    """As testssl.sh would look, with openssl s_client; the library is the same in all modes."""

    def s_client(self, server, *flags):
        """What openssl says of a handshake: its exit code, and its words."""
        done = subprocess.run(
            [OPENSSL, "s_client", "-connect", f"127.0.0.1:{server.port}", "-CAfile", self.authority.file, *flags],
            input="", capture_output=True, text=True, timeout=DEADLINE_S, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    @needs("one-loop")
    def test_versions(self):
        server = self.tls_server()
        for flag, version in (("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")):
            code, said = self.s_client(server, flag)
            self.assertEqual(code, 0, said)
            self.assertIn(version, said)
            self.assertIn("Verify return code: 0 (ok)", said)
        for flag in ("-tls1", "-tls1_1"):
            code, said = self.s_client(server, flag, "-cipher", "ALL:@SECLEVEL=0")
            self.assertNotEqual(code, 0)
            self.assertIn("Cipher is (NONE)", said)

    @needs("one-loop")
    def test_ciphers(self):
        """Forward secrecy and authenticated encryption, or nothing."""
        for pair, good, bad in (
            (self.one, ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"],
             ["ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-CCM", "AECDH-NULL-SHA", "AECDH-AES128-SHA"]),
            (self.sign("rsa", kind=RSA), ["ECDHE-RSA-AES256-GCM-SHA384"],
             ["AES128-GCM-SHA256", "AES256-SHA", "ECDHE-RSA-AES256-SHA384", "DHE-RSA-AES128-SHA", "NULL-SHA256",
              "PSK-AES128-GCM-SHA256"]),
        ):  # fmt: skip
            server = self.tls_server(pair=pair)
            for cipher in (*good, *bad):
                code, said = self.s_client(server, "-tls1_2", "-cipher", cipher + ":@SECLEVEL=0")
                with self.subTest(cipher=cipher):
                    self.assertEqual(code == 0, cipher in good, said)
                    self.assertEqual(f"Cipher is {cipher}" in said, cipher in good, said)

    @needs("one-loop")
    def test_a_client_cannot_negotiate_again_and_again(self):
        """A handshake costs the server more than its client. TLS 1.3 has no second one."""
        with self.tls_server() as server:
            client = subprocess.Popen(
                [OPENSSL, "s_client", "-connect", f"127.0.0.1:{server.port}", "-tls1_2"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
            self.addCleanup(client.communicate)
            self.addCleanup(client.kill)
            client.stdin.write("R\n")
            client.stdin.flush()
            client.wait(DEADLINE_S)  # the server ends the connection
            self.assertIn("RENEGOTIATING", client.stdout.read())
            self.assertEqual(server.stats()["tls"]["handshakes"], 2)  # that one's, and ours

    def test_http_on_the_tls_port_is_closed(self):
        with self.tls_server() as server:
            wire = self.raw_wire(server)
            wire.send(request("GET", "/healthz"))
            self.assertNotIn(b"200", wire.rest())
            until(lambda: server.stats()["tls"]["failed_handshakes"] == 1, "the failure is counted")

    def test_row_13_a_tls_hello_on_the_plain_port_is_closed_at_once(self):
        """Not by the head's deadline, which is longer than a test may take."""
        with Server("--header-timeout=10m") as server, server.wire() as wire:
            wire.send(HELLO)
            self.assertNotIn(b" 200 ", wire.rest())


class Deadlines(TlsCase):
    def test_the_handshake_has_the_heads_deadline(self):
        with self.tls_server(f"--header-timeout={TIMEOUT}") as server:
            wires = [self.raw_wire(server) for _ in range(2)]
            wires[1].send(HELLO[:50])
            for wire in wires:
                wire.rest()
            until(lambda: server.stats()["tls"]["failed_handshakes"] == 1, "the failure is counted")  # who says nothing has tried none
            self.assertEqual(server.stats()["limited"]["header_timeout"], 2)

    def test_row_24_a_head_and_a_body_that_stop_are_told_408(self):
        with self.tls_server(f"--header-timeout={TIMEOUT}", "--body-timeout=1s") as server:
            for part in (b"POST /ping HTT", request("POST", "/ping", SMALL_BODY)[:-5]):
                with server.wire() as wire:
                    wire.send(part)
                    self.assertEqual(last_response(wire).status, 408)
            self.assertEqual(server.stats()["requests"]["by_status"]["408"], 1)

    def test_an_idle_connection_is_ended_with_close_notify(self):
        with self.tls_server("--idle-timeout=300ms") as server, server.wire() as wire:
            wire.send(request("GET", "/healthz"))
            self.assertEqual(wire.response().status, 200)
            self.assertEqual(wire.rest(), b"")


class Drain(TlsCase):
    def test_row_30_what_was_begun_is_answered_and_the_idle_are_told(self):
        server = self.tls_server()
        with server.wire() as idle, server.wire() as busy:
            for wire in (idle, busy):
                wire.send(request("GET", "/healthz"))
                self.assertEqual(wire.response().status, 200)
            whole = request("POST", "/ping", SMALL_BODY)
            busy.send(whole[:-5])
            server.wait_for_in_flight(1)
            server.terminate()
            self.assertEqual(idle.rest(), b"")
            busy.send(whole[-5:])
            self.assertEqual(last_response(busy).status, 200)
        self.assertEqual(server.wait(), 0)


class Reload(TlsCase):
    @classmethod
    def setUpClass(cls):
        cls.two = cls.sign("two")

    def reload(self, server):
        server.process.send_signal(signal.SIGHUP)

    def test_new_connections_get_the_new_certificate(self):
        files = self.copy(self.one)
        with self.tls_server(pair=files) as server:
            self.assertEqual(self.subject(server), "one")
            with server.wire() as old:
                old.send(request("POST", "/ping", SMALL_BODY)[:-5])
                server.wait_for_in_flight(1)
                self.replace(files, self.two)
                self.reload(server)
                until(lambda: self.subject(server) == "two", "the new certificate is shown")
                old.send(SMALL_BODY[-5:])
                self.assertEqual(old.response().status, 200)
            self.assertIn(f"certificates were read anew from {files[0]}", server.log_text())

    def test_a_bad_file_leaves_the_old_one(self):
        files = self.copy(self.one)
        with self.tls_server(pair=files) as server:
            for spoil, words in (
                (lambda: files[0].write_text("no certificate"), "no certificate in PEM"),
                (lambda: self.replace(files, (self.two[0], self.one[1])), "is not the key of the certificate"),
                (lambda: self.replace(files, self.two, 0o604), "have access to it"),
                (lambda: files[1].unlink(), "No such file"),
            ):
                spoil()
                self.reload(server)
                until(lambda words=words: words in server.log_text(), words)
                self.assertEqual(self.subject(server), "one")
            self.assertEqual(server.log_text().count("what was read before stays in force"), 4)

    @unittest.skipIf(has("processes"), "prefork replaces its processes in any case")
    def test_without_files_sighup_ends_the_server_as_it_ends_any_program(self):
        server = self.server()
        self.reload(server)
        self.assertEqual(server.process.wait(DEADLINE_S), -signal.SIGHUP)


class Row34CannotStart(TlsCase):
    """One line that says what is wrong with which file, exit 2."""

    def assert_refused(self, cert, key, *words):
        flags = [f"--tls-cert={cert}"] if cert else []
        flags += [f"--tls-key={key}"] if key else []
        result = run_to_end(*server_arguments(*flags)[1:])
        self.assertEqual((result.returncode, result.stdout), (2, ""), result.stderr)
        self.assertRegex(result.stderr, re.compile(r"\Alooplagd: [^\n]+\n\Z"))
        for word in words:
            self.assertIn(str(word), result.stderr)

    def test_row_34_files_that_cannot_be_used(self):
        cert, key = self.one
        missing = self.folder / "missing.pem"
        expired = self.sign("expired", days=-1)
        self.assert_refused(missing, key, "--tls-cert", missing, "No such file")
        self.assert_refused(cert, missing, "--tls-key", missing, "No such file")
        self.assert_refused(key, key, "--tls-cert", key, "no certificate in PEM")
        self.assert_refused(cert, cert, "--tls-key", cert)
        self.assert_refused(cert, self.folder, "--tls-key", "no regular file")
        self.assert_refused(cert, self.authority.folder / "authority.key", "not the key of the certificate")
        self.assert_refused(*expired, "has expired at", expired[0])
        self.assert_refused(cert, self.copy(self.one, 0o644)[1], "have access to it", "chmod o=")
        self.assert_refused(cert, None, "--tls-key is missing")
        self.assert_refused(None, key, "--tls-cert is missing")

    def test_a_group_may_read_the_key(self):
        cert, key = self.copy(self.one, 0o640)
        with self.tls_server(pair=(cert, key)) as server:
            self.assertEqual(server.get("/healthz").status, 200)


class Counts(TlsCase):
    def test_handshakes_are_counted(self):
        with self.tls_server() as server:
            for _ in range(3):
                server.get("/healthz")
            tls = server.stats()["tls"]
            self.assertEqual((tls["handshakes"], tls["failed_handshakes"]), (4, 0))
            self.assertRegex(tls["certificate_expires"], r"^\d{4}-\d\d-\d\dT[\d:.]+Z$")
            self.assertIn("looplag_tls_handshakes_total 5\n", server.get("/metrics").body.decode())
        with Server() as plain:
            self.assertNotIn("tls", plain.stats())

    def test_a_client_that_trusts_nobody_is_a_failure(self):
        """It ends the handshake with an alert, after the server's part."""
        with self.tls_server("--no-access-log") as server:
            stranger = ssl.create_default_context()
            with self.assertRaises(ssl.SSLCertVerificationError):
                Wire(server.port, tls=stranger)
            until(lambda: server.stats()["tls"]["failed_handshakes"] == 1, "the failure is counted")


if __name__ == "__main__":
    unittest.main()
