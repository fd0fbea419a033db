# SPDX-License-Identifier: GPL-3.0-or-later
"""An exchange whose data lie on a small file system of its own, which a test fills and empties. The file system is mounted where the exchange
alone sees it, so nothing is left behind; a test reaches it by way of /proc."""
import errno
import os
import pathlib
import shutil

import exchange as exchange_module


class ExchangeOnSmallDisk(exchange_module.Exchange):
    def __init__(self, folder, megabytes, *settings, **options):
        mounted = pathlib.Path(folder) / "disk"
        mounted.mkdir(parents=True)
        script = f'mount -t tmpfs -o size={megabytes}m none "{mounted}" && exec "$@"'
        user = () if os.geteuid() == 0 else ("--map-root-user",)
        super().__init__(folder, *settings, wrapper=("unshare", "--mount", *user, "sh", "-c", script, "sh"), **options)
        self._disk, self.data, self._copies = mounted, mounted / "data", 0

    @property
    def disk(self):
        return pathlib.Path(f"/proc/{self.process.pid}/root{self._disk}")

    def free_bytes(self):
        found = os.statvfs(self.disk)
        return found.f_bavail * found.f_frsize

    def fill(self, leave=0):
        """Something else takes the room on the disk, but for so many bytes."""
        with open(self.disk / "ballast", "ab", buffering=0) as ballast:
            try:
                while (left := self.free_bytes() - leave) > 0:
                    ballast.write(bytes(min(left, 1 << 20)))
            except OSError as error:
                assert error.errno == errno.ENOSPC, error

    def make_room(self):
        (self.disk / "ballast").unlink()

    def rows(self, statement, *values):
        """From a copy: SQLite does not find its way by /proc."""
        self._copies += 1
        self.database = self.folder / f"copy-{self._copies}.db"
        for ending in ("", "-wal"):
            shutil.copyfile(self.disk / f"data/carillon.db{ending}", f"{self.database}{ending}")
        return super().rows(statement, *values)
