# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: whatever transport the caller and the called side speak, calls, holds, re-INVITEs and the races of CANCEL go the same way, and each
ends in the one right record."""
import itertools
import socket

import exchange as exchange_module
import pytest
import records
from agents import sdp
from agents.agent import Agent


TRANSPORTS = ("udp", "tcp", "tls")
CAROL, CAROL_NUMBER = "user0001", "100001"


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange")).start("--subscribers", "5")
    yield running
    assert running.stop() == 0


def open_agent(exchange, user, kind, hertz, password=None):
    port = exchange.tls_port if kind == "tls" else exchange.sip_port
    agent = Agent(("127.0.0.1", port), user, exchange_module.DOMAIN, password=password or user, kind=kind)
    agent.open_audio(hertz=hertz)
    assert agent.register().status == 200
    return agent


def close_agent(agent):
    assert agent.register(expires=0, contact="*").status == 200
    assert agent.received == [], agent.received
    agent.close()


@pytest.fixture(params=itertools.product(TRANSPORTS, TRANSPORTS), ids="-".join)
def pair(request, exchange):
    """Alice and Bob, registered, each by a transport of their own."""
    agents = [open_agent(exchange, user, kind, hertz) for user, kind, hertz in zip(("alice", "bob"), request.param, (700, 1300))]
    yield agents
    for agent in agents:
        close_agent(agent)


@pytest.fixture
def carol(request, pair, exchange):
    """Whom Bob is sent to; her transport is Alice's."""
    agent = open_agent(exchange, CAROL, pair[0].transport.name.lower(), 1900, password=f"pw-{CAROL}")
    yield agent
    close_agent(agent)


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


def test_what_is_served_is_announced_and_nothing_else(pair, new_records):
    alice, bob = pair
    strange = alice.build("INVITE", f"sip:102@{alice.domain}", body=alice.description(), headers=[("Require", "precondition")])
    refused = alice.wait_for_final(alice.send(strange))
    alice.send(alice.ack_of_refusal(strange, refused))
    assert (refused.status, refused.get("Unsupported")) == (420, "precondition")
    call = alice.call("102")
    invite = bob.wait_for_call()
    invite.ring()
    for message in (call.expect(180), invite.invite):
        allowed = {method.strip() for line in message.all("Allow") for method in line.split(",")}
        assert {"INFO", "REFER", "UPDATE", "PRACK"} <= allowed, message
        assert "precondition" not in ",".join(message.all("Supported")), message
    there = invite.answer()
    hang_up(call.wait_for_answer(), there)
    new_records(1)


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
    tag = call.expect(180).to_tag
    cancelled = call.cancel()
    assert (cancelled.status, cancelled.to_tag) == (200, tag)
    ringing.wait_for_cancel()
    assert call.expect(487).to_tag == tag
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


@pytest.mark.parametrize("kind", TRANSPORTS)
def test_a_phone_changes_its_address(pair, exchange, new_records, kind):
    """Alice comes back from another place, by any transport: she proves her account, and the call goes on there, both ways."""
    alice, bob = pair
    here, there = connect(alice, bob)
    alice.audio.wait_to_hear(1300)
    port = exchange.tls_port if kind == "tls" else exchange.sip_port
    with Agent(("127.0.0.1", port), "alice", exchange_module.DOMAIN, password="alice", kind=kind) as moved:
        moved.open_audio(hertz=2300)
        here.agent = moved
        challenged = moved.wait_for_final(here.send("INVITE", moved.description(version=2)))
        assert challenged.status in (401, 407), "whoever comes from elsewhere has to prove the account"
        sent = moved.send(moved.authorize(here.build("INVITE", moved.description(version=2), cseq=here.cseq), challenged))
        here.cseq = sent.cseq
        asked = bob.expect("INVITE")
        bob.respond(asked, 200, body=bob.description("sendrecv", 2))
        bob.expect("ACK")
        response = moved.wait_for_final(sent)
        here.acknowledge(response)
        moved.talk_to(response.text)
        moved.audio.wait_to_hear(1300)
        bob.audio.wait_to_hear(2300)
        bye = there.send("BYE")
        moved.respond(moved.expect("BYE"), 200)
        assert bob.wait_for_final(bye).status == 200
    records.check(new_records(1)[0], "ok", 200, 1, within=3)


