# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the load generator on its core and reads what it says."""
import subprocess

import machine

PORT = None  # of all telephones: the same in every run, since that is where they are registered
SECONDS_MAX = 300


def _command(work, server, options):
    global PORT
    PORT = PORT or machine.free_port()
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    _, core = machine.cores()
    program = machine.program("bench/carillon_sip_load")
    return machine.pinned(core, [program, work, "--server", server.address, "--port", PORT, *words])


def read_figures(line):
    """key=value pairs, numbers where they are numbers."""
    figures = {}
    for word in line.split():
        key, _, value = word.partition("=")
        try:
            figures[key] = float(value) if "." in value else int(value)
        except ValueError:
            figures[key] = value
    return figures


def run(work, server, **options):
    done = subprocess.run(_command(work, server, options), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS_MAX)
    if done.returncode != 0:
        raise SystemExit(f"the load generator failed: {done.stderr.strip()}")
    return read_figures(done.stdout)


def register_all(server, users):
    """Every user once, so that what follows are refreshes, or calls that find somebody."""
    figures = run("register", server, users=users, operations=users, window=32)
    if figures["done"] != users:
        raise SystemExit(f"{server.name} took {figures['done']} of {users} registrations: {figures['why']}")


class HeldCalls:
    """Calls that stay up inside a `with` statement; `figures` has what came of them."""

    def __init__(self, server, users, calls):
        self._command = _command("hold", server, {"users": users, "operations": calls, "window": 32})
        self.figures = {}

    def __enter__(self):
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.figures = read_figures(self._process.stdout.readline())
        return self

    def __exit__(self, *_):
        output, _ = self._process.communicate(timeout=SECONDS_MAX)
        self.figures |= read_figures(output)
