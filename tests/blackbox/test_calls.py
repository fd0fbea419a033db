# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: phones that others wrote call each other through the running exchange, hear each other, and each call leaves its one record."""
import time

import pytest

TONE_ALICE, TONE_BOB = 700, 1300


def check_record(record, status, code, seconds=0.0):
    assert (record["caller"], record["callee"], record["direction"]) == ("101", "102", "internal"), record
    assert (record["status"], record["sipCode"]) == (status, code), record
    assert abs(float(record["durationSeconds"]) - seconds) <= 1, record
    assert (record["answeredAt"] is not None) == (status == "ok"), record
    assert record["endedAt"] >= record["startedAt"], record


def wait_until_heard(seconds, *hearings):
    """Waits until each (phone, hertz) heard that tone for so long."""
    deadline = time.monotonic() + seconds + 8
    while any(phone.seconds_heard(hertz) < seconds for phone, hertz in hearings):
        heard = [(phone.name, hertz, phone.seconds_heard(hertz)) for phone, hertz in hearings]
        assert time.monotonic() < deadline, f"not heard for {seconds} s: {heard}"
        time.sleep(0.1)


@pytest.mark.parametrize("caller_transport, callee_transport", [("udp", "udp"), ("tcp", "tcp"), ("udp", "tcp"), ("tcp", "udp")])
def test_alice_dials_102_and_they_hear_each_other(phones, new_records, caller_transport, callee_transport):
    bob = phones.baresip("bob", answer="auto", hertz=TONE_BOB, transport=callee_transport)
    alice = phones.baresip("alice", hertz=TONE_ALICE, transport=caller_transport)
    alice.dial("102")
    alice.wait_for("CALL_ESTABLISHED")
    bob.wait_for("CALL_ESTABLISHED")
    began = time.monotonic()
    wait_until_heard(2, (alice, TONE_BOB), (bob, TONE_ALICE))
    alice.hang_up()
    bob.wait_for("CALL_CLOSED")
    talked = time.monotonic() - began
    assert alice.seconds_heard(TONE_ALICE) == 0 and bob.seconds_heard(TONE_BOB) == 0, "an echo"
    check_record(new_records(1)[0], "ok", 200, talked)


def test_digits_arrive(phones, new_records):
    bob = phones.baresip("bob", answer="auto")
    alice = phones.baresip("alice")
    alice.dial("102")
    alice.wait_for("CALL_ESTABLISHED")
    bob.wait_for("CALL_ESTABLISHED")
    time.sleep(0.5)
    for digit in "19#":
        alice.command("sndcode", digit)
        time.sleep(0.3)
    for count, digit in enumerate("19#", 1):
        assert bob.wait_for("CALL_DTMF_START", count=count)["param"] == digit
    alice.hang_up()
    bob.wait_for("CALL_CLOSED")
    assert new_records(1)[0]["status"] == "ok"


def test_linphone_calls_baresip(phones, new_records):
    bob = phones.baresip("bob", answer="auto", hertz=TONE_BOB)
    alice = phones.linphone("alice", hertz=TONE_ALICE)
    alice.dial("102")
    bob.wait_for("CALL_ESTABLISHED", 15)
    began = time.monotonic()
    wait_until_heard(2, (bob, TONE_ALICE))
    time.sleep(0.5)
    bob.hang_up()
    alice.wait_for("ended")
    talked = time.monotonic() - began
    wait_until_heard(1.5, (alice, TONE_BOB))
    check_record(new_records(1)[0], "ok", 200, talked)


def test_baresip_calls_linphone(phones, new_records):
    bob = phones.linphone("bob", answers=True, hertz=TONE_BOB)
    alice = phones.baresip("alice", hertz=TONE_ALICE)
    alice.dial("102")
    alice.wait_for("CALL_ESTABLISHED", 15)
    wait_until_heard(2, (alice, TONE_BOB))
    alice.hang_up()
    bob.wait_for("ended")
    wait_until_heard(1.5, (bob, TONE_ALICE))
    assert new_records(1)[0]["status"] == "ok"


def test_a_domain_that_is_the_listeners_address_is_the_first_customers(phones, new_records):
    bob = phones.baresip("bob", answer="auto", domain=phones.exchange.server)
    alice = phones.baresip("alice", domain=phones.exchange.server)
    alice.dial("102")
    alice.wait_for("CALL_ESTABLISHED")
    alice.hang_up()
    bob.wait_for("CALL_CLOSED")
    assert new_records(1)[0]["status"] == "ok"


