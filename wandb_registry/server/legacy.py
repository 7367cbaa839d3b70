"""The legacy Model Registry of a team: its people, admins and protected aliases, and its collections.

Model Registry admins and protected aliases are asked in documents of their own, after introspection:
one field that a server does not know fails the whole document that asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from wandb_registry.errors import UserError
from wandb_registry.server.capabilities import arguments_of
from wandb_registry.server.collections import Home
from wandb_registry.server.contents import Contents, Notify, list_contents
from wandb_registry.server.errors import NotVisible, PermissionDenied, ServerError
from wandb_registry.server.organizations import Organization
from wandb_registry.server.port import Port
from wandb_registry.state.names import LEGACY_PROJECT

_TEAM = """
query LegacyTeam($name: String!, $project: String!) {
  entity(name: $name) {
    id name isTeam
    organization { id name orgEntity { name } }
    members { id username role admin pending accountType email }
  }
  project(name: $project, entityName: $name) { id }
}
"""

_ENTITIES_A_REQUEST = 50

# Older and newer servers spell the three roles of a team differently.
_ROLES = {"view-only": "view-only", "viewonly": "view-only", "view_only": "view-only", "viewer": "view-only"}


class NotATeam(UserError):
    """The name given as a team is something else."""


@dataclass(frozen=True, slots=True)
class TeamMember:
    """Somebody in a team; `role` is admin, member, view-only, or the name of a custom role."""

    username: str
    id: str
    role: str
    service_account: bool
    pending: bool


@dataclass(frozen=True, slots=True)
class Team:
    """A team of the organization; `has_legacy`: its project `model-registry` is seen by this key."""

    id: str
    name: str
    members: tuple[TeamMember, ...]
    has_legacy: bool


@dataclass(frozen=True, slots=True)
class Governance:
    """Who may touch protected aliases, and which these are; None where the server does not tell."""

    admins: frozenset[str] | None
    protected_aliases: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class EntityKind:
    """What a source's entity is, as far as linking cares; linkable: a team of the same organization."""

    personal: bool
    organization_id: str | None


def find_team(port: Port, organization: Organization, name: str) -> Team:
    """The team with its people; one clear error where it is something else, elsewhere, or not visible."""
    answer = port.execute(_TEAM, {"name": name, "project": LEGACY_PROJECT})
    entity = answer.get("entity")
    is_organization = name.casefold() in (organization.name.casefold(), organization.entity.casefold())
    if is_organization and not (isinstance(entity, dict) and entity.get("isTeam")):
        raise NotATeam(f"{name} is the {organization}, not a team of it", advice="Give the name of a team")
    if not isinstance(entity, dict):
        raise NotVisible(
            f"there is no team {name} in {organization}, or this key may not see it",
            advice="Give the team's name as it stands in its address, and a key of somebody in the team",
        )
    if not entity.get("isTeam"):
        raise NotATeam(f"{entity['name']} is not a team but somebody's own entity")
    _check_organization(organization, entity)
    members = entity.get("members")
    if not isinstance(members, list):
        raise NotVisible(f"the members of team {entity['name']} cannot be read with this key")
    return Team(
        id=str(entity["id"]),
        name=str(entity["name"]),
        members=tuple(sorted(map(_member, members), key=lambda member: member.username)),
        has_legacy=isinstance(answer.get("project"), dict),
    )


def read_governance(port: Port, team: str) -> Governance:
    """The Model Registry admins and protected aliases of a team, as far as this server answers."""
    fields = arguments_of(port, "Entity")
    admins = _ask(port, team, "workflowsAdmins", "{ username }", fields)
    aliases = _ask(port, team, "protectedAliases", "", fields)
    return Governance(
        admins=None if admins is None else frozenset(str(user["username"]) for user in admins),
        protected_aliases=None if aliases is None else tuple(sorted(map(str, aliases))),
    )


def read_models(port: Port, team: str, notify: Notify = lambda _: None) -> list[Contents]:
    """All registered models of a team with their versions; see `list_contents`."""
    return list_contents(port, Home(team, LEGACY_PROJECT), notify)


def entity_kinds(port: Port, names: Iterable[str]) -> dict[str, EntityKind]:
    """What the entities of sources are; those that the key cannot see are left out."""
    wanted = sorted(set(names))
    kinds: dict[str, EntityKind] = {}
    for start in range(0, len(wanted), _ENTITIES_A_REQUEST):
        kinds.update(_kinds(port, wanted[start : start + _ENTITIES_A_REQUEST]))
    return kinds


def _kinds(port: Port, names: Sequence[str]) -> dict[str, EntityKind]:
    variables = ", ".join(f"$n{n}: String!" for n in range(len(names)))
    fields = " ".join(
        f"e{n}: entity(name: $n{n}) {{ isTeam organization {{ id }} }}" for n in range(len(names))
    )
    document = f"query SourceEntities({variables}) {{ {fields} }}"
    answer = port.execute_fields(document, {f"n{n}": name for n, name in enumerate(names)})
    for error in answer.errors.values():
        if not isinstance(error, PermissionDenied):
            raise error
    kinds = {}
    for n, name in enumerate(names):
        entity = answer.data.get(f"e{n}")
        if isinstance(entity, dict):
            organization = entity.get("organization") or {}
            kinds[name] = EntityKind(not entity.get("isTeam"), organization.get("id"))
    return kinds


def _check_organization(organization: Organization, entity: dict[str, Any]) -> None:
    other = entity.get("organization")
    if not isinstance(other, dict):
        raise NotVisible(
            f"whether team {entity['name']} belongs to {organization} cannot be seen with this key",
            advice="Use a key of somebody in the team",
        )
    if str(other["id"]) != organization.id:
        name = (other.get("orgEntity") or {}).get("name")
        raise NotATeam(
            f"team {entity['name']} belongs to organization {other['name']} (entity {name}), "
            f"not to {organization}",
            advice=f"Give --organization {other['name']}",
        )


def _ask(
    port: Port, team: str, field: str, selection: str, fields: dict[str, frozenset[str]]
) -> list[Any] | None:
    if field not in fields:
        return None
    argument = "(adminType: MODEL)" if "adminType" in fields[field] else ""
    document = (
        f"query Legacy{field[0].upper()}{field[1:]}($name: String!)"
        f" {{ entity(name: $name) {{ found: {field}{argument} {selection} }} }}"
    )
    try:
        entity = port.execute(document, {"name": team}).get("entity")
    except PermissionDenied:
        return None
    except ServerError as error:
        raise type(error)(f"{field} of team {team} cannot be read: {error.message}") from None
    found = entity.get("found") if isinstance(entity, dict) else None
    return found if isinstance(found, list) else None


def _member(node: dict[str, Any]) -> TeamMember:
    account = str(node.get("accountType") or "").casefold()
    return TeamMember(
        username=str(node.get("username") or node.get("email") or ""),
        id=str(node.get("id") or ""),
        role=_role(node, account),
        service_account="service" in account,
        pending=bool(node.get("pending")),
    )


def _role(node: dict[str, Any], account: str) -> str:
    given = str(node.get("role") or ("admin" if node.get("admin") else "member"))
    role = _ROLES.get(given.casefold(), given)
    role = role.casefold() if role.casefold() in ("admin", "member") else role
    # A viewer's seat may only read, whatever the role in the team says.
    return "view-only" if account == "viewer" else role
