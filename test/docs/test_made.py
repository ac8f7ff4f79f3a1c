"""Pictures and blocks of the docs are what `./run docs` makes of the runs that the repository keeps."""

import contextlib
import io
import json
import os
import pathlib
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
import xml.etree.ElementTree

import pages

sys.path.insert(0, str(pages.ROOT / "docs" / "tool"))
import blocks  # noqa: E402
import docs  # noqa: E402
import goodput  # noqa: E402
import measuring  # noqa: E402
import modes  # noqa: E402
import ratios  # noqa: E402
import runs  # noqa: E402
import story  # noqa: E402
import svg  # noqa: E402
import verdict  # noqa: E402

PICTURES = sorted((pages.ROOT / "docs" / "pictures").glob("*.svg"))
KEPT = sorted(runs.FOLDER.glob("*.json"))
BYTES_MOST = 600_000  # of all that is kept and drawn: two dozen comparisons, and as many groups of the benchmark
SVG = "{http://www.w3.org/2000/svg}"

# What no kept run has yet: the run's file, and what of it. Their blocks stay as they are; nothing else may be missing.
NOT_KEPT = set()
# Kept runs in which the client was late, from before such a run was refused; nothing else may be late.
LATE = set()


class Made(unittest.TestCase):
    def test_nothing_differs(self):
        for path, text in docs.made([]):
            with self.subTest(file=pages.name_of(path)):
                self.assertEqual(docs.old(path), text, "./run docs makes another one")

    def test_made_again_it_stays(self):
        for path in pages.pages():
            text = path.read_text(encoding="utf-8")
            once = blocks.fill(text, [])
            self.assertEqual(blocks.fill(once, []), once)

    def test_what_was_edited_by_hand_is_undone(self):
        """Each block that a kept run makes, and those that are made of all."""
        count = 0
        for path in docs.pages().values():
            text = path.read_text(encoding="utf-8")
            missing = []
            blocks.fill(text, missing)
            left = {command for command, _ in missing}

            def spoil(match, left=left):
                begin = match.start(match.re.groups) - match.start()
                return match[0] if match[2] in left else match[0][:begin] + re.sub(r"\d", "7", match[0][begin:])

            spoilt = blocks.OF_ALL.sub(spoil, blocks.BLOCK.sub(spoil, text))
            count += spoilt != text
            self.assertEqual(blocks.fill(spoilt, []), text, path)
        self.assertGreater(count, 8)

    def test_the_check_fails_for_a_difference_and_for_what_is_missing(self):
        page = pages.ROOT / "README.md"
        for text, lacking, wrong in ((docs.old(page), [], False), ("another", [], True), (docs.old(page), [("x", "the run")], True)):

            def made(missing, text=text, lacking=lacking):
                missing += lacking
                return [(page, text)]

            with unittest.mock.patch.object(docs, "made", made), contextlib.redirect_stdout(io.StringIO()), \
                    contextlib.redirect_stderr(io.StringIO()):  # fmt: skip
                self.assertEqual(docs.write(check=True), wrong)

    def test_it_is_small(self):
        self.assertLess(sum(path.stat().st_size for path in PICTURES + KEPT), BYTES_MOST)


