"""--html: one page that holds everything, asks nobody for anything, and shows what comes from outside as text."""

import base64
import hashlib
import html
import html.parser
import json
import os
import pathlib
import re
import tempfile
import unittest

import support

# What would end or begin something in HTML, in a script or in JSON.
PLANTED = "</script><script>document.title='owned'</script><!--<img src=x onerror=alert(1)>&\"'</pre>"
LABEL = "</script><b>x&amp;"
REFERENCES = {"src", "srcset", "href", "action", "formaction", "data", "poster", "background", "ping", "manifest", "style"}
UTF8 = {**os.environ, "LC_ALL": "C.UTF-8"}


class Reader(html.parser.HTMLParser):
    """Elements in order with their attributes, and the text of those that hold only text."""

    def __init__(self, path):
        super().__init__()
        self.source = path.read_text(encoding="utf-8")
        self.elements = []
        self.texts = {}
        self.open = []
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self.open.append(f"{tag}#{dict(attributes).get('id', '')}")

    def handle_endtag(self, tag):
        while self.open and self.open.pop().split("#")[0] != tag:
            pass

    def handle_data(self, data):
        if self.open:
            self.texts[self.open[-1]] = self.texts.get(self.open[-1], "") + data

    @property
    def document(self):
        return json.loads(self.texts["script#document"])

    @property
    def answer(self):
        """Its paragraphs and lines in columns, without the tags."""
        region = self.source.partition('aria-label="The answer, as the terminal shows it">')[2].partition("</div>")[0]
        return html.unescape(re.sub("</?(?:p|pre)>", "", region))

    @property
    def policy(self):
        metas = [attributes for tag, attributes in self.elements if tag == "meta"]
        found = [meta["content"] for meta in metas if meta.get("http-equiv") == "Content-Security-Policy"]
        assert len(found) == 1, found
        return dict(part.strip().split(" ", 1) for part in found[0].split(";"))


