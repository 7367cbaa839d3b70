"""The memberships reconciler: who holds which role in one registry.

Additions come first, then roles, then the read-back, then removals: nobody whom the file names is ever
without what it gives, and the last admin is never taken before another one was read back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wandb_registry.reconcile.errors import AlreadyThere, EntriesFailed, LockOut, NotApplied
from wandb_registry.reconcile.principals import Case, Live, Record, Spelling, look_up
from wandb_registry.server.errors import Conflict, Invalid, NotFound
from wandb_registry.server.members import (
    Member,
    Principal,
    add_members,
    list_members,
    remove_members,
    set_roles,
)
from wandb_registry.server.organizations import Organization
from wandb_registry.server.port import Port
from wandb_registry.server.registries import Registry
from wandb_registry.server.viewer import Viewer, get_viewer
from wandb_registry.state.roles import Role

Roles = Mapping[Principal, Role]

# What a server gives a new member before its role is set (facts/wandb.md, roles): a killed run may leave it.
_ROLES_OF_A_NEW_MEMBER = frozenset({Role.RESTRICTED_VIEWER, Role.VIEWER})


@dataclass(frozen=True, slots=True)
class MembershipsGoal:
    """The members of one registry as desired.

    `baseline` are the members before us, `applied` those that this resource added or changed, `creator`
    the user whom the server made admin at the creation, `shown` the members that the last preview showed.
    `ids` are of users whom scan saw, `known` of those whom an earlier run of this resource saw as members,
    `service_accounts` are users whom a listing may leave out.
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


def find_creator(live: Live, goal: MembershipsGoal, viewer: Viewer) -> str | None:
    """The user who created the registry, told before any member of ours is there.

    An admin who is neither in the baseline nor desired; else the acting user where an admin.
    """
    admins = [
        p for p, m in live.items() if p.kind == "user" and m.role is Role.ADMIN and p not in goal.baseline
    ]
    desired = set(goal.roles) | under_another_name(goal, live)
    strangers = [p.name for p in admins if p not in desired]
    if len(strangers) == 1:
        return strangers[0]
    return next((p.name for p in admins if _is_acting(p, viewer)), None)


def apply_memberships(
    port: Port, organization: Organization, registry: Registry, goal: MembershipsGoal, *, first: bool
) -> MembershipsOutcome:
    """Bring the members of a registry to what is desired; `first` at the creation of the resource."""
    viewer = get_viewer(port)
    goal, live = read_members(port, organization, registry, goal)
    creator = find_creator(live, goal, viewer) if first else goal.creator
    _refuse_strangers(registry, goal, live, creator, first)
    failures: list[str] = []
    warnings: list[str] = []
    ids, missing = _resolve(port, organization, registry, goal, live, failures, warnings)
    if _add(port, registry, ids, failures):
        _, live = read_members(port, organization, registry, goal)
        failures.extend(f"{p} was added and does not read back" for p in sorted(set(ids) - set(live)))
    live = _set_roles(port, organization, registry, goal, live, failures)
    removed = _removals(goal, live, creator, warnings)
    _refuse_lock_out(registry, live, removed, viewer, goal)
    if removed:
        remove_members(port, registry.id, {p: live[p].id for p in removed})
        _, live = read_members(port, organization, registry, goal)
        if left := [str(p) for p in removed if p in live]:
            raise NotApplied(
                f"{', '.join(left)} of registry {registry.name} were removed and read back as there"
            )
    ours = frozenset(p for p in goal.roles if p in live and p not in goal.baseline)
    outcome = MembershipsOutcome(live, ours, creator, tuple(warnings), missing, _known_ids(goal, live))
    if failures:
        raise EntriesFailed(f"members of registry {registry.name}", failures, outcome)
    return outcome


def remove_memberships(
    port: Port, organization: Organization, registry: Registry, goal: MembershipsGoal
) -> None:
    """Remove what this resource applied; the baseline, the creator and the last admin stay."""
    goal, live = read_members(port, organization, registry, goal)
    viewer = get_viewer(port)
    keep = goal.baseline | {Principal("user", goal.creator or "")}
    gone = {p: live[p].id for p in goal.applied - keep if p in live and not _is_acting(p, viewer)}
    others = [p for p, member in live.items() if member.role is Role.ADMIN and p not in gone]
    if gone and not others:
        raise LockOut(f"registry {registry.name} would be left without an admin; nothing was removed")
    remove_members(port, registry.id, gone)


def _known_ids(goal: MembershipsGoal, live: Live) -> dict[Principal, str]:
    """The ids for the next run; one that is known already stays, so that no namesake takes it over."""
    users = [principal for principal in goal.roles if principal.kind == "user"]
    return {p: goal.known.get(p) or live[p].id for p in users if p in goal.known or p in live}


def _refuse_strangers(
    registry: Registry, goal: MembershipsGoal, live: Live, creator: str | None, first: bool
) -> None:
    """A member that nobody accounts for is not adopted, and at the first run not removed either."""
    known = goal.baseline | goal.applied | under_another_name(goal, live) | {Principal("user", creator or "")}
    for principal, member in sorted(live.items()):
        if principal in known:
            continue
        wanted = goal.roles.get(principal)
        if wanted is None:
            unseen = first and goal.exclusive
        else:
            unseen = principal not in goal.shown and not _could_be_ours(member.role, wanted)
        if unseen:
            raise AlreadyThere(
                f"{principal} is {member.role} of registry {registry.name}, and was not when scan ran",
                advice="Scan again, or add it to the stack file",
            )


