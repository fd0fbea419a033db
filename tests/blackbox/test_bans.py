# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: who is kept out for a flood or for wrong passwords is seen and can be let in again."""
import json

import exchange as exchange_module
import pytest
import raw_sip


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange"), "security.antiflood.requests=100").start("--subscribers", "5")
    yield running
    assert running.stop() == 0


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
