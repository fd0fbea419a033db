# SPDX-License-Identifier: GPL-3.0-or-later
"""What a registered contact and a held call take in memory, beside Kamailio: the growth of all processes' proportional set sizes.

As much has just happened at the first look as at the second, so that what is only remembered for a while, and the room that it leaves
behind, falls out of the difference."""
import collections
import contextlib
import time

import load
import machine
import rounds
import servers

CONTACTS = 100_000
KNOWN_USERS = 1_000
CALLS_PER_SECOND = 80
# RFC 3261 §17: a server remembers what it answered for 32 s.
TRANSACTION_SECONDS = 34
# By then our first calls are nearly a minute without media, after which they would be ended.
ADDING_SECONDS = 22


def run(options):
    del options  # one round: freed memory is used again, so a second one would find nothing
    return [measure_contacts(), measure_calls()]


def measure_contacts():
    row = rounds.Row("contact", "bytes of memory", "kamailio")
    with servers.Carillon(CONTACTS) as ours, servers.Kamailio("kamailio-call.cfg", CONTACTS) as peer:
        before = {}
        for server in (ours, peer):
            load.register(server, users=KNOWN_USERS, operations=CONTACTS)
            before[server] = machine.memory_bytes(server.processes())
        time.sleep(TRANSACTION_SECONDS)
        for server, values in ((ours, row.ours), (peer, row.theirs)):
            load.register(server, users=CONTACTS, operations=CONTACTS)
            values.append(growth("contacts", server, before[server], CONTACTS - KNOWN_USERS))
    return row


def measure_calls():
    row = rounds.Row("held call", "bytes of memory", "kamailio")
    first, more = CALLS_PER_SECOND * TRANSACTION_SECONDS, CALLS_PER_SECOND * ADDING_SECONDS
    with servers.Carillon(KNOWN_USERS) as ours, servers.Kamailio("kamailio-call.cfg", KNOWN_USERS) as peer, contextlib.ExitStack() as stack:
        held, before = {}, {}
        for server in (ours, peer):
            load.register(server, users=KNOWN_USERS, operations=KNOWN_USERS)
        for server in (ours, peer):
            held[server] = stack.enter_context(load.HeldCalls(server, users=KNOWN_USERS, operations=first, rate=CALLS_PER_SECOND))
        for server in (ours, peer):
            held[server].wait()
            before[server] = machine.memory_bytes(server.processes())
            held[server].add(more)
        for server, values in ((ours, row.ours), (peer, row.theirs)):
            held[server].wait()
            values.append(growth("calls more", server, before[server], more))
    return row


def growth(what, server, before, count):
    """Bytes for each of `count` things that came since `before`."""
    after = machine.memory_bytes(server.processes())
    each = (sum(after.values()) - sum(before.values())) / count
    parts = collections.Counter()
    for pid, size in after.items():
        parts[server.part(pid)] += (size - before.get(pid, 0)) / count
    largest = ", ".join(f"{part} {size:,.0f}" for part, size in parts.most_common() if size > 0.02 * each and len(parts) > 1)
    print(f"  {server.name}: {sum(before.values()) / 1e6:.1f} MB, with {count} {what} {sum(after.values()) / 1e6:.1f} MB, {each:,.0f} bytes each"
          + (f" ({largest})" if largest else ""), flush=True)
    return each
