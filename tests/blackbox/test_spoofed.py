# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: who knows every identifier of a call but sits at another address can neither end nor change it, an attacker gains nothing by
sending requests in another's name, and a phone whose address changed is still believed (reliability T-04, T-11, T-19)."""
import exchange as exchange_module
import pytest

METHODS = ["BYE", "INVITE", "UPDATE", "INFO", "REFER", "PRACK", "NOTIFY", "MESSAGE", "SUBSCRIBE"]


@pytest.fixture
def talk(join):
    """Alice and Bob in a call: (alice's dialog, bob's dialog)."""
    alice, bob = join("alice", "alice"), join("bob", "bob")
    assert bob.register().status == 200
    call = alice.call("102")
    ringing = bob.wait_for_call()
    there = ringing.answer()
    return call.wait_for_answer(), there


def end(here, there):
    bye = here.send("BYE")
    there.agent.respond(there.agent.expect("BYE"), 200)
    assert here.agent.wait_for_final(bye).status == 200


@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_a_stranger_with_all_identifiers_is_challenged(talk, join, new_records, kind):
    here, there = talk
    mallory = join("mallory", host="127.0.9.1", kind=kind)
    for victim in (here, there):
        for number, method in enumerate(METHODS):
            body = mallory.description() if method == "INVITE" else ""
            answer = mallory.ask(victim.build(method, body, cseq=victim.cseq + 100 + number, agent=mallory))
            assert answer.status == 407, answer
    for agent in (here.agent, there.agent):
        agent.expect_nothing(lambda message: True, 0.2)
    end(here, there)
    new_records(1)


def test_another_account_proves_nothing_here(talk, join, new_records):
    here, there = talk
    other = join("bob", "bob", host="127.0.9.2")
    answer = other.ask(here.build("BYE", cseq=here.cseq + 100, agent=other))
    assert answer.status == 403, answer
    there.agent.expect_nothing(lambda message: True, 0.2)
    end(here, there)
    new_records(1)


def test_a_strangers_cancel_finds_nothing(join, new_records):
    alice, bob, mallory = join("alice", "alice"), join("bob", "bob"), join("mallory", host="127.0.9.3")
    assert bob.register().status == 200
    call = alice.call("102")
    ringing = bob.wait_for_call()
    ringing.ring()
    call.expect(180)
    assert mallory.ask(call.build_cancel()).status == 481
    bob.expect_nothing("CANCEL", 0.2)
    ringing.answer()
    call.wait_for_answer()
    bye = call.dialog(call.answer).send("BYE")
    bob.respond(bob.expect("BYE"), 200)
    assert alice.wait_for_final(bye).status == 200
    new_records(1)


def test_a_strangers_ack_is_not_believed(join, new_records):
    """It would stop the 200, and with a late offer it would say where the sound goes."""
    alice, bob, mallory = join("alice", "alice"), join("bob", "bob"), join("mallory", host="127.0.9.4")
    assert bob.register().status == 200
    call = alice.call("102")
    bob.wait_for_call().respond(200, body=bob.description())
    answered = call.expect(200)
    here = call.dialog(answered)
    mallory.send(here.build("ACK", mallory.description(), agent=mallory))
    seen = len(alice.repeated)
    alice.read_for(2)
    assert len(alice.repeated) - seen >= 2, "the 200 is not repeated any more"
    here.acknowledge(answered)
    bob.expect("ACK")
    bye = here.send("BYE")
    bob.respond(bob.expect("BYE"), 200)
    assert alice.wait_for_final(bye).status == 200
    new_records(1)


def test_a_phone_whose_port_moved_goes_on(talk, join, new_records):
    """NAT gave it another port: its ACK is believed, and its requests once it has proved the account."""
    here, there = talk
    moved = join("alice", "alice")
    here.agent, old = moved, here.agent
    moved.audio  # A new socket, as after a change of the network.
    asked = here.build("INVITE", moved.description(version=2))
    challenged = moved.wait_for_final(moved.send(asked))
    assert challenged.status == 407, challenged
    again = moved.send(moved.authorize(asked, challenged))
    there.agent.respond(there.agent.expect("INVITE"), 200, body=there.agent.description(version=2))
    answered = moved.wait_for_final(again)
    assert answered.status == 200
    there.agent.expect("ACK")
    here.cseq = again.cseq
    here.acknowledge(answered)
    moved.read_for(1)
    assert moved.repeated == [] and old.received == []
    assert old.wait_for_final(old.send(here.build("INFO", agent=old))).status == 407, "the call is not there any more"
    bye = moved.send(here.build("BYE"))
    there.agent.respond(there.agent.expect("BYE"), 200)
    assert moved.wait_for_final(bye).status == 200
    new_records(1)


def test_a_phone_whose_address_moved_goes_on(talk, join, new_records):
    here, there = talk
    moved = join("alice", "alice", host="127.0.9.6")
    asked = here.build("INVITE", moved.description(version=2), agent=moved)
    again = moved.send(moved.authorize(asked, moved.wait_for_final(moved.send(asked))))
    there.agent.respond(there.agent.expect("INVITE"), 200, body=there.agent.description(version=2))
    answered = moved.wait_for_final(again)
    assert answered.status == 200
    here.agent, here.cseq = moved, again.cseq
    here.acknowledge(answered)
    there.agent.expect("ACK")
    moved.read_for(1)
    assert moved.repeated == [], "its ACK was not believed"
    bye = there.send("BYE")
    moved.respond(moved.expect("BYE"), 200)
    assert there.agent.wait_for_final(bye).status == 200
    new_records(1)


