from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.engine.programs import program
from tests.engine.waiting import wait_for
from wandb_registry.engine import interpreters
from wandb_registry.engine.interpreters import Children, VirtualEnvironmentMissing, activate, interpreter_of


def info(root: Path, **options: str) -> SimpleNamespace:
    return SimpleNamespace(root_directory=str(root), options=options)


def test_without_an_option_it_is_the_host_s_own_interpreter(tmp_path: Path) -> None:
    assert interpreter_of(info(tmp_path)) == Path(sys.executable)


@pytest.mark.parametrize("absolute", [True, False])
def test_the_option_is_relative_to_the_project_s_root(tmp_path: Path, absolute: bool) -> None:
    python = program(tmp_path / "env/bin", "python", "")
    name = str(tmp_path / "env") if absolute else "env"
    assert interpreter_of(info(tmp_path, virtualenv=name)) == python


def test_a_missing_virtual_environment_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        VirtualEnvironmentMissing, match=rf"'\.venv'.*{tmp_path}/\.venv/bin/python.*make install"
    ):
        interpreter_of(info(tmp_path, virtualenv=".venv"))


def test_activation_is_what_the_virtual_environment_s_own_script_does(tmp_path: Path) -> None:
    python = program(tmp_path / "env/bin", "python", "")
    (tmp_path / "env/pyvenv.cfg").touch()
    active = activate({"PATH": "/bin", "PYTHONHOME": "/usr", "OTHER": "x"}, python)
    assert active == {"PATH": f"{python.parent}:/bin", "OTHER": "x", "VIRTUAL_ENV": str(tmp_path / "env")}


def test_a_plain_interpreter_activates_nothing(tmp_path: Path) -> None:
    assert "VIRTUAL_ENV" not in activate({}, program(tmp_path / "bin", "python", ""))


def test_a_child_is_in_a_group_of_its_own_so_that_interrupts_pass_it_by() -> None:
    child = Children().start(["sleep", "600"], "", os.environ)
    try:
        assert os.getpgid(child.pid) == child.pid != os.getpgid(0)
    finally:
        child.kill()
        child.wait()


def test_a_stubborn_child_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreters, "_GRACE_SECONDS", 0.1)
    ready = tmp_path / "ready"
    children = Children()
    child = children.start(
        ["sh", "-c", f"trap '' TERM; touch '{ready}'; while :; do sleep 0.02; done"], "", os.environ
    )
    wait_for(ready.exists, "the child")
    children.end_all()
    assert child.wait() == -9


def test_after_the_end_no_child_starts() -> None:
    children = Children()
    children.end_all()
    with pytest.raises(ProcessLookupError):
        children.start(["true"], "", os.environ)


def test_ending_an_ended_child_is_nothing() -> None:
    children = Children()
    child = children.start(["true"], "", os.environ)
    child.wait()
    children.end(child)
    children.forget(child)
    children.end_all()
    assert child.returncode == 0
