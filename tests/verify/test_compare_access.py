"""Verify's matrix: live members against the inventory, in both directions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.access.states import accepted, inventory, person, registry, stack, team
from wandb_registry.state.inventory import Inventory, LegacyCollection, LegacyLink
from wandb_registry.state.models import Override, StackState
from wandb_registry.state.people import Difference, Unprovable
from wandb_registry.state.roles import Role
from wandb_registry.verify.compare_access import compare_access
from wandb_registry.verify.observation import Observation, Verdict
from wandb_registry.verify.target import (
    NotThere,
    Seen,
    Target,
    TargetCollection,
    TargetLink,
    TargetMembers,
    TargetOrganization,
    TargetRegistry,
    Unreadable,
)

FRAUD = team("fraud", person("ann", "admin"), person("bob"), person("vera", "view-only"))
STATE = stack(fraud_models=registry({"ann": Role.ADMIN, "bob": Role.MEMBER}, {"fraud": Role.VIEWER}))
PEOPLE = frozenset({"ann", "bob", "vera"})


def seen(users: dict[str, str], teams: dict[str, str], **more: Any) -> TargetRegistry:
    """The registry with these members."""
    people = more.pop("people", {"fraud": PEOPLE})
    return TargetRegistry(
        visibility=more.pop("visibility", "restricted"),
        description="",
        artifact_types="any",
        members=TargetMembers(teams=teams, users=users, people=people),
        collections={},
    )


def observed(
    live: Seen, told: Inventory | None = None, state: StackState = STATE, *, strict: bool = False
) -> list[Observation]:
    """What is said about one registry."""
    target = Target(
        "http://localhost:1", TargetOrganization("o1", "Acme Inc", "acme"), {"fraud-models": live}
    )
    return list(compare_access(state, told or inventory(FRAUD), target, strict=strict))


def said(found: list[Observation]) -> list[tuple[Verdict, str, str, str]]:
    return [(one.verdict, one.subject, one.expected, one.found) for one in found]


def test_models_that_somebody_linked_elsewhere_by_hand_are_changed_since() -> None:
    held = LegacyLink(version=0, artifact_id="a1", digest="d", source="risk/train/score:v0")
    score = LegacyCollection(name="score", type="model", links=(held,), target=("risk-models", "score"))
    risk = team("risk", person("rita"), models=()).model_copy(update={"collections": (score,)})
    there = TargetLink(version=0, artifact_id="a1", digest="d", aliases=frozenset())
    churn = TargetCollection(name="x", type="model", description="", tags=frozenset(), links=(there,))
    live = replace(seen(ASKED, {"fraud": "viewer"}), collections={"x": churn})
    told = inventory(FRAUD, risk)
    assert {v for v, *_ in said(observed(live, told))} == {Verdict.CHANGED_SINCE}
    assert [subject.rpartition(" ")[2] for _, subject, *_ in said(observed(live, told))] == [
        "ann",
        "bob",
        "vera",
    ]
    assert {v for v, *_ in said(observed(live, told, strict=True))} == {Verdict.DIFFERENCE}


ASKED = {"ann": "admin", "bob": "member"}


def test_an_alias_that_was_protected_is_named_in_the_file_or_left_out_by_an_override() -> None:
    told = inventory(
        FRAUD.model_copy(update={"protected_aliases": ("gold", "latest")}),
        boundaries={"fraud-models": {"fraud": {"ann": Role.ADMIN}}},
    )
    lift = Override(guard="alias-unprotected", subject="fraud-models/gold", reason="r", approved_by="a")

    def verdicts(*overrides: Override, aliases: tuple[str, ...] | None = None) -> list[Verdict]:
        asked = STATE.registries["fraud-models"].model_copy(update={"protected_aliases": aliases})
        state = stack(*overrides, fraud_models=asked)
        found = observed(seen(ASKED, {"fraud": "viewer"}), told, state)
        return [one.verdict for one in found if one.kind == "protected_aliases"]

    assert verdicts() == [Verdict.DIFFERENCE]
    assert verdicts(lift) == [Verdict.NOTE]
    assert verdicts(aliases=("gold",)) == []


def test_as_it_was_says_nothing() -> None:
    assert observed(seen(ASKED, {"fraud": "viewer"})) == []


@pytest.mark.parametrize(
    ("users", "teams", "subject", "found"),
    [
        ({**ASKED, "eve": "viewer"}, {"fraud": "viewer"}, "eve", "may: read, download"),
        ({**ASKED, "bob": "admin"}, {"fraud": "viewer"}, "bob", "may: manage"),
        (ASKED, {"fraud": "member"}, "vera", "may: write"),
        ({"ann": "admin"}, {"fraud": "viewer"}, "bob", "not any more: write"),
        (ASKED, {"fraud": "restricted_viewer"}, "vera", "not any more: download"),
        (ASKED, {}, "vera", "not any more: read, download"),
    ],
)
def test_more_or_less_than_before_is_a_difference_with_the_person(
    users: dict[str, str], teams: dict[str, str], subject: str, found: str
) -> None:
    ((verdict, where, _, what),) = said(observed(seen(users, teams)))
    assert (verdict, where, what) == (Verdict.DIFFERENCE, f"fraud-models user {subject}", found)


def test_accepted_differences_are_notes_named_and_counted() -> None:
    told = inventory(
        FRAUD.model_copy(update={"protected_aliases": ("gold",)}),
        accepted=(accepted(Difference.TEAM_ADMINS),),
    )
    (note,) = observed(seen(ASKED, {"fraud": "viewer"}), told)
    assert (note.verdict, note.subject, note.expected) == (Verdict.NOTE, "fraud-models", "1: ann")
    assert (note.found, note.reason) == ("may also: protected aliases", "team_admins, accepted: so decided")


@pytest.mark.parametrize(("strict", "verdict"), [(False, Verdict.CHANGED_SINCE), (True, Verdict.DIFFERENCE)])
def test_who_joined_or_left_the_team_since_the_scan(strict: bool, verdict: Verdict) -> None:
    live = seen(ASKED, {"fraud": "viewer"}, people={"fraud": frozenset({"ann", "bob", "new"})})
    assert said(observed(live, strict=strict)) == [
        (verdict, "fraud-models user new", "not: read, download", "may: read, download"),
        (verdict, "fraud-models user vera", "may: read, download", "not any more: read, download"),
    ]


def test_somebody_who_joined_and_got_an_entry_is_a_difference() -> None:
    live = seen({**ASKED, "new": "member"}, {"fraud": "viewer"}, people={"fraud": PEOPLE | {"new"}})
    assert said(observed(live)) == [
        (
            Verdict.DIFFERENCE,
            "fraud-models user new",
            "not: read, download, write",
            "may: read, download, write",
        )
    ]


@pytest.mark.parametrize(
    ("scanned_by", "accepts", "verdict"),
    [
        ("eve", (), Verdict.NOTE),
        ("ann", (), Verdict.DIFFERENCE),
        ("ann", (accepted(Difference.CREATOR, "eve"),), Verdict.NOTE),
        ("ann", (accepted(Difference.CREATOR, "zoe"),), Verdict.DIFFERENCE),
    ],
)
def test_the_creator_is_whoever_scanned_or_is_accepted_by_name(
    scanned_by: str, accepts: tuple[Any, ...], verdict: Verdict
) -> None:
    told = inventory(FRAUD, scanned_by=scanned_by, accepted=accepts)
    (found,) = observed(seen({**ASKED, "eve": "admin"}, {"fraud": "viewer"}), told)
    assert found.verdict is verdict


def test_opened_to_the_organization_is_a_difference_even_where_nobody_could_list_it() -> None:
    (found,) = observed(seen(ASKED, {"fraud": "viewer"}, visibility="organization"))
    assert (found.verdict, found.subject) == (
        Verdict.DIFFERENCE,
        "fraud-models user everybody in the organization",
    )


def test_what_was_not_read_is_unreadable() -> None:
    doubt = Unprovable(what="organization roles", subject="Acme Inc", reason="not told")
    (found,) = observed(seen(ASKED, {"fraud": "viewer"}), inventory(FRAUD, unprovable=(doubt,)))
    assert (found.verdict, found.reason) == (Verdict.UNREADABLE, "organization roles: not told")
    unread = seen(ASKED, {"fraud": "viewer"})
    (found,) = observed(TargetRegistry("restricted", "", "any", Unreadable("403"), unread.collections))
    assert (found.verdict, found.subject) == (Verdict.UNREADABLE, "fraud-models")
    (found,) = observed(seen({**ASKED, "ann": "astronaut"}, {"fraud": "viewer"}))
    assert found.reason == "members: a role is not known here: astronaut"
    (found,) = observed(seen(ASKED, {"fraud": "viewer"}, people={}))
    assert (found.verdict, found.subject) == (Verdict.UNREADABLE, "fraud-models/team fraud")
    assert observed(NotThere()) == []


def test_an_inventory_from_before_access_was_recorded_proves_nothing() -> None:
    old = inventory(FRAUD).model_copy(update={"access": None})
    (found,) = observed(seen(ASKED, {"fraud": "viewer"}), old)
    assert (found.verdict, "scan again" in found.reason) == (Verdict.UNREADABLE, True)
    nobody = inventory(team("fraud")).model_copy(update={"access": None})
    assert observed(seen(ASKED, {"fraud": "viewer"}), nobody) == []
