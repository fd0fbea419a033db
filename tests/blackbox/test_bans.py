# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: who is kept out for a flood or for wrong passwords is seen and can be let in again."""
import json
import time

import exchange as exchange_module
import pytest
import raw_sip
from agents.agent import Agent


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange"), "security.antiflood.requests=100").start("--subscribers", "5")
    yield running
    assert running.stop() == 0


def test_who_forges_a_phones_address_silences_nobody(exchange):
    """Reliability T-20, T-21: a flood from the address of a phone is dropped, the phone goes on, also by another port; and a phone's own flood
    has an end too."""
    at = ("127.0.0.1", exchange.sip_port)
    options = lambda agent: agent.send(agent.build("OPTIONS", f"sip:{exchange_module.DOMAIN}"))
    with Agent(at, "user0001", password="pw-user0001", host="127.30.0.3") as phone, Agent(at, host="127.30.0.3") as evil:
        assert phone.register().status == 200
        for _ in range(5000):
            options(evil)
        request = phone.build("REGISTER", to=phone.address, headers=[("Contact", phone.contact), ("Expires", 60)])
        assert phone.ask(request, 10, repeat=True).status == 200
        assert "127.30.0.3" not in exchange.ctl("bans")
        answered, began, sent = 0, time.monotonic(), 0
        while time.monotonic() < began + 1.5:
            for _ in range(50):
                options(phone)
            sent += 50
            answered += len(phone.read_for(0.001))
        answered += len(phone.read_for(0.2))
        assert 1000 < answered <= 4000 < sent, "twenty times as many as a stranger, in each two seconds"
        with Agent(at, "user0001", password="pw-user0001", host="127.30.0.3") as restarted:
            # Repeated as a phone does: while the flood is worked off, datagrams are lost.
            request = restarted.build("REGISTER", to=restarted.address, headers=[("Contact", restarted.contact), ("Expires", 60)])
            assert restarted.ask(request, 10, repeat=True).status == 200
        assert "127.30.0.3" not in exchange.ctl("bans")


def test_bans_are_seen_and_lifted(exchange):
    """By the command line and by REST, where only the platform's operator sees them."""
    with raw_sip.Socket(exchange, "127.30.0.1") as guesser, raw_sip.Socket(exchange, "127.30.0.2") as noisy:
        while guesser.register("user0005", "wrong") == (403, 401):
            pass
        for _ in range(400):
            noisy.send(noisy.request("OPTIONS", "nobody", "users.democompany.com"))
        while noisy.receive(0.3) is not None:
            pass
        ours = {ban["name"]: ban for ban in json.loads(exchange.ctl("--json", "bans"))["items"] if ban["name"].startswith("127.30.")}
        assert {name: ban["reason"] for name, ban in ours.items()} == {"127.30.0.1": "password", "127.30.0.2": "flood"}
        assert ours["127.30.0.1"]["account"] == "user0005@users.democompany.com" and "127.30.0.2" in exchange.ctl("bans")
        status, _, page = exchange.request("GET", "/api/v1/live/bans")
        assert status == 200 and set(ours) <= {ban["name"] for ban in page["items"]}
        _, _, body = exchange.login("democompany", "changeme")
        assert exchange.request("GET", "/api/v1/live/bans", headers={"Authorization": f"Bearer {body['token']}"})[0] == 403
        exchange.ctl("bans", "--lift", "127.30.0.2")
        assert exchange.request("DELETE", "/api/v1/live/bans/127.30.0.1")[0] == 200
        assert exchange.request("DELETE", "/api/v1/live/bans/127.30.0.1")[0] == 404
        assert noisy.ask(noisy.request("OPTIONS", "nobody", "users.democompany.com")) == 200
        assert guesser.register("user0005", "pw-user0005", expires=0, contact="*") == (200, 401)
