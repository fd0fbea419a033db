# SPDX-License-Identifier: GPL-3.0-or-later
"""Statements that go wrong: what stands beside co_await, and SQL put together from pieces."""
import re

SQL = re.compile(r"\s*(SELECT|INSERT\s+INTO|INSERT\s+OR|UPDATE|DELETE\s+FROM|REPLACE\s+INTO|ALTER\s+TABLE)\b")
BEFORE_BLOCK = re.compile(r"(?:[;{})]|\b(?:else|do|try|const|noexcept|override|final|mutable)|:)\s*$|->\s*[\w:<>,&* ]+$")


def check_awaits(source):
    """A statement with co_await holds names, calls, literals and std::move: no braces, no lambda, no ?: (docs/adr/0001-compiler.md)."""
    reported = set()
    for match in re.finditer(r"\bco_await\b", source.statements):
        begin, end, braces = _statement(source.statements, match.start())
        statement = source.statements[begin:end]
        faults = []
        if braces or _has_inner_braces(statement):
            faults.append("a braced temporary")
        if re.search(r"(?<!\?)\?(?!\?)", statement):
            faults.append("?:")
        if re.search(r"(?:[(,=]|\breturn|\bco_await)\s*\[(?!\[)", statement):
            faults.append("a lambda")
        line = source.line_of(match.start())
        if faults and line not in reported:
            reported.add(line)
            yield "await", source.path, line, f"{' and '.join(faults)} in a statement with co_await: give it a name first"


def _statement(code, at):
    """Where the statement around `at` begins and ends, and whether it stands inside braces of an initialiser."""
    begin, braces = at, False
    while begin > 0:
        char = code[begin - 1]
        if char == ";":
            break
        if char == "{":
            if BEFORE_BLOCK.search(code[:begin - 1][-80:]) or not code[:begin - 1].strip():
                break
            braces = True
        elif char == "}":
            opening = _matching_open(code, begin - 1)
            if BEFORE_BLOCK.search(code[:opening][-80:]) and not re.search(r"\]\s*(\([^()]*\))?\s*$", code[:opening][-120:]):
                break
            begin = opening
            continue
        elif char in ")]":
            begin = _matching_open(code, begin - 1)
            continue
        begin -= 1
    end, depth = at, _open_parentheses(code, begin, at)
    while end < len(code):
        char = code[end]
        if char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
        elif char == ";" and depth <= 0:
            break
        elif char in "{}" and depth <= 0:
            break
        elif char == "{":
            end = _skip_braces(code, end)
            continue
        end += 1
    return begin, end, braces


def _open_parentheses(code, begin, end):
    part = code[begin:end]
    return sum(part.count(c) for c in "([") - sum(part.count(c) for c in ")]")


def _matching_open(code, closing):
    pairs = {")": "(", "]": "[", "}": "{"}
    close, opening, depth = code[closing], pairs[code[closing]], 0
    for at in range(closing, -1, -1):
        if code[at] == close:
            depth += 1
        elif code[at] == opening:
            depth -= 1
            if depth == 0:
                return at
    return 0


def _skip_braces(code, opening):
    depth = 0
    for at in range(opening, len(code)):
        depth += {"{": 1, "}": -1}.get(code[at], 0)
        if depth == 0:
            return at + 1
    return len(code)


def _has_inner_braces(statement):
    return "{" in statement


def check_sql(source):
    """Values reach SQL by binding alone; statements are whole literals."""
    for begin, end, text in source.strings:
        after = source.code[end:end + 40].lstrip()
        before = source.code[max(0, begin - 40):begin].rstrip()
        if SQL.match(text) and (after.startswith(("+", "<<", ".append")) or "{}" in text or re.search(r"\{[\d:]", text)):
            yield "sql-text", source.path, source.line_of(begin), "SQL put together from pieces: bind values, write statements whole"
        elif re.search(r"\b(WHERE|VALUES|FROM|AND)\b[^a-z]*$|= *'$", text) and (after.startswith("+") or before.endswith("+")) and SQL.search(
                source.text[max(0, begin - 200):begin]):
            yield "sql-text", source.path, source.line_of(begin), "SQL put together from pieces: bind values, write statements whole"


def check_migration(path, text):
    """One SQL subset for both databases (docs/adr/0007-one-sql-subset.md)."""
    name = path.split("/")[-1]
    if not re.fullmatch(r"\d{4}_[a-z0-9_]+(\.sqlite|\.postgresql)?\.sql", name):
        yield "migration", path, 1, "migrations are named NNNN_name.sql"
    if name.endswith((".sqlite.sql", ".postgresql.sql")):
        return
    plain = re.sub(r"--[^\n]*|'[^']*'", lambda m: " " * len(m.group()), text)
    for match in re.finditer(r"\b(AUTOINCREMENT|SERIAL|BIGSERIAL|BOOLEAN|DATETIME|TIMESTAMP|TIMESTAMPTZ|JSONB?|REAL|DOUBLE|FLOAT|NUMERIC|DECIMAL|BLOB|"
                             r"BYTEA|VARCHAR|UUID|WITHOUT\s+ROWID|STRICT|PRAGMA)\b", plain, re.I):
        yield "migration", path, text[:match.start()].count("\n") + 1, f"{match.group()}: the subset has text, bigint and integer"
