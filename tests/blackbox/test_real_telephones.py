# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: two softphones of different makes, each by any transport, call, hold, cancel, decline and transfer through one exchange, and every
call leaves its record.

A cell is a baresip and a linphonec by one of the nine pairs of transports, with a second baresip to be sent to. The nine cells play each
story at the same time. Every telephone has a tone of its own, so that whoever heard another cell's call would be found out.

What the programs cannot do, or not show:
- baresip (1.0) has a command for blind transfers only; attended ones are linphonec's (`transfer ID --to-call ID`).
- baresip ends its recording when its call is held; what it hears afterwards is not seen. linphonec writes what it heard when the call is over.
- baresip's `hangup` while it rings is 486, linphonec's `terminate` is 603; neither has a command for another code.
- linphonec spells hold and resume `pause` and `resume`, baresip `hold` and `resume`.
- Neither sends a REFER while the third party rings; semi-attended transfers, re-INVITEs with other codecs and the races of CANCEL are the
  scripted agent's (test_matrix.py), which says to the message when it sends what.
- SIPp in Debian 12 (`sipp -v`: SCTP, PCAP, RTPSTREAM) is built without TLS, and a SIPp that is called by TCP would have to register in the
  scenario that is called, since its registration ends with its connection: its cells are test_calls.py, test_unanswered.py (calling by UDP
  and TCP) and test_transfers.py (3PCC, UDP)."""
import concurrent.futures
import dataclasses
import itertools
import time

import baresip
import exchange as exchange_module
import linphone
import pytest
import records
from conftest import Phones
from test_calls import wait_until_heard

TRANSPORTS = ("udp", "tcp", "tls")
CELLS = list(itertools.product(range(3), range(3)))
TALK_SECONDS = 2.5


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    running = exchange_module.Exchange(tmp_path_factory.mktemp("exchange")).start("--subscribers", str(3 * len(CELLS)))
    yield running
    assert running.stop() == 0


@dataclasses.dataclass
class Line:
    """A telephone, its number and its tone."""
    phone: baresip.Baresip | linphone.Linphone
    number: str
    hertz: int

    def heard(self, other):
        return self.phone.seconds_heard(other.hertz)


@dataclasses.dataclass
class Cell:
    name: str
    baresip: Line
    linphone: Line
    third: Line

    def forget(self):
        for line in (self.baresip, self.linphone, self.third):
            line.phone.forget()


@pytest.fixture(scope="module")
def cells(exchange, tmp_path_factory):
    phones = Phones(exchange, tmp_path_factory.mktemp("phones"))

    def open_line(make, number, transport, **options):
        user, hertz = f"user{number:04}", 460 + 40 * number
        return Line(make(user, password=f"pw-{user}", hertz=hertz, transport=TRANSPORTS[transport], **options), str(100000 + number), hertz)

    def open_cell(index):
        one, other = CELLS[index]
        third = (one + other) % 3  # Every two of the three transports meet.
        return Cell(f"baresip by {TRANSPORTS[one]}, linphonec by {TRANSPORTS[other]}, third by {TRANSPORTS[third]}",
                    open_line(phones.baresip, 3 * index + 1, one), open_line(phones.linphone, 3 * index + 2, other),
                    open_line(phones.baresip, 3 * index + 3, third, answer="auto"))

    try:
        with concurrent.futures.ThreadPoolExecutor(len(CELLS)) as pool:
            opened = list(pool.map(open_cell, range(len(CELLS))))
        used = {device["name"]: device["transport"] for device in exchange.get("/api/v1/live/registrations?perPage=100")["items"]}
        for (one, other), cell in zip(CELLS, opened):
            assert (used[cell.baresip.phone.name], used[cell.linphone.phone.name]) == (TRANSPORTS[one], TRANSPORTS[other]), used
        yield opened
    finally:
        phones.close()


def play(cells, story):
    """The story in every cell at once; fails with the names of the cells where it failed."""
    for cell in cells:
        cell.forget()
    with concurrent.futures.ThreadPoolExecutor(len(cells)) as pool:
        playing = {cell.name: pool.submit(story, cell) for cell in cells}
    failed = {name: error for name, future in playing.items() if (error := future.exception())}
    assert not failed, "\n\n".join(f"{name}: {error!r}" for name, error in failed.items())


def sides(cell, caller):
    return (cell.baresip, cell.linphone) if caller == "baresip" else (cell.linphone, cell.baresip)


def connect(caller, callee):
    caller.phone.dial(callee.number)
    callee.phone.wait_to_ring()
    callee.phone.accept()
    caller.phone.wait_for_answer()
    callee.phone.wait_for_answer()


def talk(*pairs):
    """Until each first one of these pairs heard the second for a second; linphonec's recording is not there yet."""
    wanted = [(line, other, line.heard(other) + 1) for line, other in pairs]
    deadline = time.monotonic() + 15
    while missing := [(line.number, other.hertz) for line, other, seconds in wanted if line.heard(other) < seconds]:
        assert time.monotonic() < deadline, f"not heard: {missing}"
        time.sleep(0.2)


