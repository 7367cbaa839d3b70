"""docs/access.md says what the code does."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.migration.facts import rules
from wandb_registry.access.probes import ProbesFile
from wandb_registry.migration.people_csv import COLUMNS, load_people
from wandb_registry.state.people import Difference

PAGE = (Path(__file__).parents[2] / "docs" / "access.md").read_text(encoding="utf-8")


def test_every_class_of_difference_is_explained() -> None:
    lines = [line for line in PAGE.splitlines() if line.startswith("| `") and "`difference`" not in line]
    rows = [line.split("|") for line in lines]
    said = {row[1].strip(" `"): row[3].strip() for row in rows}
    assert said == {one.value: "yes" if one.imposed else "no" for one in Difference}


def test_the_examples_are_valid(tmp_path: Path) -> None:
    accept, probes = (part.split("```")[0] for part in PAGE.split("```yaml\n")[1:])
    assert len(rules(accept).config.accept) == 3
    assert set(ProbesFile.model_validate(yaml.safe_load(probes)).people) == {"vera", "bob"}
    people = tmp_path / "people.csv"
    people.write_text(next(p for p in PAGE.split("```\n") if p.startswith("username,")), encoding="utf-8")
    found = load_people(people)
    assert found.told == set(COLUMNS)
    assert found.registry_admins == {"fraud": {"mara"}, "risk": {"mara"}}
