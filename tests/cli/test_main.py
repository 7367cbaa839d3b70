from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

from wandb_registry.cli import main as cli
from wandb_registry.errors import UserError


class NoSuchThing(UserError):
    exit_code = 4


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A command `probe-it` whose module the test fills."""
    module = ModuleType("wandb_registry.cli.probe_it")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(cli.COMMANDS, "probe-it", "Probe.")
    monkeypatch.delenv(cli.TRACEBACK_VARIABLE, raising=False)
    return module


def raising(module: ModuleType, error: BaseException) -> None:
    def probe_it() -> None:
        raise error

    module.__dict__["probe_it"] = probe_it


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom wandb_registry.cli.main import main\n"
        "code = main(['--help'])\nprint(code, *sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    exit_code, *loaded = done.stderr.split()
    assert exit_code == "0"
    assert not {"wandb", "pulumi", "grpc", "uvicorn", "httpx", "pydantic", "rich"} & set(loaded)
    for name, summary in cli.COMMANDS.items():
        assert f"{name} " in done.stdout
        assert summary in " ".join(done.stdout.split())


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("wandb-registry ")


def test_a_command_s_arguments_and_exit_code_come_through(
    probe: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    def probe_it(name: str, loud: bool = False) -> None:
        print(name, loud)
        raise SystemExit(3)

    probe.__dict__["probe_it"] = probe_it
    assert cli.main(["probe-it", "x", "--loud"]) == 3
    assert capsys.readouterr().out == "x True\n"


def test_a_command_may_have_commands_of_its_own(
    probe: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    import typer

    app = typer.Typer()

    @app.command()
    def one() -> None:
        print("one")

    @app.command()
    def two() -> None:
        print("two")

    probe.__dict__["app"] = app
    assert cli.main(["probe-it", "two"]) == 0
    assert capsys.readouterr().out == "two\n"


def test_a_user_s_error_is_one_line_and_its_own_exit_code(
    probe: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    raising(probe, NoSuchThing("Team fraud is not there", advice="Check its name"))
    assert cli.main(["probe-it"]) == 4
    assert capsys.readouterr() == ("", "error: Team fraud is not there. Check its name\n")


def test_an_unexpected_error_is_one_line_without_its_message(
    probe: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    raising(probe, KeyError("a-secret"))
    assert cli.main(["probe-it"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: internal error KeyError (test_main.py, line ")
    assert "WANDB_REGISTRY_TRACEBACK=1" in said
    assert "a-secret" not in said
    assert len(said.splitlines()) == 1


def test_the_traceback_can_be_had(
    probe: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(cli.TRACEBACK_VARIABLE, "1")
    raising(probe, KeyError("key"))
    assert cli.main(["probe-it"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_is_quiet(probe: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    raising(probe, KeyboardInterrupt())
    assert cli.main(["probe-it"]) == 130
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("arguments", [["nope"], ["env", "--nope"], ["env", "--shell", "csh"]])
def test_bad_usage_is_exit_code_2_and_says_where_help_is(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    said = capsys.readouterr().err
    assert "--help" in said
    assert "Traceback" not in said
