"""compare --topology=pods: several looplagd behind a real HAProxy.

Skipped, visibly, where HAProxy is not installed (`./run test` installs it).
"""

import os
import signal
import subprocess
import unittest

import support
from quiet import on_a_machine_that_runs
from support import DONE, HAPROXY, children_of, is_running, wait_until, words_of

RUN = (
    "--topology=pods:3", "--endpoints=/ping", "--rounds=1", "--large-size=1", "--large-interval=0.2", "--quiet",
)  # fmt: skip

# Stands for HAProxy: keeps what it was called with and its configuration, then is HAProxy.
WRAPPER = """#!/bin/sh
echo "$$ $*" >>{folder}/calls
cat /dev/fd/4 >{folder}/haproxy.cfg
{body}
exec {haproxy} "$@"
"""


@unittest.skipUnless(HAPROXY, "HAProxy is not installed: install the package haproxy")
class PodsTest(support.CompareCase):
    run_arguments = RUN

    def wrap(self, body=""):
        path = self.folder / "haproxy"
        path.write_text(WRAPPER.format(folder=self.folder, body=body, haproxy=HAPROXY))
        path.chmod(0o755)
        return f"--haproxy={path}"

    def forget_run(self):
        super().forget_run()
        (self.folder / "calls").unlink(missing_ok=True)

    def calls(self):
        """What the stand-in was called with so far: nothing before its first call."""
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []

    @on_a_machine_that_runs
    def test_each_balance_is_a_system(self):
        done, result = self.compare("--duration=1", "--balance=roundrobin,leastconn,random,source,split")
        self.assertIn(done.returncode, DONE, done.stderr)
        self.assertEqual(done.stderr, "")
        small = [cell for cell in result["cells"] if cell["class"] == "small"]
        names = ["roundrobin", "leastconn", "random", "source", "split"]
        self.assertEqual([cell["mode"] for cell in small], [f"pods:3 {name}" for name in names])
        affinities = {name: cell["affinity"] for name, cell in zip(names, small, strict=True)}
        self.assertEqual(affinities["roundrobin"]["workers"], 3)
        self.assertEqual(affinities["source"]["workers"], 1)
        self.assertGreater(affinities["source"]["beside"], 0)
        self.assertEqual(affinities["split"]["beside"], 0)
        for cell in result["cells"]:
            self.assertEqual((cell["ok"], cell["errors"]), (cell["sent"], {}))
            self.assertGreater(cell["ok"], 0)
            self.assertEqual(cell["server"]["mode"], "pods")
            self.assertGreater(cell["server"]["loop_hold_ms"]["max"], 0)
            self.assertGreater(cell["server"]["cpu_seconds"], 0)

    def test_usage_is_of_the_pods_and_haproxy(self):
        _, result = self.compare("--duration=300ms", "--balance=roundrobin")
        self.assertEqual([row["processes"] for row in result["subjects"]], [4])

    def test_it_is_checked_first_and_names_each_pod(self):
        done, _ = self.compare("--duration=300ms", "--balance=leastconn", self.wrap())
        self.assertIn(done.returncode, DONE, done.stderr)
        self.assertEqual([line.split(" ", 1)[1] for line in self.calls()], ["-c -f /dev/fd/4", "-db -f /dev/fd/4"])
        text = (self.folder / "haproxy.cfg").read_text()
        self.assertIn("    balance leastconn\n", text)
        self.assertIn("    http-response set-header X-Worker %s\n", text)
        servers = [line.split() for line in text.splitlines() if line.startswith("    server ")]
        self.assertEqual([words[1] for words in servers], ["pod1", "pod2", "pod3"])
        self.assertEqual(len({words[2] for words in servers}), 3)

    def test_a_configuration_that_is_refused(self):
        refuse = "echo '[NOTICE] x' >&2; echo '[ALERT] (1) : config : no luck' >&2; echo 'the end' >&2; exit 1"
        done, _ = self.compare("--balance=leastconn", self.wrap(refuse))
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, "pods:3 leastconn", "haproxy ended with exit code 1", "no luck")

    def test_a_port_that_is_taken(self):
        _, holder = support.refused_url()
        with holder:
            holder.listen()
            port = holder.getsockname()[1]
            done, _ = self.compare(f"--port={port}", "--balance=leastconn")
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, f"haproxy cannot listen on port {port}: Address already in use")

    def test_a_port_that_is_free_is_taken(self):
        port, holder = support.kept_port()
        with holder:
            done, _ = self.compare(f"--port={port}", "--balance=leastconn", "--duration=300ms")
        self.assertIn(done.returncode, DONE, done.stderr)

    def runs(self, client):
        """Whether HAProxy runs beside three pods: before it serves, it is another one that checks its configuration."""
        children = children_of(client.pid)
        return len(children) == 4 and any("-db" in words_of(pid) for pid in children)

    def start(self, *arguments):
        client = subprocess.Popen(
            [support.LOOPLAG, "compare", "--server", support.LOOPLAGD, *RUN, "--duration=60",
             "--balance=leastconn", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.addCleanup(client.communicate)
        self.addCleanup(client.kill)
        self.assertTrue(wait_until(lambda: client.poll() is not None or self.runs(client)))
        self.assertIsNone(client.poll(), "it ended at once")
        return client, children_of(client.pid)

    def test_an_interrupt_stops_all(self):
        client, children = self.start()
        client.send_signal(signal.SIGINT)
        _, told = client.communicate(timeout=support.LIMIT_S)
        self.assertEqual((client.returncode, told), (130, ""))
        self.assertEqual([pid for pid in children if is_running(pid)], [])

    def test_all_die_with_the_client(self):
        client, children = self.start()
        client.kill()
        self.assertTrue(wait_until(lambda: not any(map(is_running, children))), "some go on running")

    def test_haproxy_dies_mid_run(self):
        client, _ = self.start(self.wrap())
        self.assertTrue(wait_until(lambda: client.poll() is not None or support.is_sending(client.pid)))
        os.kill(int(self.calls()[-1].split()[0]), signal.SIGKILL)
        _, told = client.communicate(timeout=support.LIMIT_S)
        self.assertEqual(client.returncode, 1)
        self.assertIn("haproxy was killed by signal 9", told)


class UsageTest(support.ClientTest):
    def test_bad_topologies(self):
        cases = [
            (("--topology=pods",), "--topology=pods: expected pods and how many"),
            (("--topology=pods:0",), "--topology=pods:0: expected"),
            (("--topology=pods:17",), "--topology=pods:17: expected"),
            (("--topology=farm:3",), "--topology=farm:3: expected"),
            (("--topology=pods:2", "--balance=fastest"), "roundrobin, leastconn"),
            (("--topology=pods:2", "--balance=random,random"), "--balance=random,random: expected different"),
            (("--balance=random",), "add --topology=pods:4"),
            (("--haproxy=/usr/sbin/haproxy",), "add --topology=pods:4"),
            (("--topology=pods:1", "--balance=split"), "--balance=split takes two pods or more"),
        ]
        for arguments, told in cases:
            with self.subTest(arguments=arguments):
                done = support.looplag("compare", *arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assert_one_line(done.stderr, told)

    def test_no_haproxy(self):
        path = str(self.folder / "none")
        done = support.looplag(
            "compare", "--server", support.LOOPLAGD, "--topology=pods:2", "--haproxy", path
        )  # fmt: skip
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assert_one_line(done.stderr, f"no program {path}: install the package haproxy")


if __name__ == "__main__":
    unittest.main()
