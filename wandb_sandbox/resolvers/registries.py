"""Projects and registries, written: create, change, rename, delete, and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wandb_sandbox import ids
from wandb_sandbox.errors import ConflictError, InvalidError, NotFoundError, PermissionDeniedError
from wandb_sandbox.permissions.access import RESTRICTED
from wandb_sandbox.permissions.roles import RegistryRole, Right
from wandb_sandbox.resolvers import projects as project_queries
from wandb_sandbox.resolvers.context import Context, table
from wandb_sandbox.store import members, people, projects, rows
from wandb_sandbox.store.database import now

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wandb_sandbox.store.rows import Entity, Project

CORE_REGISTRIES = tuple(f"{projects.REGISTRY_PREFIX}{kind}" for kind in projects.CORE_TYPES)
"""Always of organization visibility, with fixed names (compared without case)."""
_ACCESS = ("PRIVATE", "RESTRICTED", "USER_READ", "USER_WRITE")


@table.mutation("upsertModel")
def upsert_model(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Create or change a project; a registry if it is of an organization entity and has the prefix."""
    wanted = args["input"]
    entity = _entity(context, wanted.get("entityName"))
    found = _existing(context, wanted, entity)
    if wanted.get("access") not in (None, *_ACCESS):
        raise InvalidError(f"access {wanted['access']!r} is not known; known are {', '.join(_ACCESS)}")
    made = _create(context, wanted, entity) if found is None else _change(context, wanted, found)
    return {"inserted": found is None, "project": made, "model": made}


def _entity(context: Context, name: str | None) -> Entity:
    if name is None:
        entity = context.load.entities.get(context.user.default_entity_id or context.user.entity_id)
    else:
        entity = context.visible_entity(people.entity(context.db, name))
    if entity is None:
        raise NotFoundError(f"entity {name!r} not found")
    return entity


def _existing(context: Context, wanted: Mapping[str, Any], entity: Entity) -> Project | None:
    if wanted.get("id"):
        return projects.by_id(context.db, ids.decode(wanted["id"], "Project"))
    if not wanted.get("name"):
        raise InvalidError("a project needs a name")
    found = projects.project(context.db, entity.id, wanted["name"])
    if found is not None and not context.access.can(Right.SEE, found):
        raise ConflictError(f"project {wanted['name']!r} already exists")
    return found


def _create(context: Context, wanted: Mapping[str, Any], entity: Entity) -> Project:
    name = wanted["name"]
    is_registry = entity.kind == "organization"
    if not context.access.creates_projects(entity):
        raise PermissionDeniedError(f"permission denied: you may not create projects in {entity.name!r}")
    if is_registry and not name.lower().startswith(projects.REGISTRY_PREFIX):
        raise InvalidError(f"projects of an organization are registries: {projects.REGISTRY_PREFIX}NAME")
    access = wanted.get("access") or "PRIVATE"
    if is_registry and access == RESTRICTED and context.switches.restricted_creation_refused:
        raise PermissionDeniedError("permission denied: restricted registries cannot be created")
    if is_registry and access not in ("PRIVATE", RESTRICTED):
        raise InvalidError("a registry is PRIVATE (its organization) or RESTRICTED (its members)")
    types = wanted.get("artifactTypes") or []
    allow_all = wanted.get("allowAllArtifactTypesInRegistry")
    made = projects.create(
        context.db,
        entity.id,
        name,
        creator_id=context.user.id,
        access=access,
        description=wanted.get("description"),
        is_registry=is_registry,
        allow_all_types=not types if allow_all is None else allow_all,
    )
    for one in types:
        projects.ensure_type(context.db, made.id, one["name"], one.get("description"))
    if is_registry and context.switches.creator_becomes_admin:
        members.add_user(context.db, made.id, context.user, RegistryRole.ADMIN)
    return made


def _change(context: Context, wanted: Mapping[str, Any], found: Project) -> Project:
    context.access.require(Right.WRITE, found, "change settings")
    if wanted.get("access") not in (None, found.access):
        _change_access(context, found, wanted["access"])
    if wanted.get("description") is not None:
        _refuse_core(found, "described anew")
        context.db.execute(
            "UPDATE projects SET description = ? WHERE id = ?", wanted["description"], found.id
        )
    allow_all = wanted.get("allowAllArtifactTypesInRegistry")
    if allow_all is not None and bool(allow_all) != bool(found.allow_all_types):
        context.access.require(Right.MANAGE, found, "change the accepted types setting")
        context.db.execute("UPDATE projects SET allow_all_types = ? WHERE id = ?", int(allow_all), found.id)
    for one in wanted.get("artifactTypes") or []:
        projects.ensure_type(context.db, found.id, one["name"], one.get("description"))
    context.db.execute("UPDATE projects SET updated_at = ? WHERE id = ?", now(), found.id)
    return projects.by_id(context.db, found.id)


