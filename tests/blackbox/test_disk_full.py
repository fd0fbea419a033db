# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: when the disk is full, the calls that run end with their records, new ones are told to come back later, whoever watches the platform
is told, and all goes on by itself when there is room again (reliability R-04). And a disk that refuses now and then costs no record."""
import errno
import re
import time

import exchange as exchange_module
import faults
import pytest
import raw_sip
from agents.agent import Agent
from load import Load
from small_disk import ExchangeOnSmallDisk

RESERVE = 4 << 20
RECOVERY_SECONDS_MAX = 5
TALK = 10
DOMAIN = exchange_module.DOMAIN


def final_of_call(exchange):
    """(status, text) of the answer to a call of alice's to a number that nobody has: 404 when calls are taken."""
    with raw_sip.Socket(exchange) as caller:
        target = f"sip:199@{DOMAIN}"
        caller.send(caller.request("INVITE", "alice", DOMAIN, target=target))
        _, challenge = caller.final()
        caller.send(caller.authorized("INVITE", "alice", "alice", challenge, domain=DOMAIN, target=target))
        return caller.final()


def call_until(exchange, status, seconds):
    """Calls again and again until that is the answer; returns it."""
    deadline = time.monotonic() + seconds
    while (answer := final_of_call(exchange))[0] != status:
        assert time.monotonic() < deadline, f"{answer} and not {status} after {seconds} s"
    return answer[1]


@pytest.fixture
def small(tmp_path, request):
    megabytes, reserve = getattr(request, "param", (32, RESERVE))
    running = ExchangeOnSmallDisk(tmp_path / "exchange", megabytes, f"journal.reserve_bytes={reserve}", media_ports=1000).start()
    yield running
    assert running.stop() == 0


def test_calls_that_run_are_recorded_and_new_ones_wait_for_room(small, tmp_path):
    standing = 20
    with Load(small, tmp_path, standing + 1) as load:
        calls = load.call(standing, 50, TALK * 1000)
        small.wait_for_talks(standing)
        mark = len(small.log())
        small.fill()
        # What the journal has written ahead is used up first; then the reserve is touched.
        refusal = call_until(small, 503, 60)
        refused = time.monotonic()
        assert 5 <= int(re.search(r"^Retry-After: *(\d+)", refusal, re.M)[1]) <= 30
        small.wait_for_log("event=reserve.touched", after=mark)
        assert small.metric("carillon_journal_reserve_touched") == 1
        small.wait_until_unready("signalling: the disk is full")
        with raw_sip.Socket(small, "127.0.0.9") as phone:
            assert phone.register("alice", "alice")[0] == 200
            assert phone.register("alice", "alice", expires=0, contact="*")[0] == 200
        calls.end()  # They hang up while the disk is full.
        assert final_of_call(small)[0] == 503
        assert small.metric("carillon_calls_running") == 0
        small.make_room()
        room = time.monotonic()
        call_until(small, 404, RECOVERY_SECONDS_MAX)
        recovered = time.monotonic() - room
        small.wait_until_ready(RECOVERY_SECONDS_MAX - recovered)
        print(f"full for {room - refused:.0f} s; calls again {recovered:.1f} s and ready {time.monotonic() - room:.1f} s after room was made")
        small.wait_for_log("event=reserve.restored", after=mark)
        load.call(1, 1, 200).end()
        load.end()
    begun = small.metric("carillon_calls_started_total")
    stored = small.wait_for_stored(begun)
    assert len({call["id"] for call in stored}) == len(stored) == begun
    assert [call["status"] for call in stored].count("ok") == standing + 1
    assert all(abs(call["duration_ms"] - TALK * 1000) <= 1000 for call in stored if call["status"] == "ok" and call["duration_ms"] > 1000)


