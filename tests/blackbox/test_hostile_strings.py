# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: whatever strangers write into a call (names, numbers, Call-IDs, User-Agents) is stored or refused, shown as text and nothing else, and computed
by no spreadsheet; nothing breaks and nobody waits."""
import csv
import io
import re
import urllib.parse

import exchange as exchange_module
import pytest
import raw_sip
from hostile_text import STRINGS, is_formula, strings, unguarded, unsound_lines


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange")).start()
    yield running
    assert running.stop() == 0


class Caller(raw_sip.Socket):
    """Alice's telephone, which says what it is told in every place that has room for it."""
    said = ""
    number = 0

    def request(self, method, user, domain, target=None, extra="", body="", contact=None):
        made = super().request(method, user, domain, target, extra, body, contact)
        quoted = self.said.replace("\\", "\\\\").replace('"', '\\"')
        made = made.replace("From: <", f'From: "{quoted}" <', 1)
        made = re.sub(r"Call-ID: [^\r\n]*", lambda _: f"Call-ID: {self.number}-{self.said if self.number % 7 == 0 else 'x'}", made, count=1)
        return made.replace("Max-Forwards:", f"User-Agent: {self.said}\r\nSubject: {self.said}\r\nMax-Forwards:", 1)


def call(exchange, number, said):
    with Caller(exchange) as alice:
        alice.said, alice.number = said, number
        dialled = urllib.parse.quote(said.encode("utf-8", "surrogateescape")[:200], safe="")
        try:
            return alice.call("alice", "alice", exchange_module.DOMAIN, f"sip:{dialled or '%20'}@{exchange_module.DOMAIN}")
        except (TypeError, AttributeError):  # No answer, or one without To: what was sent is no message.
            return None


def texts_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts_in(each)


def test_what_callers_write_is_text(exchange, monkeypatch):
    monkeypatch.setattr(raw_sip.Socket, "final", impatient(raw_sip.Socket.final))
    answers = [call(exchange, number, said) for number, said in enumerate(strings())]
    assert len(answers) == STRINGS
    assert sum(status is not None for status in answers) > STRINGS / 2, answers
    assert all(status is None or 400 <= status < 500 or status == 513 for status in answers), set(answers)
    called = sum(status not in (None, 400, 513) for status in answers)
    assert called > STRINGS / 4, answers
    exchange.wait_for_stored(called)
    _, _, listed = exchange.request("GET", "/api/v1/calls?perPage=500")
    records = listed["items"]
    assert len(records) == called
    bad = [text for text in texts_in(records) if any(ord(letter) < 0x20 or ord(letter) == 0x7f for letter in text)]
    assert not bad, bad[:5]

    status, _, table = exchange.request("GET", "/api/v1/calls", headers=exchange._authorization() | {"Accept": "text/csv"})
    assert status == 200
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(table, newline=""))}
    for record in records:
        for name in ("caller", "callee", "callId"):
            cell = rows[record["id"]][name]
            assert not is_formula(cell), cell
            assert unguarded(cell) == record[name], (cell, record[name])


def impatient(final):
    """What is no message gets no answer: nobody waits for it for long."""
    return lambda self, seconds=3: final(self, min(seconds, 0.25))


def test_the_log_has_no_control_characters(exchange):
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]", exchange.log())
    assert not unsound_lines(exchange.log())


def test_traces_and_live_lists_are_sound_too(exchange):
    _, _, listed = exchange.request("GET", "/api/v1/calls?perPage=50")
    for record in listed["items"]:
        status, _, trace = exchange.request("GET", f"/api/v1/calls/{record['id']}/trace")
        assert status == 200 and trace["items"]
    for number, said in enumerate(list(strings())[:60]):
        with Caller(exchange) as alice:
            alice.said, alice.number = said, 1000 + number
            alice.send(alice.request("REGISTER", "alice", exchange_module.DOMAIN))
            alice.final(0.25)
    status, _, live = exchange.request("GET", "/api/v1/live/registrations")
    assert status == 200 and live["total"] >= 0
    exchange.ctl("registrations")
    assert exchange.processes().keys() >= {"signalling", "media", "web", "jobs"}
