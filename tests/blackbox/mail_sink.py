# SPDX-License-Identifier: GPL-3.0-or-later
"""A mail server that keeps what it gets: SMTP with EHLO, AUTH PLAIN and LOGIN, and STARTTLS when it has a certificate."""
import base64
import email
import email.policy
import socketserver
import ssl
import threading
import time


class Received:
    def __init__(self, sender, recipients, data, user, is_encrypted):
        self.sender, self.recipients, self.user, self.is_encrypted = sender, recipients, user, is_encrypted
        self.message = email.message_from_bytes(data, policy=email.policy.default)

    @property
    def text(self):
        return self.message.get_body(("plain",)).get_content()


class MailSink:
    """Listens on 127.0.0.1. `account`: (user, password) that must log in first; `certificate`, `key`: files, to offer STARTTLS."""

    def __init__(self, account=None, certificate=None, key=None):
        self.account, self.certificate, self.key = account, certificate, key
        self.mails, self.logins, self._changed = [], [], threading.Condition()
        sink = self

        class Conversation(socketserver.StreamRequestHandler):
            timeout = 20

            def say(self, line):
                self.wfile.write(line.encode() + b"\r\n")

            def ask(self, text):
                self.say("334 " + base64.b64encode(text.encode()).decode())
                return base64.b64decode(self.rfile.readline().strip()).decode()

            def log_in(self, words):
                if words[1].upper() == "PLAIN":
                    reply = base64.b64decode(words[2]).decode() if len(words) > 2 else self.ask("")
                    _, user, password = reply.split("\0")
                else:
                    user, password = self.ask("Username:"), self.ask("Password:")
                sink.logins.append((user, password))
                self.user = user if (user, password) == sink.account else None
                self.say("235 welcome" if self.user else "535 no")

            def greet(self):
                offers = ["8BITMIME"] + (["AUTH PLAIN LOGIN"] if sink.account else []) + (["STARTTLS"] if sink.certificate and not self.is_encrypted else [])
                lines = ["sink.example", *offers]
                for line in lines[:-1]:
                    self.say("250-" + line)
                self.say("250 " + lines[-1])

            def encrypt(self):
                self.say("220 go on")
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(sink.certificate, sink.key)
                self.connection = context.wrap_socket(self.connection, server_side=True)
                self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
                self.is_encrypted = True

            def take_data(self):
                self.say("354 go on")
                data = b""
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    data += line[1:] if line.startswith(b".") else line
                with sink._changed:
                    sink.mails.append(Received(self.sender, self.recipients, data, self.user, self.is_encrypted))
                    sink._changed.notify_all()
                self.say("250 kept")

            def handle(self):
                self.sender, self.recipients, self.user, self.is_encrypted = None, [], None, False
                self.say("220 sink.example")
                while line := self.rfile.readline().decode().strip():
                    words = line.split(" ")
                    command = words[0].upper()
                    if command == "EHLO":
                        self.greet()
                    elif command == "AUTH":
                        self.log_in(words)
                    elif command == "STARTTLS":
                        self.encrypt()
                    elif command == "QUIT":
                        return self.say("221 bye")
                    elif sink.account and self.user is None:
                        self.say("530 log in first")
                    elif command == "MAIL":
                        self.sender, self.recipients = line.split("<")[1].split(">")[0], []
                        self.say("250 fine")
                    elif command == "RCPT":
                        self.recipients.append(line.split("<")[1].split(">")[0])
                        self.say("250 fine")
                    elif command == "DATA":
                        self.take_data()
                    else:
                        self.say("500 what?")

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # A client that goes away in the middle is no news.

        self._server = Server(("127.0.0.1", 0), Conversation)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def wait_for(self, count, seconds=10):
        deadline = time.monotonic() + seconds
        with self._changed:
            while len(self.mails) < count:
                assert self._changed.wait(deadline - time.monotonic()), f"{len(self.mails)} and not {count} mails after {seconds} s"
            return list(self.mails)

    def wait_to(self, recipient, seconds=10):
        """The first mail to that address."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not (found := [mail for mail in self.mails if mail.recipients == [recipient]]):
                assert self._changed.wait(deadline - time.monotonic()), f"no mail to {recipient} after {seconds} s"
            return found[0]

    def close(self):
        self._server.shutdown()
        self._server.server_close()
