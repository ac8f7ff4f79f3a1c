"""`meson setup --wrap-mode=forcefallback` builds looplagd from sources alone, without a network.

What git knows of the tree is copied, together with the archives that are there already, so that
builds of one clone do not take the unpacked sources from each other.
"""

import configparser
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path("subprojects", "packagecache")
LIBRARIES = ("libmicrohttpd", "jansson")

# Without rights to a network namespace a proxy that nobody answers for has to do.
NO_NETWORK = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy")}


def archive_of(library):
    """Where the wrap's archive is, below the source."""
    wrap = configparser.ConfigParser(interpolation=None)
    wrap.read(SOURCE / "subprojects" / (library + ".wrap"))
    return CACHE / wrap["wrap-file"]["source_filename"]


def version_of(library):
    """What our build file says it builds."""
    text = (SOURCE / "subprojects/packagefiles" / library / "meson.build").read_text("utf-8")
    return re.search(r"^  version: '([\d.]+)'", text, re.MULTILINE).group(1)


def known_files():
    """Paths of what git tracks, or None where this is no clone."""
    listing = subprocess.run(["git", "-C", SOURCE, "ls-files", "-z"], capture_output=True, check=False)
    return None if listing.returncode else [os.fsdecode(name) for name in listing.stdout.split(b"\0") if name]


def cut_off():
    """The words before a command that take the network from it."""
    words = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
    works = shutil.which("unshare") and subprocess.run([*words, "true"], capture_output=True, check=False)
    return words if works and works.returncode == 0 else []


class Fallback(unittest.TestCase):
    """Only the archives, our build files and the system's other libraries."""

    def setUp(self):
        missing = [str(archive) for archive in map(archive_of, LIBRARIES) if not (SOURCE / archive).is_file()]
        if missing:
            self.skipTest("not here: %s (subprojects/fetch brings it)" % ", ".join(missing))
        self.files = known_files()
        if self.files is None:
            self.skipTest("no clone: git does not know the files")
        if not shutil.which("meson"):
            self.skipTest("no meson in PATH")

    def copy_to(self, folder):
        for name in [*self.files, *map(archive_of, LIBRARIES)]:
            if (SOURCE / name).is_file():  # not one that was deleted and not yet committed
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(SOURCE / name, folder / name)

    def run_there(self, folder, *command):
        result = subprocess.run(command, cwd=folder, env={**os.environ, **NO_NETWORK}, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertEqual(result.returncode, 0, result.stdout[-4000:])
        return result.stdout

    def test_both_libraries_are_built_in(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            self.copy_to(folder)
            self.run_there(folder, *cut_off(), "meson", "setup", "--wrap-mode=forcefallback",
                           "-Dtests=false", "out")
            self.run_there(folder, *cut_off(), "ninja", "-C", "out", "src/looplagd", "client/looplag")
            said = self.run_there(folder, "out/src/looplagd", "--version")
            for library in LIBRARIES:
                self.assertIn("%s %s, built in" % (library, version_of(library)), said)
            linked = self.run_there(folder, "ldd", "out/src/looplagd", "out/client/looplag")
            self.assertNotRegex(linked, "libmicrohttpd|libjansson")


if __name__ == "__main__":
    unittest.main()
