# SPDX-License-Identifier: GPL-3.0-or-later
"""One running Carillon with demo data on free ports, and the three places where its records can be read: ctl, REST and database."""
import http.client
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import time

import api_connection
import ports

BINARY = pathlib.Path(os.environ.get("CARILLON_BINARY", pathlib.Path(__file__).resolve().parents[2] / "build/release/carillon"))
DOMAIN = "users.democompany.com"
READY_SECONDS_MAX = 30


class Exchange:
    command = ("demo",)

    def __init__(self, folder, *settings, environment=None, wrapper=(), media_ports=400, postgresql=None):
        """`environment` is added to that of its processes; `wrapper` are the words of a program that becomes the exchange; `postgresql`: the
        server whose database `carillon` it uses, in place of a file."""
        self.postgresql = postgresql
        if postgresql:
            settings = (*settings, f"database.url={postgresql.url()}")
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.sip_port, self.tls_port, self.http_port, self.metrics_port = ports.free(), ports.free(), ports.free(), ports.free()
        self.trunk_port, self.trunk_tls_port = ports.free(), ports.free()
        rtp = ports.block(media_ports)
        self.media_ports = range(rtp, rtp + media_ports)
        self.environment, self._wrapper = environment or {}, wrapper
        self.settings = [f"sip.users.port={self.sip_port}", f"sip.users.tls_port={self.tls_port}", f"sip.trunks.port={self.trunk_port}",
                         f"sip.trunks.tls_port={self.trunk_tls_port}", f"http.port={self.http_port}", f"metrics.port={self.metrics_port}",
                         f"media.port_min={rtp}", f"media.port_max={rtp + media_ports - 1}", "journal.reserve_bytes=1048576", *settings]
        self.data = self.folder / "data"
        self.database = self.data / "carillon.db"
        self._log_path = self.folder / "carillon.log"
        self._process = None
        self._token = None

    @property
    def process(self):
        return self._process

    @property
    def server(self):
        return f"127.0.0.1:{self.sip_port}"

    @property
    def trunk_server(self):
        return f"127.0.0.1:{self.trunk_port}"

    def server_for(self, transport):
        return f"127.0.0.1:{self.tls_port}" if transport == "tls" else self.server

    def arguments(self):
        return [word for setting in self.settings for word in ("--set", setting)]

    def start(self, *more):
        said = len(self.log()) if self._log_path.exists() else 0
        with open(self._log_path, "ab") as log:
            self._process = subprocess.Popen([*self._wrapper, BINARY, *self.command, "--data", self.data, *self.arguments(), *more], stdin=subprocess.DEVNULL,
                                             stdout=log, stderr=log, cwd=self.folder, env=os.environ | self.environment)
        self.wait_for_log("carillon ready", READY_SECONDS_MAX, said)
        return self

    def stop(self):
        """Ends it as Ctrl-C does and returns the exit status."""
        self._process.send_signal(signal.SIGINT)
        try:
            return self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError(f"no end within 20 s after SIGINT:\n{self.log()[-3000:]}") from None

    def log(self):
        return self._log_path.read_text(errors="replace")

    def wait_for_log(self, text, seconds=5, after=0):
        deadline = time.monotonic() + seconds
        while text not in self.log()[after:]:
            assert self._process.poll() is None, f"carillon ended with {self._process.returncode}:\n{self.log()[-3000:]}"
            assert time.monotonic() < deadline, f"'{text}' is not in the log after {seconds} s:\n{self.log()[-3000:]}"
            time.sleep(0.02)

    def processes(self):
        """The role processes by role: {'media': pid, …}."""
        children = pathlib.Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        found = {}
        for pid in children:
            try:
                words = pathlib.Path(f"/proc/{pid}/cmdline").read_text().split("\0")
            except OSError:
                continue
            for role in ("signalling", "media", "web", "jobs"):
                if role in words or f"--roles={role}" in words:
                    found[role] = int(pid)
        return found

    def memory_kilobytes(self, role):
        status = pathlib.Path(f"/proc/{self.processes()[role]}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    def kill(self, role):
        os.kill(self.processes()[role], signal.SIGKILL)

    def stop_working(self, role):
        """The process stays and does nothing more."""
        os.kill(self.processes()[role], signal.SIGSTOP)

    def wait_for_other_process(self, role, old, seconds=3):
        deadline = time.monotonic() + seconds
        while self.processes().get(role) in (None, old):
            assert time.monotonic() < deadline, f"{role} is not back within {seconds} s:\n{self.log()[-3000:]}"
            time.sleep(0.02)

    def ctl(self, *words):
        done = subprocess.run([BINARY, "ctl", "--data", self.data, *self.arguments(), *words], capture_output=True, text=True, timeout=20)
        assert done.returncode == 0, f"ctl {words}: status {done.returncode}\n{done.stderr}"
        return done.stdout

    def explain(self, caller, number, *more):
        """The lines of `carillon explain`."""
        done = subprocess.run([BINARY, "explain", "--data", self.data, *self.arguments(), "--from", caller, "--to", number, *more], capture_output=True,
                              text=True, timeout=20)
        assert done.returncode in (0, 1), f"status {done.returncode}\n{done.stderr}"
        return done.stdout

    def request(self, method, path, body=None, headers=None):
        """(status, headers, decoded body) from the REST API, as the platform's administrator unless `headers` says otherwise. Bytes are
        sent as they are."""
        connection = api_connection.connect(self.http_port, 10)
        send = {"Content-Type": "application/json"} | (self._authorization() if headers is None else headers)
        connection.request(method, path, body if body is None or isinstance(body, bytes) else json.dumps(body), send)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, answer.headers, json.loads(data) if "json" in answer.headers.get("Content-Type", "") else data.decode()

    def login(self, username, password):
        return self.request("POST", "/api/v1/auth/login", {"username": username, "password": password}, headers={})

    def forget_login(self):
        """The next request logs in again: a login has its time, by the wall clock."""
        self._token = None

    def _authorization(self):
        if self._token is None:
            status, _, body = self.login("admin", "changeme")
            assert status == 200, body
            self._token = body["token"]
        return {"Authorization": f"Bearer {self._token}"}

    def get(self, path):
        status, _, body = self.request("GET", path)
        assert status == 200, (status, body)
        return body

    def metric(self, name):
        """The sum of a metric over its labels; 0 when it was never counted."""
        connection = http.client.HTTPConnection("127.0.0.1", self.metrics_port, timeout=10)
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().split("\n")
        connection.close()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.split("{")[0].split(" ")[0] == name)

    def wait_for_metric(self, name, least, seconds=5):
        """Some are brought up to date once a second."""
        deadline = time.monotonic() + seconds
        while (value := self.metric(name)) < least:
            assert time.monotonic() < deadline, f"{name} is {value} and not {least} after {seconds} s"
            time.sleep(0.1)

    def wait_for_talks(self, count, seconds=10):
        """Until so many calls are answered."""
        deadline = time.monotonic() + seconds
        while (found := sum(bool(call.get("answeredAt")) for call in self.get("/api/v1/live/calls")["items"])) < count:
            assert time.monotonic() < deadline, f"{found} and not {count} calls are answered after {seconds} s"
            time.sleep(0.05)

    def wait_until_idle(self, seconds=5):
        """Until nothing is left of any call."""
        deadline = time.monotonic() + seconds
        while (left := self.metric("carillon_calls_running")) > 0:
            assert time.monotonic() < deadline, f"{left:.0f} calls are not over after {seconds} s"
            time.sleep(0.05)

    def health(self, path):
        return self.health_report(path)[0]

    def health_report(self, path="/readyz"):
        """(status, text)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.metrics_port, timeout=10)
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def wait_until_ready(self, seconds=5):
        deadline = time.monotonic() + seconds
        while self.health("/readyz") != 200:
            assert time.monotonic() < deadline, f"not ready after {seconds} s:\n{self.log()[-3000:]}"
            time.sleep(0.02)

    def wait_until_unready(self, reason, seconds=5):
        deadline = time.monotonic() + seconds
        while not ((report := self.health_report())[0] == 503 and reason in report[1]):
            assert time.monotonic() < deadline, f"{report} after {seconds} s, without '{reason}'"
            time.sleep(0.02)

    def records(self):
        """All call records by the REST API, oldest first."""
        return sorted(self.get("/api/v1/calls?perPage=500")["items"], key=lambda call: call["startedAt"])

    def wait_for_records(self, count, seconds=5):
        deadline = time.monotonic() + seconds
        while len(found := self.records()) < count:
            assert time.monotonic() < deadline, f"only {len(found)} of {count} records after {seconds} s:\n{self.log()[-3000:]}"
            time.sleep(0.05)
        return found

    def wait_for_stored(self, count, seconds=10):
        """Rows of so many calls, when there are no fewer, from the database itself."""
        deadline = time.monotonic() + seconds
        while len(found := self.rows("SELECT * FROM calls")) < count:
            assert time.monotonic() < deadline, f"only {len(found)} of {count} records after {seconds:.0f} s:\n{self.log()[-3000:]}"
            time.sleep(0.1)
        return found

    def configure(self, statement, *values):
        """Changes what is configured behind the API's back, and waits until calls see it."""
        with sqlite3.connect(self.database, timeout=10) as database:
            database.execute(statement, values)
            number, = database.execute("UPDATE change SET n = n + 1 RETURNING n").fetchone()
            database.execute("INSERT INTO changes SELECT ?, id, id, NULL, 'brands', id FROM brands", (number,))
        self.wait_for_metric("carillon_snapshot_change", number)

    def wait_until_known(self):
        """Until calls see what has been configured so far."""
        change, = self.rows("SELECT n FROM change")
        self.wait_for_metric("carillon_snapshot_change", change["n"])

    def rows(self, statement, *values):
        if self.postgresql:
            assert not values
            return json.loads(self.postgresql.sql(f"SELECT coalesce(json_agg(found), '[]') FROM ({statement}) found", scope="platform"))
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(statement, values)]
