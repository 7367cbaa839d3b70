"""Automations: what W&B does by itself when something happens in a collection, a registry, an entity.

Fields as the client's own documents have them (wandb/automations/_generated). Which scopes a server lists
its automations by differs, so it is asked first; a server that lists none has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from wandb_registry.server.errors import NotVisible
from wandb_registry.server.organizations import Organization
from wandb_registry.server.pages import PAGE_INFO, nodes
from wandb_registry.server.port import Port

_LISTS = """
query AutomationLists {
  organization: __type(name: "Organization") { fields { name } }
  entity: __type(name: "Entity") { fields { name } }
  project: __type(name: "Project") { fields { name } }
}
"""

# An entity's fields are not asked: servers without entity scopes do not know that spread.
_FIELDS = """
  id name enabled
  scope {
    __typename
    ... on Project { id name }
    ... on ArtifactPortfolio { id name }
    ... on ArtifactSequence { id name }
  }
  event: triggeringCondition { __typename ... on FilterEventTriggeringCondition { eventType } }
"""

_OF_REGISTRY = f"""
query RegistryAutomations($entity: String!, $project: String!) {{
  project(name: $project, entityName: $entity) {{ id name triggers {{ {_FIELDS} }} }}
}}
"""
_OF_ENTITY = f"""
query EntityAutomations($name: String!, $cursor: String, $first: Int) {{
  scope: entity(name: $name) {{
    triggers(after: $cursor, first: $first) {{ {PAGE_INFO} edges {{ node {{ {_FIELDS} }} }} }}
  }}
}}
"""
_OF_ORGANIZATION = f"""
query OrganizationAutomations($name: String!, $cursor: String, $first: Int) {{
  scope: organization(name: $name) {{
    triggers(after: $cursor, first: $first) {{ {PAGE_INFO} edges {{ node {{ {_FIELDS} }} }} }}
  }}
}}
"""

_PAGE = 100
_LISTED = "triggers"

Scope = Literal["collection", "registry", "entity", "organization"]
_SCOPES: dict[str, Scope] = {
    "ArtifactPortfolio": "collection",
    "ArtifactSequence": "collection",
    "Project": "registry",
}


@dataclass(frozen=True, slots=True)
class Automation:
    """An automation: what fires it, and where; `scope_name` is "" where the server did not name it."""

    id: str
    name: str
    enabled: bool
    event: str
    scope: Scope
    scope_name: str = ""

    def __str__(self) -> str:
        where = f"{self.scope} {self.scope_name}".rstrip()
        return f"automation {self.name} (on {self.event} in {where})"


@dataclass(frozen=True, slots=True)
class Lists:
    """By which scopes this server lists automations."""

    organization: bool
    entity: bool
    project: bool


def automation_lists(port: Port) -> Lists:
    """Ask the server's schema."""
    answer = port.execute(_LISTS, {})
    found = {}
    for scope in ("organization", "entity", "project"):
        fields = (answer.get(scope) or {}).get("fields") or ()
        found[scope] = any(field.get("name") == _LISTED for field in fields)
    return Lists(**found)


def registry_automations(port: Port, organization: Organization, project: str) -> tuple[Automation, ...]:
    """Those of a registry and of the collections in it; none where it is not there (yet)."""
    answer = port.execute(_OF_REGISTRY, {"entity": organization.entity, "project": project})
    found = answer.get("project")
    triggers = found.get(_LISTED) or () if isinstance(found, dict) else ()
    return tuple(_parse(node, "registry", project) for node in triggers)


def entity_automations(port: Port, name: str) -> tuple[Automation, ...]:
    """Those of a team, or of an organization's own entity, with those of everything in it."""
    found = _pages(port, _OF_ENTITY, name, f"the automations of entity {name}")
    return tuple(_parse(node, "entity", name) for node in found)


def organization_automations(port: Port, organization: Organization) -> tuple[Automation, ...]:
    """Those of the organization."""
    what = f"the automations of {organization}"
    found = _pages(port, _OF_ORGANIZATION, organization.name, what)
    return tuple(_parse(node, "organization", organization.name) for node in found)


def _pages(port: Port, document: str, name: str, what: str) -> Iterator[dict[str, Any]]:
    def page(cursor: str | None) -> Any:
        scope = port.execute(document, {"name": name, "cursor": cursor, "first": _PAGE}).get("scope")
        if not isinstance(scope, dict):
            raise NotVisible(f"{what} cannot be read with this key")
        return scope.get(_LISTED)

    return nodes(what, page)


def _parse(node: dict[str, Any], listed_by: Scope, name: str) -> Automation:
    """An automation whose scope is neither project nor collection belongs to what listed it."""
    where = node.get("scope") or {}
    scope = _SCOPES.get(str(where.get("__typename")))
    return Automation(
        id=str(node.get("id")),
        name=str(node.get("name")),
        enabled=bool(node.get("enabled", True)),
        event=str((node.get("event") or {}).get("eventType") or ""),
        scope=scope or listed_by,
        scope_name=str(where.get("name") or "") if scope else name,
    )