@pytest.mark.parametrize("small", [(32, RESERVE), (192, 64 << 20)], indirect=True, ids=["small", "usual"])
def test_signalling_that_dies_on_a_full_disk_comes_back_to_its_calls(small):
    at = ("127.0.0.1", small.sip_port)
    with Agent(at, "bob", DOMAIN, password="bob") as bob, Agent(at, "alice", DOMAIN, password="alice") as alice:
        assert bob.register().status == 200
        call = alice.call("102")
        there = bob.wait_for_call().answer()
        here = call.wait_for_answer()
        began = time.monotonic()
        small.fill()
        call_until(small, 503, 60)
        before = small.processes()["signalling"]
        small.kill("signalling")
        small.wait_for_other_process("signalling", before)
        alice.respond(alice.expect("OPTIONS"), 200, tag=here.local_tag)
        bob.respond(bob.expect("OPTIONS"), 200, tag=there.local_tag)
        assert final_of_call(small)[0] == 503
        bye = here.send("BYE")
        bob.respond(bob.expect("BYE"), 200, tag=there.local_tag)
        assert alice.wait_for_final(bye).status == 200
        talked = time.monotonic() - began
        assert small.metric("carillon_role_restarts_total") == 1
        small.make_room()
        call_until(small, 404, RECOVERY_SECONDS_MAX)
        small.wait_until_ready(RECOVERY_SECONDS_MAX)
    small.wait_for_stored(small.metric("carillon_calls_started_total"))  # Of this process alone, so at least.
    assert small.metric("carillon_records_orphaned_total") == 0 and "journal.damaged" not in small.log()
    answered, = (call for call in small.rows("SELECT * FROM calls") if call["status"] == "ok")
    assert abs(answered["duration_ms"] / 1000 - talked) <= 1 and not answered["broken"]
    ids = [call["id"] for call in small.rows("SELECT id FROM calls")]
    assert len(set(ids)) == len(ids)


@pytest.fixture
def faulty(tmp_path):
    wrong = faults.Faults(tmp_path)
    running = exchange_module.Exchange(tmp_path / "exchange", environment=wrong.environment, media_ports=1000).start()
    running.faults = wrong
    yield running
    assert running.stop() == 0


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC])
@pytest.mark.parametrize("kind", ["write_every", "sync_every"])
def test_a_disk_that_refuses_now_and_then_costs_no_record(faulty, tmp_path, code, kind):
    calls = 120
    with Load(faulty, tmp_path, calls + 1) as load:
        faulty.faults.refuse(code, **{kind: 5})
        # A call whose answer could not be recorded in time ends: the telephones are told so, and its record costs nothing.
        caller = load.call(calls, 40, 300)
        good, bad = caller.outcomes()
        faulty.faults.refuse()
        injected = faulty.faults.injected
        assert injected >= 10, injected
        call_until(faulty, 404, RECOVERY_SECONDS_MAX)
    begun = faulty.metric("carillon_calls_started_total")
    stored = faulty.wait_for_stored(begun)
    assert len({call["id"] for call in stored}) == len(stored) == begun
    print(f"{injected} refusals, {good} calls as if nothing were, {bad} refused or ended, {begun:.0f} records of {begun:.0f} calls")
    answered = [call for call in stored if call["status"] == "ok"]
    assert len(answered) == good, (good, bad)
    assert all(abs(call["duration_ms"] - 300) <= 1000 for call in answered)
    assert all(call["duration_ms"] == 0 for call in stored if call["status"] != "ok")


def test_a_disk_that_refuses_for_seconds_costs_no_record(faulty, tmp_path):
    """Calls that run end meanwhile; what they leave waits in memory until the disk takes it."""
    standing = 20
    with Load(faulty, tmp_path, standing + 1) as load:
        calls = load.call(standing, 50, 3000)
        faulty.wait_for_talks(standing)
        faulty.faults.refuse(errno.EIO, sync_every=1)
        faulty.wait_until_unready("signalling: cannot write its journal")
        assert final_of_call(faulty)[0] == 503
        calls.end()
        faulty.faults.refuse()
        healed = time.monotonic()
        call_until(faulty, 404, RECOVERY_SECONDS_MAX)
        faulty.wait_until_ready(RECOVERY_SECONDS_MAX)
        print(f"{faulty.faults.injected} flushes refused; calls and ready again {time.monotonic() - healed:.1f} s after the disk took them")
        load.call(1, 1, 200).end()
        load.end()
    begun = faulty.metric("carillon_calls_started_total")
    stored = faulty.wait_for_stored(begun)
    assert len({call["id"] for call in stored}) == len(stored) == begun
    answered = sorted(call["duration_ms"] for call in stored if call["status"] == "ok")
    assert len(answered) == standing + 1 and all(abs(duration - 3000) <= 1000 for duration in answered[1:])
    assert len(list((faulty.data / "journal").glob("*.log"))) <= 3
