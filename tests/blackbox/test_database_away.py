# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: while the database is away, be it a file that somebody locks or a server that is stopped, telephones notice nothing, whoever manages the platform is told at once, and no record is lost
(reliability R-03). CARILLON_DATABASE_AWAY_SECONDS=60 makes the outage as long as the goal says; by itself it is shorter."""
import contextlib
import os
import time

import database_lock
import exchange as exchange_module
import pytest
import raw_sip
from load import Load
from support.postgresql import Server

AWAY_SECONDS = int(os.environ.get("CARILLON_DATABASE_AWAY_SECONDS", "12"))
RATE = 20
STANDING = 50
DRAINED_SECONDS_MAX = 60
ANSWER_SECONDS_MAX = 1


@pytest.fixture(params=["sqlite", "postgresql"])
def exchange(request, tmp_path):
    with contextlib.ExitStack() as stack:
        server = Server() if request.param == "postgresql" else None
        if server:
            stack.callback(server.close)
        # SIPp is silent, so the calls that stand would end for that.
        running = exchange_module.Exchange(tmp_path / "exchange", "media.timeout_seconds=3600", media_ports=3000, postgresql=server).start()
        yield running
        assert running.stop() == 0


@contextlib.contextmanager
def database_away(exchange):
    if exchange.postgresql:
        exchange.postgresql.stop()
        yield
        exchange.postgresql.start()
    else:
        with database_lock.Away(exchange.data / "carillon.db"):
            yield


def wait_until_refused(exchange, path="/api/v1/calls"):
    """The first answer after the database went may still have come from it."""
    deadline = time.monotonic() + 5
    while exchange.request("GET", path)[0] != 503:
        assert time.monotonic() < deadline, "the API answers on"


def check_refusal(exchange, method, path, body=None):
    began = time.monotonic()
    status, headers, problem = exchange.request(method, path, body)
    took = time.monotonic() - began
    assert status == 503 and int(headers["Retry-After"]) > 0, (path, status, problem)
    assert took <= ANSWER_SECONDS_MAX, (path, took)
    return took


def test_calls_and_registrations_go_on_and_no_record_is_lost(exchange, tmp_path):
    exchange.get("/api/v1/calls")  # A login, while one can.
    calls = RATE * (AWAY_SECONDS + 2)
    with Load(exchange, tmp_path, calls + STANDING) as load:
        standing = load.call(STANDING, 50, (AWAY_SECONDS + 5) * 1000)
        exchange.wait_for_talks(STANDING)
        load_began = time.monotonic()
        passing = load.call(calls, RATE, 1000)
        with database_away(exchange):
            went = time.monotonic()
            wait_until_refused(exchange)
            slowest = 0
            while time.monotonic() < went + AWAY_SECONDS:
                slowest = max(slowest, check_refusal(exchange, "GET", "/api/v1/calls"), check_refusal(exchange, "GET", "/api/v1/live/calls"),
                              check_refusal(exchange, "POST", "/api/v1/auth/login", {"username": "admin", "password": "changeme"}))
                with raw_sip.Socket(exchange, "127.0.0.9") as phone:
                    assert phone.register("alice", "alice", expires=60)[0] == 200
                    assert phone.register("alice", "alice", expires=0, contact="*")[0] == 200
                time.sleep(0.2)
            assert exchange.health("/healthz") == 200
            status, text = exchange.health_report()
            assert status == 503 and "jobs:" in text and "web:" in text and "signalling:" not in text, text
        back = time.monotonic()
        passing.end()
        standing.end()
        load.end()
    ended = time.monotonic()
    stored = exchange.wait_for_stored(calls + STANDING, back + DRAINED_SECONDS_MAX - time.monotonic())
    print(f"away {back - went:.0f} s; {calls} calls at {RATE}/s and {STANDING} standing, in {ended - load_began:.0f} s, none refused; "
          f"all stored {max(0, time.monotonic() - back):.1f} s after its return; slowest refusal {slowest:.2f} s")
    assert {(call["status"], call["sip_code"]) for call in stored} == {("ok", 200)}
    assert len({call["id"] for call in stored}) == len(stored) == calls + STANDING
    exchange.wait_until_ready(10)
