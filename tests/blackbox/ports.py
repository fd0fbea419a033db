# SPDX-License-Identifier: GPL-3.0-or-later
"""Free ports on loopback, from a range below the system's own, so that no other socket takes one between choice and use."""
import os
import socket
import threading

_next = 20000 + os.getpid() * 97 % 8000
LIMIT = 32000
_one_at_a_time = threading.Lock()


def _is_free(port):
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def block(count):
    """The first of `count` free ports in a row, an even one; none is handed out twice in a run."""
    global _next
    with _one_at_a_time:
        while True:
            first = _next + _next % 2
            if first + count > LIMIT:
                _next = 20000
                continue
            _next = first + count
            if all(_is_free(port) for port in range(first, first + count)):
                return first


def free():
    return block(1)


def free_pair():
    """A port whose neighbour is free too: baresip listens for TLS on the next one."""
    return block(2)