def _change_access(context: Context, found: Project, access: str) -> None:
    context.access.require(Right.MANAGE, found, "change visibility")
    if found.is_registry:
        _refuse_core(found, "given another visibility")
        if found.access == RESTRICTED and not context.switches.visibility_can_open:
            raise InvalidError("a restricted registry cannot be opened to the organization")
        if access == RESTRICTED and not context.switches.visibility_can_close:
            raise InvalidError("a registry of the organization cannot be restricted")
    context.db.execute("UPDATE projects SET access = ? WHERE id = ?", access, found.id)


def _refuse_core(found: Project, what: str) -> None:
    if found.is_registry and found.name.lower() in CORE_REGISTRIES:
        raise InvalidError(f"the core registry {found.name!r} cannot be {what}")


@table.mutation("renameProject")
def rename_project(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    found = project_queries.require(context, wanted["entityName"], wanted["oldProjectName"])
    context.access.require(Right.WRITE, found, "rename")
    _refuse_core(found, "renamed")
    if found.is_registry and not wanted["newProjectName"].lower().startswith(projects.REGISTRY_PREFIX):
        raise InvalidError(f"a registry's project is named {projects.REGISTRY_PREFIX}NAME")
    return {"inserted": False, "project": projects.rename(context.db, found, wanted["newProjectName"])}


@table.mutation("deleteModel")
def delete_model(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    if wanted.get("id"):
        found = projects.by_id(context.db, ids.decode(wanted["id"], "Project"))
    else:
        found = project_queries.require(context, wanted.get("entityName"), wanted.get("projectName"))
    context.access.require(Right.MANAGE, found, "delete")
    _refuse_core(found, "deleted")
    projects.delete(context.db, found)
    return {"success": True}


def _managed(context: Context, project_id: str) -> Project:
    found = projects.by_id(context.db, ids.decode(project_id, "Project"))
    context.access.require(Right.MANAGE, found, "manage members")
    return found


def _users(context: Context, wanted: Iterable[str]) -> list[rows.User]:
    found = []
    for ident in wanted:
        user = context.load.users.get(ids.decode(ident, "User"))
        if user is None or user.deleted_at is not None:
            raise NotFoundError(f"user {ident!r} not found")
        found.append(user)
    return found


def _teams(context: Context, wanted: Iterable[str]) -> list[Entity]:
    found = []
    for ident in wanted:
        team = context.load.entities.get(ids.decode(ident, "Entity"))
        if team is None or team.kind != "team":
            raise NotFoundError(f"team {ident!r} not found")
        found.append(team)
    return found


@table.mutation("createProjectMembers")
def create_members(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Add with the default role; who is a member already keeps the role that it has."""
    wanted = args["input"]
    found = _managed(context, wanted["projectId"])
    default = RegistryRole.parse(context.switches.default_role)
    for user in _users(context, wanted.get("userIds") or ()):
        members.add_user(context.db, found.id, user, _role_on_add(context, found, user, default))
    for team in _teams(context, wanted.get("teamIds") or ()):
        members.add_team(context.db, found.id, team, default)
    return {"success": True}


def _role_on_add(context: Context, found: Project, user: rows.User, default: RegistryRole) -> RegistryRole:
    """Service accounts: member; admins of the organization: admin; others the server's default."""
    if user.account_type == "SERVICE":
        return RegistryRole.MEMBER
    sql = (
        "SELECT 1 FROM organization_members m JOIN entities e ON e.organization_id = m.organization_id "
        "WHERE e.id = ? AND m.user_id = ? AND m.role = 'admin'"
    )
    return RegistryRole.ADMIN if context.db.value(sql, found.entity_id, user.id) else default


@table.mutation("deleteProjectMembers")
def delete_members(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    found = _managed(context, wanted["projectId"])
    for ident in wanted.get("userIds") or ():
        members.remove_user(context.db, found.id, ids.decode(ident, "User"))
    for ident in wanted.get("teamIds") or ():
        members.remove_team(context.db, found.id, ids.decode(ident, "Entity"))
    return {"success": True}


def _wanted_role(context: Context, name: str) -> RegistryRole:
    role = RegistryRole.parse(name)
    if role is RegistryRole.RESTRICTED_VIEWER and not context.switches.restricted_viewers:
        raise InvalidError(f"{name!r} is not a registry role")
    return role


@table.mutation("updateProjectMember")
def update_member(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    found = _managed(context, wanted["projectId"])
    role = _wanted_role(context, wanted["userProjectRole"])
    (user,) = _users(context, [wanted["userId"]])
    if user.account_type == "SERVICE" and role < RegistryRole.MEMBER:
        raise InvalidError("a service account cannot be a viewer or restricted viewer")
    if context.switches.update_adds_members:
        members.add_user(context.db, found.id, user, role)
    members.set_user_role(context.db, found.id, user.id, role)
    return {"success": True}


@table.mutation("updateProjectTeamMember")
def update_team_member(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    found = _managed(context, wanted["projectId"])
    role = _wanted_role(context, wanted["teamProjectRole"])
    (team,) = _teams(context, [wanted["teamId"]])
    if context.switches.update_adds_members:
        members.add_team(context.db, found.id, team, role)
    members.set_team_role(context.db, found.id, team.id, role)
    return {"success": True}
