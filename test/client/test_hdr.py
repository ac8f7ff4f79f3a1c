"""HdrHistogram's own library reads what we write. Skipped without Java or libhdrhistogram-java."""

import pathlib
import shutil
import subprocess
import unittest

import support

JAR = pathlib.Path("/usr/share/java/hdrhistogram.jar")
SOURCE = pathlib.Path(__file__).with_name("HdrCheck.java")


def decoder(*arguments, text=""):
    done = subprocess.run(
        ["java", "-cp", JAR, SOURCE, *arguments], input=text, capture_output=True, text=True,
        timeout=60, check=True,
    )  # fmt: skip
    return done.stdout


def missing():
    """What is not there and what to install, or None."""
    if not shutil.which("java"):
        return "Java is not installed: install the package default-jdk-headless"
    if not JAR.exists():
        return "HdrHistogram's library is not installed: install the package libhdrhistogram-java"
    try:
        decoder("decode")
    except subprocess.SubprocessError:
        return "this Java does not run source files: install the package default-jdk-headless"
    return None


MISSING = missing()


def bucket(value):
    """Values of one slot (at most 1 in 1000 apart, 512 ns at least) are the same."""
    return max(value / 500, 1024)


@unittest.skipIf(MISSING, MISSING)
class DecoderTest(support.ClientTest):
    def setUp(self):
        super().setUp()
        server = support.FakeServer(support.only_posts(lambda handler, _: support.reply(handler)))
        with server:
            self.result = self.load(
                server.url, "--duration=1", "--rounds=2", "--baseline", "--class=a:size=1KiB,rate=200",
                "--class=large:size=1MB,interval=50ms,arrival=closed", code=(0, 98),
            )  # fmt: skip
        self.saved = self.folder / "result.json"
        self.cells = self.result["cells"]

    def assert_same(self, figures, cell):
        """`figures`: total, p50, p99 and max as the decoder tells them."""
        total, p50, _, top = map(int, figures)
        self.assertEqual(total, cell["ok"])
        exact = cell["exact_ns"]["response"]
        self.assertAlmostEqual(top, exact["max"], delta=bucket(top))
        if cell["response_ms"]["p50"] is not None:
            self.assertAlmostEqual(p50, cell["response_ms"]["p50"] * 1e6, delta=bucket(p50))

    def test_histograms_in_json(self):
        sets = [*self.cells, *(window for cell in self.cells for window in cell["windows"])]
        text = "\n".join(one["histograms"]["response"] for one in sets)
        lines = decoder("decode", text=text + "\n").splitlines()
        self.assertEqual(len(lines), len(sets))
        for line, one in zip(lines, sets):
            self.assert_same(line.split(), one)

    def test_the_interval_log(self):
        path = self.folder / "out.hlog"
        support.looplag("report", str(self.saved), "-o", str(path))
        lines = [line.split() for line in decoder("log", str(path)).splitlines()]
        windows = {}
        for cell in self.cells:
            for window in cell["windows"]:
                tag = cell["class"] + ("-alone" if window["alone"] else "")
                windows.setdefault(tag, []).append(window)
        self.assertEqual({line[0] for line in lines}, {"a", "a-alone", "large"})
        self.assertEqual(len(lines), sum(map(len, windows.values())))
        begin = float(path.read_text().split("StartTime: ")[1].split()[0]) * 1e3
        for line in lines:
            window = windows[line[0]].pop(0)
            self.assertAlmostEqual(float(line[1]) - begin, window["start_s"] * 1e3, delta=2)
            length = float(line[2]) - float(line[1])
            self.assertAlmostEqual(length, window["duration_s"] * 1e3, delta=2)
            self.assert_same(line[3:], window)

    def test_percentile_files(self):
        """Line by line what the library writes for the same counts; the mean is ours, and exact."""
        support.looplag("report", str(self.saved), "-o", str(self.folder / "out.hgrm"))
        names = {path.name for path in self.folder.glob("*.hgrm")}
        self.assertEqual(names, {"out-a.hgrm", "out-a-alone.hgrm", "out-large.hgrm"})
        for name, one in (
            ("out-a", self.cells[0]),
            ("out-a-alone", self.cells[0]["baseline"]),
            ("out-large", self.cells[1]),
        ):
            theirs = decoder("hgrm", text=one["histograms"]["response"] + "\n").splitlines()
            ours = (self.folder / (name + ".hgrm")).read_text().splitlines()
            self.assertGreater(len(ours), 8)
            self.assertEqual(theirs[:-3] + theirs[-2:], ours[:-3] + ours[-2:])
            self.assertEqual(len(theirs[-3]), len(ours[-3]))


if __name__ == "__main__":
    unittest.main()
