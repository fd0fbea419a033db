# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: what is written into filters, sorts, cursors and ids of any list is a value or a fault, never part of a statement. Generated from the API's
description, so that a new list is tried without a line here."""
import itertools
import os
import re
import time
import urllib.parse

import exchange as exchange_module
import pytest
from test_isolation import Client

# By family: what ends a text, what is true, what joins another list, what waits, what breaks a pattern, a number or an encoding.
PAYLOADS = ["'", "\"", "`", "')", "'))", "';", "'--", "' #", "\\", "\\'", "%27", "' OR '1'='1", "' OR 1=1--", "\" OR \"\"=\"", "1 OR 1=1", "1) OR (1=1", "') OR ('a'='a", "x' AND 1=(SELECT COUNT(*) FROM users)--",
            "' UNION SELECT NULL--", "' UNION ALL SELECT password_hash FROM administrators--", "1 UNION SELECT 1,2,3", "'; DROP TABLE users;--", "1; UPDATE administrators SET active=0",
            "' AND 1=CAST((SELECT password_hash FROM users LIMIT 1) AS int)--", "'||(SELECT pg_sleep(3))||'", "1;SELECT pg_sleep(3)", "' AND 3=LIKE('ABCDEFG',UPPER(HEX(RANDOMBLOB(300000000/2))))--",
            "'; WAITFOR DELAY '0:0:3'--", "1 AND SLEEP(3)", "%", "_", "%%%%%%%%", "!", "{{7*7}}", "${7*7}", "$$", "$1", "?", ":1", "@x", "\x00", "\x1a", "\u2019 OR 1=1", "\xbf\x27", "0x31", "1e309", "-1", "9" * 30,
            "9223372036854775808", "NaN", "null", "true", "[]", "{}", "../", "name", "-name", "name,id", "(SELECT 1)", "id;--", "CASE WHEN 1=1 THEN name ELSE id END", "a" * 2000]
SLOW_SECONDS = 2
# `CARILLON_INJECTION=all` tries each everywhere; else every place has its turn of a sixth of them.
SHARE = 1 if os.environ.get("CARILLON_INJECTION") == "all" else 6


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange")).start("--subscribers", "3")
    yield running
    assert running.stop() == 0


def fits(item, parameter, payload):
    """Whether a row is one that a filter by this value leaves; of other parameters every row is."""
    place = re.fullmatch(r"filter\[(\w+)\](\[contains\])?", parameter)
    if not place:
        return True
    value = item[place[1]]
    if place[2]:
        return payload.lower() in str(value).lower()
    return payload in value if isinstance(value, list) else payload.lower() == str(value).lower()


@pytest.mark.parametrize("login", ["admin", "demobrand", "democompany", "alice@democompany.com"] if SHARE == 1 else ["democompany"])
def test_nothing_becomes_part_of_a_statement(exchange, login):
    client = Client(exchange, login, "changeme")
    paths = client.ask("GET", "/openapi.json")[1]["paths"]
    lists = {path: [each["name"] for each in methods["get"].get("parameters", []) if each["in"] == "query"] for path, methods in paths.items()
             if "get" in methods and "{" not in path and path not in ("/live/events", "/openapi.json")}
    asked, faults, turn = 0, [], itertools.count()
    for path, parameters in lists.items():
        status, all_of_it = client.ask("GET", path + ("?perPage=500" if "perPage" in parameters else ""))
        known = {each.get("id") for each in all_of_it.get("items", [])} if status == 200 else set()
        for parameter in parameters:
            for payload in PAYLOADS[next(turn) % SHARE::SHARE]:
                began = time.monotonic()
                status, answer = client.ask("GET", f"{path}?{urllib.parse.quote(parameter)}={urllib.parse.quote(payload)}")
                asked += 1
                items = answer.get("items", []) if status == 200 else []
                is_slow = time.monotonic() - began > SLOW_SECONDS
                wrong = [each for each in items if not fits(each, parameter, payload) or each.get("id") not in known]
                if status not in (200, 400, 403) or is_slow or wrong:
                    faults.append((path, parameter, payload, status, is_slow, wrong[:1]))
    for path in (path for path, methods in paths.items() if "get" in methods and path.count("{") == 1):
        for payload in PAYLOADS[next(turn) % SHARE::SHARE]:
            status, _ = client.ask("GET", path.replace("{id}", urllib.parse.quote(payload, safe="")))
            asked += 1
            if status not in (400, 403, 404):
                faults.append((path, payload, status))
    assert not faults, (len(faults), faults[:10])
    assert asked > 2000, asked
    print(f"{login}: {asked} requests")
