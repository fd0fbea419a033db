# SPDX-License-Identifier: GPL-3.0-or-later
"""This machine: which core does what, what processes cost, and a network of our own."""
import functools
import os
import pathlib
import resource
import shutil
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
ENTERED = "CARILLON_BENCH_NAMESPACE"
NICENESS = -15


def enter_namespace():
    """Starts this program again in a network namespace with nothing but loopback, where that is allowed."""
    if ENTERED not in os.environ and subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode == 0:
        os.environ[ENTERED] = "1"
        os.execvp("unshare", ["unshare", "--net", sys.executable, "-B", *sys.argv])
    if ENTERED in os.environ:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    else:
        print("no network namespace of our own: this machine's loopback is used, with whatever else is on it")


@functools.cache
def cores():
    """(the server's, the load generator's)"""
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        print("one core only: server and load share it, so rates and delays mean nothing")
    return usable[-1], usable[0]


def pinned(core, command):
    """The command on one core, ahead of other work where we may, and never left behind when this program dies."""
    first = ["nice", "-n", str(NICENESS)] if os.geteuid() == 0 else []
    return ["setpriv", "--pdeathsig", "TERM", "taskset", "-c", str(core), *first, *map(str, command)]


def raise_priority():
    """Where the kernel groups processes by session, niceness counts inside a group alone: raise ours."""
    try:
        pathlib.Path("/proc/self/autogroup").write_text(str(NICENESS))
    except OSError:
        pass  # not root, or no groups
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def free_port(kind=socket.SOCK_DGRAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def family(pid):
    """The process and all its descendants."""
    found, waiting = [], [pid]
    while waiting:
        each = waiting.pop()
        found.append(each)
        for task in pathlib.Path(f"/proc/{each}/task").glob("*"):
            try:
                waiting += map(int, (task / "children").read_text().split())
            except OSError:
                pass  # it has just ended
    return sorted(found)


def cpu_us(pids):
    """Microseconds of user and system time of all threads of these processes, from the scheduler, exact."""
    total = 0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").glob("*"):
            try:
                total += int((task / "schedstat").read_text().split()[0])
            except OSError:
                pass
    return total / 1000


def memory_bytes(pids):
    """The proportional set size of each process: what they share is dealt out among them."""
    return {pid: sum(int(line.split()[1]) * 1024 for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                     if line.startswith("Pss:")) for pid in pids}


class Watch:
    """What the whole machine and our finished children used since it was made."""

    def __init__(self):
        self._began, self._busy, self._children = time.monotonic(), self._busy_us(), self._children_us()

    @staticmethod
    def _busy_us():
        ticks = map(int, pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9])
        user, nice, system, _idle, _waiting, interrupt, soft, stolen = ticks
        return (user + nice + system + interrupt + soft + stolen) * 1e6 / os.sysconf("SC_CLK_TCK")

    @staticmethod
    def _children_us():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (used.ru_utime + used.ru_stime) * 1e6

    def elapsed_us(self):
        return (time.monotonic() - self._began) * 1e6

    def foreign_cores(self, server_us):
        """Cores kept busy by whatever is neither the server nor the load."""
        known = server_us + self._children_us() - self._children
        return max(0.0, (self._busy_us() - self._busy - known) / self.elapsed_us())


def program(name):
    """A program that ./dev bench has built."""
    path = ROOT / "build/release" / name
    if not path.exists():
        raise SystemExit(f"{path.relative_to(ROOT)} is not built: run ./dev bench, not bench/run")
    return path


def has(name):
    return shutil.which(name) is not None
