"""The files in contrib/ that people copy: their own programs accept them, and their numbers fit.

What is not installed on this machine is skipped, and says so.
"""

import json
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import unittest

import support
from support import HAPROXY

CONTRIB = pathlib.Path(__file__).resolve().parent.parent.parent / "contrib"
ANALYZE = shutil.which("systemd-analyze")
# What systemd-analyze calls OK; without any hardening a unit is at 9.6, UNSAFE.
EXPOSURE_MOST = 20
READ_YAML = "import json, sys, yaml; json.dump(list(yaml.safe_load_all(open(sys.argv[1]))), sys.stdout)"


def seconds(text):
    """What "45s" is."""
    return int(re.fullmatch(r"(\d+)s", text).group(1))


def drain_s(arguments):
    """The longest that looplagd takes to end with these flags."""
    flags = dict(word.split("=", 1) for word in arguments if word.startswith("--drain-"))
    return seconds(flags["--drain-delay"]) + seconds(flags["--drain-timeout"])


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
        self.assertIn("listening on http://", server.stdout.readline(), arguments)

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

    def test_the_unit_waits_for_the_drain(self):
        text, _ = self.unit()
        command = shlex.split(re.search(r"(?m)^ExecStart=(.*)$", text).group(1))
        self.assertEqual(command[0], "/usr/bin/looplagd")
        self.assert_accepted(command[1:])
        limit = seconds(re.search(r"(?m)^TimeoutStopSec=(.*)$", text).group(1))
        self.assertGreater(limit, drain_s(command[1:]))

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
        self.assert_accepted(container["args"])
        self.assertGreater(template["spec"]["terminationGracePeriodSeconds"], drain_s(container["args"]))
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
