"""Reading the target with the public `wandb` client: in pages, a few requests a registry.

Absence is not deletion: what was refused, timed out, or was left out of a listing is unreadable; a
registry is "not there" only where the server answered that there is nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import wandb

from wandb_registry.state.inventory import OrganizationRecord
from wandb_registry.state.names import is_version, registry_project, version_index
from wandb_registry.verify.client import ClientErrors, answers, connect, one_line, reason
from wandb_registry.verify.errors import NoAnswer, OrganizationNotSeen
from wandb_registry.verify.target import (
    NotThere,
    Seen,
    Target,
    TargetCollection,
    TargetLink,
    TargetMembers,
    TargetOrganization,
    TargetRegistry,
    Unreadable,
)

if TYPE_CHECKING:
    from wandb.apis.public import ArtifactCollection, Registry, Team
    from wandb.apis.public.registries.registries_search import Collections, Versions

# Entries of a page. Servers may answer fewer at once; the listing then takes more pages.
PAGE = 200

# What is being read, how much of it is done, and of how much (None: not known).
Progress = Callable[[str, int, int | None], None]


def _silent(_what: str, _done: int, _total: int | None) -> None:
    """No progress."""


@dataclass(frozen=True)
class _Listing:
    """Collections or links of a registry, and how many entries the server held back."""

    links: dict[str, list[TargetLink]]
    hidden: int


class Witness:
    """Reads one organization's registries with one key. Never writes."""

    def __init__(self, api: wandb.Api, organization: TargetOrganization) -> None:
        self._api = api
        self.organization = organization

    @classmethod
    def summon(cls, organization: str, recorded: OrganizationRecord | None) -> Witness:
        """Connect, and find the organization by display name or entity name.

        `recorded` is the organization that scan wrote down: it knows both names. Raises Unprovable.
        """
        api = connect()
        known = recorded is not None and organization.casefold() in (
            recorded.name.casefold(),
            recorded.entity.casefold(),
        )
        name = recorded.name if known and recorded is not None else organization
        return cls(api, _organization(api, name))

    @property
    def server(self) -> str:
        """The address that answers."""
        return str(self._api.settings["base_url"])

    def read(self, registries: Iterable[str], progress: Progress = _silent) -> Target:
        """Everything about these registries; a registry that cannot be read says why."""
        names = list(registries)
        seen: dict[str, Seen] = {}
        silence: Unreadable | None = None
        for done, name in enumerate(names):
            progress(f"registry {name}", done, len(names))
            if silence is not None:
                seen[name] = silence
                continue
            try:
                seen[name] = self._registry(name, progress)
            except ClientErrors as error:
                seen[name] = Unreadable(reason(error))
                silence = None if answers(error) else Unreadable(reason(error))
        if silence is not None and all(isinstance(one, Unreadable) for one in seen.values()):
            raise NoAnswer(f"{self.server} does not answer any more: {silence.reason}")
        return Target(self.server, self.organization, seen)

    def has_collection(self, registry: str, collection: str, artifact_type: str) -> bool:
        """Whether a collection answers to its name. Raises what the client raises without an answer."""
        return self._api.artifact_collection_exists(self._path(registry, collection), artifact_type)

    def has_link(self, registry: str, collection: str, version: int) -> bool:
        """Whether a link answers to its number. Raises what the client raises without an answer."""
        return self._api.artifact_exists(f"{self._path(registry, collection)}:v{version}")

    def _path(self, registry: str, collection: str) -> str:
        return f"{self.organization.entity}/{registry_project(registry)}/{collection}"

    def _registry(self, name: str, progress: Progress) -> Seen:
        try:
            registry = self._api.registry(name, organization=self.organization.name)
        except ValueError as error:
            # The client says "failed to load" for a registry that is not there and for a request that
            # failed; only the latter has a cause.
            if error.__cause__ is None:
                return NotThere()
            raise
        members = _members(registry)
        types = registry.artifact_types
        collections, incomplete = _collections(name, registry, progress)
        return TargetRegistry(
            visibility=str(registry.visibility),
            description=registry.description or "",
            artifact_types="any" if registry.allow_all_artifact_types else frozenset(types),
            members=members,
            collections=collections,
            incomplete=incomplete,
        )


