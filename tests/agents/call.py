# SPDX-License-Identifier: GPL-3.0-or-later
"""The two sides of an INVITE: what the caller says and hears until it is over, and what the called side answers, fork by fork."""
from .dialog import Dialog


class OutgoingCall:
    """Made by Agent.call(). `dialogs` holds one early or confirmed dialog per To tag."""

    def __init__(self, agent, invite):
        self.agent, self.invite, self.dialogs = agent, invite, {}

    def _is_mine(self, message):
        return (message.is_response and message.call_id == self.invite.call_id and message.cseq == self.invite.cseq
                and message.method == "INVITE")

    def expect(self, *statuses, seconds=5):
        """The next response of these statuses; others before it are read and forgotten. Finals that refuse are acknowledged."""
        def is_wanted(message):
            return self._is_mine(message) and (message.status in statuses or message.status >= 200)
        response = self.agent.expect(is_wanted, seconds, skip=self._is_mine)
        if response.status >= 300:
            self.agent.send(self.agent.ack_of_refusal(self.invite, response))
        assert response.status in statuses, f"wanted {statuses}:\n{response}"
        if response.to_tag and response.to_tag not in self.dialogs:
            self.dialogs[response.to_tag] = Dialog.of_response(self.agent, response, self.invite.cseq)
        return response

    def dialog(self, response):
        return self.dialogs[response.to_tag]

    def wait_for_answer(self, seconds=5, body=""):
        """The dialog of the 200, acknowledged."""
        response = self.expect(200, seconds=seconds)
        self.answer = response
        self.dialog(response).acknowledge(response, body)
        return self.dialog(response)

    def prack(self, response):
        """Acknowledges a reliable provisional (RFC 3262) and returns the answer to the PRACK."""
        rack = f"{response.get('RSeq')} {response.get('CSeq')}"
        return self.dialog(response).ask("PRACK", headers=[("RAck", rack)])

    def build_cancel(self):
        cancel = self.invite.copy()
        cancel.start = cancel.start.replace("INVITE", "CANCEL", 1)
        cancel.body = b""
        for name in ("Content-Type", "Contact", "Proxy-Authorization", "Authorization", "Require", "Supported"):
            cancel.remove(name)
        return cancel.set("CSeq", f"{self.invite.cseq} CANCEL")

    def cancel(self):
        """Sends CANCEL and returns the answer to it; the INVITE's own final is still to come."""
        return self.agent.ask(self.build_cancel())


class IncomingCall:
    """Made by Agent.wait_for_call()."""

    def __init__(self, agent, invite):
        self.agent, self.invite = agent, invite

    def respond(self, status, tag="called", body="", headers=(), reason=None):
        """Any response with any To tag: several tags are several branches of a fork behind us."""
        return self.agent.respond(self.invite, status, tag=tag, body=body, headers=headers, reason=reason)

    def ring(self, tag="called"):
        return self.respond(180, tag)

    def answer(self, body="", tag="called", seconds=5):
        """200 with this description (that of the agent's audio, if none is given), the ACK for it, and the dialog."""
        self.respond(200, tag, body or self.agent.description())
        return self.wait_for_ack(tag, seconds)

    def wait_for_ack(self, tag="called", seconds=5):
        dialog = self.dialog(tag)
        dialog.ack = self.agent.expect(lambda message: message.method == "ACK" and dialog.matches(message), seconds)
        return dialog

    def dialog(self, tag="called"):
        return Dialog.of_request(self.agent, self.invite, tag)

    def reject(self, status, seconds=5):
        """Refuses and waits for the ACK."""
        self.respond(status)
        self.agent.expect(lambda message: message.method == "ACK" and message.branch == self.invite.branch, seconds)

    def wait_for_cancel(self, seconds=5):
        """The CANCEL, answered with 200, and the INVITE with 487; returns the CANCEL."""
        cancel = self.agent.expect(lambda message: message.method == "CANCEL" and message.branch == self.invite.branch, seconds)
        self.agent.respond(cancel, 200, tag="called")
        self.reject(487, seconds)
        return cancel
