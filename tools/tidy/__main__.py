# SPDX-License-Identifier: GPL-3.0-or-later
"""The style test: reads the work tree and prints every fault as `file:line: rule: what to do`. `--docs DIR` writes the RFC table."""
import argparse
import pathlib
import re
import subprocess
import sys

import allow
import cpp
import floors
import manual
import rfc
import sizes
import statements
import words

TEXT_ENDINGS = (".cpp", ".hpp", ".py", ".cmake", ".sh", ".sql", ".md", ".toml", ".txt", ".json", ".flow", ".xml", ".conf", ".service")


class Tree:
    """The files of a work tree by path: those that git tracks or would track, or all of a planted tree in a test."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        if (self.root / ".git").exists():
            paths = subprocess.run(["git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate"],
                                   capture_output=True, text=True, check=True).stdout.split("\n")
        else:
            paths = [str(path.relative_to(root)) for path in self.root.rglob("*")]
        self.paths = sorted(path for path in paths if path and (self.root / path).is_file() and not path.startswith(("tests/tidy/planted/", "tests/tidy/clean/")))

    def read(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def is_text(self, path):
        if path.startswith(("tests/data/", "tests/fuzz/corpus/", "tests/tidy/")) or path == "COPYING":
            return False
        return path.endswith(TEXT_ENDINGS) or "." not in path.split("/")[-1]


def needs_of(text):
    match = re.search(r"carillon_module\(\s*\S+\s*(.*?)\)", text, re.S)
    if match is None:
        return None  # A program of its own, like main.
    found = re.search(r"\bNEEDS((?:\s+(?!LIBS\b|TEST_NEEDS\b)[\w/]+)*)", " " + match.group(1))
    return set(found.group(1).split()) if found else set()


def check_sources(sources, table):
    for source in sources:
        yield from sizes.check(source)
        yield from words.check_calls(source)
        yield from words.check_comments(source)
        yield from statements.check_awaits(source)
        if not source.path.startswith("tests/"):
            yield from statements.check_sql(source)
        if source.path.startswith("src/"):
            yield from floors.check_includes(table, source)
        yield from rfc.check(source.path, [(source.line_of(offset), text) for offset, text in source.comments])


def check_modules(tree, sources, table):
    modules = {floors.module_of(path): path for path in tree.paths if path.startswith("src/") and path.endswith("/module.cmake")}
    readmes = {floors.module_of(path) for path in tree.paths if path.startswith("src/") and path.endswith("/README.md")}
    yield from floors.check_tree(table, modules, readmes)
    for module, path in modules.items():
        used = {floors.module_of(other) for source in sources if source.path.startswith("src/") and floors.module_of(source.path) == module
                for _, quoted, other in source.includes() if quoted}
        needs = needs_of(tree.read(path))
        if needs is not None:
            yield from floors.check_needs(table, module, needs, used)
    yield from floors.check_single_users(sources)


def faults_of(tree):
    sources = [cpp.Source(path, tree.read(path)) for path in tree.paths
               if path.endswith((".cpp", ".hpp")) and path.startswith(("src/", "tests/", "bench/"))]
    table = floors.Table.parse(tree.read("ARCHITECTURE.md") if "ARCHITECTURE.md" in tree.paths else "")
    if not table.allowed:
        yield "floors", "ARCHITECTURE.md", 1, "there is no floors table to read"
    for path in tree.paths:
        yield from words.check_name(path)
        if tree.is_text(path):
            text = tree.read(path)
            yield from words.check_head(path, text)
            if not path.startswith("tools/tidy/"):
                yield from words.check_text(path, text)
        if path.startswith("migrations/") and path.endswith(".sql"):
            yield from statements.check_migration(path, tree.read(path))
    if manual.KEYS in tree.paths:
        yield from manual.check(tree.read(manual.KEYS), tree.read(manual.PAGE) if manual.PAGE in tree.paths else "")
    yield from check_modules(tree, sources, table)
    yield from check_sources(sources, table)


def write_docs(tree, folder):
    cited = {}
    for path in tree.paths:
        if path.endswith((".cpp", ".hpp")) and path.startswith(("src/", "tests/")):
            source = cpp.Source(path, tree.read(path))
            cited[path] = [(source.line_of(offset), text) for offset, text in source.comments]
    target = pathlib.Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    (target / "rfc.md").write_text(rfc.table(cited))
    print(f"wrote {target / 'rfc.md'}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("root", nargs="?", default=str(pathlib.Path(__file__).resolve().parents[2]))
    arguments.add_argument("--docs", help="write the generated pages to this folder instead")
    given = arguments.parse_args()
    tree = Tree(given.root)
    if given.docs:
        write_docs(tree, given.docs)
        return 0
    allowed = allow.AllowList(tree.read("tools/tidy/allow.toml") if "tools/tidy/allow.toml" in tree.paths else "")
    faults = [fault for fault in faults_of(tree) if not allowed.covers(fault[0], fault[1])]
    faults += list(allowed.check())
    for rule, where, line, sentence in sorted(faults, key=lambda fault: (fault[1], fault[2])):
        path, _, symbol = where.partition(":")
        print(f"{path}:{line}: {rule}: {symbol + ': ' if symbol else ''}{sentence}")
    print(f"tidy: {len(tree.paths)} files, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
