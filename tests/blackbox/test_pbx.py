# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: a company's own PBX, and a home's account in the brand's domain, made by the API alone, call and are called: inside by the numbers behind the PBX, the world
with the numbers that are theirs."""
import re

import exchange as exchange_module
import pytest
import records
from sipp import Sipp
from test_on_net import make
from test_world import invite_in

PASSWORD = "a-password-of-a-pbx"
NUMBER = "+34942942942"
HOME = "+34943943943"


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange"), "signalling.shards=2")
    running.start()
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def office(exchange, operator_port):
    customer, = [each for each in exchange.get("/api/v1/customers")["items"] if each["name"] == "DemoCompany"]
    whose = {"X_Carillon_Brand": customer["brand"], "X_Carillon_Customer": customer["id"]}
    pbx = make(exchange, "terminals", {"name": "office", "kind": "pbx", "password": PASSWORD}, **whose)
    make(exchange, "terminal-patterns", {"terminal": pbx, "pattern": "^4[0-9]{2}$"}, **whose)
    make(exchange, "ddis", {"number": NUMBER, "customer": customer["id"], "target": pbx}, X_Carillon_Brand=customer["brand"])
    exchange.wait_until_known()
    return pbx


@pytest.fixture(scope="module")
def home(exchange, operator_port):
    """An account of a retail customer whose shard is not DemoCompany's."""
    company, = [each for each in exchange.get("/api/v1/customers")["items"] if each["name"] == "DemoCompany"]
    brand = {"X_Carillon_Brand": company["brand"]}
    make(exchange, "domains", {"name": "brand.example"}, **brand)
    customer = make(exchange, "customers", {"name": "Homes", "kind": "retail", "country": "ES", "transformationSet": company["transformationSet"]}, **brand)
    plan, = exchange.get("/api/v1/pricing-plans")["items"]
    make(exchange, "plan-assignments", {"customer": customer, "pricingPlan": plan["id"]}, **brand)
    account = make(exchange, "terminals", {"name": "smith", "password": PASSWORD}, X_Carillon_Customer=customer, **brand)
    ddi = make(exchange, "ddis", {"number": HOME, "customer": customer, "target": account}, **brand)
    assert exchange.request("PATCH", f"/api/v1/terminals/{account}", {"outgoingDdi": ddi})[0] == 200
    exchange.wait_until_known()
    return account


def test_what_is_behind_the_pbx_is_dialled_as_if_it_were_here(phones, office, new_records):
    pbx = phones.registered_sipp("answer", "office", password=PASSWORD, milliseconds=200)
    phones.registered_sipp("call", "alice", target="400", milliseconds=500).end()
    pbx.end()
    invite = invite_in(pbx.messages())
    assert re.search(r"\nINVITE sip:400@127\.0\.0\.1:\d+", invite), invite
    record, = new_records(1)
    records.check(record, "ok", 200, 0.5, callee="400", direction="internal")


def test_it_calls_inside_by_its_own_numbers(phones, office, new_records):
    alice = phones.registered_sipp("answer", "alice", milliseconds=200)
    phones.sipp("call", "office", shown="400", password=PASSWORD, target="101", milliseconds=500).end()
    alice.end()
    assert re.search(r"\nFrom: .*sip:400@users\.democompany\.com", invite_in(alice.messages())), alice.messages()
    record, = new_records(1)
    records.check(record, "ok", 200, 0.5, caller="400", callee="101", direction="internal")


@pytest.mark.parametrize("shown", ["942942942", "941941941"])
def test_it_calls_the_world_with_the_companys_numbers(phones, office, operator_port, tmp_path, new_records, shown):
    carrier = Sipp(tmp_path, "answer", phones.exchange, "operator", port=operator_port, server=phones.exchange.trunk_server, milliseconds=200)
    phones.sipp("call", "office", shown=shown, password=PASSWORD, target="944944944", milliseconds=500).end()
    carrier.end()
    invite = invite_in(carrier.messages())
    assert re.search(rf"\nFrom: .*<?sip:{shown}@", invite) and re.search(rf"\nP-Asserted-Identity: <sip:{shown}@", invite), invite
    record, = new_records(1)
    records.check(record, "ok", 200, 0.5, caller=shown, callee="+34944944944", direction="outbound")


def test_a_home_calls_with_its_number_and_is_called_there(phones, home, operator_port, tmp_path, new_records):
    exchange = phones.exchange
    carrier = Sipp(tmp_path, "answer", exchange, "operator", port=operator_port, server=exchange.trunk_server, milliseconds=200)
    phones.registered_sipp("call", "smith", password=PASSWORD, domain="brand.example", target="944944944", milliseconds=500).end()
    carrier.end()
    assert re.search(r"\nP-Asserted-Identity: <sip:943943943@", invite_in(carrier.messages())), carrier.messages()
    smith = phones.registered_sipp("answer", "smith", password=PASSWORD, domain="brand.example", milliseconds=200)
    Sipp(tmp_path, "carrier_call", exchange, "676676676", port=operator_port, server=exchange.trunk_server, target="943943943", milliseconds=500).end()
    smith.end()
    assert re.search(r"\nFrom: .*sip:676676676@", invite_in(smith.messages())), smith.messages()
    made, taken = sorted(new_records(2), key=lambda each: each["startedAt"])
    records.check(made, "ok", 200, 0.5, caller="smith", callee="+34944944944", direction="outbound")
    records.check(taken, "ok", 200, 0.5, caller="+34676676676", callee=HOME, direction="inbound")
