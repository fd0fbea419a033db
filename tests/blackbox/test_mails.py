# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: whoever gets a login is written to, in the own language and the brand's name, and chooses a password by the link; brands write their own
texts; what callers call themselves changes no header."""
import re

import exchange as exchange_module
import pytest
from mail_sink import MailSink

PASSWORD = "seven-green-bottles"


@pytest.fixture(scope="module")
def sink():
    running = MailSink()
    yield running
    running.close()


@pytest.fixture(scope="module")
def exchange(tmp_path_factory, sink):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange"), f"smtp.url=smtp://127.0.0.1:{sink.port}", "smtp.from=Platform <pbx@platform.example>",
                                       "http.public_url=https://pbx.example").start()
    for name in ("demobrand", "democompany"):
        _, _, body = running.login(name, "changeme")
        setattr(running, name, {"Authorization": f"Bearer {body['token']}"})
    yield running
    assert running.stop() == 0


def ask(exchange, login, method, path, body=None, status=200):
    got, _, answer = exchange.request(method, f"/api/v1{path}", body, getattr(exchange, login))
    assert got == status, answer
    return answer


def test_a_new_person_chooses_a_password(exchange, sink):
    brand = ask(exchange, "demobrand", "GET", "/brands")["items"][0]
    ask(exchange, "demobrand", "PATCH", f"/brands/{brand['id']}", {"mailName": "Ringers\N{EM DASH}\"x\" <a@b.example>"})
    assert exchange.request("PATCH", f"/api/v1/brands/{brand['id']}", {"mailFrom": "hello@ringers.example"})[0] == 200
    ask(exchange, "democompany", "POST", "/users", {"name": "Carla", "email": "carla@democompany.example", "language": "en"}, 201)
    mail = sink.wait_to("carla@democompany.example")
    assert mail.sender == "hello@ringers.example" and "hello@ringers.example" in str(mail.message["From"])
    assert mail.message["Subject"] == "Your login" and "carla@democompany.example" in mail.text
    link = re.search(r"https://pbx\.example/reset#token=(cr_\w+)", mail.text)
    status, _, answer = exchange.request("POST", "/api/v1/auth/reset/confirm", {"token": link.group(1), "password": PASSWORD}, {})
    assert status in (200, 204), answer
    assert exchange.login("carla@democompany.example", PASSWORD)[0] == 200
    assert exchange.request("POST", "/api/v1/auth/reset/confirm", {"token": link.group(1), "password": PASSWORD}, {})[0] == 400


def test_an_administrator_too_and_with_the_brands_own_text(exchange, sink):
    text = ask(exchange, "demobrand", "POST", "/notification-templates", {"kind": "new_login", "language": "es", "subject": "Bienvenido a {{brand}}",
                                                                          "body": "Entre con {{login}}: {{link}}\n"}, 201)
    ask(exchange, "demobrand", "POST", "/administrators", {"login": "dora", "email": "dora@ringers.example"}, 201)
    mail = sink.wait_to("dora@ringers.example")
    assert mail.message["Subject"] == "Bienvenido a DemoBrand" and mail.text.startswith("Entre con dora: https://pbx.example/reset#token=cr_")
    ask(exchange, "demobrand", "DELETE", f"/notification-templates/{text['id']}", status=204)


def test_faults_are_named_and_a_text_is_tried_on_oneself(exchange, sink):
    wrong = ask(exchange, "demobrand", "POST", "/notification-templates", {"kind": "password_reset", "language": "en", "subject": "S", "body": "{{nobody}}"}, 400)
    assert wrong["errors"][0]["field"] == "body" and "nobody" in wrong["errors"][0]["message"]
    text = ask(exchange, "demobrand", "POST", "/notification-templates", {"kind": "password_reset", "language": "en", "subject": "S", "body": "For {{login}}"}, 201)
    ask(exchange, "demobrand", "POST", f"/notification-templates/{text['id']}/test", status=409)
    me = ask(exchange, "demobrand", "GET", "/administrators?filter[login]=demobrand")["items"][0]
    ask(exchange, "demobrand", "PATCH", f"/administrators/{me['id']}", {"email": "brand@ringers.example"})
    ask(exchange, "demobrand", "POST", f"/notification-templates/{text['id']}/test")
    assert sink.wait_to("brand@ringers.example").text.strip() == "For alice@pbx.example"
    kinds = ask(exchange, "demobrand", "GET", "/notification-templates/defaults")["items"]
    assert {"password_reset", "new_login", "calls_limited"} == {each["kind"] for each in kinds} and all({"en", "es"} == set(each["texts"]) for each in kinds)
    ask(exchange, "democompany", "GET", "/notification-templates", status=403)


def test_no_name_changes_the_headers(exchange, sink):
    names = ["A\nBcc: x@y.example", "=?utf-8?q?x?=", "\"quoted\" <a@b>", "x" * 64, "\u202eevil", "Ana;,()<>@"]
    seen = set()
    for number, name in enumerate(names):
        address = f"n{number}@democompany.example"
        status, _, _ = exchange.request("POST", "/api/v1/users", {"name": name, "email": address}, exchange.democompany)
        if status == 400:
            continue
        mail = sink.wait_to(address)
        seen.add(tuple(sorted(key.lower() for key in mail.message.keys())))
    assert len(seen) == 1, seen
