"""`wandb-registry doctor` as a person types it: what is printed, kept and answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from wandb.sdk import wandb_setup

from tests.doctor.bench import Bench
from tests.migration.world import World, key_of
from wandb_registry.cli.main import main
from wandb_registry.state.doctor_report import load_report
from wandb_sandbox.server import Sandbox
from wandb_sandbox.switches import Switches

Doctor = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Sandbox(tmp_path_factory.mktemp("server")) as sandbox:
        world = World(sandbox)
        yield Bench(world)
        world.close()


@pytest.fixture
def bench(server: Bench) -> Iterator[Bench]:
    yield server
    server.world.sandbox.state.switches = Switches()


@pytest.fixture
def doctor(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Doctor]:
    """Run the command in a folder of its own with root's key; answers exit code, output and errors."""
    for name in ("NETRC", "WANDB_IDENTITY_TOKEN_FILE", "COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WANDB_CONFIG_DIR", str(tmp_path / "home"))
    monkeypatch.setenv("WANDB_BASE_URL", bench.world.sandbox.url)
    monkeypatch.setenv("WANDB_API_KEY", key_of("root"))
    monkeypatch.setenv("OLAFS_KEY", key_of("olaf"))
    monkeypatch.chdir(tmp_path)
    wandb_setup.teardown()

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["doctor", "--organization", "acme", "--team", "fraud", *arguments])
        said = capfd.readouterr()
        return code, said.out, said.err

    yield run
    wandb_setup.teardown()


EVERYTHING = ("--write", "--try-visibility", "--second-key", "OLAFS_KEY")


def test_everything_is_as_assumed(doctor: Doctor, bench: Bench, tmp_path: Path) -> None:
    code, out, err = doctor(*EVERYTHING)
    assert code == 0, out
    for part in (
        "What was assumed, and what was found",
        "Can a restricted registry be created?",
        "What the legacy registries use, and what this server has",
        "protected aliases: production",
        "0 different",
        "Nothing differs that this project rests on.",
        "Kept in stacks/doctor.json",
    ):
        assert part in out, out
    assert "Looking at links, numbers and aliases ..." in err.splitlines()
    report = load_report(tmp_path / "stacks" / "doctor.json")
    assert report is not None
    assert report.may_fill_gaps is True
    for who in ("root", "olaf"):
        assert key_of(who) not in out + err
    assert bench.projects() == bench.untouched


def test_a_difference_is_exit_code_1_and_says_what_follows(doctor: Doctor, bench: Bench) -> None:
    bench.switch(index_reuse=True)
    code, out, _ = doctor(*EVERYTHING)
    assert code == 1
    assert "no: v1 was given again" in out
    assert out.index("no: v1 was given again") < out.index("│as assumed")
    assert "Missing numbers cannot be made" in out
    assert "Something differs that this project rests on" in out


def test_reading_only_leaves_questions_open(doctor: Doctor) -> None:
    code, out, _ = doctor()
    assert code == 3
    assert "only --write tells" in out
    assert "could not be found out" in out
    assert doctor("--write")[0] == 0
    assert doctor()[0] == 0


def test_json_is_what_is_kept(doctor: Doctor, tmp_path: Path) -> None:
    code, out, err = doctor("--json", "--out", "elsewhere/answers.json")
    assert code == 3
    assert json.loads(out)["organization"]["entity"] == "acme"
    assert out == (tmp_path / "elsewhere" / "answers.json").read_text(encoding="utf-8")
    assert "Looking at" in err
    assert not (tmp_path / "stacks").exists()


def test_the_letter_alone(doctor: Doctor) -> None:
    _, out, _ = doctor("--support-request")
    assert out.startswith("Subject: Migration of legacy Model Registries")
    assert "What was assumed" not in out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--second-key", "k" * 40), "error: --second-key names an environment variable that is not set"),
        (("--organization", "nowhere"), "error: there is no organization nowhere"),
        (("--write", "--source", "a/b"), "error: --source: "),
        (("--write", "--principal", "nobody"), "error: nobody is neither a team nor a user"),
    ],
)
def test_bad_input_is_one_line(
    doctor: Doctor, tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    code, out, err = doctor(*arguments)
    assert code == 1
    assert err.splitlines()[-1].startswith(complaint)
    assert "k" * 40 not in out + err
    assert "Traceback" not in err
    assert not (tmp_path / "stacks").exists()


def test_a_report_that_is_no_good_is_never_overwritten(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "stacks").mkdir()
    kept = tmp_path / "stacks" / "doctor.json"
    kept.write_text("{}", encoding="utf-8")
    code, _, err = doctor()
    assert code == 1
    assert err.splitlines()[-1].startswith("error: stacks/doctor.json: ")
    assert kept.read_text(encoding="utf-8") == "{}"


def test_a_wrong_key_is_one_line(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "w" * 40)
    wandb_setup.teardown()
    code, _, err = doctor()
    assert code == 1
    assert "does not accept the key" in err.splitlines()[-1]
    assert "wwww" not in err
