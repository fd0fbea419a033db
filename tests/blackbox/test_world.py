# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: with the demo's data, calls to Spain leave by the carrier OPERATOR as it writes numbers, its calls to the company's number ring Alice, `carillon explain`
tells both beforehand, and the records say what happened."""
import re

import pytest
import raw_sip
import records


def invite_in(messages):
    return next(message for message in re.split(r"-{20,}.*\n", messages) if "\nINVITE sip:" in message)


def test_alice_dials_944944944(phones, operator, operator_port, new_records):
    exchange = phones.exchange
    told = exchange.explain("alice", "944944944")
    assert "+34944944944, dialled as 944944944" in told and "OPERATOR" in told and "+34941941941" in told, told
    assert "price: Spain, +34, of Testing pricing plan: 0.15 and 0.02 EUR a minute, by 1 s" in told, told
    carrier = operator("answer", milliseconds=200)
    phones.registered_sipp("call", "alice", target="944944944", milliseconds=1000).end()
    carrier.end()
    invite = invite_in(carrier.messages())
    assert re.search(r"\nINVITE sip:944944944@127\.0\.0\.1:\d+ SIP/2\.0", invite), invite
    assert re.search(r"\nFrom: .*<?sip:941941941@", invite), invite
    assert re.search(r"\nP-Asserted-Identity: <sip:941941941@", invite), invite
    assert "alice" not in invite and not re.search(r"\b101\b", invite.split("Call-ID")[0]), invite
    record, = new_records(1)
    records.check(record, "ok", 200, 1.0, callee="+34944944944", direction="outbound")
    attempt, = record["attempts"]
    assert attempt["target"] == "944944944" and attempt["sipCode"] == 200 and attempt["contact"] == "", attempt
    assert f"127.0.0.1:{operator_port}" in record["carrierAttempts"][0]["contact"], record
    status, _, login = exchange.login("democompany", "changeme")
    assert status == 200
    _, _, seen = exchange.request("GET", f"/api/v1/calls/{record['id']}", headers={"Authorization": f"Bearer {login['token']}"})
    assert "carrierAttempts" not in seen and str(operator_port) not in str(seen), seen
    records.check_everywhere(exchange, [record])


def traces_of(exchange, record):
    """The trace as the platform's administrator reads it, then as the company's, and both as ladders."""
    status, _, login = exchange.login("democompany", "changeme")
    assert status == 200, login
    path, theirs = f"/api/v1/calls/{record['id']}/trace", {"Authorization": f"Bearer {login['token']}"}
    whole, own = (exchange.request("GET", path, headers=headers)[2]["items"] for headers in (None, theirs))
    ladder = exchange.request("GET", path, headers=theirs | {"Accept": "text/plain"})[2]
    return whole, own, ladder


def check_privacy(exchange, record, operator_port, phone_leg):
    """A company reads of its call what its telephones said, and nothing of who carried it: neither messages nor addresses nor names."""
    whole, own, ladder = traces_of(exchange, record)
    carriers = [item for item in whole if item["kind"] == "sip" and str(operator_port) in item["from"] + item["to"]]
    assert any(item["summary"].startswith("INVITE") for item in carriers) and any(item["summary"].startswith("BYE") for item in carriers), whole
    for secret in ("OPERATOR", str(operator_port), exchange.trunk_server):
        assert secret not in str(own) and secret not in str(ladder), (secret, own)
    shown = [item for item in own if item["kind"] == "sip"]
    assert shown == [item for item in whole if item["kind"] == "sip" and item not in carriers]
    assert {item["leg"] for item in shown} == {phone_leg} and {"200 OK"} <= {item["summary"] for item in shown}, shown
    assert [(item["leg"], item["from"]) for item in own if item["kind"] == "quality"] == [(1, ""), (2, "")]
    return whole, own


def test_a_company_reads_nothing_of_carriers(phones, operator, operator_port, new_records):
    exchange = phones.exchange
    carrier = operator("answer", milliseconds=200)
    phones.registered_sipp("call", "alice", target="944944944", milliseconds=500).end()
    carrier.end()
    record, = new_records(1)
    whole, own = check_privacy(exchange, record, operator_port, phone_leg=1)
    told, seen = ("\n".join(item["summary"] for item in items if item["kind"] == "decision") for items in (whole, own))
    assert "route: " in told and "trunk: " in told and "OPERATOR" in told, told
    assert "route: " not in seen and "trunk: " not in seen and "external: +34944944944" in seen and "record: ok 200" in seen, seen


def test_a_company_reads_nothing_of_who_brings_a_call(exchange, phones, operator, operator_port, new_records):
    alice = phones.registered_sipp("answer", "alice", milliseconds=200)
    operator("carrier_call", user="676676676", target="941941941", domain="127.0.0.1", milliseconds=500).end()
    alice.end()
    record, = new_records(1)
    check_privacy(exchange, record, operator_port, phone_leg=2)


def simulated(exchange, **wanted):
    status, _, story = exchange.request("POST", "/api/v1/simulate", wanted)
    assert status == 200, story
    return story


def lines_of(story):
    return [f"{reason['step']}: {reason['text']}" for reason in story["reasons"]]


def decisions_of(exchange, record):
    row, = exchange.rows("SELECT decisions FROM calls WHERE id = ?", record["id"])
    return row["decisions"].splitlines()


def test_the_story_of_a_call_is_what_becomes_of_it(phones, operator, new_records):
    exchange = phones.exchange
    customer = next(each["id"] for each in exchange.get("/api/v1/customers")["items"] if each["name"] == "DemoCompany")
    story = simulated(exchange, **{"from": "alice", "to": "944944944", "customer": customer})
    assert (story["outcome"], story["number"], story["ddi"]) == ("external", "+34944944944", "+34941941941"), story
    assert [each["name"] for each in story["carriers"]] == ["OPERATOR"], story
    told = exchange.explain("alice", "944944944").splitlines()
    carrier = operator("answer", milliseconds=200)
    phones.registered_sipp("call", "alice", target="944944944", milliseconds=500).end()
    carrier.end()
    record, = new_records(1)
    lines = lines_of(story)
    assert decisions_of(exchange, record)[:len(lines)] == lines
    assert told[3:3 + len(lines)] == lines and "OPERATOR" in told[-1], told

    status, _, login = exchange.login("democompany", "changeme")
    assert status == 200, login
    headers = {"Authorization": f"Bearer {login['token']}"}
    status, _, theirs = exchange.request("POST", "/api/v1/simulate", {"from": "101", "to": "944944944"}, headers)
    assert status == 200 and theirs["outcome"] == "external" and theirs["carriers"] == [], theirs
    assert "OPERATOR" not in str(theirs) and "price" not in [reason["step"] for reason in theirs["reasons"]], theirs


def test_no_price_no_call(phones, operator, new_records):
    """What the customer's plans have no price for is refused before a carrier hears of it, and told beforehand."""
    exchange = phones.exchange
    assignment, = exchange.get("/api/v1/plan-assignments")["items"]
    path = f"/api/v1/plan-assignments/{assignment['id']}"

    def end(when):
        status, _, body = exchange.request("PATCH", path, {"validTo": when})
        assert status == 200, body
        exchange.wait_until_known()

    end("2020-01-01T00:00:00Z")
    try:
        story = simulated(exchange, **{"from": "alice", "to": "944944944", "customer": assignment["customer"]})
        assert (story["outcome"], story["sipCode"], lines_of(story)[-1].split(":")[0]) == ("refused", 402, "price"), story
        assert simulated(exchange, **{"from": "alice", "to": "944944944", "customer": assignment["customer"], "at": "2019-12-31T23:59:59Z"})["outcome"] == "external"
        phones.registered_sipp("call_fails", "alice", target="944944944", status=402).end()
        record, = new_records(1)
        records.check(record, "failed", 402, 0, callee="+34944944944", direction="outbound")
        assert record["attempts"] == [], record
    finally:
        end(None)


