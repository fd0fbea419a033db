# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: calls go to carriers and come from them by TCP and TLS too: with SIPp as OPERATOR by TCP, with a scripted agent by TLS, whose certificate
has to be that of the name under which its server is written down, and the records and decisions say what happened."""
import re
import subprocess
import time

import exchange as exchange_module
import ports
import pytest
import raw_sip
import records
from agents.agent import Agent
from name_server import NameServer, a
from sipp import Sipp

NAME = "sip.operator.example"


def make_certificate(folder, name):
    """Chain and key in one file, and the certificate alone; their paths."""
    key, certificate, both = (folder / f"{name}.{end}" for end in ("key", "crt", "pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "90", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName=DNS:{name}", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    both.write_bytes(certificate.read_bytes() + key.read_bytes())
    return both, certificate


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """By name, each in one file with its key; the platform believes all of them."""
    folder = tmp_path_factory.mktemp("certificates")
    made = {name: make_certificate(folder, name) for name in (NAME, "sip.other.example")}
    (folder / "authorities.pem").write_bytes(b"".join(certificate.read_bytes() for _, certificate in made.values()))
    return {name: both for name, (both, _) in made.items()} | {"authorities": folder / "authorities.pem"}


@pytest.fixture(scope="module")
def names():
    server = NameServer()
    server.zone[NAME] = [a("127.0.0.1")]
    yield server
    server.close()


@pytest.fixture(scope="module")
def exchange(tmp_path_factory, certificates, names):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange"), f"tls.ca_file={certificates['authorities']}", f"dns.server={names.address}", "signalling.shards=3").start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def operator(exchange):
    """Says where OPERATOR's server is and what it speaks."""
    server, = exchange.get("/api/v1/carrier-servers")["items"]

    def write(**fields):
        status, _, body = exchange.request("PATCH", f"/api/v1/carrier-servers/{server['id']}", fields)
        assert status == 200, body
        exchange.wait_until_known()
    return write


def decisions_of(exchange, record):
    row, = exchange.rows("SELECT decisions FROM calls WHERE id = ?", record["id"])
    return row["decisions"]


def invite_in(messages):
    return next(message for message in re.split(r"-{20,}.*\n", messages) if "\nINVITE sip:" in message)


def test_a_call_goes_by_tcp_and_ends_from_either_side(phones, operator, new_records, tmp_path):
    exchange, port = phones.exchange, ports.free()
    operator(host="127.0.0.1", port=port, transport="tcp")
    carrier = Sipp(tmp_path, "answer", exchange, "operator", port=port, transport="t1", milliseconds=200)
    phones.registered_sipp("call", "alice", target="944944944", milliseconds=1000).end()
    carrier.end()
    invite = invite_in(carrier.messages())
    assert re.search(r"\nINVITE sip:944944944@127\.0\.0\.1:\d+;transport=tcp SIP/2\.0", invite), invite
    assert re.search(rf"\nVia: SIP/2\.0/TCP 127\.0\.0\.1:{exchange.trunk_port};", invite), invite
    assert re.search(rf"\nContact: <sip:[^>]*@127\.0\.0\.1:{exchange.trunk_port};transport=tcp>", invite), invite
    record, = new_records(1)
    records.check(record, "ok", 200, 1.0, callee="+34944944944", direction="outbound")


def test_a_carrier_hangs_up_by_tcp(phones, operator, new_records, tmp_path):
    exchange, port = phones.exchange, ports.free()
    operator(host="127.0.0.1", port=port, transport="tcp")
    carrier = Sipp(tmp_path, "answer_and_hang_up", exchange, "operator", port=port, transport="t1", milliseconds=500)
    phones.registered_sipp("call_and_wait", "alice", target="944944944").end()
    carrier.end()
    record, = new_records(1)
    assert (record["status"], record["sipCode"]) == ("ok", 200), record


def test_a_carrier_calls_by_its_own_connection(phones, operator, new_records, tmp_path):
    exchange = phones.exchange
    operator(host="127.0.0.1", port=ports.free(), transport="tcp")
    alice = phones.registered_sipp("answer", "alice", milliseconds=200)
    Sipp(tmp_path, "carrier_call", exchange, "676676676", transport="t1", server=exchange.trunk_server, target="941941941", domain="127.0.0.1",
         milliseconds=1000).end()
    alice.end()
    record, = new_records(1)
    records.check(record, "ok", 200, 1.0, caller="+34676676676", callee="+34941941941", direction="inbound")


