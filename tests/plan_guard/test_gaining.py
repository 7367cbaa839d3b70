"""A team that would gain is shown with its people, as far as the key can read them."""

from __future__ import annotations

from typing import Any

from tests.plan_guard.previews import Story, memberships, registry
from tests.plan_guard.test_rules import inventory
from tests.plan_guard.test_run import server
from wandb_registry.plan_guard.run import guard_plan

RECORDED = inventory(boundaries={"models": {"fraud": {"root": "admin"}}})
PLAN = Story([registry()]).create(memberships({"root": "admin"}, {"risk": "viewer"})).plan


def message(team: dict[str, Any] | None) -> str:
    """What the guard says when the server answers so about the team."""
    answer = {"entity": team, "project": None}
    verdict = guard_plan(PLAN, None, RECORDED, server(LegacyTeam=lambda _: answer))
    (refusal,) = verdict.refusals
    assert (refusal.guard, refusal.subject) == ("widening", "models/team risk")
    return refusal.message


def team(*people: str) -> dict[str, Any]:
    """The team with these people; one more is only invited."""
    members = [{"id": f"id-{name}", "username": name, "role": "member", "pending": False} for name in people]
    invited = {"id": "id-ivy", "username": "ivy", "role": "member", "pending": True}
    organization = {"id": "o", "name": "Acme", "orgEntity": {"id": "e", "name": "acme-org"}}
    return {
        "id": "t",
        "name": "risk",
        "isTeam": True,
        "organization": organization,
        "members": [*members, invited],
    }


def test_the_people_of_a_team_that_would_gain_are_named() -> None:
    assert message(team("rita", "bob")).endswith("not shared with it: 2 people are in it, bob, rita")
    assert message(team()).endswith("nobody is in it")


def test_a_team_that_cannot_be_read_is_refused_all_the_same() -> None:
    assert message(None).endswith("who is in it cannot be read with this key")


def test_every_other_refusal_is_passed_on_as_it_is() -> None:
    wide = Story([registry()]).create(memberships({"root": "admin", "eve": "viewer"})).plan
    (refusal,) = guard_plan(wide, None, RECORDED, server()).refusals
    assert (refusal.guard, refusal.subject) == ("widening", "models/eve")
    assert refusal.message == "eve would be viewer of models, and had no access on the legacy side"
