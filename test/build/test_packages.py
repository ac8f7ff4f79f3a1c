"""subprojects/packages, which `./run` asks to install what is missing: with an apt, a sudo and an id that only note what they are asked."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = SOURCE / "subprojects" / "packages"
# Of the group `bench`; nginx is looked for in /usr/sbin, too.
COMMANDS = {"curl": "curl", "openssl": "openssl", "wrk": "wrk", "hey": "hey", "valgrind": "valgrind"}


class Packages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name in ("tr", "env", "sh"):
            (self.folder / name).symlink_to(shutil.which(name))
        self.program("id", "echo 0")
        self.program("apt-get", f'echo "apt-get $*" >>{self.folder}/asked')
        self.program("nginx", "")

    def program(self, name, body):
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        path.chmod(0o755)

    def install(self, *groups):
        return subprocess.run(["/bin/sh", PACKAGES, *groups], capture_output=True, text=True, timeout=60, check=False,
                              env={"PATH": str(self.folder)})  # fmt: skip

    def asked(self):
        path = self.folder / "asked"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def test_what_is_missing_is_installed(self):
        self.program("wrk", "")
        done = self.install("bench")
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        update, install = self.asked()
        self.assertEqual(update, "apt-get update -qq")
        self.assertEqual(install, "apt-get install -y -qq --no-install-recommends curl openssl hey valgrind")

    def test_where_nothing_is_missing_nobody_is_asked(self):
        for name in COMMANDS:
            self.program(name, "")
        done = self.install("bench")
        self.assertEqual((done.returncode, done.stdout, done.stderr, self.asked()), (0, "", "", []))

    def test_who_is_not_root_goes_through_sudo(self):
        self.program("id", "echo 1000")
        done = self.install("bench")
        self.assertEqual(done.returncode, 1)
        self.assertIn("this needs root or sudo; as root: apt-get install curl openssl", done.stderr)
        self.program("sudo", f'echo "sudo $*" >>{self.folder}/asked; exec "$@"')
        self.assertEqual(self.install("bench").returncode, 0)
        self.assertEqual([line.split()[0] for line in self.asked()], ["sudo", "apt-get"] * 2)

    def test_without_apt_the_packages_are_named(self):
        (self.folder / "apt-get").unlink()
        done = self.install("bench")
        self.assertEqual(done.returncode, 1)
        self.assertIn("this system has no apt; please install what Debian calls: curl openssl", done.stderr)

    def test_a_failure_is_told(self):
        self.program("apt-get", '[ "$1" = update ]')
        done = self.install("bench")
        self.assertEqual(done.returncode, 1)
        self.assertIn("could not install curl", done.stderr)

    def test_the_groups_that_run_asks_for_are_there(self):
        text = "".join((SOURCE / name).read_text(encoding="utf-8") for name in ("run", "test/check.sh"))
        named = {word for words in re.findall(r"(?m)\b(?:need|want) ([a-z ]+)$", text) for word in words.split()}
        named |= set(re.findall(r"\b(?:need|want) ([a-z]+) ;;", text))
        listed = PACKAGES.read_text(encoding="utf-8").partition("# is_there")[0]
        known = set(re.findall(r"(?m)^    ([a-z]+)\)", listed))
        self.assertGreater(len(named), 5)
        self.assertLessEqual(named, known)
        done = self.install("nonsense")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no such group of packages: nonsense", done.stderr)


if __name__ == "__main__":
    unittest.main()
