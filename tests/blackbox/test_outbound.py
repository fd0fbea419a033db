# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: a device is found on the way that its registration came: by the connection that it keeps (RFC 5626), through the proxies in front of
it (RFC 3327), or where an administrator said that it is."""
import sqlite3

import exchange as exchange_module
import pytest

INSTANCE = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"'
EDGE = "<sip:token@edge.example;lr;ob>"
INNER = "<sip:inner.example;lr>"


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange")).start("--subscribers", "2")
    yield running
    assert running.stop() == 0


def register_flow(agent, number):
    return agent.register(contact=f"{agent.contact};{INSTANCE};reg-id={number}", headers=[("Supported", "path, outbound")])


def register_through(agent, *paths, contact=None, headers=()):
    """As a proxy passes it on: with its Via below the device's, and the Path of each proxy, the nearest to us first."""
    request = agent.build("REGISTER", to=agent.address, headers=[("Contact", contact or agent.contact), ("Supported", "path, outbound"), *headers])
    request = agent.authorize(request, agent.wait_for_final(agent.send(request)))
    request.add("Via", "SIP/2.0/UDP 192.0.2.99:5060;branch=z9hG4bKdevice")
    for path in paths:
        request.add("Path", path)
    return agent.wait_for_final(agent.send(request))


def test_a_device_that_comes_by_a_new_connection_is_the_same_device(join):
    first, second, third = (join("bob", "bob", kind="tcp") for _ in range(3))
    response = register_flow(first, 1)
    assert response.status == 200 and response.get("Require") == "outbound" and response.get("Flow-Timer") == "120"
    contacts = register_flow(second, 1).all("Contact")
    assert len(contacts) == 1 and INSTANCE in contacts[0] and "reg-id=1" in contacts[0] and second.host_port in contacts[0]
    assert len(register_flow(third, 2).all("Contact")) == 2
    call = join("alice", "alice").call("102")
    ringing = third.wait_for_call()
    ringing.ring()
    call.expect(180)
    first.expect_nothing("INVITE", 0.2)
    second.expect_nothing("INVITE", 0.2)
    call.cancel()
    ringing.wait_for_cancel()
    call.expect(487)


def test_a_device_that_lost_its_newest_connection_is_called_by_the_other(join):
    main, spare = join("bob", "bob", kind="tcp"), join("bob", "bob", kind="tcp")
    assert register_flow(main, 1).status == register_flow(spare, 2).status == 200
    spare.close()
    call = join("alice", "alice").call("102")
    main.wait_for_call().reject(486)
    call.expect(486)


def test_a_device_may_give_all_its_flows_one_uri(join):
    """As in the example of RFC 5626 §9.2."""
    main, spare = join("bob", "bob", kind="tcp"), join("bob", "bob", kind="tcp")
    uri = "<sip:bob@192.0.2.2;transport=tcp;ob>"
    for agent, number in ((main, 1), (spare, 2)):
        response = agent.register(contact=f"{uri};{INSTANCE};reg-id={number}", headers=[("Supported", "path, outbound")])
        assert response.status == 200 and len(response.all("Contact")) == number
    spare.close()
    call = join("alice", "alice").call("102")
    main.wait_for_call().reject(486)
    call.expect(486)


def test_a_device_that_came_from_elsewhere_is_one_device_after_a_restart(join, exchange):
    first, second = join("bob", "bob"), join("bob", "bob")
    for agent in (first, second):
        assert len(register_flow(agent, 1).all("Contact")) == 1
    assert exchange.stop() == 0
    exchange.start("--subscribers", "2")
    assert len(register_flow(second, 1).all("Contact")) == 1


def test_by_udp_a_registration_is_an_ordinary_one(join):
    response = register_flow(join("bob", "bob"), 1)
    assert response.status == 200 and not response.has("Require") and not response.has("Flow-Timer")


def test_flows_are_named_one_at_a_time(join):
    bob = join("bob", "bob", kind="tcp")
    two = f"{bob.contact};{INSTANCE};reg-id=1, <sip:other@192.0.2.7>;{INSTANCE};reg-id=2"
    assert bob.register(contact=two, headers=[("Supported", "outbound")]).status == 400


