"""Evidence: the inventory, asked by the names that the stack file has today.

Registries and collections that were renamed after the scan stand in the inventory under their old
names; `renamed_from` leads there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wandb_registry.state.inventory import (
    BaselineCollection,
    BaselineRegistry,
    Inventory,
    LegacyCollection,
    LegacyLink,
    OrganizationRecord,
)
from wandb_registry.state.models import LinkState, StackState
from wandb_registry.state.origins import Origins
from wandb_registry.state.sources import Source

Path = tuple[str, str]  # registry, collection


class Evidence:
    """What scan recorded for one stack, indexed; empty where the stack has no inventory."""

    def __init__(self, stack: StackState, inventory: Inventory | None) -> None:
        self._stack = stack
        self._inventory = inventory
        self._origins = Origins(inventory) if inventory else None
        self._digests: dict[str, set[str]] = {}
        self._links: dict[tuple[str, str, str], LegacyLink] = {}
        for collection in self.collections():
            for link in collection.links:
                self._digests.setdefault(link.artifact_id, set()).add(link.digest)
                if collection.target is not None:
                    self._links[(*collection.target, link.artifact_id)] = link

    @property
    def organization(self) -> OrganizationRecord | None:
        """The organization that was scanned."""
        return self._inventory.organization if self._inventory else None

    @property
    def server(self) -> str:
        """The address that was scanned; "" where nothing is recorded."""
        return self._inventory.server if self._inventory else ""

    @property
    def legacy_digests(self) -> dict[str, str]:
        """The digest of each scanned team's legacy registry."""
        return {team.team: team.digest for team in self._inventory.legacy} if self._inventory else {}

    def collections(self) -> Iterator[LegacyCollection]:
        """Every registered model that scan saw."""
        for team in self._inventory.legacy if self._inventory else ():
            yield from team.collections

    def artifact_id(self, source: str, link: LinkState) -> str | None:
        """The identity of a declared link; None where only its path is known."""
        return link.id or Source.parse(source).artifact_id or self.recorded_id(source)

    def recorded_id(self, source: str) -> str | None:
        """The artifact id that scan saw behind a path; None where it saw none, or several."""
        return self._origins.recorded_id(source) if self._origins else None

    def digest(self, artifact_id: str) -> str | None:
        """The digest that the legacy side had for an artifact."""
        known = self._digests.get(artifact_id, set())
        return next(iter(known)) if len(known) == 1 else None

    def legacy_link(self, registry: str, collection: str, artifact_id: str) -> LegacyLink | None:
        """The legacy link that the mapping put into this collection."""
        for path in self._paths(registry, collection):
            if link := self._links.get((*path, artifact_id)):
                return link
        return None

    def renumbered(self, registry: str, collection: str, artifact_id: str) -> int | None:
        """The number that a link had in the legacy registry, where `compact` gave it another."""
        record = self._inventory.renumbered if self._inventory else {}
        for old_registry, old_collection in self._paths(registry, collection):
            number = record.get(old_registry, {}).get(old_collection, {}).get(artifact_id)
            if number is not None:
                return number
        return None

    def baseline(self, registry: str) -> BaselineRegistry | None:
        """What the registry held before we came; None where it was not there."""
        baseline = self._inventory.baseline if self._inventory else {}
        return next((baseline[name] for name in self._registry_names(registry) if name in baseline), None)

    def baseline_collections(self, registry: str) -> dict[str, BaselineCollection]:
        """The collections that were there before us, by the names that the stack file has today."""
        baseline = self.baseline(registry)
        return dict(baseline.collections) if baseline else {}

    def baseline_links(self, registry: str, collection: str) -> frozenset[str]:
        """The artifact ids that a collection held before us."""
        collections = self.baseline_collections(registry)
        names = self._collection_names(registry, collection)
        return frozenset(id_ for name in names if name in collections for id_ in collections[name].links)

    def today(self, target: Path) -> Path | None:
        """Where the stack file has what the mapping once put at `target`; None where nowhere."""
        for registry in self._stack.registries:
            if target[0] not in self._registry_names(registry):
                continue
            for collection in self._stack.registries[registry].collections:
                if target[1] in self._collection_names(registry, collection):
                    return registry, collection
        return None

    def _registry_names(self, registry: str) -> Iterable[str]:
        state = self._stack.registries.get(registry)
        return (registry, state.renamed_from) if state and state.renamed_from else (registry,)

    def _collection_names(self, registry: str, collection: str) -> Iterable[str]:
        state = self._stack.registries[registry].collections.get(collection)
        return (collection, state.renamed_from) if state and state.renamed_from else (collection,)

    def _paths(self, registry: str, collection: str) -> Iterator[Path]:
        for old_registry in self._registry_names(registry):
            for old_collection in self._collection_names(registry, collection):
                yield old_registry, old_collection
