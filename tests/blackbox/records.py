# SPDX-License-Identifier: GPL-3.0-or-later
"""What call records have to say, and that ctl, the REST API and the database say the same."""
import datetime
import json

COMMIT_MS_MAX = 2000  # An answer that is not on disk by then ends the call.
SHOWN_BY_CTL = ["id", "callId", "startedAt", "answeredAt", "endedAt", "direction", "caller", "callee", "durationSeconds", "status", "sipCode"]


def check(record, status, code, seconds=0.0, *, caller="101", callee="102", direction="internal", within=1.0):
    assert (record["caller"], record["callee"], record["direction"]) == (caller, callee, direction), record
    assert (record["status"], record["sipCode"]) == (status, code), record
    assert abs(record["durationSeconds"] - seconds) <= within, (seconds, record)
    assert (record["answeredAt"] is not None) == (status == "ok" or seconds > 0), record
    assert record["endedAt"] >= record["startedAt"], record
    assert record["broken"] is False, record


def microseconds(text):
    return text and round(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1e6)


def check_row(row, record):
    """The database's row of a record that the REST API showed."""
    for column, name in (("id", "id"), ("call_id", "callId"), ("caller", "caller"), ("callee", "callee"), ("direction", "direction"),
                         ("status", "status"), ("sip_code", "sipCode")):
        assert row[column] == record[name], (column, row, record)
    assert row["duration_ms"] == round(record["durationSeconds"] * 1000), (row, record)
    for column, name in (("started_at", "startedAt"), ("answered_at", "answeredAt"), ("ended_at", "endedAt")):
        shown, stored = microseconds(record[name]), row[column]
        assert shown == stored if stored is None else abs(shown - stored) <= 1000, (column, row, record)
    if record["answeredAt"]:  # The answer counts from its 200, which leaves when it is on disk: a commit later, and behind the one that is under way.
        assert abs((row["ended_at"] - row["answered_at"]) / 1e3 - row["duration_ms"]) <= COMMIT_MS_MAX, row


def check_everywhere(exchange, found):
    """Each of these records (of the REST API) is the same by ctl and in the database, and none is there twice."""
    by_ctl = json.loads(exchange.ctl("--json", "calls", "--ended", "--limit", "1000"))["items"]
    rows = exchange.rows("SELECT * FROM calls")
    assert len(by_ctl) == len(rows) == len(exchange.records()), (by_ctl, rows)
    assert [call["startedAt"] for call in by_ctl] == sorted((call["startedAt"] for call in by_ctl), reverse=True)
    for record in found:
        assert [call for call in by_ctl if call["id"] == record["id"]] == [{name: record[name] for name in ("brand", "customer", *SHOWN_BY_CTL)}]
        row, = [row for row in rows if row["id"] == record["id"]]
        check_row(row, record)
