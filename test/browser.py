"""A real browser for tests of pages: Debian's chromium, headless, spoken to over its DevTools protocol.

    with Browser() as browser:
        page = browser.page("file:///...", width=1400)
        page.click("Send 25 MB to /ping")
        page.wait_for("document.querySelector('output').textContent !== ''", "the answer stands there")

The standard library is all that it takes: DevTools speaks JSON over a WebSocket, of which a client needs the handshake
and masked frames. A page that is looked at: `evaluate`, `click` and `press` as a person would, `console` for what went
wrong in it, `tree` for what a screen reader is told, `unnamed` and `pale_texts` for what it would miss, `screenshot`.

Each Browser has a profile folder, a port of the kernel's choice and a process group of its own, and ends all three.
Where chromium is missing, `needs_chromium` skips a test or a class of tests.
"""

import base64
import collections
import ctypes
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import unittest

CHROMIUM = shutil.which("chromium")
SANITIZED = os.environ.get("LOOPLAG_SANITIZE", "none") not in ("", "none")

# The longest wait for anything; a passing run never comes near it.
DEADLINE_S = 120.0 if SANITIZED else 60.0

needs_chromium = unittest.skipUnless(CHROMIUM, "chromium is not installed: install the package chromium")

ARGUMENTS = (
    "--headless=new",
    "--remote-debugging-port=0",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--mute-audio",
    "--password-store=basic",
)

# What a person works or reads with: each has to have a role and a name.
NAMED = (
    "a[href], button, input:not([type=hidden]), select, textarea, summary, table, canvas, img, meter, progress, output, "
    "svg:not(svg svg), [role=img], [role=button], [role=checkbox], [role=switch], [role=tab], [role=slider], [tabindex='0']"
)

# Of an element that is not there for a screen reader: nobody sees it, or the page says that it is decoration.
NOT_THERE = {"notRendered", "notVisible", "ariaHiddenElement", "ariaHiddenSubtree", "inertElement", "inertSubtree", "emptyAlt"}


PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def die_with_parent():
    """A test that is killed leaves no browser behind."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class BrowserError(Exception):
    """The page threw, the protocol refused, or the browser is gone."""


class WebSocket:
    """A client's side of RFC 6455, as far as DevTools goes: text messages of any length."""

    def __init__(self, port, path):
        self.socket = socket.create_connection(("127.0.0.1", port), DEADLINE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = b""
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        deadline = time.monotonic() + DEADLINE_S
        while b"\r\n\r\n" not in self.pending:
            self.fill(deadline)
        head, _, self.pending = self.pending.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"):
            raise BrowserError(f"no WebSocket: {head[:200]!r}")

    def close(self):
        self.socket.close()

    def fill(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the browser says nothing")
        self.socket.settimeout(left)
        data = self.socket.recv(1 << 20)
        if not data:
            raise BrowserError("the browser is gone")
        self.pending += data

    def take(self, count, deadline):
        while len(self.pending) < count:
            self.fill(deadline)
        taken, self.pending = self.pending[:count], self.pending[count:]
        return taken

    def send_frame(self, opcode, payload):
        length = len(payload)
        if length < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | length)
        elif length < 1 << 16:
            head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, length)
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, length)
        # A mask of zeros is one, too: it is there against proxies, and there is none.
        self.socket.settimeout(DEADLINE_S)
        self.socket.sendall(head + b"\0\0\0\0" + payload)

    def send(self, text):
        self.send_frame(1, text.encode())

    def receive(self, deadline):
        """The next message. A server's frames are not masked; pings are answered."""
        message = b""
        while True:
            first, second = self.take(2, deadline)
            length = second & 0x7F
            if length == 126:
                (length,) = struct.unpack("!H", self.take(2, deadline))
            elif length == 127:
                (length,) = struct.unpack("!Q", self.take(8, deadline))
            payload = self.take(length, deadline)
            opcode = first & 0x0F
            if opcode == 8:
                raise BrowserError("the browser closed the connection")
            if opcode == 9:
                self.send_frame(10, payload)
            elif opcode in (0, 1):
                message += payload
                if first & 0x80:
                    return message.decode()


