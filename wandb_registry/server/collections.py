"""Collections of a registry: their own fields, without their links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from wandb_registry.server.errors import Invalid, NotVisible
from wandb_registry.server.organizations import Organization
from wandb_registry.server.pages import PAGE_INFO, TOTAL, nodes_of_first, whole
from wandb_registry.server.port import Port

FIELDS = """
  __typename id name description
  type: defaultArtifactType { name }
  tags { edges { node { name } } }
"""

# How many finished versions a collection has: the only total of its links that is documented.
COMMITTED = f'committed: artifacts(filters: "{{\\"state\\": \\"COMMITTED\\"}}", first: 1) {{ {TOTAL} }}'

_GET = f"""
query CollectionByName($entity: String!, $project: String!, $name: String!) {{
  project(name: $project, entityName: $entity) {{ name artifactCollection(name: $name) {{ {FIELDS} }} }}
}}
"""

_LIST = f"""
query CollectionsOf($entity: String!, $project: String!, $cursor: String, $first: Int) {{
  project(name: $project, entityName: $entity) {{
    name artifactCollections(after: $cursor, first: $first) {{
      {TOTAL} {PAGE_INFO} edges {{ node {{ {FIELDS} }} }}
    }}
  }}
}}
"""

_COUNT = f"""
query CommittedOf($entity: String!, $project: String!, $name: String!) {{
  project(name: $project, entityName: $entity) {{ name artifactCollection(name: $name) {{ {COMMITTED} }} }}
}}
"""

_TYPE = """
query TypeOf($entity: String!, $project: String!, $type: String!) {
  project(name: $project, entityName: $entity) { name artifactType(name: $type) { id } }
}
"""
_CREATE_TYPE = """
mutation CreateType($input: CreateArtifactTypeInput!) {
  createArtifactType(input: $input) { artifactType { id } }
}
"""
_CREATE = """
mutation CreateCollection($input: CreateArtifactPortfolioInput!) {
  createArtifactPortfolio(input: $input) { artifactCollection { id } }
}
"""
_UPDATE = """
mutation UpdateCollection($input: UpdateArtifactPortfolioInput!) {
  updateArtifactPortfolio(input: $input) { artifactCollection { id } }
}
"""
_ADD_TAGS = """
mutation AddCollectionTags($input: CreateArtifactCollectionTagAssignmentsInput!) {
  createArtifactCollectionTagAssignments(input: $input) { tags { id } }
}
"""
_DELETE_TAGS = """
mutation DeleteCollectionTags($input: DeleteArtifactCollectionTagAssignmentsInput!) {
  deleteArtifactCollectionTagAssignments(input: $input) { success }
}
"""
_DELETE = """
mutation DeleteCollection($id: ID!) {
  deleteArtifactPortfolio(input: {artifactPortfolioID: $id}) { artifactCollection { id } }
}
"""

_PAGE = 100
_TAGS_A_CALL = 20  # the input takes no more


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection as the server has it."""

    id: str
    name: str
    type: str
    description: str | None
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Home:
    """Where collections live: a project of an entity."""

    entity: str
    project: str

    @classmethod
    def of(cls, organization: Organization, project: str) -> Home:
        """The home of a registry's collections."""
        return cls(organization.entity, project)

    def __str__(self) -> str:
        return f"{self.entity}/{self.project}"


def get_collection(port: Port, home: Home, name: str) -> Collection | None:
    """The collection, or None where the project is seen and has none of that name."""
    node = project_of(port.execute(_GET, {**_place(home), "name": name}), home).get("artifactCollection")
    return parse_collection(node) if isinstance(node, dict) else None


def list_collections(port: Port, home: Home) -> Iterator[Collection]:
    """Every collection of the project, in pages; IncompleteListing where the server has more of them."""

    def page(document: str, cursor: str | None) -> Any:
        answer = port.execute(document, {**_place(home), "cursor": cursor, "first": _PAGE})
        return project_of(answer, home).get("artifactCollections")

    ways = [partial(page, document) for document in (_LIST, without_totals(_LIST))]
    return (parse_collection(node) for node in nodes_of_first(f"the collections of {home}", ways))


