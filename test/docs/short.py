"""Runs looplag with a command of the docs made short: short.py PROGRAM ARGUMENTS...

The docs' commands take minutes, since figures need requests. What a test wants to know is that they are understood
and do what the page says. So durations are a second, and large bodies are small.
"""

import re
import subprocess
import sys

# What takes the place of a command's own option, or is added.
SHORT = {
    "load": ["--duration=1"],
    "compare": ["--duration=600ms", "--rounds=2"],
    "sweep": ["--duration=500ms", "--rounds=2"],
    "diagnose": ["--duration=4", "--most=2"],
    "stages": ["--requests=3"],
}
# Where no class of the command's own says it.
STANDARD_CLASSES = {"load": ["--large-size=0.5", "--large-interval=0.2"],
                    "compare": ["--large-size=0.5", "--large-interval=0.2"],
                    "sweep": ["--large-interval=0.2"],
                    "diagnose": ["--large-size=0.5"],
                    "stages": ["--large-size=0.5"]}  # fmt: skip
PARTS = [("100KB,1MB,5MB,25MB", "50KB,200KB"), ("0.8,0.4,0.2,0.1,0.05", "0.2,0.1"),
         ("size=25,", "size=0.5,"), ("interval=1,", "interval=0.2,"),
         ("interval=2,", "interval=0.2,"), ("--probe=", "--probe=period=20ms,timeout=20ms,")]  # fmt: skip
# An objective may be missed, and the client be late, in so short a run.
RAN = (0, 98, 99)


def shorten(arguments):
    """The same command, short."""
    words = []
    for word in arguments:
        if words and words[-1] in ("--duration", "--rounds", "--large-size", "--large-interval"):
            words.pop()
        elif not re.match(r"--(duration|rounds|large-size|large-interval)=", word):
            words.append(word)
    for long, short in PARTS:
        words = [word.replace(long, short) for word in words]
    own_classes = any(re.match(r"--(class|plan)\b", word) for word in words)
    command = words[0] if words else ""
    standard = ["--large-size=0.5"] if any("large.interval" in word for word in words) else STANDARD_CLASSES.get(command, [])
    return words + SHORT.get(command, []) + ([] if own_classes else standard)


def main(program, *arguments):
    done = subprocess.run([program, *shorten(list(arguments))], check=False)
    return 0 if done.returncode in RAN else done.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
