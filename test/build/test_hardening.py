"""The programs are built as a network service should be: looked up in the ELF files themselves.

Position independent, all relocations read-only before main (full RELRO), no executable stack, stack
protector, and libc's checked functions (_FORTIFY_SOURCE).
"""

import os
import struct
import unittest

PROGRAMS = os.environ["PROGRAMS"].split(os.pathsep)
OPTIMIZED = os.environ["OPTIMIZED"] == "yes"

LOAD, DYNAMIC, STACK, RELRO = 1, 2, 0x6474E551, 0x6474E552
EXECUTABLE, SHARED = 1, 3
STRTAB, STRSZ, BIND_NOW, FLAGS, FLAGS_1 = 5, 10, 24, 30, 0x6FFFFFFB
FLAG_BIND_NOW, FLAG_1_NOW, FLAG_1_PIE = 8, 1, 0x08000000


class Elf:
    """What is needed of a 64-bit little-endian ELF file."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        assert self.data[:6] == b"\x7fELF\x02\x01", "a 64-bit little-endian ELF file"
        self.kind, self.machine = struct.unpack_from("<HH", self.data, 16)
        (first,) = struct.unpack_from("<Q", self.data, 32)
        size, count = struct.unpack_from("<HH", self.data, 54)
        # type, flags, offset, address, physical address, size in the file, size in memory, alignment
        self.segments = [struct.unpack_from("<IIQQQQQQ", self.data, first + i * size) for i in range(count)]
        self.dynamic = self.read_dynamic()

    def segment(self, kind):
        return next((segment for segment in self.segments if segment[0] == kind), None)

    def read_dynamic(self):
        _, _, offset, _, _, size, _, _ = self.segment(DYNAMIC)
        pairs = [struct.unpack_from("<QQ", self.data, offset + at) for at in range(0, size, 16)]
        return dict(pairs)

    def offset_of(self, address):
        for kind, _, offset, start, _, size, _, _ in self.segments:
            if kind == LOAD and start <= address < start + size:
                return offset + address - start
        raise AssertionError("an address outside the file")

    def names(self):
        """The dynamic symbols' names, among other texts that the dynamic linker needs."""
        start = self.offset_of(self.dynamic[STRTAB])
        return set(self.data[start : start + self.dynamic[STRSZ]].decode().split("\0"))


class Hardening(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.programs = {os.path.basename(path): Elf(path) for path in PROGRAMS}

    def test_position_independent(self):
        for name, elf in self.programs.items():
            with self.subTest(program=name):
                self.assertEqual(elf.kind, SHARED)
                self.assertTrue(elf.dynamic[FLAGS_1] & FLAG_1_PIE)

    def test_full_relro(self):
        for name, elf in self.programs.items():
            with self.subTest(program=name):
                self.assertIsNotNone(elf.segment(RELRO))
                now = elf.dynamic.get(FLAGS, 0) & FLAG_BIND_NOW or elf.dynamic.get(FLAGS_1, 0) & FLAG_1_NOW
                self.assertTrue(now or BIND_NOW in elf.dynamic)

    def test_no_executable_stack(self):
        for name, elf in self.programs.items():
            with self.subTest(program=name):
                self.assertEqual(elf.segment(STACK)[1] & EXECUTABLE, 0)

    def test_stack_protector(self):
        for name, elf in self.programs.items():
            with self.subTest(program=name):
                self.assertIn("__stack_chk_fail", elf.names())

    @unittest.skipUnless(OPTIMIZED, "this build is not optimized: _FORTIFY_SOURCE needs --buildtype=release")
    def test_checked_functions(self):
        for name, elf in self.programs.items():
            with self.subTest(program=name):
                checked = {name for name in elf.names() if name.startswith("__") and name.endswith("_chk")}
                self.assertGreaterEqual(len(checked), 3, checked)
                self.assertTrue({"__snprintf_chk", "__vsnprintf_chk"} & checked, checked)


if __name__ == "__main__":
    unittest.main()