both_ways = pytest.mark.parametrize("caller", ("baresip", "linphonec"))


def check(found, cells, caller, status, code):
    """One record of each cell's call."""
    for cell in cells:
        here, there = sides(cell, caller)
        record, = [record for record in found if (record["caller"], record["callee"]) == (here.number, there.number)]
        seconds = record["durationSeconds"]
        records.check(record, status, code, seconds, caller=here.number, callee=there.number)
        assert (seconds > 0.5) == (status == "ok"), record


def check_transferred(found, cells, caller):
    check(found, cells, caller, "ok", 200)
    for cell in cells:
        here, _ = sides(cell, caller)
        record, = [record for record in found if (record["caller"], record["callee"]) == (here.number, cell.third.number)]
        records.check(record, "ok", 200, record["durationSeconds"], caller=here.number, callee=cell.third.number)
        yield here, record


@both_ways
@pytest.mark.parametrize("holder", ("baresip", "linphonec"))
def test_a_call_is_held_and_resumed(cells, new_records, caller, holder):
    def story(cell):
        here, there = sides(cell, caller)
        holding, held = sides(cell, holder)
        known = cell.linphone.heard(cell.baresip)
        echo = cell.linphone.heard(cell.linphone), cell.baresip.heard(cell.baresip)
        began = time.monotonic()
        connect(here, there)
        talk((cell.baresip, cell.linphone))
        cell.forget()
        holding.phone.hold()
        holding.phone.wait_until_holding()
        held.phone.wait_until_held()
        cell.forget()
        holding.phone.resume()
        holding.phone.wait_until_resumed()
        held.phone.wait_until_resumed()
        resumed = time.monotonic()
        time.sleep(TALK_SECONDS)
        there.phone.hang_up()
        here.phone.wait_for_end()
        there.phone.wait_for_end()
        # More than there was time for before it was resumed.
        wait_until_heard(known + resumed - began + 0.3, (cell.linphone.phone, cell.baresip.hertz))
        assert (cell.linphone.heard(cell.linphone), cell.baresip.heard(cell.baresip)) == echo, "an echo"

    play(cells, story)
    check(new_records(len(cells)), cells, caller, "ok", 200)


@both_ways
def test_the_caller_cancels(cells, new_records, caller):
    def story(cell):
        here, there = sides(cell, caller)
        here.phone.dial(there.number)
        there.phone.wait_to_ring()
        here.phone.wait_for_ringing()
        here.phone.hang_up()
        here.phone.wait_for_end()
        there.phone.wait_for_end()

    play(cells, story)
    check(new_records(len(cells)), cells, caller, "cancel", 487)


@both_ways
def test_the_called_one_declines(cells, new_records, caller):
    def story(cell):
        here, there = sides(cell, caller)
        here.phone.dial(there.number)
        there.phone.wait_to_ring()
        here.phone.wait_for_ringing()
        there.phone.hang_up()
        ended = here.phone.wait_for_end()
        assert caller == "linphonec" or ended.startswith("603"), ended

    play(cells, story)
    check(new_records(len(cells)), cells, caller, "busy", 603 if caller == "baresip" else 486)


@both_ways
def test_the_caller_sends_the_other_to_a_third(cells, new_records, caller):
    def story(cell):
        here, there = sides(cell, caller)
        known = cell.linphone.heard(cell.third)
        connect(here, there)
        talk((cell.baresip, cell.linphone))
        here.phone.transfer(f"sip:{cell.third.number}@{exchange_module.DOMAIN}")
        cell.third.phone.wait_for_answer()
        here.phone.wait_for_end()
        talk((cell.third, there), *([(there, cell.third)] if caller == "linphonec" else []))
        cell.third.phone.hang_up()
        there.phone.wait_for_end()
        if caller == "baresip":
            wait_until_heard(known + 0.5, (cell.linphone.phone, cell.third.hertz))

    play(cells, story)
    found = new_records(2 * len(cells))
    first = {record["caller"]: record["id"] for record in found if record["linkReason"] is None}
    for here, second in check_transferred(found, cells, caller):
        assert (second["linkedCall"], second["linkReason"]) == (first[here.number], "transfer"), second


def test_linphonec_joins_the_two_others(cells, new_records):
    def story(cell):
        connect(cell.linphone, cell.baresip)
        first = cell.linphone.phone.newest_call()
        talk((cell.baresip, cell.linphone))
        cell.linphone.phone.hold()
        cell.linphone.phone.wait_until_holding()
        cell.linphone.phone.forget()
        cell.linphone.phone.dial(cell.third.number)
        cell.third.phone.wait_for_answer()
        cell.linphone.phone.wait_for_answer()
        talk((cell.third, cell.linphone))
        cell.linphone.phone.join(first, cell.linphone.phone.newest_call())
        talk((cell.third, cell.baresip))
        cell.linphone.phone.wait_for_end()
        cell.third.phone.hang_up()
        cell.baresip.phone.wait_for_end()

    play(cells, story)
    assert len(list(check_transferred(new_records(2 * len(cells)), cells, "linphonec"))) == len(cells)
