# SPDX-License-Identifier: GPL-3.0-or-later
"""Carillon and its peers as running servers: each starts on the server's core, says which processes it is, and ends with us."""
import os
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time

import machine

HOST = "127.0.0.1"
READY_SECONDS_MAX = 120
PEERS = machine.ROOT / "build/peers"


class Server:
    """A process in the foreground with a folder of its own. Use it in a `with` statement."""
    name = ""

    def __init__(self):
        # On a disk and not in memory: what is synced there must cost what it costs.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="carillon-bench-", dir="/var/tmp"))
        self.port = machine.free_port()
        self.telephones_port = machine.free_port()  # the same in every run, since that is where they are registered
        self._process = None

    def command(self):
        raise NotImplementedError

    def environment(self):
        return None

    def answers(self):
        """Whether it already serves."""
        options = (f"OPTIONS sip:{HOST} SIP/2.0\r\nVia: SIP/2.0/UDP {HOST}:9;rport;branch=z9hG4bK-{time.monotonic_ns()}\r\n"
                   f"From: <sip:ready@{HOST}>;tag=1\r\nTo: <sip:ready@{HOST}>\r\nCall-ID: {time.monotonic_ns()}\r\nCSeq: 1 OPTIONS\r\n"
                   "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n")
        return self._ask(options.encode())

    def _ask(self, message):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(0.2)
            try:
                asking.connect((HOST, self.port))
                asking.send(message)
                return bool(asking.recv(4096))
            except OSError:
                return False

    def __enter__(self):
        core, _ = machine.cores()
        with open(self.folder / "log", "wb") as log:
            self._process = subprocess.Popen(machine.pinned(core, self.command()), stdin=subprocess.DEVNULL, stdout=log,
                                             stderr=subprocess.STDOUT, env=self.environment(), cwd=self.folder)
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                log = (self.folder / "log").read_text(errors="replace")[-3000:]
                self.__exit__()
                raise SystemExit(f"{self.name} does not serve:\n{log}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            for pid in machine.family(self._process.pid):
                os.kill(pid, 9)
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def address(self):
        return f"{HOST}:{self.port}"

    def processes(self):
        return machine.family(self._process.pid)

    def part(self, pid):
        """What to call one of its processes; equal ones share a name."""
        return self.name


class Carillon(Server):
    """The release binary as `carillon demo` runs it, one shard as there is one core."""
    name = "carillon"

    def __init__(self, subscribers, *settings):
        super().__init__()
        self.subscribers, self.settings = subscribers, settings
        self.http_port = machine.free_port(socket.SOCK_STREAM)
        self.data = self.folder / "data"
        self._records = 0

    def command(self):
        settings = [f"sip.users.port={self.port}", "sip.users.tls_port=0", f"http.port={self.http_port}", "signalling.shards=1",
                    f"metrics.port={machine.free_port(socket.SOCK_STREAM)}", "media.port_min=10000", "media.port_max=29999", *self.settings]
        return [machine.program("carillon"), "demo", "--data", self.data, "--subscribers", self.subscribers,
                *(word for setting in settings for word in ("--set", setting))]

    def answers(self):
        """It says so itself; it answers OPTIONS before it knows its subscribers."""
        return b"carillon ready" in (self.folder / "log").read_bytes()

    def part(self, pid):
        words = pathlib.Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        return words[words.index("role") + 1] if "role" in words else "supervisor"

    def count_records(self):
        with sqlite3.connect(f"file:{self.data}/carillon.db?mode=ro", uri=True, timeout=5) as database:
            count = database.execute("SELECT count(*) FROM calls").fetchone()[0]
        database.close()
        return count

    def wait_for_records(self, calls):
        """Waits until jobs has stored this many more than at the last time, or for a minute; returns how many more there are."""
        before, deadline = self._records, time.monotonic() + 60
        while (count := self.count_records()) < before + calls and time.monotonic() < deadline:
            time.sleep(0.1)
        self._records = count
        return count - before


class Peer(Server):
    """A program from build/peers with the libraries that were unpacked beside it."""

    def environment(self):
        libraries = {str(file.parent) for file in PEERS.glob("**/*.so.*")}
        return os.environ | {"LD_LIBRARY_PATH": ":".join(sorted(libraries))}


class Kamailio(Peer):
    """Two workers, which share the server's core, and the faster of its allocators."""
    name = "kamailio"

    def __init__(self, configuration, users):
        super().__init__()
        self.configuration, self.users = configuration, users

    def command(self):
        modules = next(PEERS.glob("usr/lib/*/kamailio/modules"))
        return [PEERS / "usr/sbin/kamailio", "-DD", "-E", "-T", "-f", machine.ROOT / "bench" / self.configuration, "-L", f"{modules}/",
                "-A", f"USERS={self.users}", "-l", f"udp:{self.address}", "-n", 2, "-m", 2048, "-M", 16, "-Y", self.folder,
                "-x", "tlsf", "-X", "tlsf"]


class Rtpengine(Peer):
    """In user space, one thread, commanded by ng."""
    name = "rtpengine"

    def command(self):
        return [PEERS / "usr/bin/rtpengine", "--config-file=none", "--foreground", "--log-stderr", "--log-level=3", "--table=-1",
                f"--interface={HOST}", f"--listen-ng={self.address}", "--port-min=30000", "--port-max=60000", "--num-threads=1",
                "--timeout=3600", "--delete-delay=0", f"--pidfile={self.folder}/pid"]

    def answers(self):
        return self._ask(b"1 d7:command4:pinge")
