# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: whoever sends requests in the name of a network where nobody is causes at most five answers a second there, whatever the number of shards,
while telephones elsewhere notice nothing, and an office behind one address that powers on registers within seconds (reliability T-11)."""
import heapq
import select
import time

import exchange as exchange_module
import pytest
import raw_sip

DOMAIN, ANSWERS_MAX = exchange_module.DOMAIN, 5


@pytest.fixture(scope="module", params=[1, 3])
def exchange(tmp_path_factory, request):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange"), "security.antiflood.requests=100", f"signalling.shards={request.param}")
    yield running.start("--subscribers", "120")
    assert running.stop() == 0


def test_a_forged_network_gets_five_answers_a_second(exchange):
    """Requests of all kinds in the name of forty addresses, for owners on every shard; each address stays below the flood guard."""
    victims = [raw_sip.Socket(exchange, f"127.40.1.{host}") for host in range(1, 41)]
    kinds = [(method, domain) for method in ("OPTIONS", "REGISTER", "INVITE", "BYE", "NONSENSE") for domain in (DOMAIN, "nowhere.example", "127.0.0.1")]
    begin, heard, sent = time.monotonic(), [], 0
    with raw_sip.Socket(exchange, "127.41.0.1") as phone:
        registered = None
        while (now := time.monotonic()) < begin + 4:
            method, domain = kinds[sent % len(kinds)]
            victim = victims[sent % len(victims)]
            victim.send(victim.request(method, "alice", domain))
            sent += 1
            for victim in select.select(victims, [], [], 0.004)[0]:
                heard.append(time.monotonic())
                assert victim.receive() is not None
            if registered is None and now > begin + 1:
                asked = time.monotonic()
                registered = phone.register("alice", "alice"), time.monotonic() - asked
    for victim in victims:
        victim.close()
    assert registered[0] == (200, 401) and registered[1] < 1, registered
    assert sent > 400 and len(heard) >= 10, (sent, len(heard))
    assert len(heard) <= ANSWERS_MAX * (int(heard[-1] - begin) + 1), (len(heard), heard[-1] - begin)
    assert exchange.metric("carillon_sip_answers_withheld_total") >= sent - len(heard) - 50


def power_on(exchange, address, users):
    """Registers all at once with retransmissions as RFC 3261 §17.1.2.2 has them; seconds until each was registered."""
    phones, due, done, begin = {}, [], {}, time.monotonic()
    try:
        for user in users:
            phone = raw_sip.Socket(exchange, address)
            phones[phone] = [user, phone.request("REGISTER", user, DOMAIN, extra="Expires: 60\r\n")]
            phone.send(phones[phone][1])
            heapq.heappush(due, (begin + 0.5, 0.5, phone.fileno(), phone, phones[phone][1]))
        while len(done) < len(users):
            assert time.monotonic() < begin + 30, sorted(set(users) - set(done))
            for phone in select.select(list(phones), [], [], max(0, due[0][0] - time.monotonic()) if due else 1)[0]:
                user, request = phones[phone]
                answer = phone.receive()
                if answer.startswith("SIP/2.0 401") and "Authorization" not in request:
                    phones[phone][1] = phone.authorized("REGISTER", user, f"pw-{user}", answer, domain=DOMAIN, extra="Expires: 60\r\n")
                    phone.send(phones[phone][1])
                    heapq.heappush(due, (time.monotonic() + 0.5, 0.5, phone.fileno(), phone, phones[phone][1]))
                elif answer.startswith("SIP/2.0 200"):
                    done.setdefault(user, time.monotonic() - begin)
            while due and due[0][0] <= time.monotonic():
                at, pause, number, phone, request = heapq.heappop(due)
                if phones[phone][0] not in done and phones[phone][1] is request:
                    phone.send(request)
                    heapq.heappush(due, (at + min(2 * pause, 4), min(2 * pause, 4), number, phone, request))
    finally:
        for phone in phones:
            phone.close()
    return sorted(done.values())


def test_an_office_that_powers_on_registers_within_seconds(exchange):
    """New telephones behind one address, none of which was ever here; then others beside them, which need no second try."""
    for address, phones in (("127.42.0.1", 50), ("127.42.1.1", 80)):
        seconds = power_on(exchange, address, [f"user{number:04}" for number in range(1, phones + 1)])
        print(f"{phones} phones: the median after {seconds[phones // 2]:.2f} s, the last after {seconds[-1]:.2f} s")
        assert seconds[-1] < 5, seconds
    assert not any(ban["name"].startswith("127.42.") for ban in exchange.get("/api/v1/live/bans")["items"])
    for number in range(81, 91):
        with raw_sip.Socket(exchange, "127.42.0.77") as phone:
            assert phone.register(f"user{number:04}", f"pw-user{number:04}") == (200, 401)


def test_an_office_in_many_addresses_registers_too(exchange):
    """The same with a public network of its own: one proof speaks for all of its /24."""
    begin = time.monotonic()
    for host in range(1, 26):
        with raw_sip.Socket(exchange, f"127.43.0.{host}") as phone:
            assert phone.register(f"user{70 + host:04}", f"pw-user{70 + host:04}") == (200, 401)
    assert time.monotonic() - begin < 5
