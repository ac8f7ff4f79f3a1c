"""Certificates made with openssl, and servers over TLS and Unix sockets, for the client's tests."""

import pathlib
import shutil
import socketserver
import ssl
import subprocess
import threading

import support

OPENSSL = shutil.which("openssl")


def run(*words):
    subprocess.run([OPENSSL, *map(str, words)], check=True, capture_output=True, timeout=30)


class Authority:
    """An authority of its own, and certificates that it signed."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.file = self.folder / "authority.pem"
        run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=authority", "-keyout", self.folder / "authority.key", "-out", self.file)  # fmt: skip

    def sign(self, name, names="IP:127.0.0.1,IP:::1,DNS:localhost", days=2):
        """A PEM file with a certificate for these names, and one with its key."""
        cert, key, request = (self.folder / f"{name}.{ending}" for ending in ("pem", "key", "csr"))
        more = self.folder / f"{name}.ext"
        more.write_text(f"subjectAltName={names}\n")
        run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-keyout", key, "-out", request)  # fmt: skip
        run("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.folder / "authority.key",
            "-CAcreateserial", "-days", days, "-extfile", more, "-out", cert)  # fmt: skip
        return cert, key


class TlsServer(support.FakeServer):
    """The handshake is the handler thread's, so that a slow one holds nobody up."""

    def __init__(self, answer, cert, key, clients=None):
        super().__init__(answer)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(cert, key)
        if clients:
            self.context.load_verify_locations(clients)
            self.context.verify_mode = ssl.CERT_REQUIRED
            # With TLS 1.3 the client is through before the server has seen its certificate.
            self.context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.url = f"https://127.0.0.1:{self.server_address[1]}"

    def get_request(self):
        connection, address = super().get_request()
        return self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, *_):
        """What a client broke off is no news here."""


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, path, answer):
        super().__init__(str(path), support.Handler)
        self.answer, self.requests = answer, []
        self.lock = threading.Lock()
