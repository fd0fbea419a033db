# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: what both sides of an answered call write is in its record and its trace as it was sent, on the other's display as text, in a file as no formula,
and makes no line of the log."""
import csv
import io
import re
import urllib.parse

import exchange as exchange_module
import pytest
from agents import transport
from agents.agent import Agent, unique
from agents.call import OutgoingCall
from hostile_text import FORGED, STRINGS, has_controls, is_formula, strings, unguarded, unsound_lines

NO_ANSWER_SECONDS = 0.25
DISPLAYS = 60
HUGE = 64 * 1024
TEXT_STORED = 255  # What is longer is cut.
NOT_UTF8 = ["\udcff\udcfe", "\udcc3(", "a\udc80b", "\udced\udca0\udc80"]


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange"), "log.level=debug").start()
    yield running
    assert running.stop() == 0


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def word(text):
    """What of it a Call-ID may hold (RFC 3261 §25.1)."""
    return re.sub(r"[^-.!%*_+`'~()<>:\\\"/\[\]?{}a-zA-Z0-9]", "", text)


class Pair:
    """Alice, who says what she is told, and Bob, who answers alike."""

    def __init__(self, exchange):
        self.exchange = exchange
        self.alice = Agent(("127.0.0.1", exchange.sip_port), "alice", exchange_module.DOMAIN, password="alice")
        self.bob = Agent(("127.0.0.1", exchange.sip_port), "bob", exchange_module.DOMAIN, password="bob")
        self.contact = None

    def close(self):
        self.bob.register(expires=0, contact="*")
        self.alice.close()
        self.bob.close()

    def register(self, said):
        """Bob is reached at a URI that says it."""
        if self.contact is not None:
            assert self.bob.register(expires=0, contact="*").status == 200
        name = urllib.parse.quote(said.encode(errors="surrogateescape")[:60], safe="-_.!~*'()&=+$,?/") or "%20"
        self.contact = f"sip:{name}@{self.bob.host_port}"
        answer = self.bob.register(contact=f"{quoted(re.sub(r'[^ -~]', '', said)[:200])} <{self.contact}>")
        assert answer.status == 200, answer

    def begin(self, said, call_id):
        """The status of what is no message, or none; or None for a call that Bob's telephone is told of."""
        headers = [("From", f"{quoted(said)} {self.alice.address};tag={unique()}"), ("User-Agent", said), ("Subject", said), ("Call-ID", call_id)]
        invite = self.alice.build("INVITE", f"sip:102@{exchange_module.DOMAIN}", body=self.alice.description(), headers=headers)
        self.alice.send(invite)
        is_answer = lambda message: message.is_response and message.status != 100
        try:
            challenge = self.alice.expect(is_answer, NO_ANSWER_SECONDS if has_controls(said) else 5)
        except AssertionError:
            assert has_controls(said), said
            return "silence"
        if challenge.status != 407:
            return challenge.status
        self.alice.send(self.alice.ack_of_refusal(invite, challenge))
        self.invite = self.alice.send(self.alice.authorize(invite, challenge))
        return None

    def talk(self, said, call_id):
        """As begin(); an answered call is over when it returns."""
        refused = self.begin(said, call_id)
        if refused is not None:
            return refused
        incoming = self.bob.wait_for_call()
        assert len(incoming.invite.all("Via")) == 1 and not incoming.invite.has("Subject") and not incoming.invite.has("User-Agent"), incoming.invite
        shown = re.sub(r"[\x00-\x1f\x7f]", " ", said)[:1000]
        tag = f"called{self.invite.cseq}"
        incoming.respond(200, tag, self.bob.description(), reason=shown,
                         headers=[("Contact", f"{quoted(shown)} <{self.contact}>"), ("Server", shown), ("Subject", shown)])
        incoming.wait_for_ack(tag)
        call = OutgoingCall(self.alice, self.invite)
        dialog = call.wait_for_answer()
        assert call.answer.start == "SIP/2.0 200 OK" and not call.answer.has("Server") and not call.answer.has("Subject"), call.answer
        dialog.send("BYE")
        self.bob.respond(self.bob.expect("BYE"), 200)
        self.alice.expect(lambda message: message.is_response and message.method == "BYE")
        return None


@pytest.fixture
def pair(exchange):
    made = Pair(exchange)
    yield made
    made.close()