def wait_until_known(exchange, seconds=10):
    """Until whoever calls from here is a carrier's, for whichever shard gets it."""
    deadline, answers = time.monotonic() + seconds, []
    while answers[-3:] != [200, 200, 200]:
        assert time.monotonic() < deadline, answers
        with raw_sip.Socket(exchange, port=exchange.trunk_port) as carrier:
            answers.append(carrier.ask(carrier.request("OPTIONS", "676676676", domain="127.0.0.1")))
        time.sleep(0.3)  # Strangers are told no more than five times a second.


@pytest.mark.parametrize("transport", ["u1", "u1", "u1", "t1"])
def test_a_carrier_calls_from_where_its_name_leads(phones, operator, new_records, tmp_path, transport):
    """By UDP another of three shards gets it each time, by luck."""
    exchange = phones.exchange
    operator(host=NAME, port=0, transport="udp")
    wait_until_known(exchange)
    alice = phones.registered_sipp("answer", "alice", milliseconds=200)
    Sipp(tmp_path, "carrier_call", exchange, "676676676", transport=transport, server=exchange.trunk_server, target="941941941", domain="127.0.0.1",
         milliseconds=500).end()
    alice.end()
    record, = new_records(1)
    records.check(record, "ok", 200, 0.5, caller="+34676676676", callee="+34941941941", direction="inbound")


def call_and_end(join, carrier):
    """Alice calls, the carrier answers, she hangs up; the INVITE."""
    call = join("alice", "alice").call("944944944")
    ringing = carrier.wait_for_call()
    ringing.ring()
    call.expect(180)
    ringing.answer()
    here = call.wait_for_answer()
    here.bye()
    carrier.respond(carrier.expect("BYE"), 200)
    return ringing.invite


def test_a_call_goes_by_tls(exchange, operator, join, certificates, new_records):
    with Agent(("127.0.0.1", 9), "operator", kind="tls-listener", certificate=certificates[NAME]) as carrier:
        operator(host=NAME, port=carrier.transport.local[1], transport="tls")
        for _ in range(2):
            invite = call_and_end(join, carrier)
            assert invite.uri.startswith(f"sip:944944944@{NAME}:") and invite.uri.endswith(";transport=tls"), invite.uri
            assert invite.get("Via").startswith(f"SIP/2.0/TLS 127.0.0.1:{exchange.trunk_tls_port};"), invite.get("Via")
            assert f"@127.0.0.1:{exchange.trunk_tls_port};transport=tls" in invite.get("Contact"), invite.get("Contact")
        assert (carrier.transport.accepted, carrier.transport.asked) == (1, NAME)
    for record in new_records(2):
        assert (record["status"], record["callee"]) == ("ok", "+34944944944"), record


def test_a_carrier_calls_by_tls(exchange, operator, join, new_records):
    operator(host="127.0.0.1", port=ports.free(), transport="tls")
    alice = join("alice", "alice")
    assert alice.register().status == 200
    with Agent(("127.0.0.1", exchange.trunk_tls_port), "676676676", "127.0.0.1", kind="tls") as carrier:
        call = carrier.call("941941941")
        ringing = alice.wait_for_call()
        ringing.ring()
        call.expect(180)
        ringing.answer()
        here = call.wait_for_answer()
        assert f"@127.0.0.1:{exchange.trunk_tls_port};transport=tls" in call.answer.get("Contact"), call.answer.get("Contact")
        here.bye()
        alice.respond(alice.expect("BYE"), 200)
    record, = new_records(1)
    assert (record["status"], record["caller"], record["callee"]) == ("ok", "+34676676676", "+34941941941"), record


def test_sips_goes_by_tls_alone_and_names_sips(exchange, operator, join, certificates, new_records):
    with Agent(("127.0.0.1", 9), "operator", kind="tls-listener", certificate=certificates[NAME]) as carrier:
        operator(host=NAME, port=carrier.transport.local[1], transport="any", scheme="sips")
        invite = call_and_end(join, carrier)
        assert invite.uri.startswith(f"sips:944944944@{NAME}:") and "transport" not in invite.uri, invite.uri
        assert re.search(rf"<sips:[^>]*@127\.0\.0\.1:{exchange.trunk_tls_port}>", invite.get("Contact")), invite.get("Contact")
    operator(transport="tls", scheme="sip")
    new_records(1)


