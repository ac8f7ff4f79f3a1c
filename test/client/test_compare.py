"""compare: with looplagd itself, and with servers that do not do what they should."""

import csv
import json
import signal
import subprocess
import threading
import unittest
import urllib.request

import schema
import support
from quiet import on_a_machine_that_runs
from support import DONE, SANITIZED

SMALL_RUN = ("--endpoints=all", "--duration=1", "--rounds=1", "--large-size=2", "--quiet")
FIGURES = {"min", "p50", "mean", "p90", "p95", "p99", "max"}
TOLD = FIGURES | {"p50_ci", "p90_ci", "p95_ci", "p99_ci", "p99.9", "p99.9_ci"}


class CompareTest(support.ClientTest):
    def compare(self, *arguments):
        return support.looplag("compare", "--server", support.LOOPLAGD, *SMALL_RUN, *arguments)

    def effects(self, text):
        """The rows of the table that says what large requests did."""
        lines = text[text.index("| System ") :].split("\n")[2:]
        end = next(i for i, line in enumerate(lines) if not line.startswith("|"))
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[:end]]

    def assert_figures(self, figures, row):
        for name in ("response_ms", "service_ms", "send_lag_ms"):
            told = {key for key in figures[name] if not key.endswith("_at_least")}
            self.assertEqual(told, TOLD)
        for key in ("planned", "sent", "ok", "errors"):
            self.assertIn(key, figures)
        self.assertEqual(row[3], str(figures["ok"]))
        for text, key in zip(row[4:], ("min", "p50", "mean", "p90", "p95", "p99", "max")):
            value = figures["response_ms"][key]
            if value is None:
                self.assertRegex(text, "^(-|>= [0-9.]+)$")  # too few samples, or too many without a reply
                continue
            self.assertAlmostEqual(float(text), value, delta=max(0.001, value * 0.01))

    @on_a_machine_that_runs
    def test_the_json_holds_the_table(self):
        out = self.folder / "out.json"
        # A sanitizer must not make a large request last longer than a window of half a second.
        done = self.compare("-o", str(out), "--format=json", "--rounds=2", "--large-interval=0.05",
                            f"--large-size={0.5 if SANITIZED else 2}")  # fmt: skip
        self.assertIn(done.returncode, DONE, done.stderr)
        self.assertEqual(done.stderr, "")
        result = json.loads(out.read_text())
        schema.check_result(result)
        self.assertEqual((result["rounds"], result["duration_s"]), (2, 1.0))
        self.assertEqual(len(result["cells"]), 16)
        table = [[cell.strip() for cell in line.strip("|").split("|")]
                 for line in support.details(out).split("\n\n")[1].splitlines()
                 if line.startswith("| ")]  # fmt: skip
        self.assertEqual(table[0], ["Request Size", "Mode", "Endpoint", "Count", "Min", "Median",
                                    "Mean", "p90", "p95", "p99", "Max"])  # fmt: skip
        rows = iter(table[1:])
        for cell in result["cells"]:
            self.assertEqual(set(cell["server"]["loop_hold_ms"]), FIGURES)
            self.assertGreater(cell["server"]["rss_peak_bytes"], 0)
            if cell["class"] == "small":
                row = next(rows)
                self.assertEqual(row[:3], ["Small alone", cell["mode"], cell["endpoint"]])
                self.assert_figures(cell["baseline"], row)
                self.assertEqual(set(cell["interference"]), {"p50", "p90", "p95", "p99"})
                self.assertEqual((cell["planned"], cell["baseline"]["planned"]), (250, 126))
            else:
                self.assertIsNone(cell["baseline"])
            row = next(rows)
            self.assertEqual(row[:3], [cell["class"].title(), cell["mode"], cell["endpoint"]])
            self.assert_figures(cell, row)
        self.assertIsNone(next(rows, None))
        said = [line for line in result["sentences"] if "; the longest stall was " in line]
        self.assertEqual(len(said), 8)
        for sentence in said:  # so many of them are rows of a table
            name, _, longest = sentence.partition("; the longest stall was ")
            name = name.partition(":")[0]
            longest = longest.split()[0]
            row = next(row for row in self.effects(support.details(out)) if row[0] == name)
            self.assertEqual(row[-4], longest)  # with few samples there is no p95
            self.assertTrue(row[1].replace(" -> ", " to ").split(" (")[0] in sentence)
        for sentence in result["sentences"]:
            if sentence not in said:
                self.assertIn(sentence, support.details(out))
        self.assertGreaterEqual(len(result["sentences"]), 8)
        self.assertIn("One event loop in one thread that parses bodies as they arrive", support.details(out))

    @on_a_machine_that_runs
    def test_the_ranking(self):
        out = self.folder / "out.json"
        done = self.compare("-o", str(out), "--modes=select,threads", "--endpoints=/ping,/stream", "--rounds=3",
                            "--large-size=5" if SANITIZED else "--large-size=25",
                            "--duration=3" if SANITIZED else "--duration=6", "--large-interval=0.05")  # fmt: skip
        self.assertIn(done.returncode, DONE, done.stderr)
        result = json.loads(out.read_text())
        schema.check_result(result)
        systems = {(row["mode"], row["endpoint"]): row for row in result["ranking"]["systems"]}
        self.assertEqual(len(systems), 4)
        # A document of 27 MB takes five times that as values; a scanner keeps nothing.
        # A sanitizer's own memory hides both.
        for mode in () if SANITIZED else ("select", "threads"):
            self.assertGreater(systems[mode, "/ping"]["memory_mb"]["value"], 100)
            self.assertLess(systems[mode, "/stream"]["memory_mb"]["value"], 50)
            self.assertEqual(systems[mode, "/ping"]["memory_mb"]["rank"], 3)
            self.assertGreater(systems[mode, "/ping"]["cpu_large_ms"]["value"],
                               3 * systems[mode, "/stream"]["cpu_large_ms"]["value"])  # fmt: skip
        for subject in result["subjects"]:
            peak = max(window["memory_peak_bytes"] for window in subject["windows"])
            self.assertGreaterEqual(subject["memory_peak_bytes"], peak)
            cell = next(cell for cell in result["cells"] if cell["subject"] == subject["subject"])
            spent = sum(window["cpu_seconds"] for window in subject["windows"])
            self.assertLess(spent, cell["server"]["cpu_seconds"] + 0.05)
            # Warm-up, and what large classes send before a window begins, is in the server's own only.
            # A large request that a sanitizer makes last longer than a window is mostly there.
            self.assertGreater(spent, cell["server"]["cpu_seconds"] * (0.1 if SANITIZED else 0.5))
        self.assertEqual(done.stdout, support.looplag("report", str(out)).stdout)
        result["subjects"][0]["windows"][0].update(cpu_seconds=1.234567891, duration_s=0.987654321)
        other = self.folder / "other.json"
        other.write_text(json.dumps(support.another_run(result)))
        read = json.loads(support.looplag("report", "--format=json", str(other)).stdout)
        self.assertEqual(read["subjects"], result["subjects"], "times are read back to the nanosecond")
        twice = support.looplag("report", "--format=json", str(out), str(other))
        merged = json.loads(twice.stdout)
        schema.check_result(merged)
        self.assertEqual([len(subject["windows"]) for subject in merged["subjects"]], [12] * 4)
        self.assertEqual(len(merged["ranking"]["systems"][0]["small_ms"]["rounds"]), 6)

    @on_a_machine_that_runs
    def test_keepalive_both_ways(self):
        out = self.folder / "out.json"
        done = self.compare("-o", str(out), "--modes=select", "--system=pool:--mode=pool --workers=2",
                            "--endpoints=/ping", "--keepalive=on,off", "--rounds=3", "--large-size=5",
                            "--large-interval=0.2", "--details")  # fmt: skip
        self.assertIn(done.returncode, DONE, done.stderr)
        result = json.loads(out.read_text())
        schema.check_result(result)
        told = support.unbroken(done.stdout)
        names = [f"{system} {way}" for system in ("select", "pool") for way in ("keep-alive", "new-conn")]
        small = [cell for cell in result["cells"] if cell["class"] == "small"]
        self.assertEqual([cell["mode"] for cell in small], names)
        self.assertEqual([cell["server"]["mode"] for cell in small], ["select"] * 2 + ["pool"] * 2)
        for cell in small:
            workers = cell["server"]["workers"]
            self.assertEqual([worker["worker"] for worker in workers],
                             list(range(2 if cell["server"]["mode"] == "pool" else 1)))  # fmt: skip
            self.assertGreaterEqual(sum(worker["requests"] for worker in workers), cell["ok"])
            if len(workers) > 1:
                counts = ", ".join(str(worker["connections"]) for worker in workers)
                self.assertIn(f"{cell['mode']} /ping: connections of each worker: {counts};", told)
        for cell, workers in zip(small, (1, 1, 2, 2), strict=True):
            affinity = cell["affinity"]
            self.assertLessEqual(affinity["workers"], workers)
            self.assertEqual(affinity["requests"], cell["ok"])
            self.assertLessEqual(affinity["stuck"], affinity["beside"])
            self.assertLessEqual(affinity["beside"], affinity["requests"])
            self.assertEqual(f"{cell['mode']} /ping: {workers} worker" in told, workers > 1)
        # On one loop nobody has another worker to be on.
        self.assertGreater(small[0]["affinity"]["beside"] + small[1]["affinity"]["beside"], 0)
        systems = [(cost["system"], cost["endpoint"]) for cost in result["connection_cost"]]
        self.assertEqual(systems, [("select", "/ping"), ("pool", "/ping")])
        for cost in result["connection_cost"]:
            if cost["alone_us_ci"]:
                low, high = cost["alone_us_ci"]
                self.assertTrue(low <= cost["alone_us"] <= high)
            else:  # so many were not answered in a window that its median is not that of a reply
                windows = [window for cell in small if cell["mode"].startswith(cost["system"] + " ")
                           for window in cell["windows"] if window["alone"]]  # fmt: skip
                self.assertTrue(any(2 * window["ok"] <= window["planned"] for window in windows), cost)
                continue
            adds = f"{cost['system']} /ping: a new connection for each request adds"
            self.assertIn(adds, told)
            self.assertIn(adds, support.details(out))

    @on_a_machine_that_runs
    def test_holds_before_the_first_window_are_not_among_those_told(self):
        """A large body holds the loop before the run, as one does in the warm-up; none does in the windows."""
        server = subprocess.Popen(
            [support.LOOPLAGD, "--mode=select", "--port=0", "--no-access-log"], stdout=subprocess.PIPE, text=True
        )
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        self.addCleanup(server.stdout.close)
        url = server.stdout.readline().split("listening on ")[1].split()[0]
        members = ",".join(f'"key{n}":{n}' for n in range(400_000))
        body = f'{{"name": "n", "data": {{{members}}}}}'.encode()
        request = urllib.request.Request(url + "/ping", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=support.LIMIT_S) as reply:
            self.assertEqual(reply.status, 200)
        with urllib.request.urlopen(url + "/stats", timeout=support.LIMIT_S) as reply:
            before = json.loads(reply.read())["loop_hold_ms"]
        result = self.load(url, "--baseline", "--rounds=1", "--duration=300ms", "--class=small:size=1KiB,interval=10ms",
                           "--class=large:size=2KiB,interval=50ms,arrival=closed")  # fmt: skip
        hold = result["cells"][0]["server"]["loop_hold_ms"]
        self.assertGreater(hold["max"], 0)
        self.assertLess(hold["max"], before["max"] / 2)

    @on_a_machine_that_runs
    def test_csv_has_windows(self):
        out = self.folder / "out.csv"
        done = self.compare("-o", str(out), "--modes=threads", "--endpoints=/ping")
        self.assertIn(done.returncode, DONE, done.stderr)
        rows = [line.split(",") for line in out.read_text().splitlines()[1:]]
        self.assertEqual({row[3] for row in rows}, {"1-alone", "1-with"})
        ids = [row[4] for row in rows]
        self.assertEqual(len(ids), len(set(ids)))

    def modes_of(self, *arguments):
        out = self.folder / "out.json"
        done = self.compare("-o", str(out), "--endpoints=/ping", "--duration=300ms", *arguments)
        self.assertIn(done.returncode, DONE, done.stderr)
        result = json.loads(out.read_text())
        schema.check_result(result)
        servers = [cell["server"]["mode"] for cell in result["cells"] if cell["class"] == "small"]
        labels = [cell["mode"] for cell in result["cells"] if cell["class"] == "small"]
        return list(zip(labels, servers, strict=True)), support.details(out)

    def test_systems_are_measured_like_modes(self):
        modes, table = self.modes_of(
            "--system", "own, thread:--mode=threads --max-body=5MB", "--system=loop:--poll=poll --mode=select"
        )  # fmt: skip
        self.assertEqual(modes, [("own, thread", "threads"), ("loop", "select")])
        self.assertIn("| own, thread | /ping", table)

    def test_systems_beside_modes(self):
        modes, _ = self.modes_of("--modes=threads", "--system=loop:--mode=select")
        self.assertEqual(modes, [("threads", "threads"), ("loop", "select")])

    def test_the_flags_of_a_system_arrive(self):
        done = self.compare("--system=odd:--max-body=odd", "--endpoints=/ping")
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, "odd /ping", "exit code 2", "--max-body=odd")

    def test_all_modes_and_endpoints(self):
        told = subprocess.run([support.LOOPLAGD, "--list-modes"], capture_output=True, text=True, check=True)
        known = [line.split()[0] for line in told.stdout.splitlines()]
        modes, _ = self.modes_of("--modes=all", "--endpoints=all", "--duration=100ms")
        self.assertEqual(modes, [(mode, mode) for mode in known for _ in range(4)])

    def test_what_looplagd_does_not_have_is_a_mistake(self):
        cases = [
            ("--modes=nope", "no mode 'nope': use select, threads"),
            ("--modes=select,nope", "no mode 'nope'"),
            ("--endpoints=/nope", "no system has /nope: use /ping, /pong, /stream or /await"),
            ("--endpoints=/ping,/healthz", "no system has /healthz"),
        ]
        for command in ("compare", "sweep"):
            for flag, told in cases:
                with self.subTest(command=command, flag=flag):
                    done = support.looplag(command, "--server", support.LOOPLAGD, flag)
                    self.assertEqual((done.returncode, done.stdout), (2, ""))
                    self.assert_one_line(done.stderr, told)

    def test_an_endpoint_may_have_a_query(self):
        done = self.compare("--modes=select", "--endpoints=/stream?a=b")
        self.assertIn(done.returncode, DONE, done.stderr)

    def test_labels_need_a_name_of_their_own(self):
        done = self.compare("--modes=select", "--system=select:--mode=threads")
        self.assertEqual(done.returncode, 2)
        self.assert_one_line(done.stderr, "two systems are called 'select'")

    def test_a_label_with_a_comma_is_quoted_in_csv(self):
        out = self.folder / "out.csv"
        done = self.compare("-o", str(out), "--system=a, b:--mode=threads", "--endpoints=/ping")
        self.assertIn(done.returncode, DONE, done.stderr)
        rows = list(csv.DictReader(out.read_text().splitlines()))
        self.assertEqual({row["mode"] for row in rows}, {"a, b"})

    @on_a_machine_that_runs
    def test_the_probe_judges_each_server(self):
        """25 MB hold the one loop for a second; the other mode answers checks all the while."""
        out = self.folder / "out.json"
        done = self.compare(
            "-o", str(out), "--endpoints=/ping", "--large-size=25", "--large-interval=100ms",
            "--duration=4", "--probe=period=50ms,timeout=100ms,failures=3",
        )  # fmt: skip
        self.assertIn(done.returncode, DONE, done.stderr)
        result = json.loads(out.read_text())
        schema.check_result(result)
        self.assertIsNone(result["probe"])
        probes = {subject["mode"]: subject["probe"] for subject in result["subjects"]}
        self.assertTrue(probes["select"]["would_restart"])
        self.assertGreaterEqual(probes["select"]["longest_failures"], 3)
        self.assertLess(probes["threads"]["failed"], probes["select"]["failed"])
        self.assertIn("select /ping, probe: GET /healthz every 0.05 s", support.details(out))
        self.assertIn("threads /ping, probe: GET /healthz every 0.05 s", support.details(out))
        again = support.looplag("report", str(out), "--format=json")
        self.assertEqual([s["probe"] for s in json.loads(again.stdout)["subjects"]],
                         [s["probe"] for s in result["subjects"]])  # fmt: skip

    def test_a_probe_that_windows_are_too_short_for(self):
        done = support.looplag("compare", "--probe=failures=3", "--duration=10", "--rounds=4")
        self.assertEqual(done.returncode, 2)
        self.assert_one_line(done.stderr, "3 failures in a row take 3 s", "a round has 2.5 s")

    def test_a_mode_that_does_not_exist(self):
        done = self.compare("--modes=select,nonsense")
        self.assertEqual(done.returncode, 2)
        self.assert_one_line(done.stderr, "nonsense", "select, threads")

    def test_a_port_that_is_taken(self):
        _, holder = support.refused_url()
        with holder:
            holder.listen()
            port = holder.getsockname()[1]
            arguments = (f"--port={port}", "--modes=select", "--endpoints=/ping", "-o")
            new, old = self.folder / "new.json", self.folder / "old.json"
            old.write_text("kept")
            for out in (new, old):
                done = self.compare(*arguments, str(out))
                self.assertEqual(done.returncode, 1)
                self.assert_one_line(done.stderr, "select /ping", str(port))
        self.assertFalse(new.exists(), "no empty result is left behind")
        self.assertEqual(old.read_text(), "kept")

    def test_an_interrupt_stops_the_servers(self):
        client = subprocess.Popen(
            [support.LOOPLAG, "compare", "--server", support.LOOPLAGD, "--duration=60", "--modes=threads",
             "--endpoints=/ping", "--large-size=2", "--quiet", "--format=json"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.addCleanup(client.kill)
        self.assertTrue(support.wait_until(lambda: client.poll() is not None or support.is_sending(client.pid)))
        servers = support.children_of(client.pid)
        self.assertEqual(len(servers), 1)
        client.send_signal(signal.SIGINT)
        _, told = client.communicate(timeout=support.LIMIT_S)
        self.assertEqual((client.returncode, told), (130, ""))
        self.assertFalse(support.is_running(servers[0]))

    def test_a_window_that_had_not_begun_is_not_among_the_saved(self):
        """A large request opens what leads the second round; with this seed that takes 3.6 s more."""
        leads = threading.Event()
        large = []

        def answer(handler, request):
            if len(request.body) > 1 << 20:
                large.append(request)
                if len(large) == 3:  # after that of the warm-up and that of the first round
                    leads.set()
            return support.reply(handler)

        out = self.folder / "out.json"
        with support.FakeServer(support.only_posts(answer)) as server:
            client = subprocess.Popen(
                [support.LOOPLAG, "compare", f"--target=a URL:{server.url}", "--duration=400ms", "--rounds=2",
                 "--large-size=2MiB", "--large-interval=4s", "--seed=294", "--no-try", "--quiet", "-o", str(out)],
                stdout=subprocess.DEVNULL,
            )  # fmt: skip
            self.addCleanup(client.wait)
            self.addCleanup(client.kill)
            self.assertTrue(leads.wait(support.LIMIT_S))
            client.send_signal(signal.SIGINT)
            self.assertEqual(client.wait(support.LIMIT_S), 130)
        result = json.loads(out.read_text())
        schema.check_result(result)
        small, big = result["cells"]
        self.assertEqual([window["round"] for window in small["windows"]], [0, 0])
        self.assertEqual([window["round"] for window in big["windows"]], [0])
        self.assertEqual([window["round"] for window in result["subjects"][0]["windows"]], [0, 0])
        for cell in result["cells"]:
            self.assertEqual(cell["planned"], sum(w["planned"] for w in cell["windows"] if not w["alone"]))
        done = support.looplag("report", str(out))
        self.assertIn(done.returncode, support.DONE, done.stderr)


SERVER = """#!/usr/bin/env python3
import http.server, os, signal, sys
if {questions} & set(sys.argv):
    sys.exit()
{body}
"""

DIES_MID_RUN = """
class Handler(http.server.BaseHTTPRequestHandler):
    count = 0
    def log_message(self, *_):
        pass
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
        Handler.count += 1
        if Handler.count == 40:
            print("out of luck", file=sys.stderr, flush=True)
            os._exit(7)
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(f"listening on http://127.0.0.1:{server.server_address[1]} (mode select, fake)", flush=True)
server.serve_forever()
"""


class BrokenServerTest(support.ClientTest):
    def run_with(self, body, *arguments, questions=frozenset({"--help", "--list-modes", "--list-endpoints"})):
        path = self.folder / "looplagd"
        path.write_text(SERVER.replace("{questions}", str(set(questions))).replace("{body}", body))
        path.chmod(0o755)
        return support.looplag("compare", "--server", str(path), "--quiet", *arguments)

    def assert_failed(self, done, *told):
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assert_one_line(done.stderr, *told)

    def test_all_modes_of_a_server_that_cannot_list_them(self):
        body = "sys.exit('no such flag')"
        done = self.run_with(body, "--modes=all", questions={"--help"})
        self.assert_failed(done, "cannot list all modes", "no such flag")
        self.assert_failed(self.run_with("", "--modes=all"), "cannot list all modes: it names none")

    def test_dies_at_once(self):
        done = self.run_with("print('first', file=sys.stderr); sys.exit('no luck today')")
        self.assert_failed(done, "select /ping", "exit code 1", "no luck today")
        self.assertNotIn("first", done.stderr)

    def test_is_killed(self):
        done = self.run_with("os.kill(os.getpid(), signal.SIGKILL)")
        self.assert_failed(done, "killed by signal 9")

    def test_says_something_else(self):
        self.assert_failed(self.run_with("print('hello', flush=True); signal.pause()"), "'hello'")

    def test_never_listens(self):
        self.assert_failed(self.run_with("signal.pause()"), "did not say where it listens")

    def test_is_not_there(self):
        done = support.looplag("compare", "--server", str(self.folder / "none"))
        self.assert_failed(done, "none", "No such file or directory")

    def test_cannot_be_run(self):
        path = self.folder / "looplagd"
        path.write_text("#!/no/such/interpreter\n")
        path.chmod(0o755)
        done = support.looplag("compare", "--server", str(path))
        self.assert_failed(done, "exit code 127", "No such file or directory")

    def test_dies_mid_run_and_what_was_measured_is_printed(self):
        done = self.run_with(
            DIES_MID_RUN, "--modes=select", "--endpoints=/ping", "--large-size=0.1", "--duration=60",
            "--rounds=1", "--timeout=2",
        )  # fmt: skip
        self.assert_failed(done, "exit code 7: out of luck")
        self.assertIn("\nselect /ping ", done.stdout)


if __name__ == "__main__":
    unittest.main()
