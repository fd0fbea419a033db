# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads C++ well enough for the rules: what is code, comment and string, and where functions begin and end. Not a compiler."""
import bisect
import dataclasses
import re

TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|(?:u8|[uUL])?R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"|"(?:[^"\\\n]|\\.)*"'
    r"|(?<![0-9A-Za-z_])'(?:[^'\\\n]|\\.)*'",
    re.DOTALL,
)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


@dataclasses.dataclass
class Function:
    name: str
    line: int
    body_lines: int  # of the body alone, braces included; 0 for a declaration
    parameters: int


class Source:
    """One C++ file: `text` as written, `code` of the same length with comments and literals blanked."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.split("\n")
        self.comments = []  # (offset, text)
        self.strings = []  # (offset, end, text without quotes)
        self._starts = [0]
        for line in self.lines:
            self._starts.append(self._starts[-1] + len(line) + 1)
        self.code = TOKEN.sub(self._blank, text)
        # Preprocessor lines hold no statements; includes are read from the text.
        self.statements = re.sub(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", lambda m: re.sub(r"[^\n]", " ", m.group()), self.code, flags=re.M)

    def _blank(self, match):
        token = match.group()
        if token.startswith("/"):
            self.comments.append((match.start(), token))
            return re.sub(r"[^\n]", " ", token)
        if token.endswith('"'):
            opening = token.index('"')
            self.strings.append((match.start(), match.end(), token[opening + 1:-1]))
            return token[:opening] + '"' + re.sub(r"[^\n]", " ", token[opening + 1:-1]) + '"'
        return "'" + " " * (len(token) - 2) + "'"

    def line_of(self, offset):
        return bisect.bisect_right(self._starts, offset)

    def includes(self):
        """(line, quoted or angled, path) of each include."""
        for match in INCLUDE.finditer(self.text):
            # The directive itself is code even though a quoted path is blanked there.
            if self.code[match.start():].lstrip().startswith("#"):
                yield self.line_of(match.start(1)), match.group(1) == '"', match.group(2)

    def functions(self):
        return list(_functions(self))


def _matching_close(code, opening):
    depth = 0
    for at in range(opening, len(code)):
        if code[at] == "{":
            depth += 1
        elif code[at] == "}":
            depth -= 1
            if depth == 0:
                return at
    return len(code) - 1


def _without_templates(statement):
    """Drops `template <…>` and `requires` heads and attributes, which may hold parentheses."""
    statement = re.sub(r"\[\[.*?\]\]", "", statement, flags=re.S)
    while match := re.match(r"\s*template\s*<", statement):
        depth, at = 1, match.end()
        while at < len(statement) and depth:
            depth += {"<": 1, ">": -1}.get(statement[at], 0)
            at += 1
        statement = statement[at:]
    return statement


NAME_BEFORE = re.compile(r"((?:[A-Za-z_]\w*(?:<[^<>()]*>)?::)*(?:~?[A-Za-z_]\w*|operator\s*(?:\(\)|\[\]|[^\s\w(]+|[\w:&* ]+)))\s*\(")
NOT_FUNCTIONS = {"if", "for", "while", "switch", "return", "sizeof", "alignas", "decltype", "static_assert", "requires", "noexcept",
                 "co_return", "co_await", "catch", "explicit", "defined"}


def signature(statement):
    """(name, number of parameters) if the statement declares a function, else None."""
    statement = _without_templates(statement).strip()
    if re.match(r"(using|typedef|friend|static_assert|namespace|return)\b", statement):
        return None
    for match in NAME_BEFORE.finditer(statement):
        name = match.group(1).strip()
        before = statement[:match.start()]
        if name in NOT_FUNCTIONS or name.isupper() or re.search(r"(?<![=!<>])=(?!=)", before) or before.count("(") != before.count(")"):
            continue
        return name, _count_parameters(statement[match.end():])
    return None


def _count_parameters(rest):
    depth, angle, commas, seen = 1, 0, 0, False
    for at, char in enumerate(rest):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth == 0:
                inner = rest[:at].strip()
                return commas + 1 if inner and inner != "void" else 0
        elif char == "<":
            angle += 1
        elif char == ">" and angle and rest[at - 1] != "-":
            angle -= 1
        elif char == "," and depth == 1 and angle == 0:
            commas += 1
        seen = seen or not char.isspace()
    return commas + 1 if seen else 0


def _kind(statement):
    plain = _without_templates(statement).strip()
    if re.match(r"(inline\s+)?namespace\b", plain) or re.match(r'extern\s*"', plain):
        return "scope"
    if re.search(r"\b(class|struct|union|enum)\b", plain) and "(" not in re.sub(r"\b(alignas|decltype)\s*\([^)]*\)", "", plain):
        return "scope"
    found = signature(statement)
    return "function" if found else "other"


def _functions(source):
    code = source.statements
    at, begin = 0, 0
    while at < len(code):
        char = code[at]
        if char == ";":
            found = signature(code[begin:at])
            if found:
                yield Function(found[0], source.line_of(begin + _lead(code, begin)), 0, found[1])
            begin = at + 1
        elif char == "}":
            begin = at + 1
        elif char == "{":
            statement = code[begin:at]
            kind = _kind(statement)
            if kind == "scope":
                begin = at + 1
            else:
                close = _matching_close(code, at)
                following = code[close + 1:close + 200].lstrip()[:1]
                if kind == "function" and following in (",", "{") and re.search(r"\)[^(){}]*(?<!:):(?!:)", statement + ")"):
                    at = close + 1  # a member initialised with braces: the body is still to come
                    continue
                if kind == "function" and following == "{" and re.search(r"\)\s*(noexcept\s*)?:[^:]", statement):
                    at = close + 1
                    continue
                if kind == "function":
                    name, parameters = signature(statement)
                    line = source.line_of(begin + _lead(code, begin))
                    yield Function(name, line, source.line_of(close) - source.line_of(at) + 1, parameters)
                    begin = close + 1
                elif code[close + 1:close + 200].lstrip()[:1] not in (";", ",", ")"):
                    begin = close + 1
                at = close + 1
                continue
        at += 1


def _lead(code, begin):
    match = re.compile(r"\s*").match(code, begin)
    return match.end() - begin
