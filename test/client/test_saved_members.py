"""A saved result that lacks a member, or holds another type or an impossible value, is refused by its path."""

import copy
import json
import pathlib
import re
import tempfile
import unittest

import support

# What earlier versions did not write. A member of a cell stands for the same one of its baseline and its windows.
OPTIONAL = {
    "machine.libcurl": "since pages tell it",
    "machine.lag_p99_ms": "since the machine is judged before the load",
    "warm_up_s": "since load warms up, too",
    "probe": "since --probe",
    "subjects": "since the ranking",
    "subjects[].probe": "since compare --probe",
    "parts": "of what was merged only",
    "subjects[].system": "since --keepalive=on,off",
    "cells[].server.mode": "since --system",
    "cells[].server.version": "since pages tell it",
    "cells[].server.workers": "since X-Worker",
    "cells[].traits": "since systems tell how they serve",
    "cells[].traits.one_loop": "what is not told is not known, as of the next three",
    "cells[].traits.thread_per_connection": "",
    "cells[].traits.incremental": "",
    "cells[].traits.whole_document": "",
    "cells[].audit.threads": "since threads are made ahead of need; the next two belong to it",
    "cells[].statuses": "since errors are counted by status",
    "cells[].first_errors": "since the first of each kind is kept",
    "cells[].resent": "since one thread sends for a class; what stands with it belongs to it",
    "cells[].histograms.machine_lag": "since the machine's own lateness is measured",
    "cells[].histograms.censored": "since requests without a good reply count",
    "cells[].method": "since classes have methods",
    "cells[].histograms.connect": "since a new connection is a stage of its own",
    "cells[].histograms.read_lag": "since one thread sends for a class",
    "cells[].windows[].requests": "since results can be drawn",
    "top_stalls": "since details are printed again; so the next",
    "cells[].prediction": "",
    "cells[].prediction.at_random": "without it nothing of the prediction is read",
    "cells[].stalls": "",
    "cells[].stalls.chance_share": "without it nothing of the stalls is read",
    "cells[].stalls.worst[].large_ms": "",
    "cells[].affinity": "",
    "cells[].affinity.named": "without it nothing of the affinity is read",
    "cells[].closed_loop": "",
    "cells[].closed_loop.histograms": "without them nothing of the exhibit is read",
}

# What is concluded is found again, and not read, but for what rests on single requests. Of the audit the
# threads are measured. The histograms of the exhibit are read as the cell's are.
DERIVED = re.compile(
    r"(?:.*\.)?(?:tool_version|sentences|ranking|connection_cost|trustworthy|slo|(?<!histograms\.)(?<!exact_ns\.)censored|"
    r"(?<!prediction\.)response_ms|service_ms|connect_ms|tls_ms|(?:send|read)_lag_ms|closed_loop\.(?:arrival|errors|(?:histograms|exact_ns)\..*)|"
    r"unexplained_share|interference(?:_\w+)?|"
    r"collateral_ms_per_large(?:_\w+)?|audit\.(?!threads|thread_waits|longest_thread_wait_ms).*|"
    r"workers\[\d*\]\.worker)(?:[.\[].*)?"
)

# Where null is written for what is not known, or was not asked for.
NULLABLE = {
    "command", "probe", "subjects[].probe", "cells[].mode", "cells[].server", "cells[].prediction", "cells[].stalls",
    "cells[].prediction.disagreement", "cells[].stalls.worst[].large", "cells[].stalls.worst[].large_hold_ms",
    "cells[].affinity", "cells[].closed_loop", "parts[].missing", "parts[].from", "parts[].until",
    "parts[].failing_from", "parts[].failing_until", "cells[].first_errors[].status",
}  # fmt: skip



def members(value, path=""):
    """Yields each member's path, its object and its key."""
    if isinstance(value, dict):
        for key, inner in value.items():
            below = f"{path}.{key}" if path else key
            yield below, value, key
            yield from members(inner, below)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from members(inner, f"{path}[{index}]")


def shape(path):
    return re.sub(r"\[\d+\]", "[]", path)


def is_optional(path):
    of_cell = re.sub(r"^(cells\[\])\.(?:baseline|windows\[\]|closed_loop)\.", r"\1.", shape(path))
    return not OPTIONAL.keys().isdisjoint({shape(path), of_cell})


