"""What is said of a system depends on what it tells of itself, never on its label."""

import json
import unittest

import support
from quiet import on_a_machine_that_runs
from support import DONE, SANITIZED

LOOP = {"one_loop": True, "thread_per_connection": False}
SHARED = {"one_loop": False, "thread_per_connection": False}
OWN = {"one_loop": False, "thread_per_connection": True}
WHOLE = {"incremental": False, "whole_document": True}
EARLY = {"incremental": True, "whole_document": False}
PREDICTED = "a large request holds the loop for"
HELD_NOBODY = "on a connection's own thread: it held nobody else"


class TraitsTest(support.CompareCase):
    # Windows of half a second: each is to have large requests, wherever in their period it begins.
    run_arguments = ("--endpoints=/ping", "--duration=1", "--rounds=2", f"--large-size={0.5 if SANITIZED else 2}",
                     "--large-interval=0.2", "--quiet", "--details")  # fmt: skip

    def small(self, *arguments):
        """The small class's cells by label and endpoint; the text lies in `self.table`."""
        done, result = self.compare(*arguments)
        self.assertIn(done.returncode, DONE, done.stderr)
        self.table = support.unbroken(done.stdout)
        return {(cell["mode"], cell["endpoint"]): cell for cell in result["cells"] if cell["class"] == "small"}

    @on_a_machine_that_runs
    def test_threads_under_the_label_of_a_loop(self):
        cell = self.small("--system=select:--mode=threads")["select", "/ping"]
        self.assertEqual(cell["traits"], OWN | WHOLE)
        self.assertIsNone(cell["prediction"])
        self.assertNotIn(PREDICTED, self.table)
        self.assertIn(HELD_NOBODY, self.table)

    @on_a_machine_that_runs
    def test_a_loop_under_any_label(self):
        cells = self.small("--system=threads:--mode=select", "--system=one worker:--mode=pool --workers=1")
        for label in ("threads", "one worker"):
            self.assertEqual(cells[label, "/ping"]["traits"], LOOP | WHOLE)
            self.assertIsNotNone(cells[label, "/ping"]["prediction"])
            self.assertIn(f"{label} /ping: {PREDICTED}", self.table)
        self.assertNotIn(HELD_NOBODY, self.table)

    @on_a_machine_that_runs
    def test_a_loop_whose_connections_are_kept_or_not(self):
        cells = self.small("--modes=select", "--keepalive=on,off")
        for label in ("select keep-alive", "select new-conn"):
            self.assertEqual(cells[label, "/ping"]["traits"], LOOP | WHOLE)
            self.assertIsNotNone(cells[label, "/ping"]["prediction"])
            self.assertIn(f"{label} /ping: {PREDICTED}", self.table)

    @on_a_machine_that_runs
    def test_a_loop_that_is_not_the_only_one(self):
        cells = self.small("--modes=pool,offload", "--endpoints=/ping,/stream")
        for (_, endpoint), cell in cells.items():
            self.assertEqual(cell["traits"], SHARED | (EARLY if endpoint == "/stream" else WHOLE))
            self.assertIsNone(cell["prediction"])
        self.assertNotIn(PREDICTED, self.table)
        markdown = support.details(self.folder / "out.json")
        self.assertIn("connections of each worker", markdown)
        self.assertNotRegex(markdown, r"(?m)^\|.*\n[^|\n]")  # it would be read as a row of the table

    @on_a_machine_that_runs
    def test_saved_results_keep_what_was_told(self):
        self.small("--system=a:--mode=select")
        again = support.looplag("report", "--format=markdown", str(self.folder / "out.json"))
        self.assertIn(again.returncode, DONE, again.stderr)
        self.assertIn("the server's own longest loop hold was", self.table)
        self.assertIn("the server's own longest loop hold was", again.stdout)
        out = self.folder / "again.json"
        support.looplag("report", "--format=json", "-o", str(out), str(self.folder / "out.json"))
        for cell in json.loads(out.read_text())["cells"]:
            self.assertEqual(cell["traits"], LOOP | WHOLE)

    def test_older_results_are_read_and_nothing_is_concluded(self):
        self.small("--system=select:--mode=select")
        path = self.folder / "out.json"
        result = json.loads(path.read_text())
        for cell in result["cells"]:
            del cell["traits"]
        path.write_text(json.dumps(result))
        again = support.looplag("report", str(path))
        self.assertIn(again.returncode, DONE, again.stderr)
        self.assertNotIn("longest loop hold", again.stdout)
        self.assertNotIn(PREDICTED, again.stdout)

    def test_a_server_that_tells_nothing(self):
        with support.FakeServer(support.only_posts(lambda handler, _request: support.reply(handler))) as server:
            result = self.load(server.url, "--duration=300ms", "--large-size=1KiB", "--small-interval=20ms")
        for cell in result["cells"]:
            self.assertEqual(cell["traits"], {})

    def test_a_url_is_asked_like_a_system(self):
        with support.FakeServer(tells) as server:
            result = self.load(server.url, "--duration=300ms", "--class=a:size=1KiB,rate=50,endpoint=/x?y=1")
        (cell,) = result["cells"]
        self.assertEqual((cell["mode"], cell["traits"]), ("own", {"one_loop": True, "incremental": True}))

    def test_what_a_server_tells_does_not_speak_to_the_terminal(self):
        def answer(handler, request):
            return tells(handler, request, mode="o\x1b[2Jw\nn|\x9b1m", version="1\x1b[31m")

        with support.FakeServer(answer) as server:
            result = self.load(server.url, "--duration=300ms", "--class=a:size=1KiB,rate=50")
        (cell,) = result["cells"]
        self.assertEqual((cell["mode"], cell["server"]["version"]), ("o?[2Jw?n???1m", "1?[31m"))
        self.assertIn("o?[2Jw?n", self.table)
        self.assertNotIn("\x1b", self.table)


def tells(handler, request, mode="own", version="1"):
    """A server that tells of itself as looplagd does, though not everything."""
    hold = {"count": 1, **dict.fromkeys(("min", "p50", "mean", "p90", "p95", "p99", "max"), 1.5)}
    stats = {"mode": mode, "version": version, "loop_hold_ms": hold, "process": {"rss_peak_bytes": 1, "cpu_seconds": 0.5},
             "workers": [], "serving": {"one_loop": True},
             "endpoints": {"/x": {"incremental": True}, "/y": {"whole_document": True}}}  # fmt: skip
    return support.reply(handler, body=json.dumps(stats).encode() if request.path == "/stats" else b"{}")


if __name__ == "__main__":
    unittest.main()