@pytest.mark.parametrize("kind", ("tcp", "tls"))
def test_a_phone_whose_connection_broke_registers_again(exchange, new_records, kind):
    """Its call waited: the device that comes back is found by its account and its Contact's user, and hears of the end of the call there."""
    alice = open_agent(exchange, "alice", kind, 700)
    bob = open_agent(exchange, "bob", "udp", 1300)
    here, there = connect(alice, bob)
    alice.audio.wait_to_hear(1300)
    alice.transport.close()
    port = exchange.tls_port if kind == "tls" else exchange.sip_port
    with Agent(("127.0.0.1", port), "alice", exchange_module.DOMAIN, password="alice", kind=kind) as other:
        assert other.register(contact=f"<sip:another@{other.host_port};transport={kind}>").status == 200
        with Agent(("127.0.0.1", port), "alice", exchange_module.DOMAIN, password="alice", kind=kind) as back:
            assert back.register().status == 200
            here.agent = back
            bob.audio.wait_to_hear(700)
            bye = there.send("BYE")
            back.respond(back.expect("BYE"), 200)
            assert bob.wait_for_final(bye).status == 200
            assert other.received == []
            assert back.register(expires=0, contact="*").status == 200
    alice.close()
    close_agent(bob)
    records.check(new_records(1)[0], "ok", 200, 1, within=3)


INSTANCE, ANOTHER = (f'+sip.instance="<urn:uuid:00000000-0000-4000-8000-00000000000{digit}>"' for digit in "12")


def test_the_instance_tells_which_device_is_back(exchange, new_records):
    """Two devices of one account whose Contacts have the same user: the one that comes anew gets no call of the one that broke."""
    bob = open_agent(exchange, "bob", "udp", 1300)
    at = ("127.0.0.1", exchange.sip_port)
    alice = Agent(at, "alice", exchange_module.DOMAIN, password="alice", kind="tcp")
    alice.open_audio(hertz=700)
    assert alice.register(contact=f"{alice.contact};{INSTANCE}").status == 200
    here, there = connect(alice, bob)
    alice.transport.close()
    with Agent(at, "alice", exchange_module.DOMAIN, password="alice", kind="tcp") as other, \
            Agent(at, "alice", exchange_module.DOMAIN, password="alice", kind="tcp") as back:
        assert other.register(contact=f"{other.contact};{ANOTHER}").status == 200
        assert back.register(contact=f"<sip:renamed@{back.host_port};transport=tcp>;{INSTANCE}").status == 200
        bye = there.send("BYE")
        back.respond(back.expect("BYE"), 200)
        assert bob.wait_for_final(bye).status == 200
        assert other.received == []
        assert back.register(expires=0, contact="*").status == 200
    alice.close()
    close_agent(bob)
    records.check(new_records(1)[0], "ok", 200, 1, within=3)


@pytest.mark.parametrize("kind", ("tcp", "tls"))
def test_a_phone_that_opens_another_connection_is_called_there(exchange, new_records, kind):
    """A network that goes away takes no leave: the old connection looks well, but the device has registered its contact by another one."""
    alice = open_agent(exchange, "alice", kind, 700)
    bob = open_agent(exchange, "bob", "udp", 1300)
    _, there = connect(alice, bob)
    port = exchange.tls_port if kind == "tls" else exchange.sip_port
    with Agent(("127.0.0.1", port), "alice", exchange_module.DOMAIN, password="alice", kind=kind) as back:
        assert back.register(contact=alice.contact).status == 200
        bye = there.send("BYE")
        back.respond(back.expect("BYE"), 200)
        assert bob.wait_for_final(bye).status == 200
        assert back.register(expires=0, contact="*").status == 200
    alice.close()
    close_agent(bob)
    records.check(new_records(1)[0], "ok", 200, 1, within=3)


@pytest.mark.parametrize("kind", ("tcp", "tls"))
def test_no_connection_is_ever_opened_to_a_phone(exchange, new_records, kind):
    """RFC 5923: whatever Contact and Via say, a call goes to the phone by the connection that the phone opened."""
    with socket.create_server(("127.0.0.1", 0)) as trap, Agent(("127.0.0.1", exchange.sip_port), "alice", password="alice") as alice:
        port = exchange.tls_port if kind == "tls" else exchange.sip_port
        with Agent(("127.0.0.1", port), "bob", password="bob", kind=kind) as bob:
            place = f"127.0.0.1:{trap.getsockname()[1]};transport={kind}"
            assert bob.register(contact=f"<sip:bob@{place}>;expires=60").status == 200
            call = alice.call("102")
            ringing = bob.wait_for_call()
            assert place in ringing.invite.uri
            ringing.ring()
            call.expect(180)
            assert call.cancel().status == 200
            ringing.wait_for_cancel()
            call.expect(487)
            assert bob.register(expires=0, contact="*").status == 200
        trap.settimeout(0)
        with pytest.raises(BlockingIOError):
            trap.accept()
    records.check(new_records(1)[0], "cancel", 487)


