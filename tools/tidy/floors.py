# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may include whom: the floors table of ARCHITECTURE.md held against includes and against the NEEDS of each module."""
import re

# Header prefixes of third-party libraries and of the system, by the word that the table uses for them.
LIBRARIES = [
    ("Boost.JSON", r"boost/json"),
    ("Beast", r"boost/beast"),
    ("Asio", r"boost/(asio|system)"),
    ("OpenSSL", r"openssl/"),
    ("SQLite", r"sqlite3\.h"),
    ("libpq", r"libpq-fe\.h"),
    ("libarchive", r"archive(_entry)?\.h"),
    ("libcsv", r"csv\.h"),
    ("libcurl", r"curl/"),
    ("c-ares", r"ares\.h"),
    ("mustache", r"kainjow/"),
    ("zstd", r"zstd\.h"),
    ("libpng", r"png\.h"),
    ("libjpeg-turbo", r"turbojpeg\.h"),
    ("libsodium", r"sodium\.h"),
    ("libmaxminddb", r"maxminddb\.h"),
    ("fmt", r"fmt/"),
    ("toml++", r"toml\+\+/|toml\.hpp"),
    ("date", r"date/"),
    ("RE2", r"re2/"),
    ("CLI11", r"CLI/"),
    ("GoogleTest", r"g(test|mock)/"),
    ("POSIX", r"(sys|arpa|netinet|net|linux)/|(unistd|fcntl|poll|signal|pthread|sched|netdb|dirent|dlfcn|termios|pwd|grp|syslog|errno|spawn|ifaddrs)\.h"),
]
ONE_FILE_ONLY = {"toml++", "date", "CLI11", "RE2"}
STANDARD = re.compile(r"^[a-z_0-9]+$|^[a-z]mmintrin\.h$")


class Table:
    """The rows of the floors table."""

    def __init__(self):
        self.floor = {}  # module -> position of its row's floor, for "all below"
        self.allowed = {}  # module -> set of modules and library names

    @staticmethod
    def parse(markdown):
        table, order, inside = Table(), {}, False
        for line in markdown.split("\n"):
            if line.startswith("## "):
                inside = line.strip() == "## Floors"
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if not inside or not line.startswith("|") or len(cells) != 4 or cells[0] in ("floor", "") or set(cells[0]) <= set("-:"):
                continue
            floor = order.setdefault(cells[0], len(order))
            words = [word.strip().strip("`") for word in re.split(r"[,;]", cells[3])]
            for module in re.findall(r"`([^`]+)`", cells[1]):
                table.floor[module] = floor
                table.allowed[module] = {word for word in words if word and word != "–"}
        return table

    def row_of(self, module):
        if module in self.allowed:
            return module
        return "roles/<role>" if module.startswith("roles/") and "roles/<role>" in self.allowed else None

    def may_include(self, module, other):
        row, other_row = self.row_of(module), self.row_of(other)
        allowed = self.allowed[row]
        if other in allowed or other_row in allowed:
            return True
        return "all below" in allowed and other_row is not None and self.floor[other_row] < self.floor[row]


def module_of(path):
    """src/sip/uri.hpp -> sip; src/roles/web/http.hpp -> roles/web."""
    parts = path.split("/")
    if parts[0] == "src":
        parts = parts[1:]
    return "/".join(parts[:2]) if parts[0] == "roles" and len(parts) > 2 else parts[0]


def library_of(header):
    for name, pattern in LIBRARIES:
        if re.match(pattern, header):
            return name
    return None if STANDARD.match(header) else header


def check_tree(table, modules, readmes):
    """Every module stands in the table and says in its README.md what it is."""
    for module in sorted(modules):
        where = f"src/{module}/module.cmake"
        if table.row_of(module) is None:
            yield "floors", where, 1, f"the floors table of ARCHITECTURE.md has no row for {module}"
        if module not in readmes:
            yield "module-readme", where, 1, f"src/{module}/README.md is missing: ten lines on what it is and its main types"


def check_needs(table, module, needs, used):
    """NEEDS of module.cmake: within the table, and no more than what is included."""
    where = f"src/{module}/module.cmake"
    if table.row_of(module) is None:
        return
    for need in sorted(needs):
        if not table.may_include(module, need):
            yield "floors", where, 1, f"NEEDS {need}, which the floors table does not allow {module}"
        elif need not in used:
            yield "needs", where, 1, f"NEEDS {need}, but nothing in {module} includes it"
    for other in sorted(used - needs - {module, "base"}):
        yield "needs", where, 1, f"{module} includes {other}: add it to NEEDS"


def check_includes(table, source):
    """One file of src/: its own header first, and nothing from above its floor."""
    module = module_of(source.path)
    row = table.row_of(module)
    if row is None:
        return
    own = re.sub(r"^src/(.*)\.cpp$", r"\1.hpp", source.path)
    includes = list(source.includes())
    paths = [path for _, _, path in includes]
    if source.path.endswith(".cpp") and own in paths and paths[0] != own:
        yield "include-order", source.path, includes[0][0], f'"{own}" comes first'
    for line, quoted, path in includes:
        if quoted:
            other = module_of(path)
            if other not in (module, "base") and not table.may_include(module, other):
                yield "floors", source.path, line, f"{module} may not include {other}"
            continue
        library = library_of(path)
        if library and library not in table.allowed[row] and library != "fmt":
            yield "floors", source.path, line, f"{module} may not include {library} (<{path}>)"


def check_single_users(sources):
    """Headers that cost seconds are included by one source file and by no header."""
    for library in sorted(ONE_FILE_ONLY):
        users = sorted({s.path for s in sources for _, quoted, path in s.includes() if not quoted and library_of(path) == library})
        for path in users:
            if path.endswith(".hpp"):
                yield "one-user", path, 1, f"{library} is included by one .cpp file, never by a header"
        for path in users[1:]:
            yield "one-user", path, 1, f"{library} is already included by {users[0]}"
