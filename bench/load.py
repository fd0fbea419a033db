# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the load generators on their core and reads what they say."""
import subprocess

import machine

SECONDS_MAX = 300


def _command(program, *words, **options):
    _, core = machine.cores()
    options = [word for name, value in options.items() for word in (f"--{name}", value)]
    return machine.pinned(core, [machine.program(f"bench/{program}"), *words, *options])


def _sip_command(work, server, **options):
    return _command("carillon_sip_load", work, server=server.address, port=server.telephones_port, **options)


def _run(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS_MAX)
    if done.returncode != 0:
        raise SystemExit(f"the load generator failed: {done.stderr.strip()}")
    return read_figures(done.stdout)


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
    """Registrations or calls."""
    return _run(_sip_command(work, server, **options))


def relay(**options):
    """Media."""
    return _run(_command("carillon_relay_bench", **options))


def register(server, users, operations):
    """Registrations by these users in turn, all of which must succeed."""
    figures = run("register", server, users=users, operations=operations, window=32)
    if figures["done"] != operations:
        raise SystemExit(f"{server.name} took {figures['done']} of {operations} registrations: {figures['why']}")


class HeldCalls:
    """Calls that begin at a steady rate and stay up until a `with` statement ends."""

    def __init__(self, server, **options):
        self._command, self._server, self._wanted = _sip_command("hold", server, **options), server, options["operations"]

    def __enter__(self):
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def add(self, calls):
        self._wanted += calls
        self._process.stdin.write(f"{calls}\n")
        self._process.stdin.flush()

    def wait(self):
        """Returns when all that were asked for are up."""
        figures = read_figures(self._process.stdout.readline())
        if figures.get("held") != self._wanted or figures["ended"]:
            raise SystemExit(f"{self._server.name} does not hold {self._wanted} calls: {figures}")

    def __exit__(self, *_):
        self._process.communicate(timeout=SECONDS_MAX)
