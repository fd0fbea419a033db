# SPDX-License-Identifier: GPL-3.0-or-later
"""Collects the RFC sections that sources and tests cite into one table, so that compliance is read off the tree, not claimed."""
import collections
import re

CITATION = re.compile(r"\bRFC\s?(\d{3,5})\b(?:,?\s*(?:§|[Ss]ections?\s|[Aa]ppendix\s|sec\.\s?)\s*((?:[A-Z]|\d+)(?:\.\d+)*))?")
MALFORMED = re.compile(r"(?<![/\w])(?:rfc\s?-?\d{3,5}|RFC-\d{3,5}|RFC\d{3,5})\b")


def check(path, comments):
    for line, text in comments:
        if bad := MALFORMED.search(text):
            yield "rfc", path, line, f"write '{bad.group()}' as 'RFC 3261 §17.1.1.2'"


def table(cited):
    """The markdown page from {path: [(line, comment)]}."""
    rows = collections.defaultdict(lambda: (set(), set()))
    for path, comments in cited.items():
        for _, text in comments:
            for number, section in CITATION.findall(text):
                rows[int(number), section][path.startswith("tests/")].add(path)
    lines = ["# RFC sections and where they are applied", "", "Made by `./dev docs` from the citations in the sources.", "",
             "| RFC | section | sources | tests |", "|---|---|---|---|"]
    key = lambda row: (row[0], [(not part.isdigit(), part.zfill(4)) for part in row[1].split(".")])
    for number, section in sorted(rows, key=key):
        sources, tests = rows[number, section]
        show = lambda paths: ", ".join(f"`{path}`" for path in sorted(paths))
        lines.append(f"| {number} | {section} | {show(sources)} | {show(tests)} |")
    return "\n".join(lines) + "\n"
