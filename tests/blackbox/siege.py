# SPDX-License-Identifier: GPL-3.0-or-later
"""One exchange under load while its processes are killed, and what has to be true all the same: one record for each answered call with the
right time, dialogs that go on, sound that does not stop, and nothing left in the end."""
import concurrent.futures
import os
import random
import selectors
import signal
import socket
import struct
import threading
import time

import crowd as crowd_module
import exchange as exchange_module
from agents import sdp
from crowd import Phone, pause

SO_TIMESTAMPNS = 35  # Of Linux: when a datagram arrived, however late we read it.
ALIVE_SECONDS = 5  # How old what the journal knows of a call may be.


class Sound:
    """Packets every 20 ms between the telephones of some calls, each with the moment of its sending: what is late, and what is missing."""

    def __init__(self, count):
        self._selector, self.sockets = selectors.DefaultSelector(), []
        self.to = [None] * count
        self._sequences, self._sent, self._heard = [0] * count, [0] * count, [{} for _ in range(count)]
        for place in range(count):
            one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            one.bind(("127.0.0.1", 0))
            one.setblocking(False)
            one.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            self.sockets.append(one)
            self._selector.register(one, selectors.EVENT_READ, place)
        self.longest_delay = self.longest_loss = 0.0
        self.packets = 0
        self._is_over = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def port(self, place):
        return self.sockets[place].getsockname()[1]

    def talk(self, place, to):
        """None: silence. Sequences begin anew, since what was on its way is nobody's loss."""
        self._heard[place] = {}
        self.to[place] = to

    def _run(self):
        due = time.monotonic()
        while not self._is_over:
            for key, _ in self._selector.select(max(0, due - time.monotonic())):
                self._hear(key.data)
            if time.monotonic() < due:
                continue
            due += 0.02
            for place, to in enumerate(self.to):
                if to is not None:
                    self._sequences[place] += 1
                    header = struct.pack(">BBHII", 0x80, 8, self._sequences[place] & 0xFFFF, self._sequences[place] * 160 & 0xFFFFFFFF, place)
                    try:
                        self.sockets[place].sendto(header + struct.pack(">Qd", self._sequences[place], time.time()) + b"\xd5" * 144, to)
                    except OSError:
                        pass

    def _hear(self, place):
        try:
            packet, ancillary, _, _ = self.sockets[place].recvmsg(2048, 64)
        except OSError:
            return
        arrived = next(seconds + nanoseconds / 1e9 for *_, data in ancillary for seconds, nanoseconds in [struct.unpack("qq", data)])
        if len(packet) != 172 or self.to[place] is None:
            return
        source, = struct.unpack(">I", packet[8:12])
        number, sent = struct.unpack(">Qd", packet[12:28])
        self.packets += 1
        self.longest_delay = max(self.longest_delay, arrived - sent)
        last = self._heard[place].get(source)
        if last is not None and number > last:
            self.longest_loss = max(self.longest_loss, (number - last - 1) * 0.02)
        self._heard[place] = {source: number}

    def close(self):
        self._is_over = True
        self._thread.join()
        for one in self.sockets:
            one.close()


class Pair:
    """Two telephones with one conversation that lasts until somebody takes it away from `talk`."""

    def __init__(self, caller, callee, places=None):
        self.caller, self.callee, self.places, self.talk = caller, callee, places, None


