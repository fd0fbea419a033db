# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: whoever listens sees calls and registrations of its own company as they happen, in order, and is told to read the lists again when
something may be missing."""
import http.client

import exchange as exchange_module
import pytest
import raw_sip
from live_events import Listener


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange")).start("--subscribers", "4", "--tenants", "2")
    yield running
    assert running.stop() == 0


@pytest.fixture
def listen(exchange):
    made = []

    def make(*words, **options):
        made.append(Listener(exchange, *words, **options))
        made[-1].wait_for("resync")
        return made[-1]
    yield make
    for listener in made:
        listener.close()


def test_a_call_is_told_from_its_ringing_to_its_end(listen, phones, exchange):
    company = listen("democompany")
    bob = listen("bob@democompany.com", query="?types=call")
    callee = phones.registered_sipp("answer", "bob", milliseconds=1500)
    added = company.wait_for("registration.added")[0]
    assert added["name"] == "bob" and added["transport"] == "udp" and added["contact"], added
    caller = phones.sipp("call", "alice", target="102", milliseconds=1500)
    ringing = bob.wait_for("call.ringing")[0]
    answered = bob.wait_for("call.answered")[0]
    shown = exchange.get("/api/v1/live/calls")["items"][0]
    assert {name: answered[name] for name in shown} == shown
    caller.end()
    callee.end()
    ended = bob.wait_for("call.ended")[0]
    assert ringing["id"] == answered["id"] == ended["id"] and ringing["answeredAt"] is None, bob.events
    assert (ended["caller"], ended["callee"]) == ("101", "102")
    kinds = [event["type"] for event in company.events if event["type"].startswith("call.")]
    company.wait_for("call.ended")
    assert [kind for kind in kinds if kind != "call.ringing"] == ["call.answered", "call.ended"], kinds
    assert not [event for event in bob.events if not event["type"].startswith("call.") and event["type"] != "resync"]
    counters = company.wait_for("counters", 2)
    assert any(each["calls"] == 1 for each in counters), counters
    assert raw_sip.unregister_all(exchange, "bob") == 200
    assert company.wait_for("registration.removed")[0]["contact"] == added["contact"]


def test_a_refresh_is_no_event(listen, exchange):
    admin = listen(query="?types=registration")
    with raw_sip.Socket(exchange) as client:
        for _ in range(3):
            assert client.register("alice", "alice")[0] == 200
    assert raw_sip.unregister_all(exchange, "alice") == 200
    admin.wait_for("registration.removed")
    assert len(admin.of("registration.added")) == 1, admin.events


def test_companies_do_not_hear_each_other(listen, exchange):
    company = listen("democompany")
    alice = listen("alice@democompany.com")
    admin = listen()
    with raw_sip.Socket(exchange) as client:
        assert client.register("user0001", "pw-user0001", domain="tenant0001.example")[0] == 200
        assert client.call("user0001", "pw-user0001", "tenant0001.example", "sip:100002@tenant0001.example") == 404
    assert admin.wait_for("registration.added")[0]["name"] == "user0001"
    admin.wait_for("counters")
    with raw_sip.Socket(exchange) as client:
        assert client.register("alice", "alice")[0] == 200
    assert raw_sip.unregister_all(exchange, "alice") == 200
    for listener in (company, alice):
        assert {event["name"] for event in listener.wait_for("registration.added")} == {"alice"}, listener.events
    own = company.of("registration.added")[0]["customer"]
    assert {event["customer"] for event in company.events if event["type"] != "resync"} == {own}, company.events
    assert {event["type"] for event in alice.events} <= {"resync", "registration.added", "registration.removed"}


def test_who_comes_back_gets_what_it_missed(listen, exchange):
    first = listen("democompany", query="?types=registration")
    witness = listen("democompany", query="?types=registration")
    first.close()
    with raw_sip.Socket(exchange) as client:
        assert client.register("alice", "alice")[0] == 200
    witness.wait_for("registration.added")
    again = Listener(exchange, "democompany", query="?types=registration", last_id=first.last_id)
    assert [event["type"] for event in again.wait_for("registration.added")] == ["registration.added"]
    assert not again.of("resync")
    again.close()
    assert raw_sip.unregister_all(exchange, "alice") == 200


def test_a_kill_of_signalling_is_told_and_the_stream_goes_on(listen, exchange):
    admin = listen()
    old = exchange.processes()["signalling"]
    exchange.kill("signalling")
    exchange.wait_for_other_process("signalling", old)
    admin.wait_for("resync", 2, 20)
    exchange.wait_until_ready(20)
    with raw_sip.Socket(exchange) as client:
        assert client.register("alice", "alice")[0] == 200
    admin.wait_for("registration.added")
    assert raw_sip.unregister_all(exchange, "alice") == 200


def test_after_a_restart_of_web_old_ids_are_not_known(listen, exchange):
    admin = listen()
    old = exchange.processes()["web"]
    exchange.kill("web")
    admin.wait_for_end()
    exchange.wait_for_other_process("web", old, 10)
    exchange.wait_until_ready(20)
    again = Listener(exchange, last_id=admin.last_id)
    again.wait_for("resync")
    again.close()


def test_a_login_that_is_over_ends_the_stream(listen, exchange):
    company = listen("democompany")
    admin = listen()
    exchange.configure("UPDATE administrators SET active = 0 WHERE login = ?", "democompany")
    try:
        company.wait_for_end(60)
        assert not admin.is_over
    finally:
        exchange.configure("UPDATE administrators SET active = 1 WHERE login = ?", "democompany")


@pytest.mark.parametrize("query, field", [("?page=1", "page"), ("?types=all", "types")])
def test_wrong_parameters_are_named(exchange, query, field):
    status, _, problem = exchange.request("GET", f"/api/v1/live/events{query}")
    assert status == http.client.BAD_REQUEST and problem["errors"][0]["field"] == field
