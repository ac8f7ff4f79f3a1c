"""nginx as a limit: one worker that reads a request's body and throws it away.

It discards in three ways. All of them have read a small body to its end before
they answer; how many system calls that takes differs:

/stock   `return 200` as nginx comes: its head buffer of 1 kB takes the head and
         some of a 1.1 kB body, a second read takes the rest. A body that is
         not there yet is not waited for: the reply goes out, the rest is dropped
         as it comes.
/one     the same with a head buffer of 8 kB: one read takes head and body, as
         libmicrohttpd's buffer does. nginx at its best.
/waits   `echo_read_request_body` (nginx-light comes with this module) before the
         reply: waits for the last byte of any body, and keeps it in memory.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time

START_TIMEOUT_S = 10
STOP_TRIES = 30
ECHO_MODULE = "/usr/lib/nginx/modules/ngx_http_echo_module.so"

CONFIG = """
{module}
daemon off; master_process off; worker_processes 1; pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
    access_log off; keepalive_requests 1000000000; client_max_body_size 64m;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    default_type application/json;
    server {{
        listen 127.0.0.1:{stock};
        location / {{ return 200 '{{"status":"ok"}}'; }}
    }}
    server {{
        listen 127.0.0.1:{one}; client_header_buffer_size 8k;
        location / {{ return 200 '{{"status":"ok"}}'; }}
    }}
    {waits_server}
}}
"""

WAITS = """
    server {{
        listen 127.0.0.1:{waits}; client_header_buffer_size 8k; client_body_buffer_size 32m;
        location / {{ echo_read_request_body; echo_duplicate 1 '{{"status":"ok"}}'; }}
    }}
"""


def free_port():
    """A port that the kernel just gave and that nginx, which takes no 0, can have."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Way:
    """One of nginx's servers."""

    scheme = "http"
    host = "127.0.0.1"

    def __init__(self):
        self.port = free_port()

    def url(self, path):
        return "%s://%s:%d%s" % (self.scheme, self.host, self.port, path)


class Nginx:
    """An nginx in a folder of its own; `waits` is None without the echo module."""

    def __init__(self, under=()):
        self.folder = tempfile.mkdtemp()
        self.stock, self.one = Way(), Way()
        self.waits = Way() if os.path.exists(ECHO_MODULE) else None
        config = os.path.join(self.folder, "nginx.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(self.configuration())
        self.process = subprocess.Popen([*under, binary(), "-c", config, "-e", "stderr"],
                                        stderr=subprocess.DEVNULL)
        self.wait_until_it_accepts()

    def configuration(self):
        has_echo = self.waits is not None
        return CONFIG.format(
            folder=self.folder, stock=self.stock.port, one=self.one.port,
            module="load_module %s;" % ECHO_MODULE if has_echo else "",
            waits_server=WAITS.format(waits=self.waits.port) if has_echo else "")

    def wait_until_it_accepts(self):
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            try:
                socket.create_connection((self.one.host, self.one.port)).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.01)
        raise SystemExit("bench: nginx did not start")

    def __enter__(self):
        return self

    def stop(self):
        """Signals until it ends: one that comes just before nginx waits for events goes unseen."""
        for _ in range(STOP_TRIES):
            self.process.terminate()
            try:
                self.process.wait(timeout=1)
                return
            except subprocess.TimeoutExpired:
                continue
        self.process.kill()
        self.process.wait()

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def binary():
    return shutil.which("nginx") or "/usr/sbin/nginx"