def test_hold_and_resume_with_audio(phones, new_records):
    bob = phones.linphone("bob", answers=True, hertz=TONE_BOB)
    alice = phones.linphone("alice", hertz=TONE_ALICE)
    alice.dial("102")
    alice.wait_for("Media streams established", 15)
    time.sleep(2)
    alice.say("pause")
    alice.wait_for("is now paused")
    time.sleep(2)
    alice.say("resume")
    time.sleep(3)
    alice.hang_up()
    bob.wait_for("ended")
    # Two seconds before and three after; in the two between, bob may hear what alice plays to him, and she hears nothing. linphonec
    # writes its file when the call is over.
    wait_until_heard(3.5, (alice, TONE_BOB), (bob, TONE_ALICE))
    assert alice.seconds_heard(TONE_BOB) < 6.5
    assert new_records(1)[0]["status"] == "ok"


def test_hold_reaches_the_other_side_as_sendonly(phones, new_records):
    callee = phones.registered_sipp("answer_and_be_held", "bob")
    caller = phones.sipp("call_with_hold", "alice", target="102")
    caller.end()
    callee.end()
    check_record(new_records(1)[0], "ok", 200, 3)


@pytest.mark.parametrize("transport", ["u1", "t1"])
def test_the_caller_hangs_up(phones, new_records, transport):
    callee = phones.registered_sipp("answer", "bob", milliseconds=200)
    caller = phones.sipp("call", "alice", target="102", milliseconds=1500, transport=transport)
    caller.end()
    callee.end()
    check_record(new_records(1)[0], "ok", 200, 1.5)


def test_the_called_one_hangs_up(phones, new_records):
    callee = phones.registered_sipp("answer_and_hang_up", "bob", milliseconds=1500)
    caller = phones.sipp("call_and_wait", "alice", target="102")
    caller.end()
    callee.end()
    check_record(new_records(1)[0], "ok", 200, 1.5)


def test_the_caller_cancels(phones, new_records):
    callee = phones.registered_sipp("be_cancelled", "bob")
    phones.sipp("call_and_cancel", "alice", target="102", milliseconds=500).end()
    callee.end()
    check_record(new_records(1)[0], "cancel", 487)


@pytest.mark.parametrize("code, status", [(486, "busy"), (600, "busy"), (603, "busy"), (480, "noanswer"), (408, "timeout"), (500, "failed")])
def test_the_called_one_refuses(phones, new_records, code, status):
    callee = phones.registered_sipp("refuse", "bob", status=code, milliseconds=100)
    caller = phones.sipp("call_fails", "alice", target="102", status=code)
    caller.end()
    callee.end()
    check_record(new_records(1)[0], status, code)


def test_decline_by_a_softphone(phones, new_records):
    bob = phones.baresip("bob")
    alice = phones.baresip("alice")
    alice.dial("102")
    bob.wait_for("CALL_INCOMING")
    bob.hang_up()
    alice.wait_for("CALL_CLOSED")
    assert new_records(1)[0]["status"] == "busy"


def test_nobody_is_registered(phones, new_records):
    phones.sipp("call_fails", "alice", target="102", status=480).end()
    check_record(new_records(1)[0], "offline", 480)


def test_a_number_that_is_nobodys(phones, new_records):
    phones.sipp("call_fails", "alice", target="199", status=404).end()
    record = new_records(1)[0]
    assert (record["callee"], record["status"], record["sipCode"]) == ("199", "failed", 404)


def test_all_devices_ring_and_one_answers(phones, new_records):
    first = phones.registered_sipp("answered_elsewhere", "bob")
    second = phones.registered_sipp("answer", "bob", milliseconds=700)
    phones.sipp("call", "alice", target="102", milliseconds=1000).end()
    second.end()
    first.end()
    record = new_records(1)[0]
    check_record(record, "ok", 200, 1)
    assert len(record["attempts"]) == 2, record


def test_twenty_calls_in_a_row_leave_twenty_records(phones, new_records):
    callee = phones.registered_sipp("answer", "bob", milliseconds=10, calls=20)
    phones.sipp("call", "alice", target="102", milliseconds=200, calls=20, arguments=("-r", "10")).end()
    callee.end()
    assert [call["status"] for call in new_records(20)] == ["ok"] * 20
