"""Guards over a whole stack: what no single resource sees.

Pulumi updates first and deletes last, so a run that gives access and takes content out would show the
content for a moment; and a rename without `renamed_from` is a delete and a create.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from wandb_registry.guards.failures import Refusal, too_many_removed
from wandb_registry.state.models import Visibility
from wandb_registry.state.roles import Role

_FINGERPRINT = 8


@dataclass(frozen=True)
class RegistrySummary:
    """A registry as far as these rules look: members by label, fingerprints of sources by collection."""

    visibility: Visibility
    members: Mapping[str, Role] = field(default_factory=dict)
    collections: Mapping[str, frozenset[str]] = field(default_factory=dict)
    renamed_from: str | None = None
    renamed_collections: Mapping[str, str] = field(default_factory=dict)  # new -> old
    marks: Mapping[str, str] = field(default_factory=dict)  # collection -> digest of its aliases and tags

    @property
    def sources(self) -> frozenset[str]:
        """The fingerprints of everything in the registry."""
        return frozenset().union(*self.collections.values())


def fingerprint(artifact_id: str) -> str:
    """A short stand-in for a source, so that the state stays small."""
    return hashlib.sha256(artifact_id.encode()).hexdigest()[:_FINGERPRINT]


def join(fingerprints: Iterable[str]) -> str:
    """Many fingerprints as one string."""
    return "".join(sorted(fingerprints))


def split(text: str) -> frozenset[str]:
    """The fingerprints in a string made by `join`."""
    return frozenset(text[i : i + _FINGERPRINT] for i in range(0, len(text), _FINGERPRINT))


Stack = Mapping[str, RegistrySummary]


def check_stack(old: Stack, new: Stack) -> Iterator[Refusal]:
    """Every rule that spans resources; both sides by registry name."""
    before = _renamed(old, new)
    yield from _unnamed_renames(before, new)
    yield from _removed_collections(before, new)
    yield from _removed_members(before, new)
    yield from _moved_content(before, new)
    yield from _access_and_content(before, new)


def _renamed(old: Stack, new: Stack) -> Stack:
    """The old side under the new names, as far as the file says what was renamed."""
    names = {registry.renamed_from: name for name, registry in new.items() if registry.renamed_from in old}
    result: dict[str, RegistrySummary] = {}
    for name, registry in old.items():
        new_name = names.get(name, name)
        target = new.get(new_name)
        collections = {v: k for k, v in target.renamed_collections.items()} if target else {}
        result[new_name] = RegistrySummary(
            registry.visibility,
            registry.members,
            {collections.get(c, c): sources for c, sources in registry.collections.items()},
        )
    return result


def _unnamed_renames(old: Stack, new: Stack) -> Iterator[Refusal]:
    gone = {name: r.sources for name, r in old.items() if name not in new and r.sources}
    for name, registry in new.items():
        for previous, sources in gone.items():
            if name not in old and registry.sources == sources:
                yield _rename(previous, name)
        before = old.get(name)
        if before is None:
            continue
        removed = {c: s for c, s in before.collections.items() if c not in registry.collections and s}
        for collection, sources in registry.collections.items():
            for previous, previous_sources in removed.items():
                if collection not in before.collections and sources == previous_sources:
                    yield _rename(f"{name}/{previous}", f"{name}/{collection}")


def _rename(old: str, new: str) -> Refusal:
    return Refusal(
        "rename-without-renamed-from",
        new,
        f"{old} would be deleted and {new} made with the same content; to rename it, give {new} "
        f"renamed_from: {old.rpartition('/')[2]}",
    )


def _removed_collections(old: Stack, new: Stack) -> Iterator[Refusal]:
    """Collections count, and the links in them, which get no check of their own any more."""
    for name, before in old.items():
        after = new.get(name)
        kept = after.collections if after else {}
        removed = [collection for collection in before.collections if collection not in kept]
        links = sum(len(before.collections[collection]) for collection in removed)
        total = sum(map(len, before.collections.values()))
        if too_many_removed(len(removed), len(before.collections)) or too_many_removed(links, total):
            message = (
                f"{len(removed)} of {len(before.collections)} collections of {name} would be removed, "
                f"with {links} of its {total} links"
            )
            yield Refusal("removal-share", f"{name}/collections", message)


def _removed_members(old: Stack, new: Stack) -> Iterator[Refusal]:
    """All members at once: a registry without a member in the file has no Memberships to be checked."""
    for name, before in old.items():
        after = new.get(name)
        removed = len(before.members)
        if not (after and after.members) and too_many_removed(removed, removed):
            message = f"all {removed} members of {name} would be removed"
            yield Refusal("removal-share", f"{name}/members", message)


def _moved_content(old: Stack, new: Stack) -> Iterator[Refusal]:
    empty = RegistrySummary("restricted")
    for source_name, before in sorted(old.items()):
        taken = before.sources - new.get(source_name, empty).sources
        for target_name, after in sorted(new.items()):
            if target_name == source_name:
                continue
            arrived = taken & (after.sources - old.get(target_name, empty).sources)
            # The refusal for a registry that was renamed without saying so tells more.
            whole = source_name not in new and target_name not in old and after.sources == before.sources
            if arrived and not whole:
                yield Refusal(
                    "moved-content",
                    f"{source_name}/{target_name}",
                    f"{len(arrived)} links would move from {source_name} to {target_name}, and be in both "
                    "for a while; make two runs of it: first add, then remove",
                )


def _access_and_content(old: Stack, new: Stack) -> Iterator[Refusal]:
    for name, after in new.items():
        before = old.get(name)
        if before is None or not before.sources - after.sources:
            continue
        gaining = sorted(
            label
            for label, role in after.members.items()
            if (previous := before.members.get(label)) is None or not previous.covers(role)
        )
        if gaining:
            yield Refusal(
                "access-and-content",
                name,
                f"in one run {', '.join(gaining)} would gain access to {name} and content would leave it, "
                "which they would see for a while; make two runs of it: first take the content out",
            )
