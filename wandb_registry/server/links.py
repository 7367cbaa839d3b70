"""Links of a collection: artifact versions seen through it, each with an index and aliases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wandb_registry.server.batches import BATCH, Mutation, run_batch
from wandb_registry.server.collections import FIELDS, Collection, Home, parse_collection, project_of
from wandb_registry.server.errors import IncompleteListing, Invalid, NotFound, ServerError
from wandb_registry.server.pages import PAGE, PAGE_INFO, nodes
from wandb_registry.server.port import Port
from wandb_registry.server.projects import RESTRICTED
from wandb_registry.state.names import is_version
from wandb_registry.state.sources import Source

_LINKS = f"""
  artifactMemberships(after: $cursor, first: $first) {{
    {PAGE_INFO} edges {{ node {{ id versionIndex aliases {{ alias }} artifact {{ id digest }} }} }}
  }}
"""

_LIST = f"""
query LinksOf($entity: String!, $project: String!, $name: String!, $cursor: String, $first: Int) {{
  project(name: $project, entityName: $entity) {{
    name artifactCollection(name: $name) {{ {FIELDS} {_LINKS} }}
  }}
}}
"""

_SOURCE = """
query SourceByPath($entity: String!, $project: String!, $name: String!) {
  project(name: $project, entityName: $entity) {
    artifactCollectionMembership(name: $name) { artifact { id } artifactCollection { __typename } }
  }
}
"""


_EXISTING = "id state artifactSequence { project { name access entity { name } } }"


@dataclass(frozen=True, slots=True)
class SourceProject:
    """The project that a version was logged to, as entity/project, and whether only invited people see it."""

    path: str
    restricted: bool


@dataclass(frozen=True, slots=True)
class Link:
    """An artifact version in a collection; `aliases` without `latest` and `vN`, sorted."""

    artifact_id: str
    version: int
    aliases: tuple[str, ...]
    digest: str


def list_links(port: Port, home: Home, collection: str) -> tuple[Collection, dict[str, Link]] | None:
    """A collection with all its links by artifact id; None where the project is seen and has no such one."""

    def fetch(cursor: str | None) -> Any:
        variables = {
            "entity": home.entity,
            "project": home.project,
            "name": collection,
            "cursor": cursor,
            "first": PAGE,
        }
        return project_of(port.execute(_LIST, variables), home).get("artifactCollection")

    first = fetch(None)
    if not isinstance(first, dict):
        return None
    pages = nodes(
        f"the links of {home}/{collection}",
        lambda cursor: (fetch(cursor) or {}).get("artifactMemberships"),
        first.get("artifactMemberships") or {},
    )
    links = [parse_link(node) for node in pages]
    return parse_collection(first), {link.artifact_id: link for link in links}


def links_of(port: Port, home: Home, collection: Collection) -> tuple[Collection, dict[str, Link]]:
    """The links of a collection that was just seen; IncompleteListing where they are not answered."""
    found = list_links(port, home, collection.name)
    if found is None:
        raise IncompleteListing(
            f"collection {home}/{collection.name} is there, and its links were not answered",
            advice="Run again",
        )
    return found


def require_missing(port: Port, home: Home, collection: str, missing: Mapping[int, str]) -> None:
    """Ask by number for links (number -> artifact id) that a listing lacked.

    IncompleteListing where one of them is there: no total of the links of a collection is documented, so
    a listing that ended early looks like links that were removed.
    """
    numbers = sorted(missing)
    for start in range(0, len(numbers), BATCH):
        linked = _artifacts_by_number(port, home, collection, numbers[start : start + BATCH])
        for number, artifact_id in linked.items():
            if artifact_id == missing[number]:
                raise IncompleteListing(
                    f"the listing of the links of {home}/{collection} lacked v{number}, which is there",
                    advice="Run again",
                )


def _artifacts_by_number(
    port: Port, home: Home, collection: str, numbers: Sequence[int]
) -> dict[int, str | None]:
    variables = "".join(f", $n{number}: String!" for number in numbers)
    fields = " ".join(
        f"v{number}: artifactCollectionMembership(name: $n{number}) {{ artifact {{ id }} }}"
        for number in numbers
    )
    document = (
        f"query LinksByNumber($entity: String!, $project: String!{variables}) "
        f"{{ project(name: $project, entityName: $entity) {{ name {fields} }} }}"
    )
    names = {f"n{number}": f"{collection}:v{number}" for number in numbers}
    answer = port.execute(document, {"entity": home.entity, "project": home.project, **names})
    project = project_of(answer, home)
    return {number: _artifact_id(project.get(f"v{number}")) for number in numbers}


def link_all(
    port: Port, home: Home, collection: str, artifact_ids: Sequence[str], *, size: int = BATCH
) -> list[int | ServerError]:
    """Link versions in order, without aliases; for each the index that it got, or its error."""
    mutations: list[Mutation] = [
        (
            "linkArtifact",
            "LinkArtifactInput",
            {
                "artifactID": artifact_id,
                "entityName": home.entity,
                "projectName": home.project,
                "artifactPortfolioName": collection,
                "aliases": [],
            },
        )
        for artifact_id in artifact_ids
    ]
    results = run_batch(port, "LinkAll", mutations, "versionIndex", size=size)
    return [result if isinstance(result, ServerError) else _index(port, result) for result in results]


def unlink_all(port: Port, collection_id: str, artifact_ids: Iterable[str], *, size: int = BATCH) -> None:
    """Take versions out of a collection; one that is not in it is no error."""
    mutations: list[Mutation] = [
        ("unlinkArtifact", "UnlinkArtifactInput", {"artifactID": i, "artifactPortfolioID": collection_id})
        for i in artifact_ids
    ]
    for result in run_batch(port, "UnlinkAll", mutations, "success", size=size):
        if isinstance(result, ServerError) and not isinstance(result, NotFound):
            raise result


def change_aliases(
    port: Port,
    home: Home,
    collection: str,
    *,
    add: Sequence[tuple[str, Sequence[str]]],
    remove: Sequence[tuple[str, Sequence[str]]],
    size: int = BATCH,
) -> dict[str, ServerError]:
    """Put aliases on versions and take them off, (artifact id, aliases) each; errors by artifact id.

    Removals come first: an alias put on another version moves there by itself.
    """
    errors: dict[str, ServerError] = {}
    for field, kind, changes in (
        ("deleteAliases", "DeleteAliasesInput", remove),
        ("addAliases", "AddAliasesInput", add),
    ):
        mutations: list[Mutation] = [
            (
                field,
                kind,
                {
                    "artifactID": artifact_id,
                    "aliases": [
                        {
                            "alias": alias,
                            "artifactCollectionName": collection,
                            "entityName": home.entity,
                            "projectName": home.project,
                        }
                        for alias in aliases
                    ],
                },
            )
            for artifact_id, aliases in changes
        ]
        results = run_batch(port, field[0].upper() + field[1:], mutations, "success", size=size)
        for (artifact_id, _), result in zip(changes, results, strict=True):
            if isinstance(result, ServerError):
                errors.setdefault(artifact_id, result)
    return errors


def existing_artifacts(
    port: Port, artifact_ids: Sequence[str], *, size: int = BATCH
) -> dict[str, SourceProject | None]:
    """Those of the artifact ids that the server still has and the key may see, many a request.

    Each with its project; None where the key may not see that.
    """
    there: dict[str, SourceProject | None] = {}
    for start in range(0, len(artifact_ids), size):
        some = artifact_ids[start : start + size]
        variables = ", ".join(f"$i{n}: ID!" for n in range(len(some)))
        fields = " ".join(f"a{n}: artifact(id: $i{n}) {{ {_EXISTING} }}" for n in range(len(some)))
        document = f"query ExistingArtifacts({variables}) {{ {fields} }}"
        answer = port.execute(document, {f"i{n}": artifact_id for n, artifact_id in enumerate(some)})
        for n, artifact_id in enumerate(some):
            found = answer.get(f"a{n}")
            if found and found.get("state") != "DELETED":
                there[artifact_id] = _source_project(found)
    return there


def find_source(port: Port, source: Source) -> str:
    """The artifact id of a source; NotFound where the key cannot see it."""
    if source.by_id:
        return source.artifact_id
    variables = {
        "entity": source.entity,
        "project": source.project,
        "name": f"{source.name}:{source.version}",
    }
    project = port.execute(_SOURCE, variables).get("project")
    membership = project.get("artifactCollectionMembership") if isinstance(project, dict) else None
    artifact_id = _artifact_id(membership)
    if artifact_id is None:
        raise NotFound(f"source {source} is not there, or this key may not see it")
    return artifact_id


def _artifact_id(membership: Any) -> str | None:
    artifact = membership.get("artifact") if isinstance(membership, dict) else None
    return str(artifact["id"]) if isinstance(artifact, dict) else None


def _source_project(artifact: dict[str, Any]) -> SourceProject | None:
    project = (artifact.get("artifactSequence") or {}).get("project")
    if not isinstance(project, dict):
        return None
    path = f"{project['entity']['name']}/{project['name']}"
    return SourceProject(path, restricted=project.get("access") == RESTRICTED)


def declarable(aliases: Iterable[str]) -> tuple[str, ...]:
    """The aliases that people can declare: without `latest` and `vN`, sorted."""
    return tuple(sorted(alias for alias in aliases if alias != "latest" and not is_version(alias)))


def _index(port: Port, result: dict[str, Any]) -> int | ServerError:
    index = result.get("versionIndex")
    return index if isinstance(index, int) else Invalid(f"{port.base_url} gave a link no version index")


def parse_link(node: dict[str, Any]) -> Link:
    """A link from a membership with `id versionIndex aliases { alias } artifact { id digest }`."""
    index, aliases = node.get("versionIndex"), node.get("aliases")
    if not isinstance(index, int):
        raise Invalid(f"the link {node.get('id')} has no version index")
    if not isinstance(aliases, list):
        raise Invalid(f"the link {node.get('id')} was answered without its aliases", advice="Run again")
    artifact = node.get("artifact")
    if not isinstance(artifact, dict):
        # A link whose artifact was deleted still holds its index; it is nobody's by id.
        artifact = {"id": f"gone:{node['id']}"}
    return Link(
        artifact_id=str(artifact["id"]),
        version=index,
        aliases=declarable(str(alias["alias"]) for alias in aliases),
        digest=str(artifact.get("digest") or ""),
    )
