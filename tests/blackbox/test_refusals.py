# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: whoever may not use the exchange is refused alike whatever is wrong, rubbish is dropped, each with a line in the log that
says why, and others notice nothing."""
import itertools
import re
import time

import hostile
import pytest
import raw_sip
import records

DOMAIN = "users.democompany.com"
MEGABYTE = 1024  # In kilobytes.


def test_the_right_password_is_accepted(exchange):
    with raw_sip.Socket(exchange) as client:
        assert client.register("alice", "alice") == (200, 401)


@pytest.mark.parametrize("user, password, domain", [
    ("alice", "a-secret-nobody-may-see", DOMAIN), ("nobody", "a-secret-nobody-may-see", DOMAIN), ("bob", "alice", DOMAIN),
    ("alice", "alice", "unknown.example")], ids=["wrong password", "unknown user", "another's password", "unknown domain"])
def test_all_refusals_are_alike_and_logged(exchange, user, password, domain):
    mark = len(exchange.log())
    address = {"alice": "127.0.3.1", "nobody": "127.0.3.2", "bob": "127.0.3.3"}[user] if domain == DOMAIN else "127.0.3.4"
    with raw_sip.Socket(exchange, address) as client:
        assert client.register(user, password, domain=domain) == (403, 401)
    exchange.wait_for_log(f"event=password.wrong account={user}@{domain} source={address}:", after=mark)
    assert exchange.log()[mark:].count("event=password.wrong") == 1
    assert "a-secret-nobody-may-see" not in exchange.log()


def test_answers_differ_in_nothing_that_tells_who_exists(exchange):
    shapes = set()
    for user in ("alice", "other"):
        with raw_sip.Socket(exchange) as client:
            client.send(client.request("REGISTER", user, DOMAIN))
            status, text = client.final()
            text = re.sub(r'(nonce="|tag=|branch=|rport=|Call-ID: |127.0.0.1:)[^";\s]*', r"\1", text).replace(user, "")
            shapes.add((status, text))
    assert len(shapes) == 1, shapes


def test_guesses_fill_no_log(exchange):
    mark = len(exchange.log())
    for number in range(60):
        with raw_sip.Socket(exchange, "127.0.3.5") as client:
            client.register(f"guess{number}", "x")
    lines = [line for line in exchange.log()[mark:].splitlines() if "source=127.0.3.5:" in line]
    assert 1 <= len(lines) <= 8, lines


def test_a_call_needs_a_password(exchange):
    with raw_sip.Socket(exchange) as client:
        client.send(client.request("INVITE", "alice", DOMAIN, target=f"sip:102@{DOMAIN}"))
        assert client.final()[0] == 407


def test_a_wrong_password_makes_no_call_and_no_record(exchange, phones, new_records):
    phones.sipp("register", "bob", expires=60).end()
    with raw_sip.Socket(exchange, "127.0.3.6") as client:
        assert client.call("alice", "wrong", DOMAIN, f"sip:102@{DOMAIN}") == 403
    assert new_records(0) == []


def test_credentials_cannot_be_used_again(exchange):
    """Captured: the same once more, for another method or URI, from another address (reliability T-06)."""
    with raw_sip.Socket(exchange) as owner, raw_sip.Socket(exchange, "127.0.3.7") as thief:
        owner.send(owner.request("REGISTER", "alice", DOMAIN))
        challenge = re.search(r"^WWW-Authenticate: *Digest (.*)$", owner.final()[1], re.M)[1]
        captured = f"Authorization: {raw_sip.digest(challenge, 'REGISTER', f'sip:{DOMAIN}', 'alice', 'alice')}\r\n"
        owner.send(owner.request("REGISTER", "alice", DOMAIN, extra=captured))
        assert owner.final()[0] == 200
        for client, target in ((owner, None), (owner, "sip:127.0.0.1"), (thief, None)):
            client.send(client.request("REGISTER", "alice", DOMAIN, target=target, extra=captured))
            assert client.final()[0] in (401, 403)
        thief.send(thief.request("INVITE", "alice", DOMAIN, target=f"sip:102@{DOMAIN}", extra=captured.replace("Auth", "Proxy-Auth")))
        assert thief.final()[0] in (403, 407)


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in hostile.malformed()])
def test_rubbish_is_survived(exchange, data):
    pids = exchange.processes()
    with raw_sip.Socket(exchange) as client:
        client.send(data)
    with raw_sip.Socket(exchange) as client:
        assert client.register("alice", "alice")[0] == 200
        assert client.register("alice", "alice", expires=0)[0] == 200
    assert exchange.processes() == pids


@pytest.mark.parametrize("source, first, repeated", [
    pytest.param("127.0.4.1", b"Content-Length: 999999999\r\n\r\n", [], id="huge length"),
    pytest.param("127.0.4.2", b"Content-Length: 99999999999999999999\r\n\r\n", [], id="impossible length"),
    pytest.param("127.0.4.3", b"", itertools.repeat(b"Subject: this never ends\r\n"), id="endless headers"),
    pytest.param("127.0.4.4", b"", itertools.repeat(b"x" * 1000), id="endless line")])
def test_a_stream_that_asks_for_too_much_is_closed(exchange, source, first, repeated):
    mark, before = len(exchange.log()), exchange.memory_kilobytes("signalling")
    began = time.monotonic()
    taken = hostile.until_closed(exchange, source, itertools.chain([b"OPTIONS sip:x SIP/2.0\r\n" + first], repeated))
    assert time.monotonic() - began < 3
    assert taken < 16_000_000  # Most of it lies in the system's buffers.
    assert exchange.memory_kilobytes("signalling") - before < MEGABYTE
    exchange.wait_for_log(f"event=message.malformed source={source}:", after=mark)


def test_a_crowd_of_idle_and_slow_connections_keeps_no_phone_out(exchange, phones):
    before, mark = exchange.memory_kilobytes("signalling"), len(exchange.log())
    crowd = hostile.Crowd(exchange, idle=5000, slow=1000)
    try:
        for _ in range(3):
            crowd.say_one_byte()
            phones.sipp("register", "alice", expires=60).end()
            phones.sipp("register", "bob", expires=60, transport="t1").end()
            with raw_sip.Socket(exchange) as client:
                began = time.monotonic()
                assert client.register("alice", "alice")[0] == 200
                assert time.monotonic() - began < 1
            time.sleep(0.5)
        assert crowd.open() >= 5900
        assert exchange.memory_kilobytes("signalling") - before < 100 * MEGABYTE
        deadline = time.monotonic() + 8
        while crowd.open_slow() > 0:
            crowd.say_one_byte()
            assert time.monotonic() < deadline, f"{crowd.open_slow()} slow connections are still open"
            time.sleep(0.2)
        exchange.wait_for_log('event=connection.closed source=127.0.2.', after=mark)
        assert 'too_much="time for one message"' in exchange.log()[mark:]
        assert len([line for line in exchange.log()[mark:].splitlines() if "connection.closed" in line]) <= 16 * 8
    finally:
        crowd.close()


def test_a_flood_of_rubbish_costs_no_memory_and_no_call(phones, new_records, exchange):
    bob = phones.baresip("bob", answer="auto", hertz=1300)
    alice = phones.baresip("alice", hertz=700)
    alice.dial("102")
    alice.wait_for("CALL_ESTABLISHED")
    began, mark = time.monotonic(), len(exchange.log())
    source = "127.0.0.77"  # Of its own: lines in the log are rationed by source, and other tests send rubbish too.
    hostile.flood(exchange, 20_000, source)  # What is allocated once and kept.
    before, seen = exchange.memory_kilobytes("signalling"), exchange.metric("carillon_sip_messages_malformed_total")
    hostile.flood(exchange, 200_000, source)
    assert exchange.metric("carillon_sip_messages_malformed_total") - seen > 150_000
    assert exchange.memory_kilobytes("signalling") - before < 16 * MEGABYTE
    malformed = [line for line in exchange.log()[mark:].splitlines() if "event=message.malformed" in line]
    assert 1 <= len(malformed) <= 10, malformed
    assert all(re.search(r"source=127\.0\.0\.77:\d+ fault=\S+ what=", line) for line in malformed), malformed
    heard = alice.seconds_heard(1300), bob.seconds_heard(700)
    deadline = time.monotonic() + 8
    while alice.seconds_heard(1300) < heard[0] + 1 or bob.seconds_heard(700) < heard[1] + 1:
        assert time.monotonic() < deadline, "the audio stopped"
        time.sleep(0.1)
    talked = time.monotonic() - began
    assert min(alice.seconds_heard(1300), bob.seconds_heard(700)) > talked * 0.95 - 1.5, "the audio had holes"
    alice.hang_up()
    bob.wait_for("CALL_CLOSED")
    records.check(new_records(1)[0], "ok", 200, time.monotonic() - began)
