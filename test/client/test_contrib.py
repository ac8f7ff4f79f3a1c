"""The files in contrib/ that people copy: their own programs accept them, and their numbers fit.

What is not installed on this machine is skipped, and says so.
"""

import json
import pathlib
import re
import shlex
import shutil
import socket
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

import support
from support import HAPROXY, SANITIZED

CONTRIB = pathlib.Path(__file__).resolve().parent.parent.parent / "contrib"
ANALYZE = shutil.which("systemd-analyze")
# What systemd-analyze calls OK; without any hardening a unit is at 9.6, UNSAFE.
EXPOSURE_MOST = 20
UNITS = {"": 1, "kB": 10**3, "MB": 10**6, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "G": 2**30, "Gi": 2**30}
RESERVE = 64  # connections beyond --max-connections
CONNECTION = 64 << 10  # its memory in libmicrohttpd, its last body and reply, our own record
PAGE = 128 << 10  # /metrics or /stats
PROCESS = 24 << 20  # code, statistics, stacks
READ_YAML = "import json, sys, yaml; json.dump(list(yaml.safe_load_all(open(sys.argv[1]))), sys.stdout)"


def seconds(text):
    """What "45s" is."""
    return int(re.fullmatch(r"(\d+)s", text).group(1))


def drain_s(arguments):
    """The longest that looplagd takes to end with these flags."""
    flags = dict(word.split("=", 1) for word in arguments if word.startswith("--drain-"))
    return seconds(flags["--drain-delay"]) + seconds(flags["--drain-timeout"])


def exec_start(unit):
    """The words of its command, whose line may go on behind a backslash."""
    return shlex.split(re.search(r"(?m)^ExecStart=(.*)$", unit.replace("\\\n", " ")).group(1))


def size(text):
    """What "64MiB" is."""
    number, unit = re.fullmatch(r"(\d+)([A-Za-z]*)", text).groups()
    return int(number) * UNITS[unit]


