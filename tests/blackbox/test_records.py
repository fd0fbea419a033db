# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: what ctl, the REST API and the database say about a call is the same, and everybody sees only their own."""
import json
import struct
import time
import urllib.parse

import pytest
import records


@pytest.fixture
def made_call(phones, new_records):
    callee = phones.registered_sipp("answer", "bob", milliseconds=100)
    caller = phones.sipp("call", "alice", target="102", milliseconds=1000)
    caller.end()
    callee.end()
    return new_records(1)[0], caller


def test_the_record_is_whole(exchange, made_call):
    record, _ = made_call
    records.check(record, "ok", 200, 1)
    assert len(record["id"]) == 32
    assert [attempt["sipCode"] for attempt in record["attempts"]] == [200]
    assert exchange.get(f"/api/v1/calls/{record['id']}") == record


SQL = ["' OR '1'='1", "'; DROP TABLE calls; --", "');DELETE FROM calls;--", "1; ATTACH DATABASE 'x' AS y; --", '" OR ""="', "\\'; --", "%27 OR 1=1", "{{7*7}}",
       "'||(SELECT ha1_md5 FROM terminals)||'", "UNION SELECT * FROM terminals--", "\u2019 OR \u20191\u2019=\u20191", "0x27 OR 1=1", "' AND SLEEP(5) AND '1'='1", "?1", ":name", "$1",
       "NULL", "'", "''", ";", "--", "/* */", "\\0", "a" * 60 + "'"]


def test_values_of_sip_that_look_like_sql_are_stored_as_they_came(exchange, join, new_records):
    """Reliability T-15: in everything of a call and a registration that reaches the database or its queries."""
    alice = join("alice", "alice")
    asked = {}
    for number, text in enumerate(SQL):
        escaped = urllib.parse.quote(text, safe="")
        plain = text.encode("ascii", "replace").decode().replace("\\", "").replace('"', "")
        call_id = f"{number}-" + "".join(letter for letter in plain if letter not in " ;=|$,")
        agent_headers = [("User-Agent", plain), ("Subject", plain), ("Call-ID", call_id), ("From", f'"{plain}" <sip:alice@{alice.domain}>;tag={number}')]
        call = alice.call(f"sip:{escaped}@{alice.domain}", headers=agent_headers)
        call.expect(404, 484)
        asked[call_id] = text
        assert alice.register(contact=f"<sip:{escaped}@{alice.host_port}>;+sip.instance=\"<urn:x:{escaped}>\"", expires=60).status == 200
        assert alice.register(contact="*", expires=0).status == 200
    found = new_records(len(SQL))
    assert {record["callId"]: record["callee"] for record in found} == asked
    assert len(exchange.rows("SELECT 1 FROM terminals")) > 0


def test_ctl_shows_the_newest_records_first(exchange, phones, new_records, made_call):
    phones.sipp("call_fails", "alice", target="199", status=404).end()
    newest = new_records(2)[-1]
    heading, *lines = exchange.ctl("calls", "--ended").splitlines()
    assert heading.split() == ["ID", "CALLER", "CALLEE", "STARTED", "SECONDS", "STATUS", "CODE"]
    assert [line.split()[0] for line in lines[:2]] == [newest["id"], made_call[0]["id"]]
    assert lines[0].split()[1:3] == ["101", "199"] and lines[0].split()[4:] == ["0.000", "failed", "404"]
    assert len(exchange.ctl("calls", "--ended", "--limit", "1").splitlines()) == 2


def test_the_call_id_is_that_of_the_callers_leg(made_call):
    record, caller = made_call
    assert f"Call-ID: {record['callId']}" in caller.messages()


def test_registrations_are_live_in_rest_and_ctl(exchange, phones):
    phones.sipp("register", "alice", expires=60).end()
    names = {entry["name"] for entry in exchange.get("/api/v1/live/registrations")["items"]}
    assert "alice" in names
    assert "alice" in exchange.ctl("registrations")


def test_a_call_is_live_while_it_lasts(exchange, phones, new_records):
    bob = phones.baresip("bob", answer="auto")
    alice = phones.baresip("alice")
    alice.dial("102")
    bob.wait_for("CALL_ESTABLISHED")
    live = exchange.get("/api/v1/live/calls")["items"]
    assert [(call["caller"], call["callee"]) for call in live] == [("101", "102")]
    assert "102" in exchange.ctl("calls")
    alice.hang_up()
    new_records(1)
    assert exchange.get("/api/v1/live/calls")["items"] == []


def test_logins(exchange):
    for name, role in (("admin", "platform"), ("demobrand", "brand"), ("democompany", "customer"), ("alice@democompany.com", "user")):
        status, _, body = exchange.login(name, "changeme")
        assert (status, body.get("role")) == (200, role), body
    status, headers, body = exchange.login("admin", "wrong")
    assert status == 401 and headers["Content-Type"].startswith("application/problem+json"), body
    unknown, _, _ = exchange.login("nobody", "wrong")
    assert unknown == 401


def test_a_caller_without_a_token_sees_nothing(exchange):
    status, _, body = exchange.request("GET", "/api/v1/calls", headers={})
    assert status == 401, body


def test_a_customer_sees_its_calls_and_a_foreign_id_is_not_found(exchange, made_call):
    record, _ = made_call
    _, _, body = exchange.login("democompany", "changeme")
    own = {"Authorization": f"Bearer {body['token']}"}
    status, _, page = exchange.request("GET", "/api/v1/calls", headers=own)
    assert status == 200 and record["id"] in json.dumps(page)
    status, _, _ = exchange.request("GET", "/api/v1/calls/00000000000000000000000000000000", headers=own)
    assert status == 404


def notes_of(exchange, call):
    """How often the journal speaks of a call."""
    name = struct.pack("<QQ", int(call[:16], 16), int(call[16:], 16))
    return sum(segment.read_bytes().count(name) for segment in (exchange.data / "journal").glob("*.log"))


def test_a_call_that_ended_while_signalling_was_dead_has_one_record(phones, new_records):
    exchange = phones.exchange
    bob = phones.baresip("bob", answer="auto")
    alice = phones.baresip("alice")
    alice.dial("102")
    alice.wait_for("CALL_ESTABLISHED")
    answered = time.monotonic()
    call, = exchange.get("/api/v1/live/calls")["items"]
    before = notes_of(exchange, call["id"])
    while notes_of(exchange, call["id"]) == before:  # Every 5 s the journal says which calls are alive.
        assert time.monotonic() < answered + 8, "no sign of life in the journal"
        time.sleep(0.05)
    lasted, process = time.monotonic() - answered, exchange.processes()["signalling"]
    alice.kill()  # Neither telephone will say that it still has the call.
    bob.kill()
    exchange.kill("signalling")
    exchange.wait_for_other_process("signalling", process)
    exchange.wait_until_ready()
    record, = new_records(1)
    assert (record["id"], record["status"], record["callee"], record["sipCode"]) == (call["id"], "ok", "102", 200)
    assert lasted - 1 < float(record["durationSeconds"]) < lasted + 0.5, (record, lasted)
    assert exchange.rows("SELECT broken FROM calls WHERE id = ?", call["id"]) == [{"broken": 1}]
    # A record that comes later stands behind it in the journal; the first is still alone.
    phones.sipp("call_fails", "alice", target="199", status=404).end()
    assert [one["id"] for one in new_records(2)].count(call["id"]) == 1
