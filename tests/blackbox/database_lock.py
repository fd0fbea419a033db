# SPDX-License-Identifier: GPL-3.0-or-later
"""A database that is away: run as a program, it holds every lock of an SQLite file, so that nobody can read or write, until its input ends."""
import fcntl
import pathlib
import subprocess
import sys
import time

WAL_LOCKS, WAL_LOCK_COUNT = 120, 8  # Of the -shm file: write, checkpoint, recover, and five for readers (SQLite's file format, §2.3.1).


class Away:
    """The database is away while this is open; another process holds it, since locks of one's own process do not count."""

    def __init__(self, path):
        self._holder = subprocess.Popen([sys.executable, __file__, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        assert self._holder.stdout.readline() == "held\n"
        return self

    def __exit__(self, *_):
        self._holder.stdin.close()
        assert self._holder.wait(5) == 0
        self._holder.stdout.close()


def hold(path):
    with open(f"{path}-shm", "r+b") as shared:
        deadline = time.monotonic() + 10
        for lock in range(WAL_LOCKS, WAL_LOCKS + WAL_LOCK_COUNT):
            while True:
                try:
                    fcntl.lockf(shared, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, lock)
                    break
                except BlockingIOError:
                    assert time.monotonic() < deadline, f"lock {lock} cannot be had"
                    time.sleep(0.001)
        print("held", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    hold(pathlib.Path(sys.argv[1]))
