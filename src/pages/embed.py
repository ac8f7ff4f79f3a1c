#!/usr/bin/env python3
"""Makes C of the pages: each HTML file with its style sheets and scripts in it, and the headers that go with it.

    embed.py OUT.c PAGE.html... [TEXT.json...]

A page names its style sheets and scripts as files beside it, so that an editor knows them and a browser opens it from
disk. In the program it is one text, and needs one request. Its Content-Security-Policy lets run and apply just these
scripts and sheets, by their hashes, and lets the page ask nobody but the server that it came from.
A JSON file becomes a text without blanks, called by its name.
"""

import base64
import hashlib
import json
import pathlib
import re
import sys

SHEET = re.compile(r'<link rel="stylesheet" href="([\w.]+)">')
SCRIPT = re.compile(r'<script src="([\w.]+)"></script>')


def source(text):
    """The hash by which a policy knows an element's text."""
    return "'sha256-%s'" % base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def assemble(file):
    """The page's text and its policy."""
    allowed = {"style-src": [], "script-src": []}

    def inline(directive, tag):
        def replace(match):
            text = "\n" + (file.parent / match[1]).read_text(encoding="utf-8")
            if "</" + tag in text:
                raise SystemExit(f"{match[1]} would end its own element")
            allowed[directive].append(source(text))
            return f"<{tag}>{text}</{tag}>"

        return replace

    text = SHEET.sub(inline("style-src", "style"), file.read_text(encoding="utf-8"))
    text = SCRIPT.sub(inline("script-src", "script"), text)
    policy = ["default-src 'none'", "connect-src 'self'", "img-src data:"]
    policy += [" ".join([directive, *sources]) for directive, sources in allowed.items()]
    policy += ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]
    return text, "; ".join(policy)


def array(declaration, text):
    """An array of the text's bytes."""
    data = text.encode()
    lines = [",".join(map(str, data[i : i + 32])) for i in range(0, len(data), 32)]
    return "%s[] = {\n%s};\n" % (declaration, ",\n".join(lines))


def page(name, text, policy):
    headers = {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }
    rows = ["{%s, %s}" % (json.dumps(key), json.dumps(value)) for key, value in headers.items()]
    return array(f"static const unsigned char {name}_text", text) + (
        "const struct page page_%s = {%s_text, sizeof %s_text, {%s, {0, 0}}};\n" % (name, name, name, ", ".join(rows))
    )


def main():
    out, *files = map(pathlib.Path, sys.argv[1:])
    parts = ['/* Made by src/pages/embed.py. */\n#include "endpoint/page.h"\n']
    for file in files:
        if file.suffix == ".html":
            parts.append(page(file.stem, *assemble(file)))
        else:
            text = json.dumps(json.loads(file.read_text(encoding="utf-8")), separators=(",", ":"))
            parts.append(array(f"const char page_{file.stem}", text + "\0"))
    out.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
