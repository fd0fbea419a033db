# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: a platform that listens on every address of its host (0.0.0.0, ::) answers from the address that it was asked at, and says that one
to each phone: in Via, in Contact, in the description of the media, and as the source of the media itself."""
import re
import shutil
import socket
import subprocess
import time

import exchange as exchange_module
import pytest
import raw_sip

SPEECH = bytes([0x80, 8]) + bytes(170)


class Served(exchange_module.Exchange):
    """The demo's accounts, served in earnest."""

    def start(self):
        demo = exchange_module.Exchange(self.folder / "demo").start()
        assert demo.stop() == 0
        self.data.mkdir()
        shutil.copy(demo.data / "carillon.db", self.data / "carillon.db")
        configuration = self.folder / "carillon.toml"
        configuration.write_text(f'[data]\ndir = "{self.data}"\n\n[sip.users]\naddress = ["0.0.0.0", "::"]\n')
        with open(self._log_path, "ab") as log:
            self._process = subprocess.Popen([exchange_module.BINARY, "serve", "--config", configuration, *self.arguments()],
                                             stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder)
        self.wait_for_log("carillon ready", exchange_module.READY_SECONDS_MAX)
        return self


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    running = Served(tmp_path_factory.mktemp("served")).start()
    yield running
    assert running.stop() == 0


class Media:
    """One phone's audio: it hears nobody but the address and port that the description told it."""

    def __init__(self, host):
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.host = "::1" if ":" in host else "127.0.0.1"
        self._socket.bind((self.host, 0))
        self._socket.settimeout(0.2)
        kind = "IP6" if ":" in host else "IP4"
        self.description = (f"v=0\r\no=- 1 1 IN {kind} {self.host}\r\ns=-\r\nc=IN {kind} {self.host}\r\nt=0 0\r\n"
                            f"m=audio {self._socket.getsockname()[1]} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n")

    def connect(self, message):
        told = re.search(r"^c=IN IP[46] (\S+)", message, re.M)[1]
        self._socket.connect((told, int(re.search(r"^m=audio (\d+)", message, re.M)[1])))
        return told

    def speak(self):
        self._socket.send(SPEECH)

    def hears(self):
        try:
            return self._socket.recv(4096) == SPEECH
        except TimeoutError:
            return False

    def close(self):
        self._socket.close()


def wait_for(phone, beginning):
    while (text := phone.receive()) is not None:
        if text.startswith(beginning):
            return text
    raise AssertionError(f"no {beginning}")


def restart_signalling(exchange, contact, seconds=3):
    """Then the registration is one that was read from disk, and still has to lead out by the address that it came in by."""
    deadline = time.monotonic() + seconds
    while not any(contact.encode() in log.read_bytes() for log in (exchange.data / "registrations").iterdir()):
        assert time.monotonic() < deadline, f"{contact} is not on disk after {seconds} s"
        time.sleep(0.02)
    before = exchange.processes()["signalling"]
    exchange.kill("signalling")
    exchange.wait_for_other_process("signalling", before)
    exchange.wait_until_ready()


def header(message, name):
    return re.search(rf"^{name}: (.*?)\r$", message, re.M)[1]


def contact_of(message):
    return re.search(r"^Contact: <(.*?)>", message, re.M)[1]


def in_dialog(method, phone, uri, own, other, message, number):
    return (f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {phone.address}:{phone.port};rport;branch=z9hG4bK{method}{phone.port}\r\nMax-Forwards: 70\r\n"
            f"From: {own}\r\nTo: {other}\r\nCall-ID: {header(message, 'Call-ID')}\r\nCSeq: {number} {method}\r\nContent-Length: 0\r\n\r\n")


def client(exchange, host):
    return raw_sip.Socket(exchange, address="::1" if ":" in host else "127.0.0.1", host=host)


def authority(host, exchange):
    return f"[{host}]:{exchange.sip_port}" if ":" in host else f"{host}:{exchange.sip_port}"


@pytest.mark.parametrize("caller_host, callee_host, is_killed", [("127.0.0.2", "127.0.0.3", True), ("127.0.0.1", "::1", True), ("::1", "127.0.0.2", False)])
def test_each_phone_is_told_the_address_that_it_knows(served, caller_host, callee_host, is_killed):
    domain, target = exchange_module.DOMAIN, f"sip:102@{exchange_module.DOMAIN}"
    with client(served, caller_host) as alice, client(served, callee_host) as bob:
        assert bob.register("bob", "bob") == (200, 401)
        if is_killed:
            restart_signalling(served, f"bob@{bob.address}:{bob.port}")

        mine, his = Media(caller_host), Media(callee_host)
        more = dict(domain=domain, target=target, body=mine.description)
        alice.send(alice.request("INVITE", "alice", **more))
        status, challenge = alice.final()
        assert status == 407
        alice.send(alice.authorized("INVITE", "alice", "alice", challenge, **more))
        invite = wait_for(bob, "INVITE")
        assert f"Via: SIP/2.0/UDP {authority(callee_host, served)};" in invite
        assert re.search(rf"^Contact: <sip:[^@]*@{re.escape(authority(callee_host, served))}", invite, re.M), invite
        assert his.connect(invite) == callee_host
        bob.answer(invite, 200, body=his.description)
        wait_for(bob, "ACK")
        answer = wait_for(alice, "SIP/2.0 200")
        assert re.search(rf"^Contact: <sip:[^@]*@{re.escape(authority(caller_host, served))}", answer, re.M), answer
        alice.send(in_dialog("ACK", alice, contact_of(answer), header(answer, "From"), header(answer, "To"), answer, 2))
        assert mine.connect(answer) == caller_host
        assert "0.0.0.0" not in invite + answer and "[::]" not in invite + answer

        heard = [False, False]
        for _ in range(20):
            mine.speak()
            his.speak()
            heard = [heard[0] or mine.hears(), heard[1] or his.hears()]
            if all(heard):
                break
        assert heard == [True, True]
        mine.close()
        his.close()
        bob.send(in_dialog("BYE", bob, contact_of(invite), header(invite, "To") + ";tag=called", header(invite, "From"), invite, 1))
        wait_for(bob, "SIP/2.0 200")
        bye = wait_for(alice, "BYE")
        alice.answer(bye, 200)
        assert bob.register("bob", "bob", expires=0, contact="*")[0] == 200


def test_the_address_that_a_phone_dials_is_a_domain_of_the_first_customer(served):
    with client(served, "127.0.0.2") as phone:
        assert phone.register("alice", "alice", domain="127.0.0.2", expires=0, contact="*") == (200, 401)
