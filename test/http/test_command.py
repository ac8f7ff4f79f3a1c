"""The command line: --version, --help, the listening line, and row 34: what can't start."""

import json
import os
import re
import signal
import socket
import subprocess
import unittest

from support import LOOPLAGD, MODE, Server, run_to_end

FLAGS = (
    "--mode", "--workers", "--balance", "--poll", "--host", "--port", "--max-body", "--drain-delay", "--drain-timeout",
    "--tls-cert", "--tls-key", "--hold-warn", "--queue", "--reserve", "--large-limit", "--large-size", "--large-policy",
    "--no-access-log", "--log-bodies", "--no-keepalive", "--no-page", "--list-modes", "--list-endpoints",
    "--version", "--help",
)  # fmt: skip


class Information(unittest.TestCase):
    """What it says of itself."""

    def test_version(self):
        result = run_to_end("--version")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertRegex(result.stdout, r"^looplagd \d+\.\d+\.\d+ \(libmicrohttpd [\d.]+(, built in)?; "
                                        r"jansson [\d.]+(, built in)?\)\n$")

    def test_help_names_every_flag_and_mode(self):
        result = run_to_end("--help")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        for word in (*FLAGS, "select", "threads", "pool", "offload", "hybrid", "epoll", "least-busy", "reuseport"):
            self.assertIn(word, result.stdout)
        self.assertLessEqual(max(map(len, result.stdout.splitlines())), 100)

    def test_list_modes_prints_what_mode_takes(self):
        result = run_to_end("--list-modes")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        rows = [line.split(maxsplit=1) for line in result.stdout.splitlines()]
        self.assertIn(MODE, [name for name, _ in rows])
        for name, summary in rows:
            self.assertIn(summary, run_to_end("--help").stdout)
            self.assertEqual(run_to_end(f"--mode={name}", "--list-modes").returncode, 0)

    def test_list_endpoints_prints_what_takes_the_model(self):
        result = run_to_end("--list-endpoints")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout, "/ping\n/pong\n/stream\n/await\n")

    def test_lists_as_json_tell_properties(self):
        modes = {mode.pop("name"): mode for mode in json.loads(run_to_end("--list-modes=json").stdout)}
        text = dict(line.split(maxsplit=1) for line in run_to_end("--list-modes").stdout.splitlines())
        self.assertEqual({name: mode.pop("summary") for name, mode in modes.items()}, text)
        endpoints = {row.pop("path"): row for row in json.loads(run_to_end("--list-endpoints=json").stdout)}
        with Server() as server:
            stats = server.stats()
            self.assertEqual(endpoints, stats["endpoints"])
            self.assertEqual(modes[MODE], stats["serving"])
        self.assertEqual(run_to_end("--list-modes=xml").returncode, 2)

    def test_the_listening_line(self):
        with Server() as server:
            pattern = rf"^listening on http://127\.0\.0\.1:\d+ \(mode {MODE}, (epoll|poll|select)\)\n$"
            self.assertRegex(server.greeting, pattern)
            self.assertEqual(server.get("/healthz").status, 200)

    def test_sigint_stops_it_as_sigterm_does(self):
        server = Server()
        server.process.send_signal(signal.SIGINT)
        self.assertEqual(server.wait(), 0)
        server.close()

    def test_two_servers_at_once(self):
        with Server() as one, Server() as other:
            self.assertNotEqual(one.port, other.port)
            self.assertEqual(other.get("/healthz").status, 200)

    def test_an_old_port_can_be_taken_again_at_once(self):
        """Tried again where the kernel gave it to another program meanwhile."""
        for last in (False, False, False, False, True):
            with Server() as server:
                self.assertEqual(server.get("/healthz").status, 200)
                port = server.port
            try:
                with Server(f"--port={port}") as server:
                    self.assertEqual(server.port, port)
                return
            except AssertionError as error:
                if last or "in use" not in str(error):
                    raise


