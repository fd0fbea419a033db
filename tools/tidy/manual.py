# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual says what the program has: every configuration key of this version has its row, and no row is of a key that is not there."""
import re

KEYS = "src/base/configuration_keys.cpp"
PAGE = "docs/manual/configuration.md"


def check(keys_source, page):
    entries = re.findall(r'\{\s*\.name = "([^"]+)"(.*?)\},\s*(?=\{|\})', keys_source, re.S)
    known = {name for name, rest in entries if ".is_later = true" not in rest}
    rows = {name: number for number, line in enumerate(page.split("\n"), 1) for cell in re.findall(r"^\| (`[a-z_.`, ]+) \|", line) for name in re.findall(r"`([^`]+)`", cell)}
    for name in sorted(known - set(rows)):
        yield "manual", PAGE, 1, f"the key {name} has no row"
    for name in sorted(set(rows) - known):
        yield "manual", PAGE, rows[name], f"the key {name} is not in this version"