class Complete(unittest.TestCase):
    """Nothing on a page comes from nowhere."""

    def test_no_run_is_missing_but_those_that_are_known(self):
        missing = []
        list(docs.made(missing))
        found = {(runs.path_of(command).stem, lacking) for command, lacking in missing}
        self.assertEqual(found - NOT_KEPT, set(), "./run docs --measure PAGE keeps it; or list it in NOT_KEPT")

    def test_what_is_not_kept_is_still_shown_somewhere(self):
        shown = {command for page, path in docs.pages().items() for command in docs.commands_of(page, path)}
        names = {runs.path_of(command).stem for command in shown} | set(blocks.WHOLE)
        self.assertEqual({name for name, _ in NOT_KEPT} - names, set())

    def outside(self):
        """The pages without what stands in blocks."""
        for name, path in docs.pages().items():
            text = path.read_text(encoding="utf-8")
            yield name, blocks.OF_ALL.sub("", blocks.BLOCK.sub("", text))

    def test_every_table_of_figures_stands_in_a_block(self):
        by_hand = {(name, table.splitlines()[0]) for name, text in self.outside()
                   for table in re.findall(r"(?m)(?:^\|.*\n)+", text) if is_of_figures(table)}  # fmt: skip
        self.assertEqual(by_hand, set())

    def test_every_output_stands_in_a_block(self):
        by_hand = {(name, output) for name, text in self.outside()
                   for output in re.findall(r"(?m)^```text output\n(.*)", text)}  # fmt: skip
        self.assertEqual(by_hand, set())

    def test_each_page_says_where_what_it_shows_is_from(self):
        """Of each command, in one of its blocks; those of pictures among them."""
        for page, path in docs.pages().items():
            told = {block.command for block in blocks.blocks_of(path.read_text(encoding="utf-8"))
                    if {"answer", "caption", "origin", "ratios"} & set(block.parts)}  # fmt: skip
            with self.subTest(page=page):
                self.assertEqual(set(docs.commands_of(page, path)) - told, set())

    def test_a_table_of_figures_is_known(self):
        self.assertTrue(is_of_figures("| mode | ms | of |\n|---|---|---|\n| a | 1.5 -> 3 | >= 7 |\n| b | - | 17 |\n"))
        self.assertFalse(is_of_figures("| status | when |\n|---|---|\n| 400 | a control character |\n| 404 | 2 paths |\n| 405 | a |\n"))


def is_of_figures(table):
    """Whether most cells of a table, its first column aside, begin with a number."""
    cells = [cell.strip(" *") for line in table.splitlines()[2:] for cell in line.strip().strip("|").split(" | ")[1:]]
    return sum(bool(re.match(r"(>= |x )?[\d.]+|-$", cell)) for cell in cells) > len(cells) / 2


class Kept(unittest.TestCase):
    def test_each_run_is_shown_and_says_where_it_is_from(self):
        shown = {command for page, path in docs.pages().items() for command in docs.commands_of(page, path)}
        names = {runs.path_of(command).name for command in shown}
        for path in KEPT:
            with self.subTest(run=path.name):
                self.assertIn(path.name, names, "no page shows it")
                text = path.read_text(encoding="utf-8")
                run = json.loads(text)
                self.assertEqual(runs.path_of(run["command"]), path)
                self.assertRegex(run["machine"], r"\d+ cores.*, Linux \d")
                self.assertRegex(run["date"], r"^\d{4}-\d\d-\d\d$")
                self.assertNotRegex(text, r"/(home|work|tmp|root)/")

    def test_the_client_was_on_time(self):
        late = {path.stem for path in KEPT if "client itself was late" in runs.origin(json.loads(path.read_text(encoding="utf-8")))}
        self.assertEqual(late - LATE, set())

    def test_a_machine_that_others_used_is_told(self):
        run = {"machine": "m", "date": "today", "seconds": 3}
        self.assertEqual(runs.origin({**run, "load": "0.40 2.00 3.00"}), "m, today; 3 s.")
        self.assertEqual(runs.origin({**run, "load": "4.25 2.00 3.00"}), "m, today; 3 s; load average before it 4.25 2.00 3.00.")

    def test_commands_are_alike_with_either_program(self):
        self.assertEqual(runs.path_of("./run compare --x=1"), runs.path_of("looplag compare --x=1"))
        long = "looplag compare " + " ".join(f"--system 's{i}:--mode=select'" for i in range(9))
        self.assertLess(len(runs.path_of(long).name), 80)
        self.assertNotEqual(runs.path_of(long), runs.path_of(long + " --peers"))

    def test_what_is_written_is_read_and_has_a_line_a_row(self):
        run = {"command": "./run bench --only x", "rows": [{"what": "a \\n[ b", "ours_each": [1, 2]}, {}], "answer": ["x", ""], "none": []}
        with tempfile.TemporaryDirectory() as folder, unittest.mock.patch.object(runs, "FOLDER", pathlib.Path(folder) / "runs"):
            self.assertIsNone(runs.read(run["command"]))
            runs.write(run["command"], run)
            self.assertEqual(runs.read(run["command"]), run)
            self.assertEqual(len(runs.path_of(run["command"]).read_text().splitlines()), 12)


