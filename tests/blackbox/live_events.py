# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the stream of live events, on a thread of its own."""
import http.client
import json
import socket
import ssl
import threading
import time

import api_connection


class Listener:
    def __init__(self, exchange, username="admin", query="", last_id=None):
        status, _, body = exchange.login(username, "changeme")
        assert status == 200, body
        path, headers = f"/api/v1/live/events{query}", {"Authorization": f"Bearer {body['token']}"} | ({"Last-Event-ID": last_id} if last_id else {})
        api_connection.look_at_stream(exchange.http_port, path, headers)
        self._connection = http.client.HTTPSConnection("127.0.0.1", exchange.http_port, context=ssl._create_unverified_context(), timeout=60)
        self._connection.request("GET", path, headers=headers)
        self._socket = self._connection.sock
        answer = self._connection.getresponse()
        assert answer.status == 200 and answer.headers["Content-Type"] == "text/event-stream", (answer.status, answer.read())
        self.events, self.last_id, self.is_over = [], None, False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, args=(answer,), daemon=True)
        self._thread.start()

    def _read(self, answer):
        data = None
        try:
            for line in answer:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                with self._changed:
                    if name == "id":
                        self.last_id = value
                    elif name == "data":
                        data = json.loads(value)
                    elif not name and not value and data:
                        self.events.append(data)
                        data = None
                    self._changed.notify_all()
        except (OSError, http.client.HTTPException, ValueError):
            pass
        with self._changed:
            self.is_over = True
            self._changed.notify_all()

    def of(self, kind):
        return [event for event in self.events if event["type"] == kind]

    def wait_for(self, kind, count=1, seconds=10):
        """The events of that type, when there are so many."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while len(self.of(kind)) < count:
                left = deadline - time.monotonic()
                assert left > 0, f"{kind} did not come {count} times within {seconds} s: {self.events}"
                self._changed.wait(left)
            return self.of(kind)

    def wait_for_end(self, seconds=10):
        deadline = time.monotonic() + seconds
        with self._changed:
            while not self.is_over:
                left = deadline - time.monotonic()
                assert left > 0, "the stream goes on"
                self._changed.wait(left)

    def close(self):
        """Afterwards nothing is heard any more."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # The other side was faster.
        self._thread.join(10)
        self._connection.close()
