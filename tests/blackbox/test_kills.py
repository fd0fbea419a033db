# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: whenever a process is killed under load, every answered call ends with exactly one record with the right time, conversations go on
and take re-INVITE and BYE afterwards, sound does not stop, and nothing is left in the end. Killed at random moments, and at each marked
point (base/kill_point.hpp). `CARILLON_KILLS=all` makes 100 random kills and takes every point; else a part of them, another one each day.
CARILLON_KILLS_SEED repeats a part."""
import concurrent.futures
import os
import pathlib
import random
import re
import signal
import time

import pytest
from siege import Siege

IS_ALL = os.environ.get("CARILLON_KILLS") == "all"
SEED = int(os.environ.get("CARILLON_KILLS_SEED", time.time() // 86400))
RANDOM_KILLS = 100 if IS_ALL else 8
POINTS_IN_CI = 20
AT_ONCE = 2
SOUND_GAP_MAX = 0.2
SOURCES = pathlib.Path(__file__).resolve().parents[2] / "src"

# Which pass of a point is the one: enough that calls of every kind are going on.
PASSES = {"journal": 120, "mediaclient": 50, "media": 50, "call": 12, "leg": 12, "billing": 12, "registrations": 30,
          "call.alive_noted": 1, "stop.calls_told": 1, "registrations.compacting": 1, "registrations.compacted": 1, "leg.cancelled": 3, "leg.refer_accepted": 2,
          "call.change_noted": 3, "media.call_reaped": 1, "takeup.call_made": 3, "takeup.probed": 3, "takeup.media_taken": 3}
# Passed only by a process whose predecessor was killed in the middle of calls: that one's death comes first.
IN_THE_NEXT_LIFE = {"takeup": "call.answered:12", "farewell": "leg.ringing_heard:20", "file": "call.setup_noted:12", "journal.recovered": "journal.flushed:100",
                    "journal.segment_beginning": "leg.answer_heard:12", "journal.segment_begun": "call.answer_durable:12",
                    "farewell.hanging_up": "pickup.leg_moving:2", "media.call_reaped": "mediaclient.outcome_heard:40,mediaclient.outcome_heard:40,mediaclient.outcome_heard:40", "journal.segment_deleting": "call.answered:12"}
SLOW = {"media.call_reaped": 60, "journal.segment_deleting": 90}
NEEDS_A_SIGNAL = "stop.calls_told"
# Most conversations are silent, and this point is not passed before a minute is over.
SETTINGS = {"journal.segment_deleting": ("media.timeout_seconds=70",)}


def role_of(point):
    return {"media": "media", "billing": "jobs"}.get(point.split(".")[0], "signalling")


def marked_points():
    found = [(path, name) for path in sorted(SOURCES.rglob("*.?pp")) for name in re.findall(r'\bkill_point\("([^"]*)"\)', path.read_text())]
    return [name for _, name in found]


def with_passes(point):
    return f"{point}:{PASSES.get(point, PASSES.get(point.split('.')[0], 2))}"


def step_of(point):
    """The deaths that it takes to die there, in their order."""
    first = IN_THE_NEXT_LIFE.get(point, IN_THE_NEXT_LIFE.get(point.split(".")[0]))
    return [*first.split(","), f"{point}:{PASSES.get(point, 1)}"] if first else [with_passes(point)]


def check(siege, is_thorough=False):
    """Ends the load and holds it against what must be true; returns the figures."""
    siege.end()
    siege.wait_until_nothing_is_left(is_thorough)
    rows, answered = siege.check_records()
    assert not siege.faults, "\n".join([f"{siege.exchange.folder}: {len(siege.faults)} faults", *siege.faults[:20]])
    return f"{rows} records of {answered} answered calls, proven {siege.asked}, sound {siege.sound.packets} packets, " \
           f"longest delay {siege.sound.longest_delay:.3f} s, longest loss {siege.sound.longest_loss:.2f} s"


def check_sound(siege):
    assert siege.sound.packets > 0
    assert siege.sound.longest_loss <= SOUND_GAP_MAX and siege.sound.longest_delay <= SOUND_GAP_MAX, \
        (siege.sound.longest_loss, siege.sound.longest_delay)


def die_at_points(folder, seed, points):
    """One exchange whose processes die at these points, one after the other."""
    steps = [step_of(point) for point in points]
    with Siege(folder, seed, kill_at=",".join(death for step in steps for death in step), settings=SETTINGS.get(points[0], ())) as siege:
        siege.begin()
        for point, step in zip(points, steps):
            siege.wait_until_they_talk()
            if point == NEEDS_A_SIGNAL:
                siege.crowd.at(time.monotonic() + 0.5, lambda: os.kill(siege.exchange.processes()["signalling"], signal.SIGTERM))
            standing = siege.wait_for_deaths(len(step), SLOW.get(point, 40), SLOW.get(point, 5))
            assert standing is not None, f"{point} was not passed: {siege.exchange.folder}"
            if point == NEEDS_A_SIGNAL:
                siege.crowd.run_for(3)  # Some were told, and their end may have been written or not.
            elif role_of(point) == "media":
                siege.expect_the_end(standing)
            else:
                siege.prove(standing, role_of(point) == "signalling")
            siege.crowd.run_for(0.3)
        if all(role_of(point) != "media" for point in points):
            check_sound(siege)
        return f"{' '.join(points)}: {check(siege)}"


def all_at_once(works):
    """Runs them side by side, and reports every failure."""
    failures = []
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for future in concurrent.futures.as_completed([pool.submit(*work) for work in works]):
            try:
                print(future.result(), flush=True)
            except Exception as failure:
                failures.append(f"{type(failure).__name__}: {failure}")
    assert not failures, "\n\n".join(failures)


def test_marked_points_are_many_and_each_has_its_own_name():
    points = marked_points()
    assert len(points) >= 40 and len(points) == len(set(points)), sorted(points)
    assert all(re.fullmatch(r"[a-z]+\.[a-z_]+", point) for point in points), points


def chains():
    """Points that one exchange dies at: few, and of one process, since a role that dies often waits longer each time."""
    points = marked_points()
    random.Random(SEED).shuffle(points)
    if not IS_ALL:
        points = [point for point in points if point not in SLOW][:POINTS_IN_CI]
    for role in ("signalling", "media", "jobs"):
        own = [point for point in points if role_of(point) == role]
        slow = [point for point in own if point in SLOW or point == NEEDS_A_SIGNAL]
        own = [point for point in own if point not in slow]
        yield from ([point] for point in slow)
        yield from (own[at:at + 3] for at in range(0, len(own), 3))


def test_killed_at_marked_points(tmp_path):
    all_at_once([(die_at_points, tmp_path / str(number), SEED + number, chain) for number, chain in enumerate(chains())])


def die_at_random(folder, seed, kills, is_thorough):
    luck = random.Random(seed)
    with Siege(folder, seed) as siege:
        siege.begin()
        for _ in range(kills):
            siege.crowd.run_for(luck.uniform(0, 1.5))
            siege.prove(siege.kill("signalling"))
        check_sound(siege)
        return f"seed {seed}, {kills} kills: {check(siege, is_thorough)}"


def test_killed_at_random_moments(tmp_path):
    each = 4
    all_at_once([(die_at_random, tmp_path / str(number), SEED * 1000 + number, each, number == 0) for number in range(RANDOM_KILLS // each)])


@pytest.mark.parametrize("role", ["jobs", "web"])
def test_a_kill_beside_the_calls(tmp_path, role):
    with Siege(tmp_path / role, SEED) as siege:
        siege.begin()
        for _ in range(2):
            siege.crowd.run_for(0.7)
            siege.prove(siege.kill(role), are_connections_lost=False)
        check_sound(siege)
        print(check(siege))


def test_a_kill_of_media(tmp_path):
    with Siege(tmp_path / "media", SEED) as siege:
        siege.begin()
        for _ in range(2):
            siege.crowd.run_for(0.7)
            siege.expect_the_end(siege.kill("media"))
        print(check(siege))