class Measuring(unittest.TestCase):
    """Who measures a command."""

    def words_of(self, command):
        """What is called, in its order, without the interpreter."""
        with unittest.mock.patch.object(subprocess, "run") as run:
            run.return_value.returncode = 0
            measuring.measure(command, pathlib.Path("docs/x.md"), pathlib.Path("/b"), (None, ()))
        return [[str(word).replace(f"{runs.ROOT}/", "") for word in call[0][0] if word != sys.executable] for call in run.call_args_list]

    def test_the_benchmark_keeps_its_own_runs(self):
        self.assertEqual(self.words_of("./run bench --only small"),
                         [["bench/bench.py", "--build", "/b", "--only", "small", "--write", "docs/x.md"]])  # fmt: skip

    def test_faults_are_what_the_suite_said(self):
        self.assertEqual(self.words_of("./run test"), [
            ["run", "test"], ["test/faults.py", "/b/meson-logs/testlog.json", "--write", "docs/x.md"]])  # fmt: skip

    def test_a_reply_of_curl_is_kept(self):
        page = pages.ROOT / "docs" / "x.md"
        with unittest.mock.patch.object(story, "told_until") as above, unittest.mock.patch.object(runs, "write") as write, \
                unittest.mock.patch.object(subprocess, "run") as run:  # fmt: skip
            above.return_value.__enter__.return_value = pathlib.Path("/f")
            run.return_value.returncode, run.return_value.stdout = 0, "HTTP/1.1 200 OK\n\n{}"
            measuring.measure("curl -si http://127.0.0.1:8000/x -d '{\"a\": 1}'", page, pathlib.Path("/b"), (None, ()))
        self.assertEqual(run.call_args[0][0], ["curl", "-si", "http://127.0.0.1:8000/x", "-d", '{"a": 1}'])
        self.assertEqual(write.call_args[0][1]["answer"], ["HTTP/1.1 200 OK", "", "{}"])

    def test_what_is_not_trustworthy_is_not_kept(self):
        with unittest.mock.patch.object(subprocess, "run") as run, unittest.mock.patch.object(runs, "write") as write, \
                unittest.mock.patch.object(story, "told_until"):  # fmt: skip
            run.return_value.returncode = 98
            self.assertRaisesRegex(story.Failed, "the client itself was late", measuring.measure, "./run compare", "p",
                                   pathlib.Path("/b"), (None, ()))  # fmt: skip
        write.assert_not_called()

    def test_pages_and_commands_can_be_chosen(self):
        self.assertEqual([command for command, _ in docs.chosen_commands(["./run compare --duration=20"]).values()],
                         ["./run compare --duration=20"])  # fmt: skip
        self.assertEqual({command for command, _ in docs.chosen_commands(["README.md"]).values()}, {"./run compare", docs.TIME_LINE})
        self.assertGreater(len(docs.chosen_commands([])), 40)
        self.assertRaisesRegex(SystemExit, "nor a command of one: compare", docs.chosen_commands, ["compare"])

    def test_what_fails_is_told(self):
        with unittest.mock.patch.object(subprocess, "run") as run:
            run.return_value.returncode = 2
            self.assertRaisesRegex(story.Failed, "bench.py ended with 2", measuring.measure, "./run bench --only x", "p", "b", ())


