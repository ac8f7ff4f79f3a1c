"""--target and --start: servers of one's own, running already or started for the run, beside looplagd's modes."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import unittest

import support
from support import DONE, children_of, is_running, wait_until

RUN = ("--rounds=1", "--duration=300ms", "--quiet")
SMALL_AND_LARGE = ("--small-interval=20ms", "--large-size=0.1", "--large-interval=0.1")

# A server of a few lines; what it is to do stands in its arguments. It notes its process id in `pids`.
SERVER = """
import http.server, json, os, signal, socket, sys, time
words = sys.argv[1:]
def told(name, default=None):
    return words[words.index(name) + 1] if name in words else default
with open(os.path.dirname(os.path.abspath(__file__)) + "/pids", "a") as pids:
    print(os.getpid(), json.dumps(words), file=pids)
if "--say" in words:
    print(told("--say").replace("|", "\\n"), file=sys.stderr, flush=True)
if "--exit" in words:
    sys.exit(int(told("--exit")))
if "--ignore-end" in words:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "--end-with" in words:
    signal.signal(signal.SIGTERM, lambda *_: os._exit(int(told("--end-with"))))
left = {"unready": int(told("--unready", 0)), "posts": int(told("--posts", 1 << 30))}
class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass
    def reply(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def do_GET(self):
        left["unready"] -= self.path == "/up"
        self.reply(200 if self.path == "/up" and left["unready"] < 0 else 503 if self.path == "/up" else 404)
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        left["posts"] -= 1
        if left["posts"] < 0:
            os.write(2, b"one too many\\n")
            os._exit(7)
        self.reply(200 if self.path in ("/ping", "/pong", "/api/v1") else 404)
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 512
    address_family = socket.AF_INET6 if "--six" in words else socket.AF_INET
    def server_bind(self):
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        super().server_bind()
time.sleep(float(told("--late", 0)))
server = Server(("::1" if "--six" in words else "127.0.0.1", int(told("--port", 0))), Handler)
if "--fd" in words:
    server.socket = socket.socket(fileno=int(told("--fd")))
if "--fork" in words and os.fork():
    signal.pause()
server.serve_forever()
"""


class OwnServers(support.CompareCase):
    run_arguments = RUN

    def setUp(self):
        super().setUp()
        self.script = self.folder / "server.py"
        self.script.write_text(SERVER)

    def forget_run(self):
        super().forget_run()
        (self.folder / "pids").unlink(missing_ok=True)

    def compare(self, *arguments):
        own = any(argument.startswith("--class") for argument in arguments)
        return super().compare(*(() if own else SMALL_AND_LARGE), *arguments, least=1)

    def start(self, label, words="--port {port}"):
        return f"--start={label}:{sys.executable} {self.script} {words}"

    def pids(self):
        """The servers that ever ran, in order: the process id and the arguments of each."""
        file = self.folder / "pids"
        lines = file.read_text().splitlines() if file.exists() else []
        return [(int(line.split(" ", 1)[0]), json.loads(line.split(" ", 1)[1])) for line in lines]

    def assert_good(self, done, result, *pairs):
        """Every request of every cell was answered well, of these systems and endpoints."""
        self.assertIn(done.returncode, DONE, done.stderr)
        self.assertEqual(done.stderr, "")
        small = [cell for cell in result["cells"] if cell["class"] == "small"]
        self.assertEqual([(cell["mode"], cell["endpoint"]) for cell in small], [*pairs])
        for cell in result["cells"]:
            self.assertEqual((cell["ok"], cell["errors"]), (cell["sent"], {}))
            self.assertGreater(cell["ok"], 0)


class StartTest(OwnServers):
    def test_servers_of_all_kinds_in_one_command(self):
        with support.FakeServer(support.only_posts(lambda handler, _: support.reply(handler))) as server:
            done, result = self.compare(
                "--modes=select", self.start("by port"), f"--target=a URL:{server.url}",
                self.start("by fd", "--fd {fd}"), "--system=mine:--mode=threads",
            )  # fmt: skip
        self.assert_good(
            done, result, ("select", "/ping"), ("select", "/stream"), ("by port", "/ping"), ("a URL", "/ping"),
            ("by fd", "/ping"), ("mine", "/ping"), ("mine", "/stream"),
        )  # fmt: skip
        used = {subject["mode"]: subject for subject in result["subjects"]}
        for label in ("by port", "by fd"):
            self.assertEqual(used[label]["processes"], 1)
            self.assertGreater(used[label]["memory_peak_bytes"], 4 << 20)
            self.assertGreater(sum(window["cpu_seconds"] for window in used[label]["windows"]), 0)
        self.assertEqual((used["a URL"]["processes"], used["a URL"]["memory_peak_bytes"]), (0, 0))
        for pid, _ in self.pids():
            self.assertFalse(is_running(pid))

    def test_looplagd_is_not_needed(self):
        done, result = self.compare(self.start("a"), self.start("b"), "--server=/no/such/program")
        self.assert_good(done, result, ("a", "/ping"), ("b", "/ping"))
        for cell in result["cells"]:
            self.assertEqual((cell["server"], cell["traits"]), (None, {}))
        told = support.details(self.folder / "out.json")
        for claim in ("event loop", "holds the loop", "loop hold", "own thread"):
            self.assertNotIn(claim, told)

    def test_words_are_cut_as_by_a_shell_and_nothing_is_expanded(self):
        done, result = self.compare(self.start("a", "--port {port} '$HOME *' \"a  b\" c\\ d | > x ~ {folder}"))
        self.assert_good(done, result, ("a", "/ping"))
        ((_, words),) = self.pids()
        self.assertEqual(words[2:], ["$HOME *", "a  b", "c d", "|", ">", "x", "~", "{folder}"])

    def test_it_is_ready_when_it_accepts(self):
        done, result = self.compare(self.start("a", "--port {port} --late 0.4"))
        self.assert_good(done, result, ("a", "/ping"))

    def test_it_is_ready_when_a_path_answers(self):
        done, result = self.compare(self.start("a", "--port {port} --unready 3"), "--ready=/up")
        self.assert_good(done, result, ("a", "/ping"))
        done, result = self.compare(self.start("a", "--fd {fd} --late 0.3"))
        self.assert_good(done, result, ("a", "/ping"))

    def test_it_may_listen_on_the_other_loopback_address(self):
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError as error:
            self.skipTest(f"this machine has no ::1: {error}")
        done, result = self.compare(self.start("a", "--port {port} --six"))
        self.assert_good(done, result, ("a", "/ping"))

    def test_the_port_of_a_command_is_none_that_connections_are_given(self):
        low = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
        done, _ = self.compare(self.start("a"))
        self.assertIn(done.returncode, DONE, done.stderr)
        [(_, words)] = self.pids()
        self.assertLess(int(words[words.index("--port") + 1]), low)

    def test_one_that_has_a_port_of_its_own_is_started_once(self):
        port, holder = support.kept_port()
        self.addCleanup(holder.close)
        done, result = self.compare(self.start(f"a@{port}", f"--port {port}"), "--endpoints=/ping,/pong")
        self.assert_good(done, result, ("a", "/ping"), ("a", "/pong"))
        self.assertEqual(len(self.pids()), 1)
        for subject in result["subjects"]:
            self.assertEqual(subject["processes"], 1)
            self.assertGreater(subject["memory_peak_bytes"], 4 << 20)

    def test_a_port_that_is_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as holder:
            port = holder.getsockname()[1]
            done, _ = self.compare(self.start(f"a@{port}", f"--port {port}"))
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, f"a cannot listen on port {port}: Address already in use")
        done, _ = self.compare(self.start("a@8001", "x"), self.start("b@8001", "x"))
        self.assertEqual(done.returncode, 2)
        self.assert_one_line(done.stderr, "a and b both listen on port 8001")

    def test_a_whole_tree_is_measured(self):
        done, result = self.compare(
            self.start("one"), self.start("two", "--port {port} --fork"),
            f"--start=gone:sh -c '\"$0\" \"$1\" --port {{port}} & exec \"$0\" -c \"import signal; signal.pause()\"'"
            f" {sys.executable} {self.script}",
        )  # fmt: skip
        self.assertIn(done.returncode, DONE, done.stderr)
        self.assertEqual([subject["processes"] for subject in result["subjects"]], [1, 2, 2])

    def test_processes_whose_parent_has_ended_belong_to_it(self):
        """The middle one of three ends at once: the last is in the group, and nobody's child that we know."""
        words = f"sh -c '(\"$0\" \"$1\" --port {{port}} & ) ; sleep 600' {sys.executable} {self.script}"
        done, result = self.compare(f"--start=orphan:{words}")
        self.assertIn(done.returncode, DONE, done.stderr)
        (subject,) = result["subjects"]
        self.assertIn(subject["processes"], (2, 3))  # some shells become their last command
        ((pid, _),) = self.pids()
        self.assertTrue(wait_until(lambda: not is_running(pid)))

    def test_how_it_ends_is_its_own_business(self):
        done, result = self.compare(self.start("a", "--port {port} --end-with 143"))
        self.assert_good(done, result, ("a", "/ping"))


class NotStarted(OwnServers):
    def test_one_that_ends_at_once_is_told_with_its_last_lines(self):
        done, _ = self.compare(self.start("a", "--port {port} --exit 3 --say 'no luck'"))
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, "a /ping: a ended with exit code 3: no luck")
        said = "|".join(f"line {i}\t{chr(27)}[31m" for i in range(1, 15))
        done, _ = self.compare(self.start("a", f"--port {{port}} --exit 3 --say '{said}'"))
        self.assertEqual(done.stderr.splitlines(), [
            "looplag: a /ping: a ended with exit code 3. It said last:",
            *(f"looplag:   line {i}??[31m" for i in range(5, 15)),
        ])  # fmt: skip

    def test_a_program_that_is_not_there(self):
        done, _ = self.compare("--start=a:/no/such/program {port}")
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, "a /ping: there is no program /no/such/program")

    def test_what_cannot_be_a_system(self):
        for argument, told in (
            ("--start=a:server", "told its {port}"),
            ("--start=a@99999:server", "expected a label"),
            ("--start=a:'server {port}", "expected a label"),
            ("--target=a:localhost:8000", "expected a label"),
            ("--target=select:http://localhost:1", "two systems are called 'select'"),
            ("--ready=/up", "--ready is of servers that are started"),
        ):
            with self.subTest(argument=argument):
                done, _ = self.compare("--modes=select", argument)
                self.assertEqual(done.returncode, 2)
                self.assert_one_line(done.stderr, told)


