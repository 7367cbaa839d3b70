"""`wandb-registry access` as a person types it, from the files alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.access.states import accepted, admin, inventory, person, registry, stack, team
from wandb_registry.cli.main import main
from wandb_registry.state.dump import dump_stack
from wandb_registry.state.inventory import Inventory, dump_inventory, inventory_path
from wandb_registry.state.people import Difference, Unprovable
from wandb_registry.state.roles import Role

FRAUD = team("fraud", person("ann", "admin"), person("bob"))
MEMBERS = registry({"ann": Role.ADMIN}, {"fraud": Role.MEMBER})
ACCEPTED = (accepted(Difference.ORGANIZATION_ADMINS),)


def written(folder: Path, told: Inventory) -> str:
    """A stack file and its inventory."""
    path = folder / "fraud.yaml"
    path.write_text(dump_stack(stack(fraud_models=MEMBERS)), encoding="utf-8")
    inventory_path(path).write_text(dump_inventory(told), encoding="utf-8")
    return str(path)


def test_open_differences_are_shown_and_end_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, inventory(FRAUD, organization=(admin("root"),)))
    assert main(["access", path]) == 1
    out = capsys.readouterr().out
    assert "fraud-models, 1 collections of team fraud" in out
    assert "organization_admins: 1 people (root); 1 not decided" in out
    assert "3 people by 1 collections in 1 registries; 1 differences that nobody decided" in out


def test_decided_ones_end_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, inventory(FRAUD, organization=(admin("root"),), accepted=ACCEPTED))
    assert main(["access", path]) == 0
    assert "decided: accepted: so decided" in capsys.readouterr().out


def test_what_could_not_be_read_ends_with_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    doubt = Unprovable(what="roles", subject="Acme Inc", reason="not told")
    assert main(["access", written(tmp_path, inventory(FRAUD, unprovable=(doubt,)))]) == 3
    assert "not provable: roles of Acme Inc: not told" in capsys.readouterr().out


def test_json_markdown_and_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, inventory(FRAUD, organization=(admin("root"),), accepted=ACCEPTED))
    page = tmp_path / "access.html"
    assert main(["access", path, "--json", "--html", str(page)]) == 0
    assert json.loads(capsys.readouterr().out)["summary"]["people"] == 3
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert main(["access", path, "--markdown"]) == 0
    assert capsys.readouterr().out.startswith("# Access of ")


@pytest.mark.parametrize("told", [None, inventory(FRAUD).model_copy(update={"access": None})])
def test_without_a_record_there_is_no_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], told: Inventory | None
) -> None:
    path = written(tmp_path, told or inventory(FRAUD))
    if told is None:
        inventory_path(Path(path)).unlink()
    assert main(["access", path]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "fraud.inventory.json" in line


def test_a_page_that_cannot_be_written_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, inventory(FRAUD))
    assert main(["access", path, "--html", str(tmp_path / "no" / "page.html")]) == 1
    assert "page.html cannot be written" in capsys.readouterr().err
