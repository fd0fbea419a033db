# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: the manual's script leads from an empty brand to two telephones that call each other."""
import os
import pathlib
import subprocess

import exchange as exchange_module
from sipp import Sipp

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "docs/manual/first-customer.sh"
DOMAIN = "bakery.example"


def test_the_script_of_the_manual_ends_in_a_call(tmp_path):
    exchange = exchange_module.Exchange(tmp_path / "exchange").start()
    phones = []
    try:
        done = subprocess.run([SCRIPT], env=os.environ | {"CARILLON": f"https://127.0.0.1:{exchange.http_port}", "LOGIN": "admin", "PASSWORD": "changeme"},
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        accounts = {name: (number, password) for name, number, password in (line.split() for line in done.stdout.splitlines())}
        assert accounts["anna"][0] == "201" and accounts["ben"][0] == "202"

        exchange.wait_until_known()

        def phone(scenario, name, **options):
            phones.append(Sipp(tmp_path, scenario, exchange, name, password=accounts[name][1], domain=DOMAIN, **options))
            return phones[-1]

        registered = phone("register", "ben", expires=120)
        registered.end()
        ben = phone("answer", "ben", port=registered.port, milliseconds=0)
        phone("call", "anna", target="202", milliseconds=500).end()
        ben.end()
        record = exchange.wait_for_records(1)[0]
        assert (record["caller"], record["callee"], record["status"]) == ("201", "202", "ok"), record
        # Another customer sees nothing of it.
        token = exchange.login("democompany", "changeme")[2]["token"]
        for collection in ("calls", "users", "terminals", "extensions", "domains", "audit"):
            status, _, listed = exchange.request("GET", f"/api/v1/{collection}?filter[customer]={record['customer']}", headers={"Authorization": f"Bearer {token}"})
            assert status == 200 and listed["items"] == [], (collection, listed)
    finally:
        for one in phones:
            one.close()
        assert exchange.stop() == 0
