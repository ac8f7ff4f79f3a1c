"""What the requests of a class are: method, headers, numbers, bodies in turn, and which replies are good."""

import json
import unittest

import support

CLOSED = "interval=10ms,arrival=closed"  # as many as the machine gives time for, and at least one


class ClassesTest(support.ClientTest):
    def serve(self, answer=None):
        """A server that keeps what looplag's classes send, of any method, in `self.seen`."""
        self.seen = []

        def keep(handler, request):
            if "x-request-id" not in request.headers:
                return support.reply(handler, "404 Not Found")  # what looplag asks of a looplagd
            with server.lock:
                self.seen.append(request)
            if answer:
                return answer(handler, request)
            return support.reply(handler, body=b"" if request.method == "HEAD" else b"{}")

        server = support.FakeServer(keep)
        server.notes.append(self.seen)
        server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)
        return server.url

    def cells(self, url, *arguments, **options):
        """Of a run in which each class sends something."""
        result = self.load(url, "--duration=150ms", *arguments, **options)
        return {cell["class"]: cell for cell in result["cells"]}

    def of_class(self, name):
        """Its requests in the order of their numbers."""
        mine = [r for r in self.seen if r.headers["x-request-id"].rsplit("-", 1)[0] == name]
        return sorted(mine, key=lambda request: request.headers["x-request-id"])

    def test_methods(self):
        bare, bodied = ("GET", "HEAD", "DELETE", "OPTIONS"), ("POST", "PUT", "PATCH", "DELETE")
        classes = [f"--class=bare-{m}:method={m},{CLOSED}" for m in bare]
        classes += [f"--class=full-{m}:method={m},{CLOSED},size=1KiB" for m in bodied]
        cells = self.cells(self.serve(), *classes)
        for kind, methods in (("bare", bare), ("full", bodied)):
            for method in methods:
                cell, requests = cells[f"{kind}-{method}"], self.of_class(f"{kind}-{method}")
                with self.subTest(method=method, kind=kind):
                    self.assertGreater(cell["ok"], 0)
                    self.assertEqual((cell["errors"], cell["method"]), ({}, method))
                    self.assertEqual({request.method for request in requests}, {method})
                    length = 1024 if kind == "full" else 0
                    self.assertEqual(cell["size_bytes"], length)
                    self.assertEqual({len(request.body) for request in requests}, {length})
                    for request in requests:
                        self.assertEqual("content-type" in request.headers, kind == "full")
                        if kind == "bare":
                            self.assertNotIn("content-length", request.headers)

    def test_what_a_class_has_replaces_what_all_have(self):
        self.cells(
            self.serve(), "-H", "X-Of: all", "-H", "X-All: yes",
            f"--class=own:{CLOSED},size=1KiB,header=X-Of=own\\, alone,header=X-Second=a=b,type=text/plain",
            f"--class=other:{CLOSED},method=GET",
        )  # fmt: skip
        own, other = self.of_class("own")[0].headers, self.of_class("other")[0].headers
        self.assertEqual((own["x-of"], own["x-all"], own["x-second"]), ("own, alone", "yes", "a=b"))
        self.assertEqual(own["content-type"], "text/plain")
        self.assertEqual((other["x-of"], other["x-all"]), ("all", "yes"))
        self.assertNotIn("x-second", other)

    def test_numbers(self):
        cells = self.cells(
            self.serve(), "-H", "X-Number: <{n}>", "--keepalive",
            "--class=n:interval=1ms,arrival=closed,method=GET,endpoint=/items/{n}?again={n},header=X-Own={n}",
            f"--class=plain:{CLOSED},size=1KiB,endpoint=/plain", least=2,
        )  # fmt: skip
        requests = self.of_class("n")
        self.assertGreater(len(requests), 1)
        self.assertEqual(cells["n"]["endpoint"], "/items/{n}?again={n}")
        self.assertEqual(
            [(r.path, r.headers["x-own"], r.headers["x-number"]) for r in requests],
            [(f"/items/{n}?again={n}", str(n), f"<{n}>") for n in range(1, len(requests) + 1)],
        )
        for number, request in enumerate(requests, 1):
            self.assertEqual(request.headers["x-request-id"], f"n-{number:06}")
        self.assertEqual({request.path for request in self.of_class("plain")}, {"/plain"})

    def test_bodies_in_turn(self):
        folder = self.folder / "bodies"
        (folder / "below").mkdir(parents=True)
        bodies = {"b.json": b"second", "a.json": b"1", "c.bin": bytes(range(256)) * 300, ".hidden": b"no"}
        for name, body in bodies.items():
            (folder / name).write_bytes(body)
        cell = self.cells(
            self.serve(), f"--class=turn:interval=1ms,arrival=closed,body={folder}/", "--keepalive", least=4
        )["turn"]
        sent = [request.body for request in self.of_class("turn")]
        wanted = [bodies[("a.json", "b.json", "c.bin")[n % 3]] for n in range(len(sent))]
        self.assertGreater(len(sent), 3)
        self.assertEqual(sent, wanted)
        self.assertEqual(cell["bytes_sent"], sum(map(len, wanted)))
        self.assertEqual(cell["size_bytes"], sum(map(len, wanted[:3])) // 3)

    def test_good_is_what_is_expected(self):
        status = {"/gone": "404 Not Found", "/new": "201 Created", "/moved": "302 Found"}
        url = self.serve(lambda handler, request: support.reply(handler, status[request.path]))
        cells = self.cells(
            url,
            f"--class=gone:method=GET,{CLOSED},endpoint=/gone,expect=404",
            f"--class=both:method=GET,{CLOSED},endpoint=/moved,expect=2xx|302",
            f"--class=new:method=GET,{CLOSED},endpoint=/new",
            f"--class=none:method=GET,{CLOSED},endpoint=/new,expect=200|4xx",
        )  # fmt: skip
        for name in ("gone", "both", "new"):
            self.assertGreater(cells[name]["ok"], 0)
            self.assertEqual(cells[name]["errors"], {})
        self.assertEqual((cells["none"]["ok"], list(cells["none"]["errors"])), (0, ["http_2xx"]))

    def test_large_is_what_is_said(self):
        cells = self.cells(
            self.serve(), "--baseline", "--rounds=2",
            f"--class=small:{CLOSED},method=GET", f"--class=report:{CLOSED},method=GET,large=yes",
            f"--class=large:{CLOSED},size=1KiB,large=no",
        )  # fmt: skip
        self.assertEqual({name: cell["heavy"] for name, cell in cells.items()},
                         {"small": False, "report": True, "large": False})
        self.assertIsNone(cells["report"]["baseline"])
        self.assertGreater(cells["large"]["baseline"]["sent"], 0)

    def test_headers_from_a_file(self):
        file = self.folder / "headers"
        file.write_text("# for the test\nX-Api: swordfish\n\nX-More: a, b\r\n")
        result = self.load(self.serve(), "--duration=100ms", f"-H@{file}", "-H", "X-Last: c",
                           f"--class=a:{CLOSED},method=GET")  # fmt: skip
        headers = self.seen[0].headers
        self.assertEqual((headers["x-api"], headers["x-more"], headers["x-last"]), ("swordfish", "a, b", "c"))
        self.assertNotIn("swordfish", json.dumps(result))

    def test_a_saved_result_tells_the_method(self):
        result = self.load(self.serve(), "--duration=100ms", f"--class=a:{CLOSED},method=DELETE")
        again = support.looplag("report", "--format=json", str(self.folder / "result.json"))
        self.assertEqual(json.loads(again.stdout)["cells"][0]["method"], result["cells"][0]["method"])
        self.assertIn("A: DELETE, no body", support.looplag("report", str(self.folder / "result.json")).stdout)

    def test_mistakes_are_one_clear_line(self):
        (self.folder / "empty").mkdir()
        (self.folder / "headers").write_text("X-Api: swordfish\nswordfish\n")
        for arguments, told in (
            (["--class", f"x:body={self.folder}/empty/,rate=5"], "it holds no file"),
            (["--class", f"x:body={self.folder}/none/,rate=5"], "No such file or directory"),
            (["--class", f"x:body={self.folder}/empty,rate=5"], "end it with / to send its files in turn"),
            (["--class", "x:method=FETCH,rate=5"], "method=FETCH: expected POST, GET, HEAD"),
            (["--class", "x:method=HEAD,size=1KiB,rate=5"], "class x has a method that sends no body"),
            (["--class", "x:colour=red"], "use size, body, interval"),
            (["-H", f"@{self.folder}/none"], "cannot read headers from it: No such file"),
            (["-H", f"@{self.folder}/headers"], "header 2 in it: expected a header"),
        ):
            with self.subTest(arguments=arguments):
                done = support.looplag("load", *arguments)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assert_one_line(done.stderr, told)
                self.assertNotIn("swordfish", done.stderr)


if __name__ == "__main__":
    unittest.main()
