"""Projects, read: by name, by page, with their types, members and flags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wandb_sandbox import ids
from wandb_sandbox.errors import NotFoundError
from wandb_sandbox.permissions.access import RESTRICTED
from wandb_sandbox.permissions.roles import Right
from wandb_sandbox.resolvers.context import Context, table
from wandb_sandbox.resolvers.search import PROJECT_FIELDS, PROJECT_ORDERS
from wandb_sandbox.resolvers.shapes import global_id, window
from wandb_sandbox.store import members as member_store
from wandb_sandbox.store import people, projects, rows
from wandb_sandbox.store.filters import compile_filter
from wandb_sandbox.store.paging import Listing, Order, Page, page_of, parse_order, read_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wandb_sandbox.store.rows import ArtifactType, Entity, Project, User

table.attributes("Project", rows.Project)
table.constant("Project", isBenchmark=False)
table.attributes("ArtifactType", rows.ArtifactType)
global_id("Project", "ArtifactType")


def find(context: Context, entity_name: str | None, name: str | None) -> Project | None:
    """The project of that name if the key sees it; without an entity, of the key's default entity."""
    if name is None:
        return None
    if entity_name is None:
        entity_id = context.user.default_entity_id or context.user.entity_id
    else:
        entity = people.entity(context.db, entity_name)
        if entity is None:
            return None
        entity_id = entity.id
    found = projects.project(context.db, entity_id, name)
    return found if found is not None and context.access.can(Right.SEE, found) else None


def require(context: Context, entity_name: str | None, name: str | None) -> Project:
    """As `find`; NotFoundError where there is none."""
    found = find(context, entity_name, name)
    if found is None:
        raise NotFoundError(f"project {name!r} not found in {entity_name!r}")
    return found


@table.query("project")
def project(_source: None, args: Mapping[str, Any], context: Context) -> Project | None:
    return find(context, args.get("entityName"), args.get("name"))


@table.query("model")
def model(_source: None, args: Mapping[str, Any], context: Context) -> Project | None:
    return find(context, args.get("entityName"), args.get("name"))


@table.field("Entity", "project")
def entity_project(found: Entity, args: Mapping[str, Any], context: Context) -> Project | None:
    return find(context, found.name, args.get("name"))


@table.query("models")
def models(_source: None, args: Mapping[str, Any], context: Context) -> Page | None:
    name = args.get("entityName")
    entity = people.entity(context.db, name) if name else context.load.entities.get(context.user.entity_id)
    return entity_projects(entity, args, context) if entity is not None else None


@table.field("Entity", "projects")
def entity_projects(found: Entity, args: Mapping[str, Any], context: Context) -> Page:
    condition, params = compile_filter(args.get("filters"), PROJECT_FIELDS)
    seen, seen_params = visible_condition(context, found.id)
    listing = Listing(
        rows.Project,
        ["t.entity_id = ?", condition, seen],
        [found.id, *params, *seen_params],
        parse_order(args.get("order"), PROJECT_ORDERS, Order("t.id", descending=True)),
    )
    page = read_page(context.db, listing, window(args, context))
    context.load.saw_projects(page.nodes)
    return page


def visible_condition(context: Context, entity_id: int) -> tuple[str, list[Any]]:
    """An SQL condition for the projects of an entity that the key sees; projects are the table `t`."""
    all_of_it = context.db.all(rows.Project, "WHERE entity_id = ?", entity_id)
    hidden = [one.id for one in all_of_it if not context.access.can(Right.SEE, one)]
    if not hidden:
        return "1", []
    return f"t.id NOT IN ({','.join('?' * len(hidden))})", list(hidden)


@table.field("Project", "internalId")
def internal_id(found: Project, _args: Mapping[str, Any], _context: Context) -> str:
    return ids.encode("ProjectInternalId", found.id)


@table.field("Project", "entity")
def project_entity(found: Project, _args: Mapping[str, Any], context: Context) -> Entity | None:
    return context.load.entities.get(found.entity_id)


@table.field("Project", "entityName")
def entity_name(found: Project, _args: Mapping[str, Any], context: Context) -> str | None:
    entity = context.load.entities.get(found.entity_id)
    return entity.name if entity else None


@table.field("Project", "user")
def project_user(found: Project, _args: Mapping[str, Any], context: Context) -> User | None:
    return None if found.creator_id is None else context.load.users.get(found.creator_id)


@table.field("Project", "readOnly")
def read_only(found: Project, _args: Mapping[str, Any], context: Context) -> bool:
    return bool(found.read_only) or not context.access.can(Right.WRITE, found)


@table.field("Project", "allowAllArtifactTypesInRegistry")
def allow_all_types(found: Project, _args: Mapping[str, Any], _context: Context) -> bool:
    return bool(found.allow_all_types)


@table.field("Project", "members")
def project_members(found: Project, _args: Mapping[str, Any], context: Context) -> list[tuple[User, str]]:
    return member_store.users(context.db, found.id) if _lists_members(found) else []


@table.field("Project", "teamMembers")
def team_members(found: Project, _args: Mapping[str, Any], context: Context) -> list[tuple[Entity, str]]:
    return member_store.teams(context.db, found.id) if _lists_members(found) else []


def _lists_members(found: Project) -> bool:
    return bool(found.is_registry) or found.access == RESTRICTED


@table.field("Project", "artifactTypes")
def artifact_types(found: Project, args: Mapping[str, Any], context: Context) -> Page:
    types = context.load.project_types.get(found.id)
    return page_of(list(types), window(args, context))


@table.field("Project", "artifactType")
def artifact_type(found: Project, args: Mapping[str, Any], context: Context) -> ArtifactType | None:
    return projects.artifact_type(context.db, found.id, args["name"])


@table.field("ArtifactType", "project")
def type_project(found: ArtifactType, _args: Mapping[str, Any], context: Context) -> Project | None:
    return context.visible_project(found.project_id)


table.getters["ProjectMember", "id"] = lambda member: ids.encode("User", member[0].id)
table.getters["ProjectMember", "name"] = lambda member: member[0].name
table.getters["ProjectMember", "username"] = lambda member: member[0].username
table.getters["ProjectMember", "email"] = lambda member: member[0].email
table.getters["ProjectMember", "role"] = lambda member: member[1]
table.getters["ProjectTeamMember", "team"] = lambda member: member[0]
table.getters["ProjectTeamMember", "role"] = lambda member: member[1]
table.getters["Role", "name"] = lambda role: role
table.getters["Role", "id"] = lambda role: f"role:{role}"
