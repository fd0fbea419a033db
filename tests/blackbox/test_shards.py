# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: with three shards, each customer's phones and calls work whichever socket their messages arrive at, and nobody who asks the
process from outside notices that it is several."""
import json
import time

import exchange as exchange_module
import pytest
import raw_sip

SHARDS, TENANTS, FIRST_EXTENSION = 3, 12, 100001


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange"), f"signalling.shards={SHARDS}")
    running.start("--tenants", str(TENANTS), "--subscribers", str(2 * TENANTS))
    yield running
    assert running.stop() == 0


class Tenant:
    """A customer with two subscribers, as `demo --tenants` makes it."""

    def __init__(self, number, shard):
        self.shard = shard
        self.domain = f"tenant{number:04}.example"
        self.users = [f"user{number:04}", f"user{number + TENANTS:04}"]
        self.callee = str(FIRST_EXTENSION + number + TENANTS - 1)
        self.caller = str(FIRST_EXTENSION + number - 1)

    def account(self, index):
        return {"user": self.users[index], "password": f"pw-{self.users[index]}", "domain": self.domain}


@pytest.fixture(scope="module")
def tenants(exchange):
    """One tenant of each shard."""
    rows = exchange.rows("SELECT name, id FROM customers WHERE name LIKE 'tenant%' ORDER BY name")
    found = {}
    for row in rows:
        found.setdefault(row["id"] % 256 % SHARDS, Tenant(int(row["name"].removeprefix("tenant")), row["id"] % 256 % SHARDS))
    assert len(found) >= 2, "twelve customers on one shard"
    return list(found.values())


def register(phones, tenant, index=1):
    """Registers a port of SIPp for a subscriber of the tenant."""
    return phones.sipp("register", expires=120, **tenant.account(index)).end().port


def listed(exchange, word):
    return json.loads(exchange.ctl(word, "--json"))["items"]


def unregister(exchange, tenant, index=1):
    account = tenant.account(index)
    with raw_sip.Socket(exchange) as client:
        assert client.register(account["user"], account["password"], domain=account["domain"], expires=0, contact="*")[0] == 200


@pytest.mark.parametrize("transport", ["u1", "t1"])
def test_calls_in_all_shards_at_once(phones, new_records, tenants, transport):
    exchange = phones.exchange
    callees, callers = [], []
    for tenant in tenants:
        for _ in range(3):  # each from another port, so that the kernel spreads them over the sockets
            unregister(exchange, tenant)
            port = register(phones, tenant)
        callees.append(phones.sipp("answer", port=port, milliseconds=200, **tenant.account(1)))
    registered = listed(exchange, "registrations")
    assert sorted(device["name"] for device in registered) == sorted(tenant.users[1] for tenant in tenants)
    for tenant in tenants:
        callers.append(phones.sipp("call", target=tenant.callee, transport=transport, milliseconds=1500, **tenant.account(0)))
    deadline = time.monotonic() + 5
    while sum(call["answeredAt"] is not None for call in listed(exchange, "calls")) < len(tenants):
        assert time.monotonic() < deadline, exchange.ctl("calls")
        time.sleep(0.02)
    assert {call["callee"] for call in listed(exchange, "calls")} == {tenant.callee for tenant in tenants}
    assert exchange.metric("carillon_calls_running") == len(tenants)
    for each in callers + callees:
        each.end()
    records = new_records(len(tenants))
    assert {(call["caller"], call["callee"], call["status"]) for call in records} == {(t.caller, t.callee, "ok") for t in tenants}
    for tenant in tenants:
        unregister(exchange, tenant)
    assert listed(exchange, "registrations") == []


def test_messages_travel_between_shards(exchange):
    assert exchange.metric("carillon_shard_messages_moved_total") > 0
    assert exchange.metric("carillon_shard_messages_dropped_total") == 0


def test_phones_on_connections_hear_each_other(phones, new_records, tenants):
    for tenant in tenants:
        account = tenant.account(1)
        callee = phones.baresip(account["user"], password=account["password"], domain=tenant.domain, transport="tcp", answer="auto", hertz=1300)
        account = tenant.account(0)
        caller = phones.baresip(account["user"], password=account["password"], domain=tenant.domain, transport="tcp", hertz=700)
        assert {device["transport"] for device in listed(phones.exchange, "registrations")} == {"tcp"}
        caller.dial(tenant.callee)
        caller.wait_for("CALL_ESTABLISHED")
        deadline = time.monotonic() + 8
        while min(caller.seconds_heard(1300), callee.seconds_heard(700)) < 1:
            assert time.monotonic() < deadline, "no audio"
            time.sleep(0.1)
        callee.hang_up()
        caller.wait_for("CALL_CLOSED")
        caller.close()
        callee.close()
    assert {call["status"] for call in new_records(len(tenants))} == {"ok"}


def test_what_lived_on_a_connection_goes_with_it(phones, tenants):
    phone = phones.baresip(tenants[-1].users[1], password=f"pw-{tenants[-1].users[1]}", domain=tenants[-1].domain, transport="tcp")
    assert len(listed(phones.exchange, "registrations")) == 1
    phone.kill()
    deadline = time.monotonic() + 5
    while listed(phones.exchange, "registrations"):
        assert time.monotonic() < deadline, "the binding outlives its connection"
        time.sleep(0.05)


@pytest.mark.parametrize("transport", ["u1", "t1"])
def test_a_caller_gives_up(phones, new_records, tenants, transport):
    for tenant in tenants:
        port = register(phones, tenant)
        callee = phones.sipp("be_cancelled", port=port, **tenant.account(1))
        phones.sipp("call_and_cancel", target=tenant.callee, transport=transport, milliseconds=500, **tenant.account(0)).end()
        callee.end()
        unregister(phones.exchange, tenant)
    assert {call["status"] for call in new_records(len(tenants))} == {"cancel"}


def test_the_operator_ends_a_call_of_any_shard(phones, new_records, tenants):
    exchange = phones.exchange
    for tenant in tenants:
        port = register(phones, tenant)
        callee = phones.sipp("answer", port=port, milliseconds=100, **tenant.account(1))
        caller = phones.sipp("call_and_wait", target=tenant.callee, **tenant.account(0))
        deadline = time.monotonic() + 5
        while not (calls := [call for call in listed(exchange, "calls") if call["answeredAt"] is not None]):
            assert time.monotonic() < deadline, "no call"
            time.sleep(0.02)
        exchange.ctl("calls", "--hang-up", calls[0]["id"])
        caller.end()
        callee.end()
        unregister(exchange, tenant)
    assert len(new_records(len(tenants))) == len(tenants)


def test_registrations_of_all_shards_outlive_a_kill(phones, new_records, tenants):
    exchange = phones.exchange
    callees = [phones.sipp("answer", port=register(phones, tenant), milliseconds=100, seconds=40, **tenant.account(1)) for tenant in tenants]
    time.sleep(0.5)  # registrations reach the disk every 200 ms
    before = exchange.processes()["signalling"]
    exchange.kill("signalling")
    exchange.wait_for_other_process("signalling", before)
    deadline = time.monotonic() + 5
    while exchange.health("/readyz") != 200:
        assert time.monotonic() < deadline, exchange.log()[-3000:]
        time.sleep(0.05)
    assert len(listed(exchange, "registrations")) == len(tenants)
    for tenant in tenants:
        phones.sipp("call", target=tenant.callee, milliseconds=300, **tenant.account(0)).end()
    for callee in callees:
        callee.end()
    assert {call["status"] for call in new_records(len(tenants))} == {"ok"}
    for tenant in tenants:
        unregister(exchange, tenant)


def test_static_contacts_are_listed_once(exchange, tenants):
    """Whoever asks sees those of all shards, a company its own alone."""
    places = "UPDATE terminals SET static_contact = ? WHERE name IN (SELECT value FROM json_each(?))"
    users = [tenant.users[0] for tenant in tenants]
    exchange.configure(places, "sip:there@127.50.0.1:5070", json.dumps(users))
    devices = listed(exchange, "registrations")
    assert sorted(device["name"] for device in devices) == sorted(users)
    assert {(device["permanent"], device["source"]) for device in devices} == {(True, "127.50.0.1:5070")}
    _, _, body = exchange.login("democompany", "changeme")
    status, _, page = exchange.request("GET", "/api/v1/live/registrations", headers={"Authorization": f"Bearer {body['token']}"})
    assert status == 200 and page["items"] == []
    exchange.configure(places, "sip:there@name.example", json.dumps(users))
    assert listed(exchange, "registrations") == [], "a name leads nowhere"
    exchange.configure(places, "", json.dumps(users))


def test_strangers_are_answered_whichever_socket_they_meet(exchange):
    for _ in range(12):
        with raw_sip.Socket(exchange) as client:
            assert client.register("nobody", "secret", domain="nowhere.example") == (403, 401)
            client.send(client.request("OPTIONS", "nobody", "nowhere.example"))
            assert client.final()[0] == 200
            client.send(client.request("BYE", "nobody", "nowhere.example").replace("To: <sip:nowhere.example>", "To: <sip:nowhere.example>;tag=1"))
            assert client.final()[0] == 481
