"""Every JSON result follows docs/result.schema.json, and the schema is strict enough to notice."""

import copy
import json
import unittest

import schema
import support


class RulesTest(unittest.TestCase):
    """The validator itself, rule by rule."""

    def test_each_rule_passes_and_fails(self):
        cases = [
            ({"type": "integer"}, 1, True),
            ({"type": "integer"}, 1.5, False),
            ({"type": "integer"}, True, False),
            ({"type": ["number", "null"]}, None, True),
            ({"type": ["number", "null"]}, "1", False),
            ({"const": 1}, True, False),
            ({"enum": ["a", 1]}, 1, True),
            ({"enum": ["a", 1]}, "b", False),
            ({"minimum": 0}, -1, False),
            ({"exclusiveMinimum": 0}, 0, False),
            ({"pattern": "^a+$"}, "aab", False),
            ({"maximum": 3}, 4, False),
            ({"minLength": 1}, "", False),
            ({"maxLength": 2}, "abc", False),
            ({"minItems": 2}, [1], False),
            ({"maxItems": 2}, [1, 2, 3], False),
            ({"items": {"type": "string"}}, ["a", 1], False),
            ({"required": ["a"]}, {"b": 1}, False),
            ({"properties": {"a": {"const": 1}}}, {"a": 2}, False),
            ({"properties": {"a": {}}, "additionalProperties": False}, {"a": 1, "b": 1}, False),
            ({"properties": {"a": {}}, "additionalProperties": False}, {"a": 1}, True),
            ({"propertyNames": {"enum": ["a"]}}, {"b": 1}, False),
            ({"$ref": "#/$defs/x", "$defs": {"x": {"const": 1}}}, 2, False),
        ]
        for rules, value, good in cases:
            with self.subTest(rules=rules, value=value):
                if good:
                    schema.Schema(rules).check(value)
                else:
                    self.assertRaises(schema.Invalid, schema.Schema(rules).check, value)

    def test_an_unknown_rule_is_an_error(self):
        self.assertRaises(AttributeError, schema.Schema({"oneOf": []}).check, 1)


class ResultTest(support.ClientTest):
    def setUp(self):
        super().setUp()
        server = support.FakeServer(support.only_posts(lambda handler, _: support.reply(handler)))
        server.__enter__()
        self.addCleanup(server.__exit__, None, None, None)
        self.url = server.url

    def measure(self, *arguments):
        return self.load(
            self.url, "--duration=300ms", "--class=a:size=1KiB,rate=50", *arguments, code=(0, 98)
        )

    def test_a_broken_result_is_noticed(self):
        good = self.measure()
        changes = (
            lambda d: d.pop("cells"),
            lambda d: d.update(cells=[]),
            lambda d: d.update(schema_version=2),
            lambda d: d["machine"].update(user="me"),
            lambda d: d["cells"][0].pop("planned"),
            lambda d: d["cells"][0].update(planned=-1),
            lambda d: d["cells"][0]["errors"].update(unheard_of=1),
            lambda d: d["cells"][0]["response_ms"].update(p75=1),
            lambda d: d["cells"][0]["histograms"].update(response="H4sI"),
            lambda d: d["cells"][0]["windows"][0].pop("round"),
            lambda d: d["cells"][0]["response_ms"].update(p50_ci=[1]),
        )
        for number, change in enumerate(changes):
            with self.subTest(number=number):
                changed = copy.deepcopy(good)
                change(changed)
                self.assertRaises(schema.Invalid, schema.check_result, changed)

    def test_with_baseline_and_objectives(self):
        result = self.measure(
            "--class=large:size=1MB,interval=50ms,arrival=closed", "--slo=a:p50<10s", "--slo=errors<1%", "--baseline",
            "--rounds=3",
        )  # fmt: skip
        self.assertEqual(len(result["slo"]), 3)

    def test_errors(self):
        url, holder = support.refused_url()
        with holder:
            self.load(url, "--duration=100ms", "--class=a:size=1KiB,rate=50", code=1)

    def test_a_merged_report(self):
        paths = []
        for name in ("a.json", "b.json"):
            self.measure()
            paths.append(str(self.folder / name))
            (self.folder / "result.json").rename(paths[-1])
        done = support.looplag("report", *paths, "--format=json")
        self.assertIn(done.returncode, (0, 98), done.stderr)
        schema.check_result(json.loads(done.stdout))


if __name__ == "__main__":
    unittest.main()
