"""Tables as Markdown, from rows of cells; the first row holds the headings."""


def plain(rows):
    """A table without padding, for cells of very different lengths."""
    head, *body = ("| " + " | ".join(cells) + " |\n" for cells in rows)
    return head + "|---" * len(rows[0]) + "|\n" + "".join(body)


def padded(rows, text):
    """A table that reads as text, too; `text` are the columns that are not numbers."""
    columns = range(len(rows[0]))
    widths = [max(len(row[i]) for row in rows) for i in columns]
    rule = ["-" * widths[i] if i in text else "-" * (widths[i] - 1) + ":" for i in columns]
    lines = ([row[i].ljust(widths[i]) if i in text else row[i].rjust(widths[i]) for i in columns]
             for row in (rows[0], rule, *rows[1:]))  # fmt: skip
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)