class Endpoints(OwnServers):
    def test_a_url_with_a_path_is_asked_for_as_it_is(self):
        with support.FakeServer(support.only_posts(lambda handler, _: support.reply(handler))) as server:
            def asked(*arguments):
                server.requests.clear()
                done, result = self.compare(f"--target=a:{server.url}/v1/items", *arguments)
                self.assertIn(done.returncode, DONE, done.stderr)
                return {cell["endpoint"] for cell in result["cells"]}, {request.path for request in server.requests}

            self.assertEqual(asked(), ({"/v1/items"}, {"/v1/items"}))
            self.assertEqual(asked("--endpoints=/x,/y"), ({"/x", "/y"}, {"/v1/items/x", "/v1/items/y"}))
            self.assertEqual(asked("--class=a:size=1KiB,rate=50,endpoint=/x"), ({"/x"}, {"/v1/items/x"}))

    def test_a_query_of_a_url_is_sent_with_each_endpoint(self):
        with support.FakeServer(support.only_posts(lambda handler, _: support.reply(handler))) as server:
            def asked(url, *arguments):
                server.requests.clear()
                done, _ = self.compare(f"--target=a:{server.url}{url}", *arguments)
                self.assertIn(done.returncode, DONE, done.stderr)
                return {request.path for request in server.requests}

            self.assertEqual(asked("/v1/items/?a=1"), {"/v1/items/?a=1"})
            self.assertEqual(asked("?a=1"), {"/ping?a=1"})
            self.assertEqual(asked("/v1/?a=1&b=2", "--endpoints=/x,/y?c=3"), {"/v1/x?a=1&b=2", "/v1/y?c=3&a=1&b=2"})
            server.requests.clear()
            self.load(server.url + "/v1?a=1", *SMALL_AND_LARGE, "--duration=100ms", "--endpoint=/x")
            self.assertEqual({request.path for request in server.requests}, {"/v1/x?a=1"})

    def test_endpoints_of_all_classes_are_measured_once(self):
        done, result = self.compare(
            self.start("a"), self.start("b"), "--class=x:size=1KiB,rate=50,endpoint=/ping",
            "--class=large:size=1KiB,rate=10,endpoint=/pong", "--endpoints=/ping,/nowhere",
        )  # fmt: skip
        self.assertIn(done.returncode, DONE, done.stderr)
        cells = [(cell["mode"], cell["endpoint"], cell["errors"]) for cell in result["cells"]]
        self.assertEqual(cells, [("a", "/ping", {}), ("a", "/pong", {}), ("b", "/ping", {}), ("b", "/pong", {})])
        self.assertEqual([subject["endpoint"] for subject in result["subjects"]], ["/ping", "/ping"])