def test_a_proxy_that_keeps_no_flows_is_named(join):
    bob = join("bob", "bob", kind="tcp")
    flow = f"<sip:bob@192.0.2.99>;{INSTANCE};reg-id=1"
    assert register_through(bob, contact=flow).status == 439
    assert register_through(bob, INNER, contact=flow).status == 439
    response = register_through(bob, INNER, EDGE, contact=flow)
    assert response.status == 200 and response.get("Require") == "outbound" and response.all("Path") == [INNER, EDGE]


@pytest.mark.parametrize("path", ["<sip:edge.example>", "<tel:123>", "nonsense", "<sip:" + 300 * "x" + ".example;lr>"])
def test_a_path_that_cannot_be_gone_is_refused(join, path):
    assert register_through(join("bob", "bob"), path).status == 400


def test_calls_go_back_through_the_proxies(join, exchange):
    """The agent is the proxy: what comes to it names the way in Route, and the device in the Request-URI. A restart forgets nothing."""
    bob, device = join("bob", "bob"), "sip:bob@192.0.2.99:5070"
    response = register_through(bob, INNER, EDGE, contact=f"<{device}>")
    assert response.status == 200 and response.all("Path") == [INNER, EDGE] and not response.has("Require")
    for _ in range(2):
        call = join("alice", "alice").call("102")
        ringing = bob.wait_for_call()
        ringing.ring()
        assert (ringing.invite.uri, ringing.invite.all("Route")) == (device, [INNER, EDGE])
        call.expect(180)
        call.cancel()
        assert ringing.wait_for_cancel().all("Route") == [INNER, EDGE]
        call.expect(487)
        assert exchange.stop() == 0
        exchange.start("--subscribers", "2")


def test_a_static_contact_needs_no_registration(join, exchange):
    carol = join("user0001")
    with sqlite3.connect(exchange.data / "carillon.db") as database:
        database.execute("UPDATE terminals SET static_contact = ? WHERE name = 'user0001'", (f"sip:user0001@{carol.host_port}",))
    assert exchange.stop() == 0
    exchange.start("--subscribers", "2")
    alice = join("alice", "alice")
    call = alice.call("100001")
    there = carol.wait_for_call().answer()
    here = call.wait_for_answer()
    bye = here.send("BYE")
    carol.respond(carol.expect("BYE"), 200)
    assert alice.wait_for_final(bye).status == 200 and there.remote_tag
    permanent = [device for device in exchange.get("/api/v1/live/registrations")["items"] if device["name"] == "user0001"]
    assert [(device["permanent"], device["contact"], device["source"], device["transport"], device["registeredAt"], device["expiresAt"])
            for device in permanent] == [(True, f"sip:user0001@{carol.host_port}", carol.host_port, "udp", None, None)]
    line, = [line for line in exchange.ctl("registrations").split("\n") if line.startswith("user0001 ")]
    assert "permanent" in line
    assert alice.register().status == 200
    assert {device["name"]: device["permanent"] for device in exchange.get("/api/v1/live/registrations")["items"]} == {"user0001": True, "alice": False}
    exchange.configure("UPDATE terminals SET static_contact = '' WHERE name = 'user0001'")
    assert "user0001" not in exchange.ctl("registrations")


def test_a_call_that_goes_in_circles_is_stopped(join, exchange):
    """What bears our Via has been here before: three times is an odd way, a fourth is a loop."""
    alice = join("alice", "alice")
    said = []
    first = alice.build("INVITE", f"sip:100002@{alice.domain}")
    for number in range(5):
        invite = alice.build("INVITE", first.uri, body=alice.description(), call_id=first.call_id, cseq=2 * number + 1,
                             headers=[("From", first.get("From"))])
        again = alice.authorize(invite, alice.wait_for_final(alice.send(invite)))
        again.add("Via", f"SIP/2.0/UDP 127.0.0.1:{exchange.sip_port};branch=z9hG4bKours{number}")
        said.append(alice.wait_for_final(alice.send(again)).status)
    assert said == [480, 480, 480, 482, 482]
