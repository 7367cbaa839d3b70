from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from wandb_registry.cli.env import Shell, own_shell, path_line
from wandb_registry.cli.main import main
from wandb_registry.engine import provide
from wandb_registry.engine.errors import EngineMissing
from wandb_registry.engine.installation import Engine


def stand_in(monkeypatch: pytest.MonkeyPatch, origin: str = "built") -> dict[str, object]:
    """No engine is looked for; the result tells how it was asked for."""
    asked: dict[str, object] = {}

    def provide_engine(**options: object) -> Engine:
        asked.update(options)
        return Engine(Path("/opt/engine/pulumi"), (3, 259, 0), origin)  # type: ignore[arg-type]

    monkeypatch.setattr(provide, "provide_engine", provide_engine)
    return asked


@pytest.mark.parametrize("name", ["plain", "with space", "it's", "$HOME`x`", 'a"b'])
def test_the_line_survives_a_shell(tmp_path: Path, name: str) -> None:
    line = path_line(tmp_path / name, Shell.SH)
    done = subprocess.run(
        ["sh", "-c", f'{line}; printf %s "$PATH"'],
        env={"PATH": "/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{tmp_path / name}:/bin"


def test_the_lines_of_the_other_shells() -> None:
    folder = Path("/a user's/bin")
    assert path_line(folder, Shell.FISH) == r"set -gx PATH '/a user\'s/bin' $PATH"
    assert path_line(folder, Shell.POWERSHELL) == (
        "$env:PATH = '/a user''s/bin' + [IO.Path]::PathSeparator + $env:PATH"
    )


@pytest.mark.parametrize(
    ("variable", "shell"),
    [("/bin/bash", Shell.SH), ("/usr/bin/fish", Shell.FISH), ("/opt/pwsh", Shell.POWERSHELL), ("", Shell.SH)],
)
def test_the_user_s_shell_is_known(variable: str, shell: Shell) -> None:
    assert own_shell(variable) is shell


def test_only_the_line_goes_to_stdout(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = stand_in(monkeypatch)
    monkeypatch.setenv("SHELL", "/bin/bash")
    assert main(["env"]) == 0
    assert capsys.readouterr() == ('export PATH=/opt/engine:"$PATH"\n', "")
    assert asked == {"build": True}


def test_a_named_shell_wins(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    stand_in(monkeypatch)
    assert main(["env", "--shell", "fish"]) == 0
    assert capsys.readouterr().out == "set -gx PATH '/opt/engine' $PATH\n"


def test_the_user_s_own_engine_needs_no_change(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(monkeypatch, "path")
    assert main(["env", "--install"]) == 0
    assert capsys.readouterr().out == "# pulumi 3.259.0 at /opt/engine/pulumi is on PATH and will do\n"


def test_building_can_be_declined(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = stand_in(monkeypatch)
    assert main(["env", "--no-install"]) == 0
    assert asked == {"build": False}


def test_without_any_engine_stdout_stays_empty(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert main(["env"]) == EngineMissing.exit_code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: No usable Pulumi engine: pulumi is not on PATH; go")
    assert len(said.err.splitlines()) == 1
    assert os.listdir(tmp_path) == []
