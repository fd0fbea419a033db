# SPDX-License-Identifier: GPL-3.0-or-later
"""What a registration costs: REGISTER, 401, REGISTER with digest, 200, beside Kamailio with its location in memory."""
import load
import rounds
import servers

USERS = 10_000


def run(options):
    row = rounds.Row("registration", "µs of CPU time", "kamailio")
    with servers.Carillon(USERS) as ours, servers.Kamailio("kamailio-registrar.cfg", USERS) as peer:
        for server in (ours, peer):
            load.register(server, users=USERS, operations=USERS)
        rounds.take_turns(row, options, ours, peer, lambda server: load.run(
            "register", server, users=USERS, seconds=options.seconds, window=options.window))
    return [row]
