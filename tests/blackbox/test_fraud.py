# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal (reliability T-03): who has stolen a password calls premium numbers until he is cut; within ten seconds the company and its brand know it, and meanwhile the
company is called and calls for help."""
import time

import exchange as exchange_module
import pytest
import records
from mail_sink import MailSink
from webhook_receiver import Receiver

PREMIUM = "806806806"
MOST = 5


@pytest.fixture(scope="module")
def sink():
    made = MailSink()
    yield made
    made.close()


@pytest.fixture(scope="module")
def exchange(tmp_path_factory, sink):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange"), "outbound.allowed_networks=127.0.0.1", f"smtp.url=smtp://127.0.0.1:{sink.port}",
                                       "smtp.from=Carillon <pbx@democompany.com>").start()
    yield running
    assert running.stop() == 0


def change(exchange, path, body):
    status, _, answer = exchange.request("PATCH", f"/api/v1/{path}", body)
    assert status == 200, answer
    exchange.wait_until_known()


def company(exchange):
    return next(each for each in exchange.get("/api/v1/customers")["items"] if each["name"] == "DemoCompany")


def test_premium_numbers_are_denied_until_the_brand_lifts_it(phones, new_records):
    exchange = phones.exchange
    demo = company(exchange)
    name = exchange.get(f"/api/v1/match-lists/{demo['deniedNumbers']}")["name"]
    assert f"acl: {name} " in exchange.explain("alice", PREMIUM)
    phones.registered_sipp("call_fails", "alice", target=PREMIUM, status=403).end()
    record, = new_records(1)
    records.check(record, "failed", 403, 0, callee="+34806806806", direction="outbound")
    change(exchange, f"customers/{demo['id']}", {"deniedNumbers": None})
    assert name not in exchange.explain("alice", PREMIUM)


def test_who_has_a_stolen_password_is_cut_and_told_of(phones, operator, new_records, sink):
    exchange = phones.exchange
    demo = company(exchange)
    change(exchange, f"customers/{demo['id']}", {"deniedNumbers": None, "maxCallsPerMinute": MOST})
    for each in exchange.get("/api/v1/administrators")["items"]:
        if each["login"] in ("demobrand", "democompany"):
            change(exchange, f"administrators/{each['id']}", {"email": f"{each['login']}@example.com"})
    receiver = Receiver(204)
    status, _, hook = exchange.request("POST", "/api/v1/webhooks", {"url": receiver.url, "events": "customer.calls_limited"},
                                       exchange._authorization() | {"X-Carillon-Customer": demo["id"]})
    assert status == 201, hook
    try:
        carrier = operator("refuse", status=486, calls=MOST, milliseconds=0)
        phones.sipp("call_fails", "alice", target=PREMIUM, status=486, calls=MOST).end()
        carrier.end()
        began = time.monotonic()
        phones.sipp("call_fails", "alice", target=PREMIUM, status=403, calls=3).end()
        request, = receiver.wait_for(1)
        for login in ("democompany", "demobrand"):
            assert "+34806806806" in sink.wait_to(f"{login}@example.com").text
        assert time.monotonic() - began < 10
        assert request.event["type"] == "customer.calls_limited"
        data = request.event["data"]
        assert (data["customer"], data["limit"], data["callee"]) == (demo["id"], "customer", "+34806806806"), data
        entries = [each for each in exchange.get("/api/v1/audit")["items"] if each["action"] == "calls_limited"]
        assert [each["object"] for each in entries] == [demo["id"]], entries
        exchange.wait_for_metric("carillon_calls_limited_total", 3)

        carrier = operator("refuse", status=486, milliseconds=0)
        phones.sipp("call_fails", "alice", target="112", status=486).end()
        carrier.end()
        alice = phones.registered_sipp("answer", "alice", milliseconds=200)
        operator("carrier_call", user="676676676", target="941941941", domain="127.0.0.1", milliseconds=500).end()
        alice.end()
        found = new_records(MOST + 3 + 2)
        assert sorted(each["sipCode"] for each in found) == [200, *[403] * 3, *[486] * (MOST + 1)], found
        assert len(receiver.requests) == 1 and len(sink.mails) == 2, "one alarm an hour"
    finally:
        receiver.close()
