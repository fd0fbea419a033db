# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: what people are called is stored letter by letter or refused, no cell of a file computes anything, and the file brings back what it was made of."""
import csv
import io
import json

import exchange as exchange_module
import pytest
from hostile_text import STRINGS, has_controls, is_formula, strings, unguarded

NAME_BYTES_MAX = 64
FORMULAS = [lead + sign + rest for lead in ("", " ", "'", "''", "x;", "x; ", ";'") for sign, rest in
            (("=", "1+1"), ("+", "34600"), ("-", "2+3"), ("@", "SUM(A1)"), ("＝", "1+1"), ("＋", "1"), ("－", "1"), ("＠", "A1"), ("=", "cmd|'/C calc'!A0"))]


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange")).start()
    token = running.login("democompany", "changeme")[2]["token"]
    yield lambda method, path, body=None, **headers: running.request(method, f"/api/v1{path}", body, {"Authorization": f"Bearer {token}"} | headers)
    assert running.stop() == 0


def people(company):
    """All users but the demo's own, by id."""
    found, page = [], 0
    while True:
        page += 1
        status, _, body = company("GET", f"/users?perPage=500&page={page}&sort=id")
        assert status == 200
        found += body["items"]
        if len(found) >= body["total"]:
            return {item["id"]: item for item in found if item["terminal"] is None}


def import_users(company, table):
    return company("POST", "/users/import", table.encode(), **{"Content-Type": "text/csv"})


@pytest.fixture
def made(company):
    """What was said to each person that could be made, by id."""
    texts = [*FORMULAS, *strings()]
    by_id = {}
    for number, said in enumerate(texts):
        last = FORMULAS[number % len(FORMULAS)]
        status, _, body = company("POST", "/users", {"name": said, "lastName": last})
        is_fine = all(len(text.encode()) <= NAME_BYTES_MAX and not has_controls(text) for text in (said, last)) and said != ""
        assert (status == 201) == is_fine and status in (201, 400, 422), (said, last, status, body)
        if status == 201:
            assert (body["name"], body["lastName"]) == (said, last)
            by_id[body["id"]] = said, last
    yield by_id
    for each in people(company):
        assert company("DELETE", f"/users/{each}")[0] == 204


def names(items):
    return sorted((item["name"], item["lastName"]) for item in items)


def test_what_is_stored_is_what_was_said_and_files_bring_it_back(company, made):
    assert len(made) > STRINGS / 3
    stored = people(company)
    assert {each: (item["name"], item["lastName"]) for each, item in stored.items()} == made
    for each, said in list(made.items())[::20]:
        status, _, body = company("GET", f"/users/{each}")
        assert status == 200 and (body["name"], body["lastName"]) == said and json.loads(json.dumps(body)) == body

    status, headers, table = company("GET", "/users?sort=id", Accept="text/csv")
    assert status == 200 and headers["Content-Type"].startswith("text/csv")
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(table, newline="")) if row["id"] in made}
    assert rows.keys() == made.keys()
    cells = [cell for row in rows.values() for cell in row.values()]
    assert not [cell for cell in cells if is_formula(cell)]
    guarded = [row[name] for row in rows.values() for name in ("name", "lastName") if unguarded(row[name]) != row[name]]
    assert len(guarded) >= 40
    assert {each: (unguarded(row["name"]), unguarded(row["lastName"])) for each, row in rows.items()} == made

    for each in made:
        assert company("DELETE", f"/users/{each}")[0] == 204
    kept = io.StringIO(newline="")
    writer = csv.DictWriter(kept, next(iter(rows.values())).keys(), quoting=csv.QUOTE_ALL)  # Blanks without quotes are none.
    writer.writeheader()
    writer.writerows(rows.values())
    status, _, body = import_users(company, kept.getvalue())
    assert status == 200 and body["errors"] == [] and body["lines"] == len(made), body
    assert names(people(company).values()) == names(stored.values())
