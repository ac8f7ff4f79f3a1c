"""The page of --html in a real browser: it says nothing on the console, is drawn, and is told to a screen reader."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import support

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import browser  # noqa: E402

LABEL = "</script><b>x&amp;"


@browser.needs_chromium
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

    def test_a_system_is_hidden_and_shown(self):
        page = self.open(self.path)
        self.charts(page)
        shown = "[...document.querySelectorAll('.strip')].filter(e => e.checkVisibility()).length"
        self.assertEqual(page.evaluate(shown), 2)
        page.click("select /ping", "checkbox")
        self.assertEqual(page.evaluate(shown), 1)
        page.press(" ")
        self.assertEqual(page.evaluate(shown), 2)

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
        path = self.folder / "page.html"
        text = self.path.read_text(encoding="utf-8")
        head, _, rest = text.partition('id="document">')
        document, _, tail = rest.partition("</script>")
        document = json.loads(document)
        for cell in document["cells"]:
            for window in cell["windows"]:
                if not cell["heavy"]:
                    each = int(window["duration_s"] * 1e6 / 9000)
                    window["points"] = [number for i in range(9000) for number in (each, 300 + (i * 7919) % 5000)]
        path.write_text(head + 'id="document">' + json.dumps(document).replace("<", "\\u003c") + "</script>" + tail)
        page = self.open(path)
        self.charts(page)
        self.assertEqual(page.complaints(), [])
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