class Digest(unittest.TestCase):
    """What is kept of a run."""

    def test_the_table_of_an_answer(self):
        answer = "\n".join(runs.read("./run compare")["answer"])
        rows = measuring.table(answer)
        self.assertGreater(len(rows), 2)
        self.assertEqual([row["system"] for row in rows], re.findall(r"(?m)^(\w+ /\w+) ", answer))
        odd = "pool, two lanes /ping     - -> >= 500    612  #####  x 9.1, no interval\n"
        self.assertEqual(list(measuring.table(odd)[0].values()), ["pool, two lanes /ping", "-", ">= 500", "612",
                                                             "x 9.1, no interval"])  # fmt: skip

    def test_a_name_that_the_answer_cuts_is_made_whole(self):
        cut = "fastapi-processpool /..  48.9 -> 35.3     80.4  #  no change shown (0.6 to 8.6)\n"
        systems = ["fastapi-threadpool /ping", "fastapi-processpool /ping"]
        self.assertEqual(measuring.table(cut, systems)[0]["system"], "fastapi-processpool /ping")

    def test_who_was_stuck(self):
        rows = [{"system": "a /ping"}, {"system": "b /ping"}]
        told = "shared theirs with a large one in flight, and 13.1 % were stuck behind it."
        measuring.add_stuck(rows, f"a /ping: 4 workers; 13.7 % of small requests {told}\nb /ping: 1 worker; 99 % {told}\n")
        self.assertEqual(rows, [{"system": "a /ping", "stuck": "13.1 %"}, {"system": "b /ping"}])

    def test_requests_of_a_window(self):
        head = "class,mode,endpoint,window,id,planned_us,sent_us,first_byte_us,end_us,status,error,bytes_sent,bytes_received\n"
        small = "".join(f"small,m,/p,1-with,small-{i},{at},{at},,{end},200,{error},1,1\n" for i, at, end, error in
                        ((2, 4000, 9000, ""), (1, 0, 1500, ""), (3, 8000, "", "timeout")))  # fmt: skip
        large = "large,m,/p,,large-1,,-3000,,2000,200,,1,1\nlarge,m,/p,1-with,large-2,,11000,,40000,200,,1,1\n"
        other = "small,m,/p,1-alone,small-9,90000,90000,,90001,200,,1,1\nsmall,m,/q,1-with,small-1,0,0,,7,200,,1,1\n"
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            file.write(head + small + large + other)
            file.flush()
            (system,) = measuring.requests(file.name, ["m /p"])
        self.assertEqual(system["response_ms"], [1.5, 5.0, None])
        self.assertEqual((system["every_s"], system["seconds"]), (0.004, 0.012))
        self.assertEqual(system["large_s"], [[0, 0.002], [0.011, 0.012]])

    def test_percentiles_end_where_samples_end(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "a.hgrm"
            path.write_text("  Value Percentile TotalCount 1/(1-Percentile)\n\n    0.500 0.500000000000   500   2.00\n"
                            "    2.000 0.990000000000   990   100.00\n    9.000 0.999000000000   999  1000.00\n"
                            "#[Max     =        9.000, Total count    =         1000]\n", encoding="utf-8")  # fmt: skip
            self.assertEqual(measuring.distribution(path), [[50.0, 0.5], [99.0, 2.0]])


class Blocks(unittest.TestCase):
    """What becomes of a block whose run is there, lacks something, or is not there."""

    PAGE = ("<!-- ratios of: ./run bench --only x -->\nas it was\n<!-- end -->\n<!-- goodput of: ./run bench --only x -->\n"
            "as it was\n<!-- end -->\n<!-- screen of: looplag y -->\nas it was\n<!-- end -->\n<!-- versions -->\n<!-- end -->\n")  # fmt: skip
    RUN = {"command": "./run bench --only x", "machine": "m", "when": "today", "commit": "c", "load": "", "pairs": 5, "seconds": 0,
           "rows": [{"what": "a", "ours": "1"}], "doubts": [], "versions": {"cc": "12", "hey": "-"}}  # fmt: skip

    def test_only_what_is_kept_is_made(self):
        missing = []
        with unittest.mock.patch.object(runs, "read", {self.RUN["command"]: self.RUN}.get):
            text = blocks.fill(self.PAGE, missing)
        self.assertEqual(missing, [("./run bench --only x", "goodput"), ("looplag y", "the run")])
        self.assertEqual(text.count("as it was"), 2)
        self.assertIn("m, today, commit c. 5 pairs a row.\n\n| what | ours |", text)
        self.assertIn("| cc | 12 |\n| hey | - |\n", text)

    def test_versions_that_differ_are_all_told(self):
        text = ratios.versions([{"when": "2", "versions": {"cc": "13"}}, {"when": "1", "versions": {"cc": "12"}}])
        self.assertIn("| cc | 12; 13 |", text)


class Goodput(unittest.TestCase):
    CURVES = {"goodput": [{"mode": "select", "max_inflight": limit, "capacity": 100, "points": [[0.5, 50, 20], [2, 90, 200]]}
                          for limit in (16, 1024)]}  # fmt: skip

    def test_the_table(self):
        self.assertEqual(goodput.table(self.CURVES).splitlines()[2:], ["| `select` | 16 | 100 | 50 / 20 | 90 / 200 |",
                                                                     "| `select` | 1024 | 100 | 50 / 20 | 90 / 200 |"])  # fmt: skip

    def test_the_picture_has_two_curves_in_two_charts(self):
        self.assertEqual(str(goodput.picture(self.CURVES)).count('class="curve'), 4 + 2)  # and two in the key


class Story(unittest.TestCase):
    """What has to be there before a page's command can run."""

    PAGE = """
```python app.py
pass
```
```sh setup
touch made
```
```sh background port=8443
serve
```
```sh background
looplagd --port=8000
```
```sh
looplag load --base-url http://127.0.0.1:8000
```
```sh background
looplagd --port=8001
```
```sh needs=x
looplag compare \\
  --target 'a:http://127.0.0.1:8001'
```
"""

    def test_what_stands_above_a_command(self):
        above = story.above("looplag compare --target 'a:http://127.0.0.1:8001'", self.PAGE)
        self.assertEqual([words for words, _ in above], [["setup"], ["background", "port=8443"], ["background"], [], ["background"]])
        self.assertEqual([story.port_of(words, block) for words, block in above if "background" in words], ["8443", "8000", "8001"])
        self.assertEqual(story.above("./run compare", self.PAGE), [])

    def test_a_server_accepts_while_it_is_needed_and_no_longer(self):
        with socket.socket() as held, tempfile.TemporaryDirectory() as folder:
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the kernel gives its port to nobody who does not name it
            held.bind(("127.0.0.1", 0))
            port = held.getsockname()[1]
            block = f"'{sys.executable}' -m http.server --bind 127.0.0.1 {port}\ntrue\n"  # a shell and its child
            with story.server(block, port, folder, os.environ):
                self.assertTrue(story.accepts(port))
            self.assertFalse(story.accepts(port))
            with self.assertRaisesRegex(story.Failed, "does not serve"), story.server("false", port, folder, os.environ):
                self.fail("it was never there")

    def test_files_and_what_is_made_of_them_are_there(self):
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder) / "page.md"
            page.write_text(self.PAGE.replace("touch made", "test -e app.py && touch made"), encoding="utf-8")
            command = "looplag compare --target 'a:http://127.0.0.1:8001'"
            with unittest.mock.patch.object(story, "server") as server, story.told_until(command, page, pathlib.Path("/b")) as place:
                self.assertTrue((place / "made").exists())
            self.assertEqual([call[0][1] for call in server.call_args_list], [8001])


