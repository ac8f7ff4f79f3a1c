"""Makes the page of --html part of the program.

    embed.py FOLDER DYGRAPHS OUTPUT

FOLDER holds page.html, page.css and the scripts, DYGRAPHS Debian's libjs-dygraphs ("" where it is not
installed: the page then has tables and no charts). OUTPUT is the C file. The page's policy allows the one style and
the one script that are in it, by their hashes, and nothing else.
"""

import base64
import hashlib
import pathlib
import re
import sys

SCRIPTS = ["document.js", "dom.js", "charts.js", "timeline.js", "distribution.js", "curves.js", "tables.js", "main.js"]
PIECES = ["PAGE_HEAD", "PAGE_MIDDLE", "PAGE_TAIL"]


def source(path):
    """A file without the comment that names its source map, which is not in the page."""
    return re.sub(r"\n?(//|/\*)# sourceMappingURL=\S+?( ?\*/|$)", "", path.read_text(), flags=re.MULTILINE)


def allowed(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def page(folder, dygraphs):
    style = script = ""
    if dygraphs:
        style += source(pathlib.Path(dygraphs, "dygraph.min.css"))
        script += source(pathlib.Path(dygraphs, "dygraph.min.js")) + "\n"
    style += (folder / "page.css").read_text()
    script += "(function () {\n'use strict';\n" + "".join((folder / name).read_text() for name in SCRIPTS) + "}());\n"
    for text in (style, script):
        if re.search(r"</(script|style)|<!--", text, re.IGNORECASE):
            raise SystemExit("the style or a script would end its own element")
    html = (folder / "page.html").read_text()
    for name, text in {
        "style_hash": allowed(style), "script_hash": allowed(script), "style": style, "script": script,
    }.items():  # fmt: skip
        html = html.replace("{{" + name + "}}", text)
    return re.split(r"\{\{answer\}\}|\{\{document\}\}", html)


def rows(data):
    for at in range(0, len(data), 24):
        yield "    " + " ".join(f"{byte}," for byte in data[at : at + 24])


def main(folder, dygraphs, output):
    pieces = [piece.encode() for piece in page(pathlib.Path(folder), dygraphs)]
    assert len(pieces) == len(PIECES)
    lines = ["/* Made by embed.py. */", '#include "report/page.h"', ""]
    for name, piece in zip(PIECES, pieces):
        lines += [f"static const unsigned char {name.lower()}[] = {{", *rows(piece), "};", ""]
    lines += ["const unsigned char *const page_pieces[PAGE_PIECES] = {"]
    lines += [f"    [{name}] = {name.lower()}," for name in PIECES] + ["};", ""]
    lines += ["const size_t page_piece_lengths[PAGE_PIECES] = {"]
    lines += [f"    [{name}] = sizeof {name.lower()}," for name in PIECES] + ["};", ""]
    pathlib.Path(output).write_text("\n".join(lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
