# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: telephones of a customer that names countries register and call from there only, by a file that is taken anew while it runs; a file that
is missing or broken lets nobody in whom the one before would not have let in."""
import os
import subprocess

import country_file
import exchange as exchange_module
import pytest
import raw_sip

DOMAIN = exchange_module.DOMAIN
SPAIN, FRANCE, NOWHERE = "127.7.0.1", "127.8.0.1", "127.9.0.1"


@pytest.fixture
def place(tmp_path):
    def write(countries):
        country_file.write(tmp_path / "next.mmdb", countries)
        os.replace(tmp_path / "next.mmdb", tmp_path / "countries.mmdb")
    write.path = tmp_path / "countries.mmdb"
    return write


def statuses(exchange, user, address):
    """(of a REGISTER, of an INVITE for a number that nobody has)"""
    with raw_sip.Socket(exchange, address) as phone:
        registered = phone.register(user, user)[0]
        return registered, phone.call(user, user, DOMAIN, f"sip:999@{DOMAIN}")


def allow(exchange, countries):
    exchange.configure("UPDATE customers SET allowed_countries = ?", countries)


def ctl_reload(exchange):
    return subprocess.run([exchange_module.BINARY, "ctl", "--data", exchange.data, *exchange.arguments(), "reload"], capture_output=True,
                          text=True, timeout=20)


def test_phones_are_in_their_countries(tmp_path, place):
    place({"127.7.0.0/16": "ES", "127.8.0.0/16": "FR"})
    exchange = exchange_module.Exchange(tmp_path / "exchange", f"security.country_database={place.path}").start()
    try:
        assert statuses(exchange, "alice", FRANCE) == (200, 404), "a customer without list is everywhere"
        allow(exchange, "ES PT")
        assert statuses(exchange, "alice", SPAIN) == (200, 404)
        assert statuses(exchange, "alice", FRANCE) == (403, 403)
        assert statuses(exchange, "alice", NOWHERE) == (200, 404), "an inner address that the file does not name is in no country"
        assert FRANCE not in exchange.ctl("registrations"), "forgotten with the change"
        place({"127.7.0.0/16": "FR", "127.8.0.0/16": "ES"})
        assert ctl_reload(exchange).returncode == 0
        assert statuses(exchange, "alice", SPAIN) == (403, 403) and statuses(exchange, "alice", FRANCE) == (200, 404)
        place.path.write_bytes(b"no such thing")
        assert ctl_reload(exchange).returncode == 1
        assert statuses(exchange, "alice", SPAIN) == (403, 403) and statuses(exchange, "alice", FRANCE) == (200, 404)
        assert exchange.metric("carillon_country_database_failures_total") >= 1
    finally:
        assert exchange.stop() == 0


def test_without_its_file_only_inner_addresses_are_let_in(tmp_path, place):
    """It starts, says what is missing, and takes the file as soon as it is there."""
    exchange = exchange_module.Exchange(tmp_path / "exchange", f"security.country_database={place.path}").start()
    try:
        exchange.wait_for_log("countries.unreadable")
        allow(exchange, "ES")
        assert statuses(exchange, "alice", FRANCE) == (200, 404)
        place({"127.8.0.0/16": "FR"})
        assert ctl_reload(exchange).returncode == 0
        assert statuses(exchange, "alice", FRANCE) == (403, 403)
    finally:
        assert exchange.stop() == 0
