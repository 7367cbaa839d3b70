"""What the members of one registry are to be, what they are, and both in one spelling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wandb_registry.reconcile.principals import Live, Record, Spelling
from wandb_registry.server.members import Principal, list_members
from wandb_registry.server.organizations import Organization
from wandb_registry.server.port import Port
from wandb_registry.server.registries import Registry
from wandb_registry.state.roles import Role

Roles = Mapping[Principal, Role]


@dataclass(frozen=True, slots=True)
class MembershipsGoal:
    """The members of one registry as desired.

    `baseline` are the members before us, `applied` those that this resource added or changed, `creator`
    the user whom the server made admin at the creation, `shown` the members that the last preview showed.
    `ids` are of users whom scan saw, `known` of those whom an earlier run of this resource saw as members,
    `service_accounts` are users whom a listing may leave out.
    `default_role` is what this server gives a new member at first, None where nobody found out; `tolerated`
    are those who may have it for a moment although it is more than they are to get.
    """

    roles: Roles
    exclusive: bool = False
    keep_creator: bool = True
    warn_missing: bool = False
    baseline: frozenset[Principal] = frozenset()
    applied: frozenset[Principal] = frozenset()
    creator: str | None = None
    shown: frozenset[Principal] = frozenset()
    ids: Mapping[Principal, str] = field(default_factory=dict)
    known: Mapping[Principal, str] = field(default_factory=dict)
    service_accounts: frozenset[Principal] = frozenset()
    default_role: Role | None = None
    tolerated: frozenset[Principal] = frozenset()

    @property
    def record(self) -> Record:
        """Whom we know from before."""
        return Record(self.ids, self.known, self.applied, self.service_accounts)

    def spelled(self, names: Spelling) -> MembershipsGoal:
        """The same goal with every principal written in one way."""
        return replace(
            self,
            baseline=frozenset(map(names.of, self.baseline)),
            applied=frozenset(map(names.of, self.applied)),
            creator=names.of(Principal("user", self.creator)).name if self.creator else None,
            shown=frozenset(map(names.of, self.shown)),
            ids={names.of(principal): member_id for principal, member_id in self.ids.items()},
            known={names.of(principal): member_id for principal, member_id in self.known.items()},
            service_accounts=frozenset(map(names.of, self.service_accounts)),
        )


@dataclass(frozen=True, slots=True)
class MembershipsOutcome:
    """What is there now, and what the next run must know.

    `missing` are desired users of whom it is proved that nobody has their name; `known` are the ids of
    desired users who are or were members.
    """

    members: Live
    applied: frozenset[Principal]
    creator: str | None
    warnings: tuple[str, ...] = ()
    missing: frozenset[Principal] = frozenset()
    known: Mapping[Principal, str] = field(default_factory=dict)


def read_members(
    port: Port, organization: Organization, registry: Registry, goal: MembershipsGoal
) -> tuple[MembershipsGoal, Live]:
    """The members that are there, and the goal, both in the spelling of the file.

    Whom this resource applied stays applied under a new name: ids decide who somebody is.
    """
    found = list_members(port, organization, registry.project)
    names = Spelling(goal.roles, found)
    goal, live = goal.spelled(names), names.members(found)
    ours = {goal.record.id_of(principal) for principal in goal.applied if principal not in live}
    renamed = {principal for principal, member in live.items() if member.id in ours}
    return replace(goal, applied=goal.applied | renamed), live


def under_another_name(goal: MembershipsGoal, live: Live) -> frozenset[Principal]:
    """Members who are desired, by the id that is known, under a name that they have no more."""
    wanted = {goal.record.id_of(principal) for principal in goal.roles if principal not in live}
    return frozenset(p for p, member in live.items() if p not in goal.roles and member.id in wanted)


def namesakes(goal: MembershipsGoal, live: Live) -> frozenset[Principal]:
    """Members of a desired user's name who are somebody else, by the id that is known of the desired one."""
    users = [principal for principal in goal.roles if principal.kind == "user" and principal in live]
    return frozenset(p for p in users if goal.record.id_of(p) not in (None, live[p].id))
