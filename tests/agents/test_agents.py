# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: the agent says what the RFCs say, by their own examples, and does not lie to a test: it loses nothing and waits no longer than told."""
import time

import pytest

from agents import digest, malformed, rtp, sdp, transport
from agents.agent import Agent
from agents.message import Message, param, uri_of
from agents.watcher import IDLE, Lamp, Watcher

INVITE = (b"INVITE sip:bob@example.com SIP/2.0\r\nv: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\nMax-Forwards: 70\r\n"
          b"f: \"A; tag=x\" <sip:alice@example.com;x=y>;tag=one\r\nt: <sip:bob@example.com>\r\ni: c1\r\nCSeq: 7 INVITE\r\n"
          b"Subject: two\r\n lines\r\nm: <sip:alice@192.0.2.1>\r\nl: 3\r\n\r\nabc")


class Wire:
    """A transport whose other side is the test."""
    name, local = "UDP", ("192.0.2.9", 5060)

    def __init__(self):
        self.coming, self.gone = [], []

    def send(self, data):
        self.gone.append(data)

    def receive(self, deadline):
        return self.coming.pop(0) if self.coming else None

    def close(self):
        pass


@pytest.fixture
def agent():
    made = Agent(("127.0.0.1", 9), "bob", "example.com")
    made.transport.close()
    made.transport = Wire()
    yield made
    made.close()


def test_a_message_is_read_and_written():
    message = Message.parse(INVITE)
    assert (message.method, message.uri, message.cseq, message.branch) == ("INVITE", "sip:bob@example.com", 7, "z9hG4bKa")
    assert (message.from_tag, message.to_tag, message.call_id) == ("one", None, "c1")
    assert (message.get("subject"), message.contact, message.text) == ("two lines", "sip:alice@192.0.2.1", "abc")
    assert Message.parse(message.bytes()).headers == message.headers
    message.set("Subject", "new").remove("m").add("Content-Length", 99)
    assert b"Subject: new\r\n" in message.bytes() and b"l: 3\r\n" in message.bytes() and b"Contact" not in message.bytes()
    with pytest.raises(ValueError):
        Message.parse(b"GET / HTTP/1.1\r\n\r\n")


def test_addresses_are_taken_apart():
    assert uri_of('"x" <sip:a@b;c=d>;tag=e') == "sip:a@b;c=d" and uri_of("sip:a@b;tag=e") == "sip:a@b"
    assert param("<sip:a@b;tag=no>;tag=yes", "tag") == "yes" and param("<sip:a@b;tag=no>", "tag") is None


