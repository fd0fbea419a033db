# SPDX-License-Identifier: GPL-3.0-or-later
"""One dialog (RFC 3261 §12) as a script sees it: it writes requests with the right identifiers, and any of them may be overruled."""
from . import message


class Dialog:
    def __init__(self, agent, call_id, local, remote, target, routes, cseq):
        self.agent, self.call_id, self.local, self.remote = agent, call_id, local, remote
        self.target, self.routes, self.cseq = target, routes, cseq

    @classmethod
    def of_response(cls, agent, response, cseq):
        """The dialog that a response to our INVITE or SUBSCRIBE makes."""
        return cls(agent, response.call_id, response.get("From"), response.get("To"), response.contact,
                   response.all("Record-Route")[::-1], cseq)

    @classmethod
    def of_request(cls, agent, request, tag):
        """The dialog that our response with this To tag makes."""
        return cls(agent, request.call_id, f"{request.get('To')};tag={tag}", request.get("From"), request.contact,
                   request.all("Record-Route"), 0)

    @property
    def local_tag(self):
        return message.param(self.local, "tag")

    @property
    def remote_tag(self):
        return message.param(self.remote, "tag")

    def matches(self, other):
        mine, theirs = (other.from_tag, other.to_tag) if other.is_response else (other.to_tag, other.from_tag)
        return (other.call_id, mine, theirs) == (self.call_id, self.local_tag, self.remote_tag)

    def build(self, method, body="", headers=(), cseq=None, agent=None):
        """A request of this dialog, not sent. `agent`: another than the dialog's own, whose Via and Contact it bears."""
        sender = agent or self.agent
        if cseq is None:
            if method not in ("ACK", "CANCEL"):
                self.cseq += 1
            cseq = self.cseq
        request = message.Message(f"{method} {self.target} SIP/2.0", [
            ("Via", sender.via()), ("Max-Forwards", "70"), *(("Route", route) for route in self.routes), ("From", self.local),
            ("To", self.remote), ("Call-ID", self.call_id), ("CSeq", f"{cseq} {method}"), ("Contact", sender.contact)], body)
        if body:
            request.add("Content-Type", "application/sdp")
        for name, value in headers:
            request.set(name, value)
        return request

    def send(self, method, body="", headers=(), cseq=None):
        request = self.build(method, body, headers, cseq)
        self.agent.send(request)
        return request

    def ask(self, method, body="", headers=(), seconds=5):
        """Sends a request, proves the account when it is asked to, and returns the final response."""
        response = self.agent.ask(self.build(method, body, headers), seconds)
        self.cseq = response.cseq
        return response

    def reinvite(self, body, headers=(), seconds=5):
        """A re-INVITE; a 2xx is acknowledged and its Contact taken."""
        response = self.ask("INVITE", body, headers, seconds)
        if response.status < 300:
            self.acknowledge(response)
        return response

    def acknowledge(self, response, body=""):
        """The ACK of a 2xx to our INVITE."""
        self.target = response.contact or self.target
        ack = self.build("ACK", body, cseq=response.cseq)
        self.agent.remember_ack(response, ack)
        self.agent.send(ack)
        return ack

    def bye(self, seconds=5):
        return self.ask("BYE", seconds=seconds)
