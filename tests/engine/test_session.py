"""Commands of a workspace, on a stand-in for `pulumi`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.engine.programs import program
from tests.engine.waiting import wait_for
from wandb_registry.engine.errors import PulumiFailed, PulumiTimedOut
from wandb_registry.engine.session import Engine, Workspace


def workspace(folder: Path, body: str, echo: list[str] | None = None) -> Workspace:
    pulumi = program(folder / "bin", "pulumi", body)
    engine = Engine(pulumi, (3, 259, 0), "path")
    return Workspace(engine, folder, os.environ, echo.append if echo is not None else None)


def test_a_command_runs_in_the_project_without_asking(tmp_path: Path) -> None:
    done = workspace(tmp_path, 'pwd; echo "$*"; echo why >&2').up("--target", "urn")
    assert (
        done.stdout == f"{tmp_path}\nup --yes --skip-preview --target urn --non-interactive --color never\n"
    )
    assert done.stderr == "why\n"
    assert done.output == done.stdout + done.stderr
    assert done.exit_code == 0


@pytest.mark.parametrize(
    ("method", "argument", "command"),
    [
        ("init", "dev", "stack init dev"),
        ("select", "dev", "stack select --create dev"),
        ("preview", "--diff", "preview --diff"),
        ("refresh", "--diff", "refresh --yes --skip-preview --diff"),
        ("destroy", "--diff", "destroy --yes --skip-preview --diff"),
    ],
)
def test_each_method_is_the_command_of_its_name(
    tmp_path: Path, method: str, argument: str, command: str
) -> None:
    getattr(workspace(tmp_path, 'echo "$*" > said'), method)(argument)
    assert (tmp_path / "said").read_text() == f"{command} --non-interactive --color never\n"


def test_lines_are_echoed_as_they_come(tmp_path: Path) -> None:
    lines: list[str] = []
    os.mkfifo(tmp_path / "hold")
    running = workspace(tmp_path, "echo one; read _ < hold; echo two", lines).start("up")
    wait_for(lambda: lines == ["one"], "the first line")
    (tmp_path / "hold").write_text("\n")
    running.wait()
    assert lines == ["one", "two"]


def test_json_is_read_and_not_echoed(tmp_path: Path) -> None:
    lines: list[str] = []
    made = workspace(tmp_path, """echo '{"steps": []}'; echo "a warning" >&2""", lines)
    assert made.preview_json() == {"steps": []}
    assert made.export() == {"steps": []}
    assert lines == []


def test_a_failure_is_named_with_the_last_lines(tmp_path: Path) -> None:
    made = workspace(tmp_path, "seq 100; echo 'error: no rights' >&2; exit 255")
    with pytest.raises(PulumiFailed) as caught:
        made.preview()
    text = str(caught.value)
    assert "`pulumi preview` ended with exit code 255" in text
    assert "error: no rights" in text
    assert "\n100\n" in text
    assert "\n50\n" not in text
    assert caught.value.exit_code_of_pulumi == 255
    assert caught.value.output.startswith("1\n2\n")


def test_a_failed_json_preview_is_never_read_as_a_small_plan(tmp_path: Path) -> None:
    with pytest.raises(PulumiFailed):
        workspace(tmp_path, """echo '{"steps": []}'; exit 1""").preview_json()


def test_a_failure_may_be_looked_at(tmp_path: Path) -> None:
    assert workspace(tmp_path, "exit 3").preview(check=False).exit_code == 3


def test_a_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    made = workspace(tmp_path, "echo $$ > pid; exec sleep 600")
    with pytest.raises(PulumiTimedOut, match=r"`pulumi up` took longer than 0 s"):
        made.run("up", limit=0.3)


def test_a_run_can_be_killed_or_interrupted_from_outside(tmp_path: Path) -> None:
    made = workspace(tmp_path, "trap 'echo interrupted; exit 7' INT; echo up; while :; do sleep 0.02; done")
    running = made.start("up")
    assert os.getpgid(running.process.pid) == running.process.pid
    wait_for(lambda: "up" in running.output, "its start")
    running.interrupt()
    done = running.wait()
    assert (done.exit_code, done.stdout) == (7, "up\ninterrupted\n")
    running.kill()  # nothing is left to be killed

    running = made.start("up")
    wait_for(lambda: "up" in running.output, "its start")
    running.kill()
    assert running.wait().exit_code == -9


def test_ctrl_c_reaches_the_engine_which_ends_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = workspace(tmp_path, "trap 'touch saved; exit 1' INT; touch started; while :; do sleep 0.02; done")

    def interrupted(*_: object) -> None:
        wait_for((tmp_path / "started").exists, "its start")
        raise KeyboardInterrupt

    monkeypatch.setattr("wandb_registry.engine.session.Running.wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        made.run("up")
    assert (tmp_path / "saved").exists()


def test_the_environment_is_the_workspace_s_own(tmp_path: Path) -> None:
    pulumi = program(tmp_path / "bin", "pulumi", "env")
    made = Workspace(Engine(pulumi, (3, 259, 0), "path"), tmp_path, {"PATH": os.defpath, "ONLY": "this"})
    said = made.run("version").stdout.splitlines()
    assert "ONLY=this" in said
    assert not [line for line in said if sys.prefix in line]
