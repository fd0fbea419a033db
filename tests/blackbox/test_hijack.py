# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: no REGISTER, however it is spelled, moves anybody's calls but those of the account whose password it proves (reliability T-07).
After each variant the list of all contacts is what it has to be."""
import json

import exchange as exchange_module
import pytest

DOMAIN = exchange_module.DOMAIN
BOB, ALICE = f"<sip:bob@{DOMAIN}>", f"<sip:alice@{DOMAIN}>"
EVIL = "<sip:evil@203.0.113.66>"
INSTANCE = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"'
MANY = ", ".join(f"<sip:alice@127.0.0.1:{20000 + n}>" for n in range(11))

# What Alice, with Alice's password, sends: header fields, the answer, and how many contacts of hers there are afterwards.
VARIANTS = {
    "for another account": ({"To": BOB}, 403, 0),
    "in another's name": ({"To": BOB, "From": f"{BOB};tag=1"}, 403, 0),
    "in another's name for oneself": ({"From": f"{BOB};tag=1"}, 200, 1),
    "another's contacts removed": ({"To": BOB, "Contact": "*", "Expires": 0}, 403, 0),
    "another's contact removed by its URI": ({"Contact": "BOBS", "Expires": 0}, 200, 0),
    "another's contact taken": ({"Contact": "BOBS"}, 200, 1),
    "another's instance": ({"Contact": f"{EVIL};{INSTANCE};reg-id=1"}, 200, 1),
    "another's Call-ID": ({"Call-ID": "BOBS"}, 200, 1),
    "an escaped name": ({"To": f"<sip:%62ob@{DOMAIN}>"}, 403, 0),
    "a name with a parameter": ({"To": f"<sip:bob;x=alice@{DOMAIN}>"}, 403, 0),
    "a name with a password": ({"To": f"<sip:bob:alice@{DOMAIN}>"}, 403, 0),
    "another domain": ({"To": "<sip:alice@elsewhere.example>"}, 403, 0),
    "no name": ({"To": f"<sip:{DOMAIN}>"}, 403, 0),
    "a display name that looks like one": ({"To": f'"{BOB}" {ALICE}'}, 200, 1),
    "a contact elsewhere": ({"Contact": EVIL}, 200, 1),
    "a contact at the platform": ({"Contact": f"<sip:bob@{DOMAIN}>"}, 200, 1),
    "a contact that is no SIP": ({"Contact": "<mailto:alice@example.com>"}, 400, 0),
    "a contact with header fields": ({"Contact": "<sip:alice@203.0.113.66?Route=%3Csip:evil.example%3Blr%3E>"}, 200, 1),
    "too many contacts": ({"Contact": MANY}, 503, 0),
    "a star with time": ({"Contact": "*", "Expires": 60}, 400, 0),
    "a star beside a contact": ({"Contact": f"*, {EVIL}", "Expires": 0}, 400, 0),
    "a star in brackets": ({"Contact": "<*>", "Expires": 0}, 400, 0),
    "too short a time": ({"Contact": f"{EVIL};expires=1"}, 423, 0),
    "a forged way": ({"Contact": EVIL, "Path": "<sip:evil.example>"}, 400, 0),
    "a way through others": ({"Contact": EVIL, "Path": "<sip:evil.example;lr>"}, 200, 1),
    "an identity that others assert": ({"P-Asserted-Identity": BOB, "P-Preferred-Identity": BOB}, 200, 1),
    "a Route to elsewhere": ({"Route": "<sip:203.0.113.66;lr>"}, 200, 1),
}


@pytest.fixture
def bob(join):
    agent = join("bob", "bob")
    assert agent.register(contact=f"{agent.contact};{INSTANCE};reg-id=1").status == 200
    return agent


def contacts(exchange, name):
    return [each["contact"] for each in json.loads(exchange.ctl("--json", "registrations"))["items"] if each["name"] == name]


@pytest.mark.parametrize("variant", VARIANTS)
def test_only_ones_own_contacts_change(join, exchange, bob, variant):
    headers, status, count = VARIANTS[variant]
    alice = join("alice", "alice")
    its = {"Contact": bob.contact, "Call-ID": bob._registration[0]}
    fields = {"Expires": 60, **{name: its[name] if value == "BOBS" else value for name, value in headers.items()}}
    request = alice.build("REGISTER", to=ALICE, headers=list(fields.items()))
    assert alice.ask(request).status == status
    assert contacts(exchange, "bob") == [bob.contact[1:-1]]
    assert len(contacts(exchange, "alice")) == count


@pytest.mark.parametrize("user", ["bob", "nobody"])
def test_without_the_password_nothing_changes(join, exchange, bob, user):
    stranger = join(user)
    for headers in ([("Contact", EVIL)], [("Contact", "*"), ("Expires", 0)], [("Contact", bob.contact), ("Expires", 0)]):
        assert stranger.ask(stranger.build("REGISTER", to=BOB, headers=headers)).status == 401
    assert contacts(exchange, "bob") == [bob.contact[1:-1]]
