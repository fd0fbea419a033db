# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: whoever administers a customer sees of each of its calls every message, why it went where it went and how its media fared, and nobody
else sees anything; no password and no key is in it; it survives what calls survive (rulings 1 and 20)."""
import json
import re
import subprocess

import exchange as exchange_module
import hep
import pytest
from agents.agent import Agent


@pytest.fixture(scope="module")
def capture():
    server = hep.CaptureServer()
    yield server
    server.close()


@pytest.fixture(scope="module")
def exchange(tmp_path_factory, capture):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange"), f"hep.target={capture.target}").start("--subscribers", "4", "--tenants", "2")
    yield running
    assert running.stop() == 0


def account(number):
    return {"domain": f"tenant{2 - number % 2:04}.example", "password": f"pw-user{number:04}"}


def login(exchange, name, password="changeme"):
    status, _, body = exchange.login(name, password)
    assert status == 200, body
    return {"Authorization": f"Bearer {body['token']}"}


def trace(exchange, call, headers=None):
    status, _, body = exchange.request("GET", f"/api/v1/calls/{call}/trace", headers=headers)
    assert status == 200, (status, body)
    return body["items"]


def messages(items):
    return [(item["direction"], item["leg"], item["summary"].split(" sip:")[0]) for item in items if item["kind"] == "sip"]


def base32(number):
    """An id as the API shows it."""
    alphabet, text = "0123456789abcdefghjkmnpqrstvwxyz", ""
    while number:
        number, digit = divmod(number, 32)
        text = alphabet[digit] + text
    return text


def curl(exchange, path, token, *more):
    return subprocess.run(["curl", "-sk", "-H", f"Authorization: {token['Authorization']}", *more, f"https://127.0.0.1:{exchange.http_port}{path}"],
                          capture_output=True, text=True, timeout=20, check=True).stdout


def test_a_call_is_told_whole(phones, new_records, exchange, capture):
    callee = phones.registered_sipp("answer", "bob", milliseconds=100)
    caller = phones.sipp("call", "alice", target="102", milliseconds=500).end()
    callee.end()
    record, = new_records(1)
    items = trace(exchange, record["id"])

    # Everything that either telephone sent or got of the call, once; the challenge before it is not a part of it.
    told = messages(items)
    assert told[0] == ("in", 1, "INVITE")
    assert [each for each in told if each[1] == 1] == [("in", 1, "INVITE"), ("out", 1, "180 Ringing"), ("out", 1, "200 OK"), ("in", 1, "ACK"), ("in", 1, "BYE"), ("out", 1, "200 OK")]
    assert [each for each in told if each[1] == 2] == [("out", 2, "INVITE"), ("in", 2, "180 Ringing"), ("in", 2, "200 OK"), ("out", 2, "ACK"), ("out", 2, "BYE"), ("in", 2, "200 OK")]
    assert [item["at"] for item in items] == sorted(item["at"] for item in items)
    for item in items:
        if item["kind"] == "sip":
            assert item["transport"] == "udp"
            telephone = f"127.0.0.1:{caller.port if item['leg'] == 1 else callee.port}"
            assert (item["from"], item["to"]) == ((telephone, exchange.server) if item["direction"] == "in" else (exchange.server, telephone))
            if item["direction"] == "out":  # Byte for byte what SIPp got.
                received = caller.messages() if item["leg"] == 1 else callee.messages()
                assert item["message"].split("\r\n\r\n")[0].split("\r\n")[-2] in received
    decisions = [item["summary"] for item in items if item["kind"] == "decision"]
    assert any("102" in line and "Bob" in line for line in decisions), decisions
    assert decisions[-1].startswith("record: ok 200")
    quality = [item for item in items if item["kind"] == "quality"]
    assert sorted(item["leg"] for item in quality) == [1, 2] and all("received" in item["summary"] for item in quality)

    # The ladder is the same, by the API and by ctl.
    ladder = curl(exchange, f"/api/v1/calls/{record['id']}/trace", login(exchange, "democompany"), "-H", "Accept: text/plain")
    assert ladder == exchange.ctl("trace", record["id"])
    assert all(re.search(arrow, ladder) for arrow in (r"- INVITE sip:102\S* -+>", r"- 180 Ringing -+", r"- BYE sip:\S* -+>")), ladder
    assert len([line for line in ladder.split("\n") if "* why: " in line]) >= len(decisions)

    # The capture server got the same messages.
    captured = capture.receive(len(told))
    assert {each["call"] for each in captured} == {record["id"]}
    assert [(each["from"], each["to"], each["message"]) for each in captured] == [(item["from"], item["to"], item["message"]) for item in items if item["kind"] == "sip"]


def test_a_trace_is_its_customers(phones, new_records, exchange):
    callee = phones.registered_sipp("answer", "user0003", milliseconds=100, **account(3))
    phones.sipp("call", "user0001", target="100003", milliseconds=100, **account(1)).end()
    callee.end()
    call = new_records(1)[0]["id"]
    path = f"/api/v1/calls/{call}/trace"
    brand = login(exchange, "demobrand")
    assert trace(exchange, call) == trace(exchange, call, brand)
    customer = exchange.request("GET", f"/api/v1/calls/{call}")[2]["customer"]
    assert trace(exchange, call, brand | {"X-Carillon-Customer": customer})
    own = exchange.rows("SELECT id FROM customers WHERE name = 'DemoCompany'")[0]["id"]
    company = login(exchange, "democompany")
    for headers, expected in ((company, 404), (brand | {"X-Carillon-Customer": base32(own)}, 404), (login(exchange, "alice@democompany.com"), 403), (login(exchange, "bob@democompany.com"), 403), ({}, 401),
                              (company | {"X-Carillon-Customer": customer}, 403)):
        for accept in ({}, {"Accept": "text/plain"}):
            status, _, body = exchange.request("GET", path, headers=headers | accept)
            assert status == expected, (status, body)
            assert "sip:" not in json.dumps(body)
    for wrong in ("0" * 32, call[:-1], call[:-1] + ("0" if call[-1] != "0" else "1"), "x"):
        assert exchange.request("GET", f"/api/v1/calls/{wrong}/trace")[0] == 404


def test_it_goes_on_after_a_kill(exchange, new_records):
    at = ("127.0.0.1", exchange.sip_port)
    with Agent(at, "bob", exchange_module.DOMAIN, password="bob") as bob, Agent(at, "alice", exchange_module.DOMAIN, password="alice") as alice:
        assert bob.register().status == 200 and alice.register().status == 200
        calling = alice.call("102")
        ringing = bob.wait_for_call()
        there = ringing.answer()
        here = calling.wait_for_answer()
        live, = exchange.get("/api/v1/live/calls")["items"]
        while_talking = trace(exchange, live["id"], login(exchange, "democompany"))  # Also makes it reach the disk.
        assert ("out", 1, "200 OK") in messages(while_talking)
        other = exchange.rows("SELECT id FROM customers WHERE name <> 'DemoCompany'")[0]["id"]
        acting = login(exchange, "demobrand") | {"X-Carillon-Customer": base32(other)}
        assert exchange.request("GET", f"/api/v1/calls/{live['id']}/trace", headers=acting)[0] == 404
        before = exchange.processes()["signalling"]
        exchange.kill("signalling")
        exchange.wait_for_other_process("signalling", before, 3)
        exchange.wait_until_ready(3)
        bob.respond(bob.expect("OPTIONS"), 200, tag="called")
        alice.respond(alice.expect("OPTIONS"), 200, tag=here.local_tag)
        bye = there.send("BYE")
        alice.respond(alice.expect("BYE"), 200)
        assert bob.wait_for_final(bye).status == 200
    record, = new_records(1)
    assert record["id"] == live["id"]
    items = trace(exchange, live["id"])
    assert items[:len(while_talking)] == while_talking
    afterwards = items[len(while_talking):]
    assert any("restarted" in item["summary"] for item in afterwards if item["kind"] == "decision")
    assert {each[2] for each in messages(afterwards)} >= {"OPTIONS", "200 OK", "BYE"}


SDP_KEY = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"


def test_no_secret_is_in_the_files(exchange, new_records):
    at = ("127.0.0.1", exchange.sip_port)
    with Agent(at, "bob", exchange_module.DOMAIN, password="bob") as bob, Agent(at, "alice", exchange_module.DOMAIN, password="alice") as alice:
        assert bob.register().status == 200 and alice.register().status == 200
        offer = alice.description().rstrip("\r\n") + f"\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{SDP_KEY}\r\n"
        calling = alice.call("102", body=offer)
        ringing = bob.wait_for_call()
        there = ringing.answer()
        here = calling.wait_for_answer()
        info = here.send("INFO", "Signal=7\r\nDuration=160\r\n", headers=[("Content-Type", "application/dtmf-relay")])
        bob.respond(bob.expect("INFO"), 200)
        assert alice.wait_for_final(info).status == 200
        bye = here.send("BYE")
        bob.respond(bob.expect("BYE"), 200)
        assert alice.wait_for_final(bye).status == 200
        assert there
    items = trace(exchange, new_records(1)[0]["id"])
    text = "".join(item["message"] for item in items)
    assert "inline:xxx" in text and SDP_KEY not in text
    assert "Signal=x" in text and "Signal=7" not in text
    assert re.search(r'nonce="x+"', text) and re.search(r'response="x+"', text)
    secrets = set(re.findall(r'(?:nonce|response)="([^"]+)"', text))
    assert secrets and all(set(secret) == {"x"} for secret in secrets)
    files = list((exchange.data / "trace").glob("*.trace"))
    assert files
    for path in files:
        content = path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0
        for secret in (SDP_KEY, "Signal=7", "pw-user0001"):
            assert secret.encode() not in content
