"""Both files or none, never over an edit, and each registry in one stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.migration.facts import facts, mapped, model, team, version
from wandb_registry.migration.run import BlockingFindings, Request, save_scan
from wandb_registry.migration.write import CannotWrite, EditedFile, NotAStackFile, earlier_scan, write_scan
from wandb_registry.state.inventory import inventory_path, load_inventory
from wandb_registry.state.load import load_stack
from wandb_registry.state.problems import InvalidFile

FRAUD = mapped(facts(team("fraud", model("churn", version(0)))))
RISK = mapped(facts(team("risk", model("churn", version(0)))))


def write(out: Path, result: object = FRAUD) -> None:
    """Write a scan."""
    write_scan(out, result.stack, result.inventory)  # type: ignore[attr-defined]


def test_both_files_are_written_and_read_back(tmp_path: Path) -> None:
    out = tmp_path / "stacks" / "fraud.yaml"
    write(out)
    assert load_stack(out) == FRAUD.stack
    assert load_inventory(out) == FRAUD.inventory
    assert sorted(path.name for path in out.parent.iterdir()) == ["fraud.inventory.json", "fraud.yaml"]


def test_writing_again_gives_the_same_bytes_and_new_facts_new_ones(tmp_path: Path) -> None:
    out = tmp_path / "fraud.yaml"
    write(out)
    first = out.read_bytes(), inventory_path(out).read_bytes()
    write(out)
    assert (out.read_bytes(), inventory_path(out).read_bytes()) == first
    write(out, RISK)
    assert load_stack(out) == RISK.stack


@pytest.mark.parametrize("edit", [lambda text: text + "\n", lambda text: text.split("\n", 1)[1]])
def test_an_edited_file_is_never_overwritten(tmp_path: Path, edit: object) -> None:
    out = tmp_path / "fraud.yaml"
    write(out)
    edited = edit(out.read_text(encoding="utf-8"))  # type: ignore[operator]
    out.write_text(edited, encoding="utf-8")
    before = inventory_path(out).read_bytes()
    with pytest.raises(EditedFile, match="Write to another --out"):
        write(out, RISK)
    assert out.read_text(encoding="utf-8") == edited
    assert inventory_path(out).read_bytes() == before


@pytest.mark.parametrize("name", ["fraud.yml", "fraud", "Pulumi.fraud.yaml"])
def test_what_is_no_place_for_a_stack_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotAStackFile):
        write(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_registry_of_another_stack_is_named_with_its_line(tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    write(other)
    text = other.read_text(encoding="utf-8").replace("fraud-models:", "Fraud-Models:")
    other.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFile) as caught:
        write(tmp_path / "fraud.yaml")
    assert str(caught.value) == (
        f"{other}:5: registries.Fraud-Models: is what {tmp_path}/fraud.yaml would declare too; "
        "a registry belongs to one stack"
    )
    assert not (tmp_path / "fraud.yaml").exists()
    assert not inventory_path(tmp_path / "fraud.yaml").exists()


def test_another_stack_of_other_registries_does_no_harm(tmp_path: Path) -> None:
    write(tmp_path / "risk.yaml", RISK)
    write(tmp_path / "fraud.yaml")
    assert load_stack(tmp_path / "fraud.yaml") == FRAUD.stack


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(CannotWrite, match="cannot be"):
        write(tmp_path / "file" / "fraud.yaml")


def test_blocking_findings_keep_the_files_from_being_written(tmp_path: Path) -> None:
    result = mapped(facts(team("fraud", model("m", version(2)))))
    request = Request("acme", ("fraud",), tmp_path / "fraud.yaml")
    with pytest.raises(BlockingFindings, match=r"1 finding blocks this scan \(GAPS\); nothing was written"):
        save_scan(request, result)
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_scan_counts_for_the_same_organization_only(tmp_path: Path) -> None:
    out = tmp_path / "fraud.yaml"
    assert earlier_scan(out, "http://localhost:1", "o1") is None
    write(out)
    assert earlier_scan(out, "http://localhost:1", "o1") == (FRAUD.stack, FRAUD.inventory)
    assert earlier_scan(out, "http://localhost:2", "o1") is None
    assert earlier_scan(out, "http://localhost:1", "o2") is None
    inventory_path(out).unlink()
    assert earlier_scan(out, "http://localhost:1", "o1") is None
