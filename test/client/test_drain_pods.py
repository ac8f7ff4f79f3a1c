"""Taking pods out and in again behind HAProxy loses no request.

HAProxy runs the file that docs/scaling.md tells people to use, with the
addresses of this test: a rolling restart under load, with connections reused
and without, small requests and large ones.
"""

import json
import pathlib
import re
import signal
import socket
import subprocess
import unittest
import urllib.error
import urllib.request

import support
from support import HAPROXY, wait_until

CONFIGURATION = pathlib.Path(__file__).resolve().parent.parent.parent / "contrib" / "haproxy.cfg"
PODS = ("a1", "a2", "b1", "b2", "c1", "c2")


class Pod:
    """A looplagd that can be replaced by another on the same port, which nobody else gets meanwhile."""

    def __init__(self):
        self.port, self.holder = support.kept_port()
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [support.LOOPLAGD, f"--port={self.port}", "--drain-delay=1s", "--no-access-log", "--hold-warn=0"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        greeting = self.process.stdout.readline()
        if not greeting.startswith("listening on "):
            raise AssertionError(self.process.communicate(timeout=support.LIMIT_S))

    def posts(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/stats", timeout=support.LIMIT_S) as reply:
            stats = json.loads(reply.read())
        return sum(row["count"] for row in stats["latency_ms"].get("/ping", {}).values())

    def restart(self):
        """SIGTERM, its exit code, and another in its place."""
        self.process.send_signal(signal.SIGTERM)
        _, told = self.process.communicate(timeout=support.LIMIT_S)
        code = self.process.returncode
        self.start()
        return code, told

    def stop(self):
        self.process.kill()
        self.process.communicate()
        self.holder.close()


@unittest.skipUnless(HAPROXY, "HAProxy is not installed: install the package haproxy")
class DrainTest(support.ClientTest):
    def start_pods(self):
        pods = {}
        for name in PODS:
            pods[name] = Pod()
            self.addCleanup(lambda pod=pods[name]: pod.stop())
        return pods

    def configure(self, pods, listener):
        """The documented file: other addresses, nothing that needs root, quicker checks.

        And time for a machine so busy that clients send a head seconds after they have connected.
        """
        text = CONFIGURATION.read_text()
        for name, pod in pods.items():
            text, count = re.subn(rf"(server {name}) \S+", rf"\1 127.0.0.1:{pod.port}", text)
            self.assertEqual(count, 1, name)
        text, count = re.subn(r"bind :8000", f"bind fd@{listener}", text)
        self.assertEqual(count, 1)
        text = re.sub(r"(?m)^    (log|user|group|stats socket|maxconn) .*$", "", text)
        text = re.sub(r"(?ms)^listen numbers$.*", "", text)
        text = text.replace("inter 1s fastinter 200ms", "inter 100ms fastinter 50ms")
        text = re.sub(r"timeout (connect|http-request) \d+s", r"timeout \1 120s", text)
        path = self.folder / "haproxy.cfg"
        path.write_text(text)
        return path

    def start_haproxy(self, pods):
        """HAProxy, once it answers."""
        with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
            path = self.configure(pods, listener.fileno())
            process = subprocess.Popen(
                [HAPROXY, "-db", "-f", str(path)], pass_fds=[listener.fileno()], stderr=subprocess.PIPE
            )  # fmt: skip
            self.addCleanup(process.communicate)
            self.addCleanup(process.terminate)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with urllib.request.urlopen(url + "/healthz", timeout=support.LIMIT_S) as reply:
            self.assertEqual(reply.headers["X-Worker"], "a1")
        self.assert_operators_paths_are_shut(url)
        return url

    def assert_operators_paths_are_shut(self, url):
        """HAProxy itself says 404 to what a pod tells its operators, in whatever way the path is written."""
        for path in ("/", "/docs", "/stats", "/metrics?a", "/%73tats", "/%2Frecent", "/recent"):
            with self.assertRaises(urllib.error.HTTPError, msg=path) as refused:
                urllib.request.urlopen(url + path, timeout=support.LIMIT_S)
            with refused.exception as reply:
                self.assertEqual(reply.code, 404, path)
                self.assertEqual(reply.headers["X-Worker"] is None, path != "/%2Frecent", path)

    def start_load(self, url, name, *arguments):
        out = self.folder / f"{name}.json"
        process = subprocess.Popen(
            [support.LOOPLAG, "load", "--base-url", url, "--quiet", "--no-try", "--duration=300", "-o", str(out),
             "--class=small:size=1KiB,rate=200", "--class=large:size=5MB,interval=1ms,arrival=closed",
             *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process, out

    def test_a_rolling_restart_under_load(self):
        pods = self.start_pods()
        url = self.start_haproxy(pods)
        loads = [self.start_load(url, "new"), self.start_load(url, "kept", "--keepalive")]
        for name in ("a1", "c1", "b2"):
            pod = pods[name]
            self.assertTrue(wait_until(lambda pod=pod: pod.posts() > 5), f"{name} gets nothing")
            self.assertEqual(pod.restart(), (0, ""), name)
            self.assertTrue(wait_until(lambda pod=pod: pod.posts() > 5), f"{name} did not come back")
        for process, out in loads:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=support.LIMIT_S)
            self.assertEqual(process.returncode, 130)
            for cell in json.loads(out.read_text())["cells"]:
                cell["errors"].pop("interrupted", None)  # our own signal's
                self.assertEqual(cell["errors"], {}, cell["class"])
                self.assertGreater(cell["ok"], 10)


if __name__ == "__main__":
    unittest.main()
