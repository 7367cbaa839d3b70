"""Members of a registry, and the people and teams that can become members.

No document selects `apiKey`; roles come after the addition because no known input takes both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from wandb_registry.server.batches import run_batch
from wandb_registry.server.errors import Invalid, NotVisible, PermissionDenied, ServerError
from wandb_registry.server.organizations import Organization
from wandb_registry.server.port import Port
from wandb_registry.state.roles import Role

_LIST = """
query RegistryMembers($entity: String!, $project: String!) {
  project(name: $project, entityName: $entity) {
    members { id username role { name } }
    teamMembers { team { id name } role { name } }
  }
}
"""

_ADD = """
mutation AddRegistryMembers($input: CreateProjectMembersInput!) {
  createProjectMembers(input: $input) { success }
}
"""
_REMOVE = """
mutation RemoveRegistryMembers($input: DeleteProjectMembersInput!) {
  deleteProjectMembers(input: $input) { success }
}
"""

_TEAM = "query TeamByName($name: String!) { entity(name: $name) { id name isTeam } }"
_USER = "query UserByName($query: String) { users(query: $query) { edges { node { id username } } } }"
_ORGANIZATION_MEMBERS = """
query OrganizationPeople($name: String!) { organization(name: $name) { members { id username } } }
"""

Kind = Literal["user", "team"]


@dataclass(frozen=True, slots=True, order=True)
class Principal:
    """Who can be a member: a user by username, or a team by name."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Member:
    """A principal with its server id and its own role in one registry (inherited roles are not here)."""

    principal: Principal
    id: str
    role: Role


def list_members(port: Port, organization: Organization, project: str) -> dict[Principal, Member]:
    """Every direct member of the registry; NotVisible where the registry cannot be seen."""
    answer = port.execute(_LIST, {"entity": organization.entity, "project": project}).get("project")
    if not isinstance(answer, dict):
        raise NotVisible(f"{project} of {organization} is not there, or this key may not see it")
    users, teams = answer.get("members"), answer.get("teamMembers")
    if not isinstance(users, list) or not isinstance(teams, list):
        raise NotVisible(f"the members of {project} of {organization} cannot be read with this key")
    members = [_member("user", u["username"], u["id"], u["role"]) for u in users]
    for entry in teams:
        team = entry["team"]
        if not isinstance(team, dict):
            raise NotVisible(
                f"a team that is a member of {project} of {organization} is hidden from this key"
            )
        members.append(_member("team", team["name"], team["id"], entry["role"]))
    return {member.principal: member for member in members}


def add_members(port: Port, registry_id: str, ids: Mapping[Principal, str]) -> None:
    """Add principals with the server's default role, in one request."""
    _change(port, _ADD, "createProjectMembers", registry_id, ids)


def remove_members(port: Port, registry_id: str, ids: Mapping[Principal, str]) -> None:
    """Remove principals, in one request; one that is no member is no error."""
    _change(port, _REMOVE, "deleteProjectMembers", registry_id, ids)


def set_roles(
    port: Port, registry_id: str, roles: Iterable[tuple[Member, Role]]
) -> dict[Principal, ServerError]:
    """Give members their roles, many a request; answers the error of each that failed."""
    wanted = list(roles)
    fields = []
    for member, role in wanted:
        if member.principal.kind == "user":
            value = {"projectId": registry_id, "userId": member.id, "userProjectRole": str(role)}
            fields.append(("updateProjectMember", "UpdateProjectMemberInput", value))
        else:
            value = {"projectId": registry_id, "teamId": member.id, "teamProjectRole": str(role)}
            fields.append(("updateProjectTeamMember", "UpdateProjectTeamMemberInput", value))
    results = run_batch(port, "SetRegistryRoles", fields, "success")
    return {
        member.principal: result
        for (member, _), result in zip(wanted, results, strict=True)
        if isinstance(result, ServerError)
    }


def organization_people(port: Port, organization: Organization) -> dict[str, str] | None:
    """Username -> id of everybody in the organization; None where this server or key does not tell."""
    try:
        answer = port.execute(_ORGANIZATION_MEMBERS, {"name": organization.name}).get("organization")
    except (Invalid, PermissionDenied):
        return None
    people = answer.get("members") if isinstance(answer, dict) else None
    return {str(p["username"]): str(p["id"]) for p in people} if people else None


def find_team(port: Port, name: str) -> str | None:
    """The id of a team, or None where the key cannot find it."""
    entity = port.execute(_TEAM, {"name": name}).get("entity")
    if not isinstance(entity, dict) or not entity.get("isTeam"):
        return None
    return str(entity["id"]) if str(entity["name"]).casefold() == name.casefold() else None


def search_user(port: Port, username: str) -> str | None:
    """The id of the user of that name, or None where the key cannot find exactly one."""
    users = port.execute(_USER, {"query": username}).get("users") or {}
    people = [edge["node"] for edge in users.get("edges") or ()]
    return id_of(username, [(str(person.get("username")), str(person["id"])) for person in people])


def id_of(username: str, people: Iterable[tuple[str, str]]) -> str | None:
    """The id of the one person with that name, which W&B compares without case; None for none and several."""
    alike = [(name, found) for name, found in people if name.casefold() == username.casefold()]
    exact = [found for name, found in alike if name == username]
    ids = exact or [found for _, found in alike]
    return ids[0] if len(ids) == 1 else None


def _change(port: Port, document: str, field: str, registry_id: str, ids: Mapping[Principal, str]) -> None:
    if not ids:
        return
    value = {
        "projectId": registry_id,
        "userIds": [i for principal, i in ids.items() if principal.kind == "user"],
        "teamIds": [i for principal, i in ids.items() if principal.kind == "team"],
    }
    answer = port.execute(document, {"input": value}).get(field)
    if not isinstance(answer, dict) or not answer.get("success"):
        names = ", ".join(map(str, ids))
        raise Invalid(f"{port.base_url} did not change the membership of {names}")


def _member(kind: Kind, name: Any, member_id: Any, role: Any) -> Member:
    role_name = str(role.get("name")) if isinstance(role, dict) else ""
    try:
        return Member(Principal(kind, str(name)), str(member_id), Role(role_name))
    except ValueError:
        raise Invalid(f"{kind} {name} has a role that is not known here: {role_name or 'none'}") from None