class Row34CannotStart(unittest.TestCase):
    """Row 34: one clear line on stderr, nothing on stdout, exit 2."""

    def assert_usage(self, arguments, *words):
        with self.subTest(arguments=arguments):
            result = run_to_end(*arguments)
            self.assertEqual((result.returncode, result.stdout), (2, ""), result.stderr)
            self.assertRegex(result.stderr, re.compile(r"\Alooplagd: [^\n]+\n\Z"))
            for word in words:
                self.assertIn(word, result.stderr)

    def test_row_34_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            self.assert_usage([f"--mode={MODE}", f"--port={port}"], str(port), "in use")

    def test_row_34_port_of_another_looplagd(self):
        with Server() as server:
            self.assert_usage([f"--mode={MODE}", f"--port={server.port}"], "in use")

    def test_row_34_bad_flags(self):
        for bad in ("--bogus", "-x", "--no-keepalive=1", "--help=me"):
            self.assert_usage([bad], bad.split("=")[0])
        self.assert_usage(["word"], "word")
        for flag in ("--port", "--mode", "--max-body"):
            self.assert_usage([flag], flag)

    def test_row_34_bad_values(self):
        bad = {
            "--mode": ("", "fork", "Select", "selects", "select\n"),
            "--poll": ("", "kqueue", "EPOLL"),
            "--workers": ("", "0", "-1", "129", "2.5", "many"),
            "--balance": ("", "fair", "Reuseport"),
            "--reserve": ("", "-1", "129", "half"),
            "--port": ("", "-1", "65536", "80a", "0x50", "99999999999999999999", "http"),
            "--max-body": ("", "0", "-5", "lots", "5XB", "nan", "1e400"),
            "--drain-delay": ("", "-1", "later"),
            "--queue": ("", "-1", "1.5", "1000001"),
            "--large-limit": ("", "-1", "some"),
            "--large-size": ("", "0", "big"),
            "--large-policy": ("", "Wait", "drop"),
            "--drain-timeout": ("", "-1", "soon", "5d"),
        }
        for flag, values in bad.items():
            for value in values:
                self.assert_usage([f"{flag}={value}"], flag)

    def test_row_34_the_limit_of_an_endpoint(self):
        for path in ("/nowhere", "/pin", "/ping/"):
            self.assert_usage([f"--max-body={path}=1MB"], f"--max-body={path}=1MB", "no such endpoint")
        self.assert_usage(["--max-body=/ping"], "--max-body=/ping: a path without a size")
        for size in ("", "0", "lots"):
            self.assert_usage([f"--max-body=/ping={size}"], f"--max-body=/ping={size}: not a size")

    def test_row_34_an_address_that_is_not_ours(self):
        self.assert_usage(["--host=203.0.113.1", "--port=0"], "203.0.113.1")

    def test_row_34_mode_and_poll_that_cannot_go_together(self):
        self.assert_usage(["--mode=threads", "--poll=epoll"], "threads", "epoll")
        self.assert_usage(["--poll=epoll", "--mode=threads"], "threads", "epoll")

    def test_row_34_workers_and_balance_where_there_are_none(self):
        for mode in ("select", "threads"):
            self.assert_usage([f"--mode={mode}", "--workers=2"], mode, "--workers")
            self.assert_usage(["--workers=2", f"--mode={mode}"], mode, "--workers")
            self.assert_usage([f"--mode={mode}", "--balance=mhd"], mode, "--balance")
            self.assert_usage([f"--mode={mode}", "--queue=5"], mode, "--queue")

    def test_row_34_flags_that_change_nothing(self):
        self.assert_usage(["--large-size=1MB"], "--large-size", "add --large-limit=N")
        self.assert_usage(["--large-policy=reject"], "--large-policy", "add --large-limit=N")
        self.assert_usage(["--mode=hybrid", "--large-policy=reject"], "--large-policy", "add --large-limit=N")

    def test_row_34_a_reserve_that_nobody_can_keep(self):
        for mode in ("select", "threads", "offload", "hybrid"):
            self.assert_usage([f"--mode={mode}", "--reserve=1"], f"--mode={mode} does not choose", "leave out --reserve")
        for balance in ("reuseport", "mhd"):
            self.assert_usage(["--mode=pool", f"--balance={balance}", "--reserve=1"],
                              f"--mode=pool --balance={balance} does not choose")  # fmt: skip
        for workers, reserve in ((4, 4), (2, 3), (1, 1)):
            for mode in ("pool", "prefork"):
                self.assert_usage([f"--mode={mode}", f"--workers={workers}", f"--reserve={reserve}"],
                                  f"--reserve={reserve} leaves none of {workers} workers")  # fmt: skip
        self.assert_usage(["--mode=prefork", "--reserve=4"], "none of 4 workers")
        self.assert_usage(["--mode=pool", "--reserve=0", "--queue=5"], "--queue")

    def test_row_34_modes_are_listed_as_a_sentence(self):
        self.assert_usage(["--mode=fork"], "expected select, threads, pool, prefork, offload or hybrid")


class StandardFiles(unittest.TestCase):
    """Its standard output cannot be written, or a standard file is closed."""

    def run_to(self, redirection, *arguments):
        command = ["/bin/sh", "-c", f'exec "$0" "$@" {redirection}', LOOPLAGD, *arguments]
        return subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=30)

    def test_nobody_can_read_what_it_says(self):
        """Nor the port: a server that nobody finds must not go on."""
        for flag in ("--help", "--version", "--list-modes", "--list-endpoints", "--port=0"):
            for redirection, reason in ((">/dev/full", "No space left"), (">&-", "Bad file descriptor")):
                with self.subTest(flag=flag, redirection=redirection):
                    done = self.run_to(redirection, f"--mode={MODE}", flag)
                    self.assertEqual(done.returncode, 1)
                    self.assertRegex(done.stderr, r"\Alooplagd: cannot write to the standard output: [^\n]+\n\Z")
                    self.assertIn(reason, done.stderr)

    def test_a_closed_standard_error_is_no_socket(self):
        """Else the first socket would be descriptor 2, and log lines would go to a client."""
        command = ["/bin/sh", "-c", 'exec "$0" "$@" 2>&- <&-', LOOPLAGD, f"--mode={MODE}", "--port=0"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            self.assertRegex(process.stdout.readline(), "^listening on ")
            for fd in (0, 2):
                self.assertEqual(os.readlink(f"/proc/{process.pid}/fd/{fd}"), "/dev/null")
        finally:
            process.terminate()
            process.stdout.close()
            self.assertEqual(process.wait(30), 0)


if __name__ == "__main__":
    unittest.main()
