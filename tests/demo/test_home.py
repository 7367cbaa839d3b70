"""The demo's home: this machine only, and nothing of the user's in it."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from examples.demo.home import Home, NotLoopback, make_home, require_loopback, write_settings
from tests.engine.programs import fake_pulumi
from wandb_registry.engine.installation import Engine

URL = "http://127.0.0.1:4321"
KEY = "k" * 40


@pytest.fixture
def home(tmp_path: Path) -> Home:
    pulumi = fake_pulumi(tmp_path / "bin")
    return make_home(tmp_path / "demo", Engine(pulumi, (3, 259, 0), "path"))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://localhost:80/", "http://[::1]:5", "http://127.9.9.9:1"]
)
def test_addresses_of_this_machine(url: str) -> None:
    assert require_loopback(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "https://api.wandb.ai",
        "http://api.wandb.ai",
        "http://10.0.0.1:8080",
        "http://0.0.0.0:8080",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://127.0.0.1@example.com",
        "file:///etc/passwd",
        "127.0.0.1:8080",
        "",
    ],
)
def test_any_other_address_is_refused(url: str, home: Home) -> None:
    with pytest.raises(NotLoopback, match="on this machine only"):
        require_loopback(url)
    with pytest.raises(NotLoopback):
        home.environment(url, KEY)


def test_nothing_of_the_user_leaks_in(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = {
        "WANDB_API_KEY": "the user's",
        "WANDB_ENTITY": "the user's",
        "WANDB_MODE": "offline",
        "PULUMI_ACCESS_TOKEN": "the user's",
        "PULUMI_BACKEND_URL": "s3://the-users",
        "PULUMI_STACK": "the user's",
        "NETRC": "/the/users/netrc",
        "HTTPS_PROXY": "http://proxy.example.com",
        "http_proxy": "http://proxy.example.com",
        "XDG_CONFIG_HOME": "/the/users/config",
        "PYTHONPATH": "/the/users/modules",
        "AWS_SECRET_ACCESS_KEY": "the user's",
    }
    for name, value in foreign.items():
        monkeypatch.setenv(name, value)
    environment = home.environment(URL, KEY)
    for name, value in foreign.items():
        assert environment.get(name) != value
    assert environment["WANDB_API_KEY"] == KEY
    assert environment["WANDB_BASE_URL"] == URL
    places = [environment[name] for name in ("HOME", "NETRC", "PULUMI_HOME", "WANDB_DIR", "WANDB_CONFIG_DIR")]
    assert all(Path(place).is_relative_to(home.root) for place in places)
    assert environment["PULUMI_BACKEND_URL"] == f"{(home.root / 'state').as_uri()}?metadata=skip"
    assert environment["PATH"].split(os.pathsep)[0] == str(home.engine.directory)


def test_the_settings_are_for_the_user_alone_and_work_in_a_shell(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "the user's")
    write_settings(home, home.environment(URL, KEY))
    assert stat.S_IMODE(home.settings.stat().st_mode) == 0o600
    script = f'. {home.settings}; echo "$WANDB_BASE_URL|${{PULUMI_ACCESS_TOKEN-unset}}|$PWD"; pulumi version'
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"{URL}|unset|{home.project}", "v3.259.0"]
