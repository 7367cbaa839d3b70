"""What scan writes, load reads back unchanged, and an edit shows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from tests.state.strategies import stacks
from tests.state.test_load import GOOD
from wandb_registry.state.dump import dump_stack, is_unedited
from wandb_registry.state.load import parse_stack
from wandb_registry.state.models import StackState


@given(stacks())
@settings(max_examples=150, deadline=None)
def test_load_of_dump_is_the_same_state(stack: StackState) -> None:
    text = dump_stack(stack)
    assert parse_stack(text, "x") == stack
    assert dump_stack(parse_stack(text, "x")) == text
    assert is_unedited(text)


def test_links_keep_their_order_and_stand_in_a_line_each() -> None:
    text = dump_stack(parse_stack(GOOD, "x"))
    lines = [line.strip() for line in text.splitlines() if "churn-xgb" in line]
    assert lines == [
        "fraud/train/churn-xgb:v3: {version: v0, aliases: [production], id: QXJ0aWZhY3Q6MTIz}",
        "fraud/train/churn-xgb:v9: {version: v2, id: QXJ0aWZhY3Q6NDU2}",
    ]


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text + "# looked at\n",
        lambda text: text.replace("alice: admin", "alice: viewer"),
        lambda text: text.split("\n", 1)[1],
        lambda text: "# mine\n" + text,
        lambda text: text.replace("sha256:", "sha256:0", 1),
    ],
)
def test_any_edit_shows(edit: object) -> None:
    text = dump_stack(parse_stack(GOOD, "x"))
    assert is_unedited(text)
    assert not is_unedited(edit(text))  # type: ignore[operator]


def test_a_file_written_by_hand_counts_as_edited() -> None:
    assert not is_unedited(GOOD)
