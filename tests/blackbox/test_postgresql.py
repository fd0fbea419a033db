# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: the same platform on PostgreSQL: calls, records, logins; tenants apart in the database itself; and a server that goes away
costs nobody a call or a record."""
import subprocess
import time

import exchange as exchange_module
import pytest
import records
from support.postgresql import Server
# The same stories, told of the exchange of this file.
from test_records import (made_call, test_a_customer_sees_its_calls_and_a_foreign_id_is_not_found, test_ctl_shows_the_newest_records_first, test_logins,
                          test_the_record_is_whole, test_values_of_sip_that_look_like_sql_are_stored_as_they_came)
from test_tenants import account


@pytest.fixture(scope="module")
def server():
    running = Server()
    yield running
    running.close()


@pytest.fixture(scope="module")
def exchange(tmp_path_factory, server):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange"), postgresql=server).start("--subscribers", "4", "--tenants", "2")
    yield running
    assert running.stop() == 0


def as_login(exchange, name):
    status, _, body = exchange.login(name, "changeme")
    assert status == 200, body
    return {"Authorization": f"Bearer {body['token']}"}


def test_a_call_and_its_record(phones, new_records):
    callee = phones.registered_sipp("answer", "bob", milliseconds=200)
    phones.sipp("call", "alice", target="102", milliseconds=300).end()
    callee.end()
    records.check(new_records(1)[0], "ok", 200, 0.3)


def test_tenants_call_their_own_and_see_their_own(phones, new_records, exchange):
    callee = phones.registered_sipp("answer", "user0003", milliseconds=100, **account(3))
    phones.sipp("call", "user0001", target="100003", milliseconds=300, **account(1)).end()
    callee.end()
    record, = new_records(1)
    for name, sees in (("admin", True), ("demobrand", True), ("democompany", False), ("alice@democompany.com", False)):
        status, _, page = exchange.request("GET", f"/api/v1/calls/{record['id']}", headers=as_login(exchange, name))
        assert (status == 200) == sees, (name, page)
    phones.sipp("call_fails", "user0001", target="100002", status=404, **account(1)).end()
    new_records(2)


def test_the_database_itself_keeps_tenants_apart(exchange, server):
    everything = int(server.sql("SELECT count(*) FROM terminals", scope="platform"))
    assert everything == 6
    assert int(server.sql("SELECT count(*) FROM terminals")) == 0
    customer, own = server.sql("SELECT customer, count(*) FROM terminals GROUP BY customer ORDER BY customer LIMIT 1", scope="platform").strip().split("|")
    confined = f"SET carillon.scope = 'customer'; SET carillon.brand = '0'; SET carillon.customer = '{customer}'; SELECT count(*) FROM terminals"
    assert int(server.sql(confined)) == int(own) == 2


def test_calls_lie_in_the_partition_of_their_month(exchange, server):
    assert int(server.sql("SELECT count(*) FROM calls", scope="platform")) > 0
    assert server.sql("SELECT DISTINCT tableoid::regclass FROM calls", scope="platform").startswith("calls_20")


def test_a_server_that_goes_away_costs_nothing(phones, new_records, exchange, server):
    """Twice, since what was found once must be found again."""
    for _ in range(2):
        server.stop()
        callee = phones.registered_sipp("answer", "bob", milliseconds=200)
        phones.sipp("call", "alice", target="102", milliseconds=300).end()
        callee.end()
        status, headers, _ = exchange.request("GET", "/api/v1/calls")
        assert status == 503 and int(headers["Retry-After"]) > 0
        deadline = time.monotonic() + 10
        while "call records" not in exchange.health_report()[1]:
            assert time.monotonic() < deadline, exchange.health_report()
            time.sleep(0.05)
        server.start()
        deadline = time.monotonic() + 40  # jobs may be waiting for its next try.
        while exchange.health("/readyz") != 200:
            assert time.monotonic() < deadline, exchange.log()[-3000:]
            time.sleep(0.1)
    for record in new_records(2):
        records.check(record, "ok", 200, 0.3)
    assert exchange.metric("carillon_role_restarts_total") == 0
    assert exchange.log().count("event=load.works_again") == 2


def carillon(*words):
    return subprocess.run([exchange_module.BINARY, *map(str, words)], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


def test_a_role_above_the_walls_is_refused(tmp_path, server):
    for word in ("init", "serve"):
        (tmp_path / "carillon.toml").write_text(f'[database]\nurl = "{server.url(role="postgres")}"\n[data]\ndir = "{tmp_path}/data"\n')
        done = carillon(word, "--config", tmp_path / "carillon.toml")
        assert done.returncode == 1 and "BYPASSRLS" in done.stderr, done.stderr


def test_serve_wants_a_database_that_was_made(tmp_path, server):
    (tmp_path / "carillon.toml").write_text(f'[database]\nurl = "{server.make_database("empty")}"\n[data]\ndir = "{tmp_path}/data"\n')
    done = carillon("serve", "--config", tmp_path / "carillon.toml")
    assert done.returncode == 1 and "carillon init" in done.stderr, done.stderr
    assert carillon("init", "--config", tmp_path / "carillon.toml").returncode == 0


def test_no_password_reaches_a_process_list_or_a_message(tmp_path):
    done = carillon("init", "--data", tmp_path / "data", "--set", "database.url=postgresql://carillon:hunter2@/x?host=/nowhere")
    assert done.returncode == 2 and "hunter2" not in done.stderr + done.stdout
    (tmp_path / "carillon.toml").write_text(f'[database]\nurl = "postgresql://carillon:hunter2@/x?host=/nowhere"\n[data]\ndir = "{tmp_path}/data"\n')
    done = carillon("init", "--config", tmp_path / "carillon.toml")
    assert done.returncode == 1 and "hunter2" not in done.stderr + done.stdout and "/nowhere" in done.stderr
