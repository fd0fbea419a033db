# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs every test program of a build, the tidy tool's own tests and the black-box tests, adds up what they say and names the slowest.

Closes with the line `N passed, N failed, N skipped` and exits 1 if anything failed or nothing ran."""
import argparse
import concurrent.futures
import dataclasses
import fnmatch
import json
import os
import pathlib
import subprocess
import sys
import time
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM_SECONDS_MAX = 900
SHARED_BETWEEN_THREADS = {"base", "net", "journal", "roles/signalling"}
PYTEST_FOLDERS = ["tests/tidy", "tests/agents", "tests/header_view", "tests/blackbox"]


@dataclasses.dataclass
class Outcome:
    name: str
    result: str  # passed, failed or skipped
    seconds: float = 0.0
    detail: str = ""


def say(text):
    print(text, flush=True)


def matches(pattern, name):
    if pattern is None:
        return True
    lowered, wanted = name.lower(), pattern.lower()
    return wanted in lowered or fnmatch.fnmatch(lowered, wanted)


def environment():
    symbolizer = "/usr/lib/llvm-19/bin/llvm-symbolizer"
    return os.environ | {
        "LC_ALL": "C.UTF-8",
        "ASAN_OPTIONS": "abort_on_error=0:detect_stack_use_after_return=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "TSAN_OPTIONS": f"second_deadlock_stack=1:external_symbolizer_path={symbolizer}",
        "ASAN_SYMBOLIZER_PATH": symbolizer,
    }


def programs(preset):
    """The test programs of a build as (name, command): one of GoogleTest per module, and the fuzz targets, which replay their corpus."""
    build = ROOT / "build" / preset
    listing = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], capture_output=True, check=True)
    for test in json.loads(listing.stdout)["tests"]:
        if preset != "tsan" or test["name"] in SHARED_BETWEEN_THREADS:
            if "command" not in test:
                raise SystemExit(f"{test['name']}: its test program is not built; run ./dev build {preset}")
            yield test["name"], test["command"]


def select(module, command, pattern):
    """The --gtest_filter that runs the tests whose name contains the pattern, or None if there are none."""
    if pattern is None:
        return "*"
    listing = subprocess.run([*command, "--gtest_list_tests"], capture_output=True, text=True, env=environment())
    suite, chosen = "", []
    for line in listing.stdout.splitlines():
        name = line.split("#")[0].rstrip()
        if not name.startswith(" "):
            suite = name
        elif matches(pattern, f"{module}/{suite}{name.strip()}"):
            chosen.append(suite + name.strip())
    return ":".join(chosen) or None


def run_corpus(label, command):
    """Runs a fuzz target over its stored inputs: one test."""
    began = time.monotonic()
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, errors="replace",
                              env=environment(), timeout=PROGRAM_SECONDS_MAX)
        result, detail = "failed" if done.returncode else "passed", done.stdout[-4000:]
    except subprocess.TimeoutExpired:
        result, detail = "failed", f"no end within {PROGRAM_SECONDS_MAX} s"
    return [Outcome(label, result, time.monotonic() - began, detail)]


def run_program(label, command, gtest_filter, report):
    """Runs one GoogleTest program and returns its outcomes."""
    report.unlink(missing_ok=True)
    began = time.monotonic()
    try:
        done = subprocess.run(
            [*command, f"--gtest_filter={gtest_filter}", f"--gtest_output=json:{report}"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, errors="replace",
            env=environment(), timeout=PROGRAM_SECONDS_MAX)
        output, status = done.stdout, done.returncode
    except subprocess.TimeoutExpired as stuck:
        output, status = (stuck.stdout or b"").decode(errors="replace"), f"no end within {PROGRAM_SECONDS_MAX} s"
    outcomes = []
    if report.exists():
        for suite in json.loads(report.read_text())["testsuites"]:
            for test in suite["testsuite"]:
                if test["status"] != "RUN":
                    continue
                name = f"{label}/{suite['name']}.{test['name']}"
                failures = "\n".join(failure["failure"] for failure in test.get("failures", []))
                result = "failed" if failures else "skipped" if test["result"] == "SKIPPED" else "passed"
                outcomes.append(Outcome(name, result, float(test["time"].rstrip("s")), failures))
    if status != 0 and not any(outcome.result == "failed" for outcome in outcomes):
        tail = "\n".join(output.splitlines()[-60:])
        outcomes.append(Outcome(f"{label} (the program)", "failed", time.monotonic() - began, f"exit status {status}\n{tail}"))
    return outcomes


def run_programs(preset, pattern):
    reports = ROOT / "build" / preset / "reports"
    reports.mkdir(parents=True, exist_ok=True)
    outcomes = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        running = []
        for module, command in programs(preset):
            if module.startswith("fuzz_"):
                if matches(pattern, module):
                    running.append(pool.submit(run_corpus, f"{preset}/{module}", command))
                continue
            gtest_filter = select(module, command, pattern)
            if gtest_filter is not None:
                report = reports / (module.replace("/", "_") + ".json")
                running.append(pool.submit(run_program, f"{preset}/{module}", command, gtest_filter, report))
        for job in running:
            outcomes += job.result()
    return outcomes


def run_pytest(pattern):
    """Runs the Python tests with Debian's own pytest and reads its report."""
    folders = [folder for folder in PYTEST_FOLDERS if (ROOT / folder).is_dir()]
    report = ROOT / "build/pytest.xml"
    report.unlink(missing_ok=True)
    command = ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider",
               f"--rootdir={ROOT}", f"--junitxml={report}", *folders]
    if pattern is not None:
        command += ["--pattern", pattern]
    done = subprocess.run(command, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    outcomes = []
    if report.exists():
        for case in xml.etree.ElementTree.parse(report).iter("testcase"):
            name = f"{case.get('classname', '').replace('.', '/')}::{case.get('name')}"
            bad = [child for child in case if child.tag in ("failure", "error")]
            skipped = case.find("skipped")
            result = "failed" if bad else "skipped" if skipped is not None else "passed"
            detail = "\n".join(child.text or "" for child in bad) or (skipped.get("message", "") if skipped is not None else "")
            outcomes.append(Outcome(name, result, float(case.get("time", 0)), detail))
    if done.returncode not in (0, 1, 5) or (done.returncode == 1 and all(outcome.result != "failed" for outcome in outcomes)):
        outcomes.append(Outcome("pytest", "failed", 0, done.stdout[-6000:]))
    return outcomes


def conclude(outcomes, summary):
    for outcome in outcomes:
        if outcome.result == "failed":
            say(f"\nFAILED {outcome.name}\n{outcome.detail}")
    for outcome in outcomes:
        if outcome.result == "skipped":
            say(f"skipped {outcome.name}: {outcome.detail}")
    say("\nslowest:")
    for outcome in sorted(outcomes, key=lambda each: -each.seconds)[:10]:
        say(f"  {outcome.seconds:8.2f} s  {outcome.name}")
    counts = [sum(outcome.result == result for outcome in outcomes) for result in ("passed", "failed", "skipped")]
    if summary:
        pathlib.Path(summary).write_text(" ".join(map(str, counts)) + "\n")
    if not outcomes:
        say("no test has that name")
    say("{} passed, {} failed, {} skipped".format(*counts))
    return 0 if counts[0] and not counts[1] else 1


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("presets", nargs="+", choices=["release", "debug", "asan", "tsan"])
    arguments.add_argument("--pattern", help="run only tests whose name contains this")
    arguments.add_argument("--summary", help="write the three counts to this file too", default=os.environ.get("CARILLON_SUMMARY"))
    given = arguments.parse_args()
    outcomes = []
    for preset in given.presets:
        say(f"running the tests of build/{preset}")
        outcomes += run_programs(preset, given.pattern)
        if preset == "release":
            say("running the Python tests")
            outcomes += run_pytest(given.pattern)
    return conclude(outcomes, given.summary)


if __name__ == "__main__":
    sys.exit(main())
