# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: tshark and we read the same headers out of the same bytes. Where two programs disagree about a message, somebody can smuggle something
past one of them: so every disagreement is a fault of ours, or stands below with its reason."""
import dataclasses
import pathlib
import re
import struct
import subprocess
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/release/carillon_header_view"
SAMPLES = ["tests/data/sip/*.dat", "tests/data/sip/rfc4475/*.dat", "tests/data/sip/rfc5118/*.dat", "tests/fuzz/corpus/message/*",
           "tests/fuzz/corpus/stream_framer/*"]
SEED = "1"
MALFORMED = 20_000
SECONDS_MAX = 120
RAW_IP = 101
# No SIP for tshark: a status line without reason phrase and without the blank before it (RFC 3261 §7.2), for us it says what it says; empty lines
# before the message, which RFC 3261 §7.5 wants passed over.
NO_SIP = re.compile(rb"\r\n|SIP/2\.0 [0-9]{3}\r\n")
# tshark reads 0 where many blanks follow the number; blanks at the end of a value are none of it (RFC 3261 §7.3.1).
BLANKS_BEHIND_LENGTH = re.compile(rb"\r\n(content-length|l)[ \t]*:[ \t]*[0-9]+[ \t]+\r\n", re.IGNORECASE)
# tshark reads no further in the message when one of these is not to its liking: a method longer than 16 bytes, credentials without a scheme that it
# knows, a media type that is none. What it has seen until then must agree.
GIVES_UP_AT = {b"cseq", b"authorization", b"proxy-authorization", b"www-authenticate", b"content-type"}
# tshark takes the first "tag=" for the tag, wherever it stands: in the name of another parameter, in a display name, within quotes.
ANY_TAG = re.compile(rb"[^; ]tag=|tag=\"", re.IGNORECASE)
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # tshark writes them into its XML all the same.


@dataclasses.dataclass
class View:
    sender: bytes
    target: bytes
    call_id: bytes
    number: int
    method: bytes
    length: int | None  # None: not said.
    names: list
    from_tag: bytes | None  # None: they did not look, because of blanks where RFC 3261 §25.1 allows them.
    to_tag: bytes | None


def plain(value):
    """A header's value without what may stand between its words: folds are blanks (RFC 3261 §7.3.1)."""
    return re.sub(rb"[ \t\r\n]+", b" ", value).strip()


def our_views():
    files = [path for pattern in SAMPLES for path in sorted(ROOT.glob(pattern))]
    done = subprocess.run([PROGRAM, SEED, str(MALFORMED), *files], capture_output=True, text=True, timeout=SECONDS_MAX, check=True)
    views = []
    for line in done.stdout.splitlines():
        fields = line.split(" ")
        raw, sender, target, call_id, method, *tags = (b"" if fields[i] == "-" else bytes.fromhex(fields[i]) for i in (0, 1, 2, 3, 5, 8, 9))
        names = [bytes.fromhex(name) for name in fields[7].split(",")]
        views.append((raw, View(plain(sender), plain(target), call_id, int(fields[4]), method, int(fields[6]), names, *tags)))
    return views


def write_pcap(path, messages):
    """A capture that never was: each message a UDP datagram in an IPv4 packet (RFC 791, RFC 768)."""
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, RAW_IP))
        for count, message in enumerate(messages):
            udp = struct.pack(">HHHH", 5060, 5060, 8 + len(message), 0) + message
            packet = struct.pack(">BBHHHBBH4B4B", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, 192, 0, 2, 9, 192, 0, 2, 1) + udp
            out.write(struct.pack("<IIII", count, 0, len(packet), len(packet)) + packet)


def shown(headers, name):
    found = headers.find(f".//field[@name='{name}']")
    return None if found is None else found.get("show")


def tag_of(headers, who):
    found = headers.find(f".//field[@name='sip.{who}.tag']")
    return None if found is None else plain(bytes.fromhex(found.get("value")))


def their_view(packet):
    """None where tshark sees no SIP."""
    headers = packet.find("./proto[@name='sip']/field[@name='sip.msg_hdr']")
    if headers is None:
        return None
    # What tshark concludes from a header stands beside it at the same place.
    lines = {line.get("pos"): bytes.fromhex(line.get("value")) for line in headers if line.get("value")}
    names, values = [], {}
    for line in lines.values():
        name, _, value = line.partition(b":")
        names.append(name.strip())
        values.setdefault(name.strip().lower(), plain(value))
    number, _, method = values.get(b"cseq", b"").partition(b" ")
    length = shown(headers, "sip.Content-Length")
    return View(values.get(b"from", values.get(b"f")), values.get(b"to", values.get(b"t")), values.get(b"call-id", values.get(b"i")),
                int(number) if number.isdigit() else None, method or None, int(length) if length else None, names, tag_of(headers, "from"), tag_of(headers, "to"))


def their_views(path):
    command = ["tshark", "-n", "-r", path, "-d", "udp.port==5060,sip", "-T", "pdml", "-J", "sip"]
    parser = xml.etree.ElementTree.XMLPullParser()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8", errors="replace") as tshark:
        for line in tshark.stdout:
            parser.feed(NOT_XML.sub("?", line))
            for _, element in parser.read_events():
                if element.tag == "packet":
                    yield their_view(element)
                    element.clear()
    assert tshark.returncode == 0


def is_explained(raw, ours, theirs):
    """Why tshark may see less than we do of a message that we take."""
    if theirs is None:
        return NO_SIP.match(raw) is not None
    return len(theirs.names) < len(ours.names) and theirs.names[-1].lower() in GIVES_UP_AT


def differences(raw, ours, theirs):
    is_less = is_explained(raw, ours, theirs)
    if theirs is None:
        return [] if is_less else ["no SIP"]
    seen = ours.names[:len(theirs.names)] if is_less else ours.names
    found = [] if theirs.names == seen else ["names"]
    for what in ("sender", "target", "call_id", "number", "method", "length"):
        they, we = getattr(theirs, what), getattr(ours, what)
        if they != we and not (they is None and (is_less or what == "length")):
            found.append(what)
    if theirs.length == 0 and BLANKS_BEHIND_LENGTH.search(raw) and "length" in found:
        found.remove("length")
    for what, value in (("from_tag", ours.sender), ("to_tag", ours.target)):
        they = getattr(theirs, what)
        if they is not None and they != getattr(ours, what) and not ANY_TAG.search(value):
            found.append(what)
    return found


def test_tshark_sees_what_we_see(tmp_path):
    ours = our_views()
    write_pcap(tmp_path / "messages.pcap", [raw for raw, _ in ours])
    disagreements, explained = [], 0
    for (raw, view), theirs in zip(ours, their_views(tmp_path / "messages.pcap"), strict=True):
        explained += is_explained(raw, view, theirs)
        disagreements += [(what, raw, view, theirs) for what in differences(raw, view, theirs)]
    for what, raw, view, theirs in disagreements[:5]:
        print(f"{what}: we {view}, they {theirs}, of {raw}")
    assert not disagreements
    assert len(ours) > MALFORMED / 6 and explained < len(ours) / 50
