"""The baseline after a second scan: what this stack made itself is not something that was there before.

The first scan sees the target before us. A later one also sees what `up` made meanwhile, so what the
earlier stack file asked for, and the earlier baseline does not hold, is taken as ours; everything else
that is there now was there before us, or came by other hands.
"""

from __future__ import annotations

from collections.abc import Mapping

from wandb_registry.state.inventory import BaselineCollection, BaselineRegistry, Inventory
from wandb_registry.state.models import CollectionState, RegistryState, StackState

Target = Mapping[str, BaselineRegistry]


def baseline_of(target: Target, earlier: tuple[StackState, Inventory] | None) -> dict[str, BaselineRegistry]:
    """The baseline of each registry that is there now; `earlier` is what the same scan wrote before."""
    if earlier is None:
        return dict(target)
    stack, inventory = earlier
    kept: dict[str, BaselineRegistry] = {}
    for name, live in target.items():
        before, asked = inventory.baseline.get(name), stack.registries.get(name)
        found = live if asked is None else _without_ours(live, asked, before)
        if found is not None:
            kept[name] = found
    return kept


def _without_ours(
    live: BaselineRegistry, asked: RegistryState, before: BaselineRegistry | None
) -> BaselineRegistry | None:
    """What is not ours of a registry that an earlier scan asked for; None where all of it is."""
    collections = {
        name: rest
        for name, collection in live.collections.items()
        if (
            rest := _others(
                collection, asked.collections.get(name), before.collections.get(name) if before else None
            )
        )
    }
    if before is None and not collections and live.visibility == asked.visibility:
        return None
    asked_members = asked.members
    teams = asked_members.teams if asked_members else {}
    users = asked_members.users if asked_members else {}
    return live.model_copy(
        update={
            "teams": _not_ours(live.teams, teams, before.teams if before else {}),
            "users": _not_ours(live.users, users, before.users if before else {}),
            "collections": collections,
            **({} if before is None else {"description": before.description}),
        }
    )


def _not_ours(
    live: Mapping[str, object], asked: Mapping[str, object], before: Mapping[str, object]
) -> object:
    return {
        name: before.get(name, role) for name, role in live.items() if name in before or name not in asked
    }


def _others(
    live: BaselineCollection, asked: CollectionState | None, before: BaselineCollection | None
) -> BaselineCollection | None:
    if asked is None:
        return live
    ours = {link.id for link in asked.links.values() if link.id}
    held = before.links if before else {}
    links = {
        artifact_id: held.get(artifact_id, link)
        for artifact_id, link in live.links.items()
        if artifact_id in held or artifact_id not in ours
    }
    if before is None and not links and live.type == asked.type:
        return None
    update: dict[str, object] = {"links": links}
    if before is not None:
        update |= {"description": before.description, "tags": before.tags}
    return live.model_copy(update=update)
