"""What overrides lift: one guard, for one subject, letter by letter."""

from __future__ import annotations

from wandb_registry.guards.failures import Refusal, lifted, not_lifted
from wandb_registry.state.models import Override


def override(guard: str, subject: str) -> Override:
    return Override(guard=guard, subject=subject, reason="r", approved_by="a")


def test_an_override_lifts_its_guard_for_its_subject_alone() -> None:
    refusals = [Refusal("widening", "models/bob", "m"), Refusal("widening", "models/eve", "m")]
    assert not_lifted(refusals, [override("widening", "models/bob")]) == refusals[1:]
    others = ("loss", "models/bob"), ("widening", "models"), ("widening", "Models/Bob")
    assert len(not_lifted(refusals, [override(*other) for other in others])) == 2


def test_what_is_final_is_lifted_by_nothing() -> None:
    refusal = Refusal("visibility", "models", "m", final=True)
    assert not_lifted([refusal], [override("visibility", "models")]) == [refusal]


def test_subjects_that_are_lifted_in_one_registry() -> None:
    overrides = [
        override("restricted-source", "models/team/secret"),
        override("restricted-source", "others/team/dark"),
        override("widening", "models/team/else"),
    ]
    assert lifted(overrides, "restricted-source", "models") == {"team/secret"}
