# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: a carrier that wants us to register has us on its list, sees the right password in its own realm alone, and reaches Alice at our Contact, though nothing
else says that its address is a carrier's."""
import re
import time

import exchange as exchange_module
import ports
import pytest
import raw_sip
import records
from sipp import Sipp


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    """Carriers, callees and sockets are on any of three shards."""
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange"), "signalling.shards=3").start()
    status, _, login = running.login("demobrand", "changeme")
    assert status == 200, login
    running.brand = {"Authorization": f"Bearer {login['token']}"}
    yield running
    assert running.stop() == 0


@pytest.fixture
def account(exchange, tmp_path):
    """Makes an account at a registrar that plays this scenario; gone afterwards."""
    made = []

    def make(scenario, realm="carrier.example", transport="udp", **words):
        operator, = exchange.get("/api/v1/carriers?filter[name]=OPERATOR")["items"]
        port = ports.free()
        registrar = Sipp(tmp_path, scenario, exchange, "us", port=port, transport="t1" if transport == "tcp" else "u1", server=exchange.trunk_server,
                         password="secret", realm=realm, **words)
        body = {"name": f"At {port}", "transformationSet": operator["transformationSet"]}
        status, _, carrier = exchange.request("POST", "/api/v1/carriers", body, exchange.brand)
        assert status == 201, carrier
        body = {"carrier": carrier["id"], "username": "34941941941", "domain": "carrier.example", "host": "127.0.0.1", "port": port, "transport": transport,
                "authUsername": "us", "realm": "carrier.example", "password": "secret"}
        status, _, registration = exchange.request("POST", "/api/v1/carrier-registrations", body, exchange.brand)
        assert status == 201, registration
        made.append((registrar, carrier["id"]))
        return registrar, registration

    yield make
    for registrar, carrier in made:
        registrar.close()
        assert exchange.request("DELETE", f"/api/v1/carriers/{carrier}", headers=exchange.brand)[0] == 204


def live(exchange, registration):
    status, _, body = exchange.request("GET", "/api/v1/live/carrier-registrations", headers=exchange.brand)
    assert status == 200, body
    return next((each for each in body["items"] if each["id"] == registration["id"]), None)


def wait_for_state(exchange, registration, state, seconds=10):
    deadline = time.monotonic() + seconds
    while (seen := live(exchange, registration)) is None or seen["state"] != state:
        assert time.monotonic() < deadline, str(seen)
        time.sleep(0.05)
    return seen


@pytest.mark.parametrize("transport, attempt", [("udp", 0), ("udp", 1), ("udp", 2), ("tcp", 0), ("tcp", 1), ("tcp", 2)])
def test_a_call_by_registration_rings_alice(phones, account, new_records, transport, attempt):
    """The home of each carrier is another shard, by luck. By TCP all of it goes by the one connection that the platform made."""
    exchange = phones.exchange
    alice = phones.registered_sipp("answer", "alice", milliseconds=200)
    registrar, registration = account("registrar", transport=transport, caller="676676676", target="941941941", milliseconds=1000)
    seen = wait_for_state(exchange, registration, "registered")
    assert (seen["lastCode"], seen["name"]) == (200, "34941941941@carrier.example") and seen["expiresAt"], seen
    assert seen["target"] == f"{transport} 127.0.0.1:{registrar.port}", seen
    registrar.end()
    alice.end()
    messages = registrar.messages()
    parameter = "" if transport == "udp" else f";transport={transport}"
    assert re.search(rf"\nREGISTER sip:127\.0\.0\.1:{registrar.port}{parameter} SIP/2\.0", messages), messages
    assert re.search(r"\nTo: <sip:34941941941@carrier\.example>", messages), messages
    assert f"\nContact: <sip:{registration['contactUser']}@127.0.0.1:{exchange.trunk_port}{parameter}>" in messages.replace("\r", ""), messages
    record, = new_records(1)
    records.check(record, "ok", 200, 1.0, caller="+34676676676", callee="+34941941941", direction="inbound")
    status, _, _ = exchange.request("PATCH", f"/api/v1/carrier-registrations/{registration['id']}", {"active": False}, exchange.brand)
    assert status == 200
    wait_for_state(exchange, registration, "off")
    # Whoever knows the Contact is nobody for that.
    with raw_sip.Socket(exchange, port=exchange.trunk_port) as stranger:
        target = f"sip:{registration['contactUser']}@127.0.0.1"
        assert stranger.ask(stranger.request("INVITE", "676676676", domain="127.0.0.1", target=target)) == 403
    assert "secret" not in exchange.log()


def test_another_realm_learns_nothing(exchange, account):
    registrar, registration = account("registrar_of_another_realm", realm="elsewhere.example", milliseconds=3000)
    seen = wait_for_state(exchange, registration, "failed")
    assert seen["lastCode"] == 401 and seen["expiresAt"] is None, seen
    registrar.end()
    assert registrar.messages().count("REGISTER sip:") >= 1 and "\nAuthorization" not in registrar.messages(), registrar.messages()


def test_customers_see_none_of_it(exchange):
    status, _, login = exchange.login("democompany", "changeme")
    assert status == 200
    for path in ("/api/v1/live/carrier-registrations", "/api/v1/carrier-registrations"):
        assert exchange.request("GET", path, headers={"Authorization": f"Bearer {login['token']}"})[0] == 403
