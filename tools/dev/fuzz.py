# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the fuzz targets of build/fuzz, as many at once as there are processors, and says what came of it.

What breaks one is kept in tests/fuzz/corpus/TARGET as found_…, where the next run and the replays of `./dev test` meet it until it is mended. Inputs
that reached something new are kept in build/fuzz/corpus/TARGET, where the next run goes on. Exits 1 if there was a finding."""
import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "build/fuzz/tests/fuzz"
CORPORA = ROOT / "tests/fuzz/corpus"
GROWN = ROOT / "build/fuzz/corpus"
LONGEST_INPUT = {"dialog": 1000}
LONGEST_INPUT_ELSEWHERE = 8192
SECONDS_PER_INPUT = 10
SYMBOLIZER = "/usr/lib/llvm-19/bin/llvm-symbolizer"


@dataclasses.dataclass
class Outcome:
    target: str
    executions: int
    coverage: int
    new: int
    findings: list
    detail: str


def say(text):
    print(text, flush=True)


def all_targets():
    return sorted(path.stem.removeprefix("fuzz_") for path in (ROOT / "tests/fuzz").glob("fuzz_*.cpp"))


def found_in(folder):
    return {path.name for path in folder.glob("found_*")}


def hunt(target, seconds):
    folder, grown = CORPORA / target, GROWN / target
    grown.mkdir(parents=True, exist_ok=True)
    before = found_in(folder)
    command = [PROGRAMS / f"carillon_fuzz_{target}", f"-max_total_time={seconds}", f"-timeout={SECONDS_PER_INPUT}", "-len_control=0",
               f"-max_len={LONGEST_INPUT.get(target, LONGEST_INPUT_ELSEWHERE)}", "-print_final_stats=1", f"-artifact_prefix={folder}/found_",
               grown, folder]
    environment = os.environ | {"ASAN_SYMBOLIZER_PATH": SYMBOLIZER, "UBSAN_OPTIONS": "print_stacktrace=1", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, cwd=ROOT / "build/fuzz", env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace")
    executions = [int(number) for number in re.findall(r"stat::number_of_executed_units: *([0-9]+)", done.stdout)]
    coverage = [int(number) for number in re.findall(r" cov: ([0-9]+) ", done.stdout)]
    new = [int(number) for number in re.findall(r"stat::new_units_added: *([0-9]+)", done.stdout)]
    findings = sorted(found_in(folder) - before)
    if done.returncode and not findings:
        findings = [f"exit status {done.returncode}"]
    outcome = Outcome(target, sum(executions), max(coverage, default=0), sum(new), findings, done.stdout[-6000:] if findings else "")
    say(f"{target:>15}  {outcome.executions:>11,} executions  {outcome.coverage:>7,} edges  {outcome.new:>5} new inputs  "
        + ("FOUND " + ", ".join(findings) if findings else "nothing found"))
    return outcome


def main():
    arguments = argparse.ArgumentParser(prog="./dev fuzz", description=__doc__)
    arguments.add_argument("targets", nargs="*", metavar="TARGET", help="which of them; all when none is named")
    arguments.add_argument("--minutes", type=float, default=10 / 60, help="how long each target runs; 10 seconds unless told")
    given = arguments.parse_args()
    targets = given.targets or all_targets()
    if unknown := set(targets) - set(all_targets()):
        raise SystemExit(f"no such target: {', '.join(sorted(unknown))}; there are {', '.join(all_targets())}")
    seconds = max(1, round(given.minutes * 60))
    say(f"{len(targets)} targets, {seconds} s each")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(lambda target: hunt(target, seconds), targets))
    for outcome in outcomes:
        for finding in outcome.findings:
            say(f"\nFOUND by {outcome.target}: tests/fuzz/corpus/{outcome.target}/{finding}\n{outcome.detail}")
    findings = sum(len(outcome.findings) for outcome in outcomes)
    clean = sum(not outcome.findings for outcome in outcomes)
    say(f"{sum(outcome.executions for outcome in outcomes):,} executions, {findings} findings")
    if summary := os.environ.get("CARILLON_SUMMARY"):
        pathlib.Path(summary).write_text(f"{clean} {len(outcomes) - clean} 0\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