class OtherCommands(OwnServers):
    def test_load_takes_one(self):
        out = self.folder / "out.json"
        done, result = self.run_that_sends(
            out, "load", "--duration=300ms", "--class=a:size=1KiB,rate=50", self.start("mine"), "-q"
        )
        self.assertIn(done.returncode, DONE, done.stderr)
        support.schema.check_result(result)
        self.assertEqual((result["cells"][0]["mode"], result["cells"][0]["errors"]), ("mine", {}))
        self.assertGreater(result["subjects"][0]["memory_peak_bytes"], 4 << 20)
        self.assertIn("mine /ping", done.stdout)
        again = support.looplag("report", str(out))
        self.assertIn("mine /ping", again.stdout)

    def test_load_of_a_url_with_a_label(self):
        with support.FakeServer(support.only_posts(lambda handler, _: support.reply(handler))) as server:
            done, result = self.run_that_sends(
                self.folder / "out.json", "load", "--duration=200ms", "--class=a:size=1KiB,rate=50",
                f"--target=mine:{server.url}/api", "-q", "--format=json",
            )  # fmt: skip
        self.assertIn(done.returncode, DONE, done.stderr)
        (cell,) = result["cells"]
        self.assertEqual((cell["mode"], cell["endpoint"], cell["errors"]), ("mine", "/api", {}))

    def test_sweep_starts_it_anew_for_each_size(self):
        done = support.looplag(
            "sweep", "--sizes=1KB,2KB", "--duration=1", "--small-interval=20ms", "--large-interval=0.1", "-q",
            self.start("mine"), "--format=json",
        )  # fmt: skip
        self.assertIn(done.returncode, DONE, done.stderr)
        result = json.loads(done.stdout)
        self.assertEqual([limit["mode"] for limit in result["limits"]], ["mine"])
        self.assertEqual(len(self.pids()), 2)


