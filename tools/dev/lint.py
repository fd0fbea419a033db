# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that is checked without running a test: layout, the tidy rules, every header compiled alone, clang-tidy on what changed.

A file that passed is remembered by its content (in build/lint), so a second run with nothing changed takes seconds."""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
MEMORY = ROOT / "build/lint"
BUILD = ROOT / "build/release"


def say(text):
    print(f"lint: {text}", flush=True)


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True).stdout.split("\n")


def sources():
    listed = git("ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", "*.cpp", "*.hpp", ":!tests/tidy")
    return [path for path in listed if path and (ROOT / path).is_file()]


def run(command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", env=os.environ | {"CCACHE_NOHASHDIR": "1"})


def check_format(paths):
    done = run(["clang-format-19", "--dry-run", "-Werror", *paths])
    if done.returncode == 0:
        return []
    bad = sorted({line.split(":")[0] for line in done.stderr.splitlines() if ": error: " in line})
    return [f"{os.path.relpath(path, ROOT)}: not formatted; run ./dev fmt" for path in bad] or [done.stderr]


def check_rules():
    done = run([sys.executable, "-B", "tools/tidy"])
    return [] if done.returncode == 0 else (done.stdout + done.stderr).strip().splitlines()


def check_scripts():
    scripts = ["dev", ".ci/run", "tools/dev/fresh", *(str(path.relative_to(ROOT)) for path in (ROOT / "tools").rglob("*.sh"))]
    return [done.stderr for done in (run(["bash", "-n", script]) for script in scripts if (ROOT / script).exists()) if done.returncode]


def flags():
    """The compile commands by file, and those of any file of ours for headers."""
    commands = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        commands[os.path.relpath(entry["file"], ROOT)] = shlex.split(entry["command"])
    return commands


def remembered(kind, path, command):
    """The stamp that a file leaves when it passed with this content, these flags and these checks."""
    digest = hashlib.sha256(" ".join(command).encode())
    for part in (ROOT / path, ROOT / ".clang-tidy"):
        digest.update(part.read_bytes())
    return MEMORY / kind / f"{path.replace('/', '-')}.{digest.hexdigest()[:24]}"


def check_each(kind, jobs):
    """Runs (path, stamp, command) jobs on all cores; those whose stamp exists are skipped, and a stamp of None never does."""
    (MEMORY / kind).mkdir(parents=True, exist_ok=True)
    waiting = [job for job in jobs if job[1] is None or not job[1].exists()]

    def one(job):
        path, stamp, command = job
        done = run(command)
        if done.returncode == 0:
            if stamp:
                stamp.touch()
            return []
        return [f"{path}: {kind}\n" + "\n".join((done.stdout + done.stderr).strip().splitlines()[:40])]

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return [fault for faults in pool.map(one, waiting) for fault in faults]


def check_headers(paths):
    """Each header compiles alone: whoever includes it needs nothing else first."""
    units = MEMORY / "units"
    units.mkdir(parents=True, exist_ok=True)
    ccache = [shutil.which("ccache")] if shutil.which("ccache") else []
    jobs = []
    for path in paths:
        if not path.endswith(".hpp"):
            continue
        root = "tests" if path.startswith("tests/") else "bench" if path.startswith("bench/") else "src"
        unit = units / (path.replace("/", "-") + ".cpp")
        line = f'#include "{os.path.relpath(path, root)}"\n'
        if not unit.exists() or unit.read_text() != line:
            unit.write_text(line)
        # Compiled, not only parsed: then ccache, which sees every included header, says whether anything changed.
        command = [*ccache, "clang++-19", "-std=c++23", "-O0", "-Isrc", "-Itests", "-Ibench", "-Wall", "-Wextra", "-Werror",
                   "-Wno-missing-field-initializers", '-DCARILLON_TEST_DATA=""', "-c", str(unit), "-o", str(unit.with_suffix(".o"))]
        jobs.append((path, None, command))
    return check_each("header alone", jobs)


def changed(paths):
    """The files that differ from origin/main; on origin/main itself, those of the last ten commits."""
    commit = {name: git("rev-parse", "--verify", "-q", name)[0] for name in ("HEAD", "origin/main", "HEAD~10")}
    base = commit["origin/main"] if commit["origin/main"] != commit["HEAD"] else ""
    base = base or commit["HEAD~10"] or git("rev-list", "--max-parents=0", "HEAD")[0]
    names = set(git("diff", "--name-only", base)) | set(git("ls-files", "--others", "--exclude-standard"))
    return [path for path in paths if path in names]


def check_clang_tidy(paths, everything):
    chosen = paths if everything else changed(paths)
    commands = flags()
    jobs = []
    for path in chosen:
        if path in commands:
            command = ["clang-tidy-19", "--quiet", "-p", str(BUILD), path]
            jobs.append((path, remembered("clang-tidy", path, commands[path]), command))
    return check_each("clang-tidy", jobs)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--all", action="store_true", help="clang-tidy on every file, not only on those that differ from origin/main")
    given = arguments.parse_args()
    paths = sources()
    faults = []
    for name, check in (("format", lambda: check_format(paths)), ("rules", check_rules), ("scripts", check_scripts),
                        ("headers alone", lambda: check_headers(paths)), ("clang-tidy", lambda: check_clang_tidy(paths, given.all))):
        began = time.monotonic()
        found = check()
        say(f"{name}: {f'{len(found)} faults' if found else 'ok'} ({time.monotonic() - began:.1f} s)")
        faults += found
    for fault in faults:
        print(fault)
    say(f"{len(faults)} faults" if faults else "all is well")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
