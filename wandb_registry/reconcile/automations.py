"""Reading automations of every scope before a write, each list once a run."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from wandb_registry.guards.automations import AutomationsWouldFire, Writes, check_automations, unreadable
from wandb_registry.guards.failures import Refusal, not_lifted
from wandb_registry.server.automations import (
    Automation,
    Lists,
    automation_lists,
    entity_automations,
    organization_automations,
    registry_automations,
)
from wandb_registry.server.errors import NotFound, NotVisible, PermissionDenied, ServerError
from wandb_registry.server.organizations import Organization
from wandb_registry.server.port import Port
from wandb_registry.state.models import Override
from wandb_registry.state.names import registry_project

_HIDDEN = (PermissionDenied, NotFound, NotVisible)

Kind = Literal["organization", "entity", "registry"]
Listed = tuple[Automation, ...] | ServerError


@dataclass
class Automations:
    """The automations of one organization, read when they are first needed. Safe for threads.

    Requests: one for the schema, one for the organization, one an entity, one a registry.
    """

    port: Port
    organization: Organization
    _lists: Lists | None = None
    _read: dict[tuple[Kind, str], Listed] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def refusals(self, writes: Writes) -> Iterator[Refusal]:
        """The automations that would fire, and where that cannot be told."""
        found: list[Automation] = []
        for listed in self._all(writes):
            if isinstance(listed, ServerError):
                yield unreadable(writes, listed.message)
            else:
                found.extend(listed)
        yield from check_automations(writes, found)

    def _all(self, writes: Writes) -> list[Listed]:
        with self._lock:
            if self._lists is None:
                self._lists = automation_lists(self.port)
            exact = self._lists.project
            return [
                _without_collections(listed) if exact and kind != "registry" else listed
                for kind, name in self._wanted(self._lists, writes)
                for listed in [self._once(kind, name)]
            ]

    def _wanted(self, lists: Lists, writes: Writes) -> Iterator[tuple[Kind, str]]:
        if lists.organization:
            yield "organization", self.organization.name
        if lists.entity:
            yield "entity", self.organization.entity
            yield from (("entity", team) for team in sorted(writes.teams - {self.organization.entity}))
        if lists.project:
            yield "registry", registry_project(writes.registry)

    def _once(self, kind: Kind, name: str) -> Listed:
        if (kind, name) not in self._read:
            try:
                self._read[kind, name] = self._list(kind, name)
            except _HIDDEN as error:
                self._read[kind, name] = error
        return self._read[kind, name]

    def _list(self, kind: Kind, name: str) -> tuple[Automation, ...]:
        if kind == "organization":
            return organization_automations(self.port, self.organization)
        if kind == "entity":
            return entity_automations(self.port, name)
        return registry_automations(self.port, self.organization, name)


def _without_collections(listed: Listed) -> Listed:
    """A collection is told by its name alone, so its registry's own list is the one to go by."""
    if isinstance(listed, ServerError):
        return listed
    return tuple(automation for automation in listed if automation.scope != "collection")


def require_quiet(automations: Automations, writes: Iterable[Writes], overrides: Iterable[Override]) -> None:
    """Raise AutomationsWouldFire where a write would fire one that no override acknowledges."""
    lifting = tuple(overrides)
    refusals = [refusal for some in writes if some.events for refusal in automations.refusals(some)]
    if standing := not_lifted(refusals, lifting):
        raise AutomationsWouldFire("; ".join(map(str, standing)))
