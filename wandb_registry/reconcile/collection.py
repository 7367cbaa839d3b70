"""The collection reconciler: adopt by baseline or create, change, rename, delete."""

from __future__ import annotations

from dataclasses import dataclass

from wandb_registry.reconcile.errors import (
    AlreadyThere,
    EmptyCollectionUnsupported,
    NotApplied,
    NotEmpty,
    TypeFixed,
)
from wandb_registry.reconcile.sources import require_open
from wandb_registry.server.capabilities import has_mutation
from wandb_registry.server.collections import (
    Collection,
    Home,
    change_tags,
    count_committed,
    create_collection,
    delete_collection,
    get_collection,
    list_collections,
    update_collection,
)
from wandb_registry.server.errors import Conflict, NotVisible, ServerError
from wandb_registry.server.links import link_all, list_links
from wandb_registry.server.port import Port


@dataclass(frozen=True, slots=True)
class CollectionGoal:
    """A collection as desired; None is not managed.

    `first_source` is the artifact id that makes the collection where the server cannot make an empty one,
    `opened` the restricted projects that reviewers decided to link from.
    """

    name: str
    type: str
    description: str | None = None
    tags: tuple[str, ...] | None = None
    first_source: str | None = None
    opened: frozenset[str] = frozenset()


def locate_collection(port: Port, home: Home, name: str, collection_id: str = "") -> Collection | None:
    """The collection by name, or by id where it was renamed; None where a complete listing lacks it."""
    found = get_collection(port, home, name)
    if found is not None and collection_id in ("", found.id):
        return found
    if not collection_id:
        return None
    return next((c for c in list_collections(port, home) if c.id == collection_id), None)


def ensure_collection(port: Port, home: Home, goal: CollectionGoal, baseline_id: str | None) -> Collection:
    """Adopt the collection of the baseline, take up our own after a kill, or create it."""
    live = get_collection(port, home, goal.name)
    if live is None:
        if baseline_id is not None:
            raise NotVisible(
                f"collection {goal.name} was in {home} when scan ran, and is gone",
                advice="Scan again",
            )
        live = _create(port, home, goal)
    elif live.type != goal.type:
        raise TypeFixed(
            f"collection {goal.name} of {home} has type {live.type}, not {goal.type}; W&B never changes it",
            advice="Choose another name for the collection",
        )
    elif baseline_id != live.id and not (baseline_id is None and _could_be_ours(live, goal)):
        raise AlreadyThere(
            f"collection {goal.name} of {home} exists, and was not there like this when scan ran",
            advice="Scan again",
        )
    return change_collection(port, home, live, goal)


def change_collection(port: Port, home: Home, live: Collection, goal: CollectionGoal) -> Collection:
    """Bring name, description and tags to what is desired, and read them back."""
    if live.type != goal.type:
        raise TypeFixed(f"collection {live.name} of {home} has type {live.type}, which W&B never changes")
    name = goal.name if goal.name != live.name else None
    description = goal.description if goal.description is not None else None
    if description == (live.description or ""):
        description = None
    add = [tag for tag in goal.tags or () if tag not in live.tags]
    remove = [tag for tag in live.tags if goal.tags is not None and tag not in goal.tags]
    if name is None and description is None and not add and not remove:
        return live
    if name is not None or description is not None:
        update_collection(port, live.id, name=name, description=description)
    change_tags(port, home, goal.name, add=add, remove=remove)
    changed = get_collection(port, home, goal.name)
    if (
        changed is None
        or (goal.description is not None and (changed.description or "") != goal.description)
        or (goal.tags is not None and set(changed.tags) != set(goal.tags))
    ):
        raise NotApplied(f"collection {goal.name} of {home} does not read back as it was written")
    return changed


def remove_collection(port: Port, home: Home, name: str, collection_id: str) -> None:
    """Delete a collection that we made, once nothing is in it; one that is gone is no error."""
    live = locate_collection(port, home, name, collection_id)
    if live is None:
        return
    found = list_links(port, home, live.name)
    # A listing that ended early must not make it look empty.
    left = max(len(found[1]) if found else 0, count_committed(port, home, live.name) or 0)
    if left:
        raise NotEmpty(
            f"collection {live.name} of {home} holds {left} links that this stack did not make",
            advice="Unlink them by hand, or set delete: retain",
        )
    delete_collection(port, live.id)


def _create(port: Port, home: Home, goal: CollectionGoal) -> Collection:
    if has_mutation(port, "createArtifactPortfolio"):
        try:
            create_collection(port, home, goal.name, goal.type, goal.description)
        except Conflict:
            raise AlreadyThere(
                f"collection {goal.name} of {home} exists under this name in another case or kind",
                advice="Choose another name for the collection",
            ) from None
    elif goal.first_source is not None:
        require_open(port, home, [goal.first_source], goal.opened)
        result = link_all(port, home, goal.name, [goal.first_source])[0]
        if isinstance(result, ServerError):
            raise result
    else:
        raise EmptyCollectionUnsupported(
            f"this server cannot make the empty collection {goal.name} of {home}",
            advice="Give it a link, or take it out of the stack file",
        )
    live = get_collection(port, home, goal.name)
    if live is None:
        raise NotApplied(f"collection {goal.name} of {home} was written and cannot be read back")
    return live


def _could_be_ours(live: Collection, goal: CollectionGoal) -> bool:
    """Whether a killed run of ours could have left this: our first request, or a part of what follows it."""
    description = live.description or ""
    return description in ("", goal.description or "") and set(live.tags) <= set(goal.tags or ())
