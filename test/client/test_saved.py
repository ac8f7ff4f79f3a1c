"""report and diff: saved results are read back whole, added up by counts, and told apart."""

import copy
import json
import pathlib
import time
import unittest

import schema
import support
from quiet import on_a_machine_that_runs


def slow_reply(handler, _request):
    time.sleep(0.4)  # more than a busy machine takes for a reply
    return support.reply(handler)


def rows(table):
    """The cells of a Markdown table's rows, without the ruler."""
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


class SavedTest(support.ClientTest):
    def setUp(self):
        super().setUp()
        self.server = support.FakeServer(support.only_posts(lambda handler, _: support.reply(handler)))
        self.server.__enter__()
        self.addCleanup(self.server.__exit__, None, None, None)

    def measure(self, name, *arguments, classes=("--class=a:size=1KiB,rate=100", "--class=b:size=2KiB,rate=20")):
        """Runs `load`; returns the path of its JSON."""
        path = self.folder / name
        done, _ = self.run_that_sends(
            path, "load", "--base-url", self.server.url, "--quiet", "--rounds=3", "--duration=900ms", *classes, *arguments
        )  # fmt: skip
        self.assertIn(done.returncode, (0, 98), done.stderr)
        self.answer = done.stdout
        return path

    def report(self, *arguments, codes=(0, 98)):
        done = support.looplag("report", *map(str, arguments))
        self.assertIn(done.returncode, codes, done.stderr)
        return done

    def test_one_result_is_rendered_as_it_was(self):
        path = self.measure("a.json")
        self.assertEqual(self.report(path).stdout, self.answer)
        again = self.folder / "again.json"
        self.report(path, "-o", again)
        before, after = json.loads(path.read_text()), json.loads(again.read_text())
        schema.check_result(after)
        self.assertEqual(before["cells"], after["cells"])
        for key in ("started", "command", "machine", "duration_s", "rounds"):
            self.assertEqual(before[key], after[key])

    @on_a_machine_that_runs
    def test_the_details_of_a_comparison_are_printed_again(self):
        """With prediction, stalls, exhibit and workers, which rest on requests that are not saved."""
        path = self.folder / "compare.json"
        done = support.looplag(
            "compare", "--modes=select", "--system=pool2:--mode=pool --workers=2", "--endpoints=/ping", "--duration=3",
            "--rounds=3", "--large-size=2", "--large-interval=0.2", "--exhibit", "--top-stalls=3", "--details", "--quiet",
            "-o", str(path),
        )  # fmt: skip
        self.assertIn(done.returncode, support.DONE, done.stderr)
        for words in ("a large request holds the loop for", "behind large-", "shared theirs with a large one",
                      "a closed loop with a pause beside it", "connections of each worker"):  # fmt: skip
            self.assertIn(words, support.unbroken(done.stdout))
        self.assertEqual(self.report(path, "--details").stdout, done.stdout)
        again = self.folder / "again.json"
        self.report(path, "-o", again)
        before, after = json.loads(path.read_text()), json.loads(again.read_text())
        schema.check_result(after)
        self.assertEqual(before["cells"], after["cells"])
        other = self.folder / "other.json"
        other.write_text(json.dumps(support.another_run(before)))
        merged = json.loads(self.report(path, other, "--format=json").stdout)
        self.assertIsNone(merged["cells"][0]["prediction"])  # it was of one run

    def test_times_are_read_back_to_the_nanosecond(self):
        """Else a figure of a table is rounded twice, and may be told differently."""
        path = self.measure("a.json")
        document = json.loads(path.read_text())
        document["client"] = {"cpu_seconds": 1.234567891, "cpu_percent_of_one_core": 12.3456789}
        document["cells"][0]["client_cpu_seconds"] = 0.123456789
        document["cells"][0]["windows"][0].update(start_s=0.000000123, duration_s=0.299999877)
        path.write_text(json.dumps(document))
        again = json.loads(self.report(path, "--format=json").stdout)
        self.assertEqual(again["cells"], document["cells"])
        self.assertEqual(again["client"]["cpu_seconds"], 1.234567891)
        self.assertAlmostEqual(again["client"]["cpu_percent_of_one_core"], 12.3456789, 6)

    def test_a_saved_result_does_not_speak_to_the_terminal(self):
        """It may be somebody else's; a label of another language is shown as it is."""
        path = self.measure("a.json", classes=("--class=a:size=1KiB,rate=100",))
        evil = "J\u00f6rg\x1b[2J\r\n\x9b1m"
        document = json.loads(path.read_text())
        (cell,) = document["cells"]
        cell.update(mode=evil, endpoint="/" + evil)
        cell["class"] = evil
        cell["first_errors"] = [{"kind": "http_5xx", "status": 503, "words": evil, "body": evil}]
        document["machine"].update(dict.fromkeys(("cpu", "kernel", "os", "libcurl"), evil))
        path.write_text(json.dumps(document))
        other = self.folder / "other.json"
        other.write_text(json.dumps(support.another_run(document)))
        for words in (("report", path, "--details"), ("report", path, "--format=markdown"), ("diff", path, other)):
            with self.subTest(words=words):
                done = support.looplag(*map(str, words))
                self.assertIn(done.returncode, support.DONE, done.stderr)
                self.assertIn("J\u00f6rg?[2J????1m", done.stdout)
                told = {mark for mark in done.stdout if ord(mark) < 0x20 or 0x7F <= ord(mark) < 0xA0}
                self.assertEqual(told, {"\n"})

    def test_results_are_added_up_by_counts(self):
        paths = [self.measure("a.json"), self.measure("b.json")]
        merged = self.folder / "merged.json"
        self.report(*paths, "-o", merged)
        parts = [json.loads(path.read_text())["cells"] for path in paths]
        for first, second, both in zip(*parts, json.loads(merged.read_text())["cells"]):
            for key in ("planned", "sent", "ok", "bytes_sent"):
                self.assertEqual(both[key], first[key] + second[key])
            exact = [cell["exact_ns"]["response"] for cell in (first, second, both)]
            self.assertEqual(exact[2]["sum"], exact[0]["sum"] + exact[1]["sum"])
            self.assertEqual(exact[2]["max"], max(exact[0]["max"], exact[1]["max"]))
            self.assertEqual(exact[2]["min"], min(exact[0]["min"], exact[1]["min"]))
            self.assertEqual([window["round"] for window in both["windows"]], [0, 1, 2, 3, 4, 5])
            if both["class"] == "a":
                for figure in ("p50", "mean"):
                    low, high = sorted(cell["response_ms"][figure] for cell in (first, second))
                    self.assertLessEqual(low, both["response_ms"][figure])
                    self.assertLessEqual(both["response_ms"][figure], high)

    def test_nothing_is_counted_twice(self):
        path = self.measure("a.json")
        other = self.measure("b.json")
        (self.folder / "link.json").symlink_to(path)
        (self.folder / "hard.json").hardlink_to(path)
        for name in ("a.json", "link.json", "hard.json"):
            with self.subTest(name=name):
                done = self.report(path, other, self.folder / name, codes=(2,))
                self.assertEqual(done.stdout, "")
                self.assert_one_line(done.stderr, name, "are one file")
        copied, merged = self.folder / "copy.json", self.folder / "merged.json"
        self.report(path, "-o", copied)
        self.report(other, path, "-o", merged)
        for files in ((path, copied), (copied, merged), (merged, copied), (merged, other)):
            with self.subTest(files=files):
                done = self.report(*files, codes=(2,))
                self.assert_one_line(done.stderr, str(files[-1]), "would count twice")

    def test_shards_that_began_together_are_added(self):
        """Clients of one kind of machine, started by one command at one time."""
        path = self.measure("a.json", "--rounds=1")
        document = json.loads(path.read_text())
        for changed in (support.another_run(document), support.another_run(document, -1)):
            shard = self.folder / "shard.json"
            shard.write_text(json.dumps(changed))
            merged = json.loads(self.report(path, shard, "--format=json").stdout)
            self.assertEqual(merged["cells"][0]["ok"], 2 * document["cells"][0]["ok"])

    def test_results_without_a_good_reply_are_added(self):
        """They have no times that could be the same by more than chance."""
        url, holder = support.refused_url()
        paths = [self.folder / name for name in ("a.json", "b.json")]
        with holder:
            for path in paths:
                self.run_that_sends(path, "load", "--base-url", url, "-q", "--duration=100ms",
                                    "--class=a:size=1KiB,rate=50", "--no-try")  # fmt: skip
        done = self.report(*paths, "--format=json", codes=(0, 1, 98))
        sent = sum(json.loads(path.read_text())["cells"][0]["sent"] for path in paths)
        self.assertEqual(json.loads(done.stdout)["cells"][0]["errors"], {"connect": sent})
        self.assertGreater(sent, 0)

    def test_what_is_missing_is_told_with_its_file(self):
        """One of three ended early, one is not there; read back, the merged result says the same."""
        closed = "--class=a:size=1KiB,interval=10ms,arrival=closed"  # leaves none unsent that would be missing, too
        paths = [self.measure("a.json", classes=(closed,)), self.folder / "b.json", self.folder / "c.json"]
        document = support.another_run(json.loads(paths[0].read_text()))
        document["duration_s"] *= 2
        paths[1].write_text(json.dumps(document))
        done = self.report(*paths, codes=(1,))
        self.assert_one_line(done.stderr, "c.json: No such file")
        self.assertEqual(done.stdout, "")
        merged = self.folder / "merged.json"
        done = self.report("--partial", *paths, "-o", merged, codes=(1,))
        told = support.unbroken(done.stdout)
        self.assertRegex(told, r"b\.json: ended early, 0\.9 of 1\.8 s were measured, until \d\d:\d\d:\d\d UTC\.")
        self.assertIn("c.json: missing (No such file or directory).", told)
        self.assertNotIn("a.json: ", told)
        again = json.loads(merged.read_text())
        schema.check_result(again)
        self.assertEqual([pathlib.Path(part["file"]).name for part in again["parts"]], ["a.json", "b.json", "c.json"])
        self.assertEqual(support.unbroken(self.report(merged).stdout), told)
        self.assertEqual(json.loads(self.report(merged, "--format=json").stdout)["parts"], again["parts"])
        self.assertIn("What it was merged from", self.report(merged, "--details").stdout)
        done = self.report("--partial", paths[2], codes=(1,))
        self.assertEqual(done.stdout, "")

    def test_objectives_are_judged(self):
        path = self.measure("a.json")
        done = self.report(path, "--slo=a:p50<10s", codes=(0, 98))
        self.assertIn("a:p50<10s", done.stdout)
        self.report(path, "--slo=a:p50<1us", codes=(99, 98))
        done = self.report(path, "--slo=none:p50<1us", codes=(2,))
        self.assert_one_line(done.stderr, "there is no class none")

    def test_what_does_not_fit_is_refused(self):
        path = self.measure("a.json")
        document = json.loads(path.read_text())
        for change in ({"size_bytes": 7}, {"interval_ms": 7}, {"arrival": "closed"}):
            with self.subTest(change):
                other = self.folder / "other.json"
                changed = copy.deepcopy(document)
                changed["cells"][0].update(change)
                other.write_text(json.dumps(changed))
                done = self.report(path, other, codes=(1,))
                self.assert_one_line(done.stderr, "do not fit together", "class a")

    def test_broken_files_are_told(self):
        broken = {
            "": "it is empty",
            "no": "is no JSON",
            "[]": "no result of looplag's",
            "{}": "no result of looplag's",
            '{"schema_version": 1}': "started is missing",
            '{"schema_version": 2}': "schema_version is 2",
        }
        for text, told in broken.items():
            with self.subTest(text=text[:40]):
                file = self.folder / "broken.json"
                file.write_text(text)
                done = self.report(file, codes=(1,))
                self.assert_one_line(done.stderr, "broken.json", told)
        done = self.report(self.folder / "none.json", codes=(1,))
        self.assert_one_line(done.stderr, "none.json: No such file")
        done = self.report(self.folder, codes=(1,))
        self.assert_one_line(done.stderr, f"cannot read {self.folder}: Is a directory")

    def same_rounds(self, path, pick):
        """Makes all rounds the one whose mean is picked, so that the machine's unrest does not matter.

        Of those with most replies: one in which few were sent tells no percentile.
        """
        document = json.loads(path.read_text())
        for cell in document["cells"]:
            most = max(window["ok"] for window in cell["windows"])
            full = [window for window in cell["windows"] if window["ok"] == most]
            window = pick(full, key=lambda window: window["response_ms"]["mean"])
            cell["windows"] = [{**window, "round": round_} for round_ in range(len(cell["windows"]))]
        path.write_text(json.dumps(document))

    def test_diff_tells_a_difference_and_none(self):
        """The same rounds are the same; those of a server that waits 0.4 s are different."""
        path = self.measure("a.json", "--rounds=5")
        self.same_rounds(path, min)
        same = support.looplag("diff", "--format=markdown", str(path), str(path), "--margin=500%")
        self.assertEqual(same.returncode, 0, same.stderr)
        verdicts = {(row[0], row[3]): row[8] for row in rows(same.stdout)[1:]}
        self.assertEqual(verdicts[("a", "50")], "same")
        self.assertNotIn("different", {*verdicts.values()})

        with support.FakeServer(support.only_posts(slow_reply)) as delayed:
            other = self.measure("slow.json", "--rounds=5", f"--base-url={delayed.url}")
        self.same_rounds(other, max)
        done = support.looplag("diff", "--format=markdown", str(path), str(other))
        row = rows(done.stdout)[1]
        self.assertEqual((row[0], row[3], row[8]), ("a", "50", "different"))
        self.assertGreater(float(row[6]), 3)
        self.assertEqual(done.returncode, 0)  # a difference is no failure, unless it is asked for
        for first, second, code in ((path, path, 0), (path, other, 97)):
            done = support.looplag("diff", "--format=markdown", str(first), str(second), "--exit-code", "--margin=50%")
            self.assertEqual(done.returncode, code, done.stdout)

    def test_diff_of_few_rounds_cannot_tell(self):
        for rounds in (1, 4):
            paths = [str(self.measure(name, f"--rounds={rounds}")) for name in ("a.json", "b.json")]
            done = support.looplag("diff", "--format=markdown", "--exit-code", *paths)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual({row[8] for row in rows(done.stdout)[1:]}, {"can't tell"})
            self.assertEqual({row[7] for row in rows(done.stdout)[1:]}, {"-"})
            self.assertIn("fewer than 5 rounds a side: measure with --rounds=6", done.stdout)

    def test_diff_leaves_out_a_round_that_was_cut_short(self):
        """The twentieth of a window before an interrupt, in which all were slow."""
        path = self.measure("a.json", "--rounds=6", "--duration=1.8")
        self.same_rounds(path, min)
        with support.FakeServer(support.only_posts(slow_reply)) as delayed:
            slow = self.measure("slow.json", f"--base-url={delayed.url}")
        document = json.loads(path.read_text())
        for cell, other in zip(document["cells"], json.loads(slow.read_text())["cells"]):
            duration = cell["windows"][5]["duration_s"]
            cell["windows"][5] = {**other["windows"][0], "round": 5, "duration_s": duration / 20}
        cut = self.folder / "cut.json"
        cut.write_text(json.dumps(document))
        done = support.looplag("diff", "--format=markdown", str(path), str(cut))
        self.assertEqual({row[6] for row in rows(done.stdout)[1:]}, {"1.00"}, done.stdout)

    def test_diff_says_whose_client_was_late(self):
        """Where requests are told to have been sent as late as they were answered, the client was."""
        with support.FakeServer(support.only_posts(slow_reply)) as delayed:
            path = self.measure("a.json", f"--base-url={delayed.url}")
        document = json.loads(path.read_text())
        was_late = not document["trustworthy"]
        for cell in document["cells"]:
            for part in (cell, *cell["windows"]):
                for key in ("histograms", "exact_ns"):
                    part[key]["send_lag"] = part[key]["response"]
        late = self.folder / "late.json"
        late.write_text(json.dumps(document))
        for form in ("text", "markdown"):
            for pair, sides in (((late, path), "AB"), ((path, late), "BA")):
                done = support.looplag("diff", f"--format={form}", *map(str, pair))
                self.assertEqual(done.returncode, 0, done.stderr)
                told = [f"{side}: Not trustworthy: the client itself was late in " in done.stdout for side in sides]
                self.assertEqual(told, [True, was_late], done.stdout)

    def test_diff_refuses_what_was_measured_in_another_way(self):
        """Windows of another length, classes of another body, rate or arrival: another load."""
        path = self.measure("a.json")
        changes = {
            "in windows of 0.3 s in one and of 0.45 s in the other":
                lambda cell: [window.update(duration_s=0.45) for window in cell["windows"]],
            "class a has another body": lambda cell: cell.update(size_bytes=cell["size_bytes"] + 1),
            "class a has another interval": lambda cell: cell.update(interval_ms=20),
            "class a has another arrival": lambda cell: cell.update(arrival="poisson"),
        }  # fmt: skip
        for words, change in changes.items():
            with self.subTest(words=words):
                document = json.loads(path.read_text())
                change(document["cells"][0])
                other = self.folder / "other.json"
                other.write_text(json.dumps(document))
                for pair in ((path, other), (other, path)):
                    done = support.looplag("diff", "--format=markdown", *map(str, pair))
                    self.assertEqual((done.returncode, done.stdout), (1, ""))
                    self.assert_one_line(done.stderr, "cannot compare", "class a")
                done = support.looplag("diff", "--format=markdown", str(path), str(other))
                self.assert_one_line(done.stderr, words)

    def test_diff_refuses_another_mix_of_classes(self):
        path = self.measure("a.json")
        document = json.loads(path.read_text())
        del document["cells"][1]
        other = self.folder / "other.json"
        other.write_text(json.dumps(document))
        for pair in ((path, other), (other, path)):
            done = support.looplag("diff", "--format=markdown", *map(str, pair))
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assert_one_line(done.stderr, "only one of both has a class b")

    def test_diff_needs_a_class_in_common(self):
        path = self.measure("a.json")
        document = json.loads(path.read_text())
        for cell in document["cells"]:
            cell["class"] = "other-" + cell["class"]
        other = self.folder / "other.json"
        other.write_text(json.dumps(document))
        done = support.looplag("diff", "--format=markdown", str(path), str(other))
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, "no class in common")


if __name__ == "__main__":
    unittest.main()
