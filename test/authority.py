"""Certificates made with openssl, for the tests of the client and of the server."""

import pathlib
import shutil
import subprocess

OPENSSL = shutil.which("openssl")
EC = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")
RSA = ("rsa:2048",)


def run(*words):
    subprocess.run([OPENSSL, *map(str, words)], check=True, capture_output=True, timeout=30)


class Authority:
    """An authority of its own, and certificates that it signed."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.file = self.folder / "authority.pem"
        run("req", "-x509", "-newkey", *EC, "-nodes", "-days", "2",
            "-subj", "/CN=authority", "-keyout", self.folder / "authority.key", "-out", self.file)  # fmt: skip

    def sign(self, name, names="IP:127.0.0.1,IP:::1,DNS:localhost", days=2, kind=EC):
        """A PEM file with a certificate for these names, and one with its key."""
        cert, key, request = (self.folder / f"{name}.{ending}" for ending in ("pem", "key", "csr"))
        more = self.folder / f"{name}.ext"
        more.write_text(f"subjectAltName={names}\n")
        run("req", "-newkey", *kind, "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        run("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.folder / "authority.key",
            "-CAcreateserial", "-days", days, "-extfile", more, "-out", cert)  # fmt: skip
        return cert, key
