"""A secret is planted in every place where one can stand; nothing that is written holds it."""

import json
import pathlib
import subprocess
import unittest

import support

# Long enough to be looked for, and no part of another.
SECRETS = {
    name: f"{name}-swordfish-{number:04}"
    for number, name in enumerate(
        ("header", "cookie", "file", "own", "query", "user", "pass", "all", "probe", "flag", "plain", "base"), 4711
    )
}
SENT = ("header", "cookie", "file", "own", "query", "all", "probe", "base")
FORMATS = ("text", "markdown", "json", "csv", "hlog", "hgrm")


class SecretsTest(support.ClientTest):
    def serve(self, status="200 OK", before=""):
        """A server that repeats what it is sent, and a note of what arrived."""
        self.got, self.loaded = [], False

        def answer(handler, request):
            told = before + request.path + json.dumps(request.headers)
            self.got.append(told)
            # What is tried has the number 0, and a check none.
            if not request.headers.get("x-request-id", "-000000").endswith("-000000"):
                self.loaded = True
            return support.reply(handler, status, told.encode())

        server = support.FakeServer(answer)
        server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)
        return server.url

    @property
    def arrived(self):
        return "".join(self.got)

    def all_arrived(self):
        return all(SECRETS[name] in self.arrived for name in SENT)

    def arguments(self, url):
        file = self.folder / "headers"
        file.write_text(f"X-Api-Token: {SECRETS['file']}\n")
        return [
            "--base-url", url.replace("://", f"://{SECRETS['user']}:{SECRETS['pass']}@") + f"?sid-key={SECRETS['base']}",
            "--duration=60ms", "--details", "-H", f"Authorization: Bearer {SECRETS['header']}",
            f"-HCookie: a=1; b={SECRETS['cookie']}", "-H", f"@{file}",
            f"--class=a:method=GET,interval=10ms,arrival=closed,endpoint=/a?page=1&api_key={SECRETS['query']},"
            f"header=X-Own-Secret={SECRETS['own']}",
            "--class=b:size=1KiB,interval=10ms,arrival=closed", f"--endpoint=/b?password={SECRETS['all']}",
            f"--probe=period=20ms,path=/healthz?token={SECRETS['probe']}",
        ]  # fmt: skip

    def assert_hidden(self, text, where):
        for name, secret in SECRETS.items():
            self.assertNotIn(secret, text, f"{name} stands in {where}")

    def written(self):
        """Every file in the folder but those that hold the secrets for looplag."""
        for path in sorted(self.folder.rglob("*")):
            self.assert_hidden(path.name, "a file's name")
            if path.is_file() and path.name not in ("headers", "plan.json"):
                yield path

    def load(self, status, *arguments):
        """A run in which all was sent: one during which the machine stood still is made again."""
        for _ in range(support.ATTEMPTS):
            done = support.looplag("load", *self.arguments(self.serve(status)), *arguments)
            if self.loaded and self.all_arrived():
                break
        return done

    def check(self, status, codes, *arguments):
        for format_ in FORMATS:
            with self.subTest(format=format_, status=status):
                out = self.folder / f"out.{format_}"
                done = self.load(status, f"--format={format_}", "-o", str(out),
                                 "--html", str(self.folder / "page.html"), *arguments)  # fmt: skip
                self.assertIn(done.returncode, codes, done.stderr)
                self.assert_hidden(done.stdout, "the standard output")
                self.assert_hidden(done.stderr, "the standard error")
                for path in self.written():
                    self.assert_hidden(path.read_text(), path.name)
        self.assertTrue(self.all_arrived(), "it was not even sent")

    def test_of_good_replies(self):
        self.check("200 OK", support.DONE)
        again = support.looplag("report", "--details", str(self.folder / "out.json"))
        self.assert_hidden(again.stdout, "a report")
        result = json.loads((self.folder / "out.json").read_text())
        self.assertIn("--base-url http://***@127.0.0.1:", result["command"])
        self.assertEqual(result["cells"][0]["endpoint"], "/a?page=1&api_key=***")
        self.assertIn("--duration=60ms", result["command"])

    def test_of_bad_replies(self):
        self.check("403 Forbidden", (1,), "--no-try")

    def test_of_what_is_tried(self):
        """A bad reply is shown before the run, however it is cut."""
        for before in range(150, 186, 3):
            url = self.serve("403 Forbidden", "x" * before)
            done = support.looplag("load", *self.arguments(url))
            self.assertEqual(done.returncode, 1)
            self.assertIn("403 Forbidden: xxx", done.stderr)
            self.assertNotIn("query-", done.stderr)
            self.assertNotIn("swordfish", done.stderr)

    def test_of_mistakes(self):
        for arguments in (
            ["load", "-H", f"Authorization: {SECRETS['header']}\x01"],
            ["load", "--class", f"a:header=X-Token={SECRETS['own']}\x01,rate=1"],
            ["load", "--class", f"a:size=1KiB,rate=1,endpoint=a?key={SECRETS['query']}"],
            ["load", "--base-url", f"http://{SECRETS['user']}:{SECRETS['pass']}@/"],
            ["load", "--base-url", f"http://{SECRETS['user']}:{SECRETS['pass']}@no-such-host.invalid"],
            ["load", "--endpoint", f"ping?token={SECRETS['all']}"],
            ["compare", "--system", f"a:--token={SECRETS['flag']} --port=5"],
            ["load", f"token={SECRETS['plain']}"],
        ):
            with self.subTest(arguments=arguments):
                done = support.looplag(*arguments)
                self.assertIn(done.returncode, (1, 2), done.stderr)
                self.assert_hidden(done.stdout + done.stderr, "a message")

    def test_of_a_sweep(self):
        """Of a server's own URL and endpoint, in text and JSON."""
        for format_ in ("text", "json"):
            done = support.looplag(
                "sweep", "--target", f"own:{self.serve()}", f"--endpoints=/a?token={SECRETS['query']}",
                f"-HX-Secret: {SECRETS['header']}", "--sizes=1KB", "--duration=1", "--rounds=1", f"--format={format_}",
                "--small-interval=0.01", "--large-interval=0.01", "-o", "-",
            )  # fmt: skip
            self.assertIn(SECRETS["query"], self.arrived, done.stderr)
            self.assertIn("/a?token=***", done.stdout)
            self.assert_hidden(done.stdout + done.stderr, "a sweep")

    def test_of_commands_that_take_a_url(self):
        for status in ("200 OK", "403 Forbidden"):
            url = self.serve(status).replace("://", f"://{SECRETS['user']}:{SECRETS['pass']}@")
            url += f"/x?page=1&token={SECRETS['query']}"
            for command, *more in (
                ("diagnose", "--duration=1", "--most=1", "--large-size=100KB", f"--html={self.folder}/page.html"),
                ("stages", "--requests=2", "--large-size=100KB"),
                ("users",),
            ):
                with self.subTest(command=command, status=status):
                    done = support.looplag(command, url, "-H", f"Authorization: Bearer {SECRETS['header']}", *more,
                                           "-o", f"{self.folder}/{command}.json")  # fmt: skip
                    self.assertIn(SECRETS["query"], self.arrived, done.stderr)
                    self.assert_hidden(done.stdout + done.stderr, command)
        for path in self.written():
            self.assert_hidden(path.read_text(), path.name)
        self.assertIn("/x?page=1&token=***", json.loads((self.folder / "diagnose.json").read_text())["url"])

    def test_in_lists_of_processes(self):
        """What others see of the command line, while it runs."""
        process = subprocess.Popen(
            [support.LOOPLAG, "load", "--quiet", *self.arguments(self.serve()), "--duration=20"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.addCleanup(process.wait, support.LIMIT_S)
        self.addCleanup(process.kill)
        self.assertTrue(support.wait_until(lambda: self.loaded))
        for name in ("cmdline", "comm"):
            self.assert_hidden(pathlib.Path(f"/proc/{process.pid}/{name}").read_text(), f"/proc/PID/{name}")
        line = pathlib.Path(f"/proc/{process.pid}/cmdline").read_text()
        self.assertIn("Authorization: ***", line)
        self.assert_hidden(" ".join(support.thread_names(process.pid)), "a thread's name")


if __name__ == "__main__":
    unittest.main()