def read_members(documents):
    """The last member of each shape that is read back: document, path, object and key."""
    last = {}
    for document in documents:
        for path, owner, key in members(document):
            if not DERIVED.fullmatch(path):
                last[shape(path)] = (document, path, owner, key)
    return list(last.values())


class SavedMembersTest(support.ClientTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.documents = {"load": cls.load(), "compare": cls.compare()}
        cls.documents["merged"] = cls.merge(cls.documents["load"])

    @classmethod
    def compare(cls):
        """With a baseline, a probe, stalls, the exhibit, and workers in one system."""
        for _ in range(support.ATTEMPTS):
            done = support.looplag(
                "compare", "--modes=select", "--system=pool2:--mode=pool --workers=2", "--quiet", "--format=json",
                "--duration=800ms", "--rounds=2", "--small-size=1KiB", "--large-size=1MB", "--probe=period=100ms",
                "--endpoints=/ping", "--large-interval=0.1", "--exhibit", "--top-stalls=2",
            )  # fmt: skip
            document = json.loads(done.stdout)
            if support.has_sent(document, 2) and any(cell["stalls"] and cell["stalls"]["worst"] for cell in document["cells"]):
                break  # or the machine stood still
        return document

    @classmethod
    def load(cls):
        """With a baseline and a probe, of a server that tells nothing and fails sometimes."""
        replies = iter(range(1 << 30))
        answer = lambda handler, _: support.reply(handler, "500 No" if next(replies) % 5 == 0 else "200 OK")
        with support.FakeServer(support.only_posts(answer)) as server:
            for _ in range(support.ATTEMPTS):
                done = support.looplag(
                    "load", "--base-url", server.url, "--quiet", "--format=json", "--duration=600ms", "--rounds=2",
                    "--baseline", "--no-try", "--probe=period=50ms", "--class=a:size=1KiB,rate=100",
                    "--class=large:size=1KiB,rate=20,endpoint=/ping",
                )  # fmt: skip
                document = json.loads(done.stdout)
                if support.has_sent(document, 5):
                    break  # or the machine stood still
        return document

    @classmethod
    def merge(cls, document):
        """Of two machines: a result, and the same as if another had measured it."""
        with tempfile.TemporaryDirectory() as folder:
            paths = [f"{folder}/one.json", f"{folder}/two.json"]
            for path, one in zip(paths, (document, support.another_run(document))):
                pathlib.Path(path).write_text(json.dumps(one))
            return json.loads(support.looplag("report", "--format=json", *paths).stdout)

    def report(self, document):
        file = self.folder / "changed.json"
        file.write_text(json.dumps(document))
        return support.looplag("report", "--format=json", str(file))

    def assert_refused(self, document, path):
        done = self.report(document)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assert_one_line(done.stderr, "changed.json: ")
        self.assertRegex(done.stderr, r"changed\.json: " + re.escape(path) + r"[ :.\[]")

    def each(self, changes):
        """Checks that each change of each member that is read is refused: `changes` gives them."""
        tried = 0
        for document, path, owner, key in read_members(copy.deepcopy([*self.documents.values()])):
            value = owner[key]
            for other in changes(shape(path), value):
                with self.subTest(path=path, other=other):
                    owner[key] = other
                    self.assert_refused(document, path)
                    tried += 1
            owner[key] = value
        self.assertGreater(tried, 80)

    def test_documents_hold_what_is_to_be_tested(self):
        load = self.documents["load"]
        shapes = {shape(path) for document in self.documents.values() for path, _, _ in members(document)}
        self.assertLessEqual(set(OPTIONAL), shapes)
        self.assertIn("cells[].errors.http_5xx", shapes)
        self.assertIn("cells[].baseline.exact_ns.response.min", shapes)
        self.assertIn("cells[].server.workers[].requests", shapes)
        self.assertIsInstance(load["probe"], dict)

    def test_whole_documents_are_read(self):
        for document in self.documents.values():
            done = self.report(document)
            self.assertIn(done.returncode, (0, 98), done.stderr)

    def test_what_the_first_version_wrote_is_read(self):
        """None of the optional members, all at once."""
        for document in self.documents.values():
            earlier = copy.deepcopy(document)
            for path, owner, key in list(members(earlier)):
                if is_optional(path):
                    owner.pop(key)
            done = self.report(earlier)
            self.assertIn(done.returncode, (0, 98), done.stderr)
            for before, after in zip(document["cells"], json.loads(done.stdout)["cells"]):
                for key in ("mode", "endpoint", "class", "planned", "ok", "errors"):
                    self.assertEqual(before[key], after[key])
                for key in ("min", "mean", "max"):
                    self.assertEqual(before["response_ms"][key], after["response_ms"][key])

    def test_a_member_that_is_missing_is_told(self):
        tried = 0
        for document, path, owner, key in read_members(copy.deepcopy([*self.documents.values()])):
            kind, value = shape(path), owner.pop(key)
            absent_is_null = kind == "cells[].baseline" and value is None
            with self.subTest(path=path):
                if is_optional(path) or re.search(r"\.(errors|statuses)\.", kind) or absent_is_null:
                    done = self.report(document)
                    self.assertIn(done.returncode, (0, 98), done.stderr)
                elif kind == "schema_version":
                    self.assert_one_line(self.report(document).stderr, "changed.json", "no result of looplag's")
                else:
                    self.assert_refused(document, path)
                tried += 1
            owner[key] = value
        self.assertGreater(tried, 130)

    def test_a_member_of_another_type_is_told(self):
        def changes(kind, value):
            if kind != "schema_version":
                yield {} if isinstance(value, (bool, int, float, list)) else 7
                if value is not None and kind not in NULLABLE:
                    yield None

        self.each(changes)

    def test_a_number_that_cannot_be_is_told(self):
        def changes(kind, value):
            if isinstance(value, (int, float)) and not isinstance(value, bool) and kind != "schema_version":
                if kind != "cells[].windows[].start_s":
                    yield -1
                if not kind.endswith(".sum"):
                    yield 1e300 if isinstance(value, float) else 2**63 - 1

        self.each(changes)

    def test_what_contradicts_itself_is_told(self):
        for change, path in (
            (lambda d: d["cells"][0].update(sent=d["cells"][0]["planned"] + 1), "cells[0].sent"),
            (lambda d: d["cells"][0].update(ok=d["cells"][0]["sent"] + 1), "cells[0].ok"),
            (lambda d: d["cells"][0].update(ok=0), "cells[0].ok"),
            (lambda d: d["cells"][0].update(sent=10**9, planned=10**9), "cells[0].sent"),
            (lambda d: d["cells"][1]["windows"][1].update(round=2), "cells[1].windows[1].round"),
            (lambda d: d["cells"][0]["exact_ns"]["service"].update(min=10**9 * 80000), "cells[0].exact_ns.service.min"),
            (lambda d: d["cells"][0]["server"]["loop_hold_ms"].update(min=1e9), "cells[0].server.loop_hold_ms.min"),
            (lambda d: d["cells"][0]["errors"].update(nonsense=1), "cells[0].errors.nonsense"),
            (lambda d: d["cells"][0].update({"class": ""}), "cells[0].class"),
            (lambda d: d["cells"][0].update({"class": "c" * 40}), "cells[0].class"),
            (lambda d: d["cells"][0].update(arrival="sometimes"), "cells[0].arrival"),
            (lambda d: d["cells"][2].update(connections=77), "cells[2]"),
            (lambda d: d["cells"][0].update(baseline=None), "cells[0].baseline"),
            (lambda d: d["cells"][0]["histograms"].update(response="HISTFAAA"), "cells[0].histograms.response"),
            (lambda d: d["cells"][0]["windows"][0]["requests"].update(count=3), "cells[0].windows[0].requests.points"),
            (lambda d: d["cells"][0]["windows"][0]["requests"].update(points="eJw="), "cells[0].windows[0].requests.points"),
            (lambda d: d.update(started="yesterday"), "started"),
            (lambda d: d.update(started="1969-12-31T23:59:59Z"), "started"),
            (lambda d: d["client"].update(cpu_percent_of_one_core=1e-9), "client.cpu_percent_of_one_core"),
            (lambda d: d.update(cells=[]), "cells"),
            (lambda d: d["subjects"][1]["probe"].update(failed=10**6), "subjects[1].probe.failed"),
        ):
            with self.subTest(path=path):
                changed = copy.deepcopy(self.documents["compare"])
                change(changed)
                self.assert_refused(changed, path)


if __name__ == "__main__":
    unittest.main()