def test_calls_for_help_and_refusals_have_stories_too(exchange):
    customer = next(each["id"] for each in exchange.get("/api/v1/customers")["items"] if each["name"] == "DemoCompany")
    told = exchange.explain("alice", "urn:service:sos.fire").splitlines()
    assert any(line.startswith("emergency: 112 ") for line in told), told
    for number, outcome, code in (("112", "emergency", 0), ("102", "extension", 0), ("199", "refused", 404), ("*99", "refused", 404)):
        story = simulated(exchange, **{"from": "alice", "to": number, "customer": customer})
        assert (story["outcome"], story["sipCode"], story["number"]) == (outcome, code, number), story
        told = exchange.explain("alice", number).splitlines()
        assert told[3:3 + len(story["reasons"])] == lines_of(story), told
        assert [each["name"] for each in story["carriers"]] == (["OPERATOR"] if outcome == "emergency" else []), story
    for body in ({"from": "nobody", "to": "102", "customer": customer}, {"from": "alice", "to": "102", "customer": "1"}):
        status, _, problem = exchange.request("POST", "/api/v1/simulate", body)
        assert (status, problem["code"]) == (404, "api.not_found"), problem


@pytest.mark.parametrize("name", ["urn:service:sos", "URN:Service:SOS.fire"])
def test_help_is_asked_for_by_its_name(exchange, join, operator, new_records, name):
    carrier = operator("refuse", status=486, milliseconds=100)
    alice = join("alice", "alice")
    alice.call(name, headers=[("To", f"<{name}>")]).expect(486)
    carrier.end()
    invite = invite_in(carrier.messages())
    assert re.search(r"\nINVITE sip:112@127\.0\.0\.1:\d+ SIP/2\.0", invite), invite
    assert re.search(r"\nFrom: .*<?sip:941941941@", invite), invite
    record, = new_records(1)
    records.check(record, "busy", 486, callee="112", direction="outbound")


