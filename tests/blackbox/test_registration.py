# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: a REGISTER whose answer was lost is answered again, and what was used once opens nothing anew."""
import re

import raw_sip

DOMAIN = "users.democompany.com"


def authenticated(client, expires):
    """An authenticated REGISTER of bob, not sent yet."""
    extra = f"Expires: {expires}\r\n"
    client.send(client.request("REGISTER", "bob", DOMAIN, extra=extra))
    challenge = re.search(r"^WWW-Authenticate: *Digest (.*)$", client.final()[1], re.M | re.I)[1]
    authorization = raw_sip.digest(challenge, "REGISTER", f"sip:{DOMAIN}", "bob", "bob")
    return client.request("REGISTER", "bob", DOMAIN, extra=extra + f"Authorization: {authorization}\r\n")


def contacts(answer):
    return re.findall(r"^Contact: *(\S+)", answer, re.M | re.I)


def test_a_repeated_register_gets_its_answer_again(exchange):
    with raw_sip.Socket(exchange) as client:
        register = authenticated(client, 60)
        client.send(register)
        first = client.final()
        client.send(register)
        second = client.final()
        assert first[0] == second[0] == 200
        assert len(contacts(first[1])) == len(contacts(second[1])) == 1
        assert raw_sip.unregister_all(exchange, "bob") == 200


def test_a_replay_after_the_end_registers_nobody(exchange):
    with raw_sip.Socket(exchange) as client:
        register = authenticated(client, 60)
        client.send(register)
        assert client.final()[0] == 200
        assert raw_sip.unregister_all(exchange, "bob") == 200
        client.send(register)
        status, answer = client.final()
        assert status == 401 and "stale=true" in answer


def test_an_old_star_removes_nothing(join):
    """RFC 3261 §10.3 step 6: a REGISTER that was overtaken undoes nothing."""
    bob = join("bob", "bob")

    def register(cseq, contact, expires):
        request = bob.build("REGISTER", f"sip:{bob.domain}", to=bob.address, call_id="one-series", cseq=cseq,
                            headers=[("Contact", contact), ("Expires", expires)])
        return bob.ask(request)

    assert register(10, bob.contact, 600).status == 200
    assert register(5, "*", 0).status == 500
    assert len(register(20, bob.contact, 600).all("Contact")) == 1
    assert register(30, "*", 0).all("Contact") == []


def test_no_order_of_wishes_gets_past_the_contact_limit(join):
    bob = join("bob", "bob")
    contact = lambda n, seconds: f"<sip:bob@127.0.0.1:{20000 + n}>;expires={seconds}"
    for n in range(10):
        assert bob.register(contact=contact(n, 60)).status == 200
    assert len(bob.register(contact=contact(10, 60)).all("Contact")) == 10
    greedy = [contact(0, 0)] * 16 + [contact(n, 60) for n in range(11, 26)]
    assert bob.register(contact=", ".join(greedy)).status == 503
    others = bob.register(contact=", ".join(contact(n, 60) for n in range(30, 40))).all("Contact")
    assert sorted(others) == sorted(f"<sip:bob@127.0.0.1:{20000 + n}>;expires=60" for n in range(30, 40))
