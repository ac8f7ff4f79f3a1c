"""Rows 15 and 16: a corpus of JSON texts, each sent to every endpoint of the model.

Files are those of test/corpus: in `invalid` what is not JSON; in `valid` what
is, of three kinds by name: y_model_* fits the model, y_refused_* does not, any
other is a text that is sent as it is and under a key that nobody reads. Short
ones stand in a list below.
"""

import pathlib
import unittest

from support import ServerCase

CORPUS = pathlib.Path(__file__).resolve().parent.parent / "corpus"

INVALID = rb"""
[1,] [,1] [1,,2] [1 [1}} [ ] {1:1} {"a"} {"a":} {"a":1,} {,} {"a":1,,"b":2} {"a" 1} {a:1} {'a':1}
nul tru falsee TRUE None undefined NaN Infinity -Infinity - + +1 -- 01 -01 1. .5 -.5 1.e1 1e 1e+ 1E-
0x10 1_000 1a 0b1 "\x41" "\u12" "\u12G4" "\" "\a" "a" "a"b 'a' [1]] {} {} 1 2 // /**/1 [1]x {"a":1}}
"\u{41}" "\U0041" [*] & \ : , } {"a":1:2} [1:2] {"a":[} [{] "\uD800\u" 1e1e1 1.2.3 -- 0e 0.e1 ;1
"""
VALID = rb"""
0 -0 1 -1 10 1.5 -1.5 1e5 1E5 1e+5 1e-5 0e0 -0.0 0.10 123456789012345678 1.7976931348623157e308 5e-324
true false null "" "a" "\"\\\/\b\f\n\r\t" "\u00e4\u20AC" "\ud834\udd1e" "\uFFFF" [] [[]] [1,2,3]
[null,true,"x",{}] {} {"a":1} {"":0} {"a":{"b":[{"c":null}]}} {"a":1,"a":2} [[],{},"",0]
"""


def under_ignored_key(text):
    return b'{"name":"n","data":{"a":1},"ignored":' + text + b"}"


def files(kind, prefix=""):
    paths = sorted((CORPUS / kind).glob(prefix + "*.json"))
    if not paths:
        raise AssertionError(f"test/corpus/{kind} has no {prefix}*.json")
    return [(path.name, path.read_bytes()) for path in paths]


def valid_texts():
    """Texts that are JSON but carry no model of their own."""
    inline = [(text.decode(), text) for text in VALID.split()]
    plain = [
        (name, text)
        for name, text in files("valid")
        if not name.startswith(("y_model_", "y_refused_"))
    ]
    return inline + plain


class Corpus(ServerCase):
    """The same verdict and the same answer from every endpoint, and the server alive."""

    def tearDown(self):
        self.assert_alive()

    def detail(self, text):
        status, reply = self.ask_all(text)
        self.assertEqual(status, 422, reply)
        return reply["detail"]

    def test_row_15_invalid_inline(self):
        for line in INVALID.strip().splitlines():
            for text in line.split():
                if text in (b'"a"', b"{}", b"1", b"2"):
                    continue
                with self.subTest(text):
                    self.assertEqual(self.detail(text)[0]["type"], "json_invalid")
                    self.assertEqual(self.ask_all(under_ignored_key(text))[0], 422)

    def test_row_15_every_valid_text_cut_short(self):
        whole = b'{"name":"a\\u00e4\xc3\xa4","data":{"k":-12,"l":3},"x":[1.5e-3,true,null,"\\ud834\\udd1e"]}'
        self.assertEqual(self.ask_all(whole)[0], 200)
        for length in range(1, len(whole)):
            (told,) = self.detail(whole[:length])
            self.assertEqual(told["type"], "json_invalid", whole[:length])

    def test_row_15_invalid_files(self):
        for name, text in files("invalid"):
            with self.subTest(name):
                self.assertIsInstance(self.detail(text), list)

    def test_row_16_valid_texts_under_an_ignored_key(self):
        wanted = (200, {"name": "n", "count": 1, "maxval": 1})
        for name, text in valid_texts():
            if "depth" in name:
                continue  # at the limit already: one level more is too deep
            with self.subTest(name):
                self.assertEqual(self.ask_all(under_ignored_key(text)), wanted)

    def test_row_16_valid_texts_alone_are_json_but_not_the_model(self):
        for name, text in valid_texts():
            with self.subTest(name):
                types = {violation["type"] for violation in self.detail(text)}
                self.assertNotIn("json_invalid", types)

    def test_row_16_model_files(self):
        for name, text in files("valid", "y_model_"):
            with self.subTest(name):
                status, reply = self.ask_all(text)
                self.assertEqual((status, list(reply)), (200, ["name", "count", "maxval"]))

    def test_files_that_are_json_but_not_the_model(self):
        for name, text in files("valid", "y_refused_"):
            with self.subTest(name):
                types = {violation["type"] for violation in self.detail(text)}
                self.assertNotIn("json_invalid", types)


if __name__ == "__main__":
    unittest.main()
