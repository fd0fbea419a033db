# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: who picks up a call (RFC 3891) can talk in it, or leaves it as it was."""
import exchange as exchange_module
import pytest


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange")).start("--subscribers", "1")
    yield running
    assert running.stop() == 0


def replaces(dialog):
    return "Replaces", f"{dialog.call_id};to-tag={dialog.local_tag};from-tag={dialog.remote_tag}"


def end(here, agent, peer):
    bye = here.send("BYE")
    peer.respond(peer.expect("BYE"), 200)
    assert agent.wait_for_final(bye).status == 200


def begin(join, codecs=(0,)):
    alice, bob = join("alice", "alice"), join("bob", "bob")
    assert bob.register().status == 200
    call = alice.call("102", body=alice.description(codecs=codecs))
    ringing = bob.wait_for_call()
    ringing.ring()
    call.expect(180)
    return alice, bob, call, ringing


@pytest.mark.parametrize("has_video", [False, True], ids=["no codec in common", "other streams"])
def test_who_cannot_talk_in_a_call_leaves_it_where_it_rings(join, has_video):
    alice, bob, call, ringing = begin(join)
    other = join("user0001", "pw-user0001")
    body = other.description(codecs=(8, 101))
    if has_video:
        body = other.description(codecs=(0,)).replace("m=audio", "m=video 40000 RTP/AVP 34\r\nm=audio")
    other.call("102", body=body, headers=[replaces(ringing.dialog())]).expect(488)
    ringing.answer()
    end(call.wait_for_answer(), alice, bob)


def test_who_cannot_talk_in_a_call_does_not_take_it_over(join):
    alice, bob, call, ringing = begin(join)
    there = ringing.answer()
    here = call.wait_for_answer()
    again = join("bob", "bob")
    again.call("102", body=again.description(codecs=(8,)), headers=[replaces(there)]).expect(488)
    end(here, alice, bob)
