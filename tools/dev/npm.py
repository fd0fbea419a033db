# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs from the npm registry, of one version each, in build/npm. None of their packages' own scripts is run while they are installed."""
import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
NPM = ROOT / "build/npm"
INSTALL_SECONDS_MAX = 180


def installed_version(package):
    try:
        return json.loads((NPM / "node_modules" / package / "package.json").read_text())["version"]
    except (OSError, ValueError, KeyError):
        return None


def install(command, package, version):
    """The path of the program `command` of that package. Whoever calls ends here when it cannot be had: what cannot be checked has not passed."""
    program = NPM / "node_modules/.bin" / command
    if installed_version(package) == version and program.exists():
        return program
    wanted = f"{package}@{version}"
    print(f"npm: installing {wanted} into build/npm", flush=True)
    NPM.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--save-exact", "--fetch-retries=2", "--fetch-retry-mintimeout=2000",
                               "--fetch-retry-maxtimeout=5000", "--prefix", NPM, wanted], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", timeout=INSTALL_SECONDS_MAX)
        said, is_there = done.stdout, done.returncode == 0 and installed_version(package) == version and program.exists()
    except subprocess.TimeoutExpired:
        said, is_there = f"no end within {INSTALL_SECONDS_MAX} s", False
    except FileNotFoundError:
        said, is_there = "there is no program npm", False
    if not is_there:
        raise SystemExit(f"{said[-3000:].strip()}\nnpm: {wanted} cannot be installed (is the npm registry reachable?), so nothing was checked")
    return program
