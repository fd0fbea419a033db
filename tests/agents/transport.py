# SPDX-License-Identifier: GPL-3.0-or-later
"""How messages travel: UDP, TCP and TLS from one address of loopback, each giving whole messages before a deadline."""
import random
import re
import socket
import ssl
import time


class Closed(Exception):
    """The peer closed the connection."""


class Udp:
    """`loss`: the share of datagrams that is lost, each way, by the luck of `seed`."""
    name = "UDP"

    def __init__(self, server, host="127.0.0.1", port=0, loss=0, seed=0):
        self.loss, self._luck = loss, random.Random(seed)
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, port))
        self._server = server

    @property
    def local(self):
        return self._socket.getsockname()[:2]

    def _is_lost(self):
        return self.loss > 0 and self._luck.random() < self.loss

    def send(self, data):
        if not self._is_lost():
            self._socket.sendto(data, self._server)

    def receive(self, deadline):
        """The next datagram, or None at the deadline (of time.monotonic())."""
        while True:
            self._socket.settimeout(max(0.0001, deadline - time.monotonic()))
            try:
                data = self._socket.recv(65536)
            except (TimeoutError, BlockingIOError):
                return None
            if not self._is_lost():
                return data

    def close(self):
        self._socket.close()


class Framer:
    """Cuts a stream into messages by Content-Length (RFC 3261 §18.3); blank lines between them are keep-alives."""

    def __init__(self):
        self._buffer = b""
        self.keep_alives = 0

    def add(self, data):
        self._buffer += data

    def take(self):
        """The next whole message, or None."""
        while self._buffer.startswith(b"\r\n"):
            self._buffer = self._buffer[2:]
            self.keep_alives += 1
        head, end, _ = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return None
        length = re.search(rb"\r\n(?:content-length|l)[ \t]*:[ \t]*(\d+)", head, re.I)
        size = len(head) + 4 + (int(length[1]) if length else 0)
        if len(self._buffer) < size:
            return None
        message, self._buffer = self._buffer[:size], self._buffer[size:]
        return message


class Tcp:
    name = "TCP"

    def __init__(self, server, host="127.0.0.1", port=0):
        self._socket = socket.create_connection(server, timeout=5, source_address=(host, port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.framer = Framer()

    @property
    def local(self):
        return self._socket.getsockname()[:2]

    def send(self, data):
        self._socket.settimeout(5)
        self._socket.sendall(data)

    def receive(self, deadline):
        """The next message, or None at the deadline. Raises Closed."""
        while (message := self.framer.take()) is None:
            self._socket.settimeout(max(0.0001, deadline - time.monotonic()))
            try:
                data = self._socket.recv(65536)
            except (TimeoutError, BlockingIOError, ssl.SSLWantReadError):
                return None
            except ConnectionError as gone:
                raise Closed(str(gone)) from None
            if not data:
                raise Closed("end of stream")
            self.framer.add(data)
        return message

    def close(self):
        self._socket.close()


class Tls(Tcp):
    """Believes every certificate unless `cafile` names whom to trust; `server_name` is what SNI says. `certificate` is what the peer showed."""
    name = "TLS"

    def __init__(self, server, host="127.0.0.1", port=0, server_name=None, cafile=None, context=None):
        super().__init__(server, host, port)
        if context is None:
            context = ssl.create_default_context(cafile=cafile)
            if cafile is None:
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self._socket = context.wrap_socket(self._socket, server_hostname=server_name)

    @property
    def certificate(self):
        """In DER."""
        return self._socket.getpeercert(binary_form=True)


class TcpListener(Tcp):
    """Speaks by the latest connection that came to its port; where there is none, whoever receives waits for one. `accepted` counts them."""

    def __init__(self, server, host="127.0.0.1", port=0):
        self._listener = socket.create_server((host, port))
        self._socket, self.accepted = None, 0

    @property
    def local(self):
        return self._listener.getsockname()[:2]

    def _secure(self, connection):
        return connection

    def _accept(self, deadline):
        self._listener.settimeout(max(0.0001, deadline - time.monotonic()))
        try:
            connection, _ = self._listener.accept()
        except (TimeoutError, BlockingIOError):
            return False
        self.accepted += 1
        connection.settimeout(5)
        try:
            self._socket, self.framer = self._secure(connection), Framer()
        except (ssl.SSLError, ConnectionError):
            connection.close()
        return True

    def receive(self, deadline):
        while True:
            if self._socket is None:
                if not self._accept(deadline):
                    return None
                continue
            try:
                return super().receive(deadline)
            except Closed:
                self.hang_up()

    def hang_up(self):
        """Closes the connection; the next one is taken."""
        self._socket.close()
        self._socket = None

    def close(self):
        if self._socket is not None:
            self._socket.close()
        self._listener.close()


class TlsListener(TcpListener):
    """The same with TLS; `certificate` is a file with chain and key. `asked` is the name that the peer wants (SNI)."""
    name = "TLS"

    def __init__(self, server, host="127.0.0.1", port=0, certificate=None):
        super().__init__(server, host, port)
        self.asked = None
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._context.sni_callback = self._note_name

    def _note_name(self, _connection, name, _context):
        self.asked = name

    def _secure(self, connection):
        return self._context.wrap_socket(connection, server_side=True)


KINDS = {"udp": Udp, "tcp": Tcp, "tls": Tls, "tcp-listener": TcpListener, "tls-listener": TlsListener}
