"""nginx as a limit: one worker that reads a request's body and throws it away."""

import os
import shutil
import socket
import subprocess
import tempfile
import time

START_TIMEOUT_S = 10

CONFIG = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off; keepalive_requests 1000000000; client_max_body_size 64m;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{ default_type application/json; return 200 '{{"status":"ok"}}'; }}
    }}
}}
"""


def free_port():
    """A port that the kernel just gave and that nginx, which takes no 0, can have."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Nginx:
    """An nginx of its own folder and port."""

    host = "127.0.0.1"

    def __init__(self):
        self.folder = tempfile.mkdtemp()
        self.port = free_port()
        config = os.path.join(self.folder, "nginx.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(folder=self.folder, port=self.port))
        binary = shutil.which("nginx") or "/usr/sbin/nginx"
        self.process = subprocess.Popen([binary, "-c", config, "-e", "stderr"],
                                        stderr=subprocess.DEVNULL)
        self.wait_until_it_accepts()

    def wait_until_it_accepts(self):
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            try:
                socket.create_connection((self.host, self.port)).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.01)
        raise SystemExit("bench: nginx did not start")

    def url(self, path):
        return "http://%s:%d%s" % (self.host, self.port, path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)
