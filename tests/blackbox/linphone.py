# SPDX-License-Identifier: GPL-3.0-or-later
"""The softphone linphonec as a test drives it: a second opinion from other hands, driven through its prompt."""
import pathlib
import re
import subprocess
import time

import ports
import tone


class Linphone:
    def __init__(self, folder, name, *, password, domain, server, transport="udp", hertz=900, answers=False, encryption=""):
        self.folder, self.name, self._forgotten = pathlib.Path(folder), name, 0
        for part in (".local/share/linphone", ".config/linphone"):
            (self.folder / part).mkdir(parents=True)
        tone.write(self.folder / "tone.wav", hertz, 60)
        rtp, own_port = ports.block(20), ports.free_pair()
        (self.folder / "rc").write_text("\n".join([
            "[sip]", f"sip_port={own_port if transport == 'udp' else -2}", f"sip_tcp_port={own_port if transport == 'tcp' else -2}",
            f"sip_tls_port={own_port if transport == 'tls' else -2}", "verify_server_certs=0", "verify_server_cn=0", "default_proxy=0", "use_ipv6=0",
            *([f"media_encryption={encryption}", "media_encryption_mandatory=1"] if encryption else []),
            "[proxy_0]", f"reg_proxy=<sip:{server};transport={transport}>", f"reg_route=<sip:{server};transport={transport};lr>",
            f"reg_identity=<sip:{name}@{domain}>", "reg_expires=60", "reg_sendregister=1",
            "[auth_info_0]", f"username={name}", f"passwd={password}", f"domain={domain}",
            "[sound]", "echocancellation=0", "[rtp]", f"audio_rtp_port={rtp}-{rtp + 18}", ""]))
        self._log = open(self.folder / "log", "wb")
        self._process = subprocess.Popen(["linphonec", *(["-a"] if answers else []), "-c", self.folder / "rc"], stdin=subprocess.PIPE,
                                         stdout=self._log, stderr=self._log, env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
        self.say("soundcard use files")
        self.say(f"play {self.folder}/tone.wav")
        self.say(f"record {self.folder}/heard.wav")

    def say(self, line):
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def wait_for(self, text, seconds=30):
        """Waits until linphonec has written this."""
        self.wait_for_match(re.escape(text), seconds)

    def wait_for_match(self, pattern, seconds=30):
        deadline = time.monotonic() + seconds
        while not (found := re.search(pattern, self.log()[self._forgotten:])):
            assert time.monotonic() < deadline, f"linphonec never wrote '{pattern}':\n{self.log()[-4000:]}"
            time.sleep(0.05)
        return found

    def forget(self):
        """What was written so far counts no longer for whoever waits: the next call begins."""
        self._forgotten = len(self.log())

    def wait_until_registered(self, seconds=30):
        deadline = time.monotonic() + seconds
        while "registered, identity=" not in self.log():
            assert time.monotonic() < deadline, f"{self.name} did not register within {seconds} s:\n{self.log()[-4000:]}"
            self.say("status register")
            time.sleep(0.3)

    def dial(self, target):
        self.say(f"call {target}")

    def accept(self):
        self.say("answer")

    def hang_up(self):
        self.say("terminate")

    def hold(self):
        self.say("pause")

    def resume(self):
        self.say("resume")

    def transfer(self, target):
        self.say(f"transfer {target}")

    def join(self, first, second):
        """Attended transfer: these two calls of its own become one of the two others."""
        self.say(f"transfer {first} --to-call {second}")

    def newest_call(self):
        """The number that linphonec gave to the call that it placed last, since it forgot."""
        self.wait_for_match(r"assigned id \d+")
        return int(re.findall(r"assigned id (\d+)", self.log()[self._forgotten:])[-1])

    def wait_to_ring(self):
        self.wait_for("Receiving new incoming call")

    def wait_for_ringing(self):
        self.wait_for_match(r"Call \d+ to .* ringing")

    def wait_for_answer(self):
        self.wait_for("Media streams established")

    def wait_for_end(self):
        return self.wait_for_match(r"Call \d+ with .* (?:ended|error).*")[0]

    def wait_until_holding(self):
        self.wait_for("is now paused")

    def wait_until_held(self):
        self.wait_for("has been paused by")

    def wait_until_resumed(self):
        self.wait_for("Media streams established")

    def seconds_heard(self, hertz):
        recording = self.folder / "heard.wav"
        return tone.seconds_of(recording, hertz) if recording.exists() else 0.0

    def close(self):
        """Ends it. On a busy machine what it heard is whole in its file only then."""
        if self._log.closed:
            return
        try:
            self.say("quit")
            self._process.wait(5)
        except (subprocess.TimeoutExpired, BrokenPipeError):
            self._process.kill()
            self._process.wait()
        self._log.close()
