# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: a role that does nothing any more, or one thread of it that turns in circles, is noticed within five seconds and started again alone;
a node that does nothing is systemd's to start again; and what /healthz and /readyz say is true (reliability R-25)."""
import contextlib
import os
import pathlib
import signal
import socket
import time

import exchange as exchange_module
import faults
import pytest
import records
from test_processes import hang_up_and_check, readiness_watched, talk, wait_for_more_audio

NOTICED_SECONDS_MAX = 5
BACK_SECONDS_MAX = 3
SLACK = 0.5  # Of a machine that has other things to do.


@pytest.fixture
def exchange(tmp_path):
    """Of each test its own: three deaths within a minute count against it."""
    wrong = faults.Faults(tmp_path)
    running = exchange_module.Exchange(tmp_path / "exchange", environment=wrong.environment).start()
    running.faults = wrong
    yield running
    assert running.stop() == 0


@contextlib.contextmanager
def noticed_and_replaced(exchange, role):
    """What is done inside must be noticed in time, and mended by another process of that role and of no other. Yields nothing."""
    before, mark = exchange.processes(), len(exchange.log())
    with readiness_watched(exchange) as reports:
        began = time.monotonic()
        yield
        exchange.wait_for_log(f"event=role.hung role={role}", NOTICED_SECONDS_MAX + SLACK, mark)
        noticed = time.monotonic()
        exchange.wait_for_other_process(role, before[role], BACK_SECONDS_MAX)
        exchange.wait_until_ready(BACK_SECONDS_MAX)
        print(f"{role}: noticed after {noticed - began:.1f} s, ready {time.monotonic() - noticed:.1f} s later")
    assert any(status == 503 and f"{role}:" in text for status, text in reports), reports
    others = {name: pid for name, pid in exchange.processes().items() if name != role}
    assert others == {name: pid for name, pid in before.items() if name != role}
    assert exchange.health("/healthz") == 200


def test_calls_go_on_while_web_jobs_and_signalling_freeze(exchange, phones, new_records):
    exchange.get("/api/v1/calls")  # new_records logged in already; a login outlives web.
    alice, bob = talk(phones)
    began = time.monotonic()
    for role in ("web", "jobs", "signalling"):
        with noticed_and_replaced(exchange, role):
            exchange.stop_working(role)
            wait_for_more_audio(alice, bob)
    wait_for_more_audio(alice, bob)
    hang_up_and_check(alice, bob, new_records, began)


def test_calls_end_when_media_freezes_and_new_ones_work(exchange, phones, new_records):
    alice, bob = talk(phones)
    with noticed_and_replaced(exchange, "media"):
        exchange.stop_working("media")
    alice.wait_for("CALL_CLOSED")
    bob.wait_for("CALL_CLOSED")
    assert new_records(1)[0]["status"] == "ok"
    alice.dial("102")
    alice.wait_for("CALL_ESTABLISHED", count=2)
    began = time.monotonic()
    wait_for_more_audio(alice, bob)
    alice.hang_up()
    bob.wait_for("CALL_CLOSED", count=2)
    records.check(new_records(2)[1], "ok", 200, time.monotonic() - began)


@pytest.mark.parametrize("role, thread", [("signalling", "shard-0"), ("media", "carillon-media")])
def test_a_thread_that_turns_in_circles_is_noticed(exchange, role, thread):
    with noticed_and_replaced(exchange, role):
        exchange.faults.spin(thread)
        deadline = time.monotonic() + 1
        while not exchange.faults.is_spinning():
            assert time.monotonic() < deadline, f"there is no thread {thread} that waits for events"
            time.sleep(0.01)


def test_three_deaths_within_a_minute_are_told(exchange):
    for count in range(3):
        before = exchange.processes()["web"]
        exchange.kill("web")
        exchange.wait_for_other_process("web", before)
        if count < 2:
            exchange.wait_until_ready()
    exchange.wait_until_unready("web: died three times within a minute")
    assert exchange.health("/healthz") == 200
    with pytest.raises(AssertionError):
        exchange.wait_until_ready(2)
    assert exchange.metric("carillon_role_up") == 4


class Systemd:
    """The socket by which systemd hears of its services."""

    def __init__(self, folder):
        self.path = str(pathlib.Path(folder) / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)

    def wait_for(self, state, seconds):
        deadline = time.monotonic() + seconds
        while True:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            if self._socket.recv(4096).decode() == state:
                return time.monotonic()

    def is_silent_for(self, seconds):
        self._socket.settimeout(0.01)
        with contextlib.suppress(TimeoutError):
            while True:
                self._socket.recv(4096)
        self._socket.settimeout(seconds)
        try:
            self._socket.recv(4096)
        except TimeoutError:
            return True
        return False

    def close(self):
        self._socket.close()


def test_systemd_hears_that_the_node_is_ready_alive_and_stops(tmp_path):
    with contextlib.closing(Systemd(tmp_path)) as systemd:
        exchange = exchange_module.Exchange(tmp_path / "exchange", environment={"NOTIFY_SOCKET": systemd.path, "WATCHDOG_USEC": "1000000"})
        exchange.start()
        systemd.wait_for("READY=1", 1)
        first = systemd.wait_for("WATCHDOG=1", 1)
        assert systemd.wait_for("WATCHDOG=1", 1) - first < 1
        for pid in exchange.processes().values():
            told = pathlib.Path(f"/proc/{pid}/environ").read_bytes()
            assert b"NOTIFY_SOCKET" not in told and b"WATCHDOG" not in told
        os.kill(exchange.process.pid, signal.SIGSTOP)
        assert systemd.is_silent_for(1.5)
        os.kill(exchange.process.pid, signal.SIGCONT)
        systemd.wait_for("WATCHDOG=1", 1)
        exchange.wait_until_ready()
        assert exchange.stop() == 0
        systemd.wait_for("STOPPING=1", 1)
