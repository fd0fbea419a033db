# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the tests that speak to the REST API through Prism, a proxy that holds requests and answers against the API's own description, and lists what does
not agree. Exits 1 when something does not, or when a test failed."""
import argparse
import http.client
import http.server
import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

import npm

ROOT = pathlib.Path(__file__).resolve().parents[2]
PRISM = ("prism", "@stoplight/prism-cli", "5.16.0")
TESTS = ["test_isolation", "test_sign_in", "test_mails", "test_retail", "test_webhooks", "test_call_control", "test_traces", "test_tenants", "test_records", "test_live_events",
         "test_hostile_cells", "test_hostile_talks", "test_jobs", "test_portals", "test_domain_check"]
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "x-upstream", "x-source"}
sys.path[:0] = [str(ROOT / "tests/blackbox"), str(ROOT / "tests")]


class Forwarder(http.server.BaseHTTPRequestHandler):
    """Behind the proxy, which knows one server: passes each request on to the platform that it is for."""
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm, wbufsize = True, -1  # Else each answer waits 40 ms for an acknowledgement.

    def forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        connection = http.client.HTTPSConnection("127.0.0.1", int(self.headers["X-Upstream"]), context=ssl._create_unverified_context(), timeout=60,
                                                 source_address=(self.headers["X-Source"], 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        connection.request(self.command, "/api/v1" + self.path, body or None, headers)
        answer = connection.getresponse()
        is_endless = answer.headers.get("Content-Type", "").startswith("text/event-stream")
        data = answer.read1(65536) if is_endless else answer.read()  # Prism passes nothing on before an answer is over.
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        connection.close()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = forward

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def describe(folder, forwarder_port):
    """The description as the running platform gives it, of a server that is the forwarder."""
    import exchange  # noqa: PLC0415 - from the tests
    running = exchange.Exchange(folder / "exchange").start()
    try:
        _, _, description = running.request("GET", "/api/v1/openapi.json", headers={})
    finally:
        running.stop()
    description["servers"] = [{"url": f"http://127.0.0.1:{forwarder_port}"}]
    path = folder / "openapi.json"
    path.write_text(json.dumps(description))
    return path


def wait_for(port, process):
    deadline = time.monotonic() + 60
    while True:
        with socket.socket() as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("contract: Prism does not serve")
        time.sleep(0.1)


def summarize(report):
    """Each kind of violation once, with how often it was seen and an example."""
    kinds = {}
    for line in report.read_text().splitlines() if report.exists() else []:
        seen = json.loads(line)
        found = seen["found"]
        where = ".".join("N" if str(part).isdigit() else str(part) for part in found["location"])
        kinds.setdefault((where, found.get("message", "")), []).append(seen)
    for (where, message), seen in sorted(kinds.items(), key=lambda item: -len(item[1])):
        print(f"{len(seen):>7}  {where}: {message}\n         {seen[0]['status']} to {seen[0]['asked'][:150]}")
    return sum(len(seen) for seen in kinds.values())


def main():
    parser = argparse.ArgumentParser(prog="./dev contract", description=__doc__)
    parser.add_argument("tests", nargs="*", default=TESTS, help="files of tests/blackbox without .py")
    options = parser.parse_args()
    prism = npm.install(*PRISM)
    with tempfile.TemporaryDirectory(prefix="carillon-contract-") as name:
        folder, report = pathlib.Path(name), pathlib.Path(name) / "violations"
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Forwarder)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        description, port = describe(folder, server.server_address[1]), free_port()
        with open(folder / "prism.log", "wb") as log:
            process = subprocess.Popen([prism, "proxy", description, f"http://127.0.0.1:{server.server_address[1]}", "--port", str(port)], stdout=log, stderr=log)
        try:
            wait_for(port, process)
            environment = os.environ | {"CARILLON_CONTRACT": f"{port},{report}"}
            done = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *(f"tests/blackbox/{test}.py" for test in options.tests)], cwd=ROOT, env=environment)
        finally:
            process.terminate()
            process.wait(20)
        violations = summarize(report)
        print(f"contract: {violations} violations, tests {'passed' if done.returncode == 0 else 'failed'}")
        return 1 if violations or done.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
