# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: the called side sees who calls as the platform knows it, whatever the caller claims, and nothing that only the platform may say, or
only one side should read, crosses it under any spelling (reliability T-08, T-09)."""
import itertools

import exchange as exchange_module
import pytest
from agents.agent import Agent
from agents.message import param, uri_of

DOMAIN = exchange_module.DOMAIN
EVIL = "sip:evil@example.net"
NAMES = ["P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID", "Diversion", "History-Info", "Identity", "Call-Info", "Alert-Info",
         "Privacy", "Route", "Record-Route", "Path", "Service-Route", "Referred-By", "X-Carillon-Tenant", "P-Charging-Vector",
         "P-Served-User", "Geolocation", "User-Agent", "Subject", "Organization", "Authorization", "Reply-To", "In-Reply-To"]
COMPACT = {"Referred-By": "b", "Identity": "y", "Subject": "s"}


@pytest.fixture(scope="module")
def pair(exchange):
    with Agent(("127.0.0.1", exchange.sip_port), "alice", DOMAIN, password="alice") as alice, \
            Agent(("127.0.0.1", exchange.sip_port), "bob", DOMAIN, password="bob") as bob:
        assert bob.register().status == 200
        yield alice, bob
        assert bob.register(expires=0, contact="*").status == 200


def spellings(name):
    """Header lines that say the same to somebody."""
    value = f"<{EVIL}>"
    mixed = "".join(letter.upper() if n % 2 else letter.lower() for n, letter in enumerate(name))
    for spelled in (name, name.lower(), name.upper(), mixed):
        for colon in (":", " : ", "\t:\t", ":\r\n ", " \t:\r\n\t"):
            yield f"{spelled}{colon}{value}"
    yield f"{name}: {value}\r\n{name}: {value}"
    yield f"{name}: x, {value}"
    yield f"{name}: =?utf-8?q?{value}?="
    yield f"X-Harmless: a\r\n {name}: {value}"
    yield f"X-Harmless: %0d%0a{name}: {value}"
    yield f"{name[:-1]}%{ord(name[-1]):02x}: {value}"
    if name in COMPACT:
        yield f"{COMPACT[name]}: {value}"


def hostile_lines(line):
    """Broken spellings, by which one reader sees the header and another does not: the message is refused or the line is lost."""
    name = line.split(":")[0]
    for bent in (f"{name}\0: x", f"{name}\x0b: x", f"\x0c{name}: x", f"{name}\xa0: x", f"X: a\n{name}: x", f"X: a\r{name}: x", f"{name}\r\n : x"):
        yield bent


def invite_with(alice, bob, lines):
    """Calls Bob with these raw lines added; what Bob received, or the refusal's status."""
    plain = alice.build("INVITE", f"sip:102@{DOMAIN}", body=alice.description())
    challenged = alice.wait_for_final(alice.send(plain))
    assert challenged.status == 407, challenged
    invite = alice.authorize(plain, challenged)
    head, _, body = invite.bytes().partition(b"\r\n\r\n")
    alice.send(head + b"\r\n" + "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
    first = lambda agent: [message for message in agent.received if message.call_id == invite.call_id or not message.is_response]
    answer = None
    for _ in range(200):
        alice_says, bob_says = alice.read_for(0.01), bob.read_for(0.01)
        answer = next((message for message in alice_says if message.status >= 300), None)
        arrived = next((message for message in bob_says if message.method == "INVITE"), None)
        if answer is not None:
            alice.send(alice.ack_of_refusal(invite, answer))
            return answer.status
        if arrived is not None:
            bob.respond(arrived, 486)
            final = alice.wait_for_final(invite)
            assert final.status == 486, final
            bob.expect("ACK")
            return arrived
    raise AssertionError(f"no answer to {lines}, {first(alice)}")


@pytest.mark.parametrize("name", NAMES)
def test_no_spelling_carries_a_header_through(pair, name):
    alice, bob = pair
    seen = invite_with(alice, bob, list(itertools.islice(spellings(name), 12)))
    also = invite_with(alice, bob, list(spellings(name))[12:])
    for arrived in (seen, also):
        if isinstance(arrived, int):  # A doubled single header, or a Route that leads elsewhere.
            assert 400 <= arrived < 500
            continue
        assert b"evil" not in arrived.raw and b"example.net" not in arrived.raw, arrived


@pytest.mark.parametrize("line", ["P-Asserted-Identity: <sip:evil@example.net>", "X-Carillon-Tenant: evil", "Route: <sip:evil@example.net>"])
def test_broken_spellings_are_refused(pair, line):
    alice, bob = pair
    for bent in hostile_lines(line):
        assert invite_with(alice, bob, [bent]) == 400, repr(bent)


CLAIMS = [
    {"P-Asserted-Identity": '"Boss" <sip:+34600000000@example.com>'}, {"P-Asserted-Identity": "<tel:+34600000000>"},
    {"P-Preferred-Identity": '"Boss" <sip:boss@users.democompany.com>'}, {"P-Preferred-Identity": "<sip:102@users.democompany.com>"},
    {"Remote-Party-ID": '"Boss" <sip:boss@example.com>;party=calling;screen=yes;privacy=off'},
    {"Remote-Party-ID": '<sip:102@users.democompany.com>;party=calling;screen=no', "P-Asserted-Identity": "<sip:boss@example.com>"},
    {"Diversion": "<sip:+34911@example.com>;reason=unconditional"}, {"History-Info": "<sip:boss@example.com>;index=1"},
    {"Privacy": "none", "P-Asserted-Identity": "<sip:boss@example.com>"}, {"Contact": "<sip:boss@example.com>"},
    {"From": f'"Boss" <sip:alice@{DOMAIN}>;tag=1'}, {"From": f'"\u202emecca" <sip:alice@{DOMAIN}>;tag=1'},
    {"From": f'"Boss\\" <sip:boss@example.com>\\"" <sip:alice@{DOMAIN}>;tag=1'}, {"From": f"<sip:%61lice@{DOMAIN}>;tag=1"},
    {"From": f"Boss <sip:alice:secret@{DOMAIN};user=phone>;tag=1"}, {"From": f"sip:alice@{DOMAIN.upper()};tag=1"},
    {"Reply-To": "<sip:boss@example.com>", "Organization": "Boss"}, {"To": f'"Boss" <sip:boss@{DOMAIN}>'},
]


@pytest.mark.parametrize("claims", CLAIMS, ids=[" ".join(f"{name}={value}" for name, value in claim.items()) for claim in CLAIMS])
def test_the_called_side_sees_who_it_is(pair, new_records, claims):
    alice, bob = pair
    alice.send(request := alice.build("INVITE", f"sip:102@{DOMAIN}", body=alice.description(), headers=claims.items()))
    again = alice.send(alice.authorize(request, alice.wait_for_final(request)))
    call = bob.wait_for_call()
    shown = call.invite
    assert uri_of(shown.get("From")) == f"sip:101@{DOMAIN}" and shown.get("From").startswith('"Alice Alison" <'), shown
    for name in ("P-Asserted-Identity", "Remote-Party-ID", "P-Preferred-Identity"):
        for value in shown.all(name):
            assert uri_of(value) == f"sip:101@{DOMAIN}", shown
    for word in (b"oss", b"600000000", b"+34911", b"mecca", b"secret"):
        assert word not in shown.raw, shown
    call.reject(486)
    assert alice.wait_for_final(again).status == 486
    record, = new_records(1)
    assert (record["caller"], record["callee"]) == ("101", "102")


@pytest.mark.parametrize("who", [f"sip:bob@{DOMAIN}", f"sip:101@{DOMAIN}", "sip:alice@example.net", f"sip:alice%00@{DOMAIN}", "tel:+34600000000",
                                 f"sip:anonymous@{DOMAIN}", "sip:anonymous@anonymous.invalid", f"sip:alice%20@{DOMAIN}"])
def test_nobody_calls_in_anothers_name(pair, new_records, who):
    """The account is who From names: a password of another one proves nothing."""
    alice, bob = pair
    answer = alice.ask(alice.build("INVITE", f"sip:102@{DOMAIN}", body=alice.description(), headers=[("From", f"<{who}>;tag=1")]))
    assert answer.status in (400, 403, 407), answer
    bob.expect_nothing("INVITE", 0.1)
    new_records(0)


@pytest.mark.parametrize("text", ["\u202eevil", "\u2066evil\u2069", "a\u200fb\u061cc", "tab\there", "\ufeff\U000e0041"])
def test_texts_that_cross_turn_nothing_around(pair, text):
    """Reason phrases and Reason texts are shown to people: no character may reorder or hide what stands around it."""
    alice, bob = pair
    call = alice.call("102")
    ringing = bob.wait_for_call()
    ringing.respond(486, reason=text, headers=[("Reason", f'SIP;cause=486;text="{text}"')])
    final = call.expect(486)
    bob.expect("ACK")
    shown = final.raw.decode()
    for character in text:
        if not (character.isascii() and character.isprintable()):
            assert character not in shown, ascii(final)
    assert param(final.get("Reason", "SIP"), "cause") in (None, "486")
