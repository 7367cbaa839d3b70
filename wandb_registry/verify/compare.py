"""The comparison: stack file and inventory against what was read of the target. Pure, no request.

What the file leaves out is not managed and not compared. Under `manage: once` others work in the
registry after the first `up`: aliases and links that they changed, added or removed are reported as
*changed since*, unless `strict` asks for the state right after an `up`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wandb_registry.state.inventory import Inventory
from wandb_registry.state.models import CollectionState, RegistryState, StackState
from wandb_registry.verify.compare_access import compare_access
from wandb_registry.verify.compare_links import LinkComparison, pair_links, show
from wandb_registry.verify.compare_members import compare_members
from wandb_registry.verify.evidence import Evidence
from wandb_registry.verify.excluded import excluded
from wandb_registry.verify.observation import Observation, Verdict, ordered
from wandb_registry.verify.target import NotThere, Target, TargetCollection, TargetRegistry, Unreadable

_LONGEST = 120  # characters of a description in an observation


@dataclass(frozen=True, slots=True)
class Checked:
    """How much was there to be compared: what the stack file declares and the target answered."""

    registries: int = 0
    members: int = 0
    collections: int = 0
    links: int = 0


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that a listing lacked, to be asked for by name before it counts as missing."""

    registry: str
    collection: str
    type: str
    version: int | None  # None: the collection itself


def compare(
    stack: StackState, inventory: Inventory | None, target: Target, *, strict: bool = False
) -> tuple[Observation, ...]:
    """Everything to be said about the target, in a fixed order."""
    evidence = Evidence(stack, inventory)
    found = [*_origin(stack, evidence, target)]
    for name, state in stack.registries.items():
        found += _registry(name, state, target, evidence, strict)
    if inventory is not None:
        found += compare_access(stack, inventory, target, strict=strict)
    found += excluded(stack, evidence, inventory.legacy if inventory else ())
    return ordered(found)


def checked(stack: StackState, inventory: Inventory | None, target: Target) -> Checked:
    """Counts what was compared."""
    evidence = Evidence(stack, inventory)
    registries = members = collections = links = 0
    for name, state in stack.registries.items():
        seen = target.registries.get(name)
        if not isinstance(seen, TargetRegistry):
            continue
        registries += 1
        if state.members and not isinstance(seen.members, Unreadable):
            members += len(state.members.teams) + len(state.members.users)
        for collection, live in _both(state, seen):
            collections += 1
            links += len(pair_links(evidence, collection, live.links).pairs)
    return Checked(registries, members, collections, links)


def doubts(stack: StackState, inventory: Inventory | None, target: Target) -> list[Doubt]:
    """Per collection, the first and the last link that the listing lacked, or the collection itself."""
    evidence = Evidence(stack, inventory)
    found: list[Doubt] = []
    for name, state in stack.registries.items():
        seen = target.registries.get(name)
        if not isinstance(seen, TargetRegistry) or isinstance(seen.collections, Unreadable):
            continue
        for collection_name, collection in state.collections.items():
            live = seen.collection(collection_name)
            if live is None:
                found.append(Doubt(name, collection_name, collection.type, None))
                continue
            missing = pair_links(evidence, collection, live.links).missing
            numbers = sorted(link.number for link in missing if link.number is not None)
            there = {link.version for link in live.links}
            asked = {numbers[0], numbers[-1]} - there if numbers else set()
            found += [Doubt(name, collection_name, collection.type, number) for number in sorted(asked)]
    return found


def _both(state: RegistryState, seen: TargetRegistry) -> Iterator[tuple[CollectionState, TargetCollection]]:
    for name, collection in state.collections.items():
        if (live := seen.collection(name)) is not None:
            yield collection, live


def _origin(stack: StackState, evidence: Evidence, target: Target) -> Iterator[Observation]:
    """Whether stack file, inventory and server speak about the same thing at all."""
    scanned, live = evidence.organization, target.organization
    if scanned is not None and scanned.id != live.id:
        reason = "the organization of this name is not the one that was scanned"
        yield Observation(Verdict.DIFFERENCE, "organization", live.name, scanned.id, live.id, reason)
    if evidence.server and evidence.server.rstrip("/").casefold() != target.server.rstrip("/").casefold():
        reason = "the inventory was recorded at another address"
        yield Observation(Verdict.WARNING, "server", live.name, evidence.server, target.server, reason)
    for origin in stack.legacy:
        recorded = evidence.legacy_digests.get(origin.team)
        if recorded != origin.digest:
            reason = "stack file and inventory are not of one scan; take both from Git, or scan again"
            found = recorded or "not in the inventory"
            yield Observation(Verdict.DIFFERENCE, "legacy", origin.team, origin.digest, found, reason)


