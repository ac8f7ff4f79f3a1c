"""What is wrong with a body, told in FastAPI's shape: rows 17-20 and 23."""

import itertools
import json
import unittest

from support import MODEL_ENDPOINTS, SANITIZED, OwnServerCase, ServerCase

INVALID_KEYS = ["type", "loc", "msg", "input", "ctx"]
VIOLATION_KEYS = ["type", "loc", "msg", "input"]


def ignored(text):
    """A body of the model with a JSON text under a key that nobody reads."""
    return b'{"name": "n", "data": {}, "ignored": ' + text + b"}"


def nested(levels):
    return b"[" * levels + b"]" * levels


def member(text):
    return b'{"name": "n", "data": {"good": 1, "bad": ' + text + b', "fine": 2}}'


class JsonCase(ServerCase):
    """Refusals that must be the same from every endpoint."""

    def refusals(self, raw):
        status, reply = self.ask_all(raw)
        self.assertEqual((status, list(reply)), (422, ["detail"]), raw[:200])
        self.assertIsInstance(reply["detail"], list)
        return reply["detail"]

    def assert_invalid(self, raw, first, last=None):
        """Not JSON, and the offset told lies in [first, last]."""
        with self.subTest(raw=raw[:200]):
            (told,) = self.refusals(raw)
            self.assertEqual(list(told), INVALID_KEYS)
            self.assertEqual((told["type"], told["msg"]), ("json_invalid", "JSON decode error"))
            self.assertEqual(list(told["ctx"]), ["error"])
            place, offset = told["loc"]
            self.assertEqual((place, type(offset)), ("body", int))
            self.assertGreaterEqual(offset, first)
            self.assertLessEqual(offset, first if last is None else last)

    def assert_violation(self, raw, kind, *location):
        with self.subTest(raw=raw[:200]):
            (told,) = self.refusals(raw)
            self.assertEqual(list(told), VIOLATION_KEYS)
            self.assertEqual((told["type"], told["loc"]), (kind, ["body", *location]))
            self.assertIsInstance(told["msg"], str)
        return told


class Row17Nesting(JsonCase):
    """Row 17: 2048 levels in all (the body is the first) and no more."""

    def test_row_17_2048_deep_is_taken(self):
        self.assertEqual(self.ask_all(ignored(nested(2047)))[0], 200)

    def test_row_17_2049_deep_is_422(self):
        self.assert_invalid(ignored(nested(2048)), len(ignored(b"")) - 1 + 2047)

    def test_row_17_a_million_deep_is_422(self):
        self.assert_invalid(ignored(nested(1_000_000)), len(ignored(b"")) - 1 + 2047)
        self.assert_invalid(b"[" * 1_000_000, 2048)
        self.assertEqual(self.ask_all(b'{"a":' * 1_000_000)[0], 422)
        self.assert_alive()


