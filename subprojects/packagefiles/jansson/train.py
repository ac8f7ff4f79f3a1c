"""Compiles jansson twice: once to count what it does with train.c, once knowing that.

    train.py OUTPUT SOURCE_DIR CONFIG_DIR COMPILER [FLAGS...]

OUTPUT is the object file. The work is done in a folder beside it, under one file name,
since gcc finds the counts by the name of the object.
"""

import os
import shutil
import subprocess
import sys

STEPS = (
    ("-fprofile-generate", "-c", "{source}/unit.c", "-o", "unit.o"),
    ("-c", "{source}/train.c", "-o", "train.o"),
    ("-fprofile-generate", "unit.o", "train.o", "-o", "train"),
    None,  # run it
    ("-fprofile-use", "-fprofile-partial-training", "-c", "{source}/unit.c", "-o", "unit.o"),
)


def main():
    output, source, config = (os.path.abspath(path) for path in sys.argv[1:4])
    compiler = sys.argv[4:] + ["-I" + config, "-I" + source + "/src"]
    folder = output + ".train"
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    for step in STEPS:
        command = compiler + [word.format(source=source) for word in step] if step else ["./train"]
        subprocess.run(command, check=True, cwd=folder)
    os.replace(os.path.join(folder, "unit.o"), output)


if __name__ == "__main__":
    main()
