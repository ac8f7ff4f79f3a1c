"""The page of --html in a real browser: it says nothing on the console, is drawn, and is told to a screen reader."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import support
from quiet import unjudged_under_sanitizers

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import browser  # noqa: E402

LABEL = "</script><b>x&amp;"


@browser.needs_chromium
@unjudged_under_sanitizers  # where the client is late, requests are never sent
class HtmlBrowserTest(support.ClientTest):
    @classmethod
    def setUpClass(cls):
        """A page of looplagd with one loop and with threads, under a label that is markup."""
        super().setUpClass()
        cls.kept = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.kept.cleanup)
        cls.path = pathlib.Path(cls.kept.name, "page.html")
        done = support.looplag(
            "compare", "--server", support.LOOPLAGD, "--modes=select", f"--system={LABEL}:--mode=threads", "--endpoints=/ping",
            "--duration=900ms", "--rounds=3", "--large-size=2MB", "--large-interval=0.2", "--quiet", "--html", str(cls.path),
        )  # fmt: skip
        assert done.returncode in support.DONE, done.stderr
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.close)

    def doctored(self, change, source=None):
        """The page with what `change` makes of its document."""
        path = self.folder / "doctored.html"
        head, begin, rest = (source or self.path).read_text(encoding="utf-8").partition('id="document">')
        document, end, tail = rest.partition("</script>")
        document = json.loads(document)
        change(document)
        path.write_text(head + begin + json.dumps(document).replace("<", "\\u003c") + end + tail, encoding="utf-8")
        page = self.open(path)
        self.assertEqual(page.complaints(), [])
        return page

    def rows(self, page, caption):
        """The texts of a table's rows, by its caption's beginning; also of one that is folded away."""
        found = page.evaluate(
            "[...document.querySelectorAll('#sections table')].filter(t => t.caption.textContent.startsWith(%s))"
            ".map(t => [...t.rows].map(r => [...r.cells].map(c => c.textContent)))" % json.dumps(caption)
        )
        self.assertEqual(len(found), 1, caption)
        return found[0]

    def open(self, path, **emulated):
        page = self.browser.page(path.as_uri(), **emulated)
        self.addCleanup(page.close)
        return page

    def check(self, page, dark):
        self.assertEqual(page.complaints(), [])
        self.assertEqual(page.pale_texts(), [], "dark" if dark else "light")
        self.assertEqual(page.overflows(), 0)
        self.assertEqual(page.requests[1:], [], "it asked for something")

    def charts(self, page):
        """Their names; the test is skipped where looplag was built without dygraphs."""
        if not page.evaluate("drawnCharts = document.querySelectorAll('.chart').length"):
            self.assertIn("built without dygraphs", page.evaluate("document.body.innerText"))
            self.skipTest("looplag was built without dygraphs: install libjs-dygraphs")
        return [node.name for node in page.nodes("image")]

    def test_a_comparison(self):
        page = self.open(self.path)
        for dark in (False, True):
            for width in (1400, 400):
                with self.subTest(dark=dark, width=width):
                    page.emulate(width=width, dark=dark)
                    self.check(page, dark)
        self.assertEqual(page.unnamed(), [])
        names = self.charts(page)
        self.assertTrue([name for name in names if name.startswith("Time line of select /ping")], names)
        self.assertTrue([name for name in names if name.startswith(f"Time line of {LABEL}")], names)
        self.assertTrue([name for name in names if name.startswith("Response time by percentile")], names)
        tables = {node.name for node in page.nodes("table")}
        self.assertGreaterEqual(len(tables), 5)
        self.assertEqual(page.evaluate("document.title"), "looplag: What the large requests did to the small ones")

    def test_captions_are_read_without_scrolling(self):
        page = self.open(self.path, width=400)
        wide = "[...document.querySelectorAll('caption')].filter(c => c.getBoundingClientRect().right > innerWidth).length"
        self.assertEqual(page.evaluate(wide), 0)

    def test_the_answer_is_read_without_scrolling_but_for_its_columns(self):
        page = self.open(self.path, width=400)
        wide = "[...document.querySelectorAll('.answer p')].filter(p => p.scrollWidth > p.clientWidth || p.getBoundingClientRect().right > innerWidth).length"
        self.assertEqual(page.evaluate(wide), 0)

    def test_collateral_delay_is_shown_where_its_interval_shows_it(self):
        def change(document):
            cells = [cell for cell in document["cells"] if not cell["heavy"]]
            for cell, interval in zip(cells, ([50, 91], [-299, 483])):
                cell["collateral_ms_per_large"], cell["collateral_ms_per_large_ci"] = 70, interval

        rows = self.rows(self.doctored(change), "Interference: ")[1:]
        self.assertEqual([row[5] for row in rows], ["70.0 (50.0 to 91.0)", "none shown (\u2212299 to 483)"])

    def test_a_system_is_hidden_and_shown(self):
        page = self.open(self.path)
        self.charts(page)
        shown = "[...document.querySelectorAll('.strip')].filter(e => e.checkVisibility()).length"
        self.assertEqual(page.evaluate(shown), 2)
        page.click("select /ping", "checkbox")
        self.assertEqual(page.evaluate(shown), 1)
        page.press(" ")
        self.assertEqual(page.evaluate(shown), 2)

    def test_all_systems_tell_the_same_percentile(self):
        """Beside its time line: the rarest that each of them can tell."""

        def fewer(document):
            cell = next(cell for cell in document["cells"] if not cell["heavy"])
            for figures in (cell["response_ms"], cell["baseline"]["response_ms"]):
                for key in ("p90", "p95", "p99", "p99.9"):
                    figures[key] = None
                    figures.pop(key + "_at_least", None)

        page = self.doctored(fewer)
        self.charts(page)
        sides = page.evaluate("[...document.querySelectorAll('figure:has(.strip) .side')].map(e => e.textContent)")
        self.assertEqual([side.split()[0] for side in sides], ["p50", "p50"])

    def test_zoom_by_keyboard(self):
        page = self.open(self.path)
        self.charts(page)
        labels = "[...document.querySelectorAll('.strip .dygraph-axis-label-x')].map(e => e.textContent).join()"
        before = page.evaluate(labels)
        page.evaluate("document.querySelector('[aria-label=\"Zoom to the longest request\"]').focus()")
        page.press("Enter")  # as far as its wait lets it: on a slow machine that is all
        page.evaluate("document.querySelector('[aria-label=\"Zoom in\"]').focus()")
        page.press("Enter")
        self.assertNotEqual(page.evaluate(labels), before)
        page.evaluate("document.querySelector('.tools [aria-label=\"Show all of it\"]').focus()")
        page.press("Enter")
        self.assertEqual(page.evaluate(labels), before)
        self.assertEqual(page.complaints(), [])

    def test_a_point_tells_what_it_is(self):
        page = self.open(self.path)
        self.charts(page)
        x, y, width, height = page.evaluate(
            "(e => (e.scrollIntoView(), (r => [r.x, r.y, r.width, r.height])(e.getBoundingClientRect())))"
            "(document.querySelector('.strip'))"
        )
        page.hover(x + width / 2, y + height / 2)
        told = page.wait_for("document.querySelector('#hint p')?.parentElement.innerText", "the hint stands there")
        self.assertRegex(told, r"select /ping, (alone|with large ones), round [123]\s+due at \d+\.\d{3} s, (took|failed after) ")
        self.assertEqual(page.complaints(), [])

    def test_percentiles_are_alike_in_both_tables(self):
        page = self.open(self.path)
        head, *lines = self.rows(page, "What so many percent")
        _, *classes = self.rows(page, "Response times in ms, from the planned send")
        columns = [head.index(f"{level} %") for level in ("50", "90", "95", "99", "99.9")]
        small = [row for row in classes if row[0].startswith("Small")]
        self.assertEqual(len(lines), len(small))
        for kind, name in ((", alone", "Small alone"), (", with large", "Small")):
            self.assertEqual(
                [[row[i] for i in columns] for row in lines if row[0].endswith(kind)],
                [[row[i] for i in (5, 7, 8, 9, 10)] for row in small if row[0] == name],
            )

    def test_without_large_requests_there_are_none(self):
        """Neither where no class is large nor where all are."""

        def only(document, heavy):
            document["cells"] = [cell for cell in document["cells"] if not cell["heavy"]]
            for cell in document["cells"]:
                cell.update(heavy=heavy, baseline=None, distribution_alone=None, interference=None, stalls=None, prediction=None)
                cell["windows"] = [window for window in cell["windows"] if not window["alone"]]
            document.update(sentences=[], ranking=None, command="")

        for heavy in (False, True):
            with self.subTest(heavy=heavy):
                page = self.doctored(lambda document: only(document, heavy))
                text = page.evaluate("document.getElementById('sections').textContent")
                text += " ".join(self.charts(page))
                self.assertIn("Each window of each system", text)
                self.assertNotRegex(text, r"(?i)with large|large ones|large requests")
                x, y, width, height = page.evaluate(
                    "(e => (e.scrollIntoView(), (r => [r.x, r.y, r.width, r.height])(e.getBoundingClientRect())))"
                    "(document.querySelector('.strip'))"
                )
                page.hover(x + width / 2, y + height / 2)
                told = page.wait_for("document.querySelector('#hint p')?.parentElement.innerText", "the hint stands there")
                self.assertRegex(told, r"select /ping, round [123]\s")

    def test_large_requests_are_counted_where_they_are_not_drawn(self):
        """As in a window with more of them than can be drawn."""
        planned, answered = {}, {}

        def thin(document):
            for cell in document["cells"]:
                for window in cell["windows"] if cell["heavy"] else ():
                    planned[cell["label"], window["round"]] = window["planned"]
                    answered[cell["label"]] = answered.get(cell["label"], 0) + window["ok"]
                    window["points"] = []

        page = self.doctored(thin)
        head, *rows = self.rows(page, "Each window of each system")
        large = {(row[0], int(row[1]) - 1): row[head.index("Large")] for row in rows if row[2] == "with large"}
        self.assertEqual(large, {key: str(count) for key, count in planned.items()})
        self.assertGreater(sum(planned.values()), 0)
        names = self.charts(page)
        for label, count in answered.items():
            (name,) = [name for name in names if name.startswith(f"Time line of {label}")]
            self.assertIn(f", {count} large requests beside them.", name)

    def test_what_took_very_long(self):
        """A failure after 50 minutes is drawn there, and the longest request is found, also where it was alone."""
        zoom = "document.querySelector('[aria-label=\"Zoom to the longest request\"]').click()"
        seconds = "[...document.querySelectorAll('.strip .dygraph-axis-label-x')].map(e => parseFloat(e.textContent))"
        heights = "[...document.querySelectorAll('.strip .dygraph-axis-label-y')].map(e => e.textContent)"

        def change(document, alone, took):
            cell = next(cell for cell in document["cells"] if not cell["heavy"])
            windows = sorted(cell["windows"], key=lambda window: window["start_s"])
            at = max(i for i, window in enumerate(windows) if window["alone"] == alone)
            windows[at]["points"] = [int(windows[at]["duration_s"] * 5e5), took]
            self.due = sum(window["duration_s"] for window in windows[:at]) + windows[at]["duration_s"] / 2

        page = self.doctored(lambda document: change(document, False, -3_000_000_001))
        self.charts(page)
        self.assertIn("1000 s", page.evaluate(heights))

        def change_alone(document):
            for cell in document["cells"]:
                for window in cell["windows"]:
                    window["points"][1::2] = [900] * len(window["points"][1::2])
            change(document, True, 1200)

        page = self.doctored(change_alone)
        page.evaluate(zoom)
        labels = page.evaluate(seconds)
        self.assertTrue(labels)
        end = self.due * 0.05 + 0.3  # it shows a fortieth of the whole on one side, and somewhat more on the other
        self.assertTrue(all(abs(label - self.due) < end for label in labels), (self.due, labels))

    def test_errors_are_counted_by_kind_and_by_status(self):
        """Those of windows without large requests among them."""

        def fail(document):
            cell = next(cell for cell in document["cells"] if not cell["heavy"])
            cell.update(errors={"http_5xx": 2, "reset": 1}, statuses={"503": 2})
            cell["baseline"].update(errors={"http_5xx": 1, "http_4xx": 3}, statuses={"503": 1, "404": 3})

        page = self.doctored(fail)
        told = [row[2:] for row in self.rows(page, "Requests without a good reply")[1:] if "http" in row[2]]
        self.assertEqual(told, [["3 http_5xx, 1 reset, 3 http_4xx", "3 of 404, 3 of 503"]])

    def test_an_effect_without_an_interval(self):
        """There are rounds enough: one of them failed, say."""

        def take(document):
            for cell in document["cells"]:
                if cell.get("interference"):
                    cell["interference"] = {key: 7 for key in cell["interference"]}
                    cell["interference_ci"] = {key: None for key in cell["interference"]}
                    cell["interference_at_least"] = {}

        page = self.doctored(take)
        effects = [row[3] for row in self.rows(page, "Interference: ")[1:]]
        self.assertEqual(effects, ["× 7.0, no interval"] * 2)

    def test_a_sweep_draws_the_class_that_is_judged(self):
        path = self.folder / "page.html"
        with support.FakeServer(support.only_posts(lambda handler, _: support.reply(handler))) as server:
            done = support.looplag(
                "sweep", f"--target=a:{server.url}", "--vary=small.rate=50,100", "--slo=p50<=0.05m", "--slo=large:max<1h",
                "--duration=600ms", "--large-size=1KB", "--large-interval=0.05", "--quiet", "--html", str(path),
            )  # fmt: skip
        self.assertIn(done.returncode, (0, 1, 98), done.stderr)
        page = self.open(path)
        names = self.charts(page)
        self.assertEqual([name.split(" by ")[0] for name in names], ["p50 response time of class small"])
        head, *rows = self.rows(page, "Each value that was measured")
        self.assertIn("small median", head)
        self.assertNotIn("large median", head)
        text = "document.querySelector('#curves p').textContent"
        self.assertIn("A dashed line is the objective.", page.evaluate(text))
        document = page.evaluate("JSON.parse(document.getElementById('document').textContent)")
        self.assertEqual(
            document["thresholds"], [{"objective": "p50<=0.05m", "class": None, "percent": 50, "limit_ms": 3000}]
        )
        self.assertEqual([step["amount"] for step in document["steps"]], [50, 100])
        self.assertEqual([each["heavy"] for each in document["steps"][0]["classes"].values()], [False, True])
        page = self.doctored(lambda document: document.update(thresholds=[]), path)
        self.assertNotIn("dashed", page.evaluate(text))

    def test_on_paper_it_is_light_and_unfolded(self):
        page = self.open(self.path, dark=True)
        dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        self.assertEqual(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"), "rgb(255, 255, 255)")
        self.assertEqual(page.evaluate("document.querySelectorAll('details:not([open])').length"), 0)
        self.assertEqual(page.pale_texts(), [])
        self.assertGreater(len(page.call("Page.printToPDF", printBackground=True)["data"]), 20000)
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        self.assertEqual(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"), dark)
        self.assertEqual(page.complaints(), [])

    def test_without_dygraphs_there_are_tables(self):
        """What a looplag shows that was built where the package is missing."""
        folder = pathlib.Path(__file__).resolve().parents[2] / "client" / "report" / "page"
        made = self.folder / "page_text.c"
        subprocess.run([sys.executable, folder / "embed.py", folder, "", made], check=True, timeout=60)
        pieces = re.findall(r"\[\] = \{\n([\d,\s]+)\};", made.read_text())
        head, middle, tail = (bytes(map(int, piece.replace("\n", "").rstrip(", ").split(","))) for piece in pieces)
        document = re.search(rb'id="document">(.*?)</script>', self.path.read_bytes(), re.DOTALL).group(1)
        path = self.folder / "page.html"
        path.write_bytes(head + b"the answer" + middle + document + tail)
        page = self.open(path, width=400)
        self.check(page, False)
        self.assertEqual(page.unnamed(), [])
        self.assertIn("built without dygraphs", page.evaluate("document.body.innerText"))
        self.assertEqual(page.nodes("image"), [])
        self.assertGreaterEqual(len(page.nodes("table")), 5)

    def test_a_hundred_thousand_requests(self):
        """They are drawn. How long that takes is told, not judged."""

        def fill(document):
            for cell in document["cells"]:
                for window in cell["windows"]:
                    if not cell["heavy"]:
                        each = int(window["duration_s"] * 1e6 / 9000)
                        window["points"] = [number for i in range(9000) for number in (each, 300 + (i * 7919) % 5000)]

        page = self.doctored(fill)
        self.charts(page)
        took = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
        print(f"108,000 requests: drawn after {took:.0f} ms")

    def test_a_sweep_and_a_diagnosis(self):
        path = self.folder / "page.html"
        with support.FakeServer(support.only_posts(lambda handler, _: support.reply(handler))) as server:
            for arguments in (
                ["sweep", f"--target=a:{server.url}", "--sizes=2KB,4KB", "--duration=600ms", "--large-interval=0.05"],
                ["diagnose", server.url, "--duration=2", "--most=1", "--large-size=1KB"],
            ):
                with self.subTest(command=arguments[0]):
                    done = support.looplag(*arguments, "--quiet", "--html", str(path))
                    self.assertIn(done.returncode, (0, 1, 98), done.stderr)
                    page = self.open(path, width=400, dark=True)
                    self.check(page, True)
                    self.assertEqual(page.unnamed(), [])
                    self.assertTrue(self.charts(page))


if __name__ == "__main__":
    unittest.main()
