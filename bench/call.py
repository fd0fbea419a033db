# SPDX-License-Identifier: GPL-3.0-or-later
"""What a whole call costs: INVITE, 407, ACK, INVITE with digest, 100, 180, 200, ACK, BYE, 200. Ours with two dialogs, its journal on
disk, the media anchored in the relay and the record in the database; beside Kamailio as a proxy with digest, location and dialogs."""
import load
import rounds
import servers

USERS = 1_000


def run(options):
    row = rounds.Row("call", "µs of CPU time", "kamailio")
    with servers.Carillon(USERS) as ours, servers.Kamailio("kamailio-call.cfg", USERS) as peer:

        def call(server, seconds):
            figures = load.run("call", server, users=USERS, seconds=seconds, window=options.window)
            if server is ours:
                check_records(ours, figures)
            return figures

        for server in (ours, peer):
            load.register(server, users=USERS, operations=USERS)
            call(server, 1)
        rounds.take_turns(row, options, ours, peer, lambda server: call(server, options.seconds))
    return [row]


def check_records(ours, figures):
    """Each completed call has its record; only one that failed may have one besides."""
    records = ours.wait_for_records(figures["done"])
    figures["note"] = f" records {records}"
    if not figures["done"] <= records <= figures["done"] + figures["failed"]:
        figures["fault"] = f"{records} records of {figures['done']} calls"