def test_what_both_sides_write_is_kept_as_it_was_sent(exchange, pair):
    outcomes, sent = {}, {}
    for number, said in enumerate([*strings(), *NOT_UTF8]):
        if number % 10 == 0:
            pair.register(said)
        call_id = f"{word(said)[:200]}{number:06}@{word(said[::-1])[:100] or 'x'}"
        outcomes[number] = pair.talk(said, call_id)
        if outcomes[number] is None:
            sent[call_id[:TEXT_STORED]] = said, pair.contact, pair.invite
    refused = {number: outcome for number, outcome in outcomes.items() if outcome is not None}
    print(len(sent), "answered,", len(refused), "refused:", sorted({str(outcome) for outcome in refused.values()}))
    assert set(refused.values()) <= {400, 413, 513, "silence"}, refused
    assert len(sent) > STRINGS / 2, refused
    exchange.wait_for_stored(len(sent))
    records = listed(exchange)
    assert len(records) == len(sent) and {record["callId"] for record in records} == set(sent)
    for record in records:
        _, contact, _ = sent[record["callId"]]
        attempt, = record["attempts"]
        assert (record["caller"], record["callee"], record["status"], record["sipCode"]) == ("101", "102", "ok", 200), record
        assert (attempt["target"], attempt["contact"], attempt["sipCode"]) == ("102", contact, 200), record
        assert exchange.get(f"/api/v1/calls/{record['id']}") == record
    rows = {row["id"]: row for row in exchange.rows("SELECT * FROM calls")}
    assert all(rows[record["id"]]["call_id"] == record["callId"] for record in records)
    check_file(exchange, records)
    check_traces(exchange, records[:: 5], sent)


def listed(exchange):
    found, after = [], ""
    while True:
        page = exchange.get(f"/api/v1/calls?perPage=500{after}")
        found += page["items"]
        if page.get("next") is None:
            return found
        after = f"&after={page['next']}"


def check_file(exchange, records):
    """No cell is a formula, and what the apostrophes guard is what the record says."""
    status, _, table = exchange.request("GET", "/api/v1/calls", headers=exchange._authorization() | {"Accept": "text/csv"})
    assert status == 200
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(table, newline=""))}
    assert len(rows) == len(records)
    assert not [cell for row in rows.values() for cell in row.values() if is_formula(cell)]
    guarded = 0
    for record in records:
        cell = rows[record["id"]]["callId"]
        assert unguarded(cell) == record["callId"], (cell, record["callId"])
        guarded += cell != record["callId"]
    assert guarded >= 20


def check_traces(exchange, records, sent):
    """The message of the trace is the one that was sent, letter by letter but for secrets; a byte that is no UTF-8 is a question mark."""
    for record in records:
        _, _, invite = sent[record["callId"]]
        items = exchange.get(f"/api/v1/calls/{record['id']}/trace")["items"]
        first = next(item["message"] for item in items if item["summary"].startswith("INVITE"))
        kept = [line for line in first.split("\r\n") if not line.startswith("Proxy-Authorization")]
        wanted = [line for line in re.sub("[\udc80-\udcff]", "?", invite.bytes().decode(errors="surrogateescape")).split("\r\n") if not line.startswith("Proxy-Authorization")]
        assert kept == wanted, (kept, wanted)


def unquoted(value):
    """The display name of a From, and what stands behind it."""
    found = re.fullmatch(r'"((?:[^"\\]|\\.)*)" *(<.*)', value)
    assert found, value
    return re.sub(r"\\(.)", r"\1", found[1]), found[2]


def test_names_that_are_configured_are_shown_as_they_are(exchange, pair):
    """Whoever names people cannot write header fields: the display is the name, letter by letter, and what stands behind it is ours."""
    alice = exchange.rows("SELECT id, name FROM users ORDER BY id")[0]
    user = next(item for item in exchange.get("/api/v1/users")["items"] if item["name"] == alice["name"])
    pair.register("bob")
    names = [said for said in strings() if 0 < len(said.encode()) <= 64][:DISPLAYS]
    shown = 0
    for number, said in enumerate(names):
        status, _, body = exchange.request("PATCH", f"/api/v1/users/{user['id']}", {"name": said, "lastName": ""})
        assert status == (422 if has_controls(said) else 200) or status == 400, (said, status, body)
        if status != 200:
            continue
        assert body["name"] == said
        exchange.wait_until_known()
        assert pair.begin("x", f"name{number}") is None
        ringing = pair.bob.wait_for_call()
        for name in ("From", "P-Asserted-Identity"):
            value = ringing.invite.get(name)
            display, rest = unquoted(value) if value.startswith('"') else ("", value)
            assert display == said.strip() or display == said, (name, value, said)
            assert re.fullmatch(r"<sip:101@users\.democompany\.com>(;tag=\w+)?", rest), value
        ringing.reject(486)
        OutgoingCall(pair.alice, pair.invite).expect(486)
        shown += 1
    assert shown > DISPLAYS / 2
    exchange.request("PATCH", f"/api/v1/users/{user['id']}", {"name": user["name"], "lastName": user["lastName"]})


