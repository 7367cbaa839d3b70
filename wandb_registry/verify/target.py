"""What the target holds, as plain values: filled by `live`, compared by `compare`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that may or may not be there: it could not be read, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotThere:
    """The server answers that there is nothing, which may also mean that this key may not see it."""


@dataclass(frozen=True, slots=True)
class TargetLink:
    """One artifact version as the registry shows it; `aliases` are without `latest` and vN."""

    version: int
    artifact_id: str
    digest: str
    aliases: frozenset[str] = frozenset()
    source: str | None = None  # entity/project/name:vN; None where this key may not see the source


@dataclass(frozen=True, slots=True)
class TargetCollection:
    """One collection with all its links; a description that is not set reads as ""."""

    name: str
    type: str
    description: str = ""
    tags: frozenset[str] = frozenset()
    links: tuple[TargetLink, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetMembers:
    """Roles by the name of the team or the person; roles are the server's words.

    `people`: those of each team today, without open invitations.
    """

    teams: Mapping[str, str]
    users: Mapping[str, str]
    people: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TargetRegistry:
    """One registry. `incomplete` says why a listing is known to lack something; "" where it is whole."""

    visibility: str
    description: str
    artifact_types: Literal["any"] | frozenset[str]
    members: TargetMembers | Unreadable
    collections: Mapping[str, TargetCollection] | Unreadable
    incomplete: str = ""

    def collection(self, name: str) -> TargetCollection | None:
        """The collection of this name, compared without case as W&B does; None where none was listed."""
        if isinstance(self.collections, Unreadable):
            return None
        if name in self.collections:
            return self.collections[name]
        folded = name.casefold()
        return next((c for c in self.collections.values() if c.name.casefold() == folded), None)


Seen: TypeAlias = TargetRegistry | NotThere | Unreadable


@dataclass(frozen=True, slots=True)
class TargetOrganization:
    """The organization as the server names it: display name, entity name, id."""

    id: str
    name: str
    entity: str


@dataclass(frozen=True, slots=True)
class Target:
    """The part of one server that a stack file speaks about; registries by the file's names."""

    server: str
    organization: TargetOrganization
    registries: Mapping[str, Seen]
