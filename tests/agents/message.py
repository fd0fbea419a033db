# SPDX-License-Identifier: GPL-3.0-or-later
"""A SIP message as a start line, a list of header fields in their order, and a body; nothing is corrected that a test wrote on purpose."""
import re

_COMPACT = {"i": "call-id", "m": "contact", "l": "content-length", "c": "content-type", "f": "from", "s": "subject", "k": "supported",
            "t": "to", "v": "via", "r": "refer-to", "b": "referred-by", "o": "event", "u": "allow-events", "e": "content-encoding",
            "x": "session-expires", "y": "identity", "d": "request-disposition", "j": "reject-contact", "a": "accept-contact"}


def _key(name):
    name = name.strip().lower()
    return _COMPACT.get(name, name)


def param(value, name):
    """The value of a parameter after the address of a header field, or None."""
    found = re.search(rf';\s*{name}\s*=\s*("[^"]*"|[^;,\s>]+)', value[value.rfind(">") + 1:], re.I)
    return found and found[1].strip('"')


def uri_of(value):
    """The URI of From, To, Contact, Refer-To and their like."""
    found = re.search(r"<([^>]*)>", value)
    return found[1] if found else value.split(";")[0].strip()


class Message:
    def __init__(self, start, headers=(), body=""):
        self.start, self.headers = start, [tuple(header) for header in headers]
        self.body = body.encode() if isinstance(body, str) else body
        self.raw = None  # What parse() read.

    @classmethod
    def parse(cls, data):
        """Raises ValueError when it is no SIP."""
        head, _, body = data.partition(b"\r\n\r\n")
        text = head.decode(errors="surrogateescape").lstrip("\r\n")
        start, *lines = re.sub(r"\r\n[ \t]+", " ", text).split("\r\n")
        if not (start.startswith("SIP/2.0 ") or start.endswith(" SIP/2.0")):
            raise ValueError(f"no SIP: {start[:80]!r}")
        message = cls(start, [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)], body)
        message.raw = data
        return message

    def bytes(self):
        """As it goes on the wire. Content-Length is added unless the test gave one."""
        headers = self.headers if self.has("Content-Length") else [*self.headers, ("Content-Length", len(self.body))]
        head = "\r\n".join([self.start, *(f"{name}: {value}" for name, value in headers), "", ""])
        return head.encode(errors="surrogateescape") + self.body

    def copy(self):
        return Message(self.start, self.headers, self.body)

    @property
    def is_response(self):
        return self.start.startswith("SIP/2.0 ")

    @property
    def status(self):
        return int(self.start.split(" ")[1]) if self.is_response else 0

    @property
    def method(self):
        """Of a request, or of the request that a response answers."""
        return self.get("CSeq", "0 ?").split()[-1] if self.is_response else self.start.split(" ")[0]

    @property
    def uri(self):
        return self.start.split(" ")[1]

    @property
    def cseq(self):
        return int(self.get("CSeq").split()[0])

    @property
    def call_id(self):
        return self.get("Call-ID")

    @property
    def branch(self):
        return param(self.get("Via", ""), "branch")

    @property
    def from_tag(self):
        return param(self.get("From", ""), "tag")

    @property
    def to_tag(self):
        return param(self.get("To", ""), "tag")

    @property
    def contact(self):
        """The URI of the first Contact, or None."""
        value = self.get("Contact")
        return value and uri_of(value)

    @property
    def text(self):
        return self.body.decode(errors="replace")

    def get(self, name, default=None):
        return next(iter(self.all(name)), default)

    def all(self, name):
        return [value for each, value in self.headers if _key(each) == _key(name)]

    def has(self, name):
        return bool(self.all(name))

    def add(self, name, value):
        self.headers.append((name, value))
        return self

    def remove(self, name):
        self.headers = [header for header in self.headers if _key(header[0]) != _key(name)]
        return self

    def set(self, name, value):
        """Replaces the header field where the first of its name stands, or adds it."""
        places = [place for place, (each, _) in enumerate(self.headers) if _key(each) == _key(name)]
        if not places:
            return self.add(name, value)
        self.headers[places[0]] = (name, value)
        self.headers = [header for place, header in enumerate(self.headers) if place not in places[1:]]
        return self

    def __repr__(self):
        return self.bytes().decode(errors="replace")
