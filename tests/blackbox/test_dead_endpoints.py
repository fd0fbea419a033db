# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: a call whose telephones died, or whose BYE nobody heard, ends soon after its last sound and is charged until then, while one that is on hold
or muted goes on (reliability R-05: upstream charged 10,800 s for 306). The timeout is short here; CARILLON_MEDIA_TIMEOUT_SECONDS=60 is that of the goal."""
import contextlib
import os
import signal
import time

import exchange as exchange_module
import pytest
import records
from agents.agent import Agent

TIMEOUT = int(os.environ.get("CARILLON_MEDIA_TIMEOUT_SECONDS", "3"))
TALK = 2


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange"), f"media.timeout_seconds={TIMEOUT}").start()
    yield running
    assert running.stop() == 0


@contextlib.contextmanager
def talking(exchange):
    """Alice and bob, scripted, in a conversation with sound both ways; yields ((agent, dialog), (agent, dialog)) and when it was answered."""
    at = ("127.0.0.1", exchange.sip_port)
    with Agent(at, "bob", exchange_module.DOMAIN, password="bob") as bob, Agent(at, "alice", exchange_module.DOMAIN, password="alice") as alice:
        assert bob.register().status == 200
        call = alice.call("102")
        ringing = bob.wait_for_call()
        there = ringing.answer()
        here = call.wait_for_answer()
        answered = time.monotonic()
        bob.talk_to(ringing.invite.text)
        alice.talk_to(call.answer.text)
        alice.audio.wait_to_hear(400)
        bob.audio.wait_to_hear(400)
        yield (alice, here), (bob, there), answered
        assert bob.register(expires=0, contact="*").status == 200


def wait_for_record(exchange, seconds):
    """The record stands at once, whether anybody answers the BYEs or not."""
    known, deadline = exchange.metric("carillon_records_stored_total"), time.monotonic() + seconds
    while exchange.metric("carillon_records_stored_total") == known:
        assert time.monotonic() < deadline, f"no record after {seconds} s"
        time.sleep(0.05)
    return time.monotonic()


def check_charged_until(record, answered, last_sound):
    records.check(record, "ok", 200, last_sound - answered)
    shown = (records.microseconds(record["endedAt"]) - records.microseconds(record["answeredAt"])) / 1e6
    assert abs(shown - (last_sound - answered)) <= 1, record


@pytest.mark.parametrize("who", ["both", "the caller", "the called one"])
def test_telephones_that_die_are_charged_until_their_last_sound(exchange, new_records, who):
    """Nobody hears a BYE: neither that which the dead would have sent, nor ours to them."""
    with talking(exchange) as ((alice, _), (bob, _), answered):
        time.sleep(TALK)
        for agent, name in ((alice, "the caller"), (bob, "the called one")):
            if who in ("both", name):
                agent.audio.to = None
        last_sound = time.monotonic()
        ended = wait_for_record(exchange, TIMEOUT + 1)
        assert TIMEOUT - 2 <= ended - last_sound <= TIMEOUT + 0.5
        record, = new_records(1)
        check_charged_until(record, answered, last_sound)
        row, = exchange.rows("SELECT decisions FROM calls WHERE id = ?", record["id"])
        assert "no media" in row["decisions"]
        for agent in (alice, bob):
            agent.respond(agent.expect("BYE"), 200)
        print(f"{who}: ended {ended - last_sound:.2f} s after the last sound, charged {record['durationSeconds']} s of {last_sound - answered:.2f} s")


def test_softphones_that_freeze_are_charged_until_their_last_sound(exchange, phones, new_records):
    bob = phones.baresip("bob", answer="auto", hertz=1300)
    alice = phones.baresip("alice", hertz=700)
    alice.dial("102")
    alice.wait_for("CALL_ESTABLISHED")
    answered = time.monotonic()
    time.sleep(TALK)
    for phone in (alice, bob):
        phone.process.send_signal(signal.SIGSTOP)
    last_sound = time.monotonic()
    try:
        ended = wait_for_record(exchange, TIMEOUT + 1)
    finally:
        for phone in (alice, bob):
            phone.process.send_signal(signal.SIGCONT)
    assert ended - last_sound <= TIMEOUT + 0.5
    check_charged_until(new_records(1)[0], answered, last_sound)
    alice.wait_for_end()
    bob.wait_for_end()


def test_hold_and_mute_end_nothing(exchange, new_records):
    with talking(exchange) as ((alice, here), (bob, there), answered):
        # Muted: no sound, but reports that it is there (RFC 3550 §6.4).
        muted = bob.audio.to
        bob.audio.to = None
        begun = time.monotonic()
        while time.monotonic() < begun + TIMEOUT + 1.5:
            bob.audio.report(muted)
            time.sleep(0.5)
        assert exchange.metric("carillon_calls_running") == 1
        # On hold: nobody sends anything.
        reinvite = here.send("INVITE", alice.description("sendonly", version=2))
        asked = bob.expect("INVITE")
        bob.respond(asked, 200, body=bob.description("recvonly", 2), tag="called")
        bob.expect("ACK")
        here.acknowledge(alice.wait_for_final(reinvite))
        alice.audio.to = None
        time.sleep(TIMEOUT + 1.5)
        assert exchange.metric("carillon_calls_running") == 1
        bye = there.send("BYE")
        ended = time.monotonic()
        alice.respond(alice.expect("BYE"), 200)
        assert bob.wait_for_final(bye).status == 200
    records.check(new_records(1)[0], "ok", 200, ended - answered)
