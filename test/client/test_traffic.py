"""What is sent: any URL and body, headers, connections, and how mistakes in asking are told."""

import json
import unittest

import support
from quiet import on_a_machine_that_runs


def good(handler, _request):
    return support.reply(handler)


class TrafficTest(support.ClientTest):
    def serve(self):
        server = support.FakeServer(support.only_posts(good))
        server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)
        return server

    @on_a_machine_that_runs
    def test_any_url_and_body(self):
        body = bytes(range(256)) * 300  # over any buffer, and no JSON
        path = self.folder / "body.bin"
        path.write_bytes(body)
        server = self.serve()
        result = self.load(
            server.url + "/base/", "--duration=400ms", f"--class=api:body={path},rate=50,endpoint=/v1/x"
        )
        (cell,) = result["cells"]
        self.assertEqual((cell["class"], cell["endpoint"], cell["ok"]), ("api", "/v1/x", 20))
        self.assertEqual(cell["size_bytes"], len(body))
        self.assertEqual(cell["bytes_sent"], 20 * len(body))
        self.assertEqual(len(server.requests), 20)
        for request in server.requests:
            self.assertEqual((request.method, request.path), ("POST", "/base/v1/x"))
            self.assertEqual(request.body, body)
            self.assertEqual(request.headers["content-type"], "application/json")
            self.assertNotIn("expect", request.headers)
        ids = sorted(request.headers["x-request-id"] for request in server.requests)
        self.assertEqual(ids, [f"api-{number:06}" for number in range(1, 21)])

    @on_a_machine_that_runs
    def test_a_connection_a_request(self):
        server = self.serve()
        self.load(server.url, "--duration=300ms", "--class=a:size=1KiB,rate=50")
        self.assertEqual(len({request.connection for request in server.requests}), 15)

    def test_keepalive_reuses_within_a_class_only(self):
        server = self.serve()
        self.load(
            server.url, "--duration=300ms", "--keepalive",
            "--class=a:size=1KiB,interval=10ms,arrival=closed",
            "--class=b:size=2KiB,interval=10ms,arrival=closed",
        )  # fmt: skip
        used = {}
        for request in server.requests:
            name = request.headers["x-request-id"].split("-")[0]
            used.setdefault(name, set()).add(request.connection)
        self.assertEqual({name: len(ports) for name, ports in used.items()}, {"a": 1, "b": 1})
        self.assertNotEqual(used["a"], used["b"])

    def test_headers_are_added_and_replaced(self):
        server = self.serve()
        self.load(
            server.url, "--duration=50ms", "--class=a:size=1KiB,rate=50",
            "-H", "Authorization: Bearer x", "-H", "content-type: text/plain", "-H", "Host: a.test",
        )  # fmt: skip
        headers = server.requests[0].headers
        self.assertEqual(headers["authorization"], "Bearer x")
        self.assertEqual(headers["content-type"], "text/plain")
        self.assertEqual(headers["host"], "a.test")

    def test_the_name_stays_in_the_host_header(self):
        server = self.serve()
        port = server.server_address[1]
        self.load(f"http://localhost:{port}", "--duration=50ms", "--class=a:size=1KiB,rate=50")
        self.assertEqual(server.requests[0].headers["host"], f"localhost:{port}")

    def test_the_standard_classes(self):
        server = self.serve()
        result = self.load(
            server.url, "--duration=300ms", "--large-size=0.1", "--large-interval=0.1", "--endpoint=/pong"
        )
        small, large = result["cells"]
        self.assertEqual((small["class"], small["arrival"], small["planned"]), ("small", "open", 3))
        self.assertEqual((large["class"], large["arrival"]), ("large", "closed"))
        self.assertIsNone(small["mode"])
        bodies = {r.headers["x-request-id"][:5]: json.loads(r.body) for r in server.requests}
        self.assertEqual(len(bodies["small"]["data"]), 50)
        self.assertEqual(len(bodies["large"]["data"]), 5000)
        self.assertEqual({request.path for request in server.requests}, {"/pong"})

    def test_the_same_seed_sends_the_same_bytes(self):
        server = self.serve()
        for seed in ("5", "5", "6"):
            self.load(server.url, "--duration=50ms", f"--seed={seed}", "--class=a:size=1KiB,rate=10")
        first, second, third = (request.body for request in server.requests)
        self.assertEqual(first, second)
        self.assertNotEqual(first, third)

    def test_the_result_tells_where_it_was_measured(self):
        result = self.load(self.serve().url, "--duration=50ms", "--class=a:size=1KiB,rate=50")
        self.assertEqual(result["schema_version"], 1)
        self.assertEqual(set(result["machine"]), {"cpu", "cores", "memory_bytes", "kernel", "os", "libcurl", "lag_p99_ms"})
        self.assertRegex(result["started"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        self.assertTrue(result["command"].startswith("looplag load --base-url http://"))
        self.assertGreater(result["client"]["cpu_seconds"], 0)


class UsageTest(support.ClientTest):
    def test_mistakes_are_one_clear_line(self):
        cases = [
            ([], "a command is missing"),
            (["lode"], "unknown command 'lode'"),
            (["load", "--nope"], "unknown option '--nope'"),
            (["load", "--duration", "soon"], "--duration=soon"),
            (["load", "--class", "x:rate=5"], "class x has no body"),
            (["load", "--class", "x:size=1KiB"], "class x has open arrival and no rate"),
            (["load", "--class", f"x:body={self.folder}/none,rate=5"], "No such file or directory"),
            (["load", "--class", f"x:body={self.folder},rate=5"], "Is a directory"),
            (["load", "--base-url", "ftp://localhost"], "--base-url=ftp://localhost"),
            (["load", "--base-url", "localhost:8000"], "--base-url=localhost:8000"),
            (["compare", "--modes", ""], "--modes="),
            (["load", "--duration", "1\n\x1b[31m"], "--duration=1??[31m: expected"),
            (["load", "--slo", "p99<0"], "--slo=p99<0: expected"),
            (["load", "--slo", "small:errors<0%"], "--slo=small:errors<0%: expected"),
        ]
        for arguments, told in cases:
            with self.subTest(arguments=arguments):
                done = support.looplag(*arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assert_one_line(done.stderr, told)
                self.assertEqual(done.stdout, "")

    def test_help_and_version(self):
        for arguments in (["--help"], ["help"], ["help", "load"], ["compare", "--help"],
                          ["report", "-h"], ["help", "diff"], ["help", "sweep"]):  # fmt: skip
            done = support.looplag(*arguments)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertTrue(done.stdout.startswith("usage: looplag"))
            self.assertTrue(all(len(line) <= 90 for line in done.stdout.splitlines()))
        self.assertRegex(support.looplag("--version").stdout, r"^looplag \d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    unittest.main()
