"""Guard over automations: a run of ours must not start other people's jobs, nor page them, unseen.

Filters of automations are not looked into: one that may fire counts as one that would.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from wandb_registry.errors import UserError
from wandb_registry.guards.failures import Refusal
from wandb_registry.guards.links import missing_numbers
from wandb_registry.guards.stack import RegistrySummary, Stack
from wandb_registry.server.automations import Automation
from wandb_registry.state.entries import LinkEntry
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


def events_of_links(
    old: Mapping[str, LinkEntry] | None,
    new: Mapping[str, LinkEntry],
    *,
    fill_gaps: bool,
    destroy: bool,
) -> frozenset[str]:
    """The events of bringing a collection's links from `old` (None: there is no state yet) to `new`."""
    before = old or {}
    events: frozenset[str] = frozenset()
    if set(new) - set(before):
        events |= LINKED
        if fill_gaps and missing_numbers(new):
            events |= UNLINKED  # a missing number is made by linking and unlinking
    if any(key in before and not entry.means_the_same(before[key]) for key, entry in new.items()):
        events |= ALIASED
    if destroy and set(before) - set(new):
        events |= UNLINKED
    return events


def writes_of_stack(old: Stack, new: Stack) -> Iterator[Writes]:
    """What a run that brings a stack from `old` to `new` may fire, by registry; renames fire nothing."""
    for name, after in new.items():
        before = old.get(after.renamed_from or name) or old.get(name)
        events: frozenset[str] = frozenset()
        touched: set[str] = set()
        for collection in {*after.collections, *(before.collections if before else ())}:
            some = _events_of_collection(before, after, collection)
            touched.update({collection} if some else ())
            events |= some
        yield Writes(name, events, frozenset(touched))


def _events_of_collection(
    before: RegistrySummary | None, after: RegistrySummary, name: str
) -> frozenset[str]:
    old_name = after.renamed_collections.get(name, name)
    old = before.collections.get(old_name) if before else None
    new = after.collections.get(name)
    if new is None:
        return UNLINKED if old and name not in after.renamed_collections.values() else frozenset()
    events: frozenset[str] = frozenset()
    if new - (old or frozenset()):
        events |= LINKED
    if old and old - new:
        events |= UNLINKED
    old_marks = before.marks.get(old_name, "") if before else ""
    if after.marks.get(name, "") != old_marks:
        events |= ALIASED | TAGGED
    return events
