"""`wandb-registry scan` as a person types it: what is printed, written and answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from wandb.sdk import wandb_setup

from tests.migration.world import World, fill_demo, key_of
from wandb_registry.cli.main import main
from wandb_registry.state.load import load_stack
from wandb_sandbox.server import Sandbox

Scan = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The demo organization; nothing here writes to it."""
    with Sandbox(tmp_path_factory.mktemp("server")) as sandbox:
        world = World(sandbox)
        fill_demo(world)
        yield world
        world.close()


@pytest.fixture
def scan(
    demo: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Scan]:
    """Run the command in a folder of its own with alice's key; answers exit code, output and errors."""
    for name in ("NETRC", "WANDB_IDENTITY_TOKEN_FILE", "COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WANDB_CONFIG_DIR", str(tmp_path / "home"))
    monkeypatch.setenv("WANDB_BASE_URL", demo.sandbox.url)
    monkeypatch.setenv("WANDB_API_KEY", key_of("bob"))
    monkeypatch.chdir(tmp_path)
    wandb_setup.teardown()

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["scan", "--organization", "acme", *arguments])
        said = capfd.readouterr()
        return code, said.out, said.err

    yield run
    wandb_setup.teardown()


def test_a_scan_writes_prints_and_says_what_comes_next(scan: Scan, tmp_path: Path) -> None:
    (tmp_path / "migration.yaml").write_text("numbering: exact\n")
    code, out, err = scan(
        "--team", "fraud", "--team", "risk", "--config", "migration.yaml", "--out", "stacks/demo.yaml"
    )
    assert code == 0, err
    assert set(load_stack(tmp_path / "stacks" / "demo.yaml").registries) == {"fraud-models", "risk-models"}
    for part in (
        "VIEW_ONLY_PEOPLE",
        "fraud/empty",
        "a registered model of the legacy Model Registry is a collection",
        "2 registries, 4 collections, 8 links (0 versions left out)",
        "stack file: stacks/demo.yaml",
        "inventory:  stacks/demo.inventory.json",
        "pulumi stack select --create demo && pulumi preview --stack demo",
    ):
        assert part in out, out
    assert err.startswith("Scanning 2 legacy registries of acme")
    assert key_of("bob") not in out + err


def test_findings_as_json(scan: Scan) -> None:
    code, out, _ = scan("--team", "risk", "--out", "stacks/risk.yaml", "--json")
    assert code == 0
    said = json.loads(out)
    assert said["counts"] == {"registries": 1, "collections": 1, "links": 2, "excluded": 0}
    codes = ["ACCESS_UNPROVABLE", "ORGANIZATION_ADMINS"]  # of any organization, until accepted
    assert [finding["code"] for finding in said["findings"]] == codes


def test_blocking_findings_are_printed_and_nothing_is_written(scan: Scan, tmp_path: Path) -> None:
    code, out, err = scan("--team", "fraud", "--out", "stacks/fraud.yaml")
    assert code == 1
    assert "GAPS" in out
    assert "numbering: exact" in out
    assert err.splitlines()[-1].startswith("error: 1 finding blocks this scan (GAPS); nothing was written")
    assert not (tmp_path / "stacks").exists()
    code, out, _ = scan("--team", "fraud", "--out", "stacks/fraud.yaml", "--json")
    assert code == 1
    assert {finding["severity"] for finding in json.loads(out)["findings"]} == {"block", "warning", "info"}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (
            ("--team", "nothing", "--out", "a.yaml"),
            "error: there is no team nothing in organization Acme Inc",
        ),
        (("--team", "risk", "--team", "RISK", "--out", "a.yaml"), "error: team RISK is given twice"),
        (("--team", "risk", "--out", "a.yml"), "error: a.yml cannot be a stack file"),
        (
            ("--team", "risk", "--out", "a.yaml", "--config", "no.yaml"),
            "error: no.yaml: there is no such file",
        ),
    ],
)
def test_bad_input_is_one_line(
    scan: Scan, tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    code, out, err = scan(*arguments)
    assert code == 1
    assert err.splitlines()[-1].startswith(complaint)
    assert out == ""
    assert "Traceback" not in err
    assert list(tmp_path.glob("*.yaml")) == []


def test_an_edited_file_is_left_alone(scan: Scan, tmp_path: Path) -> None:
    out = tmp_path / "risk.yaml"
    assert scan("--team", "risk", "--out", "risk.yaml")[0] == 0
    assert scan("--team", "risk", "--out", "risk.yaml")[0] == 0
    edited = out.read_text(encoding="utf-8") + "# looked at\n"
    out.write_text(edited, encoding="utf-8")
    code, _, err = scan("--team", "risk", "--out", "risk.yaml")
    assert code == 1
    assert "error: risk.yaml was edited" in err
    assert "Write to another --out" in err
    assert out.read_text(encoding="utf-8") == edited


def test_a_registry_of_another_stack_file(scan: Scan) -> None:
    assert scan("--team", "risk", "--out", "risk.yaml")[0] == 0
    code, _, err = scan("--team", "risk", "--out", "again.yaml")
    assert code == 1
    assert "error: risk.yaml:5: registries.risk-models: is what again.yaml would declare too" in err


def test_a_wrong_key_is_one_line_without_the_key(scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "w" * 40)
    wandb_setup.teardown()
    code, _, err = scan("--team", "risk", "--out", "risk.yaml")
    assert code == 1
    assert "does not accept the key" in err.splitlines()[-1]
    assert "wwww" not in err
