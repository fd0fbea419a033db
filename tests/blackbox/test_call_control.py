# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: calls of telephones that others wrote are begun, held, resumed, transferred and ended through the REST API, by the user whose call
it is and nobody else, and the tones say who hears whom."""
import time

import pytest

import exchange as exchange_module
import records
from test_calls import TONE_ALICE, TONE_BOB, wait_until_heard

CAROL, CAROL_NUMBER, CAROL_PASSWORD, TONE_CAROL = "user0001", "100001", "pw-user0001", 1900


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange")).start("--subscribers", "5")
    yield running
    assert running.stop() == 0


class Screen:
    """Somebody who is logged in."""

    def __init__(self, exchange, name):
        status, _, body = exchange.login(name, "changeme")
        assert status == 200, body
        self._exchange, self._headers = exchange, {"Authorization": f"Bearer {body['token']}", "Content-Type": "application/json"}

    def post(self, path, body=None):
        status, _, answer = self._exchange.request("POST", f"/api/v1/live/calls{path}", body, self._headers)
        return status, answer

    def calls(self):
        status, _, answer = self._exchange.request("GET", "/api/v1/live/calls", None, self._headers)
        assert status == 200, answer
        return answer["items"]


def test_a_call_from_click_to_hang_up(phones, new_records):
    exchange = phones.exchange
    bob = phones.baresip("bob", answer="auto", hertz=TONE_BOB)
    carol = phones.baresip(CAROL, password=CAROL_PASSWORD, answer="auto", hertz=TONE_CAROL)
    alice = phones.baresip("alice", hertz=TONE_ALICE)
    screen, other, admin = Screen(exchange, "alice@democompany.com"), Screen(exchange, "bob@democompany.com"), Screen(exchange, "admin")

    status, begun = screen.post("", {"to": "102"})
    assert status == 202 and begun["outcome"] == "underWay", begun
    call = begun["call"]
    assert [each["id"] for each in screen.calls()] == [call]
    assert screen.post(f"/{call}/hold")[1]["code"] == "api.call_ringing"
    alice.wait_to_ring()
    alice.accept()
    alice.wait_for_answer()
    bob.wait_for_answer()
    wait_until_heard(1, (bob, TONE_ALICE), (alice, TONE_BOB))

    assert screen.post(f"/{call}/hold", {"leg": "caller"})[0] == 200
    alice.wait_until_held()
    assert screen.calls()[0]["callerHeld"] and not screen.calls()[0]["calleeHeld"]
    heard = bob.seconds_heard(TONE_ALICE)
    time.sleep(1.5)  # In which nothing is to be heard.
    assert bob.seconds_heard(TONE_ALICE) < heard + 0.5
    status, problem = screen.post(f"/{call}/hold", {"leg": "caller"})
    assert (status, problem["code"]) == (409, "api.call_held")
    assert other.post(f"/{call}/resume", {"leg": "caller"})[0] == 200  # It is Bob's call too.
    wait_until_heard(heard + 1.5, (bob, TONE_ALICE))

    assert screen.post(f"/{call}/transfer", {"to": "777"})[1]["code"] == "api.no_such_number"
    assert screen.post(f"/{call}/transfer", {"to": CAROL_NUMBER, "leg": "caller"})[0] == 403
    status, sent = screen.post(f"/{call}/transfer", {"to": CAROL_NUMBER})
    assert status == 200 and sent["outcome"] == "done", sent
    alice.wait_for_end()
    carol.wait_for_answer()
    wait_until_heard(1.5, (carol, TONE_BOB), (bob, TONE_CAROL))

    assert screen.post(f"/{sent['call']}/hangup")[0] == 404  # She takes no part in it any more.
    assert admin.post(f"/{sent['call']}/hangup") == (200, {"outcome": "done"})
    carol.wait_for_end()
    bob.wait_for_end()
    assert admin.post(f"/{sent['call']}/hangup")[0] == 404
    found = {record["callee"]: record for record in new_records(3)}
    records.check(found["102"], "ok", 200, found["102"]["durationSeconds"])
    records.check(found["777"], "failed", 404, callee="777")
    records.check(found[CAROL_NUMBER], "ok", 200, found[CAROL_NUMBER]["durationSeconds"], callee=CAROL_NUMBER)
    assert found["102"]["id"] == call and found[CAROL_NUMBER]["id"] == sent["call"]
    assert found[CAROL_NUMBER]["linkedCall"] == call and found[CAROL_NUMBER]["linkReason"] == "transfer"


def test_a_click_that_the_own_telephone_declines(phones, new_records):
    exchange = phones.exchange
    alice = phones.baresip("alice", hertz=TONE_ALICE)
    screen = Screen(exchange, "alice@democompany.com")
    assert screen.post("", {"to": "102", "autoAnswer": True})[0] == 202
    alice.wait_to_ring()
    alice.hang_up()
    [record] = new_records(1)
    records.check(record, "cancel", 486)


def test_a_click_without_telephone(phones):
    status, problem = Screen(phones.exchange, "bob@democompany.com").post("", {"to": "101"})
    assert (status, problem["code"]) == (422, "api.device_offline")
