# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: a call that several devices or none may answer ends as the callers and the called expect, whatever make their phones are,
and its record says how."""
import time

import pytest
import records


@pytest.mark.parametrize("transport", ["u1", "t1"])
def test_the_caller_cancels(phones, new_records, transport):
    callee = phones.registered_sipp("be_cancelled", "bob")
    phones.sipp("call_and_cancel", "alice", target="102", milliseconds=500, transport=transport).end()
    callee.end()
    records.check(new_records(1)[0], "cancel", 487)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_softphones_cancel(phones, new_records, transport):
    bob = phones.baresip("bob", transport=transport)
    alice = phones.baresip("alice", transport=transport)
    alice.dial("102")
    bob.wait_for("CALL_INCOMING")
    alice.wait_for("CALL_RINGING")
    alice.hang_up()
    bob.wait_for("CALL_CLOSED")
    assert "\nCANCEL sip:" in bob.everything_logged()
    records.check(new_records(1)[0], "cancel", 487)


@pytest.mark.parametrize("code, status", [(486, "busy"), (600, "busy"), (603, "busy"), (480, "noanswer"), (408, "timeout"), (500, "failed")])
def test_the_called_one_refuses(phones, new_records, code, status):
    callee = phones.registered_sipp("refuse", "bob", status=code, milliseconds=100)
    caller = phones.sipp("call_fails", "alice", target="102", status=code)
    caller.end()
    callee.end()
    records.check(new_records(1)[0], status, code)


def test_baresip_is_busy(phones, new_records):
    bob = phones.baresip("bob")
    alice = phones.baresip("alice")
    alice.dial("102")
    bob.wait_for("CALL_INCOMING")
    bob.hang_up()
    assert "486" in alice.wait_for("CALL_CLOSED")["param"]
    records.check(new_records(1)[0], "busy", 486)


def test_linphone_declines(phones, new_records):
    bob = phones.linphone("bob", transport="tcp")
    alice = phones.baresip("alice")
    alice.dial("102")
    alice.wait_for("CALL_RINGING")
    bob.wait_for("incoming")
    bob.say("terminate")
    assert "603" in alice.wait_for("CALL_CLOSED")["param"]
    records.check(new_records(1)[0], "busy", 603)


def test_nobody_is_registered(phones, new_records):
    phones.sipp("call_fails", "alice", target="102", status=480).end()
    records.check(new_records(1)[0], "offline", 480)


def test_a_softphone_hears_that_nobody_is_registered(phones, new_records):
    alice = phones.baresip("alice")
    alice.dial("102")
    assert "480" in alice.wait_for("CALL_CLOSED")["param"]
    records.check(new_records(1)[0], "offline", 480)


def test_a_number_that_is_nobodys(phones, new_records):
    phones.sipp("call_fails", "alice", target="199", status=404).end()
    records.check(new_records(1)[0], "failed", 404, callee="199")


def test_all_devices_ring_and_one_answers(phones, new_records):
    first = phones.registered_sipp("answered_elsewhere", "bob")
    second = phones.registered_sipp("answer", "bob", milliseconds=700)
    phones.sipp("call", "alice", target="102", milliseconds=1000).end()
    second.end()
    first.end()
    record = new_records(1)[0]
    records.check(record, "ok", 200, 1)
    assert len(record["attempts"]) == 2, record


def test_softphones_of_two_makes_ring_and_one_answers(phones, new_records):
    desk = phones.baresip("bob", transport="tcp")
    mobile = phones.linphone("bob")
    alice = phones.baresip("alice")
    alice.dial("102")
    desk.wait_for("CALL_INCOMING")
    mobile.wait_for("incoming")
    mobile.say("answer")
    alice.wait_for("CALL_ESTABLISHED")
    began = time.monotonic()
    desk.wait_for("CALL_CLOSED")
    cancel = desk.everything_logged().split("\nCANCEL sip:")[1].split("\x1b[;m")[0]
    assert "Reason: SIP ;cause=200" in cancel, cancel
    time.sleep(1)
    alice.hang_up()
    mobile.wait_for("ended")
    record = new_records(1)[0]
    records.check(record, "ok", 200, time.monotonic() - began)
    assert sorted(attempt["sipCode"] for attempt in record["attempts"]) == [200, 487], record


def test_a_silent_device_delays_nobody(phones, new_records):
    silent = phones.silent("bob")
    callee = phones.registered_sipp("answer", "bob", milliseconds=100)
    began = time.monotonic()
    phones.sipp("call", "alice", target="102", milliseconds=300).end()
    assert time.monotonic() - began < 8  # It would be silent for 32 s.
    callee.end()
    assert silent.receive().startswith("INVITE sip:")
    record = new_records(1)[0]
    records.check(record, "ok", 200, 0.3)
    assert len(record["attempts"]) == 2, record
