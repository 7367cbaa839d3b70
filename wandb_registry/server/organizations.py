"""Organizations: resolved once, by display name or by entity name, and named with both in every error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wandb_registry.server.errors import NotFound, ServerError
from wandb_registry.server.port import Port

_ORGANIZATION_FIELDS = "id name orgEntity { id name }"

_BY_DISPLAY_NAME = f"""
query OrganizationByName($name: String!) {{
  organization(name: $name) {{ {_ORGANIZATION_FIELDS} }}
}}
"""

_BY_ENTITY_NAME = f"""
query OrganizationByEntity($name: String!) {{
  entity(name: $name) {{ name organization {{ {_ORGANIZATION_FIELDS} }} }}
}}
"""

_ADMINS = """
query OrganizationMembers($name: String!) {
  organization(name: $name) { members { username role } }
}
"""


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization: its id, its display name, and the name of the entity that owns its registries."""

    id: str
    name: str
    entity: str

    def __str__(self) -> str:
        return f"organization {self.name} (entity {self.entity})"


def find_organization(port: Port, name: str) -> Organization:
    """The organization called `name`, as display name or as entity name; NotFound otherwise."""
    found = _parse(port.execute(_BY_DISPLAY_NAME, {"name": name}).get("organization"))
    if found is not None:
        return found
    entity = port.execute(_BY_ENTITY_NAME, {"name": name}).get("entity")
    found = _parse(entity.get("organization")) if isinstance(entity, dict) else None
    if found is None:
        raise NotFound(
            f"there is no organization {name} on {port.base_url} that this key can see",
            advice="Give its display name or its entity name",
        )
    if found.entity.casefold() != name.casefold():
        raise NotFound(
            f"{name} is no organization but a team or user of {found}", advice=f"Give {found.name}"
        )
    return found


def is_organization_admin(port: Port, organization: Organization, username: str) -> bool | None:
    """Whether somebody administers the organization; None where the server does not tell.

    Asked in a document of its own: one field unknown to a server fails its whole document.
    """
    try:
        answer = port.execute(_ADMINS, {"name": organization.name}).get("organization")
    except ServerError:
        return None
    if not isinstance(answer, dict) or not isinstance(answer.get("members"), list):
        return None
    roles = {member.get("username"): member.get("role") for member in answer["members"]}
    return str(roles.get(username, "")).casefold() == "admin"


def _parse(answer: Any) -> Organization | None:
    if not isinstance(answer, dict):
        return None
    entity = answer.get("orgEntity")
    if not isinstance(entity, dict):
        return None
    return Organization(id=str(answer["id"]), name=str(answer["name"]), entity=str(entity["name"]))
