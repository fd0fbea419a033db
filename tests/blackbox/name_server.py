# SPDX-License-Identifier: GPL-3.0-or-later
"""A DNS server on loopback with a zone in memory, which can also be silent or talk nonsense."""
import socket
import struct
import threading

A, AAAA, SRV, NAPTR = 1, 28, 33, 35


def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".") if label) + b"\0"


def text(content):
    return bytes([len(content)]) + content.encode()


def a(address):
    return A, socket.inet_pton(socket.AF_INET, address)


def aaaa(address):
    return AAAA, socket.inet_pton(socket.AF_INET6, address)


def srv(target, port, priority=10, weight=10):
    return SRV, struct.pack(">HHH", priority, weight, port) + name(target)


def naptr(service, replacement, flags="s", order=10, preference=10):
    return NAPTR, struct.pack(">HH", order, preference) + text(flags) + text(service) + text("") + name(replacement)


class NameServer:
    """`zone` is {name: [record, …]}; `answer`, when set, makes the bytes of every answer from those of the question."""

    def __init__(self):
        self.zone, self.answer, self.asked = {}, None, 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self):
        end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        end.sendto(b"", self._socket.getsockname())
        end.close()
        self._thread.join(5)
        self._socket.close()

    def _serve(self):
        while True:
            question, source = self._socket.recvfrom(4096)
            if not question:
                return
            self.asked += 1
            answer = self.answer(question) if self.answer else self._look_up(question)
            if answer is not None:
                self._socket.sendto(answer, source)

    def _look_up(self, question):
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode().lower())
            at += 1 + question[at]
        kind = struct.unpack(">H", question[at + 1:at + 3])[0]
        known = self.zone.get(".".join(labels))
        records = [content for its_kind, content in known or [] if its_kind == kind]
        head = question[:2] + struct.pack(">HHHHH", 0x8180 | (0 if known is not None else 3), 1, len(records), 0, 0)
        body = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(content)) + content for content in records)
        return head + question[12:at + 5] + body