def test_live_lists_show_no_more_than_records_keep(exchange, pair):
    """Call-IDs, contacts and User-Agents of any length."""
    pair.register("b" * 60)
    long = "x" * 2000
    device = f"sip:{long}@{pair.bob.host_port}"
    assert pair.bob.register(contact=f"<{device}>", headers=[("User-Agent", long)]).status == 200
    listed = exchange.get("/api/v1/live/registrations")["items"]
    shown, = [item for item in listed if item["contact"] == device[:TEXT_STORED]]
    assert shown["userAgent"] and shown["userAgent"] == long[:min(len(shown["userAgent"]), TEXT_STORED)]
    assert pair.begin("x", long) is None
    ringing = [pair.bob.wait_for_call() for _ in range(2)]
    call, = exchange.get("/api/v1/live/calls")["items"]
    assert call["callId"] == long[:TEXT_STORED]
    trace = exchange.get(f"/api/v1/calls/{call['id']}/trace")["items"]
    assert f"INVITE {device}" in [item["summary"] for item in trace]
    for each in ringing:
        each.reject(486)
    OutgoingCall(pair.alice, pair.invite).expect(486)


@pytest.mark.parametrize("name", ["From", "User-Agent", "Subject", "Call-ID", "Contact", "X-Anything", "To", "Via"])
@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_a_value_of_64_kib_does_no_harm(exchange, name, kind):
    """Refused, or the connection ends; the next call is one as always."""
    before = exchange.memory_kilobytes("signalling")
    port = ("127.0.0.1", exchange.sip_port)
    with Agent(port, "alice", exchange_module.DOMAIN, password="alice", kind=kind, host="127.0.4.1") as alice:
        long = "=" + "x" * (HUGE - 1 if kind == "tcp" else 63 * 1024)
        value = {"From": f'"{long}" {alice.address};tag=1', "Contact": f'"{long}" {alice.contact}', "To": f'"{long}" <sip:102@{exchange_module.DOMAIN}>',
                 "Via": f"{alice.via()};x={long}"}.get(name, long)
        invite = alice.build("INVITE", f"sip:102@{exchange_module.DOMAIN}", headers=[(name, value)])
        try:
            alice.send(invite)
            answer = alice.expect(lambda message: message.is_response and message.status >= 200, 0.5)
            assert answer.status in (400, 413, 431, 513) and len(answer.bytes()) < 2000, answer
        except (transport.Closed, OSError):
            assert kind == "tcp"
        except AssertionError as none:
            assert "within" in str(none), none
    with Agent(port, "alice", exchange_module.DOMAIN, password="alice") as alice:
        assert alice.call("102").expect(480).status == 480
    assert exchange.memory_kilobytes("signalling") < before + 20_000


def test_nobody_forges_a_line_of_the_log(exchange):
    """The places of the log where strangers' words stand: names of logins, contacts of telephones."""
    for said in [FORGED, FORGED.replace("\n", "\r\n"), FORGED.replace("\n", "\u2028"), FORGED.replace("\n", "\x85"), "\x1b[2J" + FORGED, '" event=forged x="', "x" * 5000, "\\", '\\"', "\u202eforged",
                 *(said for said in strings() if said)][:200]:
        status, _, _ = exchange.login(said, "guess")
        assert status in (400, 401, 413, 429), (said, status)
    log = exchange.log()
    assert "forged" in log and 'event=login.failed' in log
    assert not [line for line in log.split("\n") if re.search(r"^[^\"]* event=forged", line)]
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", log)
    assert not unsound_lines(log), unsound_lines(log)[:3]
