# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that says in which country an address is, in the MaxMind DB format (version 2.0): one leaf for each network, IPv6 tree, records of 24 bits."""
import ipaddress
import struct


def _text(value):
    return bytes([2 << 5 | len(value)]) + value.encode()


def _map(pairs):
    return bytes([7 << 5 | len(pairs)]) + b"".join(_text(name) + value for name, value in pairs)


def write(path, countries):
    """`countries`: {"127.7.0.0/16": "ES", …}; networks do not overlap."""
    nodes, data = [[None, None]], b""
    for network, country in countries.items():
        network = ipaddress.ip_network(network)
        bits = format(int(network.network_address), f"0{network.max_prefixlen}b")[:network.prefixlen]
        bits = bits if network.version == 6 else "0" * 96 + bits
        node = nodes[0]
        for bit in bits[:-1]:
            if node[int(bit)] is None:
                node[int(bit)] = len(nodes)
                nodes.append([None, None])
            node = nodes[node[int(bit)]]
        node[int(bits[-1])] = ("data", len(data))
        data += _map([("country", _map([("iso_code", _text(country))]))])
    count = len(nodes)

    def record(value):
        number = count if value is None else count + 16 + value[1] if isinstance(value, tuple) else value
        return number.to_bytes(3, "big")

    metadata = _map([("node_count", b"\xc4" + struct.pack(">I", count)), ("record_size", b"\xa1\x18"), ("ip_version", b"\xa1\x06"),
                     ("database_type", _text("Country")), ("languages", b"\x00\x04"), ("binary_format_major_version", b"\xa1\x02"),
                     ("binary_format_minor_version", b"\xa1\x00"), ("build_epoch", b"\x04\x02" + struct.pack(">I", 1_700_000_000)),
                     ("description", _map([]))])
    tree = b"".join(record(left) + record(right) for left, right in nodes)
    path.write_bytes(tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + metadata)
