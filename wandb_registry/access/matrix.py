"""The access matrix of one stack: person by collection, before and after, grouped by equal rights.

Rights depend on the collection only through its team and its registry, so collections are grouped by
these first, and people by equal rights within a group: 2,000 people by 2,400 collections are a few
thousand rows, never five million cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wandb_registry.access.after import Has, Members, declared_members, people_with_access
from wandb_registry.access.before import Before, Had
from wandb_registry.access.differences import Change, Decisions, Place, changes
from wandb_registry.access.places import Contents, standing
from wandb_registry.access.rights import Grant
from wandb_registry.state.inventory import BaselineRegistry, Inventory
from wandb_registry.state.models import StackState
from wandb_registry.state.people import AccessRecord, Difference, Unprovable


@dataclass(frozen=True, slots=True)
class Row:
    """People with equal rights to a group of collections, and what changes for each of them."""

    people: tuple[str, ...]
    before: Grant
    after: Grant
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """The collections of one registry that come from one team, as `team/model` -> `registry/collection`."""

    team: str
    registry: str
    collections: Mapping[str, str]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Everybody's rights to every collection with a legacy origin, and what could not be read."""

    blocks: tuple[Block, ...]
    unprovable: tuple[Unprovable, ...] = ()

    def changes(self) -> Iterator[tuple[Block, str, Change]]:
        """Every difference, person by person."""
        for block in self.blocks:
            for row in block.rows:
                for person in row.people:
                    yield from ((block, person, change) for change in row.changes)


def declared_matrix(stack: StackState, inventory: Inventory) -> Matrix:
    """The matrix that a stack file declares: before from the inventory, after from the file."""
    members = {
        name: declared_members(state, inventory, baseline_of(stack, inventory, name))
        for name, state in stack.registries.items()
    }
    return matrix(stack, inventory, members)


def matrix(
    stack: StackState,
    inventory: Inventory,
    members: Mapping[str, Members],
    contents: Contents | None = None,
) -> Matrix:
    """The matrix for members of registries, by the stack file's names; registries left out are not in it.

    `contents`: what the registries hold on the server, where that was read.
    """
    record = inventory.access or AccessRecord()
    before = Before(inventory)
    decisions = Decisions(record, stack.overrides)
    blocks = []
    for there in standing(stack, inventory, contents or {}):
        team, registry = there.team, there.registry
        if registry in members:
            protects = before.protects(team) or bool(stack.registries[registry].protected_aliases)
            place = Place(
                team,
                registry,
                protects,
                before.members(team),
                members[registry],
                copied=there.copied,
                since=there.since,
            )
            has = people_with_access(members[registry], record)
            rows = _rows(before.people(team), has, place, decisions)
            blocks.append(Block(team, registry, there.collections, rows))
    names = {block.registry for block in blocks}
    unknown = _unknown_teams({name: members[name] for name in sorted(names)})
    return Matrix(tuple(blocks), (*_unsettled(record), *unknown))


def baseline_of(stack: StackState, inventory: Inventory, name: str) -> BaselineRegistry | None:
    """What a registry held before us, also under the name that it had then."""
    old = stack.registries[name].renamed_from
    return inventory.baseline.get(name) or (inventory.baseline.get(old) if old else None)


def _rows(
    had: Mapping[str, Had], has: Mapping[str, Has], place: Place, decisions: Decisions
) -> tuple[Row, ...]:
    grouped: dict[tuple[Grant, Grant, tuple[Change, ...]], list[str]] = {}
    for key in sorted({*had, *has}):
        mine, theirs = had.get(key), has.get(key)
        before = Grant() if mine is None else _shown(mine.grant, place)
        after = Grant() if theirs is None else _shown(theirs.through(*theirs.by_way), place)
        if before.rights or after.rights:
            name = theirs.name if theirs else mine.name if mine else key
            grouped.setdefault((before, after, changes(mine, theirs, place, decisions)), []).append(name)
    rows = [Row(tuple(people), *key) for key, people in grouped.items()]
    return tuple(sorted(rows, key=_order))


def _order(row: Row) -> tuple[object, ...]:
    """Open differences first, then the most powerful."""
    return (not any(one.is_open for one in row.changes), not row.changes, -int(row.after.rights), row.people)


def _shown(grant: Grant, place: Place) -> Grant:
    rights = grant.rights & place.shown
    return Grant(rights, grant.reason if rights else "")


def _unsettled(record: AccessRecord) -> Iterator[Unprovable]:
    """What was not told, but for what reviewers accepted for everybody whoever it is."""
    for one in record.unprovable:
        if one.difference is None or record.acceptance(one.difference) is None:
            yield one


def _unknown_teams(members: Mapping[str, Members]) -> Iterator[Unprovable]:
    for registry, one in members.items():
        for team in one.unknown_teams:
            yield Unprovable(
                what="people of a team",
                subject=f"{registry}/team {team}",
                reason=f"who is in team {team}, a member of the registry, is not known",
                difference=Difference.WIDENING,
            )
