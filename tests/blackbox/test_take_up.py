# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: signalling is killed in the middle of calls, and nobody notices: the sound goes on, and hold, transfer and hang-up work
afterwards as before, with one record for each call (ruling 3)."""
import contextlib
import time

import exchange as exchange_module
import pytest
import records
from agents.agent import Agent
from test_processes import talk, wait_for_more_audio


@pytest.fixture
def exchange(tmp_path):
    """Of each test its own: a role that dies three times in a minute is said to be unwell."""
    running = exchange_module.Exchange(tmp_path / "exchange").start()
    yield running
    assert running.stop() == 0


def restart_signalling(exchange):
    before = exchange.processes()["signalling"]
    exchange.kill("signalling")
    exchange.wait_for_other_process("signalling", before, 3)
    exchange.wait_until_ready(3)


def test_softphones_talk_on(phones, new_records, exchange):
    alice, bob = talk(phones)
    began = time.monotonic()
    wait_for_more_audio(alice, bob)
    restart_signalling(exchange)
    wait_for_more_audio(alice, bob)
    call, = exchange.get("/api/v1/live/calls")["items"]
    assert exchange.metric("carillon_calls_taken_up_total") == 1
    bob.hang_up()
    alice.wait_for("CALL_CLOSED")
    record, = new_records(1)
    assert record["id"] == call["id"]
    records.check(record, "ok", 200, time.monotonic() - began)


@pytest.mark.parametrize("kind", ("udp", "tcp", "tls"))
def test_a_phone_holds_and_hangs_up_afterwards(exchange, new_records, kind):
    """By TCP and TLS once it has connected and registered again, which a phone does by itself."""
    port = exchange.tls_port if kind == "tls" else exchange.sip_port
    at = ("127.0.0.1", port)
    with Agent(("127.0.0.1", exchange.sip_port), "bob", exchange_module.DOMAIN, password="bob") as bob, \
            Agent(at, "alice", exchange_module.DOMAIN, password="alice", kind=kind) as alice, contextlib.ExitStack() as later:
        assert bob.register().status == 200 and alice.register().status == 200
        call = alice.call("102")
        ringing = bob.wait_for_call()
        there = ringing.answer()
        here = call.wait_for_answer()
        began = time.monotonic()
        restart_signalling(exchange)
        if kind != "udp":
            alice = here.agent = later.enter_context(Agent(at, "alice", exchange_module.DOMAIN, password="alice", kind=kind))
            assert alice.register().status == 200
        probe = bob.expect("OPTIONS")
        bob.respond(probe, 200, tag="called")
        alice.respond(alice.expect("OPTIONS"), 200, tag=here.local_tag)
        reinvite = here.send("INVITE", alice.description("sendonly", version=2))
        asked = bob.expect("INVITE")
        assert "a=sendonly" in asked.text
        bob.respond(asked, 200, body=bob.description("recvonly", 2), tag="called")
        bob.expect("ACK")
        answered = alice.wait_for_final(reinvite)
        assert answered.status == 200 and "a=recvonly" in answered.text
        here.acknowledge(answered)
        bye = there.send("BYE")
        alice.respond(alice.expect("BYE"), 200)
        assert bob.wait_for_final(bye).status == 200
    records.check(new_records(1)[0], "ok", 200, time.monotonic() - began)


def test_a_call_that_rings_ends_for_both(exchange, new_records):
    """Nobody had answered: the caller is told, the telephone falls silent, and both can be used again at once."""
    at = ("127.0.0.1", exchange.sip_port)
    with Agent(at, "bob", exchange_module.DOMAIN, password="bob") as bob, Agent(at, "alice", exchange_module.DOMAIN, password="alice") as alice:
        assert bob.register().status == 200
        call = alice.call("102")
        ringing = bob.wait_for_call()
        ringing.ring()
        tag = call.expect(180).to_tag
        time.sleep(0.1)  # What only the journal's company waits for is on disk.
        restart_signalling(exchange)
        assert call.expect(480).to_tag == tag
        ringing.wait_for_cancel()
        call = alice.call("102")
        there = bob.wait_for_call().answer()
        here = call.wait_for_answer()
        bye = here.send("BYE")
        bob.respond(bob.expect("BYE"), 200, tag=there.local_tag)
        assert alice.wait_for_final(bye).status == 200
    found = {record["sipCode"]: record for record in new_records(2)}
    assert found[480]["status"] == "failed" and found[200]["status"] == "ok"
