from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from wandb_registry.engine.installation import Engine

ENGINE = Engine(Path("/opt/engine/pulumi"), (3, 259, 0), "built")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/usr/bin:/bin", "/opt/engine:/usr/bin:/bin"),
        ("/opt/engine:/bin", "/opt/engine:/bin"),
        ("/bin:/opt/engine", "/opt/engine:/bin"),
        ("", "/opt/engine"),
    ],
)
def test_the_engine_comes_first_on_path_and_only_once(path: str, expected: str) -> None:
    assert ENGINE.search_path(path) == expected


def test_a_run_knows_nothing_of_the_user_s_own_pulumi(tmp_path: Path) -> None:
    base = {"PATH": "/bin", "HOME": "/home/a", "PULUMI_ACCESS_TOKEN": "pul-secret", "PULUMI_STACK": "prod"}
    environment = ENGINE.environment(tmp_path / "home", passphrase="p", base=base)
    assert "pul-secret" not in environment.values()
    assert "PULUMI_STACK" not in environment
    assert environment["HOME"] == "/home/a"
    assert environment["PATH"] == "/opt/engine:/bin"
    assert environment["PULUMI_HOME"] == str(tmp_path / "home")
    assert environment["PULUMI_BACKEND_URL"] == f"file://{tmp_path}/home?metadata=skip"
    assert environment["PULUMI_CONFIG_PASSPHRASE"] == "p"
    assert environment["PULUMI_SKIP_UPDATE_CHECK"] == "true"
    assert environment["PULUMI_PYTHON_CMD"] == sys.executable
    assert (tmp_path / "home").is_dir()


def test_another_backend_and_this_process_s_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:1")
    environment = ENGINE.environment(tmp_path, backend="s3://bucket")
    assert environment["PULUMI_BACKEND_URL"] == "s3://bucket"
    assert environment["WANDB_BASE_URL"] == "http://127.0.0.1:1"
    assert os.environ.get("PULUMI_BACKEND_URL") != "s3://bucket"
