# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: `carillon backup` while calls run, `carillon restore` into a database of either kind, and nothing is lost on the way."""
import contextlib
import json
import subprocess
import tarfile

import exchange as exchange_module
import pytest
import raw_sip
import records
from support.postgresql import Server


@pytest.fixture(scope="module")
def server():
    running = Server()
    yield running
    running.close()


def carillon(word, file, data, url="sqlite:carillon.db"):
    return subprocess.run([exchange_module.BINARY, word, file, "--data", data, "--set", f"database.url={url}"], capture_output=True, text=True,
                          timeout=120, stdin=subprocess.DEVNULL)


def done(word, file, data, url="sqlite:carillon.db"):
    ended = carillon(word, file, data, url)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def manifest(file):
    with tarfile.open(file) as archive:
        return json.load(archive.extractfile("manifest.json"))


def rows(file, table):
    found = []
    with tarfile.open(file) as archive:
        for member in archive:
            if member.name.startswith(f"tables/{table}/"):
                found += [json.loads(line) for line in archive.extractfile(member)]
    return found


def test_while_calls_run_and_from_file_to_server_and_back(phones, new_records, exchange, server, tmp_path):
    count = 30
    callee = phones.registered_sipp("answer", "bob", milliseconds=100, calls=count)
    calls = phones.sipp("call", "alice", target="102", milliseconds=300, calls=count, arguments=("-r", "10"))
    for n in range(3):  # Each sees one moment of them.
        done("backup", tmp_path / f"busy-{n}.tar.gz", exchange.data)
        status, _, _ = exchange.request("GET", "/api/v1/calls")
        assert status == 200
    calls.end()
    callee.end()
    for record in new_records(count):
        records.check(record, "ok", 200, 0.3)
    told = [len(rows(tmp_path / f"busy-{n}.tar.gz", "calls")) for n in range(3)]
    assert told == sorted(told) and told[-1] <= len(exchange.records())

    first, second, third = (tmp_path / f"{name}.tar.gz" for name in ("first", "second", "third"))
    assert first.name not in done("backup", first, exchange.data).split("Written")[0]
    assert first.stat().st_mode & 0o777 == 0o600
    assert sorted(call["id"] for call in rows(first, "calls")) == sorted(call["id"] for call in exchange.records())
    done("restore", first, tmp_path / "moved", server.url())
    done("backup", second, tmp_path / "moved", server.url())
    done("restore", second, tmp_path / "back")
    done("backup", third, tmp_path / "back")
    contents = [manifest(file) for file in (first, second, third)]
    for content in contents:
        content.pop("madeAt")
    assert contents[0] == contents[1] == contents[2]
    assert [file["name"] for file in contents[0]["files"]] == ["tls/certificate.pem", "tls/key.pem"]
    assert (tmp_path / "back/tls/key.pem").read_bytes() == (exchange.data / "tls/key.pem").read_bytes()

    again = carillon("restore", first, tmp_path / "moved", server.url())
    assert again.returncode == 1 and "empty" in again.stderr
    serve_what_was_moved(exchange, server, tmp_path)


def serve_what_was_moved(exchange, server, folder):
    """Who could log in and register before can do it at the new place, and the calls of then are there."""
    moved = exchange_module.Exchange(folder, "sip.users.address=127.0.0.1", "security.require_second_factor=false", postgresql=server)
    (folder / "carillon.toml").write_text("")
    moved.command, moved.data = ("serve", "--config", folder / "carillon.toml"), folder / "moved"
    moved.start()
    with contextlib.closing(raw_sip.SilentDevice(moved)) as phone:
        assert phone.register("alice", "alice")[0] == 200
    assert moved.records() == exchange.records()
    assert moved.stop() == 0


def test_what_is_damaged_goes_into_no_database(exchange, tmp_path):
    whole = tmp_path / "whole.tar.gz"
    done("backup", whole, exchange.data)
    content = bytearray(whole.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "damaged.tar.gz").write_bytes(content)
    (tmp_path / "cut.tar.gz").write_bytes(whole.read_bytes()[:len(content) // 2])
    for name in ("damaged", "cut", "missing"):
        assert carillon("restore", tmp_path / f"{name}.tar.gz", tmp_path / "data").returncode == 1
    done("restore", whole, tmp_path / "data")


def test_nothing_is_restored_under_a_running_platform_or_over_a_file(exchange, tmp_path):
    file = tmp_path / "backup.tar.gz"
    done("backup", file, exchange.data)
    assert carillon("restore", file, exchange.data).returncode == 1
    assert carillon("backup", file, exchange.data).returncode == 1
    assert exchange.health("/readyz") == 200