class Endings(OwnServers):
    def run_long(self, *arguments):
        client = subprocess.Popen(
            [support.LOOPLAG, "compare", "--quiet", *SMALL_AND_LARGE, "--rounds=2", "--duration=60", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.addCleanup(client.communicate)
        self.addCleanup(client.kill)
        return client

    def family(self, pid):
        found = children_of(pid)
        return found + [below for child in found for below in self.family(child)]

    def test_nothing_is_left_behind(self):
        """Neither a parent that would not tell its children nor a child that does not care."""
        shell = f"sh -c '\"$0\" \"$1\" --port {{port}} --ignore-end; true' {sys.executable} {self.script}"
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number=number):
                client = self.run_long(f"--start=a:{shell}", self.start("b", "--port {port} --fork"))
                self.assertTrue(wait_until(lambda: client.poll() is not None or len(self.family(client.pid)) == 4))
                family = self.family(client.pid)
                self.assertEqual(len(family), 4)
                client.send_signal(number)
                client.communicate(timeout=support.LIMIT_S)
                self.assertEqual(client.returncode, 130)
                self.assertTrue(wait_until(lambda: not any(map(is_running, family))), family)

    def test_what_has_left_the_group_is_ended_too(self):
        """A server in a session of its own, and one that stays when the program that started it has ended."""
        own = f"sh -c 'setsid \"$0\" \"$1\" --port {{port}} & exec sleep 600' {sys.executable} {self.script}"
        done, result = self.compare(f"--start=own:{own}")
        self.assert_good(done, result, ("own", "/ping"))
        lost = (f"sh -c 'setsid \"$0\" \"$1\" --ignore-end & until grep -qs ignore \"$2\"; do sleep 0.05; done'"
                f" {sys.executable} {self.script} {self.folder}/pids {{port}}")  # fmt: skip
        done, _ = self.compare(f"--start=lost:{lost}")
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, "lost /ping: lost ended with exit code 0 without a word")
        pids = self.pids()
        self.assertEqual(len(pids), 2)
        for pid, _ in pids:
            self.assertFalse(is_running(pid))

    def test_one_that_is_still_starting_is_ended_too(self):
        client = self.run_long(self.start("a", "--port {port} --late 600 --fork"))
        self.assertTrue(wait_until(lambda: client.poll() is not None or self.pids()))
        client.send_signal(signal.SIGINT)
        client.communicate(timeout=support.LIMIT_S)
        self.assertEqual(client.returncode, 130)
        ((pid, _),) = self.pids()
        self.assertTrue(wait_until(lambda: not is_running(pid)))

    def test_one_that_dies_in_the_run_is_told_then_and_the_rest_is_kept(self):
        out = self.folder / "out.json"
        client = self.run_long(self.start("a", "--port {port} --posts 60"), "-o", str(out), "--duration=600")
        _, told = client.communicate(timeout=support.LIMIT_S)  # of ten minutes and more
        self.assertEqual(client.returncode, 1)
        self.assertRegex(told, r"^looplag: a /ping: a ended with exit code 7(: |\. It said last:\n.*)one too many\n")
        result = json.loads(out.read_text())
        support.schema.check_result(result)
        self.assertGreater(sum((cell["baseline"] or cell)["ok"] for cell in result["cells"]), 20)

    def test_a_url_that_refuses_is_told_and_not_given_up(self):
        number, holder = support.kept_port()
        self.addCleanup(holder.close)
        server = subprocess.Popen([sys.executable, str(self.script), "--port", str(number)])
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        self.assertTrue(wait_until(lambda: not refuses(number)))
        client = subprocess.Popen(
            [support.LOOPLAG, "load", f"--base-url=http://127.0.0.1:{number}", "--duration=60", "-q", "--no-try",
             "--class=a:size=1KiB,rate=50", "--format=json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.addCleanup(client.kill)
        self.assertTrue(wait_until(lambda: client.poll() is not None or support.is_sending(client.pid, "a")))
        server.kill()
        told = client.stderr.readline()
        self.assertEqual(told, "looplag: no connection is accepted any more; going on in case that changes\n")
        self.assertIsNone(client.poll())
        client.send_signal(signal.SIGINT)
        out, told = client.communicate(timeout=support.LIMIT_S)
        self.assertEqual((client.returncode, told), (130, ""))
        (cell,) = json.loads(out)["cells"]
        self.assertGreater(cell["errors"]["connect"], 10)


def refuses(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=support.LIMIT_S).close()
    except ConnectionRefusedError:
        return True
    return False


if __name__ == "__main__":
    unittest.main()
