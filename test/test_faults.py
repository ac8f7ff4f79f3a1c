"""test/faults.py, and the table that it has made of the last results: every row is there and holds."""

import unittest
import unittest.mock

import faults


def entry(name, stderr, stdout=""):
    return {"name": name, "stderr": stderr, "stdout": stdout}


def case(name, verdict, test_class="Deadlines", words=""):
    return f"{name} (__main__.{test_class}.{name}){words} ... {verdict}\n"


class Table(unittest.TestCase):
    def test_rows_are_read_from_the_names_of_tests(self):
        self.assertEqual(faults.rows_of("test_row_24_a_head", "__main__.X.test_row_24_a_head"), {24})
        self.assertEqual(faults.rows_of("test_rows_21_48_x", ""), {21, 48})
        self.assertEqual(faults.rows_of("test_it", "__main__.Row47Names.test_it"), {47})
        self.assertEqual(faults.rows_of("test_50_mb", "__main__.Rowdy.test_50_mb"), set())
        self.assertEqual(faults.rows_of("test_row_99_x", ""), set())

    def test_places_are_read_from_the_names_of_programs(self):
        for program, place in (
            ("looplag:http / deadlines-select", "select"), ("deadlines-offload", "offload"),
            ("looplag:client / client_faults", "client"), ("poll-select-epoll", None), ("looplag:unit / scan", None),
        ):  # fmt: skip
            self.assertEqual(faults.place_of(program), place, program)

    @unittest.mock.patch.dict(faults.WITHOUT, {35: "it is not there yet"})
    def test_verdicts_and_figures(self):
        rows = faults.read([
            entry("a-select", case("test_row_24_a", "ok") + case("test_row_25_b", "FAIL", words="\nWith words."),
                  "row 24: 3 ms\nrow 24: 0.5 MB\n"),
            *(entry(f"a-{mode}", case("test_row_24_a", "ok", words="\nA sentence."), "row 24: 5 ms\n")
              for mode in faults.MODES[1:]),
            entry("client_faults", case("test_x", "skipped 'no HAProxy'", "Row36") + case("test_row_51_y", "ok")
                  + "FAIL: test_row_52_z (__main__.X.test_row_52_z) (number=3)\n"),
        ])  # fmt: skip
        self.assertEqual((rows[24].verdict(24), rows[24].places()), ("holds", "all"))
        self.assertEqual(rows[24].figure(), "3 to 5 ms; 0.5 MB")
        self.assertEqual((rows[25].verdict(25), rows[25].places()), ("FAILS: select", ""))
        self.assertEqual(rows[36].verdict(36), "skipped")
        self.assertEqual((rows[51].verdict(51), rows[51].places()), ("holds", "client"))
        self.assertEqual(rows[52].verdict(52), "FAILS: client")  # only one of its subtests
        with unittest.mock.patch.dict(faults.WITHOUT, {35: "there is nothing to test"}):
            self.assertEqual(rows[35].verdict(35), "there is nothing to test")
            self.assertTrue(faults.is_good(35, rows[35]))
        self.assertEqual(rows[1].verdict(1), "no test")
        self.assertFalse(faults.is_good(1, rows[1]) or faults.is_good(25, rows[25]))
        self.assertTrue(faults.is_good(24, rows[24]))
        self.assertEqual(len(faults.table(rows)), 1 + len(faults.ROWS))

    def test_what_is_kept_has_every_row_and_each_holds(self):
        lines = faults.keep.runs.read(faults.COMMAND)["table"][1:]
        self.assertEqual(len(lines), len(faults.ROWS))
        for cells, (number, (what, must)) in zip(lines, faults.ROWS.items()):
            self.assertEqual(cells[:3], [str(number), what, must])
            self.assertIn(cells[4], ("holds", faults.WITHOUT.get(number)), cells)


if __name__ == "__main__":
    unittest.main()
