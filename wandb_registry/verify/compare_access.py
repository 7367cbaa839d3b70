"""The access matrix against the live members: does anybody see more than before, or less?

Before comes from the inventory, after from the members that the server shows now, never from what was
applied. A difference that nobody decided is a difference, in either direction; what scan could not read
is unreadable.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wandb_registry.access.after import Members, recorded_seats
from wandb_registry.access.differences import Change
from wandb_registry.access.matrix import Block, Matrix, baseline_of, matrix
from wandb_registry.access.rights import words
from wandb_registry.errors import listed
from wandb_registry.state.inventory import BaselineRegistry, Inventory
from wandb_registry.state.models import RegistryState, StackState
from wandb_registry.state.origins import Origins
from wandb_registry.state.people import Difference, Unprovable
from wandb_registry.state.roles import Role
from wandb_registry.verify.compare_members import creator_of
from wandb_registry.verify.observation import Observation, Verdict
from wandb_registry.verify.target import NotThere, Target, TargetMembers, TargetRegistry, Unreadable

_ROLES = frozenset(role.value for role in Role)
_UNPROTECTED = "alias-unprotected"  # the guard that refuses it in preview
_NO_RECORD = "the inventory was written before access was recorded: scan again"


def compare_access(
    stack: StackState, inventory: Inventory, target: Target, *, strict: bool
) -> Iterator[Observation]:
    """Everything to be said about who may do what."""
    yield from _unprotected(stack, inventory)
    if inventory.access is None:
        # Without people there is nothing that a matrix could say.
        if any(team.people for team in inventory.legacy):
            yield Observation(Verdict.UNREADABLE, "access", inventory.organization.name, reason=_NO_RECORD)
        return
    found = live_matrix(stack, inventory, target)
    yield from _changes(found, strict=strict)
    for one in found.unprovable:
        yield Observation(Verdict.UNREADABLE, "access", one.subject, reason=f"{one.what}: {one.reason}")


def _unprotected(stack: StackState, inventory: Inventory) -> Iterator[Observation]:
    """Aliases that only some could move on the legacy side, and that the file does not ask to protect."""
    origins = Origins(inventory)
    lifted = {one.subject: one for one in stack.overrides if one.guard == _UNPROTECTED}
    for name, state in stack.registries.items():
        for alias in origins.of(name, state).protected:
            if alias in (state.protected_aliases or ()):
                continue
            override = lifted.get(f"{name}/{alias}")
            verdict = Verdict.NOTE if override else Verdict.DIFFERENCE
            decided = f"override by {override.approved_by}: {override.reason}" if override else ""
            reason = decided or "every member could move it: name it in protected_aliases"
            yield Observation(
                verdict, "protected_aliases", f"{name} alias {alias}", "protected", "left out", reason
            )


def live_matrix(stack: StackState, inventory: Inventory, target: Target) -> Matrix:
    """The matrix for the members that the server shows; a registry that could not be read is unprovable."""
    members, unread = {}, []
    for name, state in stack.registries.items():
        seen = target.registries.get(name)
        if isinstance(seen, NotThere):
            continue  # nobody may do anything in what is not there, and that is said already
        if not isinstance(seen, TargetRegistry) or not isinstance(seen.members, TargetMembers):
            unread.append(Unprovable(what="members", subject=name, reason="could not be read"))
        elif strange := _strange_roles(seen.members):
            reason = f"a role is not known here: {', '.join(strange)}"
            unread.append(Unprovable(what="members", subject=name, reason=reason))
        else:
            baseline = baseline_of(stack, inventory, name)
            members[name] = _live(state, seen, seen.members, inventory, baseline)
    found = matrix(stack, inventory, members, _contents(target))
    return replace(found, unprovable=(*found.unprovable, *unread))


def _contents(target: Target) -> dict[str, dict[str, frozenset[str]]]:
    """What the registries hold, as far as it could be read."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for name, seen in target.registries.items():
        if isinstance(seen, TargetRegistry) and not isinstance(seen.collections, Unreadable):
            held = seen.collections.items()
            found[name] = {key: frozenset(link.artifact_id for link in one.links) for key, one in held}
    return found


def _strange_roles(members: TargetMembers) -> list[str]:
    return sorted({*members.users.values(), *members.teams.values()} - _ROLES)


def _live(
    state: RegistryState,
    seen: TargetRegistry,
    members: TargetMembers,
    inventory: Inventory,
    baseline: BaselineRegistry | None,
) -> Members:
    return Members(
        users={name: Role(role) for name, role in members.users.items()},
        teams={name: Role(role) for name, role in members.teams.items()},
        people=members.people,
        visibility=seen.visibility,
        creator=creator_of(state, members, baseline),
        live=True,
        seats=recorded_seats(inventory),
    )


def _changes(found: Matrix, *, strict: bool) -> Iterator[Observation]:
    """Open differences person by person, settled ones by class: named and counted."""
    open_ones: dict[tuple[str, str, Change], None] = {}
    settled: dict[tuple[str, str, Difference | None, str], list[str]] = {}
    for block, person, change in found.changes():
        if change.is_open or change.since:
            open_ones[block.registry, person, change] = None
        else:
            people = settled.setdefault(_class(block, change), [])
            if person not in people:
                people.append(person)
    for registry, person, change in open_ones:
        yield _open(registry, person, change, strict=strict)
    for (registry, what, _, reason), people in settled.items():
        yield Observation(Verdict.NOTE, "access", registry, f"{len(people)}: {listed(people)}", what, reason)


def _class(block: Block, change: Change) -> tuple[str, str, Difference | None, str]:
    what = f"{'may also' if change.gained else 'may no longer'}: {words(change.rights)}"
    return block.registry, what, change.difference, f"{change.difference}, {change.settled}"


def _open(registry: str, person: str, change: Change, *, strict: bool) -> Observation:
    verdict = Verdict.CHANGED_SINCE if change.since and not strict else Verdict.DIFFERENCE
    had, has = ("not", "may") if change.gained else ("may", "not any more")
    rights = words(change.rights)
    reason = change.reason
    if change.difference is not None:
        reason = (
            f"{change.difference}: {change.reason}; decide in migration.yaml under accept, and scan again"
        )
    return Observation(
        verdict, "access", f"{registry} user {person}", f"{had}: {rights}", f"{has}: {rights}", reason
    )
