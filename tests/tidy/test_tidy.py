# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: the tidy rules find every fault that was planted, at its line, and leave sound code alone."""
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
TIDY = HERE.parents[1] / "tools/tidy"


def tidy(root, *options):
    """The faults of a tree as `path:line rule`, and the exit status."""
    done = subprocess.run([sys.executable, "-B", TIDY, root, *options], capture_output=True, text=True)
    assert not done.stderr, done.stderr
    found = [line.split(": ")[:2] for line in done.stdout.splitlines() if not line.startswith(("tidy: ", "wrote "))]
    return [f"{place} {rule}" for place, rule in found], done.returncode


def test_planted_faults_are_found():
    found, status = tidy(HERE / "planted")
    expected = (HERE / "planted.expected").read_text().splitlines()
    assert sorted(found) == sorted(expected)
    assert status == 1


def test_sound_code_passes():
    assert tidy(HERE / "clean") == ([], 0)


def test_an_exception_silences_its_rule_only(tmp_path):
    (tmp_path / "ARCHITECTURE.md").write_text((HERE / "clean/ARCHITECTURE.md").read_text())
    (tmp_path / "src/sip").mkdir(parents=True)
    (tmp_path / "tools/tidy").mkdir(parents=True)
    (tmp_path / "src/sip/a.cpp").write_text("// SPDX-License-Identifier: GPL-3.0-or-later\n// A file that asks the clock.\nint x = std::time(nullptr);\n"
                                            "auto y = steady_clock::now();\nstd::regex z;\n")
    (tmp_path / "tools/tidy/allow.toml").write_text('[[allow]]\nrule = "clock"\nwhere = "src/sip/a.cpp"\nreason = "The clock is what is tested here."\n')
    assert tidy(tmp_path)[0] == ["src/sip/a.cpp:5 regex"]


def test_rfc_table_names_sections_and_files(tmp_path):
    tidy(HERE / "clean", "--docs", tmp_path)
    assert "| 3261 | 19.1.1 | `src/sip/uri.hpp` |  |" in (tmp_path / "rfc.md").read_text()


def test_the_work_tree_is_read_within_seconds():
    began = time.monotonic()
    tidy(HERE.parents[1])
    assert time.monotonic() - began < 20