def test_other_names_are_nobodys(join, new_records):
    alice = join("alice", "alice")
    assert alice.ask(alice.build("INVITE", "urn:service:counseling", body=alice.description())).status == 416
    new_records(0)


def test_the_story_of_an_inbound_call_is_what_becomes_of_it(exchange, phones, operator, new_records):
    carrier, = exchange.get("/api/v1/carriers?filter[name]=OPERATOR")["items"]
    story = simulated(exchange, **{"carrier": carrier["id"], "from": "676676676", "to": "941941941"})
    assert (story["outcome"], story["number"], story["targetName"]) == ("extension", "+34941941941", "Alice Alison"), story
    told = exchange.explain("676676676", "941941941", "--carrier", "OPERATOR").splitlines()
    alice = phones.registered_sipp("answer", "alice", milliseconds=200)
    operator("carrier_call", user="676676676", target="941941941", domain="127.0.0.1", milliseconds=500).end()
    alice.end()
    record, = new_records(1)
    lines = lines_of(story)
    assert told[3:3 + len(lines)] == lines and "Alice Alison" in told[-1], told
    decisions = decisions_of(exchange, record)
    assert [line for line in decisions if line.startswith(("ddi: ", "target: "))][:2] == lines[-2:], (decisions, lines)


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
        assert stranger.ask(stranger.request("REGISTER", "alice", domain="users.democompany.com")) == 403


def test_carriers_do_not_speak_to_the_users_side(exchange, operator_port):
    """PLT-3: there a carrier is a stranger like any other, and is asked for a password that it does not have."""
    with raw_sip.Socket(exchange) as carrier:
        assert carrier.ask(carrier.request("INVITE", "676676676", domain="127.0.0.1", target="sip:941941941@127.0.0.1")) == 407
