# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: phones that others wrote call each other through the running exchange, hear each other by way of its relay, and each
conversation leaves its one record."""
import time

import pytest
import records

TONE_ALICE, TONE_BOB = 700, 1300


def wait_until_heard(seconds, *hearings):
    """Waits until each (phone, hertz) heard that tone for so long."""
    deadline = time.monotonic() + seconds + 8
    while any(phone.seconds_heard(hertz) < seconds for phone, hertz in hearings):
        heard = [(phone.name, hertz, phone.seconds_heard(hertz)) for phone, hertz in hearings]
        assert time.monotonic() < deadline, f"not heard for {seconds} s: {heard}"
        time.sleep(0.1)


@pytest.mark.parametrize("caller_transport, callee_transport", [
    ("udp", "udp"), ("tcp", "tcp"), ("udp", "tcp"), ("tcp", "udp"), ("tls", "tls"), ("tls", "udp"), ("tcp", "tls"),
    ("udp", "tls"), ("tls", "tcp")])
def test_alice_dials_102_and_they_hear_each_other(phones, new_records, caller_transport, callee_transport):
    exchange = phones.exchange
    bob = phones.baresip("bob", answer="auto", hertz=TONE_BOB, transport=callee_transport)
    alice = phones.baresip("alice", hertz=TONE_ALICE, transport=caller_transport)
    relayed = exchange.metric("carillon_media_packets_relayed_total")
    alice.dial("102")
    alice.wait_for("CALL_ESTABLISHED")
    bob.wait_for("CALL_ESTABLISHED")
    began = time.monotonic()
    wait_until_heard(2, (alice, TONE_BOB), (bob, TONE_ALICE))
    alice.hang_up()
    bob.wait_for("CALL_CLOSED")
    talked = time.monotonic() - began
    assert alice.seconds_heard(TONE_ALICE) == 0 and bob.seconds_heard(TONE_BOB) == 0, "an echo"
    records.check(new_records(1)[0], "ok", 200, talked)
    # Neither phone knew of any place but our relay, and what they heard is there in its count: 50 packets a second each way.
    for phone in (alice, bob):
        told = phone.media_ports_told()
        assert told and all(port in exchange.media_ports for port in told), (told, exchange.media_ports)
    exchange.wait_for_metric("carillon_media_packets_relayed_total", relayed + 2 * 2 * 50)


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_linphone_calls_baresip(phones, new_records, transport):
    bob = phones.baresip("bob", answer="auto", hertz=TONE_BOB)
    alice = phones.linphone("alice", hertz=TONE_ALICE, transport=transport)
    alice.dial("102")
    bob.wait_for("CALL_ESTABLISHED", 15)
    began = time.monotonic()
    wait_until_heard(2, (bob, TONE_ALICE))
    time.sleep(1)  # What linphonec hears can be seen afterwards only, and on a busy machine it is late.
    bob.hang_up()
    alice.wait_for("ended")
    talked = time.monotonic() - began
    alice.close()
    wait_until_heard(1, (alice, TONE_BOB))
    records.check(new_records(1)[0], "ok", 200, talked)


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_baresip_calls_linphone(phones, new_records, transport):
    bob = phones.linphone("bob", answers=True, hertz=TONE_BOB, transport=transport)
    alice = phones.baresip("alice", hertz=TONE_ALICE)
    alice.dial("102")
    alice.wait_for("CALL_ESTABLISHED", 15)
    began = time.monotonic()
    wait_until_heard(2, (alice, TONE_BOB))
    time.sleep(1)
    alice.hang_up()
    bob.wait_for("ended")
    talked = time.monotonic() - began
    bob.close()
    wait_until_heard(1, (bob, TONE_ALICE))
    records.check(new_records(1)[0], "ok", 200, talked)


def test_digits_arrive(phones, new_records):
    bob = phones.baresip("bob", answer="auto")
    alice = phones.baresip("alice")
    alice.dial("102")
    alice.wait_for("CALL_ESTABLISHED")
    bob.wait_for("CALL_ESTABLISHED")
    began = time.monotonic()
    time.sleep(0.5)
    for digit in "19#":
        alice.command("sndcode", digit)
        time.sleep(0.3)
    for count, digit in enumerate("19#", 1):
        assert bob.wait_for("CALL_DTMF_START", count=count)["param"] == digit
    alice.hang_up()
    bob.wait_for("CALL_CLOSED")
    records.check(new_records(1)[0], "ok", 200, time.monotonic() - began)


def test_a_domain_that_is_the_listeners_address_is_the_first_customers(phones, new_records):
    bob = phones.baresip("bob", answer="auto", domain=phones.exchange.server)
    alice = phones.baresip("alice", domain=phones.exchange.server)
    alice.dial("102")
    alice.wait_for("CALL_ESTABLISHED")
    alice.hang_up()
    bob.wait_for("CALL_CLOSED")
    records.check(new_records(1)[0], "ok", 200, 0.1)


@pytest.mark.parametrize("holder, transport", [("alice", "udp"), ("bob", "tcp"), ("alice", "tls")])
def test_hold_and_resume_with_audio(phones, new_records, holder, transport):
    bob = phones.linphone("bob", answers=True, hertz=TONE_BOB, transport=transport)
    alice = phones.linphone("alice", hertz=TONE_ALICE, transport=transport)
    holding = {"alice": alice, "bob": bob}[holder]
    alice.dial("102")
    alice.wait_for("Media streams established", 15)
    began = time.monotonic()
    time.sleep(1.5)
    holding.say("pause")
    holding.wait_for("is now paused")
    time.sleep(2)
    holding.say("resume")
    time.sleep(2.5)
    alice.hang_up()
    bob.wait_for("ended")
    talked = time.monotonic() - began
    for phone in (alice, bob):
        phone.close()
    # More than there was time for before the hold or after it alone: both parts were heard. In between the holding one hears
    # nothing, and the held one what the other plays to the waiting. linphonec writes its file when the call is over.
    wait_until_heard(3, (alice, TONE_BOB), (bob, TONE_ALICE))
    heard = {"alice": alice.seconds_heard(TONE_BOB), "bob": bob.seconds_heard(TONE_ALICE)}
    assert heard[holder] < talked - 1, (heard, talked)
    records.check(new_records(1)[0], "ok", 200, talked)


def test_a_softphone_of_another_make_is_held_and_resumed(phones, new_records):
    bob = phones.baresip("bob", answer="auto", hertz=TONE_BOB)
    alice = phones.linphone("alice", hertz=TONE_ALICE)
    alice.dial("102")
    bob.wait_for("CALL_ESTABLISHED", 15)
    began = time.monotonic()
    time.sleep(1.5)
    bob.command("hold")
    time.sleep(1)
    bob.command("resume")
    time.sleep(2.5)
    bob.hang_up()
    alice.wait_for("ended")
    talked = time.monotonic() - began
    alice.close()
    wait_until_heard(3, (alice, TONE_BOB))
    told = bob.everything_logged()
    assert "a=recvonly" in told and told.rindex("a=sendrecv") > told.rindex("a=recvonly"), told[-3000:]
    records.check(new_records(1)[0], "ok", 200, talked)


@pytest.mark.parametrize("transport", ["u1", "t1"])
def test_hold_reaches_the_other_side_as_sendonly(phones, new_records, transport):
    callee = phones.registered_sipp("answer_and_be_held", "bob")
    caller = phones.sipp("call_with_hold", "alice", target="102", transport=transport)
    caller.end()
    callee.end()
    records.check(new_records(1)[0], "ok", 200, 3)


@pytest.mark.parametrize("transport", ["u1", "t1"])
def test_the_caller_hangs_up(phones, new_records, transport):
    callee = phones.registered_sipp("answer", "bob", milliseconds=200)
    caller = phones.sipp("call", "alice", target="102", milliseconds=1500, transport=transport)
    caller.end()
    callee.end()
    records.check(new_records(1)[0], "ok", 200, 1.5)


@pytest.mark.parametrize("transport", ["u1", "t1"])
def test_the_called_one_hangs_up(phones, new_records, transport):
    callee = phones.registered_sipp("answer_and_hang_up", "bob", milliseconds=1500)
    caller = phones.sipp("call_and_wait", "alice", target="102", transport=transport)
    caller.end()
    callee.end()
    records.check(new_records(1)[0], "ok", 200, 1.5)


def test_twenty_calls_in_a_row_leave_twenty_records(phones, new_records):
    callee = phones.registered_sipp("answer", "bob", milliseconds=10, calls=20)
    phones.sipp("call", "alice", target="102", milliseconds=200, calls=20, arguments=("-r", "10")).end()
    callee.end()
    for record in new_records(20):
        records.check(record, "ok", 200, 0.2)
