# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: the running platform lives through thousands of malformed messages by UDP and TCP, made from those of a call that goes on meanwhile:
no process ends, memory stays, the call's audio is heard and the next call works (reliability T-14). The generator of tests/support does the
same with many more against the platform's parts, under sanitizers."""
import socket

import exchange as exchange_module
import pytest
import raw_sip
from agents import malformed
from agents.agent import Agent

COUNT = 3000


@pytest.fixture
def pair(exchange):
    with Agent(("127.0.0.1", exchange.sip_port), "alice", exchange_module.DOMAIN, password="alice") as alice, \
            Agent(("127.0.0.1", exchange.sip_port), "bob", exchange_module.DOMAIN, password="bob") as bob:
        assert bob.register().status == 200
        yield alice, bob
        assert bob.register(expires=0, contact="*").status == 200


def call(alice, bob):
    """A call with audio both ways: (alice's dialog, bob's)."""
    made = alice.call("102")
    ringing = bob.wait_for_call()
    there = ringing.answer()
    here = made.wait_for_answer()
    alice.talk_to(made.answer.text)
    bob.talk_to(ringing.invite.text)
    bob.audio.wait_to_hear(400)
    return here, there


def hang_up(here, there):
    bye = here.send("BYE")
    there.agent.respond(there.agent.expect("BYE"), 200)
    assert here.agent.wait_for_final(bye).status == 200


def send_all(exchange, messages, by_stream):
    """From an address of no phone; waits now and then until what was sent has been looked at."""
    with raw_sip.Socket(exchange, "127.0.7.1") as sender, raw_sip.Socket(exchange, "127.0.7.2") as asker:
        for number, data in enumerate(messages):
            if by_stream:
                with socket.create_connection(("127.0.0.1", exchange.sip_port), source_address=(f"127.0.7.{number % 200 + 3}", 0)) as stream:
                    stream.sendall(data)
            else:
                sender.send(data)
            if number % 100 == 99:
                asker.send(asker.request("OPTIONS", "alice", exchange_module.DOMAIN))
                assert asker.final(10)[0] == 200, f"no answer after {number} messages"


def test_thousands_of_malformed_messages_hurt_nobody(exchange, pair, new_records):
    alice, bob = pair
    processes = exchange.processes()
    here, there = call(alice, bob)
    bases = [message.bytes() for message in (alice.build("REGISTER"), alice.build("OPTIONS"), there.ack,
                                             alice.build("INVITE", "sip:102@users.democompany.com", body=alice.description()),
                                             here.build("INVITE", alice.description()), here.build("BYE"), there.build("UPDATE"),
                                             here.build("INFO"), alice.build("SUBSCRIBE"), alice.build("MESSAGE"))]
    every = [mutant for seed, base in enumerate(bases) for mutant in malformed.mutants(base, COUNT // len(bases), seed)]
    send_all(exchange, every[:len(every) // 3], by_stream=False)  # What is allocated once and kept.
    before = exchange.memory_kilobytes("signalling")
    send_all(exchange, every, by_stream=False)
    send_all(exchange, every[::10], by_stream=True)
    assert exchange.memory_kilobytes("signalling") - before < 16 * 1024
    assert exchange.processes() == processes
    assert exchange.metric("carillon_sip_broken_total") == 0 and exchange.metric("carillon_calls_broken_total") == 0
    bob.audio.wait_to_hear(400)
    hang_up(here, there)
    hang_up(*call(alice, bob))
    assert all(not record["broken"] for record in new_records(2))
