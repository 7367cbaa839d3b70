"""The memberships reconciler: who holds which role in one registry.

Additions come first, then roles, then the read-back, then removals: nobody whom the file names is ever
without what it gives, and the last admin is never taken before another one was read back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wandb_registry.reconcile.errors import AlreadyThere, EntriesFailed, LockOut, NotApplied
from wandb_registry.server.members import (
    Member,
    Principal,
    add_members,
    find_team,
    list_members,
    organization_people,
    remove_members,
    search_user,
    set_roles,
)
from wandb_registry.server.organizations import Organization
from wandb_registry.server.port import Port
from wandb_registry.server.registries import Registry
from wandb_registry.server.viewer import Viewer, get_viewer
from wandb_registry.state.roles import Role

Live = Mapping[Principal, Member]
Roles = Mapping[Principal, Role]

# What a server gives a new member before its role is set (facts/wandb.md, roles): a killed run may leave it.
_ROLES_OF_A_NEW_MEMBER = frozenset({Role.RESTRICTED_VIEWER, Role.VIEWER})


@dataclass(frozen=True, slots=True)
class MembershipsGoal:
    """The members of one registry as desired.

    `baseline` are the members before us, `applied` those that this resource added or changed, `creator`
    the user whom the server made admin at the creation, `shown` the members that the last preview showed.
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


@dataclass(frozen=True, slots=True)
class MembershipsOutcome:
    """What is there now, and what the next run must know."""

    members: Live
    applied: frozenset[Principal]
    creator: str | None
    warnings: tuple[str, ...] = ()


def find_creator(live: Live, goal: MembershipsGoal, viewer: Viewer) -> str | None:
    """The user who created the registry, told before any member of ours is there.

    An admin who is neither in the baseline nor desired; else the acting user where an admin.
    """
    admins = [
        p for p, m in live.items() if p.kind == "user" and m.role is Role.ADMIN and p not in goal.baseline
    ]
    strangers = [p.name for p in admins if p not in goal.roles]
    if len(strangers) == 1:
        return strangers[0]
    return viewer.username if Principal("user", viewer.username) in admins else None


def apply_memberships(
    port: Port, organization: Organization, registry: Registry, goal: MembershipsGoal, *, first: bool
) -> MembershipsOutcome:
    """Bring the members of a registry to what is desired; `first` at the creation of the resource."""
    viewer = get_viewer(port)
    live: Live = list_members(port, organization, registry.project)
    creator = find_creator(live, goal, viewer) if first else goal.creator
    _refuse_strangers(registry, goal, live, creator, first)
    failures: list[str] = []
    warnings: list[str] = []
    ids = _resolve(port, organization, goal, live, failures, warnings)
    add_members(port, registry.id, {p: i for p, i in ids.items() if p not in live})
    live = list_members(port, organization, registry.project) if set(ids) - set(live) else live
    live = _set_roles(port, organization, registry, goal, live, failures)
    removed = _removals(goal, live, creator, warnings)
    _refuse_lock_out(registry, live, removed, viewer, goal)
    if removed:
        remove_members(port, registry.id, {p: live[p].id for p in removed})
        live = list_members(port, organization, registry.project)
        if left := [str(p) for p in removed if p in live]:
            raise NotApplied(
                f"{', '.join(left)} of registry {registry.name} were removed and read back as there"
            )
    ours = {p for p in goal.roles if p in live and p not in goal.baseline}
    outcome = MembershipsOutcome(live, frozenset(ours), creator, tuple(warnings))
    if failures:
        raise EntriesFailed(f"members of registry {registry.name}", failures, outcome)
    return outcome


def remove_memberships(
    port: Port, organization: Organization, registry: Registry, goal: MembershipsGoal
) -> None:
    """Remove what this resource applied; the baseline, the creator and the last admin stay."""
    live = list_members(port, organization, registry.project)
    viewer = get_viewer(port)
    keep = {Principal("user", name) for name in (goal.creator, viewer.username) if name}
    gone = {p: live[p].id for p in goal.applied if p in live and p not in goal.baseline and p not in keep}
    others = [p for p, member in live.items() if member.role is Role.ADMIN and p not in gone]
    if gone and not others:
        raise LockOut(f"registry {registry.name} would be left without an admin; nothing was removed")
    remove_members(port, registry.id, gone)


def _refuse_strangers(
    registry: Registry, goal: MembershipsGoal, live: Live, creator: str | None, first: bool
) -> None:
    """A member that nobody accounts for is not adopted, and at the first run not removed either."""
    for principal, member in sorted(live.items()):
        if (
            principal in goal.baseline
            or principal in goal.applied
            or principal == Principal("user", creator or "")
        ):
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
    goal: MembershipsGoal,
    live: Live,
    failures: list[str],
    warnings: list[str],
) -> dict[Principal, str]:
    """The id of each desired member; one that cannot be told fails or warns, the others go on."""
    ids = {principal: live[principal].id for principal in goal.roles if principal in live}
    absent = sorted(set(goal.roles) - set(ids))
    users = any(principal.kind == "user" for principal in absent)
    people = organization_people(port, organization) if users else None
    for principal in absent:
        found = _find(port, principal, people, goal.ids.get(principal))
        if found is None:
            message = f"{principal} is not known to {organization}, or this key may not see it"
            (warnings if goal.warn_missing else failures).append(message)
        elif found != goal.ids.get(principal, found):
            failures.append(f"{principal} is another person than scan saw under this name; scan again")
        else:
            ids[principal] = found
    return ids


def _find(
    port: Port, principal: Principal, people: Mapping[str, str] | None, recorded: str | None
) -> str | None:
    """The id by name where the server tells; else the id that scan recorded, which is the identity."""
    if principal.kind == "team":
        return find_team(port, principal.name)
    if people is not None:
        return people.get(principal.name)
    return recorded or search_user(port, principal.name)


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
        _refuse_step_down(registry, list_members(port, organization, registry.project), down)
        errors.update(set_roles(port, registry.id, down))
    live = list_members(port, organization, registry.project)
    failures.extend(f"{principal}: {error.message}" for principal, error in errors.items())
    for member, role in changes:
        principal = member.principal
        if principal not in errors and (principal not in live or live[principal].role is not role):
            failures.append(f"{principal} does not read back as {role}")
    return live


def _removals(goal: MembershipsGoal, live: Live, creator: str | None, warnings: list[str]) -> list[Principal]:
    """Who goes: whom we applied and the file no longer names, and under `exclusive` who came afterwards."""
    removed: list[Principal] = []
    for principal in sorted(live):
        if principal in goal.roles:
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
    acting = Principal("user", viewer.username)
    if acting in removed and goal.keep_creator:
        raise LockOut(
            f"{viewer.username}, whose key this is, would lose registry {registry.name}",
            advice="Name it in the stack file, or use another key",
        )


def _refuse_step_down(registry: Registry, live: Live, down: list[tuple[Member, Role]]) -> None:
    stepping = {member.principal for member, _ in down}
    if not any(m.role is Role.ADMIN and p not in stepping for p, m in live.items()):
        raise LockOut(
            f"registry {registry.name} would be left without an admin",
            advice="Name another admin in the stack file first",
        )