class Row18Bytes(JsonCase):
    """Row 18: bytes and escapes that no JSON text may hold, in name, key and ignored string."""

    def places(self, bad):
        yield b'{"data": {}, "name": "ab' + bad + b'cd"}', len(b'{"data": {}, "name": "ab')
        yield b'{"name": "n", "data": {"' + bad + b'": 1}}', len(b'{"name": "n", "data": {"')
        yield ignored(b'"' + bad + b'"'), len(ignored(b"")) - 1 + 1

    def test_row_18_bad_utf_8(self):
        bad = (
            b"\xff", b"\x80", b"\xc0\x80", b"\xc1\xbf", b"\xe0\x80\x80", b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xe4\xb8", b"\xf0\x9f\x98", b"\xc3(",
        )  # fmt: skip
        for bytes_ in bad:
            for raw, at in self.places(bytes_):
                self.assert_invalid(raw, at, at + len(bytes_))

    def test_row_18_lone_surrogate(self):
        for escape in (rb"\ud800", rb"\uDFFF", rb"\ud83dx", rb"\ud83d\u0041", rb"\ude00\ud83d"):
            for raw, at in self.places(escape):
                self.assert_invalid(raw, at, at + len(escape) + 1)

    def test_row_18_nul_byte(self):
        for raw, at in self.places(b"\0"):
            self.assert_invalid(raw, at)
        for raw in (b'{"name": "n", "data": {}}\0', b'{"name": "n",\0 "data": {}}', b"\0", b"[1\0]"):
            self.assert_invalid(raw, raw.index(b"\0"))

    def test_row_18_nul_escape(self):
        for raw, at in self.places(rb"\u0000"):
            self.assert_invalid(raw, at, at + 6)

    def test_row_18_control_bytes(self):
        for code in (1, 9, 10, 13, 31):
            for raw, at in self.places(bytes([code])):
                self.assert_invalid(raw, at)

    def test_row_18_byte_order_mark(self):
        self.assert_invalid(b'\xef\xbb\xbf{"name": "n", "data": {}}', 0)

    def test_the_offset_counts_bytes_not_characters(self):
        raw = '{"name": "äöü€𝄞", "data": {}, x}'.encode()
        self.assert_invalid(raw, raw.index(b"x}"))


class Row19Values(JsonCase):
    """Row 19: values that are no 64-bit integers, told with their key."""

    def test_row_19_values(self):
        kinds = {
            b"9223372036854775808": "int_parsing_size",
            b"-9223372036854775809": "int_parsing_size",
            b"1" + b"0" * 400: "int_parsing_size",
            b"1e999": "finite_number",
            b"-1e999": "finite_number",
            b"1.5": "int_from_float",
            b"1.0": "int_from_float",
            b"1e2": "int_from_float",
            b'"1"': "int_type",
            b"true": "int_type",
            b"null": "int_type",
            b"[]": "int_type",
            b"{}": "int_type",
        }
        for text, kind in kinds.items():
            self.assert_violation(member(text), kind, "data", "bad")

    def test_a_size_under_an_empty_key_is_told_with_it(self):
        self.assert_violation(b'{"name": "n", "data": {}, "": 1e999}', "finite_number", "")
        self.assert_violation(b"1e999", "finite_number")
        self.assert_violation(b'{"name": "n", "data": {"": 1e999}}', "finite_number", "data", "")

    def test_the_input_is_told(self):
        for text in (b'"1"', b"true", b"null", b"1.5"):
            told = self.assert_violation(member(text), *self.kind_and_place(text))
            self.assertEqual(told["input"], json.loads(text))

    def kind_and_place(self, text):
        return ("int_from_float" if text == b"1.5" else "int_type"), "data", "bad"

    def test_a_strange_key_is_named_exactly(self):
        for key in ("", 'a"b', "ä€𝄞", "a\nb", "\x7f"):
            raw = json.dumps({"name": "n", "data": {key: None}}).encode()
            self.assert_violation(raw, "int_type", "data", key)

    def test_a_number_beyond_all_sizes_in_an_ignored_key(self):
        self.assertEqual(self.ask_all(ignored(b"1e999"))[0], 422)
        self.assertEqual(self.ask_all(ignored(b"9223372036854775808"))[0], 422)
        self.assertEqual(self.ask_all(ignored(b"1.7e308"))[0], 200)

    def test_several_wrong_values_are_all_told_up_to_a_bound(self):
        raw = json.dumps({"name": "n", "data": {"a": "x", "b": 1, "c": None}}).encode()
        told = [violation["loc"] for violation in self.refusals(raw)]
        self.assertEqual(told, [["body", "data", "a"], ["body", "data", "c"]])
        many = json.dumps({"name": 1, "data": {f"k{i}": "x" * 500 for i in range(20_000)}}).encode()
        self.assertLess(len(json.dumps(self.refusals(many))), 100_000)


class Model(JsonCase):
    """The other ways of not being the model."""

    def test_missing_fields(self):
        for raw, field in ((b'{"data": {"a": 1}}', "name"), (b'{"name": "n"}', "data")):
            told = self.assert_violation(raw, "missing", field)
            self.assertEqual(told["input"], {})  # the object that lacks it, as containers are told
        self.assertEqual(len(self.refusals(b"{}")), 2)
        self.assertEqual(len(self.refusals(b'{"Name": "n", "DATA": {}}')), 2)

    def test_wrong_types(self):
        for text in (b"1", b"null", b"[]", b"{}", b"true"):
            raw = b'{"data": {}, "name": ' + text + b"}"
            self.assert_violation(raw, "string_type", "name")
        for text in (b"1", b"null", b"[]", b'"a"', b"true", b'[["a", 1]]'):
            raw = b'{"name": "n", "data": ' + text + b"}"
            self.assert_violation(raw, "dict_type", "data")

    def test_a_body_that_is_no_object(self):
        for raw in (b"[]", b'"a"', b"1", b"true", b'[{"name": "n", "data": {}}]'):
            self.assert_violation(raw, "model_attributes_type")

    def test_null_is_no_body(self):
        told = self.assert_violation(b" null ", "missing")
        self.assertEqual((told["msg"], told["input"]), ("Field required", None))

    def test_a_wrong_timestamp(self):
        start = b'{"name": "n", "data": {}, "timestamp": '
        for text in (b'"yesterday"', b'"2026-13-01T00:00:00Z"', b'"2026-01-01"', b'""'):
            self.assert_violation(start + text + b"}", "datetime_parsing", "timestamp")
        for text in (b"1", b"[]", b"false"):
            told = self.assert_violation(start + text + b"}", "datetime_type", "timestamp")
            self.assertEqual(told["msg"], "Input should be a valid datetime")
        for text in (b'"2026-11-22T13:05:59"', b'"2026-11-22 13:05:59.123456789123"'):
            self.assert_violation(start + text + b"}", "timezone_aware", "timestamp")


class Row20Duplicates(JsonCase):
    """Row 20: of keys that are there twice, /ping and /pong keep the last (scan.h says so)."""

    def test_row_20_the_last_wins(self):
        cases = {
            b'{"name": "a", "data": {"x": 9}, "name": "b", "data": {"y": 1}}': ("b", 1, 1),
            b'{"name": "n", "data": {"x": 9, "x": 1}}': ("n", 1, 1),
            b'{"name": "n", "data": {"x": "no", "x": 1}}': ("n", 1, 1),
            b'{"name": 1, "data": [], "data": {}, "name": "n"}': ("n", 0, 0),
        }
        for raw, (name, count, maxval) in cases.items():
            wanted = {"name": name, "count": count, "maxval": maxval}
            self.assertEqual(self.ask_all(raw), (200, wanted), raw)

    def test_row_20_stream_counts_and_judges_them_as_sent(self):
        reply = self.server.post("/stream", b'{"name": "n", "data": {"x": 9, "x": 1}}').json()
        self.assertEqual((reply["count"], reply["maxval"]), (2, 9))
        reply = self.server.post("/stream", b'{"name": "n", "data": {"x": "no", "x": 1}}')
        self.assertEqual(reply.status, 422)
        last = b'{"name": "a", "data": {"x": 9}, "name": "b", "data": {"y": 1}}'
        reply = self.server.post("/stream", last).json()
        self.assertEqual((reply["name"], reply["count"], reply["maxval"]), ("b", 1, 1))

    def test_row_20_the_last_one_is_judged(self):
        self.assert_violation(b'{"name": "n", "data": {"x": 1, "x": "no"}}', "int_type", "data", "x")


class Row22Collisions(OwnServerCase):
    """Row 22: keys that collide under the hashes of many languages (31 or 33 times what was before, and a byte)."""

    PAIRS = 14 if SANITIZED else 18  # were they in one list, 2^35 of them would be compared
    RATIO = 3

    def body(self, pairs):
        keys = ["".join(parts) for parts in itertools.product(*pairs)]
        return ('{"name": "n", "data": {' + ",".join(f'"{key}":1' for key in keys) + "}}").encode()

    def cpu_seconds(self, server, path, body):
        before = server.stats()["process"]["cpu_seconds"]
        reply = server.post(path, body)
        self.assertEqual((reply.status, reply.json()["count"]), (200, 1 << self.PAIRS))
        return server.stats()["process"]["cpu_seconds"] - before

    def test_row_22_keys_made_to_collide(self):
        server = self.server("--no-access-log")
        usual = self.body([("xk", "Qz")] * self.PAIRS)
        ratios = []
        for pair in (("Aa", "BB"), ("Ab", "BA")):
            made = self.body([pair] * self.PAIRS)
            for path in MODEL_ENDPOINTS:
                beside = self.cpu_seconds(server, path, usual)
                ratios.append(self.cpu_seconds(server, path, made) / max(beside, 0.01))
        print(f"row 22: {max(ratios):.2f} times the CPU time of other keys")
        self.assertLess(max(ratios), self.RATIO)


class Row23Nothing(JsonCase):
    """Row 23: bodies with next to nothing in them."""

    def test_row_23_empty_body(self):
        self.assert_violation(b"", "missing")

    def test_row_23_white_space_and_a_lone_quote(self):
        for raw in (b" ", b"\n\r\t ", b'"', b"{", b"[", b"-", b'{"', b'{"a"', b'{"a":', b"tru", b'"\\'):
            self.assert_invalid(raw, len(raw))

    def test_row_23_form_feed_is_no_white_space(self):
        self.assert_invalid(b"\x0c", 0)


if __name__ == "__main__":
    unittest.main()
