# SPDX-License-Identifier: GPL-3.0-or-later
"""A capture server: receives HEP 3 packets and takes them apart, by the layout of the protocol and with a server's pedantry about sizes."""
import ipaddress
import socket
import struct
import time

SIZES = {1: 1, 2: 1, 3: 4, 4: 4, 5: 16, 6: 16, 7: 2, 8: 2, 9: 4, 10: 4, 11: 1, 12: 4}


def decode(packet):
    assert packet[:4] == b"HEP3" and struct.unpack("!H", packet[4:6])[0] == len(packet), packet[:20]
    chunks, at = {}, 6
    while at < len(packet):
        vendor, kind, size = struct.unpack("!HHH", packet[at:at + 6])
        value = packet[at + 6:at + size]
        assert vendor == 0 and size >= 6 and at + size <= len(packet) and kind not in chunks, (vendor, kind, size, at)
        assert SIZES.get(kind, len(value)) == len(value), (kind, value)
        chunks[kind] = value
        at += size
    return chunks


def endpoint(host, port):
    address = ipaddress.ip_address(host)
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


class CaptureServer:
    def __init__(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.target = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def receive(self, count, seconds=5):
        """So many messages as {from, to, call, message, transport, at}."""
        found, deadline = [], time.monotonic() + seconds
        while len(found) < count:
            self._socket.settimeout(max(0.01, deadline - time.monotonic()))
            chunks = decode(self._socket.recv(65536))
            assert chunks[11] == b"\x01"
            found.append({"from": endpoint(chunks[3], int.from_bytes(chunks[7], "big")), "to": endpoint(chunks[4], int.from_bytes(chunks[8], "big")),
                          "call": chunks[17].decode(), "message": chunks[15].decode(), "transport": {17: "udp", 6: "tcp"}[chunks[2][0]],
                          "at": int.from_bytes(chunks[9], "big") + int.from_bytes(chunks[10], "big") / 1e6})
        return found

    def close(self):
        self._socket.close()
