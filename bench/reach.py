"""How a server is reached: looplag's figures of single requests against those of `curl -w`, and TLS handshakes."""

import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from looplag import cell_of, run
from rows import absent, at_most, pair

REQUESTS, RATE = 60, 50
WAIT_S = 10

# Answers GET over TCP (4 or 6), a Unix socket or TLS; each request has a thread, as in http.server's command.
PYTHON = """
import http.server, socket, socketserver, ssl, sys
how, where, cert = sys.argv[1:]
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
    def address_string(self):
        return ""
    def log_message(self, *_):
        pass
class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    request_queue_size = 128
    address_family = {"unix": socket.AF_UNIX, "ipv6": socket.AF_INET6}.get(how, socket.AF_INET)
server = Server(where if how == "unix" else ("::1" if how == "ipv6" else "127.0.0.1", 0), Handler)
if how == "https":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_address[1] if how != "unix" else 0, flush=True)
server.serve_forever()
"""

NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e; ssl_certificate {cert}; ssl_certificate_key {cert};
    server {{
        listen 127.0.0.1:{http}; listen [::1]:{ipv6}; listen 127.0.0.1:{https} ssl; listen unix:{folder}/nginx.sock;
        location / {{ return 200 '{{}}'; }}
    }}
}}
"""
WAYS = ("http", "https", "ipv6", "unix")


def certificate(folder):
    """A PEM file with a certificate of its own and its key."""
    path = os.path.join(folder, "both.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", path + ".key", "-out", path], check=True, capture_output=True)
    with open(path, "a", encoding="ascii") as both, open(path + ".key", encoding="ascii") as key:
        both.write(key.read())
    return path


def url_of(how, port):
    return {"https": "https://127.0.0.1:%d/", "ipv6": "http://[::1]:%d/", "unix": "http://bench/"}.get(
        how, "http://127.0.0.1:%d/") % (() if how == "unix" else port)


@contextlib.contextmanager
def process(command, **options):
    started = subprocess.Popen(command, **options)
    try:
        yield started
    finally:
        started.terminate()
        started.wait(timeout=WAIT_S)


@contextlib.contextmanager
def python(folder, cert, how):
    path = os.path.join(folder, "python.sock")
    with process([sys.executable, "-c", PYTHON, how, path, cert], stdout=subprocess.PIPE, text=True) as server:
        port = int(server.stdout.readline())
        yield url_of(how, port), path
        server.stdout.close()
    if how == "unix":
        os.unlink(path)


def ports(count):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    taken = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return taken


@contextlib.contextmanager
def nginx(folder, cert, how):
    given = dict(zip(WAYS[:3], ports(3)))
    config, path = os.path.join(folder, "nginx.conf"), os.path.join(folder, "nginx.sock")
    with open(config, "w", encoding="utf-8") as file:
        file.write(NGINX.format(folder=folder, cert=cert, **given))
    with process([shutil.which("nginx", path="/usr/sbin:" + os.environ["PATH"]), "-c", config, "-e", "stderr"],
                 stderr=subprocess.DEVNULL):
        deadline = time.monotonic() + WAIT_S
        while not os.path.exists(path) and time.monotonic() < deadline:
            time.sleep(0.01)
        yield url_of(how, given.get(how)), path
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def curl(url, how, path, cert):
    """Medians in ms of requests as far apart, each on a connection of its own: in all, and up to TLS's end."""
    words = ["curl", "-s", "--rate", "%d/s" % RATE, "-o", "/dev/null", "-w", "%{time_total} %{time_appconnect}\\n", "--http1.1",
             "-H", "Connection: close", "--cacert", cert]
    if how == "unix":
        words += ["--unix-socket", path]
    times = subprocess.run([*words, url + "?[1-%d]" % REQUESTS], check=True, capture_output=True, text=True).stdout
    rows = [[float(word) * 1000 for word in line.split()] for line in times.splitlines()]
    return [statistics.median(column) for column in zip(*rows)]


def looplag(bench, url, how, path, cert):
    """The same two medians."""
    words = ["--unix-socket=" + path] if how == "unix" else []
    words += ["--cacert=" + cert] if how == "https" else []
    result = run(bench, "load", "--base-url=" + url.rstrip("/"), "--endpoint=/", "--duration=%g" % (REQUESTS / RATE), *words,
                 "--class=one:method=GET,rate=%d" % RATE)
    cell = cell_of(result, "one")
    shaken = cell["connect_ms"]["p50"] + cell["tls_ms"]["p50"] if how == "https" else 0
    return cell["service_ms"]["p50"], shaken


def measure(bench):
    servers = {"Python's http.server": python}
    if shutil.which("nginx", path="/usr/sbin:" + os.environ["PATH"]):
        servers["nginx"] = nginx
    if not shutil.which("curl") or not shutil.which("openssl"):
        yield absent("single requests against `curl -w`: curl and openssl")
        return
    with tempfile.TemporaryDirectory() as folder:
        cert = certificate(folder)
        for name, server in servers.items():
            for how in WAYS:
                ours, theirs = [], []
                with server(folder, cert, how) as (url, path):
                    for _ in range(bench.rounds):
                        ours.append(looplag(bench, url, how, path, cert))
                        theirs.append(curl(url, how, path, cert))
                what = "GET of %s over %s, median of single requests (ms), against `curl -w`" % (name, how)
                yield pair(what, [one[0] for one in ours], [one[0] for one in theirs], at_most(1.05))
                if how == "https":
                    what = "TCP and TLS handshake with %s (ms), against curl's `time_appconnect`" % name
                    yield pair(what, [one[1] for one in ours], [one[1] for one in theirs], at_most(2))