# ---- Transfers: Alice is in a call with Bob and sends him to Carol ----

def told(dialog):
    """The NOTIFY about a REFER: its status line."""
    notify = dialog.agent.expect("NOTIFY")
    dialog.agent.respond(notify, 200)
    assert notify.get("Event").startswith("refer") and notify.get("Content-Type").startswith("message/sipfrag"), notify
    return int(notify.text.split()[1]), notify.get("Subscription-State")


def wait_until_told(dialog, status):
    states = [told(dialog)]
    while states[-1][0] != status:
        states.append(told(dialog))
    assert all(state.startswith("active") for _, state in states[:-1]) and states[-1][1].startswith("terminated"), states


def refer(dialog, target):
    response = dialog.ask("REFER", headers=[("Refer-To", f"<{target}>")])
    assert response.status == 202, response


def replacing(dialog):
    """The target that stands for the other side of this dialog of ours."""
    return (f"sip:{CAROL_NUMBER}@{exchange_module.DOMAIN}?Replaces={dialog.call_id}%3Bto-tag%3D{dialog.remote_tag}"
            f"%3Bfrom-tag%3D{dialog.local_tag}")


def take_offer(dialog, version):
    """A re-INVITE from the exchange, accepted; the tone goes to where it says."""
    asked = dialog.agent.expect("INVITE")
    dialog.agent.respond(asked, 200, body=dialog.agent.description("sendrecv", version))
    dialog.agent.expect("ACK")
    dialog.agent.talk_to(asked.text)


def be_hung_up(dialog):
    dialog.agent.respond(dialog.agent.expect("BYE"), 200)


def hear_each_other(bob, carol):
    bob.audio.wait_to_hear(1900)
    carol.audio.wait_to_hear(1300)


def check_transferred(found):
    by_callee = {record["callee"]: record for record in found}
    first, second = by_callee["102"], by_callee[CAROL_NUMBER]
    records.check(first, "ok", 200, first["durationSeconds"])
    records.check(second, "ok", 200, second["durationSeconds"], callee=CAROL_NUMBER)
    return first, second


def test_blind_transfer(pair, carol, new_records):
    alice, bob = pair
    here, there = connect(alice, bob)
    refer(here, f"sip:{CAROL_NUMBER}@{exchange_module.DOMAIN}")
    assert told(here)[0] == 100
    ringing = carol.wait_for_call()
    ringing.ring()
    carols = ringing.answer()
    carol.talk_to(ringing.invite.text)
    wait_until_told(here, 200)
    be_hung_up(here)
    take_offer(there, 2)
    hear_each_other(bob, carol)
    hang_up(there, carols)
    first, second = check_transferred(new_records(2))
    assert (second["linkedCall"], second["linkReason"]) == (first["id"], "transfer")


def test_attended_transfer(pair, carol, new_records):
    alice, bob = pair
    here, there = connect(alice, bob)
    second = alice.call(CAROL_NUMBER)
    ringing = carol.wait_for_call()
    carols = ringing.answer()
    asking = second.wait_for_answer()
    refer(here, replacing(asking))
    wait_until_told(here, 200)
    be_hung_up(here)
    be_hung_up(asking)
    take_offer(there, 2)
    settle(carols)
    carol.talk_to(ringing.invite.text)
    hear_each_other(bob, carol)
    hang_up(carols, there)
    check_transferred(new_records(2))


def settle(dialog):
    """The exchange tells who is there now, by a re-INVITE that says what was said before."""
    again = dialog.agent.expect("INVITE")
    assert "<sip:102@" in again.get("P-Asserted-Identity"), again
    dialog.agent.respond(again, 200, body=dialog.agent.description("sendrecv", 1))
    dialog.agent.expect("ACK")


def test_semi_attended_transfer(pair, carol, new_records):
    alice, bob = pair
    here, there = connect(alice, bob)
    second = alice.call(CAROL_NUMBER)
    ringing = carol.wait_for_call()
    ringing.ring()
    asking = second.dialog(second.expect(180))
    refer(here, replacing(asking))
    second.expect(487)
    wait_until_told(here, 200)
    be_hung_up(here)
    carols = ringing.answer()
    carol.talk_to(ringing.invite.text)
    take_offer(there, 2)
    settle(carols)
    hear_each_other(bob, carol)
    hang_up(there, carols)
    check_transferred(new_records(2))
