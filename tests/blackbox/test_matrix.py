# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: whatever transport the caller and the called side speak, calls, holds, re-INVITEs and the races of CANCEL go the same way, and each
ends in the one right record."""
import functools
import itertools
import subprocess

import exchange as exchange_module
import ports
import pytest
import records
from agents import sdp
from agents.agent import Agent


@functools.cache
def transports():
    """TLS is a column from the version on that listens for it."""
    probe = [exchange_module.BINARY, "check", "--config", "/dev/null", "--set", "sip.users.tls_port=5061"]
    return ["udp", "tcp"] + ["tls"] * (subprocess.run(probe, capture_output=True).returncode == 0)


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    tls_port = ports.free()
    settings = [f"sip.users.tls_port={tls_port}"] if "tls" in transports() else []
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange"), *settings)
    running.matrix_tls_port = tls_port
    running.start()
    yield running
    assert running.stop() == 0


@pytest.fixture(params=itertools.product(transports(), transports()), ids="-".join)
def pair(request, exchange):
    """Alice and Bob, registered, each by a transport of their own."""
    agents = []
    for user, kind, hertz in zip(("alice", "bob"), request.param, (700, 1300)):
        port = exchange.matrix_tls_port if kind == "tls" else exchange.sip_port
        agent = Agent(("127.0.0.1", port), user, exchange_module.DOMAIN, password=user, kind=kind)
        agent.open_audio(hertz=hertz)
        agents.append(agent)
        assert agent.register().status == 200
    yield agents
    for agent in agents:
        assert agent.register(expires=0, contact="*").status == 200
        assert agent.received == [], agent.received
        agent.close()


def connect(alice, bob):
    """A call of both, answered and acknowledged: their dialogs."""
    call = alice.call("102")
    ringing = bob.wait_for_call()
    ringing.ring()
    call.expect(180)
    there = ringing.answer()
    here = call.wait_for_answer()
    alice.talk_to(call.answer.text)
    bob.talk_to(ringing.invite.text or there.ack.text)
    return here, there


def hang_up(quitter, other):
    """BYE from one side reaches the other."""
    bye = quitter.send("BYE")
    other.agent.respond(other.agent.expect("BYE"), 200)
    assert quitter.agent.wait_for_final(bye).status == 200


def change(asker, other, offer, answer, status=200):
    """A re-INVITE that crosses the exchange: what the other side was offered, and what the asker was answered."""
    sent = asker.send("INVITE", offer)
    asked = other.agent.expect("INVITE")
    other.agent.respond(asked, status, body=answer)
    response = asker.agent.wait_for_final(sent)
    if response.status < 300:
        asker.acknowledge(response)
    other.agent.expect("ACK")
    return asked.text, response


def test_a_call(pair, new_records):
    alice, bob = pair
    here, there = connect(alice, bob)
    alice.audio.wait_to_hear(1300)
    bob.audio.wait_to_hear(700)
    hang_up(there, here)
    records.check(new_records(1)[0], "ok", 200, 0.5, within=2)


def test_hold_and_resume(pair, new_records):
    alice, bob = pair
    here, there = connect(alice, bob)
    alice.audio.wait_to_hear(1300)
    for offer, answered in ((alice.description("sendonly", 2), "recvonly"),
                            (alice.description("inactive", 3), "inactive"),
                            (alice.description(None, 4, connection="0.0.0.0"), None)):
        asked, response = change(here, there, offer, bob.description(answered or "inactive", 2))
        assert sdp.direction(asked) in ("sendonly", "inactive"), asked
        assert response.status == 200 and sdp.direction(response.text) in ("recvonly", "inactive"), response
        alice.audio.wait_for_silence()
        asked, response = change(here, there, alice.description("sendrecv", 5), bob.description("sendrecv", 3))
        assert sdp.direction(asked) == sdp.direction(response.text) == "sendrecv"
        alice.audio.wait_to_hear(1300)
        bob.audio.wait_to_hear(700)
    hang_up(here, there)
    records.check(new_records(1)[0], "ok", 200, 3, within=4)


def test_reinvites_from_both_sides_and_a_refused_one(pair, new_records):
    alice, bob = pair
    here, there = connect(alice, bob)
    asked, response = change(there, here, bob.description(version=2, codecs=(8,)), alice.description(version=2, codecs=(8,)))
    assert "RTP/AVP 8" in asked and response.status == 200
    bob.talk_to(response.text)
    _, response = change(here, there, alice.description(version=3), "", status=488)
    assert response.status == 488
    alice.audio.wait_to_hear(1300)
    bob.audio.wait_to_hear(700)
    hang_up(there, here)
    records.check(new_records(1)[0], "ok", 200, 1, within=2)


def test_cancel_while_it_rings(pair, new_records):
    alice, bob = pair
    call = alice.call("102")
    ringing = bob.wait_for_call()
    ringing.ring()
    call.expect(180)
    assert call.cancel().status == 200
    ringing.wait_for_cancel()
    call.expect(487)
    records.check(new_records(1)[0], "cancel", 487)


def test_cancel_before_anybody_answered(pair, new_records):
    """RFC 3261 §9.1: the CANCEL may be at the exchange before the INVITE has rung anywhere; it must not be lost."""
    alice, bob = pair
    call = alice.call("102")
    assert call.cancel().status == 200
    call.expect(487)
    invites = [message for message in bob.read_for(0.3) if message.method == "INVITE"]
    for invite in invites:  # It had left already; it is cancelled once it got an answer.
        bob.respond(invite, 100)
        bob.respond(bob.expect("CANCEL"), 200)
        bob.respond(invite, 487)
        bob.expect("ACK")
    records.check(new_records(1)[0], "cancel", 487)


def test_cancel_crosses_the_answer(pair, new_records):
    """Both are right to think that they were first. Whoever wins, nobody is left in a call alone."""
    alice, bob = pair
    call = alice.call("102")
    ringing = bob.wait_for_call()
    ringing.ring()
    call.expect(180)
    cancel = call.build_cancel()
    ringing.respond(200, body=bob.description())
    alice.send(cancel)
    assert alice.wait_for_final(cancel).status in (200, 481)
    there = ringing.wait_for_ack()
    final = call.expect(200, 487)
    if final.status == 200:
        here = call.dialog(final)
        here.acknowledge(final)
        hang_up(here, there)
        records.check(new_records(1)[0], "ok", 200)
    else:
        bob.respond(bob.expect("BYE"), 200)
        record, = new_records(1)  # It may say when Bob answered, which nobody was told.
        assert (record["status"], record["sipCode"], record["durationSeconds"], record["broken"]) == ("cancel", 487, 0, False), record
    bob.received = [message for message in bob.received if message.method != "CANCEL"]
