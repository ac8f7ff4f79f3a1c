"""A picture as SVG, written piece by piece.

A picture says its colours as classes; the style sheet has them twice, for light and for dark. The background is part of
the picture, so that text can be read on any page. Coordinates are in units of which a picture has WIDTH across, and text is
12 units high: a screen of 400 px shows it at 11 px. Numbers are written with one decimal, so that a picture that is made again
is the same to the byte.
"""

import html

WIDTH = 440
SHOWN = 660  # in px, where the page has room for it

STYLE = """\
text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.quiet { fill: #59636e }
.end { text-anchor: end }
.middle { text-anchor: middle }
.ground { fill: #ffffff }
.grid { stroke: #d1d9e0; stroke-width: 1; fill: none }
.small { fill: #0969da }
.dots { stroke: #0969da; stroke-width: 1.8; stroke-linecap: round; fill: none }
.large { fill: #f5a35c }
.band { fill: #ffe3c7 }
.wait { fill: #cf222e }
.idle { fill: #eff2f5 }
.limit { stroke: #cf222e; stroke-width: 1.2; stroke-dasharray: 5 3; fill: none }
.a { stroke: #bc4c00 } .b { stroke: #0969da } .c { stroke: #1f2328 } .d { stroke: #8250df }
.curve { stroke-width: 1.8; fill: none }
.alone { stroke-dasharray: 2 3 }
.mark { stroke-width: 1.8; fill: none }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .quiet { fill: #9198a1 }
  .ground { fill: #0d1117 }
  .grid { stroke: #3d444d }
  .small { fill: #4493f8 }
  .dots { stroke: #58a6ff }
  .large { fill: #bd6b1e }
  .band { fill: #4a2d12 }
  .wait { fill: #ff7b72 }
  .idle { fill: #21262d }
  .limit { stroke: #ff7b72 }
  .a { stroke: #f0883e } .b { stroke: #58a6ff } .c { stroke: #f0f6fc } .d { stroke: #bc8cff }
}
"""


def number(value):
    """A coordinate: one decimal, none where it is 0."""
    return f"{round(value, 1) + 0.0:g}"


class Picture:
    """Elements in the order in which they are drawn. `title` and `words` are what a screen reader says."""

    def __init__(self, height, title, words):
        self.height, self.title, self.words = height, title, words
        self.elements = []
        self.rect(0, 0, WIDTH, height, "ground")

    def add(self, name, kind, text=None, **attributes):
        told = "".join(f' {key}="{value if isinstance(value, str) else number(value)}"' for key, value in attributes.items())
        end = "/>" if text is None else f">{html.escape(text, quote=False)}</{name}>"
        of_kind = f' class="{kind}"' if kind else ""
        self.elements.append(f"<{name}{of_kind}{told}{end}")

    def rect(self, x, y, width, height, kind):
        self.add("rect", kind, x=x, y=y, width=width, height=height)

    def line(self, x1, y1, x2, y2, kind):
        self.add("path", kind, d=f"M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}")

    def path(self, points, kind):
        """A line through points."""
        self.add("path", kind, d="M" + "L".join(f"{number(x)} {number(y)}" for x, y in points))

    def dots(self, points, kind):
        """A dot at each point, as lines of no length with round ends: the shortest way to write thousands."""
        self.add("path", kind, d="".join(f"M{number(x)} {number(y)}h0" for x, y in points))

    def text(self, x, y, text, kind=""):
        self.add("text", kind, text, x=x, y=y)

    def __str__(self):
        head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {number(self.height)}" width="{SHOWN}" '
                f'height="{number(self.height * SHOWN / WIDTH)}" role="img" aria-labelledby="title words">')  # fmt: skip
        told = [f'<title id="title">{html.escape(self.title)}</title>', f'<desc id="words">{html.escape(self.words)}</desc>']
        return "\n".join([head, *told, f"<style>\n{STYLE}</style>", *self.elements, "</svg>"]) + "\n"
