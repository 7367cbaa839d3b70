"""Organizations, entities and team members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wandb_sandbox import ids
from wandb_sandbox.errors import PermissionDeniedError
from wandb_sandbox.resolvers.context import Context, table
from wandb_sandbox.resolvers.shapes import global_id
from wandb_sandbox.resolvers.viewer import canary
from wandb_sandbox.store import people, rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wandb_sandbox.store.rows import Entity, Organization, User

table.attributes("Organization", rows.Organization)
table.constant("Organization", coreWeaveOrganizationId=None, featureFlags=[])
table.attributes("Entity", rows.Entity, entityType="kind")
table.constant(
    "Entity",
    available=False,
    photoUrl=None,
    readOnly=False,
    readOnlyAdmin=False,
    privateOnly=False,
    storageBytes=0,
    codeSavingEnabled=True,
    defaultAccess="PRIVATE",
    isPaid=True,
    limits=None,
    xxhashDigestsEnabled=False,
)
table.constant("Member", photoUrl=None)
global_id("Organization", "Entity")

Member = tuple["User", str, int]


@table.query("organization")
def organization(_source: None, args: Mapping[str, Any], context: Context) -> Organization | None:
    found = people.organization(context.db, args["name"])
    return found if found is not None and context.access.sees_organization(found.id) else None


@table.query("entity")
def entity(_source: None, args: Mapping[str, Any], context: Context) -> Entity | None:
    name = args.get("name")
    if name is None:
        return context.load.entities.get(context.user.default_entity_id or context.user.entity_id)
    return context.visible_entity(people.entity(context.db, name))


@table.field("Organization", "orgEntity")
def org_entity(found: Organization, _args: Mapping[str, Any], context: Context) -> Entity | None:
    return context.load.entities.get(found.entity_id)


@table.field("Organization", "advancedRegistryFeatures")
def advanced(found: Organization, _args: Mapping[str, Any], _context: Context) -> dict[str, bool]:
    return {"advancedSearch": bool(found.advanced_search)}


@table.field("Entity", "isTeam")
def is_team(found: Entity, _args: Mapping[str, Any], _context: Context) -> bool:
    return found.kind == "team"


@table.field("Entity", "organization")
def entity_organization(found: Entity, _args: Mapping[str, Any], context: Context) -> Organization | None:
    if found.organization_id is None or not context.access.sees_organization(found.organization_id):
        return None
    return context.load.organizations.get(found.organization_id)


@table.field("Entity", "organizationId")
def organization_id(found: Entity, _args: Mapping[str, Any], _context: Context) -> str | None:
    return None if found.organization_id is None else ids.encode("Organization", found.organization_id)


@table.field("Entity", "user")
def entity_user(found: Entity, _args: Mapping[str, Any], context: Context) -> User | None:
    return context.db.one(rows.User, "WHERE entity_id = ?", found.id) if found.kind == "user" else None


@table.field("Organization", "members")
def organization_members(found: Organization, _args: Mapping[str, Any], context: Context) -> list[Member]:
    if not context.access.belongs_to(found.id):  # a guest of a registry sees the organization's name only
        raise PermissionDeniedError(f"permission denied: you are not a member of {found.name!r}")
    return people.organization_members(context.db, found.id)


@table.field("Entity", "members")
def members(found: Entity, _args: Mapping[str, Any], context: Context) -> list[Member]:
    return people.team_members(context.db, found.id)


@table.field("Entity", "memberCount")
def member_count(found: Entity, _args: Mapping[str, Any], context: Context) -> int:
    return int(context.db.value("SELECT count(*) FROM team_members WHERE entity_id = ?", found.id))


for _type in ("Member", "OrganizationMember"):
    table.getters[_type, "id"] = lambda member: ids.encode("User", member[0].id)
    table.getters[_type, "admin"] = lambda member: member[1] == "admin"
    table.getters[_type, "role"] = lambda member: member[1]
    table.getters[_type, "email"] = lambda member: member[0].email
    table.getters[_type, "username"] = lambda member: member[0].username
    table.getters[_type, "name"] = lambda member: member[0].name
    table.getters[_type, "apiKey"] = lambda member: canary(member[0])
table.getters["Member", "pending"] = lambda member: bool(member[2])
table.getters["Member", "accountType"] = lambda member: member[0].account_type
