from typing import Literal

import pytest

from wandb_registry.guards.registries import check_aliases, check_registry
from wandb_registry.state.inventory import Boundary
from wandb_registry.state.roles import Role

TEAM: Boundary = {"fraud": {"alice": Role.ADMIN}}
Visible = Literal["restricted", "organization"]


@pytest.mark.parametrize(
    ("old", "new", "boundary", "expected"),
    [
        (None, "restricted", TEAM, []),
        (None, "organization", {}, []),
        (None, "organization", TEAM, [("widening", False)]),
        ("restricted", "restricted", TEAM, []),
        ("restricted", "organization", {}, [("visibility", True)]),
        ("restricted", "organization", TEAM, [("visibility", True)]),
        ("organization", "restricted", {}, [("one-way-visibility", False)]),
        ("organization", "organization", {}, []),
        ("organization", "organization", TEAM, [("widening", False)]),
    ],
)
def test_visibility_only_narrows(
    old: Visible | None, new: Visible, boundary: Boundary, expected: list[tuple[str, bool]]
) -> None:
    refusals = list(check_registry("models", old, new, boundary))
    assert [(refusal.guard, refusal.final) for refusal in refusals] == expected
    assert all(refusal.subject == "models" for refusal in refusals)


def test_opening_legacy_models_names_the_people_who_would_gain() -> None:
    def message(audience: list[str] | None) -> str:
        (refusal,) = check_registry("models", None, "organization", TEAM, audience)
        return refusal.message.rpartition(": ")[2]

    assert message(["zoe", "eve"]) == "2 people would gain, eve, zoe"
    assert message([f"p{n:02d}" for n in range(12)]).endswith("p09 and 2 more")
    assert message([]) == "0 people would gain"
    assert message(None).startswith("scan could not read who that is")


def test_an_alias_that_was_protected_is_left_out_by_its_own_override_only() -> None:
    assert list(check_aliases("models", ("gold", "best"), ["gold"])) == []
    (refusal,) = check_aliases("models", ("best",), ["gold"])
    assert (refusal.guard, refusal.subject) == ("alias-unprotected", "models/gold")
