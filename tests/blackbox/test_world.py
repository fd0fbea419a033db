# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: with the demo's data, calls to Spain leave by the carrier OPERATOR as it writes numbers, its calls to the company's number ring Alice, `carillon explain`
tells both beforehand, and the records say what happened."""
import re
import time

import pytest
import ports
import raw_sip
import records
from sipp import Sipp


@pytest.fixture(scope="module")
def operator_port(exchange):
    """OPERATOR's server is on a free port of this machine, and no longer on the demo's."""
    server, = exchange.get("/api/v1/carrier-servers")["items"]
    assert (server["host"], server["port"], server["transport"]) == ("127.0.0.1", 7090, "udp")
    port = ports.free()
    status, _, body = exchange.request("PATCH", f"/api/v1/carrier-servers/{server['id']}", {"port": port})
    assert status == 200, body
    deadline = time.monotonic() + 5
    change, = exchange.rows("SELECT n FROM change")
    exchange.wait_for_metric("carillon_snapshot_change", change["n"])
    assert time.monotonic() < deadline
    return port


@pytest.fixture
def operator(exchange, operator_port, tmp_path):
    """Plays a scenario as OPERATOR."""
    played = []

    def play(scenario, user="operator", **options):
        played.append(Sipp(tmp_path, scenario, exchange, user, port=operator_port, server=exchange.trunk_server, **options))
        return played[-1]

    yield play
    for each in played:
        each.close()


def invite_in(messages):
    return next(message for message in re.split(r"-{20,}.*\n", messages) if "\nINVITE sip:" in message)


def test_alice_dials_944944944(phones, operator, new_records):
    exchange = phones.exchange
    told = exchange.explain("alice", "944944944")
    assert "+34944944944, dialled as 944944944" in told and "OPERATOR" in told and "+34941941941" in told, told
    carrier = operator("answer", milliseconds=200)
    phones.registered_sipp("call", "alice", target="944944944", milliseconds=1000).end()
    carrier.end()
    invite = invite_in(carrier.messages())
    assert re.search(r"\nINVITE sip:944944944@127\.0\.0\.1:\d+ SIP/2\.0", invite), invite
    assert re.search(r"\nFrom: .*<?sip:941941941@", invite), invite
    assert re.search(r"\nP-Asserted-Identity: <sip:941941941@", invite), invite
    assert "alice" not in invite and "101" not in invite.split("\r\n\r\n")[0].split("Call-ID")[0], invite
    record, = new_records(1)
    records.check(record, "ok", 200, 1.0, callee="+34944944944", direction="outbound")
    attempt, = record["attempts"]
    assert attempt["target"] == "944944944" and attempt["sipCode"] == 200, attempt
    records.check_everywhere(exchange, [record])


def test_a_call_to_941941941_rings_alice(phones, operator, new_records):
    alice = phones.registered_sipp("answer", "alice", milliseconds=200)
    operator("carrier_call", user="676676676", target="941941941", domain="127.0.0.1", milliseconds=1000).end()
    alice.end()
    assert re.search(r"\nFrom: .*<sip:676676676@users\.democompany\.com>", invite_in(alice.messages())), alice.messages()
    record, = new_records(1)
    records.check(record, "ok", 200, 1.0, caller="+34676676676", callee="+34941941941", direction="inbound")


def test_nobody_else_calls_in(exchange, operator_port):
    with raw_sip.Socket(exchange, port=exchange.trunk_port) as stranger:
        assert stranger.ask(stranger.request("INVITE", "676676676", domain="127.0.0.1", target="sip:941941941@127.0.0.1")) == 403
        assert stranger.ask(stranger.request("REGISTER", "alice", domain="users.democompany.com")) == 405


def test_carriers_do_not_speak_to_the_users_side(exchange, operator_port):
    """PLT-3: there a carrier is a stranger like any other, and is asked for a password that it does not have."""
    with raw_sip.Socket(exchange) as carrier:
        assert carrier.ask(carrier.request("INVITE", "676676676", domain="127.0.0.1", target="sip:941941941@127.0.0.1")) == 407
