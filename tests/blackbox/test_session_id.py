# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: one call has one name from end to end (Session-ID, RFC 7989): what each end says of itself reaches the other, through forks and
transfers, and an end that says nothing gets a name all the same."""
import contextlib

import exchange as exchange_module
import pytest
from agents.agent import Agent

DOMAIN = exchange_module.DOMAIN
ALICE, BOB, BOB_LATER, CAROL_ID, NOBODY = "a" * 32, "b" * 31 + "1", "b" * 31 + "2", "c" * 32, "0" * 32


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange")).start("--subscribers", "2")
    yield running
    assert running.stop() == 0


@pytest.fixture
def agents(exchange):
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(Agent(("127.0.0.1", exchange.sip_port), user, DOMAIN, password=password))
                for user, password in (("alice", "alice"), ("bob", "bob"), ("user0001", "pw-user0001"))]
        for agent in made:
            assert agent.register().status == 200
        yield made
        for agent in made:
            assert agent.register(expires=0, contact="*").status == 200


def halves(message):
    """Who sent it, and whom the sender knows at the other end."""
    own, _, remote = message.get("Session-ID").partition(";remote=")
    return own, remote


def says(own, remote=NOBODY):
    return [("Session-ID", f"{own};remote={remote}")]


def test_both_halves_reach_the_other_end(agents):
    alice, bob, _ = agents
    call = alice.call("102", headers=says(ALICE))
    ringing = bob.wait_for_call()
    assert halves(ringing.invite) == (ALICE, NOBODY)
    ringing.respond(180, headers=says(BOB, ALICE))
    assert halves(call.expect(180)) == (BOB, ALICE)
    ringing.respond(200, body=bob.description(), headers=says(BOB, ALICE))
    dialog = call.wait_for_answer()
    assert halves(call.answer) == (BOB, ALICE)
    bob_dialog = ringing.wait_for_ack()
    assert halves(bob_dialog.ack) == (ALICE, BOB)
    assert halves(dialog.bye()) == (BOB, ALICE)
    bye = bob.expect("BYE")
    assert halves(bye) == (ALICE, BOB)
    bob.respond(bye, 200)


def test_an_end_without_one_gets_one(agents):
    alice, bob, _ = agents
    call = alice.call("102")
    ringing = bob.wait_for_call()
    made, remote = halves(ringing.invite)
    assert len(made) == 32 and made != NOBODY and remote == NOBODY
    bob_dialog = ringing.answer()
    dialog = call.wait_for_answer()
    made_for_bob, own = halves(call.answer)
    assert own == made and made_for_bob not in (NOBODY, made)
    assert halves(bob_dialog.ack) == (made, made_for_bob)
    dialog.bye()
    bob.respond(bob.expect("BYE"), 200)


@pytest.mark.parametrize("value", ["x", "A" * 31, "g" * 32, NOBODY, "a" * 33, f"{'a' * 32}b;remote={NOBODY}", ";remote=", "%61" * 11, "a" * 4000])
def test_nonsense_is_not_passed_on(agents, value):
    alice, bob, _ = agents
    call = alice.call("102", headers=[("Session-ID", value)])
    ringing = bob.wait_for_call()
    made, remote = halves(ringing.invite)
    assert len(made) == 32 and made not in (value[:32], NOBODY) and set(made) <= set("0123456789abcdef") and remote == NOBODY
    ringing.reject(486)
    call.expect(486)


def test_capitals_are_written_small(agents):
    alice, bob, _ = agents
    call = alice.call("102", headers=[("Session-ID", f"{ALICE.upper()} ; remote={NOBODY}")])
    ringing = bob.wait_for_call()
    assert halves(ringing.invite) == (ALICE, NOBODY)
    ringing.reject(486)
    assert halves(call.expect(486))[1] == ALICE


def test_giving_up_says_whose_call_it_was(agents):
    alice, bob, _ = agents
    call = alice.call("102", headers=says(ALICE))
    ringing = bob.wait_for_call()
    ringing.ring()
    call.expect(180)
    call.cancel()
    assert halves(ringing.wait_for_cancel()) == halves(ringing.invite) == (ALICE, NOBODY)
    call.expect(487)


def test_a_changed_end_is_told(agents):
    alice, bob, _ = agents
    call = alice.call("102", headers=says(ALICE))
    ringing = bob.wait_for_call()
    ringing.respond(200, body=bob.description(), headers=says(BOB, ALICE))
    dialog = call.wait_for_answer()
    bob_dialog = ringing.wait_for_ack()
    reinvite = bob_dialog.send("INVITE", bob.description("sendonly", version=2), says(BOB_LATER, ALICE))
    asked = alice.expect("INVITE")
    assert halves(asked) == (BOB_LATER, ALICE)
    alice.respond(asked, 200, tag=dialog.local_tag, body=alice.description("recvonly", version=2))
    answered = bob.wait_for_final(reinvite)
    assert answered.status == 200 and halves(answered) == (ALICE, BOB_LATER)
    bob_dialog.acknowledge(answered)
    dialog.bye()
    bob.respond(bob.expect("BYE"), 200)


def test_who_is_transferred_keeps_its_half(agents):
    alice, bob, carol = agents
    call = alice.call("102", headers=says(ALICE))
    ringing = bob.wait_for_call()
    ringing.respond(200, body=bob.description(), headers=says(BOB, ALICE))
    dialog = call.wait_for_answer()
    ringing.wait_for_ack()
    assert dialog.ask("REFER", headers=[("Refer-To", f"<sip:100001@{DOMAIN}>")]).status == 202
    third = carol.wait_for_call()
    assert halves(third.invite) == (BOB, NOBODY)
    third.respond(200, body=carol.description(), headers=says(CAROL_ID, BOB))
    third.wait_for_ack()
    joined = bob.expect("INVITE")
    assert halves(joined) == (CAROL_ID, BOB)
    bob.respond(joined, 200, body=bob.description(version=2))
    third_dialog = third.dialog()
    third_dialog.bye()
    bob.respond(bob.expect("BYE"), 200)
