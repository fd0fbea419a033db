# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: a customer's program hears of each call, can tell that it comes from here, hears it again when it was not well, and nobody reaches
hosts inside by naming them."""
import sqlite3
import time

import exchange as exchange_module
import pytest
from mail_sink import MailSink
from webhook_receiver import Receiver, make_secret


@pytest.fixture(scope="module")
def sink():
    made = MailSink(account=("pbx", "se:cret"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def exchange(tmp_path_factory, sink):
    folder = tmp_path_factory.mktemp("exchange")
    password = folder / "password"
    password.write_text("se:cret\n")
    running = exchange_module.Exchange(folder, "outbound.allowed_networks=127.0.0.1", f"smtp.url=smtp://pbx@127.0.0.1:{sink.port}", f"smtp.password_file={password}",
                                       "smtp.from=Carillon <pbx@democompany.com>").start()
    yield running
    assert running.stop() == 0
    assert "se:cret" not in running.log()


def base32(number):
    """As ids are shown."""
    digits = ""
    while number:
        number, digit = divmod(number, 32)
        digits = "0123456789abcdefghjkmnpqrstvwxyz"[digit] + digits
    return digits


class Hooks:
    """Webhooks of the demo's customer, in the database: what their API stores."""

    def __init__(self, exchange):
        self.exchange, self.made = exchange, 0
        self.owner, = exchange.rows("SELECT brand, id FROM customers")

    def change(self, statement, *values):
        with sqlite3.connect(self.exchange.database, timeout=10) as database:
            database.execute(statement, values)

    def add(self, url, events="call.ended", secret=None, **fields):
        self.made += 1
        identity = int(time.time() * 1000) << 21 | self.made
        values = {"id": identity, "brand": self.owner["brand"], "customer": self.owner["id"], "url": url, "events": events, "secret": secret or make_secret(),
                  "previous_secret": "", "active": 1, "description": "", "notify_email": ""} | fields
        self.change(f"INSERT INTO webhooks ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", *values.values())
        return identity

    def row(self, identity):
        row, = self.exchange.rows("SELECT * FROM webhooks WHERE id = ?", identity)
        return row

    def deliveries(self, identity):
        return self.exchange.rows("SELECT * FROM webhook_deliveries WHERE webhook = ? ORDER BY created_at, id", identity)

    def wait_for_delivery(self, identity, seconds=10, **wanted):
        deadline = time.monotonic() + seconds
        while True:
            found = self.deliveries(identity)
            for row in found:
                if all(row[name] == value for name, value in wanted.items()):
                    return row
            assert time.monotonic() < deadline, f"no delivery with {wanted} after {seconds} s: {found}"
            time.sleep(0.05)


@pytest.fixture
def hooks(exchange):
    made = Hooks(exchange)
    yield made
    made.change("DELETE FROM webhooks")


@pytest.fixture
def receive():
    made = []

    def make(*answers):
        made.append(Receiver(*answers))
        return made[-1]
    yield make
    for receiver in made:
        receiver.close()


@pytest.fixture
def call(phones, new_records):
    """Makes a call that nobody takes and returns its record."""
    def make(count=1):
        phones.sipp("call_fails", "alice", target="199", status=404).end()
        return new_records(count)[-1]
    return make


def test_a_program_hears_of_a_call_and_knows_who_says_so(hooks, receive, phones, new_records):
    receiver, secret = receive(), make_secret()
    webhook = hooks.add(receiver.url, secret=secret)
    callee = phones.registered_sipp("answer", "bob", milliseconds=100)
    caller = phones.sipp("call", "alice", target="102", milliseconds=500)
    caller.end()
    callee.end()
    record, = new_records(1)
    request, = receiver.wait_for(1)
    assert request.path == "/hook" and request.headers["Content-Type"] == "application/json"
    assert request.is_signed_with(secret) and not request.is_signed_with(make_secret())
    assert request.event["type"] == "call.ended" and request.event["timestamp"] == record["endedAt"]
    assert request.event["data"] == {name: value for name, value in record.items() if name != "carrierAttempts"}  # The brand's.
    assert len(request.body) < 20_000
    row = hooks.wait_for_delivery(webhook, status="delivered")
    assert (row["attempts"], row["http_status"], row["error"], row["next_try_at"]) == (1, 204, "", None)
    assert row["event"] == request.headers["webhook-id"]
    assert hooks.row(webhook)["delivered_at"] is not None


def test_a_failure_is_tried_again_after_five_seconds(hooks, receive, call):
    receiver, secret = receive(500, 204), make_secret()
    webhook = hooks.add(receiver.url, secret=secret)
    call()
    first, second = receiver.wait_for(2, 12)
    assert 4.9 < second.at - first.at < 7.5
    assert first.headers["webhook-id"] == second.headers["webhook-id"] and first.body == second.body
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert first.is_signed_with(secret) and second.is_signed_with(secret)
    row = hooks.wait_for_delivery(webhook, status="delivered")
    assert row["attempts"] == 2 and hooks.row(webhook)["failing_since"] is None


def test_a_private_url_without_permission_gets_nothing(hooks, receive, call):
    inner = receive()
    refused = [hooks.add(inner.url.replace("127.0.0.1", host)) for host in ("127.0.0.2", "[::1]", "0.0.0.0", "10.0.0.1", "169.254.169.254")]
    allowed = receive()
    hooks.add(allowed.url)
    call()
    allowed.wait_for(1)
    for webhook in refused:
        row = hooks.wait_for_delivery(webhook, attempts=1)
        assert row["status"] == "pending" and row["http_status"] == 0 and row["error"].startswith("outbound.refused_address"), row
    assert inner.requests == []


