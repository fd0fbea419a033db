# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs SIPp with a scenario of this folder. `{{words}}` in a scenario are filled in before SIPp reads it."""
import pathlib
import re
import subprocess
import time

import ports

SCENARIOS = pathlib.Path(__file__).parent / "sipp"


class Sipp:
    """One SIPp as one user, started at once; `end()` waits for it and fails unless it played its scenario to the end."""

    def __init__(self, folder, scenario, exchange, user, *, port=None, transport="u1", calls=1, seconds=30, arguments=(), server=None, **words):
        self.port = port or ports.free()
        folder = pathlib.Path(folder) / f"sipp-{scenario}-{self.port}"
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        words = {"user": user, "shown": user, "password": user, "domain": "users.democompany.com", "hertz": "0"} | {name: str(word) for name, word in words.items()}
        text = (SCENARIOS / f"{scenario}.xml").read_text()
        (folder / "scenario.xml").write_text(re.sub(r"\{\{(\w+)\}\}", lambda found: words[found[1]], text))
        # Left alone, SIPp signs the server's address and not the Request-URI. It writes "sip:" before this by itself.
        signed = words["domain"] if scenario == "register" else f"{words.get('target')}@{words['domain']}"
        # A registrar checks what others sign, for which SIPp would take this too.
        signs = () if scenario.startswith("registrar") else ("-auth_uri", signed)
        self._seconds = seconds
        self._output = open(folder / "output", "wb")
        self._process = subprocess.Popen(
            ["sipp", "-sf", "scenario.xml", "-i", "127.0.0.1", "-p", str(self.port), "-mp", str(ports.block(4)), "-t", transport, "-m", str(calls),
             "-au", words["user"], "-ap", words["password"], *signs, "-nostdin", "-trace_err", "-trace_msg", "-timeout", f"{seconds}s", "-timeout_error",
             *arguments, server or exchange.server],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=self._output, stderr=self._output)

    def messages(self):
        return "".join(path.read_text(errors="replace") for path in self._folder.glob("*_messages.log"))

    def wait_until_it_listens(self, port, seconds=5):
        """Until its side of third party call control takes a connection: only then may the other one be started."""
        wanted, deadline = f":{port:04X}", time.monotonic() + seconds
        while not any(line.split()[1].endswith(wanted) and line.split()[3] == "0A" for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]):
            assert time.monotonic() < deadline and self._process.poll() is None, "SIPp does not listen for its twin"
            time.sleep(0.02)

    def end(self):
        status = self._process.wait(self._seconds + 10)
        self._output.close()
        errors = "".join(path.read_text(errors="replace") for path in self._folder.glob("*_errors.log"))
        assert status == 0, f"SIPp {self._folder.name} ended with {status}:\n{errors[-3000:]}\n{self.messages()[-6000:]}"
        return self

    def outcomes(self):
        """(calls that went by the scenario, calls that did not), when all are over."""
        self._process.wait(self._seconds + 10)
        self._output.close()
        shown = (self._folder / "output").read_text(errors="replace")
        counted = [int(re.findall(kind + r" call +\| +\d+ +\| +(\d+)", shown)[-1]) for kind in ("Successful", "Failed")]
        return tuple(counted)

    def close(self):
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._output.close()
