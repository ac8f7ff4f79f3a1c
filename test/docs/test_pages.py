"""README and docs hold together: links lead somewhere, files that are named exist."""

import json
import re
import unittest

import pages

# Folders whose files the docs name; of `build` nothing is in the source.
FOLDERS = ("docs", "contrib", "test", "bench", "src", "client", "subprojects", ".ci")
# What stands for something of the reader's.
PLACEHOLDER = re.compile(r"NAME|MODE|\.\.\.|[{}$<>]")


class Links(unittest.TestCase):
    def test_each_leads_to_a_file_and_a_heading(self):
        count = 0
        for path in pages.pages():
            for target in pages.Page(path).links():
                count += 1
                with self.subTest(page=pages.name_of(path), link=target):
                    self.check(path, target)
        self.assertGreater(count, 20)

    def check(self, path, target):
        if re.match(r"[a-z]+:", target):
            self.assertRegex(target, r"^https://[\w.-]+\.[a-z]+(/\S*)?$")
            return
        name, _, anchor = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        self.assertTrue(there.is_relative_to(pages.ROOT) and there.exists(), "there is no such file")
        if anchor:
            self.assertIn(anchor, pages.Page(there).anchors())

    def test_headings_become_anchors(self):
        page = pages.Page.__new__(pages.Page)
        page.prose = "# The `a`, b: c!\n## Who delayed whom\n## [x](y.md) and so\n## Who delayed whom\n"
        self.assertEqual(page.anchors(), {"the-a-b-c", "who-delayed-whom", "x-and-so", "who-delayed-whom-1"})

    def test_every_page_is_in_the_index(self):
        index = pages.ROOT / "docs" / "index.md"
        listed = {target.partition("#")[0] for target in pages.Page(index).links()}
        self.assertEqual({path.name for path in index.parent.glob("*.md")} - listed, {"index.md"})


class Results(unittest.TestCase):
    def test_members_that_are_told_are_in_the_schema(self):
        """docs/results.md: the first table is of a result, the second of a cell."""
        schema = json.loads((pages.ROOT / "docs" / "result.schema.json").read_text(encoding="utf-8"))
        text = (pages.ROOT / "docs" / "results.md").read_text(encoding="utf-8")
        tables = re.findall(r"\| member[^|]* \|.*\n\|---.*\n((?:\|.*\n)+)", text)
        self.assertEqual(len(tables), 2)
        for table, members in zip(tables, (schema["properties"], schema["$defs"]["cell"]["properties"])):
            for row in table.splitlines():
                for name in re.findall(r"`(\w+)`", row.split("|")[1]):
                    self.assertIn(name, members)


class Figures(unittest.TestCase):
    def test_those_of_the_answers_are_of_runs_that_a_page_shows(self):
        others = " ".join(path.read_text(encoding="utf-8") for path in pages.pages() if path.name != "faq.md")
        told = re.findall(r"\d[\d.]* -> \d[\d.]*", (pages.ROOT / "docs" / "faq.md").read_text(encoding="utf-8"))
        self.assertGreater(len(told), 10)
        for figures in told:
            self.assertIn(figures, others)


class Files(unittest.TestCase):
    def test_those_that_are_named_exist(self):
        """`src/base/error.h`, `test/corpus/*`: in the root, or in src or client, whose files include without it."""
        count = 0
        for path in pages.pages():
            for code in pages.Page(path).inline_code():
                if not re.fullmatch(r"[\w.@*-]+(/[\w.@*-]+)+/?", code) or PLACEHOLDER.search(code):
                    continue
                if code.split("/")[0] not in FOLDERS:
                    continue
                count += 1
                with self.subTest(page=pages.name_of(path), file=code):
                    self.assertTrue(list(pages.ROOT.glob(code.rstrip("/"))), "there is no such file")
        self.assertGreater(count, 20)


if __name__ == "__main__":
    unittest.main()
