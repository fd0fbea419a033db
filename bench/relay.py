# SPDX-License-Identifier: GPL-3.0-or-later
"""What relaying a packet costs, and how long it takes: 500 two-way calls, 50,000 packets a second, beside rtpengine in user space."""
import load
import rounds
import servers

CALLS = 500
PACKETS_PER_CALL_SECOND = 100
SENT_SHARE_MIN = 0.98


def run(options):
    row = rounds.Row("relay", "µs of CPU time per packet", "rtpengine")
    delay = rounds.Row("relay delay", "µs, median of packets", "rtpengine")
    with servers.Carillon(1) as ours, servers.Rtpengine() as peer:

        def work(server):
            way = {"legs": server.data / "run/media-control.sock"} if server is ours else {"ng": server.address}
            figures = load.relay(calls=CALLS, seconds=options.seconds, pids=",".join(map(str, server.processes())), **way)
            wanted = CALLS * PACKETS_PER_CALL_SECOND * options.seconds
            if figures["done"] + figures["failed"] < SENT_SHARE_MIN * wanted:
                figures["fault"] = f"the load generator was held up: {wanted} packets were due"
            return figures

        measured = rounds.take_turns(row, options, ours, peer, work)
    for values, figures in zip((delay.ours, delay.theirs), measured):
        values += [each["p50_us"] for each in figures]
    return [row, delay]
