"""Rules of desired state that span fields: each yields problems with their place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wandb_registry.state.document import Place
from wandb_registry.state.models import CollectionState, RegistryState, StackState
from wandb_registry.state.names import is_core_registry

Finding = tuple[Place, str]


def check_stack(stack: StackState) -> Iterator[Finding]:
    """Everything that single fields cannot tell about a stack file."""
    yield from _same_name(stack.registries, ("registries",), "registry")
    for name, registry in stack.registries.items():
        yield from _check_registry(name, registry, ("registries", name))
    yield from _renames(
        {name: registry.renamed_from for name, registry in stack.registries.items()}, ("registries",)
    )


def _check_registry(name: str, registry: RegistryState, place: Place) -> Iterator[Finding]:
    if is_core_registry(name) and registry.visibility == "restricted":
        yield (
            (*place, "visibility"),
            f"{name} is a core registry of W&B and always visible to the organization",
        )
    if is_core_registry(name) and registry.renamed_from:
        yield (*place, "renamed_from"), f"{name} is a core registry of W&B, whose name is fixed"
    collections = (*place, "collections")
    yield from _same_name(registry.collections, collections, "model")
    yield from _renames({n: c.renamed_from for n, c in registry.collections.items()}, collections)
    for collection_name, collection in registry.collections.items():
        here = (*collections, collection_name)
        if not registry.accepts(collection.type):
            types = ", ".join(registry.artifact_types)
            yield (*here, "type"), f"the registry takes {types or 'no type'}, not {collection.type}"
        yield from _check_links(collection, here)


def _check_links(collection: CollectionState, place: Place) -> Iterator[Finding]:
    links = (*place, "links")
    aliases: dict[str, str] = {}
    ids: dict[str, str] = {}
    newest, newest_source = -1, ""
    for source, link in collection.links.items():
        here = (*links, source)
        for alias in link.aliases or ():
            if (other := aliases.setdefault(alias, source)) != source:
                yield here, f"alias {alias} is used by {other} too; in a collection it points to one version"
        if len(set(link.aliases or ())) != len(link.aliases or ()):
            yield here, "names an alias twice"
        if link.id and (other := ids.setdefault(link.id, source)) != source:
            yield here, f"has the id of {other}: one version is linked once"
        if link.version is not None:
            if link.version <= newest:
                yield (
                    here,
                    f"v{link.version} stands below {newest_source}; links stand in the order of versions",
                )
            newest, newest_source = link.version, f"v{link.version} ({source})"


def _same_name(names: Iterable[str], place: Place, what: str) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            yield (*place, name), f"and {other} are one {what} to W&B, which compares names without case"


def _renames(renamed_from: dict[str, str | None], place: Place) -> Iterator[Finding]:
    taken: dict[str, str] = {}
    for name, old in renamed_from.items():
        if old is None:
            continue
        here = (*place, name, "renamed_from")
        if old == name:
            yield here, "names itself"
        elif old in renamed_from:
            yield here, f"{old} still stands in the file: a rename leaves no copy behind"
        elif (other := taken.setdefault(old, name)) != name:
            yield here, f"{other} was renamed from {old} too"
