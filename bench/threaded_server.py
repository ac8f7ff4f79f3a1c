"""What many write first: Python's threading HTTP server and json.loads."""

import http.server
import json


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        reply = json.dumps({"name": document["name"], "maxval": max(document["data"].values(), default=0)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 1024


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    print("listening on http://127.0.0.1:%d (Python)" % server.server_address[1], flush=True)
    server.serve_forever()
