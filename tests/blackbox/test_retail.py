# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: accounts of a brand's retail customers register and call in the brand's domain, each as its own customer's and nobody else's."""
import exchange as exchange_module
import pytest
import raw_sip

DOMAIN = "retail.example"
PASSWORDS = {"ann": "seven-green-bottles", "ben": "twelve-red-apples"}


@pytest.fixture(scope="module", params=[1, 3], ids=["one shard", "three shards"])
def exchange(request, tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange"), f"signalling.shards={request.param}").start()
    _, _, body = running.login("demobrand", "changeme")
    running.brand = {"Authorization": f"Bearer {body['token']}"}
    make(running, "domains", name=DOMAIN)
    running.customers = {}
    for name, password in PASSWORDS.items():
        customer = make(running, "customers", kind="retail", name=name.title(), country="ES", countryCode="34", timeZone="Europe/Madrid", currency="EUR", language="es")
        make(running, "terminals", customer=customer["id"], name=name, password=password)
        running.customers[name] = customer["id"]
    running.wait_until_known()
    yield running
    assert running.stop() == 0


def make(exchange, collection, **members):
    status, _, made = exchange.request("POST", f"/api/v1/{collection}", members, exchange.brand)
    assert status == 201, made
    return made


def test_each_registers_with_its_own_password(exchange):
    with raw_sip.Socket(exchange) as client:
        for name, password in PASSWORDS.items():
            assert client.register(name, password, domain=DOMAIN)[0] == 200
        assert client.register("ann", PASSWORDS["ben"], domain=DOMAIN) == (403, 401)
        assert client.register("zoe", PASSWORDS["ben"], domain=DOMAIN) == (403, 401)
    _, _, live = exchange.request("GET", "/api/v1/live/registrations", headers=exchange.brand)
    assert {(each["name"], each["customer"]) for each in live["items"]} >= set(exchange.customers.items())


def test_a_call_is_recorded_at_its_customer(exchange, new_records):
    with raw_sip.Socket(exchange) as client:
        assert client.call("ben", PASSWORDS["ben"], DOMAIN, f"sip:ann@{DOMAIN}") == 404
    assert new_records(1)[0]["customer"] == exchange.customers["ben"]
