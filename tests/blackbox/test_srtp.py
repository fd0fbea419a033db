# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: telephones that encrypt speak with telephones that do not and with each other, by keys in their descriptions; no key reaches
the other side, and a telephone that must encrypt has no other calls."""
import re
import time

import pytest
from test_calls import TONE_ALICE, TONE_BOB, wait_until_heard


@pytest.fixture
def encryption(exchange):
    """Sets what the domain or a telephone says, and takes it back."""
    touched = []

    def put(path, value):
        status, _, body = exchange.request("PATCH", path, {"mediaEncryption": value})
        assert status == 200, body
        exchange.wait_until_known()

    def say(name, value):
        terminal, = [each for each in exchange.get("/api/v1/terminals")["items"] if each["name"] == name]
        touched.append(f"/api/v1/terminals/{terminal['id']}")
        put(touched[-1], value)

    yield say
    for path in touched:
        put(path, None)


def speak(alice, bob):
    alice.dial("102")
    bob.wait_for("CALL_ESTABLISHED")
    alice.wait_for("CALL_ESTABLISHED")
    wait_until_heard(2, (alice, TONE_BOB), (bob, TONE_ALICE))


def keys_in(log):
    return set(re.findall(r"a=crypto:\S+ \S+ inline:(\S+)", log))


@pytest.mark.parametrize("alices, bobs, says", [("srtp-mand", "", None), ("srtp", "", None), ("", "srtp-mand", "required"), ("", "srtp", "optional"),
                                               ("srtp-mand", "srtp-mand", "required"), ("", "", "optional")])
def test_who_encrypts_speaks_with_everybody(phones, new_records, encryption, alices, bobs, says):
    if says:
        encryption("bob", says)
    bob = phones.baresip("bob", answer="auto", hertz=TONE_BOB, encryption=bobs)
    alice = phones.baresip("alice", hertz=TONE_ALICE, encryption=alices)
    speak(alice, bob)
    alice.hang_up()
    bob.wait_for("CALL_CLOSED")
    new_records(1)
    logs = alice.everything_logged(), bob.everything_logged()
    for log, encrypts in zip(logs, (alices, bobs)):
        assert bool(keys_in(log)) == bool(encrypts or says == "optional" and log is logs[1]), log
        assert "SRTP" in log.upper() or not encrypts
    assert not keys_in(logs[0]) & keys_in(logs[1]), "a key of one side reached the other"


def test_linphone_encrypts_too_before_a_hold_and_after_it(phones, new_records, encryption):
    encryption("alice", "required")
    bob = phones.linphone("bob", hertz=TONE_BOB, answers=True)
    alice = phones.linphone("alice", hertz=TONE_ALICE, encryption="srtp")
    alice.dial("102")
    alice.wait_for("Media streams established", 15)
    time.sleep(1.5)
    alice.say("pause")
    alice.wait_for("is now paused")
    alice.say("resume")
    time.sleep(3.5)  # What linphonec hears can be seen afterwards only.
    alice.hang_up()
    bob.wait_for("ended")
    for phone in (alice, bob):
        phone.close()
    # More than there was time for before the hold.
    wait_until_heard(3, (alice, TONE_BOB), (bob, TONE_ALICE))
    new_records(1)


def test_a_telephone_that_must_encrypt_has_no_plain_calls(phones, encryption):
    encryption("alice", "required")
    alice = phones.baresip("alice", hertz=TONE_ALICE)
    alice.dial("102")
    assert "488" in alice.wait_for("CALL_CLOSED")["param"]


def test_no_key_is_in_a_trace(phones, exchange, new_records):
    bob = phones.baresip("bob", answer="auto", hertz=TONE_BOB)
    alice = phones.baresip("alice", hertz=TONE_ALICE, encryption="srtp-mand")
    speak(alice, bob)
    alice.hang_up()
    record, = new_records(1)
    trace = str(exchange.get(f"/api/v1/calls/{record['id']}/trace"))
    keys = keys_in(alice.everything_logged())
    assert "a=crypto" in trace and keys and not [key for key in keys if key in trace]
    assert not [key for key in keys if key in exchange.log()]
