# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: a role that is killed is back within three seconds, the others go on meanwhile, and it can be seen that it happened."""
import time

import pytest

ROLES = {"signalling", "media", "web", "jobs"}


def test_every_role_is_a_process_and_ready(exchange):
    assert set(exchange.processes()) == ROLES
    assert exchange.health("/healthz") == 200
    assert exchange.health("/readyz") == 200


@pytest.mark.parametrize("role", ["web", "jobs"])
def test_a_call_goes_on_while_a_role_is_killed(phones, new_records, role):
    exchange = phones.exchange
    bob = phones.baresip("bob", answer="auto", hertz=1300)
    alice = phones.baresip("alice", hertz=700)
    alice.dial("102")
    alice.wait_for("CALL_ESTABLISHED")
    before, mark = exchange.processes(), len(exchange.log())
    exchange.kill(role)
    exchange.wait_for_other_process(role, before[role])
    assert {name: pid for name, pid in exchange.processes().items() if name != role} == {name: pid for name, pid in before.items() if name != role}
    assert role in exchange.log()[mark:]
    heard = alice.seconds_heard(1300)
    deadline = time.monotonic() + 5
    while alice.seconds_heard(1300) < heard + 1:
        assert time.monotonic() < deadline, "the audio stopped"
        time.sleep(0.1)
    alice.hang_up()
    bob.wait_for("CALL_CLOSED")
    wait_until_ready(exchange)
    assert new_records(1)[0]["status"] == "ok"


def wait_until_ready(exchange, seconds=5):
    deadline = time.monotonic() + seconds
    while exchange.health("/readyz") != 200:
        assert time.monotonic() < deadline, f"not ready after {seconds} s:\n{exchange.log()[-3000:]}"
        time.sleep(0.05)


@pytest.mark.parametrize("role", ["media", "signalling"])
def test_after_a_kill_new_calls_work(phones, new_records, role):
    exchange = phones.exchange
    before = exchange.processes()
    exchange.kill(role)
    exchange.wait_for_other_process(role, before[role])
    wait_until_ready(exchange)
    bob = phones.baresip("bob", answer="auto", hertz=1300)
    alice = phones.baresip("alice", hertz=700)
    alice.dial("102")
    alice.wait_for("CALL_ESTABLISHED")
    deadline = time.monotonic() + 8
    while min(alice.seconds_heard(1300), bob.seconds_heard(700)) < 1:
        assert time.monotonic() < deadline, "no audio"
        time.sleep(0.1)
    alice.hang_up()
    bob.wait_for("CALL_CLOSED")
    assert new_records(1)[0]["status"] == "ok"


def test_registrations_outlive_a_kill_of_signalling(phones, new_records):
    exchange = phones.exchange
    callee = phones.registered_sipp("answer", "bob", milliseconds=100, seconds=40)
    time.sleep(0.5)  # registrations reach the disk every 200 ms
    before = exchange.processes()["signalling"]
    exchange.kill("signalling")
    exchange.wait_for_other_process("signalling", before)
    wait_until_ready(exchange)
    phones.sipp("call", "alice", target="102", milliseconds=300).end()
    callee.end()
    assert new_records(1)[0]["status"] == "ok"
