"""The table of docs/protocol.md that says where 422 differs from FastAPI with pydantic v2, read and tried.

looplagd's column is tried on every endpoint. FastAPI's is tried where a FastAPI with pydantic v2 is installed
for the system's Python; Debian 12 has v1, whose words are others, so there it is skipped and says so.
"""

import json
import pathlib
import re
import subprocess
import unittest

from support import DEADLINE_S, ServerCase, needs

PROTOCOL = pathlib.Path(__file__).resolve().parents[2] / "docs" / "protocol.md"
BEGIN, END = "<!-- pydantic: begin -->", "<!-- pydantic: end -->"
PYTHON = "/usr/bin/python3"

# Answers each body (hexadecimal, one a line) as a FastAPI server would, without a socket.
FASTAPI = r"""
import asyncio, datetime, json, sys
import fastapi, pydantic
if pydantic.VERSION.startswith("1."):
    sys.exit(f"pydantic v2 is not installed; this is {pydantic.VERSION}")
app = fastapi.FastAPI()
class Parameter(pydantic.BaseModel):
    name: str
    data: dict[str, int]
    timestamp: datetime.datetime | None = None
@app.post("/")
async def take(parameter: Parameter):
    return {}
async def ask(body):
    said = {"body": b""}
    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}
    async def send(message):
        said["status"] = message.get("status", said.get("status"))
        said["body"] += message.get("body", b"")
    try:
        await app(scope_of(), receive, send)
    except Exception:
        pass  # a server answers 500, as the application has done already
    return [said["status"], json.loads(said["body"]) if said["status"] == 422 else None]
def scope_of():
    return {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
            "scheme": "http", "path": "/", "raw_path": b"/", "query_string": b"", "root_path": "",
            "headers": [(b"content-type", b"application/json")],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2)}
for line in sys.stdin:
    print(json.dumps(asyncio.run(ask(bytes.fromhex(line)))))
"""


def in_backticks(cell):
    return re.findall(r"`([^`]*)`", cell)


class Row:
    """A line of the table: the body, and what each of the two answers: (status, type, loc)."""

    def __init__(self, line):
        body, ours, theirs, _ = (cell.strip() for cell in line.strip("|").split(" | "))
        raw = in_backticks(body)[0].encode()
        self.body = re.sub(rb"\\x(..)", lambda match: bytes.fromhex(match[1].decode()), raw)
        self.ours, self.theirs = self.outcome(ours), self.outcome(theirs)

    def outcome(self, cell):
        """`int_type` `["body", "data", "k"]`, or just a status."""
        words = in_backticks(cell)
        if not words:
            return int(cell.split()[0]), None, None
        return 422, words[0], json.loads(words[1])


def rows():
    text = PROTOCOL.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [Row(line) for line in lines]


def outcome_of(status, reply):
    if status != 422:
        return status, None, None
    (told,) = reply["detail"]
    return status, told["type"], told["loc"]


class Table(ServerCase):
    def test_the_table_says_what_looplagd_answers(self):
        found = rows()
        self.assertGreater(len(found), 15)
        for row in found:
            with self.subTest(body=row.body):
                self.assertEqual(outcome_of(*self.ask_all(row.body)), row.ours)

    @needs("one-loop")  # it is no matter of modes: once is enough
    def test_the_table_says_what_fastapi_answers(self):
        found = rows()
        asked = "".join(row.body.hex() + "\n" for row in found)
        try:
            done = subprocess.run(
                [PYTHON, "-c", FASTAPI], input=asked, capture_output=True, text=True, timeout=DEADLINE_S, check=False
            )  # fmt: skip
        except FileNotFoundError:
            self.skipTest(f"{PYTHON} is not there: install python3")
        if done.returncode:
            why = done.stderr.strip().splitlines()[-1]
            if "pydantic v2" in why or "No module named" in why:
                self.skipTest(f"FastAPI with pydantic v2 is not installed for {PYTHON}: {why}")
            self.fail(done.stderr)
        for row, line in zip(found, done.stdout.splitlines(), strict=True):
            with self.subTest(body=row.body):
                self.assertEqual(outcome_of(*json.loads(line)), row.theirs)


if __name__ == "__main__":
    unittest.main()
