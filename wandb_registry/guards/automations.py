"""Guard over automations: a run of ours must not start other people's jobs, nor page them, unseen.

Filters of automations are not looked into: one that may fire counts as one that would.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wandb_registry.errors import UserError
from wandb_registry.guards.failures import Refusal
from wandb_registry.server.automations import Automation
from wandb_registry.state.names import registry_project

WOULD_FIRE = "automations-would-fire"
UNREADABLE = "automations-unreadable"

# What the server calls the events that our writes are. A link also moves `latest`, which is an alias.
ALIASED = frozenset({"ADD_ARTIFACT_ALIAS", "UPDATE_ARTIFACT_ALIAS"})
LINKED = frozenset({"LINK_MODEL", "LINK_ARTIFACT"}) | ALIASED
UNLINKED = frozenset({"UNLINK_ARTIFACT"})
TAGGED = frozenset({"ADD_COLLECTION_TAG", "REMOVE_COLLECTION_TAG"})


class AutomationsWouldFire(UserError):
    """Enabled automations would fire at what this run is about to write, and nobody acknowledged them."""


@dataclass(frozen=True, slots=True)
class Writes:
    """What a run is about to do in one registry.

    `events` as the server names them; `collections` None where any may be touched; `teams` are those whose
    versions are linked or who are members, since a team's own automations may watch them.
    """

    registry: str
    events: frozenset[str]
    collections: frozenset[str] | None = None
    teams: frozenset[str] = frozenset()


def check_automations(writes: Writes, automations: Iterable[Automation]) -> Iterator[Refusal]:
    """Each enabled automation that a write would fire; the same one may be listed by several scopes."""
    for automation in {found.id: found for found in automations}.values():
        if automation.enabled and automation.event in writes.events and _in_scope(writes, automation):
            message = f"{automation} would fire at what is about to be written in {writes.registry}"
            yield Refusal(WOULD_FIRE, f"{writes.registry}/{automation.name}", message)


def unreadable(writes: Writes, why: str) -> Refusal:
    """The refusal where nobody can tell whether an automation would fire."""
    message = f"whether automations would fire in {writes.registry} cannot be read with this key: {why}"
    return Refusal(UNREADABLE, writes.registry, message)


def _in_scope(writes: Writes, automation: Automation) -> bool:
    """Whether its scope holds what is written: a collection is told by its name alone."""
    if automation.scope == "collection":
        return writes.collections is None or automation.scope_name in writes.collections
    if automation.scope == "registry":
        return automation.scope_name == registry_project(writes.registry)
    return True
