"""The peers of test/peers answer as looplagd does, and the client reads them.

A peer that is not installed is skipped, and says what to install.
"""

import http.client
import json
import os
import pathlib
import sys
import unittest

import support

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "peers"))
import peers  # noqa: E402

GOOD = {"name": "Zoë", "data": {"a": 3, "b": 1000000, "c": -7}, "else": [1, 2]}
BAD = [b"", b"{", b"[]", b"3", b'{"name": "a"}', b'{"name": "a", "data": 3}', b'{"data": {}}',
       b'{"name": "a", "data": {"x": "q"}}', b'{"name": "a", "data": {"x": null}}']  # fmt: skip
STAGES = ["001_read_chunks", "002_string_conversion", "003_json_parsing", "004_param_creation"]


class TableTest(unittest.TestCase):
    def test_what_the_peers_run_is_installed_with_the_table(self):
        """All of test/peers but what only tests import."""
        here = pathlib.Path(peers.__file__).parent
        build = (here.parents[1] / "client" / "meson.build").read_text(encoding="utf-8")
        for path in sorted(here.glob("*.*")):
            self.assertEqual(f"'../test/peers/{path.name}'" in build, path.name != "peers.py", path.name)

    def test_the_table_has_the_peers_of_the_comparison(self):
        self.assertEqual(list(peers.peers()), [
            "fastapi-async", "fastapi-def", "fastapi-threadpool", "fastapi-processpool", "gunicorn-4", "node",
            "node-workers",
        ])  # fmt: skip

    def test_a_peer_that_is_not_there_is_told(self):
        row = {"name": "x", "installed": ["/no/such/program"], "packages": "y z"}
        self.assertEqual(peers.missing(row), "x is not installed: install y z")
        row["installed"] = ["/usr/bin/false"]
        self.assertEqual(peers.missing(row), "x is not installed: install y z")

    def test_a_peer_that_does_not_start_is_told(self):
        row = {"name": "x", "command": ["/bin/sh", "-c", "echo no luck; exit 3"]}
        with self.assertRaisesRegex(RuntimeError, "x did not start: no luck"):
            peers.Peer(row)


class PeerTest(support.ClientTest):
    """Subclasses below name the peer."""

    name = None
    workers = 1

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.row = peers.peers()[cls.name]
        cls.missing = peers.missing(cls.row)
        if not cls.missing:
            cls.peer = peers.Peer(cls.row)
            cls.addClassCleanup(cls.peer.stop)

    def setUp(self):
        super().setUp()
        if self.missing:
            self.skipTest(self.missing)

    def request(self, method, path, body=None):
        connection = http.client.HTTPConnection(self.peer.host, self.peer.port, timeout=support.LIMIT_S)
        self.addCleanup(connection.close)
        headers = {"Content-Type": "application/json", "X-Request-ID": "small-000001"}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response, json.loads(response.read())

    def test_replies(self):
        for path, stages in (("/ping", []), ("/pong", STAGES)):
            for data, count, maxval in ((GOOD["data"], 3, 1000000), ({}, 0, 0), ({"x": -2}, 1, -2)):
                body = json.dumps({**GOOD, "data": data}, ensure_ascii=False).encode()
                response, reply = self.request("POST", path, body)
                self.assertEqual(response.status, 200, reply)
                self.assertEqual(list(reply), ["name", "count", "maxval", "elapsed_server", "profiling"])
                self.assertEqual((reply["name"], reply["count"], reply["maxval"]), ("Zoë", count, maxval))
                self.assertEqual(list(reply["profiling"]), stages)
                self.assertEqual(response.getheader("X-Request-ID"), "small-000001")
                self.assertRegex(response.getheader("Server-Timing"), r"^read;dur=[\d.]+, total;dur=[\d.]+$")
                self.assertRegex(response.getheader("X-Worker"), r"^\d+$")

    def test_bad_bodies(self):
        for path in ("/ping", "/pong"):
            for body in BAD:
                with self.subTest(path=path, body=body):
                    response, reply = self.request("POST", path, body)
                    self.assertEqual(response.status, 422, reply)
                    self.assertEqual(set(reply["detail"][0]) & {"type", "loc", "msg"}, {"type", "loc", "msg"})

    def test_other_paths(self):
        self.assertEqual(self.request("GET", "/healthz")[0].status, 200)
        self.assertEqual(self.request("GET", "/ping")[0].status, 405)
        self.assertEqual(self.request("POST", "/nowhere", b"{}")[0].status, 404)

    def test_the_client_loads_it_and_nothing_is_left(self):
        with peers.Peer(self.row) as peer:
            for endpoint in ("/ping", "/pong"):
                result = self.load(
                    peer.url(""), "--endpoint", endpoint, "--duration=1", "--large-size=0.2", "--large-interval=0.2"
                )
                for cell in result["cells"]:
                    self.assertGreater(cell["ok"], 0, result)
                    self.assertEqual(cell["ok"], cell["sent"], result)
        with self.assertRaises(ProcessLookupError):
            os.killpg(peer.process.pid, 0)

    def test_workers(self):
        """As many processes as the name says answer."""
        seen = set()
        for _ in range(400):
            seen.add(self.request("GET", "/healthz")[0].getheader("X-Worker"))
            if len(seen) > 1:
                break
        self.assertEqual(len(seen) > 1, self.workers > 1, seen)


class FastapiAsync(PeerTest):
    name = "fastapi-async"


class FastapiDef(PeerTest):
    name = "fastapi-def"


class FastapiThreadpool(PeerTest):
    name = "fastapi-threadpool"


class FastapiProcesspool(PeerTest):
    name = "fastapi-processpool"


class Gunicorn(PeerTest):
    name = "gunicorn-4"
    workers = 4


class Node(PeerTest):
    name = "node"


class NodeWorkers(PeerTest):
    name = "node-workers"


del PeerTest

if __name__ == "__main__":
    unittest.main()
