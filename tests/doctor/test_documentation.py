"""docs/doctor.md says what the code does."""

from __future__ import annotations

from pathlib import Path

from wandb_registry.cli.doctor import doctor
from wandb_registry.doctor.questions import ORDER

PAGE = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text(encoding="utf-8")
# `default_role` counts only above viewer, which the table says in words.
IN_WORDS = {"default_role", "base_role", "one_way_visibility"}


def test_every_question_is_explained() -> None:
    table = PAGE.split("## Questions")[1]
    assert [question.id for question in ORDER if f"`{question.id}`" not in table] == []


def test_what_is_needed_is_said_so() -> None:
    rows = [line for line in PAGE.split("## Questions")[1].splitlines() if line.startswith("| `")]
    for question in ORDER:
        if question.id not in IN_WORDS and not question.id.startswith("rights_"):
            (row,) = [row for row in rows if f"`{question.id}`" in row.split("|")[1]]
            assert ("(needed)" in row.split("|")[1]) == question.needed, question.id


def test_every_option_is_explained() -> None:
    options = {f"--{name.replace('_', '-')}" for name in doctor.__annotations__ if name != "return"}
    options = {{"--as-json": "--json"}.get(option, option) for option in options}
    assert [
        option for option in sorted(options) if f"`{option}" not in PAGE and f" {option}" not in PAGE
    ] == []