def count_committed(port: Port, home: Home, name: str) -> int | None:
    """How many finished versions a collection links; None where the server does not tell."""
    found = project_of(port.execute(_COUNT, {**_place(home), "name": name}), home).get("artifactCollection")
    return committed_total(found) if isinstance(found, dict) else None


def committed_total(node: dict[str, Any]) -> int | None:
    """The total from the field of `COMMITTED`; None where the server does not tell."""
    committed = node.get("committed")
    total = committed.get(TOTAL) if isinstance(committed, dict) else None
    return total if isinstance(total, int) else None


def without_totals(document: str) -> str:
    """A document for a server that refuses to count."""
    return document.replace(COMMITTED, "").replace(TOTAL, "")


def create_collection(port: Port, home: Home, name: str, artifact_type: str, description: str | None) -> None:
    """Create an empty collection; needs a server that has `createArtifactPortfolio`."""
    value = {
        "artifactTypeID": _type_id(port, home, artifact_type),
        "entityName": home.entity,
        "projectName": home.project,
        "name": name,
    }
    if description is not None:
        value["description"] = description
    port.execute(_CREATE, {"input": value})


def update_collection(
    port: Port, collection_id: str, *, name: str | None = None, description: str | None = None
) -> None:
    """Rename a collection or change its description; "" clears it."""
    value = {"artifactPortfolioID": collection_id}
    if name is not None:
        value["name"] = name
    if description is not None:
        value["description"] = description
    port.execute(_UPDATE, {"input": value})


def change_tags(port: Port, home: Home, name: str, *, add: list[str], remove: list[str]) -> None:
    """Add and remove tags of a collection."""
    for document, tags in ((_ADD_TAGS, add), (_DELETE_TAGS, remove)):
        for start in range(0, len(tags), _TAGS_A_CALL):
            value = {
                "entityName": home.entity,
                "projectName": home.project,
                "artifactCollectionName": name,
                "tags": [{"tagName": tag} for tag in tags[start : start + _TAGS_A_CALL]],
            }
            port.execute(document, {"input": value})


def delete_collection(port: Port, collection_id: str) -> None:
    """Delete a collection with its links; the artifacts stay."""
    port.execute(_DELETE, {"id": collection_id})


def parse_collection(node: dict[str, Any]) -> Collection:
    """A collection from the fields of `FIELDS`."""
    name, kind = str(node["name"]), node.get("type")
    if not isinstance(kind, dict):
        raise Invalid(f"collection {name} was answered without its type", advice="Run again")
    return Collection(
        id=str(node["id"]),
        name=name,
        type=str(kind["name"]),
        description=node.get("description"),
        tags=tuple(sorted(str(tag["name"]) for tag in whole(f"the tags of {name}", node.get("tags")))),
    )


def project_of(answer: dict[str, Any], home: Home) -> dict[str, Any]:
    """The project of an answer; NotVisible where it is null, for then nothing below it is proved absent."""
    project = answer.get("project")
    if not isinstance(project, dict):
        raise NotVisible(f"{home} is not there, or this key may not see it")
    return project


def _place(home: Home) -> dict[str, str]:
    return {"entity": home.entity, "project": home.project}


def _type_id(port: Port, home: Home, artifact_type: str) -> str:
    found = project_of(port.execute(_TYPE, {**_place(home), "type": artifact_type}), home).get("artifactType")
    if not isinstance(found, dict):
        value = {"entityName": home.entity, "projectName": home.project, "name": artifact_type}
        answer = port.execute(_CREATE_TYPE, {"input": value}).get("createArtifactType")
        found = answer.get("artifactType") if isinstance(answer, dict) else None
    if not isinstance(found, dict):
        raise Invalid(f"{port.base_url} did not create the artifact type {artifact_type} in {home}")
    return str(found["id"])
