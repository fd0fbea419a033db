# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections to the REST API. `tools/dev/contract.py` has them lead through Prism, which holds every answer against the API's description; what it
objects to is kept in a file that the tool reads."""
import http.client
import json
import os
import ssl
import time

PREFIX = "/api/v1"
IDLE_SECONDS = 2


def connect(port, timeout, source="127.0.0.1", direct=False):
    """To the API of a platform on this machine, from an address of it."""
    proxy = os.environ.get("CARILLON_CONTRACT")
    if proxy and not direct:
        return Checked(proxy, port, timeout, source)
    context = ssl._create_unverified_context()  # the demo's certificate is its own
    return http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=timeout, source_address=(source, 0))


def look_at_stream(port, path, headers):
    """Has Prism see the head and the first events of an answer without end, and nothing when there is no Prism: whoever listens does so past it."""
    if not os.environ.get("CARILLON_CONTRACT"):
        return
    connection = connect(port, 20)
    connection.request("GET", path, headers=headers)
    connection.getresponse().read()
    connection.close()


class Checked(http.client.HTTPConnection):
    """Says from whom to whom a request goes, and keeps what Prism found in the answer. Tests send wrong requests on purpose: what is wrong with a request counts
    only when the platform took it."""

    def __init__(self, proxy, port, timeout, source):
        address, self._report = proxy.split(",")
        super().__init__("127.0.0.1", int(address), timeout=timeout)
        self._way, self._used = {"X-Upstream": str(port), "X-Source": source}, 0.0

    def request(self, method, path, body=None, headers=None):
        self._asked = f"{method} {path}"
        if time.monotonic() - self._used > IDLE_SECONDS:  # Prism closes what is not used for five.
            self.close()
        self._used = time.monotonic()
        said = {"Content-Type": "application/json"} if body is not None else {}  # The platform takes a body without it for what it is; Prism does not look at one.
        super().request(method, path.removeprefix(PREFIX), body, said | (headers or {}) | self._way)

    def getresponse(self):
        answer = super().getresponse()
        for found in json.loads(answer.headers.get("sl-violations", "[]")):
            of_answer = found["location"][0] == "response"
            if of_answer or answer.status < 300:
                with open(self._report, "a", encoding="utf-8") as report:
                    report.write(json.dumps({"asked": self._asked, "status": answer.status, "found": found}) + "\n")
        return answer