@pytest.mark.parametrize("algorithm, proof", [("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
                                              ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")])
def test_digests_of_rfc_7616(algorithm, proof):
    given = {"realm": "http-auth@example.org", "uri": "/dir/index.html", "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
             "nc": "00000001", "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "algorithm": algorithm}
    assert digest.response(given, "GET", "Mufasa", "Circle of Life") == proof


def test_a_challenge_is_chosen_and_answered(agent):
    agent.password, agent.algorithm = "secret", "SHA-256"
    challenged = Message("SIP/2.0 401 Unauthorized", [("WWW-Authenticate", f'Digest realm="r", nonce="n", algorithm={name}, qop="auth"')
                                                      for name in ("MD5", "SHA-256")])
    request = agent.build("REGISTER")
    again = agent.authorize(request, challenged)
    given = digest.fields(again.get("Authorization"))
    assert (given["algorithm"], given["username"], again.cseq) == ("SHA-256", "bob", 2) and again.branch != request.branch
    assert given["response"] == digest.response(given, "REGISTER", "bob", "secret")


def test_a_stream_is_cut_into_messages():
    framer = transport.Framer()
    assert framer.take() is None
    for byte in b"\r\n\r\n" + INVITE + INVITE:
        framer.add(bytes([byte]))
    assert (framer.take(), framer.take(), framer.take(), framer.keep_alives) == (INVITE, INVITE, None, 2)


def test_repetitions_are_absorbed_and_answered_again(agent):
    agent.transport.coming = [INVITE, INVITE]
    call = agent.wait_for_call()
    call.ring("first")
    call.ring("second")
    agent.read_for(0.01)
    assert [Message.parse(data).to_tag for data in agent.transport.gone] == [None, "first", "second", "second"]
    assert len(agent.repeated) == 1


def test_others_messages_wait_and_a_lost_one_is_gone(agent):
    bye = INVITE.replace(b"INVITE", b"BYE")
    agent.transport.coming = [INVITE, bye]
    assert agent.expect("BYE").method == "BYE" and agent.expect("INVITE").method == "INVITE"
    agent.losses.append(lambda message: message.method == "OPTIONS")
    agent.transport.coming = [INVITE.replace(b"INVITE", b"OPTIONS")]
    agent.expect_nothing("OPTIONS", 0.01)
    assert agent.losses == []


def test_a_wait_ends(agent):
    began = time.monotonic()
    with pytest.raises(AssertionError, match="no INVITE within"):
        with Agent(("127.0.0.1", 9)) as real:
            real.expect("INVITE", 0.2)
    assert 0.2 <= time.monotonic() - began < 2


def test_dialogs_keep_their_identifiers(agent):
    agent.transport.coming = [INVITE.replace(b"Max-", b"Record-Route: <sip:p;lr>\r\nMax-")]
    call = agent.wait_for_call()
    dialog = call.dialog("mine")
    request = dialog.send("BYE", headers=[("Reason", "SIP;cause=200")])
    assert (request.uri, request.from_tag, request.to_tag, request.call_id, request.cseq) == ("sip:alice@192.0.2.1", "mine", "one", "c1", 1)
    assert request.get("Route") == "<sip:p;lr>" and dialog.matches(Message.parse(INVITE.replace(b"example.com>\r\ni", b"example.com>;tag=mine\r\ni")))


def test_descriptions_say_where_and_how():
    text = sdp.audio("192.0.2.1", 4000, "sendonly", connection="0.0.0.0")
    assert sdp.address(text) == ("0.0.0.0", 4000) and sdp.direction(text) == "sendonly"
    assert "IN IP6 ::1" in sdp.audio("::1", 4000) and sdp.direction(sdp.audio("::1", 4000, None)) == "sendrecv"


def test_a_law_is_g711():
    known = {0: 0xD5, -1: 0x55, 8: 0xD5, 16: 0xD4, 1000: 0xFA, -1000: 0x7A, 32767: 0xAA, -32768: 0x2A}  # ITU-T G.711, table 1a.
    assert {sample: rtp._encode(sample) for sample in known} == known
    for sample in range(-32768, 32768, 37):
        assert abs(rtp._decode(rtp._encode(sample)) - sample) <= max(16, abs(sample) / 16)


def test_audio_is_heard_and_comes_back():
    speaker, mirror = rtp.Audio(hertz=700), rtp.Audio(echo=True)
    try:
        speaker.to = (mirror.host, mirror.port)
        speaker.wait_to_hear(700)
        speaker.to = None
        speaker.wait_for_silence()
    finally:
        speaker.close()
        mirror.close()


def test_malformed_messages_differ_and_repeat():
    first, second = list(malformed.mutants(INVITE, 200, 1)), list(malformed.mutants(INVITE, 200, 1))
    assert first == second != list(malformed.mutants(INVITE, 200, 2))
    assert len({*first}) > 150 and max(map(len, first)) <= 60000


NOTIFY = ("NOTIFY sip:bob@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK{0}\r\nFrom: <sip:a@b>;tag=there\r\nTo: <sip:b@b>;tag=here\r\n"
          "Call-ID: c\r\nCSeq: {0} NOTIFY\r\nSubscription-State: {1}\r\n\r\n"
          '<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="{2}" state="full" entity="sip:a@b">{3}</dialog-info>')


def test_a_lamp_shows_the_newest_version(agent):
    def notify(number, version, state="", subscription="active;expires=60"):
        dialog = f'<dialog id="1" call-id="c1"><state>{state}</state></dialog>' if state else ""
        agent.transport.coming.append(NOTIFY.format(number, subscription, version, dialog).encode())
    watcher = Watcher(agent)
    lamp = watcher.lamps["c"] = Lamp(None, "101")
    notify(1, 0)
    notify(2, 2, "confirmed")
    notify(3, 1, "early")
    notify(4, 3, "terminated", "terminated;reason=timeout")
    assert not watcher.follow(0.2)
    assert [state for _, state in lamp.shown] == [IDLE, ("c1", "confirmed"), IDLE] and lamp.ended == "terminated;reason=timeout"
    assert [sent.split(b" ", 2)[1] for sent in agent.transport.gone] == [b"200"] * 4


def test_what_loses_datagrams_is_asked_again(agent):
    agent.transport.loss = 1
    request = agent.build("OPTIONS")
    with pytest.raises(AssertionError):
        agent.ask(request, seconds=0.8, repeat=True)
    assert agent.transport.gone == [request.bytes()] * 2