def _registry(
    name: str, state: RegistryState, target: Target, evidence: Evidence, strict: bool
) -> Iterator[Observation]:
    if state.protected_aliases:
        reason = "protected aliases are not written yet: set them in the W&B app, as registry admin"
        expected = show(set(state.protected_aliases))
        yield Observation(Verdict.MANUAL, "protected_aliases", name, expected, "not compared", reason)
    seen = target.registries.get(name, Unreadable("was not asked for"))
    if isinstance(seen, Unreadable):
        yield Observation(Verdict.UNREADABLE, "registry", name, state.visibility, reason=seen.reason)
        return
    if isinstance(seen, NotThere):
        expected = f"{state.visibility}, {len(state.collections)} collections"
        found = "not there, or this key may not see it"
        yield Observation(Verdict.DIFFERENCE, "registry", name, expected, found)
        return
    if seen.incomplete:
        yield Observation(Verdict.UNREADABLE, "listing", name, reason=seen.incomplete)
    if state.visibility != seen.visibility:
        yield Observation(Verdict.DIFFERENCE, "visibility", name, state.visibility, seen.visibility)
    yield from _description(name, state.description, seen.description)
    yield from _artifact_types(name, state, seen, evidence)
    yield from compare_members(name, state, seen.members, evidence.baseline(name))
    yield from _collections(name, state, seen, evidence, strict)


def _artifact_types(
    name: str, state: RegistryState, seen: TargetRegistry, evidence: Evidence
) -> Iterator[Observation]:
    if state.artifact_types == "any" or seen.artifact_types == "any":
        if state.artifact_types != seen.artifact_types:
            expected, found = _types(state.artifact_types), _types(seen.artifact_types)
            yield Observation(Verdict.DIFFERENCE, "artifact_types", name, expected, found)
        return
    expected_types, found_types = frozenset(state.artifact_types), seen.artifact_types
    if missing := expected_types - found_types:
        yield Observation(
            Verdict.DIFFERENCE, "artifact_types", name, _types(expected_types), f"without {show(missing)}"
        )
    baseline = evidence.baseline(name)
    before = (
        frozenset(baseline.artifact_types) if baseline and baseline.artifact_types != "any" else frozenset()
    )
    extra = found_types - expected_types
    reason = "W&B never takes a type back: name it in artifact_types"
    for verdict, types in ((Verdict.DIFFERENCE, extra - before), (Verdict.WARNING, extra & before)):
        if types:
            found = f"also {show(types)}"
            yield Observation(verdict, "artifact_types", name, _types(expected_types), found, reason)


def _collections(
    name: str, state: RegistryState, seen: TargetRegistry, evidence: Evidence, strict: bool
) -> Iterator[Observation]:
    if isinstance(seen.collections, Unreadable):
        yield Observation(Verdict.UNREADABLE, "collections", name, reason=seen.collections.reason)
        return
    for collection_name, collection in state.collections.items():
        live = seen.collection(collection_name)
        if live is None:
            yield _missing_collection(f"{name}/{collection_name}", collection, seen)
        else:
            yield from _collection_fields(f"{name}/{collection_name}", collection_name, collection, live)
            changed = Verdict.DIFFERENCE if strict or state.manage == "always" else Verdict.CHANGED_SINCE
            links = LinkComparison(evidence, name, collection_name, changed, seen.incomplete)
            yield from links.compare(collection, live)
    known = {known.casefold() for known in (*state.collections, *evidence.baseline_collections(name))}
    extra_verdict = Verdict.DIFFERENCE if strict else Verdict.CHANGED_SINCE
    for collection_name, live in seen.collections.items():
        if collection_name.casefold() not in known:
            found = f"{live.type}, {len(live.links)} links"
            yield Observation(
                extra_verdict, "collection", f"{name}/{collection_name}", "not in the file", found
            )


def _missing_collection(subject: str, state: CollectionState, seen: TargetRegistry) -> Observation:
    expected = f"{state.type}, {len(state.links)} links"
    if seen.incomplete:
        return Observation(Verdict.UNREADABLE, "collection", subject, expected, "not listed", seen.incomplete)
    return Observation(Verdict.DIFFERENCE, "collection", subject, expected, "not there")


def _collection_fields(
    subject: str, name: str, state: CollectionState, live: TargetCollection
) -> Iterator[Observation]:
    if name != live.name:
        reason = "to W&B, which compares names without case, it is the same collection"
        yield Observation(Verdict.WARNING, "name", subject, name, live.name, reason)
    if state.type != live.type:
        yield Observation(Verdict.DIFFERENCE, "type", subject, state.type, live.type)
    yield from _description(subject, state.description, live.description)
    if state.tags is not None and frozenset(state.tags) != live.tags:
        expected, found = show(frozenset(state.tags)), show(live.tags)
        yield Observation(Verdict.DIFFERENCE, "tags", subject, expected, found)


def _description(subject: str, expected: str | None, found: str) -> Iterator[Observation]:
    if expected is None or expected == found:
        return
    texts = _shortened(expected), _shortened(found)
    reason = ""
    if max(len(expected), len(found)) > _LONGEST:
        pairs = enumerate(zip(expected, found, strict=False))
        same = next((i for i, (a, b) in pairs if a != b), min(len(expected), len(found)))
        reason = f"differs from character {same + 1} on"
    yield Observation(Verdict.DIFFERENCE, "description", subject, *texts, reason)


def _shortened(text: str) -> str:
    if not text:
        return "none"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def _types(types: str | tuple[str, ...] | frozenset[str]) -> str:
    return types if isinstance(types, str) else show(frozenset(types))
