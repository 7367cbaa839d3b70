"""docs/scan.md says what the code does."""

from __future__ import annotations

from pathlib import Path

from tests.migration.facts import rules
from wandb_registry.migration.findings import Code

PAGE = (Path(__file__).parents[2] / "docs" / "scan.md").read_text(encoding="utf-8")


def test_every_finding_is_explained() -> None:
    table = PAGE.split("## Findings")[1]
    assert [code for code in Code if code not in table] == []


def test_the_example_of_migration_yaml_is_valid() -> None:
    example = PAGE.split("```yaml\n")[1].split("```")[0]
    assert rules(example).config.numbering == "exact"
