# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: the scanners that roam the Internet find no account and guess no password, neither by answers nor by time, and keep nobody out
(reliability T-01, T-02)."""
import gc
import pathlib
import re
import statistics
import subprocess
import time

import exchange as exchange_module
import ports
import pytest
import raw_sip

KNOWN = [f"user{number:04}" for number in range(1, 11)]
UNKNOWN = [f"nobod{number:04}" for number in range(1, 11)]


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange")).start("--subscribers", str(len(KNOWN)))
    yield running
    assert running.stop() == 0


class Scanner:
    """A program of sipvicious at work. It comes from 127.0.0.1, and its domain is ours: the listener's own address."""

    def __init__(self, exchange, folder, program, *arguments):
        self._log = open(folder / f"{program}-{ports.free()}.log", "wb")
        command = [program, "-v", "-p", str(exchange.sip_port), "-P", str(ports.free()), "-t", "0.0005", *arguments, "127.0.0.1"]
        self._process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
                                         env={"HOME": str(folder), "PATH": "/usr/bin:/bin"})

    def said(self):
        return pathlib.Path(self._log.name).read_text()

    def wait_for(self, text, seconds=20):
        deadline = time.monotonic() + seconds
        while text not in self.said():
            assert time.monotonic() < deadline, f"it did not say '{text}' within {seconds} s:\n{self.said()}"
            time.sleep(0.05)

    def end(self):
        """Waits for it; what it said."""
        try:
            self._process.wait(60)
        finally:
            self.close()
        return self.said()

    def close(self):
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._log.close()


def write_words(path, words):
    path.write_text("".join(f"{word}\n" for word in words))
    return str(path)


def test_svwar_and_svmap_learn_nothing(exchange, tmp_path):
    names = write_words(tmp_path / "names", ["alice", "bob", *KNOWN, *UNKNOWN, *range(100, 200)])
    scanners = [Scanner(exchange, tmp_path, "svwar", "-d", names, "-m", method, *force)
                for method in ("REGISTER", "INVITE", "OPTIONS") for force in ((), ("--force",))]
    mapper = Scanner(exchange, tmp_path, "svmap")
    for scanner in scanners:
        said = scanner.end()
        assert "found nothing" in said, said
    said = mapper.end()
    assert re.search(rf"127\.0\.0\.1:{exchange.sip_port} *\| *unknown", said), said
    assert exchange.records() == []


def test_svcrack_guesses_nothing_while_the_phone_goes_on(exchange, tmp_path):
    # It can guess: a right word among the first is found.
    early = write_words(tmp_path / "early", ["wrong", "bob", "never"])
    guessed = "The password for {0} is {0}"
    assert guessed.format("bob") in Scanner(exchange, tmp_path, "svcrack", "-u", "bob", "-d", early).end()
    late = write_words(tmp_path / "late", [*(f"wrong{n}" for n in range(1500)), "alice", *(f"more{n}" for n in range(500))])
    cracker = Scanner(exchange, tmp_path, "svcrack", "-u", "alice", "-d", late)
    try:
        exchange.wait_for_log("event=password.banned account=alice@")
        with raw_sip.Socket(exchange, "127.0.5.1") as phone:
            for _ in range(50):
                assert phone.register("alice", "alice") == (200, 401)
        cracker.wait_for("no more passwords")
        time.sleep(0.5)
        assert "password for" not in cracker.said(), cracker.said()
    finally:
        cracker.close()
    with raw_sip.Socket(exchange, "127.0.5.1") as phone:
        assert phone.register("alice", "alice", expires=0, contact="*") == (200, 401)


def test_two_hundred_sources_lock_no_phone_out(exchange):
    """They guess at one account, from addresses that are theirs and from such that they forged (reliability T-02, T-21)."""
    with raw_sip.Socket(exchange, "127.0.5.2") as phone:
        assert phone.register("bob", "bob") == (200, 401)
        for number in range(200):
            with raw_sip.Socket(exchange, f"127.20.0.{number + 1}") as guesser:
                assert guesser.register("bob", "wrong") == (403, 401)
                # What was challenged elsewhere proves nothing about this source.
                challenge = 'realm="users.democompany.com", nonce="0123456789abcdef", qop="auth", algorithm=MD5'
                forged = raw_sip.digest(challenge, "REGISTER", "sip:users.democompany.com", "bob", "wrong")
                guesser.send(guesser.request("REGISTER", "bob", "users.democompany.com", extra=f"Authorization: {forged}\r\n"))
                assert guesser.final()[0] == 401
        exchange.wait_for_log("event=password.banned account=bob@")
        for _ in range(20):
            assert phone.register("bob", "bob") == (200, 401)
        with raw_sip.Socket(exchange, "127.0.5.2") as restarted:  # The same telephone, on another port.
            assert restarted.register("bob", "bob", expires=0, contact="*") == (200, 401)


def timed(client, request):
    began = time.perf_counter()
    client.send(request)
    status, _ = client.final()
    return status, time.perf_counter() - began


def attempt(client, user, password):
    """Seconds to the challenge and to the refusal of a registration with a wrong password."""
    extra = "Expires: 60\r\n"
    client.send(client.request("REGISTER", user, "users.democompany.com", extra=extra))
    status, text = client.final()
    challenge = re.search(r"^WWW-Authenticate: *Digest (.*)$", text, re.M)[1]
    authorization = raw_sip.digest(challenge, "REGISTER", "sip:users.democompany.com", user, password)
    plain = client.request("REGISTER", user, "users.democompany.com", extra=extra)
    signed = client.request("REGISTER", user, "users.democompany.com", extra=extra + f"Authorization: {authorization}\r\n")
    (challenged, first), (refused, second) = timed(client, plain), timed(client, signed)
    assert (status, challenged, refused) == (401, 401, 403)
    return first, second


def medians(exchange, block):
    """Of 1,000 attempts on accounts that exist and 1,000 on such that do not, taken in turn: no source often enough to be banned."""
    times = {True: [], False: []}
    for source in range(100):
        with raw_sip.Socket(exchange, f"127.{block}.{source // 50}.{source % 50 + 1}") as client:
            for number, (known, unknown) in enumerate(zip(KNOWN, UNKNOWN)):
                for user in (known, unknown) if number % 2 else (unknown, known):
                    times[user is known].append(attempt(client, user, "wrong"))
    return [[statistics.median(each) for each in zip(*times[is_known])] for is_known in (True, False)]


def test_time_does_not_tell_who_exists(exchange):
    seen = []
    gc.disable()
    try:
        for block in range(10, 13):
            known, unknown = medians(exchange, block)
            seen.append((known, unknown))
            if all(abs(a - b) <= 0.05 * min(a, b) for a, b in zip(known, unknown)):
                return
    finally:
        gc.enable()
    raise AssertionError(seen)