class Siege:
    """`kill_at` names marked points, one for each life of the process that passes them."""

    def __init__(self, folder, seed, *, kill_at="", pairs=8, streams=4, churners=6, sounds=2, settings=()):
        self.luck = random.Random(seed)
        self.exchange = exchange_module.Exchange(folder, "security.antiflood.requests=0", *settings)
        self._killed = self.exchange.folder / "killed"
        self._killed.touch()
        if kill_at:
            self.exchange.environment = {"CARILLON_KILL_AT": kill_at, "CARILLON_KILLED": str(self._killed)}
        self.exchange.start("--subscribers", "60")
        self.crowd = crowd_module.Crowd(self.exchange)
        self.sound = Sound(2 * sounds)
        self._numbers = iter(range(1, 61))
        self.is_over, self.deaths, self.faults = False, [], []
        self.asked = {"udp": [0, 0], "stream": [0, 0]}  # How many dialogs were proven after a kill, and how many had stood.
        self.pairs = [self._pair(places=(2 * each, 2 * each + 1) if each < sounds else None) for each in range(pairs)]
        self.pairs += [self._pair(kind) for kind in ("tcp", "tls") * (streams // 2)]
        self.churners = [self._pair() for _ in range(churners)]
        self.fork = self._pair()
        self.fork_twin = self._again(self.fork.callee)
        self.trio = self._pair(), self._phone()
        self.watcher = self._phone()
        self.pickers = self._pair(), self._phone()
        self.clickers = self._pair()
        self._api = concurrent.futures.ThreadPoolExecutor(1)
        self._terminals = {each["name"]: each["id"] for each in self.exchange.request("GET", "/api/v1/terminals?perPage=500")[2]["items"]}
        for phone in self.crowd.phones:
            phone.register()
        self.run_until(lambda: all(phone.is_registered for phone in self.crowd.phones), 20, "registration of all")
        for pair in self.pairs[:4]:
            self.watcher.watch(pair.callee.extension)
        self.run_until(lambda: all(self.watcher.lamps.values()), 5, "subscriptions")
        self._descriptors = self.count_descriptors()

    # ---- Telephones ----

    def _phone(self, kind="udp", place=None):
        return Phone(self.crowd, next(self._numbers), kind, self.sound.port(place) if place is not None else 9)

    def _again(self, phone):
        return Phone(self.crowd, int(phone.extension) - 100000)

    def _pair(self, kind="udp", places=None):
        first, second = places or (None, None)
        if kind == "udp":
            return Pair(self._phone(place=first), self._phone(place=second), places)
        return Pair(self._phone(kind), self._phone(self.luck.choice(("udp", kind))))

    # ---- Load ----

    def begin(self):
        for pair in self.pairs:
            self.crowd.spawn(self.converse(pair))
        for pair in self.churners:
            self.crowd.spawn(self.churn(pair))
        self.crowd.spawn(self.fork_calls())
        self.crowd.spawn(self.transfer_calls())
        self.crowd.spawn(self.pick_up_calls())
        self.crowd.spawn(self.click_to_dial())
        self.crowd.spawn(self.register_again())
        self.wait_until_they_talk()

    def wait_until_they_talk(self):
        self.run_until(lambda: all(pair.talk for pair in self.pairs), 20, "conversations")

    def dial(self, caller, callee, ring=None):
        """(here, there) once the callee's telephone rings, or (here, None)."""
        callee.incoming.clear()
        here = caller.call_to(callee.extension)
        yield (lambda: callee.incoming or here.is_over()), 8
        if not callee.incoming:
            here.cancel()
            yield here.is_over, 40
            return here, None
        there = callee.incoming.pop(0)
        there.ring()
        yield from pause(self.luck.uniform(0.01, 0.2) if ring is None else ring)
        return here, there

    def connect(self, caller, callee):
        """The two sides of a call that was answered, or nothing."""
        here, there = yield from self.dial(caller, callee)
        if there is None:
            yield from pause(0.3)
            return None
        there.answer()
        yield (lambda: here.is_talking() and there.is_talking() or here.is_over() or there.is_over()), 12
        if here.is_talking() and there.is_talking():
            return here, there
        yield from self.clean_up(here, there)
        return None

    def clean_up(self, *sides):
        for side in sides:
            if side.is_caller and side.state in ("trying", "ringing"):
                side.cancel()
            elif side.state in ("talking", "answered"):
                side.hang_up()
            elif not side.is_caller:
                side.refuse(480)
        yield (lambda: all(side.is_over() for side in sides)), 40

    def converse(self, pair):
        while not self.is_over:
            if not (pair.caller.is_registered and pair.callee.is_registered):
                yield from pause(0.1)
                continue
            talk = yield from self.connect(pair.caller, pair.callee)
            if talk is None:
                continue
            self._let_speak(pair, talk)
            pair.talk = talk
            yield (lambda: self.is_over or pair.talk is not talk or talk[0].is_over() or talk[1].is_over()), 600
            pair.talk = None
            self._let_speak(pair, None)
            yield from self.clean_up(*talk)

    def _let_speak(self, pair, talk):
        for side, place in zip(talk or (None, None), pair.places or ()):
            self.sound.talk(place, None if side is None else sdp.address(side.told))

    def churn(self, pair):
        while not self.is_over:
            here, there = yield from self.dial(pair.caller, pair.callee)
            fate = self.luck.random()
            if there is None or fate < 0.15:
                if there is not None:
                    there.refuse(486)
            elif fate < 0.3:
                here.cancel()
                yield here.is_over, 40
            else:
                there.answer()
                yield (lambda: here.is_talking() and there.is_talking() or here.is_over() or there.is_over()), 12
                yield from pause(self.luck.choice((0.02, 0.1, 0.5, 1.2)))
                if fate > 0.6 and here.is_talking() and there.is_talking():
                    yield self.luck.choice((here, there)).reinvite().is_final, 36
                if here.is_talking() and there.is_talking():
                    quitter, other = self.luck.sample((here, there), 2)
                    quitter.hang_up()
                    yield other.is_over, 36
            yield from self.clean_up(here, *([there] if there else []))
            yield from pause(self.luck.uniform(0, 0.2))

    def fork_calls(self):
        caller, phones = self.fork.caller, (self.fork.callee, self.fork_twin)
        while not self.is_over:
            for phone in phones:
                phone.incoming.clear()
            here = caller.call_to(phones[0].extension)
            yield (lambda: all(phone.incoming for phone in phones) or here.is_over()), 5
            theirs = [phone.incoming.pop(0) for phone in phones if phone.incoming]
            for side in theirs:
                side.ring()
            if theirs and not here.is_over():
                self.luck.choice(theirs).answer()
            yield (lambda: here.is_talking() or here.is_over()), 12
            yield from pause(0.2)
            yield from self.clean_up(here, *theirs)

    def transfer_calls(self):
        """In turn: the called one sends the caller to a third, and joins the caller with a third it has called itself."""
        pair, third = self.trio
        while not self.is_over:
            talk = yield from self.connect(pair.caller, pair.callee)
            if talk is None:
                continue
            here, there = talk
            third.incoming.clear()
            here.is_transferred = there.is_transferred = True
            sides = list(talk)
            if self.luck.random() < 0.5:
                there.request("REFER", headers=[("Refer-To", f"<sip:{third.extension}@{exchange_module.DOMAIN}>")])
                yield (lambda: third.incoming or here.is_over() or there.is_over()), 8
                if third.incoming:
                    sides.append(third.incoming.pop(0))
                    sides[-1].ring()
                    sides[-1].answer()
                    yield (lambda: there.is_over() and sides[-1].is_talking() or here.is_over() or sides[-1].is_over()), 10
            else:
                second = yield from self.connect(pair.callee, third)
                if second is not None:
                    sides += second
                    asking = second[0]
                    asking.is_transferred = second[1].is_transferred = True
                    named = f"{asking.call_id}%3Bto-tag%3D{asking.dialog.remote_tag}%3Bfrom-tag%3D{asking.dialog.local_tag}"
                    if there.is_talking():
                        there.request("REFER", headers=[("Refer-To", f"<sip:{third.extension}@{exchange_module.DOMAIN}?Replaces={named}>")])
                    yield (lambda: there.is_over() or here.is_over()), 10
            yield from pause(0.2)
            yield from self.clean_up(*sides)

    def pick_up_calls(self):
        pair, picker = self.pickers
        while not self.is_over:
            here, there = yield from self.dial(pair.caller, pair.callee, 0.05)
            sides = [here] + ([there] if there else [])
            if there is not None:
                dialog = there.dialog
                sides.append(picker.call_to(pair.callee.extension, [
                    ("Replaces", f"{dialog.call_id};to-tag={dialog.local_tag};from-tag={dialog.remote_tag}")]))
                sides[-1].is_transferred = here.is_transferred = True
                yield (lambda: here.is_talking() and sides[-1].is_talking() or here.is_over()), 10
                yield from pause(0.2)
            yield from self.clean_up(*sides)
            yield from pause(0.3)

    def ask(self, path, body):
        """What the REST API says to a POST as (status, body), without keeping the telephones waiting."""
        answer = self._api.submit(self.exchange.request, "POST", f"/api/v1{path}", body)
        yield answer.done, 15
        return (answer.result()[0], answer.result()[2]) if answer.done() and not answer.exception() else (0, None)

    def click_to_dial(self):
        """Calls that no telephone begins; the caller is put on hold and back by a program too."""
        pair = self.clickers
        while not self.is_over:
            pair.caller.incoming.clear()
            pair.callee.incoming.clear()
            status, call = yield from self.ask("/live/calls", {"terminal": self._terminals[pair.caller.user], "to": pair.callee.extension})
            yield (lambda: status != 202 or pair.caller.incoming), 3
            if not pair.caller.incoming:
                yield from pause(0.3)
                continue
            sides = [here] = [pair.caller.incoming.pop(0)]
            here.ring()
            here.answer()
            yield (lambda: pair.callee.incoming or here.is_over()), 8
            if pair.callee.incoming:
                sides.append(there := pair.callee.incoming.pop(0))
                there.ring()
                there.answer()
                yield (lambda: here.is_talking() and there.is_talking() or here.is_over() or there.is_over()), 12
                if here.is_talking() and there.is_talking():
                    here.is_transferred = True
                    for verb in ("hold", "resume"):
                        status, _ = yield from self.ask(f"/live/calls/{call['call']}/{verb}", {"leg": "caller"})
                        # Only who is answered can be held; before that the platform may have died between the two ends.
                        here.is_clicked = here.is_clicked or status == 200
            yield from pause(0.1)
            yield from self.clean_up(*sides)

    def register_again(self):
        """So often that the log of the registrations is written anew from time to time."""
        while not self.is_over:
            for phone in self.crowd.phones[:12]:
                if phone.is_datagram:
                    phone.register()
            yield from pause(0.25)

    # ---- Death ----

    def count_deaths(self):
        return sum(line != "go" for line in self._killed.read_text().splitlines())

    def run_until(self, is_true, seconds, what):
        self.crowd.run_until(is_true, seconds, what)

    def standing(self):
        return [(pair, pair.talk) for pair in self.pairs
                if pair.talk and pair.talk[0].is_talking() and pair.talk[1].is_talking()
                and pair.caller.is_registered and pair.callee.is_registered]

    def kill(self, role):
        """At once; returns the conversations that stood."""
        standing = self.standing()
        os.kill(self.exchange.processes()[role], signal.SIGKILL)
        self.deaths.append(time.monotonic())
        return standing

    def allow_deaths(self, count):
        """From now on, as `kill_at` says."""
        with open(self._killed, "a") as killed:
            killed.write("go\n" * count)

    def wait_for_deaths(self, count, seconds, patience):
        """Until marked points have killed so often; nothing when they do not. Else the conversations that stood at the first.
        When a second does not come within `patience`, signalling is killed once more."""
        standing, first, deadline = None, self.count_deaths(), time.monotonic() + seconds
        self.allow_deaths(count)
        for number in range(count):
            since = time.monotonic()
            while self.count_deaths() <= first + number:
                if time.monotonic() > deadline:
                    return None
                signalling = self.exchange.processes().get("signalling") if number and time.monotonic() - since > patience else None
                if signalling:  # The life before had left nothing that leads there: one more.
                    since = self.deaths[-1] = time.monotonic()
                    os.kill(signalling, signal.SIGKILL)
                self.crowd.turn(0.002)
            standing = self.standing() if standing is None else standing
            self.deaths.append(time.monotonic())
        return standing

    def prove(self, standing, are_connections_lost=True):
        """Each conversation that stood takes a re-INVITE of one side and, half of them, a BYE that the other hears of. Telephones whose
        connections the dead process held have to come back first."""
        self._reconnected_after = self.deaths[-1] if are_connections_lost else 0
        proofs = [self._Proof() for _ in standing]
        for proof, (pair, talk) in zip(proofs, standing):
            self.crowd.spawn(self._prove(proof, pair, talk))
        self.run_until(lambda: all(proof.is_done for proof in proofs), 100, "proof of all conversations")
        for proof, (pair, _) in zip(proofs, standing):
            counts = self.asked["udp" if pair.caller.is_datagram and pair.callee.is_datagram else "stream"]
            counts[0] += not proof.fault
            counts[1] += 1
            if proof.fault:
                self.faults.append(f"{pair.caller.user} ({pair.caller.kind}) and {pair.callee.user} ({pair.callee.kind}): {proof.fault}")

    class _Proof:
        is_done, fault = False, ""

    def _is_back(self, phone):
        return phone.is_datagram or phone.is_registered and phone.connected_at > self._reconnected_after

    def _prove(self, proof, pair, talk):
        here, there = talk
        yield (lambda: self._is_back(pair.caller) and self._is_back(pair.callee)), 30
        asking, other = self.luck.sample(talk, 2)
        for _ in range(3):
            outcome = asking.reinvite()
            yield outcome.is_final, 40
            if outcome.status != 491:
                break
            yield from pause(self.luck.uniform(0.5, 2))
        if outcome.status != 200:
            proof.fault = f"{outcome.status} to the re-INVITE of {'caller' if asking.is_caller else 'callee'}"
        elif other.is_over() or asking.is_over():
            proof.fault = "over"
        elif self.luck.random() < 0.5:
            pair.talk = None
            quitter, left = self.luck.sample(talk, 2)
            bye = quitter.hang_up()
            yield (lambda: bye.is_final() and left.is_over()), 40
            if bye.status != 200 or not left.is_over():
                proof.fault = f"{bye.status} to the BYE, and the other {'has' if left.is_over() else 'has not'} heard of it"
        proof.is_done = True

    def expect_the_end(self, standing, seconds=5):
        """Of each conversation, for both sides; then others come to stand."""
        self.run_until(lambda: all(side.is_over() for _, talk in standing for side in talk), seconds, "end of the calls without media")
        self.wait_until_they_talk()

    # ---- The end ----

    def end(self):
        """Everybody hangs up, and nothing may be left."""
        self.is_over = True
        self.run_until(lambda: not self.crowd.scripts(), 100, "end of the scripts")
        sides = [side for phone in self.crowd.phones for side in phone.calls]
        for side in sides:
            if not side.is_over() and not side.is_caller:
                side.refuse(480) if side.state in ("trying", "ringing") else side.hang_up()
        self.run_until(lambda: all(side.is_over() for side in sides), 40, "end of all calls")
        if self.exchange.metric("carillon_subscriptions") != len(self.watcher.lamps):
            self.faults.append(f"{self.exchange.metric('carillon_subscriptions')} subscriptions of {len(self.watcher.lamps)}")
        self.watcher.stop_watching()
        self.run_until(lambda: all(not phone.pending for phone in self.crowd.phones), 40, "last answers")

    def wait_until_nothing_is_left(self, is_thorough=False, seconds=75):
        """Ports of a call that was answered within 10 ms, and of which nothing was on disk yet, are given back after a minute of silence.
        `is_thorough`: transactions too, which last for half a minute, and then descriptors."""
        names = ["carillon_calls_running", "carillon_media_calls", "carillon_media_ports_leased", "carillon_records_open", "carillon_sip_dialogs",
                 *(["carillon_sip_transactions"] if is_thorough else [])]
        left = {}

        def is_nothing():
            left.update({name: self.exchange.metric(name) for name in names})
            return not any(left.values())
        deadline = time.monotonic() + seconds
        while not is_nothing():
            if time.monotonic() > deadline:
                self.faults.append(f"left: {left}")
                return
            self.crowd.run_for(0.3)
        if is_thorough and self.count_descriptors() > self._descriptors + 2:
            self.faults.append(f"{self.count_descriptors()} descriptors after {self._descriptors}")

    def count_descriptors(self):
        """Of signalling; as many telephones are connected at any time."""
        return len(os.listdir(f"/proc/{self.exchange.processes()['signalling']}/fd"))

    def check_records(self):
        callers = {side.call_id: side for phone in self.crowd.phones for side in phone.calls if side.is_caller or side.is_clicked}
        rows = self.exchange.rows("SELECT * FROM calls")
        by_call = {}
        for row in rows:
            by_call.setdefault(row["call_id"], []).append(row)
        for call_id, side in callers.items():
            own = [row for row in by_call.get(call_id, []) if row["link_reason"] != "transfer"]
            name = f"{call_id} of {side.phone.user}"
            if len(own) != 1 and (side.answered_at or len(own) > 1):
                self.faults.append(f"{name}: {len(own)} records, status {side.status}")
            elif own and side.answered_at:
                self._check_answered(name, side, own[0])
        known = {side.call_id for phone in self.crowd.phones for side in phone.calls}
        self.faults += [f"nobody's record {row}" for row in rows if row["call_id"] not in known]
        for name in ("carillon_records_orphaned_total", "carillon_records_set_aside_total", "carillon_calls_broken_total",
                     "carillon_sip_broken_total"):
            if self.exchange.metric(name):
                self.faults.append(f"{name} is {self.exchange.metric(name)}")
        return len(rows), sum(bool(side.answered_at) for side in callers.values())

    def _check_answered(self, name, side, row):
        if row["answered_at"] is None or row["sip_code"] != 200 or row["status"] != "ok" and not row["broken"]:
            return self.faults.append(f"{name}: answered, but its record says {dict(row)}")
        talked, told = (side.bye_at or side.over_at) - side.answered_at, row["duration_ms"] / 1000
        if side.is_transferred:
            return None
        known = [death - side.answered_at for death in self.deaths]
        longest = (self._heard_at(side) - side.answered_at) + 1.5  # Of a BYE that signalling did not live to hear when it was sent.
        is_right = talked - 1 <= told <= longest or told <= talked + 1 and any(told >= each - ALIVE_SECONDS - 1 for each in known)
        if not is_right:
            self.faults.append(f"{name}: talked {talked:.2f} s, and its record says {told:.2f} s, broken {row['broken']}")
        return None

    @staticmethod
    def _heard_at(side):
        return side.bye.final_at if side.bye else side.over_at

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.sound.close()
        self._api.shutdown()
        self.crowd.close()
        status = self.exchange.stop()
        assert kind or status == 0, status
