"""Looking up what exists, for hand-written programs: nothing is managed by it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from providers.adapter import Session, session
from wandb_registry.errors import UserError
from wandb_registry.server import registries
from wandb_registry.server.collections import Home
from wandb_registry.server.errors import NotFound
from wandb_registry.server.links import list_links


@dataclass(frozen=True, slots=True)
class RegistryFacts:
    """A registry that exists."""

    id: str
    name: str
    visibility: str
    description: str | None
    artifact_types: tuple[str, ...] | None
    path: str
    url: str


@dataclass(frozen=True, slots=True)
class CollectionFacts:
    """A collection that exists; `versions` maps artifact ids to numbers such as v3."""

    id: str
    name: str
    type: str
    description: str | None
    tags: tuple[str, ...]
    path: str
    versions: dict[str, str]


def get_registry(organization: str, name: str) -> RegistryFacts:
    """Read a registry; RunError where it is not there or hidden from the key."""
    try:
        current, registry = _find(organization, name)
    except UserError as error:
        raise pulumi.RunError(str(error)) from None
    return RegistryFacts(
        id=registry.id,
        name=registry.name,
        visibility=registry.visibility,
        description=registry.description,
        artifact_types=registry.artifact_types,
        path=f"{current.organization.entity}/{registry.project}",
        url=current.url(registry),
    )


def get_collection(organization: str, registry: str, name: str) -> CollectionFacts:
    """Read a collection with its links; RunError where it is not there or hidden from the key."""
    try:
        current, there = _find(organization, registry)
        found = list_links(current.port, Home.of(current.organization, there.project), name)
        if found is None:
            raise NotFound(f"collection {name} is not in registry {registry}")
    except UserError as error:
        raise pulumi.RunError(str(error)) from None
    collection, links = found
    return CollectionFacts(
        id=collection.id,
        name=collection.name,
        type=collection.type,
        description=collection.description,
        tags=collection.tags,
        path=f"{current.organization.entity}/{there.project}/{collection.name}",
        versions={artifact_id: f"v{link.version}" for artifact_id, link in links.items()},
    )


def _find(organization: str, name: str) -> tuple[Session, registries.Registry]:
    current = session({"organization": organization})
    registry = registries.get_registry(current.port, current.organization, name)
    if registry is None:
        raise NotFound(f"registry {name} of {current.organization} is not there, or this key may not see it")
    return current, registry
