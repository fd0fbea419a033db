# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: further customers of the demo live in one exchange as if each were alone."""
import json

import exchange as exchange_module
import pytest
import raw_sip
import records
from agents.agent import Agent
from agents.watcher import Lamp, Watcher


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange")).start("--subscribers", "4", "--tenants", "2")
    yield running
    assert running.stop() == 0


def account(number):
    """The words of a SIPp scenario for a subscriber; odd ones belong to the first further customer, even ones to the second."""
    return {"domain": f"tenant{2 - number % 2:04}.example", "password": f"pw-user{number:04}"}


def test_subscribers_call_each_other_inside_their_customer(phones, new_records, exchange):
    callee = phones.registered_sipp("answer", "user0003", milliseconds=100, **account(3))
    phones.sipp("call", "user0001", target="100003", milliseconds=500, **account(1)).end()
    callee.end()
    record = new_records(1)[0]
    records.check(record, "ok", 200, 0.5, caller="100001", callee="100003")
    _, _, body = exchange.login("democompany", "changeme")
    status, _, page = exchange.request("GET", "/api/v1/calls", headers={"Authorization": f"Bearer {body['token']}"})
    assert status == 200 and record["id"] not in json.dumps(page)


@pytest.mark.parametrize("target", ["100002", "102"])
def test_another_customers_extension_is_nobodys(phones, new_records, target):
    phones.sipp("register", "user0002", expires=60, **account(2)).end()
    phones.sipp("register", "bob", expires=60).end()
    phones.sipp("call_fails", "user0001", target=target, status=404, **account(1)).end()
    records.check(new_records(1)[0], "failed", 404, caller="100001", callee=target)


def test_another_customers_domain_does_not_know_the_account(exchange):
    with raw_sip.Socket(exchange) as client:
        assert client.register("user0002", "pw-user0002", domain="tenant0002.example")[0] == 200
        assert client.register("user0002", "pw-user0002", domain="tenant0001.example") == (403, 401)
        assert client.register("alice", "alice", domain="tenant0001.example") == (403, 401)
        assert client.register("user0001", "pw-user0001") == (403, 401)


def test_a_call_addressed_to_another_customers_domain_reaches_nobody_there(phones, new_records):
    """Who is called is looked for among the caller's own, whatever domain the Request-URI names."""
    phones.sipp("register", "user0002", expires=60, **account(2)).end()
    with raw_sip.Socket(phones.exchange) as client:
        status = client.call("user0001", "pw-user0001", "tenant0001.example", "sip:100002@tenant0002.example")
    assert status == 404
    records.check(new_records(1)[0], "failed", 404, caller="100001", callee="100002")


@pytest.fixture
def line(exchange):
    """Opens scripted agents of the further customers."""
    opened = []

    def open_line(number):
        words = account(number)
        opened.append(Agent(("127.0.0.1", exchange.sip_port), f"user{number:04}", words["domain"], password=words["password"]))
        assert opened[-1].register().status == 200
        return opened[-1]
    yield open_line
    for agent in opened:
        assert agent.register(expires=0, contact="*").status == 200
        agent.close()


def test_nobody_watches_another_customers_lines(line):
    """Every package, every spelling of the line: nothing is there, and nothing is told (reliability T-23)."""
    spy, caller, callee = Watcher(line(1)), line(2), line(4)
    own = spy.subscribe("100003")
    assert isinstance(own, Lamp) and spy.follow(3, lambda: own.state is not None)
    expected = {"dialog": 404, "message-summary": 404, "presence": 489, "reg": 489, "conference": 489, "dialog;sla": 404, "refer": 489}
    for package, status in expected.items():
        for domain in ("tenant0001.example", "tenant0002.example", f"127.0.0.1:{caller.transport._server[1]}"):
            for user in ("100002", "100004", "user0004", "102", "bob"):
                request = spy.agent.build("SUBSCRIBE", f"sip:{user}@{domain}", headers=[("Event", package), ("Expires", 600)])
                assert spy.agent.ask(request).status == (404 if domain == "tenant0002.example" else status), (package, domain, user)
    calling = caller.call("100004")
    ringing = callee.wait_for_call()
    ringing.ring()
    ringing.answer()
    calling.wait_for_answer().bye()
    callee.respond(callee.expect("BYE"), 200)
    spy.agent.expect_nothing("NOTIFY", 1.5)


@pytest.mark.parametrize("is_other_side", [False, True], ids=["as the line has it", "as its other side has it"])
def test_nobody_picks_up_another_customers_calls(line, is_other_side):
    """Not even who knows every identifier of a dialog that rings, or of one that talks (reliability T-10, T-37)."""
    spy, caller, callee = line(1), line(2), line(4)

    def try_to_take(dialog):
        tags = (dialog.remote_tag, dialog.local_tag) if is_other_side else (dialog.local_tag, dialog.remote_tag)
        for target in ("100003", "100004"):
            call = spy.call(target, headers=[("Replaces", f"{dialog.call_id};to-tag={tags[0]};from-tag={tags[1]}")])
            call.expect(481)

    calling = caller.call("100004")
    ringing = callee.wait_for_call()
    ringing.ring()
    calling.expect(180)
    try_to_take(ringing.dialog())
    there = ringing.answer()
    here = calling.wait_for_answer()
    try_to_take(there)
    try_to_take(here)
    bye = here.send("BYE")
    callee.respond(callee.expect("BYE"), 200)
    assert caller.wait_for_final(bye).status == 200


def test_a_replaces_that_names_no_dialog_is_refused(line):
    caller = line(1)
    for value in ("nonsense", "a@b;to-tag=1", "a@b;from-tag=1", ";to-tag=1;from-tag=2", "a b;to-tag=1;from-tag=2"):
        caller.call("100003", headers=[("Replaces", value)]).expect(400)
    caller.call("100003", headers=[("Replaces", "a@b;to-tag=1;from-tag=2"), ("Require", "replaces")]).expect(481)
