# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: whoever may not use the exchange is refused alike whatever is wrong, rubbish is dropped, and others notice neither."""
import random
import time

import pytest
import raw_sip

DOMAIN = "users.democompany.com"


def answer_time(exchange, user):
    """Median seconds from REGISTER to its challenge."""
    times = []
    for _ in range(25):
        with raw_sip.Socket(exchange) as client:
            began = time.perf_counter()
            client.send(client.request("REGISTER", user, DOMAIN))
            assert client.final()[0] == 401
            times.append(time.perf_counter() - began)
    return sorted(times)[len(times) // 2]


def test_the_right_password_is_accepted(exchange):
    with raw_sip.Socket(exchange) as client:
        assert client.register("alice", "alice") == (200, 401)


@pytest.mark.parametrize("user, password", [("alice", "wrong"), ("nobody", "nobody"), ("bob", "alice")])
def test_wrong_names_and_passwords_get_the_same_answers(exchange, user, password):
    with raw_sip.Socket(exchange) as client:
        final, challenged = client.register(user, password)
    assert challenged == 401
    assert final in (401, 403), final
    with raw_sip.Socket(exchange) as client:
        assert client.register("alice", "definitely wrong")[0] == final


def test_an_unknown_user_is_not_told_by_time(exchange):
    known, unknown = answer_time(exchange, "alice"), answer_time(exchange, "nobody")
    assert unknown < known * 3 + 0.002 and known < unknown * 3 + 0.002, (known, unknown)


def test_an_unknown_domain_never_registers(exchange):
    with raw_sip.Socket(exchange) as client:
        assert client.register("alice", "alice", domain="unknown.example")[0] not in (200, None)


def test_a_call_needs_a_password(exchange):
    with raw_sip.Socket(exchange) as client:
        client.send(client.request("INVITE", "alice", DOMAIN, target=f"sip:102@{DOMAIN}"))
        assert client.final()[0] == 407


def malformed():
    good = "OPTIONS sip:users.democompany.com SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\n"
    yield "empty", b""
    yield "keep-alive", b"\r\n\r\n"
    yield "zeros", bytes(1200)
    yield "noise", random.Random(7).randbytes(1400)
    yield "first line only", b"INVITE sip:102@users.democompany.com SIP/2.0\r\n"
    yield "no end of headers", good.encode()
    yield "negative length", (good + "Content-Length: -1\r\n\r\n").encode()
    yield "huge length", (good + "Content-Length: 99999999999999999999\r\n\r\n").encode()
    yield "endless header", (good + "Subject: " + "x" * 60000 + "\r\n\r\n").encode()
    yield "many headers", (good + "X: y\r\n" * 9000 + "\r\n").encode()
    yield "many vias", ("OPTIONS sip:users.democompany.com SIP/2.0\r\n" + "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\n" * 1200 + "\r\n").encode()
    yield "stray answer", b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\nCSeq: 1 INVITE\r\n\r\n"


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in malformed()])
def test_rubbish_is_survived(exchange, data):
    pids = exchange.processes()
    with raw_sip.Socket(exchange) as client:
        client.send(data)
    with raw_sip.Socket(exchange) as client:
        assert client.register("alice", "alice")[0] == 200
        assert client.register("alice", "alice", expires=0)[0] == 200
    assert exchange.processes() == pids


def test_a_flood_of_rubbish_leaves_memory_bounded(exchange):
    noise = random.Random(11)
    inputs = [data for _, data in malformed() if data] + [noise.randbytes(noise.randrange(1, 1400)) for _ in range(50)]
    before = exchange.memory_kilobytes("signalling")
    with raw_sip.Socket(exchange) as client:
        for round_number in range(10_000):
            client.send(inputs[round_number % len(inputs)])
            if round_number % 50 == 0:
                time.sleep(0.001)
    with raw_sip.Socket(exchange) as client:
        assert client.register("bob", "bob")[0] == 200
    assert exchange.memory_kilobytes("signalling") - before < 30_000


def test_a_refusal_is_logged_once_and_says_why_without_secrets(exchange):
    mark = len(exchange.log())
    with raw_sip.Socket(exchange) as client:
        client.register("alice", "a-secret-nobody-may-see")
    exchange.wait_for_log("alice", after=mark)
    text = exchange.log()
    assert "a-secret-nobody-may-see" not in text


def test_others_talk_on_during_a_flood(phones, new_records):
    bob = phones.baresip("bob", answer="auto", hertz=1300)
    alice = phones.baresip("alice", hertz=700)
    alice.dial("102")
    alice.wait_for("CALL_ESTABLISHED")
    with raw_sip.Socket(phones.exchange) as client:
        for number in range(5000):
            client.send(client.request("REGISTER", f"guess{number}", DOMAIN) if number % 2 else b"\x00rubbish")
            if number % 20 == 0:
                time.sleep(0.005)
    deadline = time.monotonic() + 8
    while min(alice.seconds_heard(1300), bob.seconds_heard(700)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    alice.hang_up()
    bob.wait_for("CALL_CLOSED")
    assert new_records(1)[0]["status"] == "ok"
