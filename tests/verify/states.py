"""Stack files, inventories and targets that belong together, for tests of the comparison."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from wandb_registry.state.inventory import (
    Inventory,
    LegacyCollection,
    LegacyLink,
    LegacyTeam,
    OrganizationRecord,
)
from wandb_registry.state.models import (
    CollectionState,
    LinkState,
    MembersState,
    RegistryState,
    StackState,
)
from wandb_registry.state.roles import Role
from wandb_registry.verify.evidence import Evidence
from wandb_registry.verify.target import (
    Target,
    TargetCollection,
    TargetLink,
    TargetMembers,
    TargetOrganization,
    TargetRegistry,
)

ORGANIZATION = TargetOrganization(id="T3JnOjE=", name="Acme", entity="acme")
SERVER = "http://127.0.0.1:8080"


def stack_of(**registries: RegistryState) -> StackState:
    return StackState(version=1, organization="Acme", registries=registries)


def registry_of(**fields: Any) -> RegistryState:
    return RegistryState.model_validate({"visibility": "restricted", "artifact_types": ["model"], **fields})


def inventory_of(**fields: Any) -> Inventory:
    record = OrganizationRecord(id=ORGANIZATION.id, name=ORGANIZATION.name, entity=ORGANIZATION.entity)
    return Inventory(server=SERVER, organization=record, **fields)


def digest_of(artifact_id: str) -> str:
    return f"digest-of-{artifact_id}"


def target_of(stack: StackState, inventory: Inventory | None = None) -> Target:
    """The target that equals a stack file."""
    evidence = Evidence(stack, inventory)
    registries = {name: _registry(state, evidence) for name, state in stack.registries.items()}
    return Target(SERVER, ORGANIZATION, registries)


def _registry(state: RegistryState, evidence: Evidence) -> TargetRegistry:
    members = state.members or MembersState()
    types = state.artifact_types
    return TargetRegistry(
        visibility=state.visibility,
        description=state.description or "",
        artifact_types="any" if types == "any" else frozenset(types),
        members=TargetMembers(
            teams={name: role.value for name, role in members.teams.items()},
            users={name: role.value for name, role in members.users.items()},
        ),
        collections={name: _collection(name, one, evidence) for name, one in state.collections.items()},
    )


def _collection(name: str, state: CollectionState, evidence: Evidence) -> TargetCollection:
    links = []
    following = 0
    for source, link in state.links.items():
        declared = link.version if link.accept_version is None else link.accept_version
        number = following if declared is None else declared
        following = number + 1
        artifact_id = evidence.artifact_id(source, link) or f"id-of-{source}"
        aliases = frozenset(link.aliases or ())
        links.append(TargetLink(number, artifact_id, digest_of(artifact_id), aliases, source))
    return TargetCollection(
        name=name,
        type=state.type,
        description=state.description or "",
        tags=frozenset(state.tags or ()),
        links=tuple(links),
    )


def changed_registry(target: Target, name: str, **fields: Any) -> Target:
    """The target with other fields of one registry."""
    registry = target.registries[name]
    assert isinstance(registry, TargetRegistry)
    return replace(target, registries={**target.registries, name: replace(registry, **fields)})


def changed_collection(target: Target, registry: str, name: str, **fields: Any) -> Target:
    """The target with other fields of one collection."""
    seen = target.registries[registry]
    assert isinstance(seen, TargetRegistry)
    assert isinstance(seen.collections, dict)
    collections = {**seen.collections, name: replace(seen.collections[name], **fields)}
    return changed_registry(target, registry, collections=collections)


# Random stacks, with the inventory of the legacy registry that they came from.

_NAMES = st.text("abcdefghij", min_size=1, max_size=6)
_TEXT = st.text(max_size=12)
_ALIASES = st.lists(st.sampled_from(["production", "staging", "best", "beta"]), unique=True, max_size=4)


@st.composite
def _links(draw: st.DrawFn, key: str) -> dict[str, LinkState]:
    numbers = sorted(draw(st.sets(st.integers(0, 9), max_size=4)))
    free = draw(_ALIASES)
    links = {}
    for number in numbers:
        mine, free = free[:1], free[1:]
        aliases = draw(st.sampled_from([None, tuple(mine)]))
        links[f"team/project/{key}:v{number}"] = LinkState(
            version=number, aliases=aliases, id=f"id-{key}-{number}"
        )
    return links


@st.composite
def _collections(draw: st.DrawFn, registry: str) -> dict[str, CollectionState]:
    collections = {}
    for name in draw(st.sets(_NAMES, max_size=3)):
        collections[name] = CollectionState(
            type="model",
            description=draw(st.none() | _TEXT),
            tags=draw(st.none() | st.lists(_NAMES, unique=True, max_size=2).map(tuple)),
            links=draw(_links(f"{registry}-{name}")),
        )
    return collections


@st.composite
def stacks(draw: st.DrawFn) -> tuple[StackState, Inventory]:
    """A random stack file with an inventory that justifies all of it."""
    registries = {}
    legacy = []
    for name in sorted(draw(st.sets(_NAMES, min_size=1, max_size=2))):
        roles = st.dictionaries(_NAMES, st.sampled_from(list(Role)), max_size=2)
        exclusive = draw(st.sampled_from([None, True, False]))
        members = draw(
            st.none() | st.builds(MembersState, exclusive=st.just(exclusive), teams=roles, users=roles)
        )
        registries[name] = RegistryState(
            visibility=draw(st.sampled_from(["restricted", "organization"])),
            description=draw(st.none() | _TEXT),
            artifact_types=draw(st.sampled_from(["any", ("model",), ("model", "dataset")])),
            members=members,
            manage=draw(st.sampled_from(["once", "always"])),
            collections=draw(_collections(name)),
        )
        legacy += [_legacy(name, c, s) for c, s in registries[name].collections.items()]
    team = LegacyTeam(team="team", digest="sha256:" + "0" * 64, collections=tuple(legacy))
    return stack_of(**registries), inventory_of(legacy=(team,))


def _legacy(registry: str, name: str, state: CollectionState) -> LegacyCollection:
    links = tuple(
        LegacyLink(
            version=link.version or 0,
            artifact_id=link.id or "",
            digest=digest_of(link.id or ""),
            source=source,
            aliases=link.aliases or (),
        )
        for source, link in state.links.items()
    )
    return LegacyCollection(
        name=name,
        type=state.type,
        description=state.description,
        tags=state.tags or (),
        links=links,
        target=(registry, name),
    )
