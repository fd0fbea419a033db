# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever watches lines (RFC 6665 §4.1, RFC 4235): one account, many lamps, and for each lamp what it has shown since when."""
import time
import xml.etree.ElementTree as ElementTree

from .dialog import Dialog

NAMESPACE = "{urn:ietf:params:xml:ns:dialog-info}"
IDLE = (None, "idle")


class Lamp:
    """`shown` is a list of (time, state); a state is (Call-ID, "trying" | "early" | "confirmed"), or IDLE. Times are of time.monotonic()."""

    def __init__(self, dialog, target):
        self.dialog, self.target, self.version, self.shown, self.ended = dialog, target, -1, [], None

    @property
    def state(self):
        return self.shown[-1][1] if self.shown else None

    def take(self, notify, now):
        """A NOTIFY of this lamp; one that was overtaken changes nothing (RFC 4235 §4.1)."""
        if notify.get("Subscription-State").startswith("terminated"):
            self.ended = notify.get("Subscription-State")
        if not notify.text:
            return
        document = ElementTree.fromstring(notify.text)
        assert document.tag == f"{NAMESPACE}dialog-info" and document.get("state") == "full", notify.text
        version = int(document.get("version"))
        if version <= self.version:
            return
        self.version = version
        state = IDLE
        for dialog in document.findall(f"{NAMESPACE}dialog"):
            name = dialog.findtext(f"{NAMESPACE}state")
            if name != "terminated":
                state = (dialog.get("call-id"), name)
        if state != self.state:
            self.shown.append((now, state))


class Watcher:
    """Watches through an Agent that does nothing else. Where its transport loses datagrams, it repeats what it asks."""

    def __init__(self, agent):
        self.agent, self.lamps = agent, {}

    def subscribe(self, target, expires=3600, seconds=15, event="dialog"):
        """Watches a line; returns the Lamp, or the response that refused."""
        agent = self.agent
        request = agent.build("SUBSCRIBE", f"sip:{target}@{agent.domain}", headers=[("Event", event), ("Expires", expires)])
        response = agent.ask(request, seconds, repeat=agent.transport.loss > 0)
        if response.status != 200:
            return response
        lamp = Lamp(Dialog.of_response(agent, response, response.cseq), target)
        self.lamps[response.call_id] = lamp
        return lamp

    def refresh(self, lamp, expires=3600, seconds=15):
        """The final response; expires 0 ends it."""
        request = lamp.dialog.build("SUBSCRIBE", headers=[("Event", "dialog"), ("Expires", expires)])
        response = self.agent.ask(request, seconds, repeat=self.agent.transport.loss > 0)
        lamp.dialog.cseq = response.cseq
        return response

    def follow(self, seconds, until=lambda: False):
        """Answers what comes, until this holds or the time is over; whether it held."""
        deadline = time.monotonic() + seconds
        while True:
            for message in self._drain():
                self._take(message)
            if until():
                return True
            if not self.agent.wait_until(lambda: self.agent.received, min(0.1, max(0, deadline - time.monotonic()))) \
                    and time.monotonic() >= deadline:
                return False

    def _drain(self):
        taken, self.agent.received = self.agent.received, []
        return taken

    def _take(self, message):
        if message.is_response:
            return  # A late repetition of an answer.
        assert message.method == "NOTIFY", message
        lamp = self.lamps.get(message.call_id)
        self.agent.respond(message, 200 if lamp else 481)
        if lamp:
            lamp.take(message, time.monotonic())
