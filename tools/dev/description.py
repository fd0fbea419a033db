# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the API's description, as the running platform gives it, against the rules of OpenAPI and of good descriptions with Redocly's linter. A warning is
a fault too. Exits 1 when there is one, or when the linter cannot be had."""
import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import npm

ROOT = pathlib.Path(__file__).resolve().parents[2]
REDOCLY = ("redocly", "@redocly/cli", "2.77.0")
RULES = "recommended-strict"
LINT_SECONDS_MAX = 60
OPERATIONS_MIN = 50
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
sys.path[:0] = [str(ROOT / "tests/blackbox"), str(ROOT / "tests")]


def ask(folder):
    """The description as the running platform gives it to anybody."""
    import exchange  # noqa: PLC0415 - from the tests
    running = exchange.Exchange(folder / "exchange").start()
    try:
        status, _, description = running.request("GET", "/api/v1/openapi.json", headers={})
    finally:
        running.stop()
    if status != 200:
        raise SystemExit(f"description: the platform answers {status}")
    return description


def lint(redocly, folder, description):
    """The problems that the linter finds; it runs where no configuration of its own lies."""
    path = folder / "openapi.json"
    path.write_text(json.dumps(description, indent=1))
    done = subprocess.run([redocly, "lint", f"--extends={RULES}", "--format=json", "--max-problems=1000", path.name], cwd=folder, env=os.environ | QUIET,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LINT_SECONDS_MAX)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        raise SystemExit(f"description: the linter did not report:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}") from None
    problems = report["problems"]
    if (done.returncode == 0) != (not problems):
        raise SystemExit(f"description: the linter ended with {done.returncode} and {len(problems)} problems")
    return problems


def broken(description):
    """The same with a reference to nothing: a linter that takes this one has looked at nothing."""
    made = copy.deepcopy(description)
    operation = next(iter(next(iter(made["paths"].values())).values()))
    operation["responses"]["200"] = {"$ref": "#/components/responses/NoSuchThing"}
    return made


def operations(description):
    return sum(len([name for name in path if name in ("get", "put", "post", "delete", "patch")]) for path in description["paths"].values())


def main():
    redocly = npm.install(*REDOCLY)
    with tempfile.TemporaryDirectory(prefix="carillon-description-") as name:
        folder = pathlib.Path(name)
        description = ask(folder)
        count = operations(description)
        if count < OPERATIONS_MIN:
            raise SystemExit(f"description: {count} operations, and at least {OPERATIONS_MIN} are expected")
        if not lint(redocly, folder, broken(description)):
            raise SystemExit("description: the linter takes a reference to nothing")
        problems = lint(redocly, folder, description)
    for problem in problems:
        where = problem["location"][0].get("pointer", "") if problem.get("location") else ""
        print(f"{problem['severity']}: {problem['ruleId']} at {where}: {problem['message']}")
    print(f"description: {count} operations, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
