# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent: one account at one transport, and a queue of what it received. A script sends, expects, and answers; nothing happens by itself
but the absorbing of repetitions. One thread, every wait with a deadline."""
import time
import uuid

from . import digest, rtp, sdp, transport
from .call import IncomingCall, OutgoingCall
from .message import Message

QUEUE_MAX = 1000


def unique():
    return uuid.uuid4().hex


class Agent:
    """`server` is (host, port). With `password` it answers challenges; `algorithm` picks one of several ("SHA-256")."""

    def __init__(self, server, user="anyone", domain="users.democompany.com", password=None, kind="udp", host="127.0.0.1", algorithm=None,
                 **options):
        self.user, self.domain, self.password, self.algorithm = user, domain, password, algorithm
        self.transport = transport.KINDS[kind](server, host, **options)
        self.address = f"<sip:{user}@{domain}>"
        self.received = []     # Not yet expected.
        self.repeated = []     # Repetitions that were absorbed.
        self.losses = []       # Predicates: a message that arrives and fulfils one is lost, and the predicate with it.
        self._answers, self._seen, self._acks = {}, set(), {}
        self._audio = None
        self._registration = (unique(), 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.transport.close()
        if self._audio is not None:
            self._audio.close()

    # ---- Names ----

    @property
    def host_port(self):
        host, port = self.transport.local
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    @property
    def contact(self):
        suffix = "" if self.transport.name == "UDP" else f";transport={self.transport.name.lower()}"
        return f"<sip:{self.user}@{self.host_port}{suffix}>"

    def via(self, branch=None):
        return f"SIP/2.0/{self.transport.name} {self.host_port};rport;branch={branch or 'z9hG4bK' + unique()}"

    # ---- Audio ----

    @property
    def audio(self):
        """Opened when it is first asked for; ports to 400 Hz unless open_audio() said otherwise."""
        return self._audio or self.open_audio()

    def open_audio(self, **options):
        assert self._audio is None
        self._audio = rtp.Audio(self.transport.local[0], **options)
        return self._audio

    def description(self, direction="sendrecv", version=1, **options):
        """Of the agent's own audio."""
        return sdp.audio(self.audio.host, self.audio.port, direction, version, **options)

    def talk_to(self, text):
        """The tone goes to where this description says."""
        self.audio.to = sdp.address(text)

    # ---- Sending ----

    def build(self, method, uri=None, to=None, body="", headers=(), call_id=None, cseq=1):
        """A request outside any dialog, not sent. Any header field may be given, and then stands instead of the usual one."""
        uri = uri or f"sip:{self.domain}"
        request = Message(f"{method} {uri} SIP/2.0", [
            ("Via", self.via()), ("Max-Forwards", "70"), ("From", f"{self.address};tag={unique()}"), ("To", to or f"<{uri}>"),
            ("Call-ID", call_id or unique()), ("CSeq", f"{cseq} {method}"), ("Contact", self.contact)], body)
        if body:
            request.add("Content-Type", "application/sdp")
        for name, value in headers:
            request.set(name, value)
        return request

    def send(self, message):
        """A Message, or bytes as they are."""
        self.transport.send(message if isinstance(message, bytes) else message.bytes())
        return message

    def respond(self, request, status, tag="called", body="", headers=(), reason="Any"):
        """Answers a request; the same answer goes out again when the request is repeated."""
        kept = [(name, value) for name, value in request.headers
                if name.lower() in ("via", "v", "from", "f", "call-id", "i", "cseq", "record-route")]
        to = request.get("To")
        response = Message(f"SIP/2.0 {status} {reason or 'Any'}", [
            *kept, ("To", to if request.to_tag or status == 100 else f"{to};tag={tag}"), ("Contact", self.contact)], body)
        if body:
            response.add("Content-Type", "application/sdp")
        for name, value in headers:
            response.set(name, value)
        self._answers[self._key(request)] = response
        return self.send(response)

    def ack_of_refusal(self, invite, response):
        """RFC 3261 §17.1.1.3: hop by hop, with the INVITE's branch."""
        kept = [(name, value) for name, value in invite.headers if name.lower() in ("via", "max-forwards", "from", "call-id", "route")]
        return Message(invite.start.replace("INVITE", "ACK", 1), [*kept, ("To", response.get("To")), ("CSeq", f"{invite.cseq} ACK")])

    def authorize(self, request, challenged, count=1):
        """The same request again, with a new branch and CSeq and the credentials that a 401 or 407 asked for."""
        is_proxy = challenged.status == 407
        challenge = digest.choose(challenged.all("Proxy-Authenticate" if is_proxy else "WWW-Authenticate"), self.algorithm)
        proof = digest.credentials(challenge, request.method, request.uri, self.user, self.password, count)
        again = request.copy().set("Via", self.via()).set("CSeq", f"{request.cseq + 1} {request.method}")
        return again.set("Proxy-Authorization" if is_proxy else "Authorization", proof)

    # ---- Receiving ----

    @staticmethod
    def _key(request):
        return request.branch, request.method, request.cseq

    def _take(self, deadline):
        """Receives one message into the queue; False at the deadline."""
        data = self.transport.receive(deadline)
        if data is None:
            return False
        if not data.strip(b"\r\n\0"):
            return True
        message = Message.parse(data)
        for loss in self.losses:
            if loss(message):
                self.losses.remove(loss)
                return True
        key = data if message.is_response else self._key(message)
        if key in self._seen:
            self.repeated.append(message)
            again = self._acks.get((message.call_id, message.cseq, message.to_tag)) if message.is_response else self._answers.get(key)
            if again is not None:
                self.send(again)
            return True
        self._seen.add(key)
        assert len(self.received) < QUEUE_MAX, "nobody expects what comes"
        self.received.append(message)
        return True

    def remember_ack(self, response, ack):
        """When this 2xx is repeated, the ACK is too."""
        self._acks[(response.call_id, response.cseq, response.to_tag)] = ack

    def expect(self, wanted, seconds=5, skip=None):
        """The next message that is wanted: a method, a status, or a predicate. Others stay for later, but those that `skip` chooses are
        forgotten on the way."""
        if isinstance(wanted, str):
            is_wanted = lambda message: not message.is_response and message.method == wanted
        elif isinstance(wanted, int):
            is_wanted = lambda message: message.status == wanted
        else:
            is_wanted = wanted
        deadline, looked_at = time.monotonic() + seconds, 0
        while True:
            while looked_at < len(self.received):
                message = self.received[looked_at]
                if is_wanted(message):
                    return self.received.pop(looked_at)
                if skip is not None and skip(message):
                    self.received.pop(looked_at)
                else:
                    looked_at += 1
            if not self._take(deadline):
                raise AssertionError(f"{self.user}: no {wanted} within {seconds} s; there is {[each.start for each in self.received]}")

    def wait_until(self, is_true, seconds):
        """Receives into the queue until this holds; whether it did within the time."""
        deadline = time.monotonic() + seconds
        while not is_true():
            if not self._take(deadline):
                return False
        return True

    def expect_nothing(self, wanted, seconds=0.5):
        """Nothing of this kind comes within this time."""
        try:
            message = self.expect(wanted, seconds)
        except AssertionError:
            return
        raise AssertionError(f"{self.user} did not want:\n{message}")

    def read_for(self, seconds):
        """Whatever comes within this time, and what came before."""
        deadline = time.monotonic() + seconds
        while self._take(deadline):
            pass
        taken, self.received = self.received, []
        return taken

    # ---- Whole exchanges ----

    def wait_for_final(self, request, seconds=5, repeat=False):
        """The final response to a request that was sent; an INVITE's refusal is acknowledged. `repeat`: meanwhile the request goes out again
        and again, as it must where datagrams are lost (RFC 3261 §17.1.2.2)."""
        is_mine = lambda message: message.is_response and (message.call_id, message.get("CSeq")) == (request.call_id, request.get("CSeq"))
        is_final = lambda message: is_mine(message) and message.status >= 200
        deadline, pause = time.monotonic() + seconds, 0.5
        while repeat and time.monotonic() + pause < deadline and not self.wait_until(lambda: any(map(is_final, self.received)), pause):
            self.send(request)
            pause = min(2 * pause, 4)
        response = self.expect(is_final, max(0, deadline - time.monotonic()), skip=is_mine)
        if request.method == "INVITE" and response.status >= 300:
            self.send(self.ack_of_refusal(request, response))
        return response

    def ask(self, request, seconds=5, repeat=False):
        """Sends a request and returns the final response; a challenge is answered once, when the agent has a password."""
        response = self.wait_for_final(self.send(request), seconds, repeat)
        if self.password is None or response.status not in (401, 407):
            return response
        return self.wait_for_final(self.send(self.authorize(request, response)), seconds, repeat)

    def register(self, expires=60, contact=None, headers=()):
        """The final response to a REGISTER."""
        call_id, cseq = self._registration
        request = self.build("REGISTER", to=self.address, call_id=call_id, cseq=cseq + 1,
                             headers=[("Expires", expires), ("Contact", contact or self.contact), *headers])
        response = self.ask(request)
        self._registration = call_id, response.cseq
        return response

    def call(self, target, body=None, headers=(), seconds=5):
        """An OutgoingCall whose INVITE has been accepted or is not challenged. `body` None: the agent's own audio, "": no offer."""
        uri = target if ":" in target else f"sip:{target}@{self.domain}"
        invite = self.build("INVITE", uri, body=self.description() if body is None else body, headers=headers)
        self.send(invite)
        if self.password is not None:
            challenged = self.expect(lambda message: message.is_response and message.call_id == invite.call_id and message.status != 100, seconds)
            self.send(self.ack_of_refusal(invite, challenged))
            assert challenged.status == 407, f"wanted a challenge:\n{challenged}"
            invite = self.send(self.authorize(invite, challenged))
        return OutgoingCall(self, invite)

    def wait_for_call(self, seconds=5):
        """The next INVITE outside a dialog, as an IncomingCall. 100 is sent."""
        invite = self.expect(lambda message: not message.is_response and message.method == "INVITE" and message.to_tag is None, seconds)
        self.respond(invite, 100)
        return IncomingCall(self, invite)
