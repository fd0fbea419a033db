# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: the running platform answers each message of RFC 4475 and RFC 5118 as the RFC asks: a stranger's, and, where the password would hide
it, the same from somebody who may."""
import pathlib

import exchange as exchange_module
import pytest
from agents.message import Message

DATA = pathlib.Path(__file__).resolve().parents[1] / "data/sip"


def outcomes():
    for folder in ("rfc4475", "rfc5118"):
        for line in (DATA / folder / "outcomes.tsv").read_text().splitlines():
            if not line.startswith("#"):
                section, name, _, _, _, status = line.split()
                yield pytest.param(DATA / folder / f"{name}.dat", status, id=f"{folder}-{section}-{name}")


@pytest.mark.parametrize("path, status", outcomes())
def test_a_stranger_is_told(join, path, status):
    agent = join("anyone", host="127.0.8.1")
    agent.send(path.read_bytes())
    agent.send(agent.build("OPTIONS", call_id="the-last-one"))
    answers = []
    while not answers or answers[-1].call_id != "the-last-one":
        answers.append(agent.expect(lambda message: message.is_response))
    assert [str(answer.status) for answer in answers[:-1]] == ([] if status == "drop" else [status]), answers


def from_alice(path, uri):
    """The message with the parties that Alice may name; everything that makes it special stays."""
    message = Message.parse(path.read_bytes())
    message.start = f"{message.method} {uri} SIP/2.0"
    message.set("From", f"<sip:alice@{exchange_module.DOMAIN}>;tag=1").remove("Content-Length")
    message.set("To", f"<sip:alice@{exchange_module.DOMAIN}>" if message.method == "REGISTER" else f"<{uri}>")
    return message


@pytest.mark.parametrize("name, status", [("invut", 415), ("sdp01", 406), ("baddate", 480), ("esc01", 480), ("longreq", 480)])
def test_a_caller_is_told(join, new_records, name, status):
    """480: everything was right, and Bob has no telephone."""
    alice = join("alice", "alice")
    answer = alice.ask(from_alice(DATA / f"rfc4475/{name}.dat", f"sip:102@{exchange_module.DOMAIN}"))
    assert answer.status == status, answer
    if status in (406, 415):
        assert answer.get("Accept") == "application/sdp"
    new_records(0 if status != 480 else 1)


@pytest.mark.parametrize("name, status", [("regbadct", 400), ("cparam01", 200), ("cparam02", 200), ("regescrt", 200), ("regaut01", 200)])
def test_a_registrar_answers(join, name, status):
    alice = join("alice", "alice")
    request = from_alice(DATA / f"rfc4475/{name}.dat", f"sip:{exchange_module.DOMAIN}")
    request.remove("Authorization")
    answer = alice.ask(request)
    assert answer.status == status, answer
    assert alice.register(expires=0, contact="*").status == 200


def test_other_proofs_than_digests_are_asked_for_a_digest(join):
    alice = join("alice")
    answer = alice.register(headers=[("Authorization", "NoOneKnowsThisScheme opaque-data=here")])
    assert answer.status == 401 and answer.has("WWW-Authenticate")
    answer = alice.register(headers=[("Authorization", 'Digest username="alice')])
    assert (answer.status, answer.start.split(" ", 2)[2]) == (400, "Bad Authorization")


@pytest.mark.parametrize("header, value, phrase", [
    pytest.param("From", "<sip:alice@x.example>;tag=1;=", "Bad From", id="From"),
    pytest.param("To", "\"Bob <sip:102@x.example>", "Bad To", id="To"),
    pytest.param("CSeq", "one INVITE", "Bad CSeq", id="CSeq"),
    pytest.param("CSeq", "1 BYE", "Bad CSeq", id="CSeq of another method"),
    pytest.param("Call-ID", "two words", "Bad Call-ID", id="Call-ID"),
    pytest.param("Max-Forwards", "many", "Bad Max-Forwards", id="Max-Forwards"),
    pytest.param("Call-ID", None, "Missing Call-ID", id="no Call-ID"),
    pytest.param("Contact", "sip:alice@[", "Bad Contact", id="Contact"),
    pytest.param("Contact", None, "Missing Contact", id="no Contact")])
def test_the_header_at_fault_is_named(join, header, value, phrase):
    """A stranger, or Alice where it takes one to be heard, is told which header it is."""
    alice = join("alice", "alice")
    invite = alice.build("INVITE", "sip:102@" + exchange_module.DOMAIN, body=alice.description())
    invite.remove(header)
    if value is not None:
        invite.set(header, value)
    alice.send(invite)
    answer = alice.expect(lambda message: message.is_response and message.status != 100)
    if answer.status == 407:
        alice.send(alice.ack_of_refusal(invite, answer))
        alice.send(alice.authorize(invite, answer))
        answer = alice.expect(lambda message: message.is_response and message.status not in (100, 407))
    assert (answer.status, answer.start.split(" ", 2)[2]) == (400, phrase), answer


def test_the_registrar_names_the_contact(join):
    answer = join("alice", "alice").register(contact="sip:alice@[")
    assert (answer.status, answer.start.split(" ", 2)[2]) == (400, "Bad Contact"), answer


def test_a_telephone_number_is_understood(join, new_records):
    """tel: URIs (RFC 3966) reach the same extension as sip: ones."""
    alice = join("alice", "alice")
    assert alice.ask(alice.build("INVITE", "tel:102;phone-context=example.com", body=alice.description())).status == 480
    record, = new_records(1)
    assert record["callee"] == "102"
