# SPDX-License-Identifier: GPL-3.0-or-later
"""Tones in WAV files: makes one, and says how much of one is in what somebody recorded."""
import array
import math
import wave


def write(path, hertz, seconds, rate=8000):
    """A sine of a quarter of full scale, mono, 16 bit."""
    samples = array.array("h", (int(8000 * math.sin(2 * math.pi * hertz * n / rate)) for n in range(seconds * rate)))
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, rate, len(samples), "NONE", ""))
        out.writeframes(samples.tobytes())


def read(path):
    """(rate, first channel) of a 16-bit WAV file; a file still being written may not say its length, so the data is read to its end."""
    data = path.read_bytes()
    at, rate, channels = 12, 8000, 1
    while at + 8 <= len(data):
        name, size = data[at:at + 4], int.from_bytes(data[at + 4:at + 8], "little")
        if name == b"fmt ":
            channels = int.from_bytes(data[at + 10:at + 12], "little")
            rate = int.from_bytes(data[at + 12:at + 16], "little")
        if name == b"data":
            body = data[at + 8:at + 8 + size] if 0 < size <= len(data) - at - 8 else data[at + 8:]
            samples = array.array("h", body[:len(body) // 2 * 2])
            return rate, samples[::channels]
        at += 8 + size + size % 2
    return rate, array.array("h")


def power(samples, rate, hertz):
    """Goertzel: the share of the samples' energy at this frequency, from 0 to 1."""
    energy = sum(sample * sample for sample in samples)
    if not samples or energy == 0:
        return 0.0
    step = 2 * math.cos(2 * math.pi * hertz / rate)
    one = two = 0.0
    for sample in samples:
        one, two = sample + step * one - two, one
    return (one * one + two * two - step * one * two) * 2 / (len(samples) * energy)


def seconds_of(path, hertz):
    """How many seconds of the recording are this tone, counted in windows of 100 ms."""
    rate, samples = read(path)
    size = rate // 10
    windows = (samples[at:at + size] for at in range(0, len(samples) - size + 1, size))
    return sum(power(window, rate, hertz) > 0.7 for window in windows) / 10


def last_second_of(path, hertz):
    """The share of this tone in the last second of the recording."""
    rate, samples = read(path)
    return power(samples[-rate:], rate, hertz)