def requests():
    """(name, bytes) of what a stranger may send in a victim's name: usual ones, and the shortest that are still SIP."""
    via = "v:SIP/2.0/UDP a;branch=z9hG4bKa\r\n"
    long_host = "x" * 200 + ".example"
    for method in ("OPTIONS", "INVITE", "REGISTER", "MESSAGE", "SUBSCRIBE", "PUBLISH", "BYE", "NONSENSE"):
        for host in ("127.0.0.1", exchange_module.DOMAIN, long_host):
            short = f"{method} sip:{host} SIP/2.0\r\n{via}f:<sip:a@{host}>;tag=1\r\nt:<sip:{host}>\r\ni:1\r\ncseq:1 {method}\r\n\r\n"
            yield f"{method} {host[:10]}", short.encode()
            yield f"{method} {host[:10]} padded", short.replace("i:1", "i:1\r\ns:" + "y" * 150).encode()
    yield "nothing but a Via", f"OPTIONS sip:a SIP/2.0\r\n{via}\r\n".encode()
    yield "not even an end", f"OPTIONS sip:a SIP/2.0\r\n{via}".encode()
    yield "version", f"OPTIONS sip:a SIP/9.0\r\n{via}i:1\r\n\r\n".encode()
    yield "extensions", (f"OPTIONS sip:a SIP/2.0\r\n{via}f:<sip:a@b>;tag=1\r\nt:<sip:a>\r\ni:1\r\ncseq:1 OPTIONS\r\nRequire: "
                         + ",".join("a" * 3 for _ in range(60)) + "\r\n\r\n").encode()


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in requests()])
def test_nobody_is_hit_harder_through_us(join, data):
    mallory = join("mallory", host="127.0.9.7")
    mallory.send(data)
    mallory.send(mallory.build("OPTIONS", call_id="the-last-one"))
    answers = []
    while not answers or answers[-1].call_id != "the-last-one":
        answers.append(mallory.expect(lambda message: message.is_response))
    assert sum(len(answer.raw) for answer in answers[:-1]) <= 1.5 * len(data), (len(data), answers)
    assert len(answers) <= 2


def test_an_answer_is_not_repeated(join):
    """To a stranger's INVITE, which nobody acknowledges, within the first timer's time twice over."""
    mallory = join("mallory", host="127.0.9.8")
    mallory.send(mallory.build("INVITE", f"sip:102@{exchange_module.DOMAIN}", body=mallory.description()))
    mallory.expect(407)
    mallory.read_for(1.2)
    assert mallory.repeated == []


@pytest.mark.parametrize("kind", ["udp", "tcp", "tls"])
def test_without_an_account_nothing_happens(exchange, join, new_records, kind):
    """T-04: every method from a stranger, outside any dialog and in one that does not exist, to a telephone that is there."""
    bob, mallory = join("bob", "bob"), join("mallory", host="127.0.9.9", kind=kind)
    assert bob.register().status == 200
    bob_device = bob.contact.strip("<>")
    for method in ["INVITE", "REGISTER", "BYE", *METHODS[2:], "PUBLISH", "NONSENSE"]:
        for uri in (f"sip:102@{exchange_module.DOMAIN}", f"sip:bob@127.0.0.1:{exchange.sip_port}", bob_device):
            for to in (f"<{uri}>", f"<{uri}>;tag=guess"):
                body = mallory.description() if method == "INVITE" else ""
                answer = mallory.ask(mallory.build(method, uri, to=to, body=body))
                assert 400 <= answer.status < 500, answer
    mallory.send(mallory.build("ACK", bob_device))
    assert mallory.ask(mallory.build("CANCEL", bob_device)).status == 481
    assert mallory.ask(mallory.build("OPTIONS", bob_device)).status == 200
    bob.expect_nothing(lambda message: True, 0.2)
    new_records(0)


def test_an_invite_by_two_ways_is_one_call(join, new_records):
    """A proxy that forks sends it twice, with two branches (RFC 3261 §8.2.2.2): the device rings once."""
    alice, bob = join("alice", "alice"), join("bob", "bob")
    assert bob.register().status == 200
    call = alice.call("102")
    copy = call.invite.copy().set("Via", alice.via())
    challenged = alice.wait_for_final(alice.send(copy))
    assert challenged.status in (407, 482), challenged
    if challenged.status == 407:  # A digest proves one request; the copy of a proxy bears one of its own.
        copy = alice.authorize(call.invite, challenged, count=2)
        copy.set("CSeq", f"{call.invite.cseq} INVITE").set("Via", alice.via())
        assert alice.wait_for_final(alice.send(copy)).status == 482
    ringing = bob.wait_for_call()
    bob.expect_nothing("INVITE", 0.3)
    ringing.ring()
    call.expect(180)
    assert call.cancel().status == 200
    ringing.wait_for_cancel()
    call.expect(487)
    new_records(1)