def peak_of(pid):
    """The most memory that a process has had, in bytes."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) << 10


def standards():
    """What each option is when it is not given."""
    done = subprocess.run(
        [support.LOOPLAGD, "--option-rows"], capture_output=True, text=True, timeout=support.LIMIT_S, check=True
    )  # fmt: skip
    rows = (line.split("\t") for line in done.stdout.splitlines() if line.startswith("option\t"))
    return {row[3]: row[6] for row in rows}


def worst_case(arguments):
    """The most memory that one process with one loop takes with these flags, in bytes: docs/reliability.md."""
    given = dict(word[2:].split("=", 1) for word in arguments if "=" in word)
    flags = {**standards(), **given}
    connections = int(flags["max-connections"]) + RESERVE
    # A byte of a name may take six in a reply; one is made at a time on each connection.
    reply = max(6 * size(flags["max-name"]), PAGE)
    inflight = size(flags["max-inflight-bytes"])
    kept = min(inflight // 2, 512 << 20)  # mappings that are kept for the next request
    return PROCESS + connections * (CONNECTION + reply) + inflight + kept


class ContribTest(support.ClientTest):
    def assert_accepted(self, arguments):
        """looplagd starts with these flags, on another address."""
        flags = [word for word in arguments if not word.startswith(("--host=", "--port="))]
        self.assertEqual(len(flags), len(arguments) - 2, arguments)
        server = subprocess.Popen(
            [support.LOOPLAGD, *flags, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )  # fmt: skip
        self.addCleanup(server.communicate)
        self.addCleanup(server.kill)
        greeting = server.stdout.readline()
        self.assertIn("listening on http://", greeting, arguments)
        return server.pid, int(re.search(r":(\d+) ", greeting).group(1))

    @unittest.skipUnless(HAPROXY, "HAProxy is not installed: install the package haproxy")
    def test_haproxy_takes_the_file(self):
        command = [HAPROXY, "-c", "-f", str(CONTRIB / "haproxy.cfg")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=support.LIMIT_S, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def unit(self):
        """The unit, with the server that was built."""
        text = (CONTRIB / "looplagd@.service").read_text()
        path = self.folder / "looplagd@.service"
        path.write_text(text.replace("/usr/bin/looplagd", support.LOOPLAGD))
        return text, path

    @unittest.skipUnless(ANALYZE, "systemd-analyze is not installed: install the package systemd")
    def test_systemd_takes_the_unit(self):
        _, path = self.unit()
        for command in (
            ["verify", "--man=no", str(path)],
            ["security", "--offline=yes", f"--threshold={EXPOSURE_MOST}", "--no-pager", str(path)],
        ):
            done = subprocess.run(
                [ANALYZE, *command], capture_output=True, text=True, timeout=support.LIMIT_S, check=False
            )  # fmt: skip
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertNotIn("looplagd@", done.stderr)

    def assert_shows_no_page(self, port):
        """They are for everybody who reaches the port, and it listens on all addresses."""
        for path in ("/", "/docs"):
            with self.assertRaises(urllib.error.HTTPError, msg=path) as refused:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=support.LIMIT_S)
            with refused.exception as reply:
                self.assertEqual(reply.code, 404, path)

    def test_the_unit_waits_for_the_drain(self):
        text, _ = self.unit()
        command = exec_start(text)
        self.assertEqual(command[0], "/usr/bin/looplagd")
        self.assert_shows_no_page(self.assert_accepted(command[1:])[1])
        limit = seconds(re.search(r"(?m)^TimeoutStopSec=(.*)$", text).group(1))
        self.assertGreater(limit, drain_s(command[1:]))

    def test_the_unit_waits_for_the_server_and_watches_it(self):
        text, _ = self.unit()
        self.assertRegex(text, r"(?m)^Type=notify$")
        limit = seconds(re.search(r"(?m)^WatchdogSec=(.*)$", text).group(1))
        self.assertGreaterEqual(limit, 20)  # a slow machine takes seconds for the longest body
        self.assertRegex(text, r"(?m)^RestrictAddressFamilies=.*\bAF_UNIX\b")  # or systemd could not be told

    def test_the_unit_has_memory_for_its_flags(self):
        text, _ = self.unit()
        command = exec_start(text)
        limit = size(re.search(r"(?m)^MemoryMax=(.*)$", text).group(1))
        self.assertLess(worst_case(command[1:]), limit)

    def test_the_worst_case_is_one(self):
        """Connections that were answered and read nothing, bodies that take the budget, and what was kept."""
        text, _ = self.unit()
        command = exec_start(text)
        flags = [*command[1:], "--max-inflight-bytes=48MiB", "--max-connections=200"]
        pid, port = self.assert_accepted(flags)
        data = b'{"name": "' + b"\\u0001" * 16384 + b'", "data": {}}'
        head = b"POST /ping HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
        wires = []
        for number in range(200):
            wire = socket.create_connection(("127.0.0.1", port), support.LIMIT_S)
            self.addCleanup(wire.close)
            wires.append(wire)
            if number % 20:
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                wire.sendall((head % len(data) + data) * 2)
            else:
                body = b" " * 4_000_000
                wire.sendall(head % len(body) + body[:-1])
        self.assertTrue(support.wait_until(lambda: peak_of(pid) > 40_000_000), peak_of(pid))
        print(f"at most {worst_case(flags) / 1e6:.0f} MB, and {peak_of(pid) / 1e6:.0f} MB were taken")
        self.assertTrue(SANITIZED or peak_of(pid) < worst_case(flags))

    def manifest(self):
        path = str(CONTRIB / "kubernetes.yaml")
        for python in (sys.executable, "/usr/bin/python3"):
            try:
                done = subprocess.run(
                    [python, "-c", READ_YAML, path],
                    capture_output=True, text=True, timeout=support.LIMIT_S, check=False,
                )  # fmt: skip
            except FileNotFoundError:
                continue
            if "No module named 'yaml'" not in done.stderr:
                self.assertEqual(done.returncode, 0, done.stderr)
                return {document["kind"]: document for document in json.loads(done.stdout)}
        return self.skipTest("PyYAML is not installed: install the package python3-yaml")

    def test_the_manifest_fits_together(self):
        kinds = self.manifest()
        self.assertEqual(set(kinds), {"Deployment", "Service", "PodDisruptionBudget"})
        template = kinds["Deployment"]["spec"]["template"]
        labels = template["metadata"]["labels"]
        self.assertEqual(kinds["Deployment"]["spec"]["selector"]["matchLabels"], labels)
        self.assertEqual(kinds["Service"]["spec"]["selector"], labels)
        self.assertEqual(kinds["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"], labels)
        (container,) = template["spec"]["containers"]
        self.assert_shows_no_page(self.assert_accepted(container["args"])[1])
        self.assertGreater(template["spec"]["terminationGracePeriodSeconds"], drain_s(container["args"]))
        self.assertLess(worst_case(container["args"]), size(container["resources"]["limits"]["memory"]))
        (port,) = container["ports"]
        self.assertIn(f"--port={port['containerPort']}", container["args"])
        self.assertEqual(kinds["Service"]["spec"]["ports"][0]["targetPort"], port["name"])
        probes = {name: container[f"{name}Probe"] for name in ("readiness", "liveness")}
        self.assertEqual(probes["readiness"]["httpGet"], {"path": "/readyz", "port": port["name"]})
        self.assertEqual(probes["liveness"]["httpGet"], {"path": "/healthz", "port": port["name"]})
        # The pod has to be out of the Service before it stops to serve.
        delay = seconds(next(word.split("=")[1] for word in container["args"] if "--drain-delay=" in word))
        self.assertGreater(delay, probes["readiness"]["periodSeconds"] * probes["readiness"]["failureThreshold"])


if __name__ == "__main__":
    unittest.main()
