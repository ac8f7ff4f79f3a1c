"""The page of a default comparison: how large it is, and how soon it can be used in a browser."""

import pathlib
import sys
import tempfile

import looplag
from rows import absent, at_most, limit, limit_of_runs

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "test"))
import browser  # noqa: E402

SIZE = "`compare --html`, by default: size of the page (MB)"
DRAWN = "`compare --html`, by default: from asking for the page until all charts are drawn and can be used, in chromium (ms)"
LARGEST, SLOWEST = at_most(3), at_most(1000)
ENDED = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"


def drawn_ms(chromium, path):
    page = chromium.page(path.as_uri())
    try:
        if not page.evaluate("document.querySelectorAll('.chart canvas').length"):
            raise SystemExit("bench: %s shows no chart" % path)
        return page.evaluate(ENDED)
    finally:
        page.close()


def measure(bench):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "page.html")
        looplag.run_into(bench, str(path.with_suffix(".json")), "compare", "--html=%s" % path)
        yield limit(SIZE, path.stat().st_size / 1e6, bar=LARGEST)
        if not browser.CHROMIUM:
            yield absent(DRAWN, "chromium is not installed", SLOWEST)
            return
        with browser.Browser() as chromium:
            yield limit_of_runs(DRAWN, [drawn_ms(chromium, path) for _ in range(bench.rounds)], bar=SLOWEST)
