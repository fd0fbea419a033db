# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: when the wall clock jumps, by an hour or a day and back, calls last as long as they lasted, nothing runs out before its time or lives on after it,
registrations stay and nonces are good (reliability R-06). The monotonic clock goes on, as it does when somebody sets the time."""
import re
import time

import exchange as exchange_module
import faults
import pytest
import raw_sip
import records
from test_processes import talk, wait_for_more_audio

HOUR, DAY = 3600, 86400
DOMAIN = exchange_module.DOMAIN


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clock")
    wrong = faults.Faults(folder)
    running = exchange_module.Exchange(folder / "exchange", environment=wrong.environment).start()
    running.faults = wrong
    yield running
    wrong.shift_wall(0)
    assert running.stop() == 0


def set_clock(exchange, shift):
    exchange.faults.shift_wall(shift)
    exchange.forget_login()


def test_a_call_lasts_as_long_as_it_lasted(exchange, phones, new_records):
    alice, bob = talk(phones)
    began = time.monotonic()
    mark = len(exchange.log())
    for shift in (HOUR, -HOUR, DAY, -DAY, 0):
        set_clock(exchange, shift)
        wait_for_more_audio(alice, bob, 0.5)
    set_clock(exchange, -HOUR)
    alice.hang_up()
    bob.wait_for("CALL_CLOSED")
    talked = time.monotonic() - began
    record, = new_records(1)
    records.check(record, "ok", 200, talked)
    shown = (records.microseconds(record["endedAt"]) - records.microseconds(record["answeredAt"])) / 1e6
    assert abs(shown - record["durationSeconds"]) <= 1, record
    assert not re.search("role.died|role.hung|role.restarting|media.silent|level=error", exchange.log()[mark:]), exchange.log()[mark:]
    assert exchange.metric("carillon_role_restarts_total") == 0
    set_clock(exchange, 0)


@pytest.mark.parametrize("shift", [HOUR, -HOUR, DAY, -DAY])
def test_registrations_stay_and_nonces_are_good(exchange, phones, new_records, shift):
    callee = phones.registered_sipp("answer", "bob", milliseconds=100)
    with raw_sip.Socket(exchange) as phone:
        phone.send(phone.request("REGISTER", "alice", DOMAIN, extra="Expires: 60\r\n"))
        _, challenge = phone.final()
        set_clock(exchange, shift)
        phone.send(phone.authorized("REGISTER", "alice", "alice", challenge, domain=DOMAIN, extra="Expires: 60\r\n"))
        status, text = phone.final()
        assert status == 200, text
        assert 50 <= int(re.search(r"expires=(\d+)", text)[1]) <= 60
    known = exchange.ctl("registrations")
    assert "alice" in known and "bob" in known, known
    phones.sipp("call", "alice", target="102", milliseconds=300).end()
    callee.end()
    set_clock(exchange, 0)
    records.check(new_records(1)[0], "ok", 200, 0.3)


def test_a_registration_runs_out_in_its_own_time(exchange):
    """Not before it, and not a day later, whatever the clock says."""
    with raw_sip.Socket(exchange) as phone:
        assert phone.register("alice", "alice", expires=0, contact="*")[0] == 200
        set_clock(exchange, 0)
        status, _ = phone.register("alice", "alice", expires=60)
        assert status == 200
        set_clock(exchange, -DAY)
        assert "alice" in exchange.ctl("registrations")
        set_clock(exchange, DAY)
        assert "alice" in exchange.ctl("registrations")
        set_clock(exchange, 0)
        assert phone.register("alice", "alice", expires=0, contact="*")[0] == 200
