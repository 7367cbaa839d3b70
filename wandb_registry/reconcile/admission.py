"""Letting members in: added, then given their roles, then read back until it holds.

No known input adds a member with a role, so a new one has the server's default role for a moment. Where that
is more than the member is to get, and there is something to see, nobody is added.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import tenacity

from wandb_registry.reconcile.errors import LockOut, RoleForAMoment
from wandb_registry.reconcile.membership_goal import MembershipsGoal, read_members
from wandb_registry.reconcile.principals import Live
from wandb_registry.server.collections import Home, list_collections
from wandb_registry.server.errors import Conflict, Invalid, NotFound
from wandb_registry.server.members import Member, Principal, add_members, set_roles
from wandb_registry.server.organizations import Organization
from wandb_registry.server.port import Port
from wandb_registry.server.registries import Registry
from wandb_registry.state.roles import Role

DEFAULT_ROLE = "default-role"  # the guard that an override lifts

# A server may answer from a copy that is a moment old; what does not hold after these is a failure.
_READ_BACKS = 5
_WAIT = tenacity.wait_exponential(multiplier=0.2, max=2)

Changes = list[tuple[Member, Role]]


@dataclass(frozen=True)
class Admission:
    """The members of one registry on their way in; what fails is noted, and the others go on."""

    port: Port
    organization: Organization
    registry: Registry
    goal: MembershipsGoal
    failures: list[str]

    def read(self) -> Live:
        """Who is there now, in the spelling of the file."""
        return read_members(self.port, self.organization, self.registry, self.goal)[1]

    def add(self, ids: Mapping[Principal, str], live: Live) -> Live:
        """Add those whom nothing stands against, in one request; answers who is there then."""
        wider = self._wider_for_a_moment(ids)
        self.failures.extend(str(error) for error in wider.values())
        wanted = {principal: member_id for principal, member_id in ids.items() if principal not in wider}
        added = self._add(wanted)
        if not added:
            return live
        live = self._read_back(lambda now: added <= set(now))
        self.failures.extend(f"{p} was added and does not read back" for p in sorted(added - set(live)))
        return live

    def set_roles(self, live: Live) -> Live:
        """Give the members that are there their roles; answers who is there then."""
        roles = sorted(self.goal.roles.items())
        changes = [(live[p], role) for p, role in roles if p in live and live[p].role is not role]
        if not changes:
            return live
        errors = self._change(changes)
        wanted = {m.principal: role for m, role in changes if m.principal not in errors}
        live = self._read_back(lambda now: all(p in now and now[p].role is r for p, r in wanted.items()))
        self.failures.extend(f"{principal}: {message}" for principal, message in errors.items())
        for principal, role in wanted.items():
            if principal not in live or live[principal].role is not role:
                self.failures.append(f"{principal} does not read back as {role}")
        return live

    def _add(self, ids: dict[Principal, str]) -> frozenset[Principal]:
        """All at once, or each by itself where the server refuses one of them; answers who was added."""
        try:
            add_members(self.port, self.registry.id, ids)
        except (NotFound, Invalid, Conflict):
            for principal, member_id in sorted(ids.items()):
                try:
                    add_members(self.port, self.registry.id, {principal: member_id})
                except (NotFound, Invalid, Conflict) as error:
                    self.failures.append(f"{principal}: {error.message}")
                    del ids[principal]
        return frozenset(ids)

    def _change(self, changes: Changes) -> dict[Principal, str]:
        """Give before taking: an admin steps down only after the others have their roles."""
        down: Changes = [(m, role) for m, role in changes if m.role is Role.ADMIN and role is not Role.ADMIN]
        errors = set_roles(self.port, self.registry.id, [change for change in changes if change not in down])
        if down:
            self._refuse_step_down(down)
            errors.update(set_roles(self.port, self.registry.id, down))
        return {principal: error.message for principal, error in errors.items()}

    def _refuse_step_down(self, down: Changes) -> None:
        stepping = {member.principal for member, _ in down}
        if not any(m.role is Role.ADMIN and p not in stepping for p, m in self.read().items()):
            raise LockOut(
                f"registry {self.registry.name} would be left without an admin",
                advice="Name another admin in the stack file first",
            )

    def _wider_for_a_moment(self, ids: Mapping[Principal, str]) -> dict[Principal, RoleForAMoment]:
        """Those who would have more than they are to get, until their role is set."""
        default, name = self.goal.default_role, self.registry.name
        wider = [
            principal
            for principal in sorted(ids)
            if default is not None
            and principal not in self.goal.tolerated
            and not self.goal.roles[principal].covers(default)
        ]
        if not wider or not self._holds_anything():
            return {}
        return {
            principal: RoleForAMoment(
                f"{principal} would be {default} of {name} for a moment, before being "
                f"{self.goal.roles[principal]}: this server gives every new member that role first",
                advice=f"If that may be, add to overrides: {{guard: {DEFAULT_ROLE}, subject: {name}/"
                f"{_subject(principal)}, reason: ..., approved_by: ...}}",
            )
            for principal in wider
        }

    def _holds_anything(self) -> bool:
        collections = list_collections(self.port, Home.of(self.organization, self.registry.project))
        return next(iter(collections), None) is not None

    def _read_back(self, holds: Callable[[Live], bool]) -> Live:
        """Who is there, read until it holds or nobody expects it any more."""
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_result(lambda live: not holds(live)),
            stop=tenacity.stop_after_attempt(_READ_BACKS),
            wait=_WAIT,
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else {},
        )
        return retrying(self.read)


def tolerated_by(subjects: frozenset[str]) -> frozenset[Principal]:
    """The principals behind the subjects (`alice`, `team fraud`) of overrides of one registry."""
    teams = {name for name in subjects if name.startswith("team ")}
    found = {Principal("team", name.removeprefix("team ")) for name in teams}
    return frozenset(found | {Principal("user", name) for name in subjects - teams})


def _subject(principal: Principal) -> str:
    return principal.name if principal.kind == "user" else str(principal)
