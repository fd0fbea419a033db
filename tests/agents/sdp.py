# SPDX-License-Identifier: GPL-3.0-or-later
"""Session descriptions with one audio stream: writes them, and reads what a peer's says."""
import re

_MAPS = {0: "PCMU/8000", 8: "PCMA/8000", 9: "G722/8000", 101: "telephone-event/8000"}


def audio(host, port, direction="sendrecv", version=1, codecs=(8, 0), connection=None, extra=""):
    """`connection` replaces the address of the c= line, as 0.0.0.0 does for a hold of RFC 2543; `direction` None leaves it out."""
    family = "IP6" if ":" in host else "IP4"
    lines = ["v=0", f"o=- 4711 {version} IN {family} {host}", "s=-", f"c=IN {family} {connection or host}", "t=0 0",
             f"m=audio {port} RTP/AVP {' '.join(map(str, codecs))}", *(f"a=rtpmap:{codec} {_MAPS[codec]}" for codec in codecs)]
    if direction:
        lines.append(f"a={direction}")
    return "\r\n".join(lines) + "\r\n" + extra


def address(text):
    """(host, port) of the audio stream in a description."""
    return re.search(r"^c=IN IP[46] (\S+?)\r?$", text, re.M)[1], int(re.search(r"^m=audio (\d+)", text, re.M)[1])


def direction(text):
    found = re.search(r"^a=(sendrecv|sendonly|recvonly|inactive)\r?$", text, re.M)
    return found[1] if found else "sendrecv"
