# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: phones that others wrote transfer each other's calls (REFER, Replaces): who is left hears each other, whoever transferred is
free, and each call leaves its record."""
import pytest
import exchange as exchange_module
import ports
import records
from test_calls import TONE_ALICE, TONE_BOB, wait_until_heard

CAROL, CAROL_NUMBER, CAROL_PASSWORD, TONE_CAROL = "user0001", "100001", "pw-user0001", 1900


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange")).start("--subscribers", "5")
    yield running
    assert running.stop() == 0


def by_callee(found):
    return {record["callee"]: record for record in found}



@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_baresip_sends_bob_to_carol(phones, new_records, transport):
    bob = phones.baresip("bob", answer="auto", hertz=TONE_BOB, transport=transport)
    carol = phones.baresip(CAROL, password=CAROL_PASSWORD, answer="auto", hertz=TONE_CAROL)
    alice = phones.baresip("alice", hertz=TONE_ALICE, transport=transport)
    alice.dial("102")
    alice.wait_for("CALL_ESTABLISHED")
    wait_until_heard(1, (bob, TONE_ALICE))
    alice.command("transfer", f"sip:{CAROL_NUMBER}@{exchange_module.DOMAIN}")
    carol.wait_for("CALL_ESTABLISHED")
    alice.wait_for("CALL_CLOSED")
    wait_until_heard(1.5, (bob, TONE_CAROL), (carol, TONE_BOB))
    bob.hang_up()
    carol.wait_for("CALL_CLOSED")
    found = by_callee(new_records(2))
    records.check(found["102"], "ok", 200, found["102"]["durationSeconds"])
    records.check(found[CAROL_NUMBER], "ok", 200, found[CAROL_NUMBER]["durationSeconds"], callee=CAROL_NUMBER)
    assert found[CAROL_NUMBER]["linkedCall"] == found["102"]["id"] and found[CAROL_NUMBER]["linkReason"] == "transfer"


def test_baresip_hears_that_carol_is_away(phones, new_records):
    bob = phones.baresip("bob", answer="auto", hertz=TONE_BOB)
    alice = phones.baresip("alice", hertz=TONE_ALICE)
    alice.dial("102")
    alice.wait_for("CALL_ESTABLISHED")
    alice.command("transfer", f"sip:{CAROL_NUMBER}@{exchange_module.DOMAIN}")
    assert "480" in alice.wait_for("TRANSFER_FAILED")["param"]
    bob.wait_for("CALL_CLOSED")  # It gives up then, by itself.
    found = by_callee(new_records(2))
    records.check(found["102"], "ok", 200, found["102"]["durationSeconds"])
    records.check(found[CAROL_NUMBER], "offline", 480, callee=CAROL_NUMBER)


def test_sipp_joins_bob_and_carol(phones, new_records):
    """Two SIPp, which are the two lines of Alice's telephone, by third party call control (3PCC). By UDP: on one TCP connection SIPp takes
    two requests that come at once, as the NOTIFY and the BYE do, for one."""
    bob = phones.baresip("bob", answer="auto", hertz=TONE_BOB)
    carol = phones.baresip(CAROL, password=CAROL_PASSWORD, answer="auto", hertz=TONE_CAROL)
    between = ports.free()
    control = ("-3pcc", f"127.0.0.1:{between}", "-cid_str", "%u-%p")
    second = phones.sipp("consult", "alice", target=CAROL_NUMBER, arguments=control)
    second.wait_until_it_listens(between)
    first = phones.sipp("join", "alice", target="102", third=CAROL_NUMBER, arguments=control)
    first.end()
    second.end()
    wait_until_heard(1.5, (bob, TONE_CAROL), (carol, TONE_BOB))
    bob.hang_up()
    carol.wait_for("CALL_CLOSED")
    found = by_callee(new_records(2))
    records.check(found["102"], "ok", 200, found["102"]["durationSeconds"])
    records.check(found[CAROL_NUMBER], "ok", 200, found[CAROL_NUMBER]["durationSeconds"], callee=CAROL_NUMBER)


def test_linphone_joins_bob_and_carol(phones, new_records):
    bob = phones.baresip("bob", answer="auto", hertz=TONE_BOB)
    carol = phones.baresip(CAROL, password=CAROL_PASSWORD, answer="auto", hertz=TONE_CAROL)
    alice = phones.linphone("alice", hertz=TONE_ALICE)
    alice.dial("102")
    bob.wait_for("CALL_ESTABLISHED", 15)
    alice.wait_for("Media streams established")
    alice.say("pause")
    alice.wait_for("is now paused")
    alice.dial(CAROL_NUMBER)
    carol.wait_for("CALL_ESTABLISHED", 15)
    wait_until_heard(1, (carol, TONE_ALICE))
    alice.say("transfer 1 --to-call 2")
    wait_until_heard(1.5, (carol, TONE_BOB))  # What Bob hears cannot be seen: baresip's recorder stops when it is held.
    carol.hang_up()
    bob.wait_for("CALL_CLOSED")
    found = by_callee(new_records(2))
    records.check(found["102"], "ok", 200, found["102"]["durationSeconds"])
    records.check(found[CAROL_NUMBER], "ok", 200, found[CAROL_NUMBER]["durationSeconds"], callee=CAROL_NUMBER)
