# SPDX-License-Identifier: GPL-3.0-or-later
"""Names, calls and words that Carillon does without, and what every file begins with."""
import re

BANNED_NAMES = {"utils", "util", "common", "helpers", "helper", "misc", "manager", "managers", "types", "constants", "globals"}

# (rule, pattern over the code, folders where it is allowed, what to do instead)
BANNED_CALLS = [
    ("clock", r"\b(system_clock|steady_clock|high_resolution_clock)::now\b|\bclock_gettime\s*\(|\bgettimeofday\s*\(|(?<![\w:.>])time\s*\(\s*(nullptr|NULL|0|&)",
     ("src/base/", "bench/"), "time comes from the loop: loop.now(), loop.wall()"),
    ("regex", r"\bstd::(w?regex|smatch|cmatch)\b|#\s*include\s*<regex>", (), "std::regex overflows the stack; write a parser"),
    ("threads", r"\bstd::(recursive_|shared_|timed_)?mutex\b|\bstd::(atomic|thread|jthread|condition_variable|lock_guard|unique_lock|scoped_lock|async)\b|\bthread_local\b|\bpthread_(?!sigmask)\w+\s*\(",
     ("src/base/", "src/net/", "tests/", "bench/"), "threads meet in base and net only; elsewhere post a message to the other loop"),
    ("catch-all", r"\bcatch\s*\(\s*\.\.\.\s*\)", (), "catch the type that you can name"),
    ("using-namespace", r"\busing\s+namespace\s+(?!std::(chrono|string(_view)?)?_?literals|std::chrono_literals)[\w:]+", ("tests/", "bench/"), "write the namespace"),
    ("rtti", r"\b(dynamic_cast|dynamic_pointer_cast|typeid)\b", (), "no run-time type questions: use a variant or an interface"),
    ("raw-memory", r"\b(malloc|calloc|realloc|free|strdup|alloca)\s*\(|\bdelete\s+(?!\[)?\w|\breinterpret_cast\s*<[^>]*>\s*\(\s*(::)?(new\b|operator new)",
     ("src/base/task", "src/base/slab"), "own memory by a container or unique_ptr"),
    ("unsafe-text", r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|scanf|sscanf)\s*\(", (), "use from_chars, fmt or string_view"),
    ("shell", r"\b(std::)?system\s*\(|\bpopen\s*\(", (), "start programs by their argument list"),
    ("localtime", r"\b(localtime|gmtime|mktime|setlocale|strftime)(_r)?\s*\(", ("src/base/time",), "base/time_zone and to_rfc3339 do this"),
    ("rand", r"\b(std::)?s?rand\s*\(|\bmt19937\b", ("tests/", "bench/"), "random_bits() comes from the kernel"),
]

# The project speaks of itself alone: no work places, ticket numbers or servers of others.
PLACES = re.compile(r"(?<![\w.])/(?:work|root|home|Users)/[\w.]+|(?i:\bissue\s+#?\d+\b)")
URL = re.compile(r"\b(?:https?|wss?|ftp)://([A-Za-z0-9.-]+\.[A-Za-z]{2,})")
URL_HOSTS = re.compile(r"(^|\.)(example(\.(com|net|org))?|test|invalid|localhost|democompany\.com|w3\.org|gnu\.org|spdx\.org|json-schema\.org|"
                       r"rfc-editor\.org|ietf\.org|iana\.org)$")
MARKS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")

SPDX = "SPDX-License-Identifier: GPL-3.0-or-later"
SPDX_ENDINGS = (".cpp", ".hpp", ".cmake", ".py", ".sh", ".sql", "CMakeLists.txt")

CODE_IN_COMMENT = re.compile(
    r"^\s*(?:(?:if|for|while|switch|return|auto|const|else|case|break|continue|co_await|co_return|std::|#include|#if|#define)\b.*[;{}]"
    r"|[\w:<>&*\s]*[\w>\])]\s*(?:\(.*\)|=[^=].*|\w+)\s*;|[\w.>-]+\(.*\);)\s*$")


def check_name(path):
    for part in path.split("/"):
        if part.split(".")[0] in BANNED_NAMES:
            yield "banned-name", path, 1, f"'{part}' says nothing: name the idea"
    stem = path.split("/")[-1].split(".")[0]
    if path.startswith("src/") and path.endswith((".cpp", ".hpp")) and not re.fullmatch(r"[a-z0-9_]+", stem):
        yield "file-name", path, 1, "file names are snake_case"


def has_own_header(path, text):
    """A source whose header already says it all."""
    return path.endswith(".cpp") and f'#include "{path.split("/", 1)[-1][:-4]}.hpp"' in text


def check_head(path, text):
    """The licence line first (after #!), and in C++ a sentence on what the file solves."""
    is_script = text.startswith("#!")
    if (not path.endswith(SPDX_ENDINGS) or path.endswith("/module.cmake")) and not is_script:
        return
    lines = text.split("\n")
    if is_script:
        lines = lines[1:]
    if SPDX not in lines[0]:
        yield "spdx", path, 1, f"the first line is: {SPDX}"
    elif path.endswith((".cpp", ".hpp")) and (len(lines) < 2 or not re.match(r"// \S+ \S+", lines[1])) and not has_own_header(path, text):
        yield "purpose", path, 2, "the second line says which problem the file solves"
    if path.endswith(".hpp") and "#pragma once" not in text:
        yield "pragma-once", path, 1, "#pragma once is missing"


def check_text(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        if MARKS.search(line):
            yield "marks", path, number, "finish it, or leave it out and say so in the manual"
        if place := PLACES.search(line):
            yield "places", path, number, f"'{place.group()}' means nothing to a reader of this repository"
        for host in URL.findall(line):
            if not URL_HOSTS.search(host.lower()):
                yield "places", path, number, f"the host {host} does not belong here"


def check_calls(source):
    for rule, pattern, places, advice in BANNED_CALLS:
        if source.path.startswith(places):
            continue
        for match in re.finditer(pattern, source.code):
            yield rule, source.path, source.line_of(match.start()), f"{match.group().strip()}: {advice}"


def check_comments(source):
    for offset, comment in source.comments:
        text = comment[2:]
        if comment.startswith("//") and not comment.startswith("///") and not text.lstrip().startswith("RFC") and CODE_IN_COMMENT.match(text):
            yield "dead-code", source.path, source.line_of(offset), f"commented-out code: {text.strip()[:60]}"
