# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: a telephone rings as long as the configuration says; then the caller is told so and it stops."""
import time

import exchange as exchange_module
import pytest
import records

RING_SECONDS = 2


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange"), f"call.ring_seconds={RING_SECONDS}").start()
    yield running
    assert running.stop() == 0


def call_and_measure(phones, status):
    began = time.monotonic()
    phones.sipp("call_fails", "alice", target="102", status=status).end()
    assert RING_SECONDS <= time.monotonic() - began < RING_SECONDS + 4


def test_nobody_answers(phones, new_records):
    callee = phones.registered_sipp("be_cancelled", "bob")
    call_and_measure(phones, 480)
    callee.end()
    records.check(new_records(1)[0], "noanswer", 480)


def test_softphones_stop_ringing(phones, new_records):
    desk = phones.baresip("bob", transport="tcp")
    mobile = phones.linphone("bob")
    alice = phones.baresip("alice")
    alice.dial("102")
    desk.wait_for("CALL_INCOMING")
    assert "480" in alice.wait_for("CALL_CLOSED", RING_SECONDS + 4)["param"]
    desk.wait_for("CALL_CLOSED")
    mobile.wait_for("ended")
    cancel = desk.everything_logged().split("\nCANCEL sip:")[1].split("\x1b[;m")[0]
    assert "Reason:" not in cancel, cancel  # A missed call.
    records.check(new_records(1)[0], "noanswer", 480)


def test_a_device_that_never_answers_is_silence(phones, new_records):
    phones.silent("bob")
    call_and_measure(phones, 408)
    records.check(new_records(1)[0], "timeout", 408)