def _could_be_ours(role: Role, wanted: Role) -> bool:
    """Whether a killed run of ours could have left this role; a service account starts as member."""
    on_the_way = role in _ROLES_OF_A_NEW_MEMBER or (role is Role.MEMBER and wanted is Role.ADMIN)
    return role is wanted or on_the_way


def _resolve(
    port: Port,
    organization: Organization,
    registry: Registry,
    goal: MembershipsGoal,
    live: Live,
    failures: list[str],
    warnings: list[str],
) -> tuple[dict[Principal, str], frozenset[Principal]]:
    """The id of each desired user and team that is to be added, and who is missing although `warn` allows it.

    One that cannot be told fails, and so does one that is proved missing unless `warn` allows it; the others
    go on.
    """
    told = look_up(port, organization, set(goal.roles) - set(live), goal.record)
    missing = frozenset(one.principal for one in told if one.case.proved_missing and goal.warn_missing)
    for one in told:
        if one.case is not Case.FOUND:
            lines = warnings if one.principal in missing else failures
            lines.append(one.line(organization, registry.name))
    return {one.principal: one.id for one in told if one.case is Case.FOUND}, missing


def _add(port: Port, registry: Registry, ids: dict[Principal, str], failures: list[str]) -> bool:
    """Add all at once, or each by itself where the server refuses one of them; whether anybody was added.

    Takes those that were refused out of `ids`.
    """
    try:
        add_members(port, registry.id, ids)
    except (NotFound, Invalid, Conflict):
        for principal, member_id in sorted(ids.items()):
            try:
                add_members(port, registry.id, {principal: member_id})
            except (NotFound, Invalid, Conflict) as error:
                failures.append(f"{principal}: {error.message}")
                del ids[principal]
    return bool(ids)


def _set_roles(
    port: Port,
    organization: Organization,
    registry: Registry,
    goal: MembershipsGoal,
    live: Live,
    failures: list[str],
) -> Live:
    changes = [
        (live[p], role) for p, role in sorted(goal.roles.items()) if p in live and live[p].role is not role
    ]
    if not changes:
        return live
    if all(member.role is not Role.ADMIN or role is Role.ADMIN for member, role in changes):
        errors = set_roles(port, registry.id, changes)
    else:  # give before taking: an admin steps down only after the others have their roles
        down = [(m, r) for m, r in changes if m.role is Role.ADMIN]
        errors = set_roles(port, registry.id, [c for c in changes if c not in down])
        _refuse_step_down(registry, read_members(port, organization, registry, goal)[1], down)
        errors.update(set_roles(port, registry.id, down))
    _, live = read_members(port, organization, registry, goal)
    failures.extend(f"{principal}: {error.message}" for principal, error in errors.items())
    for member, role in changes:
        principal = member.principal
        if principal not in errors and (principal not in live or live[principal].role is not role):
            failures.append(f"{principal} does not read back as {role}")
    return live


def _removals(goal: MembershipsGoal, live: Live, creator: str | None, warnings: list[str]) -> list[Principal]:
    """Who goes: whom we applied and the file no longer names, and under `exclusive` who came afterwards."""
    removed: list[Principal] = []
    desired = set(goal.roles) | under_another_name(goal, live)
    for principal in sorted(live):
        if principal in desired:
            continue
        if principal == Principal("user", creator or ""):
            if not goal.keep_creator:
                removed.append(principal)
        elif principal in goal.baseline:
            if goal.exclusive:
                warnings.append(f"{principal} was a member before this stack and is left as it is")
        elif principal in goal.applied or (goal.exclusive and principal in goal.shown):
            removed.append(principal)
        elif goal.exclusive:
            warnings.append(f"{principal} came after the preview; the next one shows its removal")
    return removed


def _refuse_lock_out(
    registry: Registry, live: Live, removed: list[Principal], viewer: Viewer, goal: MembershipsGoal
) -> None:
    if not removed:
        return
    admins = [p for p, member in live.items() if member.role is Role.ADMIN and p not in removed]
    if not admins:
        raise LockOut(
            f"registry {registry.name} would be left without an admin",
            advice="Name another admin in the stack file first",
        )
    if goal.keep_creator and any(_is_acting(principal, viewer) for principal in removed):
        raise LockOut(
            f"{viewer.username}, whose key this is, would lose registry {registry.name}",
            advice="Name it in the stack file, or use another key",
        )


def _is_acting(principal: Principal, viewer: Viewer) -> bool:
    return principal.kind == "user" and principal.name.casefold() == viewer.username.casefold()


def _refuse_step_down(registry: Registry, live: Live, down: list[tuple[Member, Role]]) -> None:
    stepping = {member.principal for member, _ in down}
    if not any(m.role is Role.ADMIN and p not in stepping for p, m in live.items()):
        raise LockOut(
            f"registry {registry.name} would be left without an admin",
            advice="Name another admin in the stack file first",
        )
