# SPDX-License-Identifier: GPL-3.0-or-later
"""Single requests by hand, for what no well-behaved client sends: wrong passwords, unknown names, broken and huge messages."""
import re
import socket
import uuid

from agents.digest import credentials as digest


def unregister_all(exchange, user):
    """Takes all devices of a demo user out, as `Contact: *` does."""
    with Socket(exchange) as client:
        return client.register(user, user, expires=0, contact="*")[0]


class Socket:
    """A UDP socket that speaks as one client, from any address of loopback. With `host`, an address of the exchange, it hears that one alone."""

    def __init__(self, exchange, address="127.0.0.1", host=None, port=None):
        is_v6 = ":" in address
        self._socket = socket.socket(socket.AF_INET6 if is_v6 else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 0))
        self._to = (host or "127.0.0.1", port or exchange.sip_port)
        if host is not None:
            self._socket.connect(self._to)
        self.address = f"[{address}]" if is_v6 else address
        self.port = self._socket.getsockname()[1]
        self._sequence = 0
        self._call_id = uuid.uuid4().hex

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._socket.close()

    def fileno(self):
        return self._socket.fileno()

    def send(self, data):
        self._socket.sendto(data if isinstance(data, bytes) else data.encode(), self._to)

    def answer(self, request, status, extra="", body=""):
        """Answers a request as the called side; the tag is always the same."""
        kept = [line for line in request.split("\r\n") if line.split(":")[0].lower() in ("via", "from", "call-id", "cseq", "record-route")]
        to = re.search(r"^To: (.*?)\r$", request, re.M | re.I)[1]
        kind = "Content-Type: application/sdp\r\n" if body else ""
        self.send("\r\n".join([f"SIP/2.0 {status} Any", *kept, f"To: {to}" + ("" if "tag=" in to else ";tag=called"),
                               f"Contact: <sip:me@{self.address}:{self.port}>", f"{extra}{kind}Content-Length: {len(body)}", "", body]))

    def authorized(self, method, user, password, challenge, **more):
        """The same request again, with the credentials that a 401 or 407 asked for."""
        header = re.search(r"^(WWW|Proxy)-Authenticate: *Digest (.*?)\r$", challenge, re.M | re.I)
        uri = more.get("target") or f"sip:{more['domain']}"
        name = "Authorization" if header[1].lower() == "www" else "Proxy-Authorization"
        extra = more.pop("extra", "") + f"{name}: {digest(header[2], method, uri, user, password)}\r\n"
        return self.request(method, user, extra=extra, **more)

    def receive(self, seconds=3):
        """The next message as text, or None when nothing comes."""
        self._socket.settimeout(seconds)
        try:
            return self._socket.recv(65536).decode(errors="replace")
        except TimeoutError:
            return None

    def final(self, seconds=3):
        """The next final answer's status, and the whole of it; (None, None) when none comes."""
        while (text := self.receive(seconds)) is not None:
            status = int(text.split(" ")[1]) if text.startswith("SIP/2.0 ") else 0
            if status >= 200:
                return status, text
        return None, None

    def ask(self, request, tries=6):
        """The next final answer's status; repeats the request each half second, as a phone does, since strangers get few answers."""
        for _ in range(tries):
            self.send(request)
            status, _ = self.final(0.5)
            if status is not None:
                return status
        return None

    def request(self, method, user, domain, target=None, extra="", body="", contact=None):
        self._sequence += 1
        uri = target or f"sip:{domain}"
        to = f"sip:{user}@{domain}" if method == "REGISTER" else uri
        kind = "Content-Type: application/sdp\r\n" if body else ""
        return (f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {self.address}:{self.port};rport;branch=z9hG4bK{uuid.uuid4().hex}\r\nMax-Forwards: 70\r\n"
                f"From: <sip:{user}@{domain}>;tag={self._call_id[:8]}\r\nTo: <{to}>\r\nCall-ID: {self._call_id}\r\nCSeq: {self._sequence} {method}\r\n"
                f"Contact: {contact or f'<sip:{user}@{self.address}:{self.port}>'}\r\n{extra}{kind}Content-Length: {len(body)}\r\n\r\n{body}")

    def register(self, user, password, domain="users.democompany.com", expires=60, contact=None):
        """Status of the answer to an authenticated REGISTER, and the challenge's own."""
        extra = f"Expires: {expires}\r\n"
        self.send(self.request("REGISTER", user, domain, extra=extra, contact=contact))
        challenged, text = self.final()
        if challenged != 401:
            return challenged, challenged
        challenge = re.search(r"^WWW-Authenticate: *Digest (.*)$", text, re.M | re.I)[1]
        authorization = digest(challenge, "REGISTER", f"sip:{domain}", user, password)
        self.send(self.request("REGISTER", user, domain, extra=extra + f"Authorization: {authorization}\r\n", contact=contact))
        return self.final()[0], challenged

    def call(self, user, password, domain, target):
        """Status of the final answer to an authenticated INVITE. Both finals are acknowledged."""
        offer = (f"v=0\r\no=- 1 1 IN IP4 {self.address}\r\ns=-\r\nc=IN IP4 {self.address}\r\nt=0 0\r\nm=audio {self.port} RTP/AVP 8\r\n"
                 "a=rtpmap:8 PCMA/8000\r\n")
        authorization = ""
        for _ in range(2):
            invite = self.request("INVITE", user, domain, target=target, extra=authorization, body=offer)
            self.send(invite)
            status, text = self.final()
            to = re.search(r"^To:.*$", text, re.M)[0].strip()
            kept = [line for line in invite.split("\r\n\r\n")[0].split("\r\n")[1:] if line.startswith(("Via:", "From:", "Call-ID:", "Max-"))]
            self.send("\r\n".join([f"ACK {target} SIP/2.0", *kept, to, f"CSeq: {self._sequence} ACK", "Content-Length: 0", "", ""]))
            if status != 407:
                break
            challenge = re.search(r"^Proxy-Authenticate: *Digest (.*)$", text, re.M | re.I)[1]
            authorization = f"Proxy-Authorization: {digest(challenge, 'INVITE', target, user, password)}\r\n"
        return status


class SilentDevice(Socket):
    """Registered, and then deaf until it is closed: then it refuses what it was offered, so that nobody goes on asking."""

    def close(self):
        refused = set()
        while (text := self.receive(0.01)) is not None:
            branch = re.search(r"branch=([^;\s]+)", text)[1]
            if text.startswith("INVITE ") and branch not in refused:
                refused.add(branch)
                kept = [line for line in text.split("\r\n\r\n")[0].split("\r\n")[1:] if re.match(r"(?i)(via|from|call-id|cseq):", line)]
                to = re.search(r"^To:.*$", text, re.M)[0].strip()
                self.send("\r\n".join(["SIP/2.0 486 Busy Here", *kept, f"{to};tag=late", "Content-Length: 0", "", ""]))
        super().close()
