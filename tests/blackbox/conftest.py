# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: one exchange for a whole file of tests, and phones that are closed when their test ends."""
import pathlib

import baresip
import exchange as exchange_module
import linphone
import ports
import pytest
import raw_sip
import records
import sipp
from agents.agent import Agent


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange")).start()
    yield running
    assert running.stop() == 0


class Phones:
    """Makes clients of one exchange in the test's own folder."""

    def __init__(self, exchange, folder):
        self.exchange, self.folder, self._open = exchange, pathlib.Path(folder), []

    def _keep(self, client):
        self._open.append(client)
        return client

    def baresip(self, name, **options):
        phone = self._keep(baresip.Baresip(self.folder / f"baresip-{name}-{len(self._open)}", name, password=options.pop("password", name),
                                           domain=options.pop("domain", exchange_module.DOMAIN), server=self.exchange.server_for(options.get("transport")), **options))
        phone.wait_until_registered()
        return phone

    def linphone(self, name, **options):
        phone = self._keep(linphone.Linphone(self.folder / f"linphone-{name}-{len(self._open)}", name, password=options.pop("password", name),
                                             domain=options.pop("domain", exchange_module.DOMAIN), server=self.exchange.server_for(options.get("transport")), **options))
        phone.wait_until_registered()
        return phone

    def sipp(self, scenario, user, **options):
        return self._keep(sipp.Sipp(self.folder, scenario, self.exchange, user, **options))

    def registered_sipp(self, scenario, user, **options):
        """Registers a port for the user with SIPp, then plays the scenario there."""
        account = {word: options[word] for word in ("password", "domain") if word in options}
        port = self.sipp("register", user, expires=120, **account).end().port
        return self.sipp(scenario, user, port=port, **options)

    def silent(self, user):
        """Registers a device that says nothing more until the test is over."""
        device = self._keep(raw_sip.SilentDevice(self.exchange))
        assert device.register(user, user)[0] == 200
        return device

    def close(self):
        """Ends the clients, and takes out what they registered: a device that is gone would ring in the next test."""
        for client in reversed(self._open):
            client.close()
        assert [raw_sip.unregister_all(self.exchange, user) for user in ("alice", "bob")] == [200, 200]


@pytest.fixture
def phones(exchange, tmp_path):
    made = Phones(exchange, tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def operator_port(exchange):
    """The demo's carrier OPERATOR is on a free port of this machine, and no longer on the demo's."""
    server, = exchange.get("/api/v1/carrier-servers")["items"]
    assert (server["host"], server["port"], server["transport"]) == ("127.0.0.1", 7090, "udp")
    port = ports.free()
    status, _, body = exchange.request("PATCH", f"/api/v1/carrier-servers/{server['id']}", {"port": port})
    assert status == 200, body
    exchange.wait_until_known()
    return port


@pytest.fixture
def operator(exchange, operator_port, tmp_path):
    """Plays a scenario as OPERATOR."""
    played = []

    def play(scenario, user="operator", **options):
        played.append(sipp.Sipp(tmp_path, scenario, exchange, user, port=operator_port, server=exchange.trunk_server, **options))
        return played[-1]

    yield play
    for each in played:
        each.close()


@pytest.fixture
def new_records(exchange):
    """Calls made since the test began: `new_records(2)` waits for two records and fails if there are more, or if ctl or the database
    say otherwise."""
    known = {call["id"] for call in exchange.records()}

    def wait(count):
        found = [call for call in exchange.wait_for_records(len(known) + count) if call["id"] not in known]
        assert len(found) == count, found
        records.check_everywhere(exchange, found)
        return found
    return wait


@pytest.fixture
def join(exchange):
    """Makes scripted agents, and takes out at the end what they registered."""
    made = []

    def make(user, password=None, **options):
        port = exchange.tls_port if options.get("kind") == "tls" else exchange.sip_port
        made.append(Agent(("127.0.0.1", port), user, exchange_module.DOMAIN, password=password, **options))
        return made[-1]
    yield make
    for agent in made:
        agent.close()
    for user in ("alice", "bob"):
        with Agent(("127.0.0.1", exchange.sip_port), user, exchange_module.DOMAIN, password=user) as agent:
            assert agent.register(expires=0, contact="*").status == 200
