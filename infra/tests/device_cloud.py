"""The vendor's device cloud: takes commands, and believes only those that are signed (https://www.standardwebhooks.com)."""

import base64
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class DeviceCloud:
    """Listens on loopback; `secret` may come later than the address."""

    def __init__(self):
        self.secret, self.commands, cloud = None, [], self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status, answer = cloud.take(self.headers, body)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/commands"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, headers, body):
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        digest = hmac.new(base64.b64decode(self.secret), signed, hashlib.sha256).digest()
        good = "v1," + base64.b64encode(digest).decode()
        if not any(hmac.compare_digest(good, given) for given in headers["webhook-signature"].split()):
            return 401, {}
        self.commands.append(json.loads(body))
        return 200, {"status": "done"}

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
