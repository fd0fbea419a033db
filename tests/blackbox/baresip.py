# SPDX-License-Identifier: GPL-3.0-or-later
"""The softphone baresip as a test drives it: registers, dials, answers, plays a tone and records what it hears."""
import functools
import json
import os
import pathlib
import re
import socket
import subprocess
import threading
import time

import ports
import tone

MODULES = ["g711", "g722", "opus", "aubridge", "aufile", "sndfile", "ctrl_tcp", "srtp"]


@functools.lru_cache
def module_path():
    files = subprocess.run(["dpkg", "-L", "baresip-core"], capture_output=True, text=True, check=True).stdout.split("\n")
    return os.path.dirname(next(file for file in files if file.endswith("/g711.so")))


class Baresip:
    """One running baresip with one account. `server` is the host and port it sends everything to; without it, it does not register.
    `encryption`: \"srtp\" offers keys, \"srtp-mand\" wants them."""

    def __init__(self, folder, name, *, password="none", domain="127.0.0.1", server=None, transport="udp", answer="manual", hertz=700,
                 codec="PCMA/8000/1", encryption=""):
        self.folder, self.name, self.hertz, self._server = pathlib.Path(folder), name, hertz, server
        self.folder.mkdir(parents=True)
        self.sip_port = ports.free_pair()
        self._control_port = ports.free()
        self._events, self._news, self._forgotten = [], threading.Condition(), 0
        self._write_files(password, domain, server, transport, answer, codec + (f";mediaenc={encryption}" if encryption else ""))
        self._log = open(self.folder / "log", "wb")
        self._process = subprocess.Popen(["baresip", "-4", "-s", "-f", self.folder], stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        self._control = self._connect()
        threading.Thread(target=self._read_events, daemon=True).start()

    def _write_files(self, password, domain, server, transport, answer, codec):
        tone.write(self.folder / "tone.wav", self.hertz, 60)
        (self.folder / "heard").mkdir()
        rtp = ports.block(20)
        lines = ["net_interface 127.0.0.1", f"sip_listen 127.0.0.1:{self.sip_port}", f"audio_player aubridge,{self.name}-player", f"audio_source aufile,{self.folder}/tone.wav",
                 f"audio_alert aubridge,{self.name}-alert", "ausrc_srate 8000", "auplay_srate 8000", f"rtp_ports {rtp}-{rtp + 18}",
                 f"module_path {module_path()}", "module_tmp uuid.so", "module_tmp account.so", *(f"module {name}.so" for name in MODULES),
                 "module_app menu.so", f"snd_path {self.folder}/heard", f"ctrl_tcp_listen 127.0.0.1:{self._control_port}"]
        (self.folder / "config").write_text("\n".join(lines) + "\n")
        outbound = f';outbound="sip:{server};transport={transport}"' if server else ""
        interval = 60 if server else 0
        (self.folder / "accounts").write_text(
            f"<sip:{self.name}@{domain};transport={transport}>;auth_user={self.name};auth_pass={password};regint={interval}"
            f";answermode={answer};audio_codecs={codec}{outbound}\n")
        (self.folder / "contacts").write_text("")

    def _connect(self):
        for _ in range(100):
            try:
                return socket.create_connection(("127.0.0.1", self._control_port), timeout=1)
            except OSError:
                assert self._process.poll() is None, f"baresip ended:\n{self.log()}"
                time.sleep(0.05)
        raise AssertionError(f"baresip opened no control port:\n{self.log()}")

    def _read_events(self):
        self._control.settimeout(None)
        pending = b""
        try:
            while data := self._control.recv(65536):
                pending += data
                while b":" in pending:
                    length, _, rest = pending.partition(b":")
                    if len(rest) <= int(length):
                        break
                    with self._news:
                        self._events.append(json.loads(rest[:int(length)]))
                        self._news.notify_all()
                    pending = rest[int(length) + 1:]
        except OSError:
            pass  # closed by close()

    @property
    def process(self):
        return self._process

    def log(self):
        return (self.folder / "log").read_text(errors="replace")[-6000:]

    def everything_logged(self):
        """With every SIP message, since baresip runs with its trace on."""
        return (self.folder / "log").read_text(errors="replace")

    def media_ports_told(self):
        """The audio ports in what was sent to this phone."""
        told = re.findall(r"(?:UDP|TCP|TLS) %s -> .*?\x1b\[;m" % re.escape(self._server), self.everything_logged(), re.S)
        return {int(port) for message in told for port in re.findall(r"^m=audio (\d+)", message, re.M)}

    def command(self, command, params=""):
        body = json.dumps({"command": command, "params": params, "token": "t"}).encode()
        self._control.sendall(b"%d:%s," % (len(body), body))

    def wait_for(self, kind, seconds=10, count=1):
        """The count-th event of this type since the start, e.g. CALL_ESTABLISHED; fails when it does not come in time."""
        deadline = time.monotonic() + seconds
        with self._news:
            while True:
                found = [event for event in self._events if event.get("type") == kind]
                if len(found) >= count:
                    return found[count - 1]
                left = deadline - time.monotonic()
                assert left > 0, f"{self.name} saw no {kind} within {seconds} s, only {self.seen()}\n{self.log()}"
                self._news.wait(left)

    def seen(self):
        return [event.get("type") for event in self._events if event.get("event")]

    def wait_until_registered(self, seconds=10):
        """By what it prints: the event may have been sent before anybody listened."""
        deadline = time.monotonic() + seconds
        while not re.search(r"200 OK .*\[\d+ binding", self.log()):
            assert time.monotonic() < deadline, f"{self.name} did not register within {seconds} s:\n{self.log()}"
            time.sleep(0.02)

    def dial(self, target):
        self.command("dial", target)

    def accept(self):
        self.command("accept")

    def hang_up(self):
        self.command("hangup")

    def hold(self):
        self.command("hold")

    def resume(self):
        self.command("resume")

    def transfer(self, target):
        self.command("transfer", target)

    def forget(self):
        """What was seen so far counts no longer for whoever waits: the next call begins."""
        with self._news:
            self._events.clear()
        self._forgotten = len(self.everything_logged())

    def wait_to_ring(self):
        self.wait_for("CALL_INCOMING")

    def wait_for_ringing(self):
        self.wait_for("CALL_RINGING")

    def wait_for_answer(self):
        self.wait_for("CALL_ESTABLISHED")

    def wait_for_end(self):
        return self.wait_for("CALL_CLOSED")["param"]

    def wait_for_direction(self, *directions, seconds=10):
        """Until one of these is in a session description that it was sent or sent itself."""
        deadline = time.monotonic() + seconds
        while not any(f"a={direction}" in self.everything_logged()[self._forgotten:] for direction in directions):
            assert time.monotonic() < deadline, f"{self.name} saw none of {directions}:\n{self.log()}"
            time.sleep(0.05)

    def wait_until_holding(self):
        self.wait_for_direction("recvonly", "inactive")  # what the other side answers to its sendonly

    def wait_until_held(self):
        self.wait_for_direction("sendonly", "inactive")

    def wait_until_resumed(self):
        self.wait_for_direction("sendrecv")

    def seconds_heard(self, hertz):
        """In all its calls so far. Of a call that was held it has only what came before, since its recorder stops there."""
        return sum(tone.seconds_of(recording, hertz) for recording in (self.folder / "heard").glob("dump-*-dec.wav"))

    def kill(self):
        """Ends it without a word to anybody."""
        self._process.kill()
        self._process.wait()

    def close(self):
        self._control.close()
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
