# SPDX-License-Identifier: GPL-3.0-or-later
"""Malformed messages made from a right one in the manner of the PROTOS suite, the same for the same seed. Independent of the generator in
tests/support, so that one's blind spot need not be the other's."""
import random
import re

LENGTHS = (1, 64, 128, 256, 1024, 4096, 20000)
NUMBERS = ("-1", "0", "256", "65536", "2147483648", "4294967296", "18446744073709551616", "9" * 40, "+1", "0x1", "1e9", "", "\u0661")
ODD = ("%", "%00", "%zz", "%0d%0a", "\\", '"', '"\\', "<", ">", "<>", "<sip:", "sip:@", "[::1", "]", ";", ";;;", ";tag=", ",", ":", "@", "?",
       "=", "*", "\0", "\x01", "\x7f", "\x80", "\xc0\xaf", "\xed\xa0\x80", "\xe2\x80\xae", "\xff\xfe", "\r", "\n", "\r\n", "\r\n ", "\r\n\r\n",
       "%s%n", "../..", "' OR 1=1 --", "<script>", "SIP/2.0", "(")


def _line(luck, lines):
    return luck.randrange(1, len(lines)) if len(lines) > 1 else 0


def _overflow(luck, lines):
    at = _line(luck, lines)
    place = luck.randrange(len(lines[at]) + 1)
    lines[at] = lines[at][:place] + luck.choice('aA0.%;:@<"\\( ,\xff') * luck.choice(LENGTHS) + lines[at][place:]


def _number(luck, lines):
    at = _line(luck, lines)
    found = list(re.finditer(r"\d+", lines[at]))
    if found:
        one = luck.choice(found)
        lines[at] = lines[at][:one.start()] + luck.choice(NUMBERS) + lines[at][one.end():]


def _odd(luck, lines):
    at = luck.randrange(len(lines))
    place = luck.randrange(len(lines[at]) + 1)
    lines[at] = lines[at][:place] + luck.choice(ODD) * luck.choice((1, 1, 1, 50)) + lines[at][place:]


def _repeat(luck, lines):
    at = _line(luck, lines)
    lines[at:at] = [lines[at]] * luck.choice((1, 2, 50, 150))


def _drop(luck, lines):
    del lines[luck.randrange(len(lines))]
    lines or lines.append("")


def _cut(luck, lines):
    at = luck.randrange(len(lines))
    lines[at] = lines[at][:luck.randrange(len(lines[at]) + 1)]


def _length(luck, lines):
    lines[:] = [line for line in lines if not line.lower().startswith("content-length")]
    lines += [f"{luck.choice(('Content-Length', 'l'))}: {luck.choice(NUMBERS)}" for _ in range(luck.randrange(3))]


def _name(luck, lines):
    at = _line(luck, lines)
    lines[at] = luck.choice((lines[at].replace(":", "", 1), lines[at].replace(":", luck.choice((" \t:", "\0:", ";:")), 1),
                             luck.choice("vftimclskx") + ":" + lines[at].partition(":")[2]))


MUTATIONS = (_overflow, _number, _odd, _odd, _repeat, _drop, _cut, _length, _name)


def mutants(data, count, seed):
    """So many broken forms of a message."""
    luck = random.Random(seed)
    head, _, body = data.decode("latin-1").partition("\r\n\r\n")
    for _ in range(count):
        lines = head.split("\r\n")
        for _ in range(luck.randrange(1, 4)):
            luck.choice(MUTATIONS)(luck, lines)
        made = "\r\n".join(lines) + "\r\n\r\n" + (body if luck.randrange(4) else body[:luck.randrange(len(body) + 1)])
        yield made.encode("latin-1", errors="replace")[:60000]
