"""No include of src or client points upwards or closes a circle; and the judge of that sees what it should."""

import pathlib
import tempfile
import unittest

import includes

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Project(unittest.TestCase):
    def test_arrows_point_downwards_and_close_no_circle(self):
        files, lines = includes.read_includes(ROOT)
        self.assertGreater(len(files), 200)
        self.assertGreater(len(lines), 500)
        found = includes.violations(ROOT)
        if found:
            self.fail("\n".join(["these includes break the rules of test/includes.py:", *found]))


class UnitTests(unittest.TestCase):
    """What is pure is tested without a server: each file of these rooms is named by a unit test."""

    ROOMS = ("client/plan", "client/analysis")
    # Private parts of another file, which is tested instead.
    TESTED_THROUGH = {
        "client/plan/help": "client/plan/options_parse",
        "client/plan/options_rows": "client/plan/options_parse",
        "client/plan/options_set": "client/plan/options_parse",
    }

    def test_each_file_of_plan_and_analysis_has_one(self):
        sources = [path for room in self.ROOMS for path in sorted(ROOT.glob(room + "/*.c"))]
        self.assertGreater(len(sources), 15)
        tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "test/unit").glob("test_*.c"))
        without = []
        for path in sources:
            unit = str(path.relative_to(ROOT).with_suffix(""))
            header = self.TESTED_THROUGH.get(unit, unit).removeprefix("client/") + ".h"
            if f'#include "{header}"' not in tests:
                without.append(unit + ".c")
        self.assertEqual(without, [], "no test in test/unit includes their headers")


class MadeUp(unittest.TestCase):
    """Small trees, each with one thing wrong."""

    GOOD = {
        "src/main.c": '#include "config.h"\n#include "daemon/daemon.h"\n',
        "src/config.h": '#include "base/units.h"\n',
        "src/daemon/daemon.h": "#include <stdio.h>\n",
        "src/daemon/daemon.c": '#include "daemon/daemon.h"\n',
        "src/stats/stats.h": "",
        "src/json/reply.h": '#include "base/units.h"\n',
        "src/base/units.h": "",
        "client/main.c": '#include "commands/load.h"\n',
        "client/commands/load.h": '#include "plan/class.h"\n#include <base/units.h>\n',
        "client/plan/class.h": '#include "base/units.h"\n',
        "client/plan/class.c": '#include "class.h"\n#include "plan/class.h"\n',
    }

    def tree(self, lines):
        """The good tree with some lines put in front of some of its files; its folder."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name in {**self.GOOD, **lines}:
            path = pathlib.Path(folder.name, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(lines.get(name, "") + "\n" + self.GOOD.get(name, ""), encoding="utf-8")
        return folder.name

    def judged(self, lines):
        return includes.violations(self.tree(lines))

    def judged_with(self, name, line):
        return self.judged({name: line})

    def test_a_good_tree_has_nothing_wrong(self):
        self.assertEqual(self.judged({}), [])

    def test_an_include_upwards_is_found(self):
        self.assertEqual(
            self.judged_with("client/plan/class.c", '#include "commands/load.h"'),
            [
                "client/plan/class.c:1: plan includes client/commands/load.h upwards",
                # And with the room's own arrow downwards it closes a circle.
                "circle: client/commands/load -> client/plan/class -> client/commands/load",
            ],
        )

    def test_an_include_of_main_is_upwards(self):
        self.assertEqual(
            self.judged_with("src/daemon/daemon.c", '  #  include "config.h"'),
            ["src/daemon/daemon.c:1: daemon includes src/config.h upwards"],
        )

    def test_angle_brackets_hide_nothing(self):
        self.assertEqual(
            self.judged_with("src/base/units.h", "#include <stats/stats.h>"),
            ["src/base/units.h:1: base includes src/stats/stats.h upwards"],
        )

    def test_rooms_side_by_side_do_not_know_each_other(self):
        self.assertEqual(
            self.judged_with("src/json/reply.h", '#include "stats/stats.h"'),
            ["src/json/reply.h:1: json includes src/stats/stats.h sideways"],
        )

    def test_the_client_uses_nothing_of_src_but_base(self):
        self.assertEqual(
            self.judged_with("client/main.c", '#include "json/reply.h"'),
            ["client/main.c:1: client may not include src/json/reply.h"],
        )

    def test_the_server_uses_nothing_of_the_client(self):
        self.assertEqual(
            self.judged_with("src/main.c", '#include "../client/plan/class.h"'),
            ["src/main.c:1: src may not include client/plan/class.h"],
        )

    def test_a_circle_within_a_room_is_found(self):
        self.assertEqual(
            self.judged(
                {
                    "client/plan/a.h": '#include "plan/b.h"',
                    "client/plan/b.c": '#include "plan/c.h"',
                    "client/plan/b.h": "",
                    "client/plan/c.h": '#include "plan/a.h"',
                }
            ),
            ["circle: client/plan/a -> client/plan/b -> client/plan/c -> client/plan/a"],
        )

    def test_two_circles_through_one_file_are_both_found(self):
        self.assertEqual(
            self.judged(
                {
                    "src/base/a.c": '#include "base/b.h"\n#include "base/c.h"',
                    "src/base/a.h": "",
                    "src/base/b.h": '#include "base/a.h"',
                    "src/base/c.h": '#include "base/a.h"',
                }
            ),
            [
                "circle: src/base/a -> src/base/b -> src/base/a",
                "circle: src/base/a -> src/base/c -> src/base/a",
            ],
        )

    def test_a_file_outside_the_rooms_is_told(self):
        self.assertEqual(
            self.judged_with("client/attic/old.c", '#include "plan/class.h"'),
            ["client/attic/old.c: lies in no room of client"],
        )

    def test_an_include_of_no_file_is_told(self):
        self.assertEqual(
            self.judged_with("client/main.c", '#include "plan/gone.h"'),
            ['client/main.c:1: "plan/gone.h" is no file of the project'],
        )

    def test_the_drawing_shows_each_arrow_between_rooms(self):
        root = self.tree({})
        self.assertIn("  plan      src/base 1", includes.as_text(root).split("\n"))
        arrows = [line.strip() for line in includes.as_dot(root).split("\n") if "->" in line]
        self.assertEqual(
            arrows,
            [
                '"src/json" -> "src/base" [label="1"];',
                '"src/main" -> "src/base" [label="1"];',
                '"src/main" -> "src/daemon" [label="1"];',
                '"client/commands" -> "client/plan" [label="1"];',
                '"client/commands" -> "src/base" [label="1"];',
                '"client/main" -> "client/commands" [label="1"];',
                '"client/plan" -> "src/base" [label="1"];',
            ],
        )


if __name__ == "__main__":
    unittest.main()