class Pages(unittest.TestCase):
    def test_an_output_is_of_the_command_above_it(self):
        count = 0
        for path in pages.pages():
            text = path.read_text(encoding="utf-8")
            for match in blocks.BLOCK.finditer(text):
                block = blocks.parse(match)
                if "output" not in block.parts:
                    continue
                count += 1
                above = re.findall(r"(?s)```sh[^\n]*\n(.*?)```", text[: match.start()])[-1].replace("\\\n", " ")
                with self.subTest(page=pages.name_of(path), command=block.command):
                    self.assertEqual(shlex.split(above), shlex.split(block.command))
        self.assertGreater(count, 3)

    def test_pictures_are_shown_and_told(self):
        """Each stands in a page, with words for those who don't see it."""
        shown = {}
        for path in pages.pages():
            for words, target in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", path.read_text(encoding="utf-8")):
                shown[(path.parent / target).resolve()] = words
        for path in PICTURES:
            with self.subTest(picture=path.name):
                self.assertGreater(len(shown.get(path, "")), 30)


class Pictures(unittest.TestCase):
    def test_each_is_told_and_has_both_schemes(self):
        self.assertGreater(len(PICTURES), 8)
        for path in PICTURES:
            root = xml.etree.ElementTree.parse(path).getroot()
            with self.subTest(picture=path.name):
                self.assertEqual(root.get("role"), "img")
                names = root.get("aria-labelledby").split()
                told = [element.text for element in root if element.get("id") in names]
                self.assertEqual(len(told), 2)
                self.assertGreater(min(map(len, told)), 8)
                self.assertIn("prefers-color-scheme: dark", root.find(SVG + "style").text)

    def test_nothing_is_out_of_the_picture(self):
        """Places of text and boxes; how wide a text is, nobody knows here, so 7 units a letter are counted."""
        for path in PICTURES:
            root = xml.etree.ElementTree.parse(path).getroot()
            width, height = map(float, root.get("viewBox").split()[2:])
            for element in root.iter(SVG + "text"):
                x, y, wide = float(element.get("x")), float(element.get("y")), 7 * len(element.text)
                anchor = element.get("class", "").split(" ")[-1]
                begin = x - {"end": wide, "middle": wide / 2}.get(anchor, 0)
                with self.subTest(picture=path.name, text=element.text):
                    self.assertGreaterEqual(begin, -10)
                    self.assertLessEqual(begin + wide, width + 10)
                    self.assertTrue(0 < y <= height)
            for element in root.iter(SVG + "rect"):
                x, wide = float(element.get("x")), float(element.get("width"))
                self.assertTrue(x >= 0 and x + wide <= width + 0.2, path.name)

    def test_colours_can_be_read(self):
        """Text has a contrast of 4.5 with the ground, in both schemes."""
        light, dark = svg.STYLE.split("@media")
        for scheme in (light, dark):
            ground = re.search(r"\.ground \{ fill: (#\w+)", scheme)[1]
            for kind in ("text", r"\.quiet"):
                colour = re.search(kind + r" \{[^}]*fill: (#\w+)", scheme)[1]
                self.assertGreaterEqual(contrast(colour, ground), 4.5)


