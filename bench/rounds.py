# SPDX-License-Identifier: GPL-3.0-or-later
"""Rounds of load, ours and the peer's in turn, so that whatever else happens on the machine hits both; and the table of ratios."""
import contextlib
import dataclasses
import os
import signal
import statistics
import subprocess

import machine

FAILED_SHARE_MAX = 0.001


@dataclasses.dataclass
class Row:
    """One line of the table: the valid rounds of ours and of the peer, smaller is better."""
    name: str
    unit: str
    peer: str
    ours: list = dataclasses.field(default_factory=list)
    theirs: list = dataclasses.field(default_factory=list)

    def is_measured(self):
        return bool(self.ours and self.theirs)

    def cells(self):
        if not self.is_measured():
            return [self.name, self.unit, _spread(self.ours), f"{self.peer} {_spread(self.theirs)}", "not measured"]
        ratio = statistics.median(self.ours) / statistics.median(self.theirs)
        return [self.name, self.unit, _spread(self.ours), f"{self.peer} {_spread(self.theirs)}", f"{ratio:.2f}"]


def _spread(values):
    if not values:
        return "-"
    digits = 0 if statistics.median(values) >= 200 else 1 if statistics.median(values) >= 20 else 2
    shown = [f"{value:,.{digits}f}" for value in (statistics.median(values), min(values), max(values))]
    return shown[0] if len(values) == 1 else f"{shown[0]} ({shown[1]}..{shown[2]} of {len(values)})"


def print_table(rows):
    table = [["row", "unit", "carillon", "peer", "ratio"], *(row.cells() for row in rows)]
    widths = [max(len(line[i]) for line in table) for i in range(5)]
    print("\nmedian (smallest..largest of the valid rounds); ratio = carillon / peer, below 1 carillon needs less\n")
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())


@contextlib.contextmanager
def profile(server, wanted):
    """Records where the server's processes spend their time, into build/bench, when that is wanted."""
    if not wanted:
        yield
        return
    folder = machine.ROOT / "build/bench"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{wanted}.perf"
    recording = subprocess.Popen(["perf", "record", "-q", "-F", "1999", "-g", "-o", target, "-p", ",".join(map(str, server.processes()))],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        recording.send_signal(signal.SIGINT)
        recording.wait(60)
        print(f"    profile in {target.relative_to(machine.ROOT)}")


def measure(title, server, work):
    """One round: the CPU time of all the server's processes from before `work` until it returns, when all that it caused must be done.
    `work` returns the load generator's figures, in "fault" what else was wrong, and in "cpu_us" the time where it knows better.
    Returns the figures with "cpu_us_each", or None for a round that does not count."""
    before, watch = server.processes(), machine.Watch()
    spent = -machine.cpu_us(before)
    figures = work()
    after = server.processes()
    spent = figures.get("cpu_us", spent + machine.cpu_us(after))
    done, failed, seconds = figures["done"], figures["failed"], figures["seconds"]
    fault = figures.get("fault")
    if failed > FAILED_SHARE_MAX * (done + failed) or done == 0:
        fault = f"{failed} failed: {figures['why']}"
    if before != after:
        fault = "its processes changed"
    print(f"  {title}: {spent / max(done, 1):.2f} µs each, {done / seconds:,.0f}/s, done {done} failed {failed} repeated {figures['repeated']}"
          f"{figures.get('note', '')}, p50 {figures['p50_us']} p99 {figures['p99_us']} µs, server core {spent / seconds / 1e4:.0f} %, "
          f"foreign {watch.foreign_cores(spent):.2f} cores, load average {os.getloadavg()[0]:.1f}"
          + (f"  INVALID: {fault}" if fault else ""), flush=True)
    return None if fault else figures | {"cpu_us_each": spent / done}


def take_turns(row, options, ours, peer, work):
    """Fills the row: `options.rounds` rounds of each, `work(server)` being one round's load. Returns their figures, ours and theirs."""
    valid = [], []
    for number in range(1, options.rounds + 1):
        for server, values, figures in ((ours, row.ours, valid[0]), (peer, row.theirs, valid[1])):
            wanted = row.name if options.perf and server is ours and number == options.rounds else None
            with profile(server, wanted):
                measured = measure(f"{row.name} {server.name} {number}", server, lambda server=server: work(server))
            if measured:
                values.append(measured["cpu_us_each"])
                figures.append(measured)
    return valid