def allowed(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


class HtmlTest(support.ClientTest):
    def page(self, *arguments, codes=support.DONE):
        """Runs a command with --html; the page and the finished process."""
        path = self.folder / "page.html"
        done = support.looplag(*map(str, arguments), "--html", str(path), env=UTF8)
        self.assertIn(done.returncode, codes, done.stderr)
        return Reader(path), done

    @classmethod
    def setUpClass(cls):
        """One comparison of a server that fails sometimes, and says so with markup; its label is markup, too."""
        super().setUpClass()
        cls.kept = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.kept.cleanup)
        cls.saved = pathlib.Path(cls.kept.name, "saved.json")
        path = pathlib.Path(cls.kept.name, "page.html")
        replies = iter(range(1 << 30))
        answer = lambda handler, _: support.reply(
            handler, "500 <b>No" if next(replies) % 7 == 0 else "200 OK", PLANTED.encode()
        )
        with support.FakeServer(support.only_posts(answer)) as server:
            cls.planted = support.looplag(
                "compare", f"--target={LABEL}:{server.url}", "--endpoints=/a?q='x", "--quiet", "--no-try", "--duration=600ms",
                "--rounds=3", "--class=a:size=1KiB,rate=100", "--class=large:size=1KiB,rate=20", "-o", str(cls.saved),
                "--html", str(path), env=UTF8,
            )  # fmt: skip
        assert cls.planted.returncode in support.DONE, cls.planted.stderr
        cls.first = Reader(path)

    def test_it_asks_nobody_for_anything(self):
        page = self.first
        for tag, attributes in page.elements:
            self.assertNotIn(tag, ("link", "base", "iframe", "object", "embed", "form", "img"))
            for name in REFERENCES & attributes.keys():
                self.assertRegex(attributes[name], r"^#\w+$", (tag, name))
            self.assertFalse([name for name in attributes if name.startswith("on")])
        self.assertNotRegex(page.texts["style#"], r"url\(|@import|@font-face")
        ours = page.texts["script#"].rpartition("(function () {\n'use strict';\n")[2]
        self.assertIn("stripsOf", ours)
        self.assertNotRegex(ours, r"https?:|\bfetch\(|XMLHttpRequest|WebSocket|innerHTML|sendBeacon|\bimport\(|\beval\(")
        self.assertNotIn("sourceMappingURL", page.source)

    def test_its_policy_allows_what_is_in_it_and_nothing_else(self):
        page = self.first
        self.assertEqual(
            page.policy,
            {
                "default-src": "'none'", "base-uri": "'none'", "form-action": "'none'",
                "script-src": allowed(page.texts["script#"]), "style-src": allowed(page.texts["style#"]),
            },
        )  # fmt: skip
        tags = [tag for tag, attributes in page.elements]
        self.assertLess(page.source.index("Content-Security-Policy"), page.source.index("<style"))
        self.assertEqual((tags.count("script"), tags.count("style")), (2, 1))

    def test_what_comes_from_outside_is_text(self):
        page, done = self.first, self.planted
        cells = page.document["cells"]
        self.assertIn(LABEL, {cell["mode"] for cell in cells})
        bodies = [error["body"] for cell in cells for error in cell["first_errors"]]
        self.assertTrue(any("</script><script>" in body for body in bodies), bodies)
        self.assertEqual(page.answer.split(), done.stdout.split())
        self.assertIn("</script>", page.answer)
        before_script = page.source.partition('<script type="application/json"')[2].partition("</script>")[0]
        self.assertNotIn("<", before_script)

    def test_a_saved_result_gives_the_same_page(self):
        page = self.first
        again, done = self.page("report", self.saved)
        self.assertEqual(again.answer.split(), done.stdout.split())
        self.assertEqual(again.answer, page.answer)
        self.assertEqual(again.document, page.document)

    def test_sentences_are_whole_and_columns_stay(self):
        """What is read on a narrow screen is broken there, and not where a terminal of 80 columns breaks it."""
        columns = [line for line in self.planted.stdout.splitlines() if "  " in line]
        self.assertEqual(self.first.texts["pre#"].splitlines(), columns)
        paragraphs = re.findall("<p>(.*)</p>", self.first.source.partition("</div>")[0])
        self.assertGreater(max(map(len, paragraphs)), 80)

    def test_versions_are_told(self):
        version = self.first.document["tool_version"]
        self.assertRegex(self.first.document["machine"]["libcurl"], r"^\d+\.\d+")
        page, _ = self.page("compare", "--server", support.LOOPLAGD, "--modes=select", "--endpoints=/ping", "--duration=600ms", "--quiet",
                            "--rounds=1", "--class=a:size=1KiB,rate=100", "--class=large:size=1KiB,rate=20")  # fmt: skip
        self.assertEqual({cell["server"]["version"] for cell in page.document["cells"]}, {version})

    def test_every_request_is_a_point(self):
        page = self.first
        for cell in page.document["cells"]:
            for window in cell["windows"]:
                took = window["points"][1::2]
                if not cell["heavy"]:
                    self.assertEqual(len(took), window["planned"])
                    self.assertEqual(sum(value >= 0 for value in took), window["ok"])
                self.assertFalse(window["thinned"])
                longest = window["response_ms"]["max"]
                if longest is not None and not cell["heavy"]:
                    self.assertAlmostEqual(max(value for value in took) / 1000, longest, delta=0.002)

    def test_the_named_percentiles_are_those_of_the_result(self):
        """Not the next level of the curve: few samples tell no p99, and lost requests only what it is at least."""
        told = 0
        for cell in self.first.document["cells"]:
            for stats, levels in ((cell, cell["levels"]), (cell["baseline"], cell["levels_alone"])):
                figures = stats["response_ms"] if stats else {}
                for key in (each for each in figures if each[:1] == "p"):
                    self.assertEqual(levels[key], figures[key], (cell["class"], key))
                    told += figures[key] is not None
                if stats:
                    self.assertIsNone(levels["p99.9"])
                    self.assertLess(stats["planned"], 1000)
                self.assertIsNone(levels["p99.99"])
        self.assertGreater(told, 0)

    def test_a_saved_result_without_requests_has_a_page(self):
        """As earlier versions saved it."""
        saved = self.folder / "saved.json"
        document = json.loads(self.saved.read_text())
        for cell in document["cells"]:
            for window in cell["windows"]:
                del window["requests"]
        saved.write_text(json.dumps(document))
        page, _ = self.page("report", saved)
        self.assertEqual({len(window["points"]) for cell in page.document["cells"] for window in cell["windows"]}, {0})

    def test_it_is_small(self):
        """A default comparison has 18,000 small requests in 48 windows; its page is to be below 3 MB."""
        page = self.first
        points = [json.dumps(window["points"], separators=(",", ":"))
                  for cell in page.document["cells"] for window in cell["windows"]]  # fmt: skip
        count = sum(text.count(",") + 1 for text in points) / 2
        each = sum(map(len, points)) / count
        rest = len(page.source) - sum(map(len, points))
        print(f"{each:.1f} bytes a request, {rest / 1000:.0f} kB beside them")
        self.assertLess(each * 18000 + rest + 48 * 2000, 1e6)

    def test_a_sweep_and_a_diagnosis_have_pages(self):
        with support.FakeServer(support.only_posts(lambda handler, _: support.reply(handler))) as server:
            sweep, swept = self.page(
                "sweep", f"--target=a:{server.url}", "--sizes=2KB,4KB", "--duration=600ms", "--large-interval=0.05", "--quiet"
            )  # fmt: skip
            diagnosis, told = self.page(
                "diagnose", server.url, "--duration=2", "--most=1", "--large-size=1KB", "--quiet",
                codes=(0, 1, 98),
            )  # fmt: skip
        self.assertEqual([step["value"] for step in sweep.document["steps"]], ["2KB", "4KB"])
        self.assertEqual([step["amount"] for step in sweep.document["steps"]], [2000, 4000])
        self.assertEqual(sweep.answer.split(), swept.stdout.split())
        self.assertIn("verdict", diagnosis.document)
        self.assertEqual(diagnosis.answer.split(), told.stdout.split())

    def test_where_it_cannot_be_written(self):
        run = ("load", "--base-url=http://127.0.0.1:9", "--quiet")
        done = support.looplag(*run, "--html", str(self.folder / "none" / "page.html"))
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, "cannot open", "page.html for the page")
        for arguments, words in (
            (["--html=-"], "takes the name of a file"),
            (["--html="], "expected a text"),
            (["--html=a.html", "-o", "a.html"], "name one file"),
        ):
            done = support.looplag(*run, *arguments, cwd=self.folder)
            self.assertEqual(done.returncode, 2, arguments)
            self.assert_one_line(done.stderr, words)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_nothing_measured_leaves_no_page(self):
        url, holder = support.refused_url()
        with holder:
            done = support.looplag(
                "load", "--base-url", url, "--quiet", "--duration=200ms", "--html", str(self.folder / "page.html")
            )  # fmt: skip
        self.assertEqual(done.returncode, 1)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_full_disk_is_told(self):
        done = support.looplag("report", "--html=/dev/full", str(self.saved))
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, "cannot write the page to /dev/full")
        self.assertIn("alone", done.stdout)


if __name__ == "__main__":
    unittest.main()
