# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: a platform that is drained finishes its calls and takes no others; one that is stopped ends its calls for both sides, with records."""
import json
import signal
import time

import exchange as exchange_module
import pytest
from crowd import Crowd, Phone


@pytest.fixture
def exchange(tmp_path):
    running = exchange_module.Exchange(tmp_path / "exchange", "security.antiflood.requests=0").start("--subscribers", "20")
    yield running
    if running._process.poll() is None:
        assert running.stop() == 0


@pytest.fixture
def crowd(exchange):
    made = Crowd(exchange)
    yield made
    made.close()


def open_phones(crowd, count, kinds=("udp",)):
    phones = [Phone(crowd, number + 1, kinds[number % len(kinds)]) for number in range(count)]
    for phone in phones:
        phone.register()
    crowd.run_until(lambda: all(phone.is_registered for phone in phones), 10, "registrations")
    return phones


def ring(crowd, caller, callee):
    here = caller.call_to(callee.extension)
    crowd.run_until(lambda: callee.incoming, 5, "an INVITE")
    there = callee.incoming.pop(0)
    there.ring()
    crowd.run_until(lambda: here.state == "ringing", 5, "ringing")
    return here, there


def talk(crowd, caller, callee):
    here, there = ring(crowd, caller, callee)
    there.answer()
    crowd.run_until(lambda: here.is_talking() and there.is_talking(), 5, "an answer")
    return here, there


def test_who_is_drained_takes_no_new_calls(exchange, crowd):
    alice, bob, carol, dave = open_phones(crowd, 4)
    here, there = talk(crowd, alice, bob)
    assert json.loads(exchange.ctl("drain", "--json")) == {"calls": 1}
    assert exchange.health("/readyz") == 503
    refused = carol.call_to(dave.extension)
    crowd.run_until(refused.is_over, 5, "refusal")
    assert refused.status == 503 and int(refused.final.get("Retry-After")) > 0
    change = here.reinvite()
    crowd.run_until(change.is_final, 5, "an answer to the re-INVITE")
    assert change.status == 200
    there.request("REFER", headers=[("Refer-To", f"<sip:{carol.extension}@{exchange_module.DOMAIN}>")])
    crowd.run_until(lambda: carol.incoming, 5, "the transferred call")
    third = carol.incoming.pop(0)
    third.answer()
    crowd.run_until(lambda: third.is_talking() and there.is_over(), 5, "the transfer")
    third.hang_up()
    crowd.run_until(here.is_over, 5, "BYE")
    assert "0 calls" in exchange.ctl("drain")
    exchange.ctl("drain", "--undo")
    exchange.wait_until_ready()
    talk(crowd, carol, dave)


def test_a_stop_ends_all_calls_for_both_sides(exchange, crowd):
    """Over every transport, those that ring too."""
    phones = open_phones(crowd, 20, ("udp", "udp", "tcp", "udp", "tls", "tls"))
    sides = []
    for pair in range(10):
        caller, callee = phones[2 * pair], phones[2 * pair + 1]
        sides.append(ring(crowd, caller, callee) if pair >= 7 else talk(crowd, caller, callee))
    began = time.monotonic()
    crowd.run_for(1.2)
    exchange._process.send_signal(signal.SIGTERM)
    crowd.run_until(lambda: all(side.is_over() for pair in sides for side in pair), 5, "the end of all calls")
    talked = time.monotonic() - began
    crowd.run_until(lambda: exchange._process.poll() is not None, 20, "the end of the platform")
    assert exchange._process.returncode == 0
    rows = {row["call_id"]: row for row in exchange.rows("SELECT * FROM calls")}
    assert sorted(rows) == sorted(here.call_id for here, _ in sides)
    for number, (here, there) in enumerate(sides):
        row = rows[here.call_id]
        assert not row["broken"], row
        if number < 7:
            assert row["status"] == "ok" and 1 <= row["duration_ms"] / 1000 <= talked + 1.5, row
        else:
            assert row["answered_at"] is None and here.status == 480 and there.status == 487, (row, here.status, there.status)
    exchange.start("--subscribers", "20")
    assert len(exchange.records()) == len(sides)
    assert exchange.metric("carillon_calls_taken_up_total") == 0
