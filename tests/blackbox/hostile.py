# SPDX-License-Identifier: GPL-3.0-or-later
"""What strangers send: malformed messages, and connections that take more than their share."""
import random
import resource
import selectors
import socket
import time

import raw_sip

_GOOD = "OPTIONS sip:users.democompany.com SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\n"


def malformed():
    """(name, bytes) of messages that are no SIP or break its rules."""
    yield "empty", b""
    yield "keep-alive", b"\r\n\r\n"
    yield "zeros", bytes(1200)
    yield "noise", random.Random(7).randbytes(1400)
    yield "first line only", b"INVITE sip:102@users.democompany.com SIP/2.0\r\n"
    yield "no end of headers", _GOOD.encode()
    yield "negative length", (_GOOD + "Content-Length: -1\r\n\r\n").encode()
    yield "huge length", (_GOOD + "Content-Length: 99999999999999999999\r\n\r\n").encode()
    yield "endless header", (_GOOD + "Subject: " + "x" * 60000 + "\r\n\r\n").encode()
    yield "many headers", (_GOOD + "X: y\r\n" * 9000 + "\r\n").encode()
    yield "many vias", ("OPTIONS sip:users.democompany.com SIP/2.0\r\n" + "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\n" * 1200 + "\r\n").encode()
    yield "largest datagram", (_GOOD + "Subject: y\r\n\r\n").encode() + b"z" * 65000
    yield "stray answer", b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\nCSeq: 1 INVITE\r\n\r\n"


def flood(exchange, count, source):
    """Sends so many bad datagrams, and waits now and then until what was sent has been looked at."""
    noise = random.Random(11)
    inputs = [data for _, data in malformed() if 4 < len(data) < 2000] + [noise.randbytes(noise.randrange(5, 1400)) for _ in range(50)]
    with raw_sip.Socket(exchange, source) as sender, raw_sip.Socket(exchange) as asker:
        for number in range(count):
            sender.send(inputs[number % len(inputs)])
            if number % 200 == 0:
                asker.send(asker.request("OPTIONS", "alice", "users.democompany.com"))
                assert asker.final(10)[0] is not None, f"no answer after {number} datagrams"


def until_closed(exchange, source, parts, seconds=5):
    """Opens a TCP connection and sends these parts until the exchange closes it. Returns how many bytes it took."""
    taken = 0
    with socket.create_connection(("127.0.0.1", exchange.sip_port), timeout=seconds, source_address=(source, 0)) as connection:
        deadline = time.monotonic() + seconds
        try:
            for part in parts:
                connection.sendall(part)
                taken += len(part)
                assert time.monotonic() < deadline, f"still open after {taken} bytes and {seconds} s"
            while connection.recv(65536):
                pass
        except (BrokenPipeError, ConnectionResetError):
            pass  # It closed with our bytes unread.
    return taken


class Crowd:
    """Thousands of idle connections, from as many addresses as the caps per source ask for; some of them send a byte now and then."""

    def __init__(self, exchange, idle, slow, sources=16):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self._connections = []
        for number in range(idle + slow):
            one = socket.socket()
            one.setblocking(False)
            one.bind((f"127.0.2.{number % sources + 1}", 0))
            one.connect_ex(("127.0.0.1", exchange.sip_port))
            self._connections.append(one)
            if number % 100 == 99:
                time.sleep(0.005)  # The listen queue is short.
        self._slow = self._connections[idle:]
        self._message = b"REGISTER sip:users.democompany.com SIP/2.0\r\n"
        self._said = 0

    def say_one_byte(self):
        for one in self._slow:
            try:
                one.send(self._message[self._said:self._said + 1])
            except OSError:
                pass  # Closed by the exchange.
        self._said += 1

    def open(self, connections=None):
        """How many the exchange has not closed."""
        with selectors.DefaultSelector() as selector:
            for one in connections or self._connections:
                selector.register(one, selectors.EVENT_READ)
            return len(connections or self._connections) - len(selector.select(0))

    def open_slow(self):
        return self.open(self._slow)

    def close(self):
        for one in self._connections:
            one.close()
