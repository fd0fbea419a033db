# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: a disk that takes its time delays an answer and nothing else; one that takes more than two seconds ends the call, which then costs nothing
(ruling 2). The disks of test machines are faster than those of others, so the delay is added to each flush of the journal."""
import time

import exchange as exchange_module
import faults
import pytest
from agents.agent import Agent
from load import Load


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slow")
    wrong = faults.Faults(folder)
    running = exchange_module.Exchange(folder / "exchange", environment=wrong.environment, media_ports=1000).start()
    running.faults = wrong
    yield running
    wrong.slow_flushes(0)
    assert running.stop() == 0


@pytest.fixture
def two(exchange):
    """Scripted telephones: alice, and bob, who is registered."""
    at = ("127.0.0.1", exchange.sip_port)
    with Agent(at, "bob", exchange_module.DOMAIN, password="bob") as bob, Agent(at, "alice", exchange_module.DOMAIN, password="alice") as alice:
        assert bob.register().status == 200
        yield alice, bob
        exchange.faults.slow_flushes(0)
        assert bob.register(expires=0, contact="*").status == 200


@pytest.mark.parametrize("delay, calls, rate", [(0.0075, 100, 20), (0.5, 30, 10)])
def test_calls_work_at_their_usual_rate(exchange, tmp_path, delay, calls, rate):
    known = len(exchange.rows("SELECT id FROM calls"))
    with Load(exchange, tmp_path, calls) as load:
        exchange.faults.slow_flushes(delay)
        began = time.monotonic()
        load.call(calls, rate, 500).end()
        load.end()
        took = time.monotonic() - began
        exchange.faults.slow_flushes(0)
    stored = exchange.wait_for_stored(known + calls)[known:]
    assert {(call["status"], call["sip_code"]) for call in stored} == {("ok", 200)}
    print(f"{delay * 1000:.1f} ms a flush: {calls} calls at {rate}/s in {took:.1f} s, all as they should be; {exchange.metric('carillon_journal_late_total'):.0f} late")
    assert exchange.metric("carillon_journal_late_total") == 0
    exchange.wait_until_idle()


def test_the_answer_waits_for_the_disk_and_then_leaves(exchange, two, new_records):
    alice, bob = two
    call = alice.call("102")
    ringing = bob.wait_for_call()
    exchange.faults.slow_flushes(0.7)
    there = ringing.answer()  # Its ACK comes at once.
    began = time.monotonic()
    here = call.wait_for_answer()
    assert 0.5 <= time.monotonic() - began <= 2
    bye = here.send("BYE")
    bob.respond(bob.expect("BYE"), 200, tag=there.local_tag)
    assert alice.wait_for_final(bye).status == 200
    assert new_records(1)[0]["status"] == "ok"


def test_a_commit_of_more_than_two_seconds_ends_the_call_without_a_charge(exchange, two, new_records):
    alice, bob = two
    late = exchange.metric("carillon_journal_late_total")
    call = alice.call("102")
    ringing = bob.wait_for_call()
    exchange.faults.slow_flushes(3)
    ringing.answer()
    began = time.monotonic()
    call.expect(500)
    assert 1.5 <= time.monotonic() - began <= 2.5
    bob.respond(bob.expect("BYE"), 200)
    assert exchange.metric("carillon_journal_late_total") == late + 1
    exchange.faults.slow_flushes(0)
    record, = new_records(1)
    assert (record["status"], record["sipCode"], record["durationSeconds"], record["answeredAt"]) == ("failed", 500, 0, None), record
    exchange.wait_until_idle()
