# SPDX-License-Identifier: GPL-3.0-or-later
"""What all Python tests share: `--pattern`, by which `./dev test PATTERN` picks tests."""
import fnmatch


def pytest_addoption(parser):
    parser.addoption("--pattern", help="run only tests whose name contains this")


def pytest_collection_modifyitems(config, items):
    pattern = config.getoption("--pattern")
    if pattern is None:
        return
    wanted = pattern.lower()
    chosen = [item for item in items if wanted in item.nodeid.lower() or fnmatch.fnmatch(item.nodeid.lower(), wanted)]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen
