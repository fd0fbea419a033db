# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: after calls with every kind of ending nothing is left of them: no call, dialog, transaction, port or descriptor (reliability R-23), and
each answered one has its record. CARILLON_ENDINGS=10000 makes as many calls as the goal says; by itself it is fewer."""
import os
import time

from crowd import pause
from siege import Pair, Siege

CALLS = int(os.environ.get("CARILLON_ENDINGS", "400"))
CALLS_A_SECOND_MIN = 5
PAIRS = 16
RING_SECONDS = 2
MEDIA_TIMEOUT_SECONDS = 4
NOBODYS = "999"


class Endings(Siege):
    """A siege without kills, whose calls end in more ways."""

    def __init__(self, folder, seed):
        settings = (f"call.ring_seconds={RING_SECONDS}", f"media.timeout_seconds={MEDIA_TIMEOUT_SECONDS}")
        super().__init__(folder, seed, pairs=0, streams=0, churners=PAIRS, sounds=0, settings=settings)
        self.counts = {}
        self.absent = str(100000 + next(self._numbers))
        self.others = [self._registered(kind) for kind in ("udp", "tcp", "tls")]
        self._descriptors = self.count_descriptors()

    def begin(self):
        super().begin()
        for pair in self.others:
            self.crowd.spawn(self.end_in_turn(pair))

    def _registered(self, kind):
        phones = self._phone(kind), self._phone(kind)
        for phone in phones:
            phone.register()
        self.run_until(lambda: all(phone.is_registered for phone in phones), 10, "registration")
        return Pair(*phones)

    def end_in_turn(self, pair):
        """One kind after the other."""
        while not self.is_over:
            for kind in self.kinds():
                if not self.is_over:
                    yield from kind(pair)
                    self.counts[kind.__name__] = self.counts.get(kind.__name__, 0) + 1

    def kinds(self):
        return (self.refused, self.cancelled_while_answered, self.unanswered, self.absent_number, self.nobodys_number, self.asked_to_go_elsewhere,
                self.caller_silent, self.callee_silent, self.both_silent, self.hung_up_at_once)

    def has_enough(self):
        return self.calls() >= CALLS and len(self.counts) == len(self.kinds())

    def refused(self, pair):
        for status in (486, 603, 480, 404, 500, 606):
            here, there = yield from self.dial(pair.caller, pair.callee)
            if there is not None:
                there.refuse(status)
            yield here.is_over, 40

    def cancelled_while_answered(self, pair):
        here, there = yield from self.dial(pair.caller, pair.callee)
        if there is not None:
            there.answer()
        here.cancel()
        yield (lambda: here.is_over() and (there is None or there.is_over())), 40

    def unanswered(self, pair):
        here, _ = yield from self.dial(pair.caller, pair.callee)
        yield here.is_over, RING_SECONDS + 5
        assert here.status == 480, here.status

    def absent_number(self, pair):
        here = pair.caller.call_to(self.absent)
        yield here.is_over, 10
        assert here.status == 480, here.status

    def nobodys_number(self, pair):
        here = pair.caller.call_to(NOBODYS)
        yield here.is_over, 10
        assert here.status == 404, here.status

    def asked_to_go_elsewhere(self, pair):
        here, there = yield from self.dial(pair.caller, pair.callee)
        if there is not None:
            there.refuse(302)
        yield here.is_over, 40

    def hung_up_at_once(self, pair):
        talk = yield from self.connect(pair.caller, pair.callee)
        for side in talk or ():
            side.hang_up()
        yield from pause(0.1)

    def caller_silent(self, pair):
        yield from self._silent(pair, [pair.caller])

    def callee_silent(self, pair):
        yield from self._silent(pair, [pair.callee])

    def both_silent(self, pair):
        yield from self._silent(pair, [pair.caller, pair.callee])

    def _silent(self, pair, phones):
        """Nothing comes from these any more for as long as the call lasts, which ends by itself. Its time is the matter of other tests."""
        talk = yield from self.connect(pair.caller, pair.callee)
        if talk is None:
            return
        for side in talk:
            side.is_transferred = True
            if side.phone in phones:
                side.phone.is_connected = False
                side.end()
        if len(phones) == 1:
            yield (lambda: all(side.is_over() for side in talk)), MEDIA_TIMEOUT_SECONDS + 10
        else:
            yield from pause(MEDIA_TIMEOUT_SECONDS + 2)
        for phone in phones:
            phone.is_connected = True

    def calls(self):
        return sum(side.is_caller for phone in self.crowd.phones for side in phone.calls)


def test_nothing_is_left_of_calls_however_they_end(tmp_path):
    with Endings(tmp_path / "exchange", 1) as endings:
        endings.begin()
        began = time.monotonic()
        endings.run_until(endings.has_enough, 90 + CALLS / CALLS_A_SECOND_MIN, f"{CALLS} calls")
        took = time.monotonic() - began
        endings.end()
        endings.wait_until_nothing_is_left(is_thorough=True, seconds=120)
        rows, answered = endings.check_records()
        assert not endings.faults, "\n".join(endings.faults[:20])
        print(f"{endings.calls()} calls in {took:.0f} s, {rows} records of {answered} answered calls; {endings.counts}")
