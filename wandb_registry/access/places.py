"""Where the models of a team stand: where the mapping put them, and wherever else their versions are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from wandb_registry.state.inventory import Inventory, LegacyCollection
from wandb_registry.state.models import StackState
from wandb_registry.state.origins import Origins

# Registry, by the stack file's name -> collection -> artifact ids.
Contents = Mapping[str, Mapping[str, frozenset[str]]]


@dataclass(slots=True)
class Standing:
    """The models of one team in one registry, as `team/model` -> `registry/collection`.

    `copied`: they stand in a registry of their own too, so nobody loses anything by this one. `since`: the
    file does not put them here, somebody linked them by hand.
    """

    team: str
    registry: str
    collections: dict[str, str] = field(default_factory=dict)
    copied: bool = False
    since: bool = False


def standing(stack: StackState, inventory: Inventory, live: Contents) -> list[Standing]:
    """All of them in a fixed order; `live`: what the registries hold on the server, as far as it was read."""
    found = _as_mapped(stack, inventory)
    origins = Origins(inventory)
    declared = _declared(stack, origins)
    own: dict[str, set[str]] = {}  # registry -> its teams
    at_home: dict[str, set[str]] = {}  # team -> the versions in registries of its own
    for team, registry in found:
        own.setdefault(registry, set()).add(team)
        at_home.setdefault(team, set()).update(*declared[registry].values())
    for contents, since in ((declared, False), (live, True)):
        for registry, collection, artifact_id in _each(contents):
            for team, model in origins.strangers(artifact_id, own.get(registry, ())):
                copied = artifact_id in at_home.get(team, ())
                there = found.setdefault((team, registry), Standing(team, registry, {}, copied, since))
                there.copied = there.copied and copied
                there.collections.setdefault(f"{team}/{model}", f"{registry}/{collection}")
    return [found[key] for key in sorted(found)]


def _as_mapped(stack: StackState, inventory: Inventory) -> dict[tuple[str, str], Standing]:
    """Team and registry -> its collections where the mapping put them, as the stack file names them today."""
    registries = _today((name, state.renamed_from) for name, state in stack.registries.items())
    collections = {
        name: _today((key, one.renamed_from) for key, one in state.collections.items())
        for name, state in stack.registries.items()
    }
    found: dict[tuple[str, str], Standing] = {}
    for legacy in inventory.legacy:
        for collection in legacy.collections:
            place = _place(collection, registries, collections)
            if place is not None:
                there = found.setdefault((legacy.team, place[0]), Standing(legacy.team, place[0]))
                there.collections[f"{legacy.team}/{collection.name}"] = "/".join(place)
    return found


def _place(
    collection: LegacyCollection, registries: Mapping[str, str], collections: Mapping[str, Mapping[str, str]]
) -> tuple[str, str] | None:
    if collection.target is None or collection.target[0] not in registries:
        return None
    registry = registries[collection.target[0]]
    name = collections[registry].get(collection.target[1])
    return None if name is None else (registry, name)


def _today(names: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """Every name that something has or had -> the name that it has in the file."""
    found: dict[str, str] = {}
    for name, old in names:
        found[name] = name
        if old is not None:
            found.setdefault(old, name)
    return found


def _declared(stack: StackState, origins: Origins) -> dict[str, dict[str, frozenset[str]]]:
    """What the stack file puts where; a link whose version nobody knows yet is left out."""
    return {
        registry: {
            name: frozenset(filter(None, (origins.artifact_id(*link) for link in one.links.items())))
            for name, one in state.collections.items()
        }
        for registry, state in stack.registries.items()
    }


def _each(contents: Contents) -> Iterator[tuple[str, str, str]]:
    for registry, collections in contents.items():
        for collection, artifact_ids in collections.items():
            for artifact_id in sorted(artifact_ids):
                yield registry, collection, artifact_id
