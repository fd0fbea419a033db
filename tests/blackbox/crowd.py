# SPDX-License-Identifier: GPL-3.0-or-later
"""Many telephones in one thread, each of which does by itself what telephones do: it repeats what is not answered, answers what comes, and
connects and registers again when its connection is gone. Scripts tell them what to do: generators that yield what they wait for."""
import heapq
import itertools
import selectors
import time

import exchange as exchange_module
from agents import sdp
from agents.agent import Agent, unique
from agents.dialog import Dialog
from agents.message import Message
from agents.transport import KINDS, Closed

T1, T2, TIMEOUT = 0.5, 4.0, 32.0
RECONNECT_SECONDS = 0.5


class Crowd:
    """The thread: `run_until()` turns it."""

    def __init__(self, exchange):
        self.exchange = exchange
        self.phones, self._scripts, self._timers = [], [], []
        self._count = itertools.count()
        self._selector = selectors.DefaultSelector()

    def close(self):
        for phone in self.phones:
            phone.close()
        self._selector.close()

    def at(self, due, work):
        heapq.heappush(self._timers, (due, next(self._count), work))

    def spawn(self, script):
        """Runs a script as far as it goes now. Each `yield condition, seconds` waits and gives back whether the condition came true."""
        self._advance(script, None)

    def _advance(self, script, value):
        try:
            condition, seconds = script.send(value)
        except StopIteration:
            return
        self._scripts.append((script, condition, time.monotonic() + seconds))

    def watch(self, phone):
        self._selector.register(phone.transport._socket, selectors.EVENT_READ, phone)

    def forget(self, phone):
        self._selector.unregister(phone.transport._socket)

    def turn(self, longest=0.02):
        now = time.monotonic()
        wait = min([longest, *(due - now for due, _, _ in self._timers[:1])])
        for key, _ in self._selector.select(max(0, wait)):
            key.data.receive()
        while self._timers and self._timers[0][0] <= time.monotonic():
            heapq.heappop(self._timers)[2]()
        now, waiting, self._scripts = time.monotonic(), self._scripts, []
        for script, condition, deadline in waiting:
            is_true = condition()
            if is_true or now >= deadline:
                self._advance(script, bool(is_true))
            else:
                self._scripts.append((script, condition, deadline))

    def scripts(self):
        """Where those stand that are not over."""
        return [f"{script.__name__} at line {(script.gi_yieldfrom or script).gi_frame.f_lineno}" for script, _, _ in self._scripts]

    def run_until(self, is_true, seconds, what="what was waited for"):
        deadline = time.monotonic() + seconds
        while not is_true():
            assert time.monotonic() < deadline, f"no {what} within {seconds} s: {self.scripts()}, {self.open_sides()}"
            self.turn()

    def open_sides(self):
        return [f"{side.phone.user} {'called' if side.is_caller else 'was called'} {side.call_id}: {side.state}"
                for phone in self.phones for side in phone.calls if not side.is_over()]

    def run_for(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.turn()


class Pending:
    """A request of ours until its final response. `status` 0: not yet; 408: none came; 503: the connection broke."""

    def __init__(self, phone, message, on_response):
        self.phone, self.message, self.on_response = phone, message, on_response
        self.status, self.response, self._interval, self._is_heard = 0, None, T1, False
        self.began = time.monotonic()
        phone.pending[message.branch, message.method] = self
        phone.send(message)
        self._schedule()

    def _schedule(self):
        self.phone.crowd.at(time.monotonic() + self._interval, self._tick)

    def _tick(self):
        if self.status:
            return
        is_invite = self.message.method == "INVITE"
        if time.monotonic() - self.began > TIMEOUT and not (is_invite and self._is_heard):
            return self._end(408, None)
        if self.phone.is_datagram and not (is_invite and self._is_heard):
            self.phone.send(self.message)
        self._interval = 2 * self._interval if is_invite else min(2 * self._interval, T2)
        self._schedule()

    def take(self, response):
        if self.status:
            return
        if response.status < 200:
            self._is_heard = True
            self.on_response(response)
        else:
            self._end(response.status, response)

    def fail(self, status):
        if not self.status:
            self._end(status, None)

    def _end(self, status, response):
        self.status, self.response = status, response
        self.phone.pending.pop((self.message.branch, self.message.method), None)
        self.on_response(response or Message(f"SIP/2.0 {status} Nothing", self.message.headers))


class Phone(Agent):
    """One device of an account. `calls` holds one Side for each dialog, also those that are over."""

    def __init__(self, crowd, number, kind="udp", port=9):
        user = f"user{number:04}"
        exchange = crowd.exchange
        self.server = ("127.0.0.1", exchange.tls_port if kind == "tls" else exchange.sip_port)
        super().__init__(self.server, user, exchange_module.DOMAIN, password=f"pw-{user}", kind=kind)
        self.crowd, self.kind, self.extension, self.rtp_port = crowd, kind, str(100000 + number), port
        self.instance = f"<urn:uuid:{unique()}>"
        self.pending, self.calls, self.incoming, self.lamps = {}, [], [], {}
        self.is_registered, self.is_connected, self.is_open = False, True, True
        self.connected_at = time.monotonic()
        self._host_port = self.host_port
        crowd.phones.append(self)
        crowd.watch(self)

    @property
    def is_datagram(self):
        return self.kind == "udp"

    @property
    def host_port(self):
        if self.is_connected:
            self._host_port = super().host_port
        return self._host_port

    def body(self):
        return sdp.audio("127.0.0.1", self.rtp_port)

    def close(self):
        self.is_open = False
        super().close()

    # ---- The wire ----

    def send(self, message):
        if self.is_connected:
            try:
                super().send(message)
            except OSError:
                self._lose_connection()
        return message

    def receive(self):
        try:
            while (data := self.transport.receive(0)) is not None:
                if data.strip(b"\r\n\0"):
                    self._take(Message.parse(data))
        except Closed:
            self._lose_connection()
        except OSError:
            if not self.is_datagram:
                self._lose_connection()

    def _lose_connection(self):
        if not self.is_connected:
            return
        self.is_connected = self.is_registered = False
        self.crowd.forget(self)
        self.transport.close()
        for pending in list(self.pending.values()):
            pending.fail(503)
        self.crowd.at(time.monotonic() + RECONNECT_SECONDS, self._reconnect)

    def _reconnect(self):
        if not self.is_open:
            return
        try:
            self.transport = KINDS[self.kind](self.server)
        except OSError:
            return self.crowd.at(time.monotonic() + RECONNECT_SECONDS, self._reconnect)
        self.is_connected, self.connected_at = True, time.monotonic()
        self.crowd.watch(self)
        self.register()

    def _take(self, message):
        if message.is_response:
            pending = self.pending.get((message.branch, message.method))
            if pending:
                pending.take(message)
            elif ack := self._acks.get((message.call_id, message.cseq, message.to_tag)):
                self.send(ack)
            return
        key = self._key(message)
        if key in self._seen:
            if (answer := self._answers.get(key)) is not None:
                self.send(answer)
            return
        if message.method != "ACK":
            self._seen.add(key)
        self._serve(message)

    def _serve(self, request):
        side = next((side for side in self.calls if side.dialog and side.dialog.matches(request)), None)
        if side:
            return side.serve(request)
        if request.method == "INVITE" and not request.to_tag:
            side = Side(self, request)
            side.tag = unique()
            side.dialog = Dialog.of_request(self, request, side.tag)
            self.incoming.append(side)
            return None
        if request.method == "CANCEL":
            return self._cancel(request)
        if request.method == "NOTIFY" and request.call_id in self.lamps:
            self.respond(request, 200)
        elif request.method != "ACK":
            self.respond(request, 481 if request.to_tag else 405)
        return None

    def _cancel(self, cancel):
        self.respond(cancel, 200)
        for side in self.calls:
            if side.invite.branch == cancel.branch and side.state in ("trying", "ringing"):
                side.refuse(487)

    # ---- Requests ----

    def ask_server(self, message, on_final, on_provisional=lambda response: None, proofs=1):
        """A request whose challenge is answered."""
        def take(response):
            if response.status < 200:
                return on_provisional(response)
            if message.method == "INVITE" and response.status >= 300 and pending.response:
                self.send(self.ack_of_refusal(message, response))
            if response.status in (401, 407) and pending.response and proofs:
                return self.ask_server(self.authorize(message, response), on_final, on_provisional, proofs - 1)
            return on_final(message, response)
        pending = Pending(self, message, take)
        return pending

    def register(self, expires=3600):
        call_id, cseq = self._registration
        self._registration = call_id, cseq + 2
        request = self.build("REGISTER", to=self.address, call_id=call_id, cseq=cseq + 1,
                             headers=[("Expires", expires), ("Contact", f'{self.contact};+sip.instance="{self.instance}"')])

        def on_final(_, response):
            self.is_registered = response.status == 200
            if response.status != 200:  # 503: the configuration is still being read.
                self.crowd.at(time.monotonic() + 1, lambda: self.is_open and self.is_connected and self.register())
        self.ask_server(request, on_final)

    def watch(self, extension):
        request = self.build("SUBSCRIBE", f"sip:{extension}@{self.domain}", headers=[("Event", "dialog"), ("Expires", 3600)])
        self.lamps[request.call_id] = None

        def on_final(asked, response):
            assert response.status == 200, response
            self.lamps[asked.call_id] = Dialog.of_response(self, response, asked.cseq)
        self.ask_server(request, on_final)

    def stop_watching(self):
        for dialog in self.lamps.values():
            self.ask_server(dialog.build("SUBSCRIBE", headers=[("Event", "dialog"), ("Expires", 0)]), lambda asked, response: None)

    def call_to(self, extension, headers=()):
        invite = self.build("INVITE", f"sip:{extension}@{self.domain}", body=self.body(), headers=headers)
        side = Side(self, invite)
        side.is_caller = True
        side.pending = self.ask_server(invite, side.on_final, side.on_provisional)
        return side


class Side:
    """One end of a call, at one telephone. States: trying, ringing, answered (a 200 waits for its ACK), talking, over."""

    def __init__(self, phone, invite):
        self.phone, self.crowd, self.invite = phone, phone.crowd, invite
        self.call_id, self.state, self.status, self.dialog = invite.call_id, "trying", 0, None
        self.is_caller, self.is_cancelled, self.is_transferred, self.has_given_up = False, False, False, False
        self.is_clicked = False  # The caller of a call that it did not begin, and that was answered.
        self.answered_at = self.over_at = self.bye_at = self.bye = None
        self.told, self._accepting = invite.text, None  # What the other end said of its sound, once that is known.
        self.notified = []
        phone.calls.append(self)

    def is_over(self):
        return self.state == "over"

    def is_talking(self):
        return self.state == "talking"

    def end(self, status=0):
        if self.state != "over":
            self.state, self.over_at, self.status = "over", time.monotonic(), self.status or status

    # ---- The caller ----

    def on_provisional(self, response):
        if response.status > 100 and self.state == "trying":
            self.state = "ringing"

    def on_final(self, request, response):
        self.invite, self.final = request, response
        if response.status >= 300:
            return self.end(response.status)
        self.status, self.answered_at, self.state, self.told = response.status, time.monotonic(), "talking", response.text
        self.dialog = Dialog.of_response(self.phone, response, request.cseq)
        self._acknowledge(response)
        if self.is_cancelled:
            self.hang_up()

    def _acknowledge(self, response):
        self.dialog.target = response.contact or self.dialog.target
        ack = self.dialog.build("ACK", cseq=response.cseq)
        self.phone.remember_ack(response, ack)
        self.phone.send(ack)

    def cancel(self):
        """As a telephone whose owner has had enough; a 200 that comes all the same is hung up."""
        if self.state not in ("trying", "ringing"):
            return
        self.is_cancelled = True
        invite = next((each.message for each in self.phone.pending.values()
                       if each.message.method == "INVITE" and each.message.call_id == self.call_id), None)
        if invite is None:
            return
        cancel = invite.copy()
        cancel.start, cancel.body = cancel.start.replace("INVITE", "CANCEL", 1), b""
        for name in ("Content-Type", "Contact", "Proxy-Authorization", "Content-Length"):
            cancel.remove(name)
        self.phone.ask_server(cancel.set("CSeq", f"{invite.cseq} CANCEL"), lambda _, response: self._on_cancel(invite, response))

    def _on_cancel(self, invite, response):
        """RFC 3261 §9.1: who was told that there is nothing to cancel waits no longer for a final answer."""
        pending = self.phone.pending.get((invite.branch, "INVITE"))
        if pending and response.status != 200:
            self.has_given_up = True
            pending.fail(487)
        elif pending:
            self.crowd.at(time.monotonic() + TIMEOUT, lambda: pending.fail(487))

    # ---- The called side ----

    def ring(self):
        if self.state == "trying":
            self.state = "ringing"
            self.phone.respond(self.invite, 180, self.tag)

    def refuse(self, status):
        if self.state in ("trying", "ringing"):
            self.phone.respond(self.invite, status, self.tag)
            self.end(status)

    def answer(self):
        if self.state in ("trying", "ringing"):
            self.state, self.status, self.answered_at = "answered", 200, time.monotonic()
            self._accept(self.invite)

    def _accept(self, invite):
        """A 200 that is repeated until its ACK comes, 32 s at most."""
        body = self.phone.body()
        self._accepting = invite.cseq
        response = self.phone.respond(invite, 200, self.tag if not invite.to_tag else "none", body)
        began, interval = time.monotonic(), T1

        def repeat():
            nonlocal interval
            if self._accepting != invite.cseq or self.state == "over":
                return
            if time.monotonic() - began > TIMEOUT:
                return self.hang_up() if self.state != "answered" else self.end(408)
            self.phone.send(response)
            interval = min(2 * interval, T2)
            self.crowd.at(time.monotonic() + interval, repeat)
        self.crowd.at(time.monotonic() + interval, repeat)

    # ---- Both ----

    def serve(self, request):
        method, phone = request.method, self.phone
        if method == "ACK":
            if self._accepting == request.cseq:
                self._accepting = None
                if self.state == "answered":
                    self.state = "talking"
            return
        if self.state == "over":
            phone.respond(request, 481)
        elif method == "BYE":
            phone.respond(request, 200)
            self.end()
        elif method == "INVITE":
            self.dialog.target = request.contact or self.dialog.target
            self._accept(request)
        elif method == "UPDATE" and request.body:
            phone.respond(request, 200, body=phone.body())
        else:
            if method == "NOTIFY":
                self.notified.append(request.text)
            phone.respond(request, 200)

    def request(self, method, body="", headers=()):
        """A request in the dialog, as a Pending; a 2xx to an INVITE is acknowledged."""
        def on_final(asked, response):
            self.dialog.cseq = max(self.dialog.cseq, asked.cseq)
            pending.status, pending.response, pending.final_at = response.status, response, time.monotonic()
            if method == "INVITE" and response.status < 300:
                self._acknowledge(response)
        pending = Outcome(time.monotonic())
        self.phone.ask_server(self.dialog.build(method, body, headers), on_final)
        return pending

    def reinvite(self):
        return self.request("INVITE", self.phone.body())

    def hang_up(self):
        if self.state == "over":
            return Outcome(time.monotonic())
        self.bye_at = time.monotonic()
        self.end()
        self.bye = self.request("BYE")
        return self.bye


class Outcome:
    """Of a request, whatever challenges it met: 0 until its final response."""

    def __init__(self, began):
        self.began, self.status, self.response, self.final_at = began, 0, None, began

    def is_final(self):
        return self.status != 0


def pause(seconds):
    """`yield from pause(1)` in a script."""
    yield (lambda: False), seconds
