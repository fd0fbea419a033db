# SPDX-License-Identifier: GPL-3.0-or-later
"""A PostgreSQL server of a test's own: in a temporary directory, on a local socket alone, as a user without rights.

As a program it prints the server's address and serves until its input ends, so it never outlives the test that started it."""
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLACES = [pathlib.Path("/usr/lib/postgresql/15"), ROOT / "build/servers/usr/lib/postgresql/15"]
SECONDS_MAX = 60


class Server:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="carillon-pg-", dir="/tmp"))
        place = next((place for place in PLACES if (place / "bin/postgres").exists()), None)
        if place is None:
            raise FileNotFoundError("there is no PostgreSQL 15: `./dev test` unpacks one into build/servers")
        self._as_user = ["setpriv", "--pdeathsig", "INT"]
        if os.geteuid() == 0:  # PostgreSQL does not run as root.
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            self._as_user += [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
            place = self._readable(place)
        self._programs = place / "bin"
        self._environment = self._environment_of(place)
        self._process = None
        self._run(self._programs / "initdb", "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", self.folder / "data")
        self.start()
        self.sql("CREATE ROLE carillon LOGIN NOSUPERUSER NOBYPASSRLS", "postgres", "postgres")
        self.sql("CREATE DATABASE carillon OWNER carillon", "postgres", "postgres")

    def _environment_of(self, place):
        libraries = {} if place == PLACES[0] else {"LD_LIBRARY_PATH": str(place.parents[1] / "x86_64-linux-gnu")}
        return os.environ | {"LC_ALL": "C.UTF-8", "HOME": str(self.folder)} | libraries

    def _readable(self, place):
        """The programs where the other user can reach them: a work tree may lie where it cannot."""
        tried = subprocess.run([*self._as_user, place / "bin/postgres", "--version"], capture_output=True, env=self._environment_of(place))
        if tried.returncode == 0 or place == PLACES[0]:
            return place
        copy = self.folder / "programs"
        shutil.copytree(place.parents[2], copy, symlinks=True)
        return copy / place.relative_to(place.parents[2])

    def _run(self, *words, environment=None):
        done = subprocess.run([*self._as_user, *map(str, words)], env=self._environment | (environment or {}), cwd=self.folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS_MAX)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self._process = subprocess.Popen(
                [*self._as_user, str(self._programs / "postgres"), "-D", str(self.folder / "data"), "-c", "listen_addresses=", "-c", "fsync=off",
                 "-c", f"unix_socket_directories={self.folder}"], env=self._environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + SECONDS_MAX
        while subprocess.run([self._programs / "pg_isready", "-q", "-h", self.folder], env=self._environment).returncode != 0:
            assert self._process.poll() is None and time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.05)

    def stop(self):
        """As an operator does it: who is connected loses the connection, nothing that was committed is lost."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(SECONDS_MAX)

    def close(self):
        if self._process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database="carillon", role="carillon"):
        return f"postgresql://{role}@/{database}?host={self.folder}"

    def sql(self, statement, database="carillon", role="carillon", scope=None):
        """What psql prints, in unaligned rows without a head; with the scope "platform" it sees what is everybody's."""
        words = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", role, "-d", database, "-c", statement]
        settings = {"PGOPTIONS": f"-c carillon.scope={scope}"} if scope else {}
        return self._run(self._programs / "psql", *words, environment=settings)

    def make_database(self, name):
        self.sql(f"CREATE DATABASE {name} OWNER carillon", "postgres", "postgres")
        return self.url(name)


def main():
    server = Server()
    try:
        print(server.folder, flush=True)
        sys.stdin.read()
    finally:
        server.close()


if __name__ == "__main__":
    main()
