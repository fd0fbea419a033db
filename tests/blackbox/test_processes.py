# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: a role that is killed is back within three seconds, the others go on meanwhile, and it can be seen that it happened."""
import contextlib
import threading
import time

import pytest
import records

ROLES = {"signalling", "media", "web", "jobs"}
BACK_SECONDS_MAX = 3


@contextlib.contextmanager
def readiness_watched(exchange):
    """Collects what /readyz answered meanwhile, as fast as it can be asked."""
    reports, is_over = [], threading.Event()

    def watch():
        while not is_over.is_set():
            reports.append(exchange.health_report())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield reports
    finally:
        is_over.set()
        watcher.join()


def kill_and_wait(exchange, role):
    """Kills a role and expects it back and all ready in time, the outage in /readyz and in the log, and no other role touched."""
    before, mark = exchange.processes(), len(exchange.log())
    restarts = exchange.metric("carillon_role_restarts_total")
    with readiness_watched(exchange) as reports:
        began = time.monotonic()
        exchange.kill(role)
        exchange.wait_for_other_process(role, before[role], BACK_SECONDS_MAX)
        exchange.wait_until_ready(BACK_SECONDS_MAX - (time.monotonic() - began))
    # Its own absence, or what another role misses: media is back before one can ask twice, signalling's connection to it later.
    assert any(status == 503 and role in text for status, text in reports), reports
    others = {name: pid for name, pid in exchange.processes().items() if name != role}
    assert others == {name: pid for name, pid in before.items() if name != role}
    exchange.wait_for_log(f"event=role.died role={role}", after=mark)
    exchange.wait_for_log(f"event=role.started role={role}", after=mark)
    assert exchange.metric("carillon_role_restarts_total") == restarts + 1


def talk(phones):
    """Two phones in conversation: alice, who called, and bob."""
    bob = phones.baresip("bob", answer="auto", hertz=1300)
    alice = phones.baresip("alice", hertz=700)
    alice.dial("102")
    alice.wait_for("CALL_ESTABLISHED")
    return alice, bob


def wait_for_more_audio(alice, bob, seconds=1):
    heard_alice, heard_bob = alice.seconds_heard(1300), bob.seconds_heard(700)
    deadline = time.monotonic() + seconds + 5
    while alice.seconds_heard(1300) < heard_alice + seconds or bob.seconds_heard(700) < heard_bob + seconds:
        assert time.monotonic() < deadline, "the audio stopped"
        time.sleep(0.1)


def hang_up_and_check(alice, bob, new_records, began):
    alice.hang_up()
    bob.wait_for("CALL_CLOSED")
    records.check(new_records(1)[0], "ok", 200, time.monotonic() - began)


def test_every_role_is_a_process_and_ready(exchange):
    assert set(exchange.processes()) == ROLES
    assert exchange.health("/healthz") == 200
    assert exchange.health("/readyz") == 200


@pytest.mark.parametrize("role", ["web", "jobs"])
def test_a_call_goes_on_while_a_role_is_killed(phones, new_records, role):
    alice, bob = talk(phones)
    began = time.monotonic()
    kill_and_wait(phones.exchange, role)
    wait_for_more_audio(alice, bob)
    hang_up_and_check(alice, bob, new_records, began)


def test_a_call_that_ends_while_jobs_is_dead_gets_its_one_record(phones, new_records, exchange):
    known = len(exchange.records())
    alice, bob = talk(phones)
    began = time.monotonic()
    exchange.stop_working("jobs")
    time.sleep(1)
    alice.hang_up()
    bob.wait_for("CALL_CLOSED")
    talked = time.monotonic() - began
    time.sleep(0.5)
    assert len(exchange.records()) == known
    kill_and_wait(exchange, "jobs")
    records.check(new_records(1)[0], "ok", 200, talked)
    time.sleep(1)
    assert len(exchange.records()) == known + 1


def test_a_kill_of_media_ends_its_calls_and_new_ones_work(phones, new_records, exchange):
    alice, bob = talk(phones)
    began = time.monotonic()
    wait_for_more_audio(alice, bob)
    kill_and_wait(exchange, "media")
    alice.wait_for("CALL_CLOSED", BACK_SECONDS_MAX)
    bob.wait_for("CALL_CLOSED", BACK_SECONDS_MAX)
    record = new_records(1)[0]
    records.check(record, "ok", 200, time.monotonic() - began)
    row, = exchange.rows("SELECT decisions FROM calls WHERE id = ?", record["id"])
    assert "its media process died" in row["decisions"], row
    alice.dial("102")
    alice.wait_for("CALL_ESTABLISHED", count=2)
    began = time.monotonic()
    wait_for_more_audio(alice, bob)
    alice.hang_up()
    bob.wait_for("CALL_CLOSED", count=2)
    records.check(new_records(2)[1], "ok", 200, time.monotonic() - began)


def test_after_a_kill_of_signalling_new_calls_work(phones, new_records, exchange):
    kill_and_wait(exchange, "signalling")
    alice, bob = talk(phones)
    began = time.monotonic()
    wait_for_more_audio(alice, bob)
    hang_up_and_check(alice, bob, new_records, began)


def test_registrations_outlive_a_kill_of_signalling(phones, new_records, exchange):
    callee = phones.registered_sipp("answer", "bob", milliseconds=100, seconds=40)
    time.sleep(0.5)  # Registrations reach the disk every 200 ms.
    kill_and_wait(exchange, "signalling")
    phones.sipp("call", "alice", target="102", milliseconds=300).end()
    callee.end()
    records.check(new_records(1)[0], "ok", 200, 0.3)
