# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody else's program that webhooks are sent to, and what it thinks of them by its own reading of Standard Webhooks."""
import base64
import hashlib
import hmac
import http.server
import json
import secrets
import threading
import time


class Request:
    def __init__(self, path, headers, body):
        self.path, self.headers, self.body, self.at = path, headers, body, time.time()

    @property
    def event(self):
        return json.loads(self.body)

    def is_signed_with(self, secret):
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + self.body
        wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        is_new = abs(self.at - int(self.headers["webhook-timestamp"])) < 60
        return is_new and any(hmac.compare_digest(wanted, one) for one in self.headers["webhook-signature"].split(" "))


class Receiver:
    """Listens on 127.0.0.1. `answers`: what it answers to one request after the other, a status or (status, headers); the last stays."""

    def __init__(self, *answers):
        self.answers, self.requests, self._changed = list(answers or [204]), [], threading.Condition()
        self.gate = threading.Event()  # Closed by clear(): answers wait.
        self.gate.set()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver._changed:
                    receiver.requests.append(Request(self.path, self.headers, body))
                    answer = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
                    receiver._changed.notify_all()
                receiver.gate.wait(30)
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in ({"Content-Length": "0"} | headers).items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def wait_for(self, count, seconds=10):
        deadline = time.monotonic() + seconds
        with self._changed:
            while len(self.requests) < count:
                assert self._changed.wait(deadline - time.monotonic()), f"{len(self.requests)} and not {count} requests after {seconds} s"
            return list(self.requests)

    def close(self):
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()


def make_secret():
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
