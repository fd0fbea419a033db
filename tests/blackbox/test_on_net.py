# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: Alice calls a number of another brand's customer who lives on another shard. No carrier hears of it, both companies have their record, linked, and real
telephones hear each other."""
import time

import exchange as exchange_module
import ports
import pytest
import records
from test_calls import wait_until_heard

SHARDS = 2
NUMBER = "+34950950950"


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange"), f"signalling.shards={SHARDS}")
    running.start()
    yield running
    assert running.stop() == 0


def make(exchange, collection, body, **headers):
    status, _, made = exchange.request("POST", f"/api/v1/{collection}", body, exchange._authorization() | {name.replace("_", "-"): value for name, value in headers.items()})
    assert status == 201, (collection, status, made)
    return made["id"]


def shard_of(exchange, name):
    row, = exchange.rows(f"SELECT id FROM customers WHERE name = '{name}'")
    return row["id"] % 256 % SHARDS


@pytest.fixture(scope="module")
def neighbour(exchange):
    """A company of another brand, on the other shard, with Carol, whom NUMBER rings."""
    brand = make(exchange, "brands", {"name": "Neighbour", "currency": "EUR"})
    mine = shard_of(exchange, "DemoCompany")
    for number in range(20):
        name = f"Neighbour {number}"
        customer = make(exchange, "customers", {"name": name, "country": "ES", "timeZone": "Europe/Madrid", "currency": "EUR", "language": "es"}, X_Carillon_Brand=brand)
        if shard_of(exchange, name) != mine:
            break
    else:
        pytest.fail("twenty customers on one shard")
    whose = {"X_Carillon_Brand": brand, "X_Carillon_Customer": customer}
    domain = make(exchange, "domains", {"name": "neighbour.example"}, **whose)  # It has no prices: it takes calls all the same.
    terminal = make(exchange, "terminals", {"domain": domain, "name": "carol", "password": "carol-has-a-password"}, **whose)
    user = make(exchange, "users", {"name": "Carol", "terminal": terminal}, **whose)
    make(exchange, "number-blocks", {"brand": brand, "first": NUMBER[:-3]})
    make(exchange, "ddis", {"number": NUMBER, "customer": customer, "target": user}, X_Carillon_Brand=brand)
    exchange.wait_until_known()
    return customer


def test_two_companies_talk_past_every_carrier(phones, neighbour):
    exchange = phones.exchange
    server, = exchange.get("/api/v1/carrier-servers")["items"]
    carrier = ports.free()
    assert exchange.request("PATCH", f"/api/v1/carrier-servers/{server['id']}", {"port": carrier})[0] == 200
    carol = phones.baresip("carol", password="carol-has-a-password", domain="neighbour.example", answer="auto", hertz=1300)
    alice = phones.baresip("alice", hertz=700)
    alice.dial("950950950")
    alice.wait_for("CALL_ESTABLISHED")
    carol.wait_for("CALL_ESTABLISHED")
    began = time.monotonic()
    wait_until_heard(2, (alice, 1300), (carol, 700))
    alice.hang_up()
    carol.wait_for("CALL_CLOSED")
    talked = time.monotonic() - began
    first, second = sorted(exchange.wait_for_records(2), key=lambda record: record["direction"], reverse=True)
    records.check(first, "ok", 200, talked, callee=NUMBER, direction="outbound")
    records.check(second, "ok", 200, talked, caller="+34941941941", callee=NUMBER, direction="inbound")
    assert (second["linkedCall"], second["linkReason"], second["customer"]) == (first["id"], "onnet", neighbour)
    attempt, = first["attempts"]
    assert attempt["target"] == NUMBER and f":{carrier}" not in first["carrierAttempts"][0]["contact"], first


def established(alice, carol):
    alice.dial("950950950")
    alice.wait_for("CALL_ESTABLISHED")
    carol.wait_for("CALL_ESTABLISHED")


def test_hold_and_transfer_cross_shards(phones, neighbour, new_records):
    """Alice puts Carol, who is on the other shard, on hold, takes her back, and sends her to Bob."""
    carol = phones.baresip("carol", password="carol-has-a-password", domain="neighbour.example", answer="auto", hertz=1300)
    bob = phones.baresip("bob", answer="auto", hertz=1900)
    alice = phones.baresip("alice", hertz=700)
    established(alice, carol)
    wait_until_heard(1, (alice, 1300), (carol, 700))
    alice.hold()
    carol.wait_until_held()
    carol.forget()
    alice.resume()
    carol.wait_until_resumed()
    alice.transfer(f"sip:102@{exchange_module.DOMAIN}")
    bob.wait_for("CALL_ESTABLISHED")
    alice.wait_for("CALL_CLOSED")
    wait_until_heard(1.5, (bob, 1300))
    bob.hang_up()
    carol.wait_for("CALL_CLOSED")
    found = {(record["caller"], record["callee"]): record for record in new_records(3)}
    first, theirs, second = found["101", NUMBER], found["+34941941941", NUMBER], found["101", "102"]
    assert {record["status"] for record in found.values()} == {"ok"}, found
    assert (theirs["customer"], theirs["linkedCall"], theirs["linkReason"]) == (neighbour, first["id"], "onnet"), theirs
    assert (second["linkedCall"], second["linkReason"]) == (first["id"], "transfer"), second
    assert theirs["durationSeconds"] >= first["durationSeconds"] + second["durationSeconds"] - 0.5, found  # To her it was one call.


def limit(exchange, customer, most):
    status, _, body = exchange.request("PATCH", f"/api/v1/customers/{customer}", {"maxExternalCalls": most})
    assert status == 200, body
    exchange.wait_until_known()


@pytest.mark.parametrize("is_theirs, refused", [pytest.param(True, 486, id="the called company's"), pytest.param(False, 403, id="the calling company's")])
def test_limits_of_both_sides_count_across_shards(phones, neighbour, new_records, is_theirs, refused):
    exchange = phones.exchange
    mine = next(each["id"] for each in exchange.get("/api/v1/customers")["items"] if each["name"] == "DemoCompany")
    carol = phones.baresip("carol", password="carol-has-a-password", domain="neighbour.example", answer="auto", hertz=1300)
    alice = phones.baresip("alice", hertz=700)
    limit(exchange, neighbour if is_theirs else mine, 1)
    try:
        established(alice, carol)
        phones.registered_sipp("call_fails", "bob", target="950950950", status=refused).end()
        alice.hang_up()
        carol.wait_for("CALL_CLOSED")
    finally:
        limit(exchange, neighbour if is_theirs else mine, 0)
    found = new_records(4 if is_theirs else 3)
    assert [record["status"] for record in found if record["caller"] == "102"] == ["busy" if is_theirs else "failed"], found
    assert sorted(record["sipCode"] for record in found) == [200, 200] + [refused] * (len(found) - 2), found
