"""Plans: what the flags amount to is printed, and read again it is the same run."""

import json
import unittest

import schema
import support


def good(handler, _request):
    return support.reply(handler)


class PlanTest(support.ClientTest):
    def print_plan(self, *arguments):
        done = support.looplag(*arguments, "--print-plan")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        plan = json.loads(done.stdout)
        schema.check_plan(plan)
        return plan

    def write(self, plan):
        path = self.folder / "plan.json"
        path.write_text(plan if isinstance(plan, str) else json.dumps(plan))
        return str(path)

    def test_a_plan_read_again_is_the_same(self):
        file = self.folder / "headers"
        file.write_text("X-From: a file\n")
        for command, *arguments in (
            ["load"],
            ["compare"],
            ["load", "--arrival=closed", "--large-interval=0.3", "--keepalive", "--slo=small:p99<50ms",
             "--slo=errors<1%", "--base-url=https://h:1/x", "--insecure", "--rounds=3", "--baseline"],
            ["load", "-H", f"@{file}", "-H", "X-A: b", "--class=a:method=GET,rate=3,expect=2xx|404,large=yes,"
             "header=X-B={n}\\,c,endpoint=/a/{n}?b=1\\,2", "--class=b:size=1.5MiB,interval=7ms,conns=3,"
             "arrival=poisson,type=a/b", "--class=c:body=x/,interval=0,arrival=closed,method=PUT"],
            ["compare", "--system=two lanes:--mode=threads --large-limit=2", "--modes=select", "--topology=pods:2",
             "--balance=leastconn", "--probe=period=50ms", "--endpoints=all", "--keepalive=on,off"],
        ):  # fmt: skip
            with self.subTest(command=command, arguments=arguments):
                first = self.print_plan(command, *arguments)
                again = self.print_plan(command, "--plan", self.write(first))
                self.assertEqual(again, first)

    def test_the_run_is_that_of_the_flags(self):
        requests = []
        for planned in (False, True):
            with support.FakeServer(good) as server:
                flags = ["--duration=60ms", "-H", "X-All: yes",
                         "--class=a:size=1KiB,interval=40s,arrival=closed,endpoint=/a/{n},header=X-Own=a\\, b"]  # fmt: skip
                if planned:
                    flags = ["--plan", self.write(self.print_plan("load", *flags))]
                self.load(server.url, *flags)
                requests.append(sorted((r.path, r.body, r.headers["x-own"], r.headers["x-all"],
                                        r.headers["x-request-id"]) for r in server.requests))  # fmt: skip
        self.assertEqual(len(requests[0]), 1)
        self.assertEqual(requests[0], requests[1])

    def test_headers_of_one_system(self):
        """They replace what all have; a class's replace them; printed again, they are the same."""
        with support.FakeServer(good) as one, support.FakeServer(good) as two:
            plan = {
                "options": {"duration": "1", "rounds": 1, "header": ["X-All: all", "X-Who: all"]},
                "classes": [{"name": "a", "method": "GET", "interval": 40, "arrival": "closed", "endpoint": "/x",
                             "headers": ["X-Class: class"]}],
                "systems": [{"label": "one", "url": one.url, "headers": ["X-Who: one {n}", "X-Class: system"]},
                            {"label": "two", "url": two.url}],
            }  # fmt: skip
            schema.check_plan(plan)
            self.assertEqual(self.print_plan("compare", "--plan", self.write(plan))["systems"], plan["systems"])
            seen = {}
            for name, server in (("one", one), ("two", two)):
                server.answer = lambda handler, request, name=name: (
                    seen.setdefault(name, []).append(request.headers) if "x-request-id" in request.headers else None
                ) or support.reply(handler)
            done = support.looplag("compare", "--quiet", "--plan", self.write(plan))
            self.assertIn(done.returncode, support.DONE, done.stderr)
        for name, who in (("one", r"one \d+"), ("two", "all")):
            for headers in seen[name]:
                self.assertRegex(headers["x-who"], f"^{who}$")
                self.assertEqual((headers["x-all"], headers["x-class"]), ("all", "class"))

    def test_numbers_and_truths_are_as_typed(self):
        plan = {
            "$schema": "plan.schema.json", "about": "of the test",
            "options": {"rounds": 2, "duration": 0.2, "baseline": True, "exhibit": False, "slo": ["errors<50%"]},
            "classes": [{"name": "a", "size": "1KiB", "rate": 50, "conns": 4, "headers": ["X-A: b"]},
                        {"name": "b", "method": "DELETE", "interval": 0.02, "large": True, "expect": 200}],
            "systems": [],
        }  # fmt: skip
        schema.check_plan(plan)
        printed = self.print_plan("load", "--plan", self.write(plan))
        self.assertEqual(printed["classes"][1], {"name": "b", "interval": "0.02", "arrival": "open",
                                                 "method": "DELETE", "large": "yes", "expect": "200"})  # fmt: skip
        self.assertEqual(printed["options"], {"rounds": "2", "duration": "0.2", "baseline": True, "slo": ["errors<50%"]})

    def test_the_command_line_adds_and_wins(self):
        plan = self.write({"options": {"duration": "9", "timeout": "3", "header": ["X-A: b"]},
                           "classes": [{"name": "a", "method": "GET", "rate": 5}]})  # fmt: skip
        printed = self.print_plan("load", "--plan", plan, "--duration=1", "--class=b:size=1KiB,rate=5", "-HX-B:c")
        self.assertEqual([one["name"] for one in printed["classes"]], ["a", "b"])
        self.assertEqual(printed["options"], {"duration": "1", "timeout": "3", "header": ["X-A: b", "X-B:c"]})

    def test_secrets_are_not_printed_and_not_sent_as_masks(self):
        file = self.folder / "headers"
        file.write_text("Authorization: Bearer swordfish\n")
        printed = self.print_plan("load", "-H", f"@{file}", "--class=a:method=GET,rate=5")
        self.assertEqual(printed["options"]["header"], [f"@{file}"])
        self.assertNotIn("swordfish", json.dumps(printed))
        self.print_plan("load", "--plan", self.write(printed))
        for arguments, path in (
            (["-H", "Authorization: Bearer swordfish"], "options.header"),
            (["--class=a:method=GET,rate=5,header=X-Token=swordfish"], "classes[0].headers"),
            (["--class=a:method=GET,rate=5,endpoint=/?key=swordfish"], "classes[0].endpoint"),
        ):
            printed = self.print_plan("load", *arguments)
            self.assertNotIn("swordfish", json.dumps(printed))
            done = support.looplag("load", "--plan", self.write(printed))
            self.assertEqual(done.returncode, 2)
            self.assert_one_line(done.stderr, path + " was masked")

    def test_what_is_wrong_is_told_with_its_path(self):
        a = {"name": "a", "size": "1KiB", "rate": 5}
        for plan, told in (
            ("[]", "the document is no object"),
            ("{", "line 1 is no JSON"),
            ({"clases": []}, "clases: a plan has"),
            ({"classes": {}}, "classes: expected array"),
            ({"classes": [5]}, "classes[0]: expected object"),
            ({"classes": [a, {"size": 1}]}, "classes[1].name is missing"),
            ({"classes": [a, {**a, "name": "b", "rate": "often"}]}, "classes[1].rate: class b: rate=often: expected"),
            ({"classes": [{**a, "interval": 1}]}, "keep one of interval= and rate="),
            ({"classes": [{**a, "colour": "red"}]}, "classes[0].colour: class a: unknown key"),
            ({"classes": [{**a, "headers": ["no"]}]}, "classes[0].headers: expected"),
            ({"classes": [{**a, "rate": [5]}]}, "classes[0].rate: expected a text"),
            ({"classes": [a, a]}, "classes[1]: expected a name of its own"),
            ({"classes": [{"name": "a b"}]}, "classes[0].name: class 'a b'"),
            ({"classes": [{"name": "a", "size": 1}]}, "class a has open arrival and no rate"),
            ({"options": {"duration": "soon"}}, "options.duration: --duration=soon: expected a time"),
            ({"options": {"durations": 5}}, "options.durations: no option of that name"),
            ({"options": {"baseline": "yes"}}, "options.baseline: --baseline takes no value"),
            ({"options": {"help": True}}, "options.help: --help is for the command line"),
            ({"options": {"seed": None}}, "options.seed: expected a text, a number"),
            ({"systems": [{"label": "a"}]}, "systems[0]: expected one of flags, url and command"),
        ):
            with self.subTest(plan=plan):
                done = support.looplag("load", "--plan", self.write(plan))
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assert_one_line(done.stderr, "plan.json: ", told) if "class a has" not in told else None
                self.assertIn(told, done.stderr)
        done = support.looplag("load", "--plan", f"{self.folder}/none")
        self.assert_one_line(done.stderr, "none: No such file or directory")


if __name__ == "__main__":
    unittest.main()
