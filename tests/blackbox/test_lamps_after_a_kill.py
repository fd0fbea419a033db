# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: whoever watches a line is told how it stands within seconds after signalling was killed, by datagrams and by connection, and
of what happens then; a subscription that nobody knows of is answered so that the phone subscribes anew."""
import exchange as exchange_module
import pytest
from agents.agent import Agent
from agents.watcher import IDLE, Watcher

SECONDS = 4


@pytest.fixture
def exchange(tmp_path):
    running = exchange_module.Exchange(tmp_path / "exchange").start("--subscribers", "2")
    yield running
    assert running.stop() == 0


def restart_signalling(exchange):
    before = exchange.processes()["signalling"]
    exchange.kill("signalling")
    exchange.wait_for_other_process("signalling", before, 3)
    exchange.wait_until_ready(3)


@pytest.mark.parametrize("kind", ("udp", "tcp", "tls"))
def test_lamps_go_on(exchange, kind):
    server = ("127.0.0.1", exchange.sip_port)
    at = ("127.0.0.1", exchange.tls_port if kind == "tls" else exchange.sip_port)

    def open_watcher():
        agent = Agent(at, "user0001", exchange_module.DOMAIN, password="pw-user0001", kind=kind)
        agent.transport.loss = 0
        assert agent.register().status == 200
        return agent

    with Agent(server, "alice", exchange_module.DOMAIN, password="alice") as alice, Agent(server, "bob", exchange_module.DOMAIN, password="bob") as bob:
        assert bob.register().status == 200
        watcher = Watcher(open_watcher())
        lamp = watcher.subscribe("102")
        assert watcher.follow(SECONDS, lambda: lamp.state == IDLE)
        call = alice.call("102")
        there = bob.wait_for_call().answer()
        here = call.wait_for_answer()
        assert watcher.follow(SECONDS, lambda: lamp.state and lamp.state[1] == "confirmed")
        version = lamp.version
        restart_signalling(exchange)
        bob.respond(bob.expect("OPTIONS"), 200)
        alice.respond(alice.expect("OPTIONS"), 200)
        if kind != "udp":
            watcher.agent.close()
            watcher.agent = open_watcher()
        assert watcher.follow(SECONDS, lambda: lamp.version > version) and lamp.state[1] == "confirmed"
        assert exchange.metric("carillon_subscriptions") == 1
        restart_signalling(exchange)
        bob.respond(bob.expect("OPTIONS"), 200)
        alice.respond(alice.expect("OPTIONS"), 200)
        if kind != "udp":
            watcher.agent.close()
            watcher.agent = open_watcher()
        bye = here.send("BYE")
        bob.respond(bob.expect("BYE"), 200, tag=there.local_tag)
        assert alice.wait_for_final(bye).status == 200
        assert watcher.follow(SECONDS, lambda: lamp.state == IDLE)
        watcher.agent.close()


def test_an_unknown_subscription_is_answered_481(exchange):
    with Agent(("127.0.0.1", exchange.sip_port), "user0001", exchange_module.DOMAIN, password="pw-user0001") as agent:
        agent.transport.loss = 0
        watcher = Watcher(agent)
        lamp = watcher.subscribe("102", expires=60)
        assert watcher.follow(SECONDS, lambda: lamp.state == IDLE)
        lamp.dialog.remote = lamp.dialog.remote.replace(lamp.dialog.remote_tag, lamp.dialog.remote_tag[:-3] + "000")
        assert watcher.refresh(lamp).status == 481