def _organization(api: wandb.Api, name: str) -> TargetOrganization:
    """The organization of this display name, or the one to which an entity of this name belongs."""
    try:
        found = api.organization(name)
    except ClientErrors as error:
        if not answers(error):
            raise NoAnswer(one_line(error)) from None
        try:
            found = connect(entity=name).organization()
        except ClientErrors as second:
            texts = dict.fromkeys((reason(error), reason(second)))
            raise OrganizationNotSeen(
                f"organization {name!r}: not there, or this key may not see it ({'; '.join(texts)})",
                advice="Give its display name or its entity name, and the key of one of its people",
            ) from None
    return TargetOrganization(id=found.id, name=found.name, entity=found.org_entity.name)


def _members(registry: Registry) -> TargetMembers | Unreadable:
    """Names and roles; of what else the client's answer holds (addresses, keys) nothing is kept."""
    try:
        users = {_username(member.user): _role(member.role) for member in registry.user_members()}
        found = registry.team_members()
        teams = {member.team.name: _role(member.role) for member in found}
        read = {member.team.name: _people(member.team) for member in found}
        people = {team: names for team, names in read.items() if names is not None}
    except ClientErrors as error:
        return Unreadable(reason(error))
    return TargetMembers(teams=teams, users=users, people=people)


def _people(team: Team) -> frozenset[str] | None:
    """The usernames of a team; None where not told. Of the rest (which holds keys) nothing is kept."""
    listed = getattr(team, "members", None)
    if listed is None:
        return None
    # As part of a registry's members the client gives them as plain values.
    members = [one if isinstance(one, dict) else vars(one).get("_attrs", {}) for one in listed]
    present = [one.get("username") for one in members if not one.get("pending")]
    return frozenset(map(str, present)) if all(present) else None


def _username(user: object) -> str:
    # The client's user has only the attributes that the server filled.
    names = (getattr(user, attribute, None) for attribute in ("username", "name", "id"))
    return str(next(filter(None, names), ""))


def _role(role: object) -> str:
    return str(getattr(role, "value", role))


def _collections(
    name: str, registry: Registry, progress: Progress
) -> tuple[dict[str, TargetCollection] | Unreadable, str]:
    """All collections with their links, and why the listing is known to lack something."""
    try:
        collections = registry.collections(per_page=PAGE)
        found = {one.name: one for one in collections}
        hidden_collections = max(_total(collections) - len(found), 0)
        listing = _links(name, registry.versions(per_page=PAGE), progress)
    except ClientErrors as error:
        return Unreadable(reason(error)), ""
    gaps = [
        f"{count} {what} not shown to this key"
        for count, what in ((hidden_collections, "collections"), (listing.hidden, "links"))
        if count
    ]
    if strays := sorted(set(listing.links) - set(found)):
        gaps.append(f"links of {', '.join(strays)} without their collection")
    return {key: _collection(one, listing) for key, one in found.items()}, "; ".join(gaps)


def _total(collections: Collections) -> int:
    return len(collections)


def _collection(collection: ArtifactCollection, listing: _Listing) -> TargetCollection:
    links = listing.links.get(collection.name, [])
    return TargetCollection(
        name=collection.name,
        type=str(collection.type),
        description=collection.description or "",
        tags=frozenset(collection.tags),
        links=tuple(sorted(links, key=lambda link: link.version)),
    )


def _links(name: str, versions: Versions, progress: Progress) -> _Listing:
    """All links of a registry by collection, page by page.

    Page by page, because iterating drops in silence the entries whose artifact the server hides, and
    keeps every artifact object of a long listing in memory.
    """
    links: dict[str, list[TargetLink]] = {}
    done = hidden = 0
    while versions._load_page():
        shown = list(versions.objects)
        versions.objects.clear()
        hidden += (versions.length or 0) - len(shown)
        for artifact in shown:
            collection, link = _link(artifact)
            links.setdefault(collection, []).append(link)
        done += len(shown)
        progress(f"links of {name}", done, None)
    return _Listing(links, hidden)


def _link(artifact: wandb.Artifact) -> tuple[str, TargetLink]:
    # The number stands in `.name`; `.version` may be the source's (facts/wandb.md, T1).
    collection, _, version = artifact.name.rpartition(":")
    source = artifact.source_qualified_name if artifact.source_project else None
    return collection, TargetLink(
        version=version_index(version),
        artifact_id=artifact.id or "",
        digest=artifact.digest,
        aliases=frozenset(a for a in artifact.aliases if a != "latest" and not is_version(a)),
        source=source,
    )
