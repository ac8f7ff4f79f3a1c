"""compare --peers: other servers, as a table describes them, beside looplagd.

The servers here are a few lines of Python's standard library; the project's
own peers are in test_peers.py.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import unittest

import support
from support import DONE, children_of, is_running, wait_until

RUN = ("--modes=select", "--endpoints=/ping", "--rounds=1", "--duration=500ms", "--large-size=0.5", "--quiet")

# Takes --fd N or --port N; with --fork a child serves, as gunicorn's workers do.
SERVER = """
import http.server, os, signal, socket, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass
    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        good = self.path in ("/ping", "/stream", "/up")
        self.send_response(200 if good else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()
    do_GET = do_POST = answer
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 512
how, number = sys.argv[1], int(sys.argv[2])
server = Server(("127.0.0.1", number if how == "--port" else 0), Handler)
if how == "--fd":
    server.socket = socket.socket(fileno=number)
if "--fork" in sys.argv and os.fork():
    signal.pause()
server.serve_forever()
"""


class PeersTest(support.CompareCase):
    run_arguments = RUN

    def setUp(self):
        super().setUp()
        (self.folder / "server.py").write_text(SERVER)

    def row(self, name, *arguments, **more):
        command = [sys.executable, "{folder}/server.py", *arguments]
        return {"name": name, "command": command, "ready": "/up", **more}

    def table(self, *rows):
        path = self.folder / "peers.json"
        path.write_text(json.dumps({"peers": rows}))
        return f"--peers={path}"

    def test_peers_are_systems_like_the_modes(self):
        table = self.table(self.row("by fd", "--fd", "{fd}"), self.row("by port", "--port", "{port}"))
        done, result = self.compare(table)
        self.assertIn(done.returncode, DONE, done.stderr)
        self.assertEqual(done.stderr, "")
        small = [cell for cell in result["cells"] if cell["class"] == "small"]
        self.assertEqual([cell["mode"] for cell in small], ["select", "by fd", "by port"])
        for cell in small[1:]:
            self.assertEqual((cell["ok"], cell["errors"]), (cell["sent"], {}))
            self.assertIsNone(cell["server"])
        told = support.details(self.folder / "out.json")
        self.assertNotIn("longest loop hold was 0", told)
        self.assertIn("| by port", told)

    def test_memory_and_time_are_of_the_whole_tree(self):
        table = self.table(self.row("one", "--fd", "{fd}"), self.row("two", "--fd", "{fd}", "--fork"))
        _, result = self.compare(table)
        one, two = (next(row for row in result["subjects"] if row["mode"] == name) for name in ("one", "two"))
        self.assertEqual((one["processes"], two["processes"]), (1, 2))
        self.assertGreater(one["memory_peak_bytes"], 4 << 20)
        self.assertGreater(sum(window["cpu_seconds"] for window in two["windows"]), 0)

    def test_a_long_comparison_is_announced(self):
        table = self.table(*(self.row(f"peer {i}", "--fd", "{fd}") for i in range(3)))
        client = subprocess.Popen(
            [support.LOOPLAG, "compare", "--server", support.LOOPLAGD, "--modes=select", "--endpoints=/ping",
             "--duration=40", "--large-size=0.5", table],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.addCleanup(client.stderr.close)
        self.addCleanup(client.wait)
        self.addCleanup(client.kill)
        self.assertEqual(client.stderr.readline(), "looplag: measuring 4 servers takes more than 4 minutes\n")

    def test_endpoints_that_a_peer_does_not_have_are_left_out(self):
        table = self.table(
            self.row("all", "--fd", "{fd}"), self.row("ping", "--fd", "{fd}", endpoints=["/ping"]),
            self.row("none", "--fd", "{fd}", endpoints=["/x"]),
        )  # fmt: skip
        done, result = self.compare(table, "--endpoints=/ping,/stream")
        self.assertEqual(done.stderr, "looplag: none has none of the endpoints and is left out\n")
        pairs = [(cell["mode"], cell["endpoint"]) for cell in result["cells"] if cell["class"] == "small"]
        self.assertEqual(pairs, [
            ("select", "/ping"), ("select", "/stream"), ("all", "/ping"), ("all", "/stream"), ("ping", "/ping"),
        ])  # fmt: skip

    def test_a_table_tells_of_a_peer_what_looplagd_tells_of_itself(self):
        table = self.table(
            self.row("silent", "--fd", "{fd}"),
            self.row("told", "--fd", "{fd}", serving={"thread_per_connection": True},
                     endpoints={"/ping": {"incremental": False}}),
        )  # fmt: skip
        done, result = self.compare(table)
        self.assertEqual(done.stderr, "")
        traits = {cell["mode"]: cell["traits"] for cell in result["cells"]}
        self.assertEqual(traits["silent"], {})
        self.assertEqual(traits["told"], {"thread_per_connection": True, "incremental": False})
        self.assertEqual(traits["select"], {"one_loop": True, "thread_per_connection": False,
                                            "incremental": False, "whole_document": True})  # fmt: skip

    def test_what_is_not_installed_is_left_out(self):
        table = self.table(
            self.row("here", "--fd", "{fd}"),
            self.row("gone", "--fd", "{fd}", installed=["/no/such/program"], packages="p q"),
            self.row("away", "--fd", "{fd}", installed=["false"]),
            {"name": "lost", "command": ["/no/such/program"]},
        )
        done, result = self.compare(table)
        self.assertIn(done.returncode, DONE, done.stderr)
        self.assertEqual(done.stderr.splitlines(), [
            "looplag: gone is not installed and left out: install p q",
            "looplag: away is not installed and left out",
            "looplag: lost is not installed and left out",
        ])  # fmt: skip
        self.assertEqual({cell["mode"] for cell in result["cells"]}, {"select", "here"})

    def test_one_that_does_not_start(self):
        done, _ = self.compare(self.table({"name": "odd", "command": ["sh", "-c", "echo no luck >&2; exit 3"]}))
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, "odd ended with exit code 3: no luck")

    def test_bad_tables(self):
        good = self.row("a", "--fd", "{fd}")
        cases = [
            ("{", "line 1"),
            ("[]", "peers: expected a list"),
            ({"peers": 3}, "peers: expected a list"),
            ({"peers": []}, "peers: expected a list of 1 to 16"),
            ({"peers": [good, 3]}, "peers[1]: this: expected an object"),
            ({"peers": [{**good, "name": ""}]}, "peers[0]: name: expected a text"),
            ({"peers": [{**good, "command": []}]}, "peers[0]: command: expected a list of words"),
            ({"peers": [{**good, "command": ["a", 3]}]}, "peers[0]: command: expected a list of words"),
            ({"peers": [{**good, "comand": []}]}, "peers[0]: comand: expected name, about"),
            ({"peers": [{**good, "ready": "up"}]}, "peers[0]: ready: expected a path"),
            ({"peers": [{**good, "serving": {"one_lop": True}}]}, "peers[0]: one_lop: expected one_loop, thread"),
            ({"peers": [{**good, "serving": {"loop": 1}}]}, "peers[0]: loop: expected one_loop, thread"),
            ({"peers": [{**good, "serving": 1}]}, "peers[0].serving: expected object"),
            ({"peers": [{**good, "serving": {"one_loop": 1}}]}, "peers[0].serving.one_loop: expected"),
            ({"peers": [{**good, "endpoints": {}}]}, "peers[0]: endpoints: expected 1 to 16 paths"),
            ({"peers": [{**good, "endpoints": {"/ping": 1}}]}, "peers[0].endpoints./ping: expected object"),
            ({"peers": [{**good, "endpoints": {"/a": {"early": True}}}]}, "peers[0]: early: expected incremental"),
            ({"peers": [{**good, "name": "a|b"}]}, "'a|b' is no name"),
            ({"peers": [{**good, "name": "select"}]}, "two systems are called 'select'"),
        ]
        path = self.folder / "bad.json"
        for document, told in cases:
            with self.subTest(told=told):
                path.write_text(document if isinstance(document, str) else json.dumps(document))
                done, _ = self.compare(f"--peers={path}")
                self.assertEqual(done.returncode, 2)
                self.assert_one_line(done.stderr, told)
        done, _ = self.compare("--peers=/no/such/file")
        self.assertEqual(done.returncode, 2)
        self.assert_one_line(done.stderr, "/no/such/file: No such file")

    def start(self, *arguments):
        client = subprocess.Popen(
            [support.LOOPLAG, "compare", "--server", support.LOOPLAGD, "--modes=select", "--endpoints=/ping",
             "--duration=60", "--large-size=0.5", "--quiet", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.addCleanup(client.communicate)
        self.addCleanup(client.kill)
        return client

    def test_a_killed_client_leaves_no_peer(self):
        client = self.start(self.table(self.row("fd", "--fd", "{fd}")))
        self.assertTrue(wait_until(lambda: client.poll() is not None or len(children_of(client.pid)) == 2))
        children = children_of(client.pid)
        self.assertEqual(len(children), 2)
        client.kill()
        self.assertTrue(wait_until(lambda: not any(map(is_running, children))))

    def test_children_of_a_peer_are_stopped_with_it(self):
        client = self.start(self.table(self.row("fork", "--fd", "{fd}", "--fork")))
        family = lambda: [pid for child in children_of(client.pid) for pid in children_of(child)]  # noqa: E731
        self.assertTrue(wait_until(lambda: client.poll() is not None or family()))
        workers = family()
        self.assertEqual(len(workers), 1)
        client.send_signal(signal.SIGINT)
        client.communicate(timeout=support.LIMIT_S)
        self.assertTrue(wait_until(lambda: not any(map(is_running, workers))))

    def test_the_own_table_is_found(self):
        """Without a file: test/peers beside the build. Its rows are known before anything runs."""
        path = pathlib.Path(__file__).resolve().parent.parent / "peers" / "peers.json"
        names = [row["name"] for row in json.loads(path.read_text())["peers"]]
        environment = {**os.environ, "PATH": "/no/such/folder"}
        done = support.looplag(
            "compare", "--server", support.LOOPLAGD, *RUN, "--peers", f"--system={names[0]}:--mode=select",
            "--duration=200ms", env=environment,
        )  # fmt: skip
        told = done.stderr
        self.assertTrue(f"two systems are called '{names[0]}'" in told or f"{names[0]} is not installed" in told, told)
        if "node is not installed" in told:
            self.assertIn("install nodejs", told)


if __name__ == "__main__":
    unittest.main()
