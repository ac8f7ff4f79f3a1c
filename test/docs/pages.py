"""The project's Markdown as the tests read it: fenced blocks, code, links and anchors.

A fenced block begins with ```LANGUAGE WORD...; readers see the language only, the words are for the tests:

    ```python app.py            a file of this name
    ```sh                       commands that test_commands.py runs
    ```sh background port=8443  a server, which runs until the page ends; its port, if the command does not name it
    ```sh setup                 what a later command needs, as a certificate
    ```sh needs=node,nginx      skipped where one of these is not installed
    ```text output              what the block above it printed, on the machine that the page names
    ```text lines               lines of what the blocks above it print, to the letter
"""

import collections
import pathlib
import re
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(\S*) *(.*)$")
CODE = re.compile(r"(`+)(.+?)\1", re.DOTALL)
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
HEADING = re.compile(r"(?m)^#{1,6} +(.+?)\s*$")

Block = collections.namedtuple("Block", "line language words text")


def pages():
    """Every Markdown file of the project, but what a build unpacks."""
    found = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")]
    found += sorted((ROOT / "docs").glob("*.md")) + sorted((ROOT / "contrib").glob("**/*.md"))
    return [page for page in found if page.exists()]


def name_of(page):
    return str(page.relative_to(ROOT))


class Page:
    """One file: `blocks` are its fenced ones, `prose` is the rest with its line numbers kept."""

    def __init__(self, path):
        self.path = path
        self.blocks = []
        prose, block = [], None
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            fence = FENCE.match(line)
            if block is None and not fence:
                prose.append(line)
                continue
            prose.append("")
            if block is None:
                block = Block(number, fence[1], fence[2].split(), [])
            elif fence:
                self.blocks.append(block._replace(text="\n".join(block.text) + "\n"))
                block = None
            else:
                block.text.append(line)
        assert block is None, f"{path}: the block of line {block.line} has no end"
        self.prose = "\n".join(prose) + "\n"

    def links(self):
        """Where its links lead, but what is code."""
        text = re.sub(r"(?m)^    .*$", "", CODE.sub("", self.prose))
        return [urllib.parse.unquote(target) for target in LINK.findall(text)]

    def inline_code(self):
        return [" ".join(code.split()) for _, code in CODE.findall(re.sub(r"(?m)^    .*$", "", self.prose))]

    def code_lines(self, languages=("", "sh")):
        """The lines of indented blocks, and of fenced ones in these languages; what a backslash continues is one."""
        indented = "\n".join(re.findall(r"(?m)^    +(.*)$", self.prose))
        fenced = "\n".join(block.text for block in self.blocks if block.language in languages)
        return re.sub(r"\\\n\s*", " ", indented + "\n" + fenced).splitlines()

    def anchors(self):
        """The names that its headings have as links."""
        seen = collections.Counter()
        names = set()
        for heading in HEADING.findall(self.prose):
            text = LINK.sub(lambda link: re.match(r"!?\[(.*)\]\(", link[0])[1], heading.replace("`", ""))
            name = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            names.add(f"{name}-{seen[name]}" if seen[name] else name)
            seen[name] += 1
        return names


def word_of(block, key):
    """The value of KEY=VALUE in a block's first line, or ""."""
    return next((word.partition("=")[2] for word in block.words if word.startswith(key + "=")), "")
