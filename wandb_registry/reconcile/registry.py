"""The registry reconciler: adopt by baseline or create, change, rename, delete."""

from __future__ import annotations

from dataclasses import dataclass

from wandb_registry.reconcile.errors import (
    AlreadyThere,
    NotApplied,
    NotEmpty,
    RestrictedCreationRefused,
    VisibilityFixed,
)
from wandb_registry.server.collections import Home, list_collections
from wandb_registry.server.errors import Conflict, NotVisible, PermissionDenied
from wandb_registry.server.organizations import Organization, is_organization_admin
from wandb_registry.server.port import Port
from wandb_registry.server.registries import (
    Registry,
    create_registry,
    delete_registry,
    find_registry_by_id,
    get_registry,
    list_registries,
    rename_registry,
    update_registry,
)
from wandb_registry.server.viewer import get_viewer
from wandb_registry.state.models import Visibility


@dataclass(frozen=True, slots=True)
class RegistryGoal:
    """A registry as desired; `artifact_types` None means any, `description` None is not managed."""

    name: str
    visibility: Visibility
    description: str | None = None
    artifact_types: tuple[str, ...] | None = None


def locate_registry(
    port: Port, organization: Organization, name: str, registry_id: str = ""
) -> Registry | None:
    """The registry by name, or by id where it was renamed meanwhile; None only where it is proved gone.

    A null alone proves nothing: a restricted registry answers so to whoever may not see it. Only an
    organization admin, who sees every registry, can prove it by a complete listing. That listing has no
    total to be compared with, so what it lacks is asked for by id too.
    """
    found = get_registry(port, organization, name)
    if found is not None and registry_id in ("", found.id):
        return found
    for registry in list_registries(port, organization):
        if registry.id == registry_id:
            return registry
    found = find_registry_by_id(port, organization, registry_id)
    if found is not None:
        return found
    if is_organization_admin(port, organization, get_viewer(port).username):
        return None
    raise NotVisible(
        f"registry {name} of {organization} is not there, or this key may not see it",
        advice="Use a key of an organization admin, who can tell; nothing was changed",
    )


def ensure_registry(
    port: Port, organization: Organization, goal: RegistryGoal, baseline_id: str | None
) -> Registry:
    """Adopt the registry of the baseline, take up our own after a kill, or create it."""
    live = get_registry(port, organization, goal.name)
    if live is None:
        if baseline_id is not None:
            raise NotVisible(
                f"registry {goal.name} was there when scan ran, and is not there now or hidden from this key",
                advice="Scan again",
            )
        return _create(port, organization, goal)
    if baseline_id == live.id:
        return change_registry(port, organization, live, goal)
    if baseline_id is None and _could_be_ours(live, goal):
        return live
    raise AlreadyThere(
        f"registry {goal.name} of {organization} exists, and was not there like this when scan ran",
        advice="Scan again",
    )


def change_registry(port: Port, organization: Organization, live: Registry, goal: RegistryGoal) -> Registry:
    """Bring what is there to what is desired; types are only added, as W&B takes none away."""
    if live.visibility == "restricted" and goal.visibility == "organization":
        raise VisibilityFixed(f"registry {live.name} is restricted, and W&B cannot open it again")
    if live.name != goal.name:
        rename_registry(port, organization, live.name, goal.name)
        live = _read_back(port, organization, goal.name)
    visibility = goal.visibility if goal.visibility != live.visibility else None
    description = goal.description if goal.description != live.description else None
    types = _types_to_add(live, goal)
    if visibility is None and description is None and types == ():
        return live
    update_registry(
        port, organization, live, visibility=visibility, description=description, artifact_types=types
    )
    changed = _read_back(port, organization, goal.name)
    _compare(changed, goal)
    return changed


def remove_registry(port: Port, organization: Organization, name: str, registry_id: str) -> None:
    """Delete a registry that we made, once it is empty; one that is proved gone is no error."""
    live = locate_registry(port, organization, name, registry_id)
    if live is None:
        return
    left = [collection.name for collection in list_collections(port, Home.of(organization, live.project))]
    if left:
        raise NotEmpty(
            f"registry {live.name} holds {', '.join(sorted(left)[:5])}, which this stack did not make",
            advice="Move or delete that by hand, or set delete: retain",
        )
    delete_registry(port, live.id)


def _create(port: Port, organization: Organization, goal: RegistryGoal) -> Registry:
    try:
        create_registry(
            port,
            organization,
            goal.name,
            visibility=goal.visibility,
            description=goal.description,
            artifact_types=goal.artifact_types,
        )
    except Conflict:
        raise AlreadyThere(
            f"registry {goal.name} of {organization} exists, and is hidden from this key",
            advice="Use a key that may see it, and scan again",
        ) from None
    except PermissionDenied as error:
        if goal.visibility == "restricted":
            raise RestrictedCreationRefused(
                f"the server does not let this key create the restricted registry {goal.name} "
                f"({error.message}); nothing was created, least of all an open one"
            ) from None
        raise
    created = _read_back(port, organization, goal.name)
    if created.visibility != goal.visibility:
        delete_registry(port, created.id)  # ours, of this moment and empty; better none than an open one
        raise RestrictedCreationRefused(
            f"the server made registry {goal.name} with visibility {created.visibility} instead of "
            f"{goal.visibility}; it was deleted again at once"
        )
    _compare(created, goal)
    return created


def _read_back(port: Port, organization: Organization, name: str) -> Registry:
    live = get_registry(port, organization, name)
    if live is None:
        raise NotApplied(f"registry {name} of {organization} was written and cannot be read back")
    return live


def _compare(live: Registry, goal: RegistryGoal) -> None:
    if live.visibility != goal.visibility:
        raise NotApplied(f"registry {goal.name} reads back as {live.visibility} instead of {goal.visibility}")
    if goal.description is not None and (live.description or "") != goal.description:
        raise NotApplied(f"registry {goal.name} reads back with another description")
    if _types_to_add(live, goal) != ():
        raise NotApplied(f"registry {goal.name} reads back with other artifact types")


def _types_to_add(live: Registry, goal: RegistryGoal) -> tuple[str, ...] | None:
    """The types that are missing; None where any type must be allowed, () where nothing is to do."""
    if live.artifact_types is None:
        return ()
    if goal.artifact_types is None:
        return None
    return tuple(t for t in goal.artifact_types if t not in live.artifact_types)


def _could_be_ours(live: Registry, goal: RegistryGoal) -> bool:
    """Whether a killed run of ours could have left this: exactly what our first request creates."""
    types = None if goal.artifact_types is None else tuple(sorted(goal.artifact_types))
    return (
        live.visibility == goal.visibility
        and live.artifact_types == types
        and (goal.description is None or (live.description or "") == goal.description)
    )
