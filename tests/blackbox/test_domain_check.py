# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: whoever gives telephones a domain learns whether they come here, and why not; whatever a name server says, the answer comes in time and tells
nothing of the operator's own network."""
import os
import time

import exchange as exchange_module
import pytest
from name_server import NameServer, a, aaaa, naptr, srv

DOMAIN = "checked.example"
SECONDS_MAX = 9


@pytest.fixture(scope="module")
def server():
    running = NameServer()
    yield running
    running.close()


@pytest.fixture(scope="module")
def exchange(tmp_path_factory, server):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange"), f"dns.server={server.address}").start()
    for name in ("demobrand", "democompany", "alice@democompany.com"):
        setattr(running, name, {"Authorization": f"Bearer {running.login(name, 'changeme')[2]['token']}"})
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def domain(exchange):
    status, _, made = exchange.request("POST", "/api/v1/domains", {"name": DOMAIN}, exchange.democompany | {"Content-Type": "application/json"})
    assert status == 201, made
    return made["id"]


@pytest.fixture
def check(exchange, domain, server):
    def run(zone, answer=None):
        server.zone, server.answer = zone, answer
        began = time.monotonic()
        status, _, report = exchange.request("POST", f"/api/v1/domains/{domain}/check", None, exchange.democompany)
        assert status == 200, report
        assert time.monotonic() - began < SECONDS_MAX
        return report
    yield run
    server.zone, server.answer = {}, None


def services(exchange, **ports):
    return {"_sip._udp." + DOMAIN: [srv("edge.example", ports.get("udp", exchange.sip_port))], "_sips._tcp." + DOMAIN: [srv("edge.example", ports.get("tls", exchange.tls_port))]}


def test_what_leads_here_is_ok(exchange, check):
    report = check(services(exchange) | {"edge.example": [a("127.0.0.1")]})
    assert report["outcome"] == "ok" and {way["transport"] for way in report["ways"]} == {"udp", "tls"}, report
    assert report["expected"] == {"addresses": ["127.0.0.1"], "port": exchange.sip_port, "tlsPort": exchange.tls_port}
    zone = {DOMAIN: [naptr("SIP+D2U", "_sip._udp.hoster.example"), naptr("E2U+sip", "x.example")], "_sip._udp.hoster.example": [srv("edge.example", exchange.sip_port)], "edge.example": [a("127.0.0.1")]}
    assert check(zone)["outcome"] == "ok"


def test_what_is_wrong_is_said(exchange, check):
    assert check({})["outcome"] == "notFound"
    assert check({DOMAIN: [a("127.0.0.1")]})["outcome"] == "otherPort"  # 5060, where this one does not listen.
    assert check(services(exchange))["outcome"] == "notFound"
    assert check(services(exchange, udp=1) | {"edge.example": [a("127.0.0.1")]})["outcome"] == "otherPort"
    elsewhere = check(services(exchange) | {"edge.example": [a("8.8.8.8"), aaaa("2001:4860:4860::8888")]})
    assert elsewhere["outcome"] == "otherAddress" and {way["address"] for way in elsewhere["ways"]} == {"8.8.8.8", "2001:4860:4860::8888"}


def test_names_of_the_operators_network_are_not_told(check):
    report = check({DOMAIN: [a("10.1.2.3"), a("192.168.7.8"), a("127.0.0.9"), aaaa("fd00::7")]})
    assert report["outcome"] == "otherAddress" and not [way for way in report["ways"] if "address" in way], report


def with_header(question, flags, *counts):
    return question[:2] + flags.to_bytes(2, "big") + b"".join(each.to_bytes(2, "big") for each in counts) + question[12:]


HOSTILE = {
    "silence": lambda question: None,
    "nonsense": lambda question: os.urandom(512),
    "nothing but the id": lambda question: question[:2],
    "an answer cut off": lambda question: with_header(question, 0x8180, 1, 9, 0, 0)[:-1],
    "records that are not there": lambda question: with_header(question, 0x8180, 1, 65535, 0, 0),
    "names that lead to themselves": lambda question: with_header(question, 0x8180, 1, 1, 0, 0) + b"\xc0" + bytes([len(question)]) + b"\0\1\0\1\0\0\0\1\0\4\1\2\3\4",
    "an alias of itself": lambda question: with_header(question, 0x8180, 1, 1, 0, 0) + b"\xc0\x0c\0\5\0\1\0\0\0\1\0\2\xc0\x0c",
    "a failure": lambda question: with_header(question, 0x8182, 1, 0, 0, 0),
    "a refusal": lambda question: with_header(question, 0x8185, 1, 0, 0, 0),
    "more by TCP, where nobody is": lambda question: with_header(question, 0x8380, 1, 0, 0, 0),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_name_server_harms_nobody(exchange, check, what):
    assert check({}, HOSTILE[what])["outcome"] in ("noAnswer", "notFound"), what
    assert exchange.request("GET", "/api/v1/auth/me")[0] == 200


def test_a_zone_without_end_is_cut(exchange, server, check):
    many = [srv(f"h{i}.example", 5060) for i in range(12)]  # As much as goes into 512 bytes.
    zone = {f"_sip._{transport}.{DOMAIN}": many for transport in ("udp", "tcp")} | {f"h{i}.example": [a(f"198.18.0.{j}") for j in range(25)] for i in range(12)}
    before = server.asked
    report = check(zone)
    assert report["outcome"] == "otherAddress" and len(report["ways"]) <= 16
    assert server.asked - before <= 4 + 32 + 10


def test_who_may(exchange, domain):
    for name, statuses in (("demobrand", (200,)), ("democompany", (200,)), ("alice@democompany.com", (403,))):
        assert exchange.request("POST", f"/api/v1/domains/{domain}/check", None, getattr(exchange, name))[0] in statuses, name
    assert exchange.request("POST", f"/api/v1/domains/{domain}/check", None, {})[0] == 401
    assert exchange.request("POST", "/api/v1/domains/0000000000001/check", None, exchange.democompany)[0] == 404
