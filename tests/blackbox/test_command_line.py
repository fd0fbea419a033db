# SPDX-License-Identifier: GPL-3.0-or-later
"""Goal: the commands answer with the exit status they promise, name every fault, and say what to do."""
import subprocess

import exchange as exchange_module
import pytest
import ports


def carillon(*words, folder=None):
    return subprocess.run([exchange_module.BINARY, *map(str, words)], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, cwd=folder)


@pytest.fixture
def configuration(tmp_path):
    path = tmp_path / "carillon.toml"
    path.write_text(f'[data]\ndir = "{tmp_path}/data"\n\n[sip.users]\naddress = "127.0.0.1"\nport = {ports.free()}\ntls_port = {ports.free()}\n\n[http]\nport = {ports.free()}\n\n'
                    f'[metrics]\nport = {ports.free()}\n')
    return path


@pytest.mark.parametrize("words, status", [(["--help"], 0), ([], 2), (["fly"], 2), (["serve"], 2), (["demo", "--subscribers", "-1"], 2),
                                           (["ctl", "calls", "--limit", "5"], 2), (["ctl", "calls", "--ended", "--limit", "0"], 2),
                                           (["ctl", "calls", "--ended", "--hang-up", "0" * 32], 2),
                                           (["ctl", "trace"], 2)])
def test_usage(words, status):
    done = carillon(*words)
    assert done.returncode == status, done.stderr
    assert status == 0 or done.stderr.startswith("carillon")


@pytest.mark.parametrize("words", [["serve", "--config", "x", "--roles", "edge"]])
def test_what_is_yet_to_come_says_so(words):
    done = carillon(*words)
    assert done.returncode == 2 and "not in this version" in done.stderr


def test_the_data_is_for_the_platforms_user_alone(configuration, tmp_path):
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    assert carillon("init", "--config", configuration).returncode == 0
    modes = {path.name: path.stat().st_mode & 0o077 for path in [data, *data.rglob("*")]}
    assert set(modes.values()) == {0}, modes


def test_check_accepts_a_sound_file(configuration):
    assert carillon("check", "--config", configuration).returncode == 0


def test_check_names_every_fault_with_its_line(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text('[sip.users]\nprot = 5060\nport = 99999\naddress = "nowhere"\n\n[redis]\nurl = "redis://127.0.0.1"\n')
    done = carillon("check", "--config", path)
    assert done.returncode == 2
    lines = done.stderr.strip().splitlines()
    assert [f":{number}:" in line for number, line in zip((2, 3, 4, 7), sorted(lines))] == [True] * 4, done.stderr


def test_init_makes_a_platform_once_and_check_finds_it(configuration):
    first = carillon("init", "--config", configuration)
    assert first.returncode == 0, first.stderr
    assert "admin" in first.stdout
    again = carillon("init", "--config", configuration)
    assert again.returncode == 1 and again.stderr


def test_the_demo_refuses_the_world(tmp_path):
    done = carillon("demo", "--data", tmp_path / "data", "--set", "sip.users.address=0.0.0.0")
    assert done.returncode == 2 and "loopback" in done.stderr


def test_what_the_demo_prints_to_try_works_as_written(exchange, tmp_path):
    printed = exchange.log().split("  Try ")[1].split("\n\n")[0]
    commands = [line.strip() for line in printed.splitlines() if "--data" in line or "curl" in line]
    assert len(commands) >= 4
    for command in commands:
        done = subprocess.run(["bash", "-c", command.replace("curl ", "curl -sf ")], capture_output=True, text=True, timeout=30, cwd=tmp_path)
        assert done.returncode == 0, (command, done.stderr)


def test_explain_says_where_and_why(exchange):
    data = ("--data", exchange.data)
    done = carillon("explain", *data, "--from", "alice", "--to", "102")
    assert done.returncode == 0, done.stderr
    assert "102" in done.stdout and "bob" in done.stdout.lower(), done.stdout
    assert carillon("explain", *data, "--from", "alice", "--to", "199").returncode == 0


def test_serve_refuses_a_demos_directory(tmp_path, configuration):
    demo = exchange_module.Exchange(tmp_path / "demo").start()
    assert demo.stop() == 0
    done = carillon("serve", "--config", configuration, "--data", demo.data)
    assert done.returncode != 0 and "demo" in done.stderr, done.stderr


def test_media_is_commanded_where_the_operator_says(tmp_path):
    path = tmp_path / "relay.sock"
    running = exchange_module.Exchange(tmp_path / "demo", f"media.control=unix:{path}").start()  # Ready: signalling has found media.
    try:
        assert path.is_socket() and not (running.data / "run/media-control.sock").exists()
    finally:
        assert running.stop() == 0


def test_media_control_over_udp_is_yet_to_come(tmp_path):
    file = tmp_path / "carillon.toml"
    file.write_text('[media]\ncontrol = "udp:127.0.0.1:22222"\n')
    done = carillon("check", "--config", file)
    assert done.returncode == 2 and ":2:" in done.stderr and "not in this version" in done.stderr, done.stderr


@pytest.mark.parametrize("words", [["calls"], ["calls", "--ended"], ["registrations"]])
def test_ctl_without_a_platform_says_so(configuration, words):
    done = carillon("ctl", "--config", configuration, *words)
    assert done.returncode == 1 and "running" in done.stderr


def test_a_served_platform_starts_and_ends(configuration):
    assert carillon("init", "--config", configuration).returncode == 0
    served = subprocess.Popen([exchange_module.BINARY, "serve", "--config", configuration], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        for line in served.stdout:
            if "carillon ready" in line or "event=ready" in line:
                break
        else:
            raise AssertionError("it ended before it was ready")
        for words in (["registrations"], ["calls"], ["calls", "--ended"]):
            assert carillon("ctl", "--config", configuration, *words).returncode == 0
    finally:
        served.terminate()
    assert served.wait(20) == 0
    served.stdout.close()


@pytest.mark.parametrize("setting", ["database.url=postgresql://carillon:hunter2@/x", "smtp.url=smtp://pbx:hunter2@mail.example"])
def test_a_password_is_not_taken_where_everybody_can_read_it(configuration, setting):
    done = carillon("check", "--config", configuration, "--set", setting)
    assert done.returncode == 2 and setting.split("=")[0] in done.stderr and "hunter2" not in done.stderr + done.stdout


@pytest.mark.parametrize("settings, status", [(["smtp.url=smtp://mail.example", "smtp.from=Carillon <pbx@example.com>"], 0), (["smtp.url=smtp://mail.example"], 2),
                                              (["smtp.url=smtp://mail.example", "smtp.from=pbx"], 2), (["smtp.url=smtp://", "smtp.from=pbx@example.com"], 2),
                                              (["outbound.allowed_networks=127.0.0.1,10.0.0.0/8"], 0), (["outbound.allowed_networks=10.0.0.1/8"], 2)])
def test_check_knows_mail_and_networks(configuration, settings, status):
    done = carillon("check", "--config", configuration, *[word for setting in settings for word in ("--set", setting)])
    assert done.returncode == status, done.stderr
