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

# Both ask at the same time, so that whatever the machine does meets both; not equally often, so that neither
# always asks just behind the other.
SECONDS, RATE, CURL_RATE = 3, 50, 47
WAIT_S = 10
SINGLE, SHAKEN = at_most(1.05), at_most(2)
SYSTEM_PYTHON = "/usr/bin/python3"  # has the distribution's FastAPI

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

# The same in Node and in FastAPI under uvicorn.
NODE = """
const [how, where, cert] = process.argv.slice(1);
const answer = (_, reply) => { reply.setHeader('Content-Length', 2); reply.end('{}'); };
const pem = how === 'https' && require('node:fs').readFileSync(cert);
const server = pem ? require('node:https').createServer({ key: pem, cert: pem }, answer)
                   : require('node:http').createServer(answer);
const at = how === 'unix' ? { path: where } : { port: 0, host: how === 'ipv6' ? '::1' : '127.0.0.1' };
server.listen(at, () => console.log(how === 'unix' ? 0 : server.address().port));
"""

FASTAPI = """
import socket, sys
import fastapi, uvicorn
how, where, cert = sys.argv[1:]
app = fastapi.FastAPI()
@app.get("/")
async def root():
    return {}
if how == "unix":
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(where)
    listener.listen(128)
else:
    family, host = (socket.AF_INET6, "::1") if how == "ipv6" else (socket.AF_INET, "127.0.0.1")
    listener = socket.create_server((host, 0), family=family, backlog=128)
print(0 if how == "unix" else listener.getsockname()[1], flush=True)
settings = {"ssl_certfile": cert, "ssl_keyfile": cert} if how == "https" else {}
config = uvicorn.Config(app, loop="asyncio", http="h11", access_log=False, log_level="warning", **settings)
uvicorn.Server(config).run(sockets=[listener])
"""

HAPROXY = """
defaults
 mode http
 timeout connect 5s
 timeout client 5s
 timeout server 5s
frontend f
 bind fd@{fd}{tls}
 default_backend b
backend b
 server s {back}
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


def find(program):
    return shutil.which(program, path="/usr/sbin:" + os.environ["PATH"])


@contextlib.contextmanager
def process(command, **options):
    started = subprocess.Popen(command, **options)
    try:
        yield started
    finally:
        started.terminate()
        started.wait(timeout=WAIT_S)


def printing(*command):
    """A server that is told how it is reached, where, and its certificate, and prints its port."""

    @contextlib.contextmanager
    def server(folder, cert, how):
        path = os.path.join(folder, "printing.sock")
        with process([*command, how, path, cert], stdout=subprocess.PIPE, text=True) as started:
            yield url_of(how, int(started.stdout.readline())), path
            started.stdout.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)

    return server


PLAIN = printing(sys.executable, "-c", PYTHON)


def listen(how, path):
    if how == "unix":
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(128)
        return listener
    family, host = (socket.AF_INET6, "::1") if how == "ipv6" else (socket.AF_INET, "127.0.0.1")
    return socket.create_server((host, 0), family=family, backlog=128)


@contextlib.contextmanager
def haproxy(folder, cert, how):
    """In front of Python's server, to which it goes by http."""
    config, path = os.path.join(folder, "haproxy.cfg"), os.path.join(folder, "haproxy.sock")
    with PLAIN(folder, cert, "http") as (back, _), listen(how, path) as listener:
        fd, tls = listener.fileno(), " ssl crt " + cert if how == "https" else ""
        with open(config, "w", encoding="utf-8") as file:
            file.write(HAPROXY.format(fd=fd, tls=tls, back=back.split("/")[2]))
        with process([find("haproxy"), "-db", "-q", "-f", config], pass_fds=[fd]):
            yield url_of(how, None if how == "unix" else listener.getsockname()[1]), path
    with contextlib.suppress(FileNotFoundError):
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
    with process([find("nginx"), "-c", config, "-e", "stderr"], stderr=subprocess.DEVNULL):
        deadline = time.monotonic() + WAIT_S
        while not os.path.exists(path) and time.monotonic() < deadline:
            time.sleep(0.01)
        yield url_of(how, given.get(how)), path
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


@contextlib.contextmanager
def curl(url, how, path, cert):
    """Asks for as long as the block lasts; the list that it gives holds then, in ms, the medians of requests
    on a connection of their own each: in all, and up to TLS's end."""
    words = ["curl", "-s", "--rate", "%d/s" % CURL_RATE, "-o", "/dev/null", "-w", "%{time_total} %{time_appconnect}\\n",
             "--http1.1", "-H", "Connection: close", "--cacert", cert]
    if how == "unix":
        words += ["--unix-socket", path]
    medians = []
    asking = subprocess.Popen([*words, url + "?[1-%d]" % (SECONDS * CURL_RATE)], stdout=subprocess.PIPE, text=True)
    try:
        yield medians
    finally:
        times, _ = asking.communicate(timeout=WAIT_S + 2 * SECONDS)
    if asking.returncode:
        raise SystemExit("bench: curl of %s ended with %d" % (url, asking.returncode))
    rows = [[float(word) * 1000 for word in line.split()] for line in times.splitlines()]
    medians += [statistics.median(column) for column in zip(*rows)]


def looplag(bench, url, how, path, cert):
    """The same two medians."""
    words = ["--unix-socket=" + path] if how == "unix" else []
    words += ["--cacert=" + cert] if how == "https" else []
    result = run(bench, "load", "--base-url=" + url.rstrip("/"), "--endpoint=/", "--duration=%d" % SECONDS, *words,
                 "--class=one:method=GET,rate=%d" % RATE)
    cell = cell_of(result, "one")
    shaken = cell["connect_ms"]["p50"] + cell["tls_ms"]["p50"] if how == "https" else 0
    return cell["service_ms"]["p50"], shaken


def has_fastapi():
    return subprocess.run([SYSTEM_PYTHON, "-c", "import fastapi, uvicorn"], capture_output=True, check=False).returncode == 0


# What it is called, what starts it, and whether it is installed.
SERVERS = (
    ("Python's http.server", PLAIN, lambda: True),
    ("nginx", nginx, lambda: find("nginx")),
    ("HAProxy in front of Python's http.server", haproxy, lambda: find("haproxy")),
    ("Node", printing("node", "-e", NODE), lambda: find("node")),
    ("FastAPI under uvicorn", printing(SYSTEM_PYTHON, "-c", FASTAPI), has_fastapi),
)


def measure(bench):
    if not shutil.which("curl") or not shutil.which("openssl"):
        yield absent("single requests against `curl -w`: curl and openssl")
        return
    with tempfile.TemporaryDirectory() as folder:
        cert = certificate(folder)
        for name, server, installed in SERVERS:
            if not installed():
                yield absent("GET of %s, against `curl -w`" % name, "not installed", SINGLE)
                continue
            for how in WAYS:
                ours, theirs = [], []
                with server(folder, cert, how) as (url, path):
                    for _ in range(bench.rounds):
                        with curl(url, how, path, cert) as medians:
                            ours.append(looplag(bench, url, how, path, cert))
                        theirs.append(medians)
                what = "GET of %s over %s, median of single requests (ms), against `curl -w`" % (name, how)
                yield pair(what, [one[0] for one in ours], [one[0] for one in theirs], SINGLE)
                if how == "https":
                    what = "TCP and TLS handshake with %s (ms), against curl's `time_appconnect`" % name
                    yield pair(what, [one[1] for one in ours], [one[1] for one in theirs], SHAKEN)