class Node(collections.namedtuple("Node", "role name value ignored reasons properties backend")):
    """What a screen reader is told of one element."""

    @classmethod
    def of(cls, raw):
        def text(key):
            return str(raw.get(key, {}).get("value", ""))

        return cls(
            text("role"), text("name").strip(), text("value"), raw.get("ignored", False),
            {reason["name"] for reason in raw.get("ignoredReasons", ())},
            {each["name"]: each["value"].get("value") for each in raw.get("properties", ())},
            raw.get("backendDOMNodeId"),
        )  # fmt: skip


class Message(collections.namedtuple("Message", "kind text")):
    """What a page said on its console: kind is the level (log, info, warning, error) or `exception`."""

    @property
    def is_bad(self):
        return self.kind in ("error", "warning", "exception", "assert")


class Browser:
    """A running chromium, from `with` to its end."""

    def __init__(self, *arguments):
        if not CHROMIUM:
            raise BrowserError("chromium is not installed")
        self.folder = tempfile.mkdtemp(prefix="looplag-browser-")
        self.log = open(os.path.join(self.folder, "log"), "w+b")  # noqa: SIM115
        self.process = None
        self.wire = None
        self.pages = {}
        self.calls = 0
        self.replies = {}
        try:
            self.start(arguments)
        except BaseException:
            self.close()
            raise

    def start(self, arguments):
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen(
            [CHROMIUM, *ARGUMENTS, *root, f"--user-data-dir={self.folder}/profile", *arguments, "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            env={**os.environ, "HOME": self.folder, "XDG_CONFIG_HOME": self.folder, "XDG_CACHE_HOME": self.folder},
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        port, path = self.wait_for_port()
        self.wire = WebSocket(port, path)

    def wait_for_port(self):
        """Chromium writes where it listens into its profile."""
        told = pathlib.Path(self.folder, "profile", "DevToolsActivePort")
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            lines = told.read_text(encoding="ascii").split("\n") if told.exists() else []
            if len(lines) >= 2 and lines[1]:
                return int(lines[0]), lines[1]
            time.sleep(0.02)
        self.log.seek(0)
        raise BrowserError(f"chromium did not start: {self.log.read()[-2000:].decode(errors='replace')}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends what was started; twice is fine."""
        if self.wire:
            self.wire.close()
            self.wire = None
        if self.process:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()
            self.process = None
        self.log.close()
        # Its helpers may still write for a moment.
        deadline = time.monotonic() + 5
        while os.path.exists(self.folder) and time.monotonic() < deadline:
            shutil.rmtree(self.folder, ignore_errors=True)
            time.sleep(0.01)

    def send(self, method, session, parameters):
        self.calls += 1
        message = {"id": self.calls, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self.wire.send(json.dumps(message))
        return self.calls

    def pump(self, deadline):
        """Takes one message: a reply is kept, an event goes to its page."""
        message = json.loads(self.wire.receive(deadline))
        if "id" in message:
            self.replies[message["id"]] = message
        elif message.get("sessionId") in self.pages:
            self.pages[message["sessionId"]].take_event(message["method"], message["params"])

    def call(self, method, session=None, timeout=DEADLINE_S, **parameters):
        """One command and its result."""
        number = self.send(method, session, parameters)
        deadline = time.monotonic() + timeout
        while number not in self.replies:
            self.pump(deadline)
        reply = self.replies.pop(number)
        if "error" in reply:
            raise BrowserError(f"{method}: {reply['error'].get('message')} {reply['error'].get('data', '')}")
        return reply["result"]

    def page(self, url=None, **emulated):
        """A new tab, 1400 x 900 unless told otherwise (see Page.emulate), and in it the URL."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session, target)
        self.pages[session] = page
        page.begin()
        page.emulate(**emulated)
        if url:
            page.open(url)
        return page


class Page:
    """A tab."""

    def __init__(self, browser, session, target):
        self.browser = browser
        self.session = session
        self.target = target
        self.console = []
        self.requests = []  # every URL that it asked for
        self.loads = 0

    def begin(self):
        for domain in ("Page", "Runtime", "Log", "Network", "DOM", "Accessibility"):
            self.call(domain + ".enable")
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)  # as if it were in front

    def call(self, method, timeout=DEADLINE_S, **parameters):
        return self.browser.call(method, self.session, timeout, **parameters)

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)
        self.browser.pages.pop(self.session, None)

    def take_event(self, method, parameters):
        if method == "Runtime.consoleAPICalled":
            texts = [str(each.get("value", each.get("description", ""))) for each in parameters["args"]]
            self.console.append(Message(parameters["type"], " ".join(texts)))
        elif method == "Runtime.exceptionThrown":
            self.console.append(Message("exception", describe(parameters["exceptionDetails"])))
        elif method == "Log.entryAdded":
            entry = parameters["entry"]
            self.console.append(Message(entry["level"], f"{entry['source']}: {entry['text']} {entry.get('url', '')}"))
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif method == "Page.loadEventFired":
            self.loads += 1

    def complaints(self):
        """Errors, warnings and exceptions so far; what the Content-Security-Policy refused is among them."""
        self.evaluate("0")  # what was said before has come
        return [message for message in self.console if message.is_bad]

    # --- looking and doing

    def open(self, url):
        """Goes there and waits until it is loaded."""
        before = self.loads
        result = self.call("Page.navigate", url=url)
        if result.get("errorText"):
            raise BrowserError(f"{url}: {result['errorText']}")
        deadline = time.monotonic() + DEADLINE_S
        while self.loads == before:
            self.browser.pump(deadline)

    def reload(self):
        before = self.loads
        self.call("Page.reload")
        deadline = time.monotonic() + DEADLINE_S
        while self.loads == before:
            self.browser.pump(deadline)

    def evaluate(self, expression, timeout=DEADLINE_S):
        """The value of a JavaScript expression; of a promise, what it becomes. An element has none: ask for `!== null`."""
        result = self.call(
            "Runtime.evaluate", timeout, expression=expression, awaitPromise=True, returnByValue=True, userGesture=True
        )
        if "exceptionDetails" in result:
            raise BrowserError(describe(result["exceptionDetails"]))
        return result["result"].get("value")

    def wait_for(self, expression, what, timeout=DEADLINE_S):
        """Asks until the expression is true; its value. Fails at the deadline."""
        deadline = time.monotonic() + timeout
        while True:
            value = self.evaluate(expression)
            if value:
                return value
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: not within {timeout} s; the console says {self.console[-5:]}")
            time.sleep(0.02)

    def emulate(self, width=1400, height=900, dark=False, printed=False, still=False, forced_colors=False):
        """The window's size, and what its owner prefers."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        features = [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if still else "no-preference"},
            {"name": "forced-colors", "value": "active" if forced_colors else "none"},
        ]
        self.call("Emulation.setEmulatedMedia", media="print" if printed else "", features=features)

    def screenshot(self, path, whole=True):
        """A PNG of the page, or of what its window shows."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        pathlib.Path(path).write_bytes(base64.b64decode(shot["data"]))

    def click(self, name, role=None):
        """Clicks in the middle of what a screen reader calls so; there is exactly one."""
        self.click_node(self.node(name, role))

    def click_node(self, node):
        self.call("DOM.scrollIntoViewIfNeeded", backendNodeId=node.backend)
        quad = self.call("DOM.getContentQuads", backendNodeId=node.backend)["quads"][0]
        where = {"x": sum(quad[0::2]) / 4, "y": sum(quad[1::2]) / 4}
        self.call("Input.dispatchMouseEvent", type="mouseMoved", **where)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **where)

    def hover(self, x, y):
        """Moves the mouse there, in CSS pixels of the window."""
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def press(self, key):
        """A key of the keyboard, by its name: "Tab", "Enter", " ", "ArrowRight", "a"."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39,
                 "ArrowDown": 40, "Home": 36, "End": 35}  # fmt: skip
        code = codes.get(key, ord(key.upper()[0]))
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        down = {"type": "keyDown" if text else "rawKeyDown", "key": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", **down, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def focused(self):
        """The text or label of what has the keyboard."""
        return self.evaluate(
            "(e => e === document.body ? '' : e.ariaLabel || e.labels?.[0]?.innerText || e.innerText || e.tagName)"
            "(document.activeElement)"
        )

    # --- what a screen reader is told

    def tree(self):
        """Every node that is not ignored, in the page's order."""
        nodes = [Node.of(raw) for raw in self.call("Accessibility.getFullAXTree")["nodes"]]
        return [node for node in nodes if not node.ignored]

    def nodes(self, role):
        return [node for node in self.tree() if node.role == role]

    def node(self, name, role=None):
        """The one of this name, and role if it is given; not a text within it."""
        tree = self.tree()
        found = [node for node in tree if node.name == name and node.role not in ("StaticText", "InlineTextBox")]
        found = [node for node in found if role in (None, node.role)]
        if len(found) != 1:
            names = sorted({node.name for node in tree if node.name and node.role not in ("StaticText", "InlineTextBox")})
            raise AssertionError(f"{len(found)} nodes are called {name!r} ({role or 'any role'}); there are: {names}")
        return found[0]

    def unnamed(self, selector=NAMED):
        """What of a selector's elements has no role or no name though it is shown: a line for each."""
        root = self.call("DOM.getDocument", depth=0)["root"]["nodeId"]
        bad = []
        for number in self.call("DOM.querySelectorAll", nodeId=root, selector=selector)["nodeIds"]:
            raw = self.call("Accessibility.getPartialAXTree", nodeId=number, fetchRelatives=False)["nodes"]
            node = Node.of(raw[0])
            if node.ignored and node.reasons & NOT_THERE:
                continue
            if node.ignored or not node.name or node.role in ("", "none", "generic", "presentation"):
                html = self.call("DOM.getOuterHTML", nodeId=number)["outerHTML"]
                bad.append(f"role {node.role!r}, name {node.name!r}: {html[:120]}")
        return bad

    def pale_texts(self, least=4.5):
        """Shown texts whose contrast with what is behind them is less: [(ratio, text, colours)]."""
        return [tuple(each) for each in self.evaluate(f"({PALE_TEXTS})({least})")]

    def overflows(self):
        """How many pixels the page is wider than its window; 0 is right."""
        return self.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def describe(details):
    thrown = details.get("exception", {})
    return str(thrown.get("description") or thrown.get("value") or details.get("text"))


# Texts on top of colours, blended as they are painted; pictures and gradients are not looked at. Of SVG text its
# `fill` counts. What is hidden, disabled or of no size is not looked at either.
PALE_TEXTS = r"""
least => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
  const known = new Map();
  const rgba = color => {
    if (!known.has(color)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = '#000';
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      known.set(color, [r, g, b, a / 255]);
    }
    return known.get(color);
  };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const light = color => {
    const [r, g, b] = color.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const canvasColor = rgba('Canvas');
  const behind = element => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      const style = getComputedStyle(e);
      if (!(e instanceof SVGElement) || e instanceof SVGSVGElement)
        layers.unshift(rgba(style.backgroundColor));
    }
    return layers.reduce((below, top) => over(top, below), canvasColor.slice(0, 3).concat(1));
  };
  const bad = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const text = node.data.trim(), element = node.parentElement;
    if (!text || !element || element.closest('script, style, noscript, :disabled, option, canvas'))
      continue;
    if (!element.checkVisibility({opacityProperty: true, visibilityProperty: true}))
      continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.width < 2 || box.height < 2)
      continue;
    const style = getComputedStyle(element);
    const back = behind(element);
    const color = over(rgba(element instanceof SVGElement ? style.fill : style.color), back);
    const [high, low] = [light(color), light(back)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < least)
      bad.push([Math.round(ratio * 100) / 100, text.slice(0, 60), style.color + ' on ' + back.map(Math.round)]);
  }
  return bad;
}
"""
