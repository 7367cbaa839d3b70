"""The memberships reconciler: who holds which role in one registry.

Additions come first, then roles, then the read-back, then removals: nobody whom the file names is ever
without what it gives, and the last admin is never taken before another one was read back.
"""

from __future__ import annotations

from dataclasses import replace

from wandb_registry.reconcile.admission import Admission
from wandb_registry.reconcile.errors import AlreadyThere, EntriesFailed, LockOut, NotApplied
from wandb_registry.reconcile.membership_goal import (
    MembershipsGoal,
    MembershipsOutcome,
    namesakes,
    read_members,
    under_another_name,
)
from wandb_registry.reconcile.principals import Case, Live, Told, look_up
from wandb_registry.server.members import Principal, remove_members
from wandb_registry.server.organizations import Organization
from wandb_registry.server.port import Port
from wandb_registry.server.registries import Registry
from wandb_registry.server.viewer import Viewer, get_viewer
from wandb_registry.state.roles import Role

# What a server gives a new member before its role is set (facts/wandb.md, roles): a killed run may leave it.
_ROLES_OF_A_NEW_MEMBER = frozenset({Role.RESTRICTED_VIEWER, Role.VIEWER})


def find_creator(live: Live, goal: MembershipsGoal, viewer: Viewer) -> str | None:
    """The user who created the registry, told before any member of ours is there.

    The acting user where an admin; else, after a run of somebody else that was killed, the one admin who is
    not desired, but in no registry that had members before us.
    """
    desired = goal.baseline | set(goal.roles) | under_another_name(goal, live)
    admins = [p for p, member in live.items() if p.kind == "user" and member.role is Role.ADMIN]
    acting = next((p for p in admins if _is_acting(p, viewer) and p not in goal.baseline), None)
    if acting is not None:
        return acting.name
    strangers = [p.name for p in admins if p not in desired]
    return strangers[0] if len(strangers) == 1 and not goal.baseline else None


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
    others = namesakes(goal, live)
    failures += [Told(one, Case.ANOTHER).line(organization, registry.name) for one in sorted(others)]
    mine = {principal: role for principal, role in goal.roles.items() if principal not in others}
    admission = Admission(port, organization, registry, replace(goal, roles=mine), failures)
    live = admission.set_roles(admission.add(ids, live))
    removed = _removals(goal, live, creator, failures, warnings)
    _refuse_lock_out(registry, live, removed, viewer, goal)
    if removed:
        remove_members(port, registry.id, {p: live[p].id for p in removed})
        live = admission.read()
        if left := [str(p) for p in removed if p in live]:
            raise NotApplied(
                f"{', '.join(left)} of registry {registry.name} were removed and read back as there"
            )
    ours = frozenset(p for p in mine if p in live and p not in goal.baseline)
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


def _removals(
    goal: MembershipsGoal, live: Live, creator: str | None, failures: list[str], warnings: list[str]
) -> list[Principal]:
    """Who goes: whom we applied and the file no longer names, and under `exclusive` who came afterwards.

    Somebody whom no preview showed is not removed, and nothing is linked before a preview did.
    """
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
            failures.append(f"{principal} came after the preview; the next one shows its removal")
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
