"""Everything in a project at once: its collections with all their links, in few requests.

The first page of each collection's links comes nested in the page of collections. A server that
refuses such a document is asked collection by collection, and one that refuses to count is not asked to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from wandb_registry.server.collections import (
    COMMITTED,
    FIELDS,
    Collection,
    Home,
    committed_total,
    parse_collection,
    project_of,
    without_totals,
)
from wandb_registry.server.errors import IncompleteListing
from wandb_registry.server.links import Link, parse_link
from wandb_registry.server.pages import PAGE, PAGE_INFO, TOTAL, complete, nodes, nodes_of_first
from wandb_registry.server.port import Port
from wandb_registry.state.sources import Source

_COLLECTIONS = 100  # a page
_NESTED_LINKS = 100  # a collection, in the page of collections

_LINKS = f"""
  {PAGE_INFO}
  edges {{
    node {{
      id versionIndex aliases {{ alias }}
      artifact {{
        id digest state versionIndex
        artifactSequence {{ name project {{ name entity {{ name }} }} }}
      }}
    }}
  }}
"""

_FLAT = f"""
query CollectionsOf($entity: String!, $project: String!, $cursor: String, $first: Int) {{
  project(name: $project, entityName: $entity) {{
    name
    artifactCollections(after: $cursor, first: $first) {{
      {TOTAL} {PAGE_INFO}
      edges {{ node {{ {FIELDS} {COMMITTED} }} }}
    }}
  }}
}}
"""

_NESTED = f"""
query ContentsOf($entity: String!, $project: String!, $cursor: String, $first: Int, $links: Int) {{
  project(name: $project, entityName: $entity) {{
    name
    artifactCollections(after: $cursor, first: $first) {{
      {TOTAL} {PAGE_INFO}
      edges {{ node {{ {FIELDS} {COMMITTED} artifactMemberships(first: $links) {{ {_LINKS} }} }} }}
    }}
  }}
}}
"""

_LINKS_OF = f"""
query ContentLinks($entity: String!, $project: String!, $name: String!, $cursor: String, $first: Int) {{
  project(name: $project, entityName: $entity) {{
    name
    artifactCollection(name: $name) {{ artifactMemberships(after: $cursor, first: $first) {{ {_LINKS} }} }}
  }}
}}
"""

Notify = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SourcedLink:
    """A link and what the key can see of its source.

    `gone`: the artifact was deleted or never finished. `source` is None where it is gone, and where the
    key cannot read the project that holds it. `latest`: the alias `latest` points here.
    """

    link: Link
    source: Source | None
    gone: bool = False
    latest: bool = False


@dataclass(frozen=True, slots=True)
class Contents:
    """A collection with all its links in the order of their numbers.

    `is_sequence`: not a collection of links but a series of artifacts logged straight into the project.
    """

    collection: Collection
    links: tuple[SourcedLink, ...]
    is_sequence: bool = False


def list_contents(port: Port, home: Home, notify: Notify = lambda _: None) -> list[Contents]:
    """All collections of a project with all links, sorted by name.

    NotVisible where the project cannot be seen, IncompleteListing where a listing was cut short.
    `notify` is told the name of each collection once it is read.
    """
    found = []
    for node in _collection_nodes(port, home):
        contents = _contents(port, home, node)
        notify(contents.collection.name)
        found.append(contents)
    return sorted(found, key=lambda contents: (contents.collection.name.casefold(), contents.collection.name))


def _collection_nodes(port: Port, home: Home) -> Iterator[dict[str, Any]]:
    def page(document: str, more: dict[str, Any], cursor: str | None) -> Any:
        variables = {"entity": home.entity, "project": home.project, "cursor": cursor, "first": _COLLECTIONS}
        return project_of(port.execute(document, {**variables, **more}), home).get("artifactCollections")

    nested = {"links": _NESTED_LINKS}
    ways = (
        partial(page, _NESTED, nested),
        partial(page, _FLAT, {}),
        partial(page, without_totals(_NESTED), nested),
        partial(page, without_totals(_FLAT), {}),
    )
    return nodes_of_first(f"the collections of {home}", ways)


def _contents(port: Port, home: Home, node: dict[str, Any]) -> Contents:
    collection = parse_collection(node)
    if node.get("__typename") == "ArtifactSequence":
        return Contents(collection, (), is_sequence=True)

    def page(cursor: str | None) -> Any:
        variables = {
            "entity": home.entity,
            "project": home.project,
            "name": collection.name,
            "cursor": cursor,
            "first": PAGE,
        }
        found = project_of(port.execute(_LINKS_OF, variables), home).get("artifactCollection")
        if not isinstance(found, dict):
            # It was there a moment ago: somebody deletes or renames while we read.
            raise IncompleteListing(
                f"collection {home}/{collection.name} vanished meanwhile", advice="Run again"
            )
        return found.get("artifactMemberships")

    what = f"the links of {home}/{collection.name}"
    found = list(nodes(what, page, node.get("artifactMemberships")))
    complete(what, sum(map(_may_be_committed, found)), committed_total(node))
    links = map(_sourced, found)
    return Contents(collection, tuple(sorted(links, key=lambda found: found.link.version)))


def _may_be_committed(node: dict[str, Any]) -> bool:
    """Whether the server could have counted this link; of one whose artifact it hides nothing is known."""
    artifact = node.get("artifact")
    return not isinstance(artifact, dict) or artifact.get("state") == "COMMITTED"


def _sourced(node: dict[str, Any]) -> SourcedLink:
    artifact = node.get("artifact")
    gone = not isinstance(artifact, dict) or artifact.get("state") != "COMMITTED"
    return SourcedLink(
        link=parse_link(node),
        source=None if gone else _source(artifact or {}),
        gone=gone,
        latest=any(alias["alias"] == "latest" for alias in node.get("aliases") or ()),
    )


def _source(artifact: dict[str, Any]) -> Source | None:
    sequence = artifact.get("artifactSequence") or {}
    project, index = sequence.get("project"), artifact.get("versionIndex")
    entity = project.get("entity") if isinstance(project, dict) else None
    if not isinstance(project, dict) or not isinstance(entity, dict) or not isinstance(index, int):
        return None
    return Source(
        entity=str(entity["name"]),
        project=str(project["name"]),
        name=str(sequence["name"]),
        version=f"v{index}",
    )
