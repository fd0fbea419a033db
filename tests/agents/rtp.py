# SPDX-License-Identifier: GPL-3.0-or-later
"""Audio of a scripted call: a tone sent as G.711 A-law every 20 ms, and how much of a tone was heard. Runs on a thread of its own."""
import math
import socket
import struct
import threading
import time

FRAME = 160


def _encode(sample):
    """A-law (ITU-T G.711) of a 16-bit sample."""
    sign, sample = (0x80, sample) if sample >= 0 else (0, ~sample)
    sample = min(sample >> 4, 0x7FF)
    if sample < 32:
        code = sample
    else:
        exponent = sample.bit_length() - 4
        code = exponent << 4 | sample >> exponent - 1 & 0x0F
    return (code | sign) ^ 0x55


def _decode(byte):
    byte ^= 0x55
    exponent, sample = byte >> 4 & 7, (byte & 0x0F) << 4 | 8
    if exponent:
        sample = (sample | 0x100) << exponent - 1
    return sample if byte & 0x80 else -sample


_DECODED = [_decode(byte) for byte in range(256)]


def tone(hertz, first=0, count=FRAME):
    return bytes(_encode(int(8000 * math.sin(2 * math.pi * hertz * n / 8000))) for n in range(first, first + count))


def share(payload, hertz):
    """Goertzel: the share of the payload's energy at this frequency, from 0 to 1."""
    samples = [_DECODED[byte] for byte in payload]
    energy = sum(sample * sample for sample in samples)
    if energy == 0:
        return 0.0
    step, one, two = 2 * math.cos(2 * math.pi * hertz / 8000), 0.0, 0.0
    for sample in samples:
        one, two = sample + step * one - two, one
    return (one * one + two * two - step * one * two) * 2 / (len(samples) * energy)


class Audio:
    """A socket for audio. `to` is where the tone goes, None: nowhere; with `echo` what comes goes back instead."""

    def __init__(self, host="127.0.0.1", hertz=400, echo=False):
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self._socket.settimeout(0.01)
        self.host, self.port = self._socket.getsockname()[:2]
        self.hertz, self.to, self._echo = hertz, None, echo
        self._heard, self._packets, self._open = bytearray(), 0, True
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        sequence, due = 0, time.monotonic()
        while self._open:
            if time.monotonic() >= due:
                due += 0.02
                sequence += 1
                if self.to is not None and not self._echo:
                    self._send(struct.pack(">BBHII", 0x80, 8, sequence & 0xFFFF, sequence * FRAME, id(self) & 0xFFFFFFFF)
                               + tone(self.hertz, sequence * FRAME))
            try:
                packet, source = self._socket.recvfrom(2048)
            except OSError:
                continue
            if len(packet) > 12 and packet[1] & 0x7F == 8:
                self._packets += 1
                self._heard += packet[12:]
                if self._echo:
                    self._socket.sendto(packet, source)

    def _send(self, packet):
        try:
            self._socket.sendto(packet, self.to)
        except OSError:
            pass  # The peer's port is closed by now.

    def report(self, to):
        """An empty receiver report (RFC 3550 §6.4.2) on the media port, as of a phone that is there and says nothing."""
        self._socket.sendto(struct.pack(">BBHI", 0x80, 201, 1, id(self) & 0xFFFFFFFF), to)

    @property
    def packets(self):
        """How many came so far."""
        return self._packets

    def wait_to_hear(self, hertz, seconds=3, length=1600):
        """Waits until `length` samples that came after this call are the tone, frame by frame."""
        deadline, begin = time.monotonic() + seconds, len(self._heard)
        while True:
            heard = bytes(self._heard[begin:])
            good = sum(FRAME for at in range(0, len(heard) - FRAME + 1, FRAME) if share(heard[at:at + FRAME], hertz) > 0.8)
            if good >= length:
                return
            assert time.monotonic() < deadline, f"{good} of {length} samples of {hertz} Hz after {seconds} s, {len(heard)} came"
            time.sleep(0.02)

    def wait_for_silence(self, quiet=0.3, seconds=3):
        """Waits until nothing came for `quiet` seconds."""
        deadline, count, since = time.monotonic() + seconds, self._packets, time.monotonic()
        while time.monotonic() - since < quiet:
            if self._packets != count:
                count, since = self._packets, time.monotonic()
            assert time.monotonic() < deadline, "audio still comes"
            time.sleep(0.02)

    def close(self):
        self._open = False
        self._thread.join()
        self._socket.close()
