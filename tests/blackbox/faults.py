# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong around an exchange while it runs: its wall clock, its disk, one of its threads (faults.c, loaded before the C library)."""
import errno
import functools
import mmap
import os
import pathlib
import struct
import subprocess
import tempfile

SOURCE = pathlib.Path(__file__).with_name("faults.c")
_LAYOUT = struct.Struct("=q6i64s16s")
_FIELDS = ("wall_offset_us", "sync_delay_us", "error", "write_every", "sync_every", "injected", "spin", "under", "thread")


@functools.lru_cache
def _library():
    built = pathlib.Path(tempfile.mkdtemp(prefix="carillon-faults-")) / "faults.so"
    subprocess.run(["clang-19", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", built, SOURCE, "-ldl"], check=True)
    return built


class Faults:
    """Of one exchange, whose processes are started with `environment`. Nothing is wrong until a test says so."""

    def __init__(self, folder):
        path = pathlib.Path(folder) / "faults"
        path.write_bytes(_LAYOUT.pack(*[0] * 7, b"/journal/", b""))
        with open(path, "r+b") as file:
            self._shared = mmap.mmap(file.fileno(), _LAYOUT.size)
        self.environment = {"LD_PRELOAD": str(_library()), "CARILLON_FAULTS": str(path)}

    def _get(self, field):
        return _LAYOUT.unpack(self._shared[:])[_FIELDS.index(field)]

    def _set(self, **fields):
        # One field after another and each alone: the processes count in the others.
        offsets = (0, 8, 12, 16, 20, 24, 28, 32, 96)
        for name, value in fields.items():
            offset = offsets[_FIELDS.index(name)]
            if isinstance(value, str):
                self._shared[offset:offset + len(value) + 1] = value.encode() + b"\0"
            else:
                size = 8 if name == "wall_offset_us" else 4
                self._shared[offset:offset + size] = value.to_bytes(size, "little", signed=True)

    def shift_wall(self, seconds):
        """The wall clock is so far from the right time, from now on; the monotonic one goes on."""
        self._set(wall_offset_us=round(seconds * 1e6))

    def slow_flushes(self, seconds):
        """Each flush of a file of the journal takes so much longer."""
        self._set(sync_delay_us=round(seconds * 1e6))

    def refuse(self, code=errno.EIO, write_every=0, sync_every=0):
        """Each so-manieth write of the journal writes half and fails, each so-manieth flush fails."""
        self._set(error=code, write_every=write_every, sync_every=sync_every)

    @property
    def injected(self):
        return self._get("injected")

    def spin(self, thread):
        """The first thread of that name that waits for events never comes back."""
        self._set(thread=thread, spin=1)

    def is_spinning(self):
        return self._get("spin") == 0
