"""The live page and the API's page in chromium: what they show is what happened, and everybody can use them."""

import os
import pathlib
import re
import select
import socket
import subprocess
import tempfile
import unittest

import browser

LOOPLAGD = os.environ["LOOPLAGD"]
DEADLINE_S = 60
ATTEMPTS = 5  # a machine that is busy with other things delays small requests, too
SMALL_DONE = "traffic.small.filter(each => each.ended && !each.failed).length"


class Server:
    """A running looplagd."""

    def __init__(self, *arguments, port=0):
        self.process = subprocess.Popen(
            [LOOPLAGD, f"--port={port}", "--no-access-log", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        ready = select.select([self.process.stdout], [], [], DEADLINE_S)[0]
        match = re.match(r"listening on (http://127\.0\.0\.1:(\d+)) ", self.process.stdout.readline() if ready else "")
        if not match:
            self.process.kill()
            raise AssertionError(f"the server did not start: {self.process.communicate()}")
        self.url, self.port = match[1], int(match[2])

    def kill(self):
        """Whatever is left of it."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def stop(self):
        """Drains it; its exit code."""
        self.process.terminate()
        self.process.communicate(timeout=DEADLINE_S)
        return self.process.returncode


@browser.needs_chromium
class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.close)

    def server(self, *arguments, port=0):
        server = Server(*arguments, port=port)
        self.addCleanup(server.kill)
        return server

    def open(self, url, **emulated):
        page = self.browser.page(url, **emulated)
        self.addCleanup(page.close)
        return page

    def send(self, page, what):
        """Presses a button; what the table says of it then: ms by name, and the sentence below the chart."""
        before = page.evaluate("document.querySelectorAll('#sent tbody tr[data-took]').length")
        enough = page.evaluate(SMALL_DONE) + 3
        page.wait_for(f"{SMALL_DONE} >= {enough}", "small requests are answered")
        page.click(what)
        page.wait_for(f"document.querySelectorAll('#sent tbody tr[data-took]').length > {before}", f"{what} is over")
        row = page.evaluate("({...document.querySelector('#sent tbody tr').dataset})")
        row["said"] = page.evaluate("document.getElementById('said').textContent")
        return {name: float(value) if name != "said" and value else value for name, value in row.items()}

    def assert_no_stall(self, page, what, long_ms):
        """In one of some attempts no small request waits for half as long as parsing takes."""
        rows = []
        for _ in range(ATTEMPTS):
            rows.append(self.send(page, what))
            self.assertEqual(rows[-1]["status"], 200, rows)
            if rows[-1]["slowest"] < (long_ms or rows[-1]["parsing"]) / 2:
                return
        self.fail(f"small requests waited each time: {rows}")

    def test_the_stall_is_seen_in_select_and_not_in_threads(self):
        """In one page, which survives the end of one server and the start of the next."""
        holder = socket.socket()  # keeps the port for these two
        self.addCleanup(holder.close)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        first = self.server("--mode=select", port=holder.getsockname()[1])
        page = self.open(first.url)
        page.wait_for("document.getElementById('serving').textContent.includes('one event loop')", "it says how it serves")
        stalled = self.send(page, "Send 25 MB to /ping")
        self.assertEqual(stalled["status"], 200)
        self.assertGreater(stalled["slowest"], stalled["parsing"] / 2, stalled)
        self.assertIn("took 50 ms or more", stalled["said"])
        held = page.evaluate("server.lanes.flatMap(lane => lane.holds.map(({ms}) => ms))")
        self.assertGreater(max(held), stalled["parsing"] / 2, "the lane below the chart shows the hold")
        self.assert_no_stall(page, "Send 25 MB to /stream", stalled["parsing"])
        self.assertEqual(page.complaints(), [])

        self.assertEqual(first.stop(), 0)
        page.wait_for("document.getElementById('trouble').textContent.includes('No answer')", "it says that the server is gone")
        second = self.server("--mode=threads", port=first.port)
        page.wait_for("document.getElementById('serving').textContent.includes('a thread of its own')", "it goes on by itself")
        page.wait_for("document.getElementById('trouble').hidden", "the note is gone")
        self.assert_no_stall(page, "Send 25 MB to /ping", None)
        self.assertEqual(second.stop(), 0)
        thrown = [each for each in page.console if each.kind == "exception" or "security" in each.text]
        self.assertEqual(thrown, [])
        self.assertEqual({url.split("/")[2] for url in page.requests if url.startswith("http")}, {f"127.0.0.1:{first.port}"})

    def test_refusals_are_told(self):
        page = self.open(self.server("--max-body=/ping=100").url)
        page.wait_for("document.getElementById('trouble').textContent.includes('413')", "small requests are refused")
        row = self.send_refused(page, "Send 1 MB to /ping")
        self.assertIn("was refused: 413", row)

    def send_refused(self, page, what):
        page.click(what)
        return page.wait_for("(t => t.includes('refused') && t)(document.getElementById('said').textContent)", "it is told")

    def test_a_server_that_asks_for_tokens_gets_them(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "tokens")
            path.write_text("teacher a-token-of-a-teacher\n", encoding="ascii")
            path.chmod(0o600)
            page = self.open(self.server(f"--token-file={path}").url)
            page.wait_for("!document.getElementById('tokens').hidden", "the form is there")
            self.assertEqual(page.unnamed("form, input, button"), [])
            self.assertEqual(page.pale_texts(), [])
            page.evaluate("document.getElementById('user-token').value = 'a-token-of-a-teacher'")
            page.click("Use them", "button")
            page.wait_for(f"{SMALL_DONE} > 3", "small requests are answered")
            page.wait_for("document.getElementById('tokens').hidden", "the form is gone")

    def assert_for_everybody(self, page):
        self.assertEqual(page.unnamed(), [])
        for dark in (False, True):
            for width in (400, 1400):
                page.emulate(width=width, dark=dark)
                self.assertEqual(page.pale_texts(), [], f"dark: {dark}")
                self.assertEqual(page.overflows(), 0, f"{width} px wide")

    def test_the_live_page_is_for_everybody(self):
        server = self.server("--mode=pool", "--workers=3")
        page = self.open(server.url)
        page.wait_for(f"{SMALL_DONE} > 3", "small requests are answered")
        self.assert_for_everybody(page)
        chart = page.nodes("image")
        self.assertTrue(any("small requests in the last 30 seconds" in node.name for node in chart), chart)
        self.assertEqual(len(page.nodes("table")), 2)
        page.evaluate("document.querySelector('[aria-label=\"Send 1 MB to /stream\"]').focus()")
        page.press("Enter")
        page.wait_for("document.querySelector('#sent tbody tr[data-took]') !== null", "the keyboard sends it, too")
        page.click("Pause", "button")
        page.wait_for("!traffic.isSending()", "it pauses")
        page.click("Go on", "button")
        page.wait_for("traffic.isSending()", "it goes on")
        self.assertEqual(page.complaints(), [])

    def test_the_page_of_the_api(self):
        server = self.server()
        page = self.open(server.url + "/docs")
        page.wait_for("document.querySelectorAll('details').length >= 8", "operations are listed")
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        self.assert_for_everybody(page)
        page.emulate(width=400)
        wide = "[...document.querySelectorAll('table')].filter(t => t.scrollWidth > t.parentElement.clientWidth).length"
        self.assertEqual(page.evaluate(wide), 0, "tables that are wider than their place")
        page.click("Send POST /ping", "button")
        said = page.wait_for("(e => !e.hidden && e.textContent)(document.querySelector('#post_ping .answer'))", "it is tried")
        self.assertIn("200 OK", said)
        self.assertIn('"count": 2', said)
        self.assertEqual(page.complaints(), [])


if __name__ == "__main__":
    unittest.main()