def contrast(one, other):
    """As WCAG 2 counts it."""

    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


class Verdict(unittest.TestCase):
    def ranked(self, *rows):
        keys = ("small_ms", "large_ms", "memory_mb", "cpu_large_ms", "cpu_small_ms")
        return {"ranking": {"systems": [
            {"mode": mode, "endpoint": "/ping",
             **{key: {"value": value, "at_least": key == "small_ms" and value > 1000} for key in keys}}
            for mode, value in rows]}}  # fmt: skip

    def test_rows_are_what_was_measured_and_nothing_else(self):
        text = verdict.table([
            (verdict.ONE, self.ranked(("select", 700.0), ("hybrid", 2.0), ("other", 1.0))),
            (verdict.FOUR, self.ranked(("pool reserve", 1500.0))),
            (verdict.FOUR, {"ranking": None}),
        ])  # fmt: skip
        lines = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in text.splitlines()]
        self.assertEqual([line[0] for line in lines[2:]], [
            "none: one event loop", "threads for large bodies only", "several loops, one kept for small bodies",
        ])  # fmt: skip
        self.assertEqual(lines[2][2:7], ["700", "-", "700", "700", "700 / 700"])
        self.assertEqual(lines[4][2:7], ["-", ">= 1500", "-", "-", "-"])

    def test_commands_are_told_apart_by_their_load(self):
        for command, kind in (("compare --modes=all", verdict.ONE), ("compare --modes=select", None),
                              ("compare --system 'a:--mode=pool --reserve=1'", verdict.ONE),
                              ("compare --modes=all --class large:size=25,conns=4", verdict.FOUR)):  # fmt: skip
            self.assertEqual(verdict.kind_of(command), kind)


class Models(unittest.TestCase):
    """What the diagrams of the modes say, in figures."""

    WAITS = {"mode-select": 6, "mode-stream": 0, "mode-await": 0, "mode-threads": 0, "mode-offload": 0, "mode-hybrid": 0,
             "mode-pool": 0, "mode-blind": 2, "mode-prefork": 0, "mode-fastapi-def": 6}  # fmt: skip

    def test_who_waits(self):
        made = {name: make() for name, _, make in modes.DIAGRAMS}
        self.assertEqual(set(made), set(self.WAITS))
        for name, model in made.items():
            waits = [reply - at for at, reply in model.replies.items()]
            with self.subTest(mode=name):
                self.assertEqual(len(waits), len(modes.SMALL_AT))
                self.assertEqual(sum(wait > 3 * modes.SMALL_TAKES for wait in waits), self.WAITS[name])

    def test_a_lane_does_one_thing_at_a_time(self):
        for name, _, make in modes.DIAGRAMS:
            for lane in range(len(make().lanes)):
                busy = sorted((block.begin, block.end) for block in make().blocks if block.lane == lane)
                for (_, end), (begin, _) in zip(busy, busy[1:]):
                    self.assertLessEqual(end, begin + 1e-9, name)


if __name__ == "__main__":
    unittest.main()
