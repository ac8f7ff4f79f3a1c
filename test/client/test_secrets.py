"""A secret is planted in every place where one can stand; nothing that is written holds it."""

import contextlib
import json
import os
import pathlib
import pty
import subprocess
import sys
import unittest

import support

# Repeats on its standard error what it was started with, and what it is asked for; ends when it is told to.
SERVER = """
import http.server, os, sys
print(sys.argv, file=sys.stderr, flush=True)
if "--end" in sys.argv:
    sys.exit(3)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = repr((sys.argv, self.path, dict(self.headers))).encode()
        print(body, file=sys.stderr, flush=True)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
server.serve_forever()
"""

# Long enough to be looked for, and no part of another.
SECRETS = {
    name: f"{name}-swordfish-{number:04}"
    for number, name in enumerate(
        ("header", "cookie", "file", "own", "query", "user", "pass", "all", "probe", "flag", "plain", "base", "body", "start",
         "ready", "system"), 4711
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

    def test_of_several_systems(self):
        """One that runs already and one that is started, which has a secret among its words; then what is made of the result."""
        script = self.folder / "server.py"
        script.write_text(SERVER)
        url = self.serve().replace("://", f"://{SECRETS['user']}:{SECRETS['pass']}@")
        own = f"own:{sys.executable} {script} {{port}} --api-key {SECRETS['start']}"
        out, page = self.folder / "out.json", f"--html={self.folder}/page.html"
        run = ("--quiet", "--duration=100ms", "--rounds=2", "--class=a:method=GET,interval=10ms,arrival=closed")
        arguments = ("compare", f"--target=there:{url}/x?token={SECRETS['query']}", f"--start={own}",
                     f"--ready=/up?token={SECRETS['ready']}", *run)  # fmt: skip
        done = support.looplag(*arguments, "-o", str(out), page)
        self.assertIn(done.returncode, support.DONE, done.stderr)
        self.assertIn(SECRETS["query"], self.arrived)
        printed = support.looplag(*arguments, "--print-plan").stdout
        told = [done.stdout + done.stderr, printed, support.looplag("diff", str(out), str(out)).stdout,
                support.looplag("report", "--details", page, str(out)).stdout]  # fmt: skip
        done = support.looplag("compare", f"--start={own} --end", *run)
        self.assertEqual(done.returncode, 1)
        self.assertIn("server.py", done.stderr)  # its last words
        for text in [*told, done.stderr]:
            self.assert_hidden(text, "what was told")
        for path in self.written():
            if path != script:
                self.assert_hidden(path.read_text(), path.name)

    def test_of_a_plan(self):
        """Headers of one system and of a class, a URL; also when the run fails, and of a plan that is wrong."""
        url = self.serve("403 Forbidden").replace("://", f"://{SECRETS['user']}:{SECRETS['pass']}@")
        plan = {
            "options": {"duration": "60ms", "rounds": 1, "header": [f"Cookie: a={SECRETS['cookie']}"]},
            "classes": [{"name": "a", "method": "GET", "interval": 0.01, "arrival": "closed",
                         "headers": [f"X-Own-Token: {SECRETS['own']}"]}],
            "systems": [{"label": "one", "url": f"{url}?key={SECRETS['base']}", "headers": [f"X-Secret: {SECRETS['system']}"]}],
        }  # fmt: skip
        path = self.folder / "plan.json"
        for change, codes in (({}, (1,)), ({"classes": [{"name": "a b", "headers": [SECRETS["own"]]}]}, (2,))):
            path.write_text(json.dumps({**plan, **change}))
            for more in ([], ["--no-try"], ["--print-plan"]):
                done = support.looplag("compare", "--quiet", "--plan", str(path), "-o", str(self.folder / "out.json"), *more)
                self.assertIn(done.returncode, (0, *codes), done.stderr)
                self.assert_hidden(done.stdout + done.stderr, "what was told")
        for name in ("cookie", "own", "base", "system"):
            self.assertIn(SECRETS[name], self.arrived)
        for path in self.written():
            self.assert_hidden(path.read_text(), path.name)

    def test_of_bodies_that_are_repeated(self):
        """As JSON, as JSON in JSON and as Python writes it, from a file of one's own."""
        body = {"name": "x", "password": SECRETS["body"], "n": 5}
        (self.folder / "headers").write_text(json.dumps(body))  # the name of a file that may hold secrets
        for said in (json.dumps(body), json.dumps({"input": json.dumps(body)}), str(body)):
            with support.FakeServer(lambda handler, _, said=said: support.reply(handler, "422 No", said.encode())) as server:
                for more in ([], ["--no-try", "--html", str(self.folder / "page.html"), "-o", str(self.folder / "out.json")]):
                    done = support.looplag("load", "--base-url", server.url, "--quiet", "--duration=60ms",
                                           f"--class=a:body={self.folder}/headers,interval=10ms,arrival=closed", *more)  # fmt: skip
                    self.assertEqual(done.returncode, 1)
                    self.assertIn("password", done.stdout + done.stderr)
                    self.assert_hidden(done.stdout + done.stderr, "what was told")
            for path in self.written():
                self.assert_hidden(path.read_text(), path.name)

    def test_of_the_progress(self):
        """A terminal is told of each window, and of what is asked for."""
        mine, its = pty.openpty()
        self.addCleanup(os.close, mine)
        url = self.serve().replace("://", f"://{SECRETS['user']}:{SECRETS['pass']}@")
        process = subprocess.Popen(
            [support.LOOPLAG, "compare", f"--target=a:{url}", f"--endpoints=/a?token={SECRETS['query']}", "--duration=1.6",
             "--rounds=2", "--class=a:method=GET,interval=10ms,arrival=closed"],
            stdout=subprocess.DEVNULL, stderr=its,
        )  # fmt: skip
        os.close(its)
        told = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while part := os.read(mine, 65536):
                told += part
        self.assertIn(process.wait(support.LIMIT_S), support.DONE)
        self.assertIn("/a?token=***", told.decode())
        self.assert_hidden(told.decode(), "the progress")

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
