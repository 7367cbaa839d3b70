"""Letting members in: read back until it holds, and nobody more than they are to be, not for a moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import tenacity

from tests.world import World
from wandb_registry.reconcile import admission
from wandb_registry.reconcile.admission import tolerated_by
from wandb_registry.reconcile.errors import EntriesFailed
from wandb_registry.reconcile.membership_goal import MembershipsGoal, MembershipsOutcome
from wandb_registry.reconcile.memberships import apply_memberships
from wandb_registry.server.collections import create_collection
from wandb_registry.server.members import Principal
from wandb_registry.server.port import Answer, Port, Variables
from wandb_registry.state.roles import Role
from wandb_sandbox.server import Sandbox
from wandb_sandbox.switches import Switches


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "_WAIT", tenacity.wait_none())


@dataclass
class Lagging:
    """A port whose lists of members are as they were before, a few times after each write."""

    port: Port
    times: int
    _old: Any = None
    _left: int = field(default=0)

    __hash__ = object.__hash__

    @property
    def base_url(self) -> str:
        return self.port.base_url

    def execute(self, document: str, variables: Variables) -> dict[str, Any]:
        return self._listed(document, lambda: self.port.execute(document, variables))

    def execute_fields(self, document: str, variables: Variables) -> Answer:
        if document.lstrip().startswith("mutation"):
            self._left = self.times
        return self.port.execute_fields(document, variables)

    def _listed(self, document: str, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        if document.lstrip().startswith("mutation"):
            self._left = self.times
        if "query RegistryMembers(" not in document:
            return ask()
        if self._left > 0:
            self._left -= 1
            return dict(self._old)
        self._old = ask()
        return dict(self._old)


def apply(world: World, goal: MembershipsGoal, port: Port | None = None) -> MembershipsOutcome:
    registry = world.registry()
    return apply_memberships(port or world.port, world.organization, registry, goal, first=True)


def goal(world: World, **roles: Role) -> MembershipsGoal:
    return MembershipsGoal({Principal("user", world.person(name)): role for name, role in roles.items()})


def test_what_holds_a_moment_later_is_waited_for(world: World) -> None:
    wanted = goal(world, alice=Role.MEMBER, bob=Role.VIEWER)
    outcome = apply(world, wanted, Lagging(world.port, times=3))
    assert {p: outcome.members[p].role for p in wanted.roles} == wanted.roles
    assert world.members().items() >= wanted.roles.items()


def test_what_does_not_come_to_hold_is_a_failure_and_ends(world: World) -> None:
    with pytest.raises(EntriesFailed, match=r"alice.* was added and does not read back"):
        apply(world, goal(world, alice=Role.MEMBER), Lagging(world.port, times=1000))


def wider(world: World) -> MembershipsGoal:
    """On a server that makes new members viewers: one who is to be less, one who is to be more."""
    wanted = goal(world, alice=Role.RESTRICTED_VIEWER, bob=Role.MEMBER)
    return replace(wanted, default_role=Role.VIEWER)


def test_nobody_is_more_than_they_are_to_be_for_a_moment(world: World, sandbox: Sandbox) -> None:
    sandbox.state.switches = Switches(default_role="viewer")
    registry, wanted = world.registry(), wider(world)
    create_collection(world.port, world.home(), "churn", "model", None)
    alice, bob = wanted.roles
    with pytest.raises(EntriesFailed, match="would be viewer of models for a moment") as failed:
        apply_memberships(world.port, world.organization, registry, wanted, first=True)
    assert f"subject: models/{alice.name}," in str(failed.value)
    assert alice not in world.members()
    assert world.members()[bob] is Role.MEMBER
    allowed = replace(wanted, tolerated=frozenset({alice}))
    apply_memberships(world.port, world.organization, registry, allowed, first=False)
    assert world.members()[alice] is Role.RESTRICTED_VIEWER


@pytest.mark.parametrize("default", [None, Role.RESTRICTED_VIEWER])
def test_a_default_that_is_low_enough_or_not_known_stops_nobody(world: World, default: Role | None) -> None:
    registry, wanted = world.registry(), replace(wider(world), default_role=default)
    create_collection(world.port, world.home(), "churn", "model", None)
    apply_memberships(world.port, world.organization, registry, wanted, first=True)
    assert world.members().items() >= wanted.roles.items()


def test_an_empty_registry_shows_nothing_to_anybody(world: World, sandbox: Sandbox) -> None:
    sandbox.state.switches = Switches(default_role="viewer")
    wanted = wider(world)
    apply(world, wanted)
    assert world.members().items() >= wanted.roles.items()


def test_the_subjects_of_overrides_are_users_and_teams() -> None:
    assert tolerated_by(frozenset({"alice", "team fraud"})) == {
        Principal("user", "alice"),
        Principal("team", "fraud"),
    }