def test_the_certificate_of_another_gets_no_call(exchange, operator, join, certificates, new_records):
    with Agent(("127.0.0.1", 9), "operator", kind="tls-listener", certificate=certificates["sip.other.example"]) as carrier:
        operator(host=NAME, port=carrier.transport.local[1], transport="tls")
        call = join("alice", "alice").call("944944944")
        carrier.expect_nothing("INVITE", 1)
        call.expect(503)
        assert carrier.transport.accepted == 1
    record, = new_records(1)
    assert (record["status"], record["sipCode"]) == ("failed", 503), record
    assert f"shows no certificate of {NAME} that is believed" in decisions_of(exchange, record), decisions_of(exchange, record)


def test_a_connection_that_breaks_ends_no_call(exchange, operator, join, certificates, new_records):
    with Agent(("127.0.0.1", 9), "operator", kind="tls-listener", certificate=certificates[NAME]) as carrier:
        operator(host=NAME, port=carrier.transport.local[1], transport="tls")
        call = join("alice", "alice").call("944944944")
        ringing = carrier.wait_for_call()
        ringing.ring()
        ringing.answer()
        here = call.wait_for_answer()
        carrier.transport.hang_up()
        here.bye()
        carrier.respond(carrier.expect("BYE", seconds=10), 200)
        assert carrier.transport.accepted == 2
    record, = new_records(1)
    assert record["status"] == "ok", record


@pytest.fixture
def account(exchange):
    """Makes an account of ours at a registrar by TLS; gone afterwards."""
    made = []

    def make(port):
        operator, = exchange.get("/api/v1/carriers?filter[name]=OPERATOR")["items"]
        body = {"brand": operator["brand"], "name": f"At {port}", "transformationSet": operator["transformationSet"]}
        status, _, carrier = exchange.request("POST", "/api/v1/carriers", body)
        assert status == 201, carrier
        made.append(carrier["id"])
        status, _, body = exchange.request("POST", "/api/v1/carrier-registrations", {
            "brand": operator["brand"], "carrier": carrier["id"], "username": "34941941941", "domain": "operator.example", "host": NAME, "port": port, "transport": "tls"})
        assert status == 201, body
        return body

    yield make
    for carrier in made:
        assert exchange.request("DELETE", f"/api/v1/carriers/{carrier}")[0] == 204


def accept(registrar):
    """The next REGISTER, with its Contact on the list."""
    request = registrar.expect("REGISTER", seconds=10)
    registrar.respond(request, 200, headers=[("Contact", f"{request.get('Contact')};expires={request.get('Expires')}")])
    return request


def test_a_registrar_by_tls_calls_by_the_connection_that_we_keep(exchange, account, join, certificates, new_records):
    alice = join("alice", "alice")
    assert alice.register().status == 200
    with Agent(("127.0.0.1", 9), "676676676", "operator.example", kind="tls-listener", certificate=certificates[NAME]) as registrar:
        registration = account(registrar.transport.local[1])
        request = accept(registrar)
        assert request.uri == f"sip:{NAME}:{registrar.transport.local[1]};transport=tls", request.uri
        contact = f"sip:{registration['contactUser']}@127.0.0.1:{exchange.trunk_tls_port};transport=tls"
        assert request.get("Contact") == f"<{contact}>", request.get("Contact")
        registrar.transport.hang_up()
        assert accept(registrar).call_id == request.call_id
        assert registrar.transport.accepted == 2
        call = registrar.call(contact, headers=[("To", "<sip:941941941@operator.example>")])
        ringing = alice.wait_for_call()
        ringing.ring()
        call.expect(180)
        ringing.answer()
        call.wait_for_answer().bye()
        alice.respond(alice.expect("BYE"), 200)
        status, _, body = exchange.request("PATCH", f"/api/v1/carrier-registrations/{registration['id']}", {"active": False})
        assert status == 200, body
        assert accept(registrar).get("Expires") == "0"
        assert registrar.transport.accepted == 2
    record, = new_records(1)
    assert (record["status"], record["caller"], record["callee"]) == ("ok", "+34676676676", "+34941941941"), record


def test_a_registrar_with_the_certificate_of_another_hears_nothing(exchange, account, certificates):
    with Agent(("127.0.0.1", 9), "operator", kind="tls-listener", certificate=certificates["sip.other.example"]) as registrar:
        registration = account(registrar.transport.local[1])
        registrar.expect_nothing("REGISTER", 3)
        assert registrar.transport.accepted >= 1
        seen = next(each for each in exchange.get("/api/v1/live/carrier-registrations")["items"] if each["id"] == registration["id"])
        assert (seen["state"], seen["lastCode"]) == ("failed", 0), seen