def test_a_slow_receiver_stops_nobody_else(hooks, receive, call):
    slow = receive()
    slow.gate.clear()
    hooks.add(slow.url)
    quick = receive()
    hooks.add(quick.url)
    call()
    slow.wait_for(1)
    quick.wait_for(1)
    call(2)
    begin = time.monotonic()
    quick.wait_for(2)
    assert time.monotonic() - begin < 3
    assert len(slow.requests) == 1


def test_a_receiver_that_is_gone_is_left_alone_and_people_are_told(hooks, receive, call, sink):
    gone, neighbour = receive(410), receive()
    webhook = hooks.add(gone.url, description="Old\r\nBcc: all@democompany.com", notify_email="bob@democompany.com")
    hooks.add(neighbour.url, events="webhook.*")
    call()
    told, = neighbour.wait_for(1)
    assert told.event["type"] == "webhook.disabled" and told.event["data"]["reason"]
    mail = sink.wait_for(1)[-1]
    assert mail.user == "pbx" and mail.sender == "pbx@democompany.com" and mail.recipients == ["bob@democompany.com"]
    assert mail.message["From"] == "Carillon <pbx@democompany.com>" and mail.message["Bcc"] is None
    assert "410" in mail.text
    row = hooks.row(webhook)
    assert row["active"] == 0 and row["disabled_at"] is not None
    assert hooks.wait_for_delivery(webhook, status="failed")["http_status"] == 410
    call(2)
    assert len(gone.requests) == 1 and len(hooks.deliveries(webhook)) == 1


def test_a_password_stays_here_when_the_mail_server_cannot_prove_itself(hooks, receive, call, sink):
    exchange, gone = hooks.exchange, receive(410)
    logins, mails, said = len(sink.logins), len(sink.mails), len(exchange.log())
    sink.certificate, sink.key = exchange.data / "tls/certificate.pem", exchange.data / "tls/key.pem"
    try:
        hooks.add(gone.url, notify_email="bob@democompany.com")
        call()
        exchange.wait_for_log("webhook.mail_failed", 10, said)
    finally:
        sink.certificate = sink.key = None
    assert (len(sink.logins), len(sink.mails)) == (logins, mails)


def test_a_receiver_that_asks_for_a_pause_gets_it(hooks, receive, call):
    receiver = receive((429, {"Retry-After": "120"}), 204)
    webhook = hooks.add(receiver.url)
    call()
    row = hooks.wait_for_delivery(webhook, attempts=1)
    assert row["next_try_at"] - row["tried_at"] >= 119_000_000
    neighbour = receive()
    hooks.add(neighbour.url)
    call(2)
    neighbour.wait_for(1)
    hooks.wait_for_delivery(webhook, attempts=0)
    assert len(receiver.requests) == 1


def test_both_secrets_sign_during_a_rotation(hooks, receive, call):
    receiver, new, old = receive(), make_secret(), make_secret()
    hooks.add(receiver.url, secret=new, previous_secret=old, previous_secret_until=int((time.time() + 3600) * 1e6))
    call()
    request, = receiver.wait_for(1)
    assert request.is_signed_with(new) and request.is_signed_with(old)
    assert len(request.headers["webhook-signature"].split(" ")) == 2


def test_what_was_pending_is_sent_after_a_crash(hooks, receive, call):
    exchange = hooks.exchange
    receiver = receive(503, 204)
    webhook = hooks.add(receiver.url)
    call()
    hooks.wait_for_delivery(webhook, attempts=1)
    process = exchange.processes()["jobs"]
    exchange.kill("jobs")
    exchange.wait_for_other_process("jobs", process)
    receiver.wait_for(2, 15)
    hooks.wait_for_delivery(webhook, status="delivered")


def test_a_webhook_can_be_tried_and_told_again(hooks, receive):
    exchange, receiver, secret = hooks.exchange, receive(), make_secret()
    webhook = hooks.add(receiver.url, secret=secret)
    shown = base32(webhook)
    status, _, tried = exchange.request("POST", f"/api/v1/webhooks/{shown}/test")
    assert status == 200, tried
    first, = receiver.wait_for(1)
    assert first.event["type"] == "webhook.test" and first.event["data"] == {"webhook": shown} and first.is_signed_with(secret)
    status, _, again = exchange.request("POST", f"/api/v1/webhook-deliveries/{tried['id']}/replay")
    assert status == 200 and again["event"] == tried["event"] and again["id"] != tried["id"], again
    second = receiver.wait_for(2)[1]
    assert second.body == first.body and second.headers["webhook-id"] == first.headers["webhook-id"]
    status, _, rotated = exchange.request("POST", f"/api/v1/webhooks/{shown}/rotate-secret")
    assert status == 200, rotated
    assert exchange.request("POST", f"/api/v1/webhooks/{shown}/test")[0] == 200
    third = receiver.wait_for(3)[2]
    assert third.is_signed_with(rotated["secret"]) and third.is_signed_with(secret)
    assert secret not in exchange.log() and rotated["secret"] not in exchange.log()
    assert exchange.metric("carillon_webhook_deliveries_total") >= 3


def test_mail_is_encrypted_where_the_server_can(tmp_path, receive):
    sink = MailSink()
    running = exchange_module.Exchange(tmp_path / "other", "outbound.allowed_networks=127.0.0.1", f"smtp.url=smtp://127.0.0.1:{sink.port}",
                                       "smtp.from=pbx@democompany.com").start()
    try:
        sink.certificate, sink.key = running.data / "tls/certificate.pem", running.data / "tls/key.pem"
        gone = receive(410)
        webhook = Hooks(running).add(gone.url, notify_email="bob@democompany.com")
        assert running.request("POST", f"/api/v1/webhooks/{base32(webhook)}/test")[0] == 200
        assert sink.wait_for(1)[0].is_encrypted
    finally:
        assert running.stop() == 0
        sink.close()
