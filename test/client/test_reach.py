"""How a server is reached: TLS and what is wrong with it, Unix sockets, IPv6, HTTP/2."""

import csv
import io
import json
import socket
import subprocess
import tempfile
import threading
import unittest

import support
import tls

# Closed: as many as the machine gives time for, and at least one.
CLASS = "--class=a:method=GET,interval=20ms,arrival=closed"


def good(handler, request):
    return support.reply(handler, body=b"" if request.method == "HEAD" else b"{}")


class Ipv6Server(support.FakeServer):
    address_family = socket.AF_INET6

    def __init__(self, answer):
        super().__init__(answer, "::1")
        self.url = f"http://[::1]:{self.server_address[1]}"


class ReachCase(support.ClientTest):
    def serve(self, server):
        server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)
        return server.url

    def cell(self, url, *arguments, code=support.DONE):
        return self.load(url, "--duration=150ms", CLASS, *arguments, code=code)["cells"][0]

    def assert_good(self, cell):
        self.assertGreater(cell["ok"], 0)
        self.assertEqual(cell["errors"], {})

    def assert_all_fail(self, cell, kind):
        self.assertEqual((cell["ok"], list(cell["errors"])), (0, [kind]))


class ReachTest(ReachCase):
    def test_ipv6(self):
        try:
            server = Ipv6Server(good)
        except OSError as error:
            self.skipTest(f"no IPv6 here: {error}")
        self.assert_good(self.cell(self.serve(server)))

    def test_a_unix_socket(self):
        path = self.folder / "socket"
        hosts = set()

        def answer(handler, request):
            hosts.add(request.headers["host"])
            return good(handler, request)

        with tls.UnixServer(path, answer) as server:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            self.addCleanup(server.shutdown)
            cell = self.cell("http://app.test/base", f"--unix-socket={path}", "--probe=period=50ms")
            self.assert_good(cell)
            self.assertEqual(hosts, {"app.test"})
            self.assertGreater(cell["connect_ms"]["max"], 0)
            server.shutdown()

    def test_a_unix_socket_beside_other_systems(self):
        path, out = self.folder / "socket", self.folder / "out.json"
        other = self.serve(support.FakeServer(good))
        with tls.UnixServer(path, good) as server:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            self.addCleanup(server.shutdown)
            run = ("--quiet", f"--unix-socket={path}", "--duration=200ms", "--rounds=1", "-o", str(out))
            done = support.looplag("compare", "--target=mine:http://app.test", f"--server={support.LOOPLAGD}",
                                   "--modes=select", CLASS + ",endpoint=/healthz", *run)  # fmt: skip
            self.assertIn(done.returncode, support.DONE, done.stderr)
            cells = json.loads(out.read_text())["cells"]
            self.assertEqual({cell["mode"] for cell in cells}, {"select", "mine"})
            for cell in cells:
                self.assert_good(cell)
            done = support.looplag("compare", "--target=mine:http://app.test", f"--target=other:{other}", CLASS, *run)
            self.assertEqual(done.returncode, 2)
            self.assert_one_line(done.stderr, "--unix-socket is of one server that runs already")
            server.shutdown()

    def test_a_unix_socket_that_is_not_there(self):
        cell = self.cell("http://app.test", f"--unix-socket={self.folder}/none", code=1)
        self.assert_all_fail(cell, "connect")
        (failure,) = cell["first_errors"]
        self.assertEqual(failure["words"], f"Failed to connect to the socket {self.folder}/none: No such file or directory")

    def test_mistakes_are_one_clear_line(self):
        for arguments, told in (
            (["--key=x"], "--key is of the client's certificate: add --cert=FILE"),
            (["--insecure", "--cacert=x"], "--insecure trusts any certificate"),
            (["--http2", "--keepalive=off"], "--http2 keeps connections alive"),
            (["--http2", "--base-url=http://127.0.0.1"], "it takes an https URL"),
            (["--unix-socket=x", "--start=a:b {port}"], "--unix-socket is of a server that runs already"),
        ):
            with self.subTest(arguments=arguments):
                done = support.looplag("load", *arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assert_one_line(done.stderr, told)


@unittest.skipUnless(tls.OPENSSL, "openssl is not installed")
class TlsTest(ReachCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.authority = tls.Authority(folder.name)
        cls.cert, cls.key = cls.authority.sign("server")

    def tls_server(self, cert=None, key=None, clients=None):
        return self.serve(tls.TlsServer(good, cert or self.cert, key or self.key, clients))

    def trusted(self):
        return f"--cacert={self.authority.file}"

    def test_stages_of_new_connections(self):
        url = self.tls_server()
        cell = self.cell(url, self.trusted())
        self.assert_good(cell)
        for stage in ("connect_ms", "tls_ms"):
            self.assertGreater(cell[stage]["max"], 0)
            self.assertLess(cell[stage]["max"], cell["service_ms"]["max"])
        for _ in range(support.ATTEMPTS):
            done = support.looplag("load", "--base-url", url, "--quiet", "--format=csv", "-o", "-",
                                   "--duration=150ms", CLASS, self.trusted())  # fmt: skip
            if rows := list(csv.DictReader(io.StringIO(done.stdout))):
                break  # or the machine stood still all the while
        self.assertGreater(len(rows), 0)
        for row in rows:
            stages = int(row["connect_us"]) + int(row["tls_us"])
            self.assertTrue(0 < stages < int(row["end_us"]) - int(row["sent_us"]), row)

    def test_one_handshake_where_connections_are_kept(self):
        (cell,) = self.load(self.tls_server(), "--duration=200ms", "--keepalive", self.trusted(),
                            "--class=a:method=GET,interval=1ms,arrival=closed", least=2)["cells"]  # fmt: skip
        self.assertGreater(cell["ok"], 1)
        self.assertEqual((cell["errors"], cell["connections_opened"]), ({}, 1))
        again = json.loads(support.looplag("report", "--format=json", str(self.folder / "result.json")).stdout)
        for stage in ("connect", "tls"):
            self.assertEqual(again["cells"][0]["exact_ns"][stage], cell["exact_ns"][stage])

    def test_row_53_what_is_wrong_with_a_certificate(self):
        expired = self.authority.sign("expired", days=-1)
        other = self.authority.sign("other", "DNS:other.test")
        for name, pair, trusted in (("not trusted", (self.cert, self.key), []),
                                    ("expired", expired, [self.trusted()]),
                                    ("other name", other, [self.trusted()])):  # fmt: skip
            with self.subTest(wrong=name):
                url = self.tls_server(*pair)
                self.assert_all_fail(self.cell(url, *trusted, code=1), "tls")
                self.assert_good(self.cell(url, "--insecure"))

    def test_a_looplagd_with_tls_that_is_started(self):
        flags = f"--system=tls:--mode=select --tls-cert={self.cert} --tls-key={self.key}"
        run = ("--rounds=1", "--duration=1", "--quiet", "--endpoints=/ping", "--class=a:size=1KiB,rate=50")
        for trust, code in ((self.trusted(), support.DONE), ("--insecure", support.DONE), ("--no-try", (1,))):
            done = support.looplag("compare", f"--server={support.LOOPLAGD}", flags, *run, trust)
            self.assertIn(done.returncode, code, done.stderr)

    def test_a_client_certificate(self):
        url = self.tls_server(clients=self.authority.file)
        cert, key = self.authority.sign("client")
        self.assert_all_fail(self.cell(url, self.trusted(), code=1), "tls")
        self.assert_good(self.cell(url, self.trusted(), f"--cert={cert}", f"--key={key}"))
        both = self.folder / "both.pem"
        both.write_text(cert.read_text() + key.read_text())
        self.assert_good(self.cell(url, self.trusted(), f"--cert={both}"))

    def test_a_server_without_tls(self):
        url = self.serve(support.FakeServer(good)).replace("http:", "https:")
        self.assert_all_fail(self.cell(url, code=1), "tls")

    @unittest.skipUnless(support.HAPROXY, "haproxy is not installed")
    def test_http2(self):
        """HAProxy speaks it, and passes requests on to a plain server."""
        back = self.serve(support.FakeServer(good)).removeprefix("http://")
        front, config, both = (socket.create_server(("127.0.0.1", 0)), self.folder / "haproxy.cfg", self.folder / "pem")
        self.addCleanup(front.close)
        both.write_text(self.cert.read_text() + self.key.read_text())
        config.write_text(
            "defaults\n mode http\n timeout connect 60s\n timeout client 60s\n timeout server 60s\n"
            f"frontend f\n bind fd@{front.fileno()} ssl crt {both} alpn h2\n default_backend b\n"
            f"backend b\n server s {back}\n"
        )
        process = subprocess.Popen([support.HAPROXY, "-db", "-q", "-f", str(config)], pass_fds=[front.fileno()])
        self.addCleanup(process.wait, support.LIMIT_S)
        self.addCleanup(process.kill)
        cell = self.cell(f"https://127.0.0.1:{front.getsockname()[1]}", "--http2", self.trusted())
        self.assert_good(cell)
        self.assertEqual(cell["connections_opened"], 1)

    def test_a_server_without_http2(self):
        self.assert_all_fail(self.cell(self.tls_server(), "--http2", self.trusted(), code=1), "garbage")

    def test_files_that_cannot_be_used(self):
        (self.folder / "empty").write_text("")
        for arguments in (["--cacert", f"{self.folder}/none"], ["--cacert", f"{self.folder}/empty"],
                          ["--cert", f"{self.folder}/none"], ["--cert", str(self.cert), "--key", str(self.cert)]):  # fmt: skip
            with self.subTest(arguments=arguments):
                done = support.looplag("load", "--base-url", self.tls_server(), *arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assert_one_line(done.stderr, "cannot use TLS: ")


if __name__ == "__main__":
    unittest.main()
