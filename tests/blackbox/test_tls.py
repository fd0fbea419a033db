# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: SIP over TLS shows the right certificate, takes a renewed one while calls go on, keeps the one it has when the new one is bad, and
speaks with nobody in an old dialect."""
import shutil
import socket
import ssl
import subprocess

import exchange as exchange_module
import pytest
from agents import sdp
from agents.agent import Agent
from agents.transport import Tls

CALLS = 100


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange"), media_ports=4 * CALLS + 40).start("--subscribers", str(2 * CALLS))
    yield running
    assert running.stop() == 0


def make_certificate(folder, name):
    """Chain and key in one file; its path."""
    key, certificate, both = (folder / f"{name}.{end}" for end in ("key", "crt", "pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "90", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName=DNS:{name}", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    both.write_bytes(certificate.read_bytes() + key.read_bytes())
    return both


def shown(exchange, name=None):
    """The certificate that a client gets which asks for this name."""
    connection = Tls(("127.0.0.1", exchange.tls_port), server_name=name)
    try:
        return connection.certificate
    finally:
        connection.close()


def pem_of(path):
    return ssl.PEM_cert_to_DER_cert(path.read_text().split("-----BEGIN PRIVATE")[0].split("-----BEGIN EC")[0])


def install(exchange, source, name):
    names = exchange.data / "tls/names"
    names.mkdir(exist_ok=True)
    shutil.copy(source, names / f".{name}")
    (names / f".{name}").rename(names / f"{name}.pem")


def test_a_name_gets_its_certificate_and_a_phone_can_check_it(exchange, tmp_path):
    mine = make_certificate(tmp_path, exchange_module.DOMAIN)
    install(exchange, mine, exchange_module.DOMAIN)
    exchange.ctl("reload")
    assert shown(exchange, exchange_module.DOMAIN) == pem_of(mine)
    assert shown(exchange) == shown(exchange, "other.example") != pem_of(mine)
    with Agent(("127.0.0.1", exchange.tls_port), "alice", password="alice", kind="tls", server_name=exchange_module.DOMAIN, cafile=mine) as alice:
        assert alice.register().status == 200
        assert alice.register(expires=0).status == 200


def test_a_certificate_is_renewed_under_calls(exchange, tmp_path):
    """No connection and no call notices: every dialog answers afterwards, on the connection it had."""
    body = sdp.audio("127.0.0.1", 40000)
    open_agent = lambda user: Agent(("127.0.0.1", exchange.tls_port), user, password=f"pw-{user}", kind="tls")
    callers = [open_agent(f"user{number:04}") for number in range(1, CALLS + 1)]
    callees = [open_agent(f"user{number:04}") for number in range(CALLS + 1, 2 * CALLS + 1)]
    dialogs = []
    try:
        for number, (caller, callee) in enumerate(zip(callers, callees), CALLS + 1):
            assert callee.register().status == 200
            call = caller.call(f"{100000 + number}", body)
            there = callee.wait_for_call().answer(body)
            dialogs.append((call.wait_for_answer(), there))
        old = shown(exchange, exchange_module.DOMAIN)
        renewed = make_certificate(tmp_path, exchange_module.DOMAIN)
        install(exchange, renewed, exchange_module.DOMAIN)
        exchange.wait_for_log("certificate.reloaded", 10, after=len(exchange.log()))
        assert shown(exchange, exchange_module.DOMAIN) == pem_of(renewed) != old
        assert exchange.metric("carillon_calls_running") == CALLS
        for here, there in dialogs:
            bye = here.send("BYE")
            there.agent.respond(there.agent.expect("BYE"), 200)
            assert here.agent.wait_for_final(bye).status == 200
    finally:
        for agent in callers + callees:
            agent.close()


def test_a_bad_certificate_is_refused_and_the_old_one_stays(exchange, tmp_path):
    good = make_certificate(tmp_path, "good.example")
    install(exchange, good, "good.example")
    exchange.ctl("reload")
    bad = tmp_path / "bad"
    bad.write_text("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    after = len(exchange.log())
    install(exchange, bad, "good.example")
    exchange.wait_for_log("certificate.refused", 10, after=after)
    assert shown(exchange, "good.example") == pem_of(good)
    assert exchange.metric("carillon_tls_certificate_failures_total") >= 1
    install(exchange, good, "good.example")
    exchange.wait_for_log("certificate.reloaded", 10, after=after)


def test_the_end_of_a_certificate_is_seen_coming(exchange):
    assert 0 < exchange.metric("carillon_tls_certificate_days_left") <= 3660


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2])
def test_old_dialects_are_not_spoken(exchange, newest):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, newest
    plain = socket.create_connection(("127.0.0.1", exchange.tls_port), timeout=5)
    if newest == ssl.TLSVersion.TLSv1_2:
        with context.wrap_socket(plain) as connection:
            assert connection.version() == "TLSv1.2"
        return
    with pytest.raises(ssl.SSLError):
        context.wrap_socket(plain)
    plain.close()
