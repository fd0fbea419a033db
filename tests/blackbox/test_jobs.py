# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: large files go in and out while everybody else works on, and whatever dies in the middle of it, nothing is lost, twice or half done."""
import csv
import io
import json
import time

import api_connection
import exchange as exchange_module
import pytest

LINES = 9_000
OVER = ("done", "failed", "cancelled")


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange")).start()
    _, _, body = running.login("democompany", "changeme")
    running.company = {"Authorization": f"Bearer {body['token']}"}
    yield running
    assert running.stop() == 0


def begin(exchange, path, body=None):
    connection = api_connection.connect(exchange.http_port, 10)
    connection.request("POST", f"/api/v1/{path}", body, exchange.company | {"Prefer": "respond-async", "Content-Type": "text/csv"})
    answer = connection.getresponse()
    job = json.loads(answer.read())
    connection.close()
    assert answer.status == 202, job
    return job["id"]


def look(exchange, job):
    status, _, body = exchange.request("GET", f"/api/v1/jobs/{job}", headers=exchange.company)
    assert status == 200, body
    return body


def wait(exchange, job, condition, seconds=120):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        body = look(exchange, job)
        if condition(body):
            return body
    raise AssertionError(f"It is still so: {body}")


def lines(word, count=LINES):
    return "name,lastName\n" + "".join(f"{word},Number {n}\n" for n in range(count))


def made(exchange, word):
    return exchange.rows(f"SELECT count(*) AS n FROM users WHERE name = '{word}'")[0]["n"]


def test_others_log_in_while_a_file_is_imported(exchange):
    """None has to wait for the lock that an import holds: it holds it for some milliseconds at a time."""
    job = begin(exchange, "users/import", lines("Lock"))
    logins = 0
    while look(exchange, job)["state"] not in OVER:
        assert exchange.login("demobrand", "changeme")[0] == 200
        logins += 1
    assert look(exchange, job)["state"] == "done"
    assert logins >= 3
    assert made(exchange, "Lock") == LINES


def test_an_import_goes_on_where_its_process_died(exchange):
    job = begin(exchange, "users/import", lines("Phoenix"))
    for phase in ("checking", "writing"):
        wait(exchange, job, lambda body, phase=phase: body["phase"] == phase and body["rowsDone"] > 0)
        exchange.kill("jobs")
    done = wait(exchange, job, lambda body: body["state"] in OVER)
    assert done["state"] == "done", done
    assert made(exchange, "Phoenix") == LINES
    status, _, report = exchange.request("GET", f"/api/v1/jobs/{job}/file", headers=exchange.company)
    assert status == 200
    assert [one["line"] for one in report["created"]] == list(range(2, LINES + 2))


def test_an_import_that_is_stopped_leaves_nothing(exchange):
    job = begin(exchange, "users/import", lines("Ghost"))
    wait(exchange, job, lambda body: body["phase"] == "writing" and body["rowsDone"] > 0)
    status, _, body = exchange.request("POST", f"/api/v1/jobs/{job}/cancel", headers=exchange.company)
    assert status == 200, body
    exchange.kill("jobs")
    assert wait(exchange, job, lambda body: body["state"] in OVER)["state"] == "cancelled"
    assert made(exchange, "Ghost") == 0


def test_an_export_survives_its_process(exchange):
    job = begin(exchange, "users/export?format=csv")
    exchange.kill("jobs")
    done = wait(exchange, job, lambda body: body["state"] in OVER)
    assert done["state"] == "done", done
    status, headers, text = exchange.request("GET", f"/api/v1/jobs/{job}/file", headers=exchange.company)
    assert status == 200
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == done["rowsDone"] == exchange.rows("SELECT count(*) AS n FROM users WHERE customer = (SELECT customer FROM administrators WHERE login = 'democompany')")[0]["n"]
    assert len({row["id"] for row in rows}) == len(rows)
