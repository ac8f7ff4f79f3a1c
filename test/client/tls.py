"""Certificates made with openssl, and servers over TLS and Unix sockets, for the client's tests."""

import pathlib
import socketserver
import ssl
import sys
import threading

import support

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))

from authority import OPENSSL, Authority

__all__ = ["OPENSSL", "Authority", "TlsServer", "UnixServer"]


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
