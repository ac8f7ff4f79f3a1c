"""docs/performance.md: a section for each group of rows, with the machine, commit and time that it was measured at.

A run writes the sections of the groups that it measured and leaves the others as they stand, so that a row can be
measured again without the hour that the whole takes.
"""

import os
import re

import machine
from rows import markdown

HEAD = """\
# Performance

Written by `./run bench --write docs/performance.md`; not edited by hand. Each section says on which machine, at which
commit and when it was measured, and the load average of the minute before; `--only GROUP` measures one of them again.

*ours* and *peer* are medians, *ratio* is the median of the pairs' ratios, *min..max* their spread (for
"`--mode=...`, against without", one run: looplag's own 95 % interval). A row without a peer is a figure
against a fixed limit. Each pair was measured in turn in one run; memory and instructions, which
repeat, once.
"""

NOTES = """\
(1) nginx discards a 1.1 kB body in three ways here. All have read it to its end before they
answer (a body that came with its head needs no waiting). As it comes, nginx takes two reads for head
and body, for its head buffer holds 1 kB. With a head buffer of 8 kB it takes one, as libmicrohttpd
does: that is nginx at its best, so the bar is held against it. With `echo_read_request_body`
nginx's body reader runs before the reply.

(2) For a large body `return 200` answers before it has read it: the time ends when the client has sent
its last byte, with some MB of it still in socket buffers. That is the faster peer, and the bar is
held against it. With a second request behind it on the same connection, or with
`echo_read_request_body` (which keeps the body in memory), nginx has read all of it, as looplagd has.

(3) `./run` compiles jansson with the program, from the distribution's source: one unit, -O3, and gcc
told what it does most (subprojects/packagefiles/jansson). The peers have the distribution's library,
as it comes. These rows are against the plain server with looplagd's: what is left is looplagd's own.

(4) The median of the runs' longest, and *min..max* of them. A hypervisor that takes the processor away
does not stop the thread's CPU clock, nor do interrupts: *peer* is what that comes to here for threads
that do nothing else, one for each CPU, for as long, between the runs.
"""

LAST = ("Notes", "Versions")


def section(rows, rounds, seconds, load, doubts):
    """What stands below a group's heading."""
    lines = ["%s, commit %s; load average before it %s. %d pairs a row, %d s.\n" % (
        machine.describe(), machine.commit(), load, rounds, seconds), *markdown(rows)]
    lines += ["\nNot trustworthy: %s." % doubt for doubt in doubts]
    return "\n".join(lines)


def split(text):
    """The sections of a document that this module wrote, by their headings."""
    parts = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)
    return {name: body.strip() for name, body in zip(parts[1::2], parts[2::2])}


def join(groups, sections):
    """The document: the groups in their order, those that nobody measured yet left out."""
    names = [name for name in (*groups, *LAST) if name in sections]
    return "\n".join([HEAD, *("## %s\n\n%s\n" % (name, sections[name]) for name in names)])


def write(path, groups, measured, looplagd):
    """Puts the measured sections into the document, in one step; the others stay."""
    sections = {**split(machine.read(path)), **measured}
    versions = ["| what | version |", "|------|---------|",
                *("| %s | %s |" % line for line in machine.versions(looplagd))]
    sections.update(zip(LAST, (NOTES.strip(), "\n".join(versions))))
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(join(groups, sections))
    os.replace(path + ".new", path)
