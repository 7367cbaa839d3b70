"""Any single change of a stack file by which somebody would see more is caught, by check and by verify.

The changed file is applied as if nothing had stopped it; the server's own permission engine says who may
do more with a team's models than in the legacy registry, and than by the file as scan wrote it.
"""

from __future__ import annotations

from pathlib import Path

from hypothesis import event, given
from hypothesis import strategies as st

from tests.properties.applying import apply_stack
from tests.properties.built import Built, Server
from tests.properties.organizations import TEAMS, OrganizationSpec, organizations
from tests.properties.test_boundary import RANDOM, everything_accepted, shown
from tests.properties.widenings import changed
from tests.providers.declaring import refusals
from wandb_registry.access.rights import NONE, Right
from wandb_registry.state.inventory import Inventory
from wandb_registry.state.models import StackState
from wandb_registry.verify.compare_access import compare_access
from wandb_registry.verify.observation import Verdict

_AS_SCANNED = "as-scanned-"


def places(stack: StackState, inventory: Inventory, team: str) -> list[str]:
    """The registries in which the stack file has a version of a team's models."""
    legacy = next(one for one in inventory.legacy if one.team == team)
    ids = {link.artifact_id for collection in legacy.collections for link in collection.links}
    return [
        name
        for name, state in stack.registries.items()
        if any(link.id in ids for one in state.collections.values() for link in one.links.values())
    ]


def rights(built: Built, registries: list[str], person: str) -> Right:
    """What the server lets somebody do with models that stand in these registries."""
    found = NONE
    for registry in registries:
        found |= built.registry_rights(registry, person)
    return found


def gained(built: Built, inventory: Inventory, plain: StackState, wide: StackState) -> set[str]:
    """Who may do more with a team's models than before, and than by the file as it was scanned."""
    found = set()
    for team in map(built.name, TEAMS):
        columns = shown(team, inventory)
        for person in built.everybody:
            had = built.legacy_rights(team, person) | rights(built, places(plain, inventory, team), person)
            if rights(built, places(wide, inventory, team), person) & columns & ~had:
                found.add(person)
    return found


@RANDOM
@given(spec=organizations(), data=st.data())
def test_a_change_that_shows_more_to_somebody_is_caught(
    server: Server, folder: Path, spec: OrganizationSpec, data: st.DataObject
) -> None:
    built = Built(server, spec)
    try:
        stack, scanned = built.scan(folder)
        inventory = everything_accepted(scanned, built.everybody, [built.name(team) for team in TEAMS])
        assert refusals(stack, inventory) == []
        names = {_AS_SCANNED + name: state for name, state in stack.registries.items()}
        plain = stack.model_copy(update={"registries": names})
        wide = changed(built, stack, data)
        apply_stack(built.port, plain, inventory)
        apply_stack(built.port, wide, inventory)
        people = gained(built, inventory, plain, wide)
        event(f"{len(people)} people gain")
        found = compare_access(wide, inventory, built.target(wide), strict=True)
        blamed = {one.subject.rpartition(" ")[2] for one in found if one.verdict is Verdict.DIFFERENCE}
        assert people <= blamed
        if people:
            assert refusals(wide, inventory)
    finally:
        built.close()
