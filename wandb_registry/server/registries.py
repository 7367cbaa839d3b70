"""Registries on the server: projects `wandb-registry-<name>` of the organization's entity."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wandb_registry.server.errors import Invalid, NotVisible
from wandb_registry.server.organizations import Organization
from wandb_registry.server.pages import PAGE_INFO, nodes, whole
from wandb_registry.server.port import Port
from wandb_registry.state.models import Visibility
from wandb_registry.state.names import REGISTRY_PREFIX, registry_project

_FIELDS = """
  id name description access
  allowAllArtifactTypes: allowAllArtifactTypesInRegistry
  artifactTypes(includeAll: true) { edges { node { name } } }
"""

_GET = f"""
query RegistryByName($entity: String!, $project: String!) {{
  entity(name: $entity) {{ name project(name: $project) {{ {_FIELDS} }} }}
}}
"""

_LIST = f"""
query RegistriesOf($organization: String!, $cursor: String, $first: Int) {{
  organization(name: $organization) {{
    orgEntity {{
      name projects(after: $cursor, first: $first) {{ {PAGE_INFO} edges {{ node {{ {_FIELDS} }} }} }}
    }}
  }}
}}
"""

_BY_ID = f"""
query RegistryById($organization: String!, $filters: JSONString) {{
  organization(name: $organization) {{
    orgEntity {{
      name projects(filters: $filters, first: 1) {{ {PAGE_INFO} edges {{ node {{ {_FIELDS} }} }} }}
    }}
  }}
}}
"""

_UPSERT = f"""
mutation UpsertRegistry($input: UpsertModelInput!) {{
  upsertModel(input: $input) {{ inserted project {{ {_FIELDS} }} }}
}}
"""

_RENAME = """
mutation RenameRegistry($input: RenameProjectInput!) { renameProject(input: $input) { project { id name } } }
"""

_DELETE = "mutation DeleteRegistry($id: String!) { deleteModel(input: {id: $id}) { success } }"

_ACCESS: dict[Visibility, str] = {"restricted": "RESTRICTED", "organization": "PRIVATE"}
_VISIBILITY: dict[str, Visibility] = {access: visibility for visibility, access in _ACCESS.items()}
_PAGE = 100
_ID = re.compile(r"Project(?:InternalId)?:([0-9]+)")


@dataclass(frozen=True, slots=True)
class Registry:
    """A registry as the server has it; `artifact_types` None means any."""

    id: str
    name: str
    visibility: Visibility
    description: str | None
    artifact_types: tuple[str, ...] | None

    @property
    def project(self) -> str:
        """The project that holds it."""
        return registry_project(self.name)


def get_registry(port: Port, organization: Organization, name: str) -> Registry | None:
    """The registry, or None where it is not there *or hidden from this key*; see `locate_registry`."""
    variables = {"entity": organization.entity, "project": registry_project(name)}
    entity = port.execute(_GET, variables).get("entity")
    if not isinstance(entity, dict):
        raise NotVisible(f"{port.base_url} does not show {organization} to this key")
    project = entity.get("project")
    return _parse(project) if isinstance(project, dict) else None


def list_registries(port: Port, organization: Organization) -> Iterator[Registry]:
    """All registries that the key can see, in pages."""

    def page(cursor: str | None) -> Any:
        return _projects(port, organization, _LIST, {"cursor": cursor, "first": _PAGE})

    for node in nodes(f"the registries of {organization}", page):
        if str(node.get("name", "")).startswith(REGISTRY_PREFIX):
            yield _parse(node)


def find_registry_by_id(port: Port, organization: Organization, registry_id: str) -> Registry | None:
    """The registry of that id, by the filter with which the client itself asks for one.

    None where the server answers none, and where the id holds no number to be asked for.
    """
    number = _number(registry_id)
    if number is None:
        return None
    filters = json.dumps({"id": number})
    page = _projects(port, organization, _BY_ID, {"filters": filters})
    found = whole(f"the registries of {organization} with id {registry_id}", page)
    return next((_parse(node) for node in found if str(node.get("id")) == registry_id), None)


def _projects(port: Port, organization: Organization, document: str, variables: dict[str, Any]) -> Any:
    answer = port.execute(document, {"organization": organization.name, **variables}).get("organization")
    entity = answer.get("orgEntity") if isinstance(answer, dict) else None
    if not isinstance(entity, dict):
        raise NotVisible(f"{port.base_url} does not show {organization} to this key")
    return entity.get("projects")


def _number(registry_id: str) -> int | None:
    """The number in an id, which the client reads in the same way; None where there is none."""
    try:
        found = _ID.fullmatch(base64.b64decode(registry_id, validate=True).decode("ascii"))
    except (binascii.Error, ValueError):
        return None
    return int(found[1]) if found else None


def create_registry(
    port: Port,
    organization: Organization,
    name: str,
    *,
    visibility: Visibility,
    description: str | None,
    artifact_types: tuple[str, ...] | None,
) -> Registry:
    """Create a registry; its very first request already carries its visibility."""
    fields: dict[str, Any] = {
        "entityName": organization.entity,
        "name": registry_project(name),
        "access": _ACCESS[visibility],
        "allowAllArtifactTypesInRegistry": artifact_types is None,
        "artifactTypes": [{"name": artifact_type} for artifact_type in artifact_types or ()],
    }
    if description is not None:
        fields["description"] = description
    return _upsert(port, fields)


def update_registry(
    port: Port,
    organization: Organization,
    registry: Registry,
    *,
    visibility: Visibility | None = None,
    description: str | None = None,
    artifact_types: tuple[str, ...] | None = (),
) -> Registry:
    """Change what is given; `artifact_types` names types to add, None means any type from now on."""
    fields: dict[str, Any] = {"entityName": organization.entity, "name": registry.project}
    if visibility is not None:
        fields["access"] = _ACCESS[visibility]
    if description is not None:
        fields["description"] = description
    if artifact_types is None:
        fields["allowAllArtifactTypesInRegistry"] = True
    elif artifact_types:
        fields["allowAllArtifactTypesInRegistry"] = False
        fields["artifactTypes"] = [{"name": artifact_type} for artifact_type in artifact_types]
    return _upsert(port, fields)


def rename_registry(port: Port, organization: Organization, old: str, new: str) -> None:
    """Give a registry another name; everything in it stays."""
    fields = {
        "entityName": organization.entity,
        "oldProjectName": registry_project(old),
        "newProjectName": registry_project(new),
    }
    port.execute(_RENAME, {"input": fields})


def delete_registry(port: Port, registry_id: str) -> None:
    """Delete a registry with all its collections and links; the artifacts stay where they were logged."""
    answer = port.execute(_DELETE, {"id": registry_id}).get("deleteModel")
    if not isinstance(answer, dict) or not answer.get("success"):
        raise Invalid(f"{port.base_url} did not delete registry {registry_id}")


def _upsert(port: Port, fields: dict[str, Any]) -> Registry:
    answer = port.execute(_UPSERT, {"input": fields}).get("upsertModel")
    project = answer.get("project") if isinstance(answer, dict) else None
    if not isinstance(project, dict):
        raise Invalid(f"{port.base_url} did not answer with the registry {fields['name']}")
    return _parse(project)


def _parse(project: dict[str, Any]) -> Registry:
    access = str(project.get("access"))
    if access not in _VISIBILITY:
        raise Invalid(f"registry {project.get('name')} has an access that is not known here: {access}")
    types = None
    if not project.get("allowAllArtifactTypes"):
        listed = whole(f"the artifact types of {project.get('name')}", project.get("artifactTypes"))
        types = tuple(sorted(str(one["name"]) for one in listed))
    return Registry(
        id=str(project["id"]),
        name=str(project["name"]).removeprefix(REGISTRY_PREFIX),
        visibility=_VISIBILITY[access],
        description=project.get("description"),
        artifact_types=types,
    )
