"""The legacy Model Registry's own settings: protected aliases and its admins (`workflowsAdmins`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wandb_sandbox.errors import ConflictError, InvalidError, NotFoundError, PermissionDeniedError
from wandb_sandbox.resolvers.context import Context, table
from wandb_sandbox.store import links, migrations, people, rows
from wandb_sandbox.store.database import columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wandb_sandbox.store.rows import Entity, User


@table.field("Entity", "protectedAliases")
def protected_aliases(found: Entity, _args: Mapping[str, Any], context: Context) -> list[str]:
    rows_found = context.db.tuples(
        "SELECT alias FROM protected_aliases WHERE entity_id = ? ORDER BY alias", found.id
    )
    return [alias for (alias,) in rows_found]


@table.field("Entity", "workflowsAdmins")
def workflows_admins(found: Entity, _args: Mapping[str, Any], context: Context) -> list[User]:
    sql = (
        f"SELECT {columns(rows.User, 'u')} FROM workflows_admins w JOIN users u ON u.id = w.user_id "  # noqa: S608
        "WHERE w.entity_id = ? ORDER BY u.id"
    )
    return [rows.User._make(row) for row in context.db.tuples(sql, found.id)]


def _visible(context: Context, name: str) -> Entity:
    entity = context.visible_entity(people.entity(context.db, name))
    if entity is None:
        raise NotFoundError(f"entity {name!r} not found")
    return entity


def _administered(context: Context, name: str) -> Entity:
    """The entity, for its admins."""
    entity = _visible(context, name)
    if not context.access.manages_team(entity):
        raise PermissionDeniedError(f"permission denied: you do not administer {name!r}")
    _refuse_migrated(context, entity)
    return entity


def _refuse_migrated(context: Context, entity: Entity) -> None:
    """During W&B's own migration writes pause; afterwards the legacy side is read-only."""
    found = migrations.of_team(context.db, entity.id)
    if found is not None and found.finished_at is None:
        raise ConflictError(f"the registry of {entity.name!r} is being migrated by W&B: writes are paused")
    if found is not None:
        raise PermissionDeniedError(f"permission denied: the registry of {entity.name!r} is read-only")


def _protecting(context: Context, name: str) -> Entity:
    """The entity, for those who may change its protected aliases: its registry admins and team admins."""
    entity = _visible(context, name)
    mine = context.db.value(
        "SELECT 1 FROM workflows_admins WHERE entity_id = ? AND user_id = ?", entity.id, context.user.id
    )
    if not mine and not context.access.manages_team(entity):
        raise PermissionDeniedError(f"permission denied: you do not administer the registry of {name!r}")
    _refuse_migrated(context, entity)
    return entity


@table.mutation("addProtectedAliases")
def add_protected_aliases(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    entity = _protecting(context, wanted["entityName"])
    for alias in wanted["aliases"]:
        links.check_alias(alias)
        if alias == links.LATEST:
            raise InvalidError("latest cannot be protected")
        context.db.execute("INSERT OR IGNORE INTO protected_aliases VALUES (?, ?)", entity.id, alias)
    return {"aliases": protected_aliases(entity, {}, context)}


@table.mutation("removeProtectedAliases")
def remove_protected_aliases(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    entity = _protecting(context, wanted["entityName"])
    for alias in wanted["aliases"]:
        context.db.execute(
            "DELETE FROM protected_aliases WHERE entity_id = ? AND alias = ?", entity.id, alias
        )
    return {"success": True}


@table.mutation("addWorkflowsAdmin")
def add_workflows_admin(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    entity = _administered(context, wanted["entityName"])
    user = people.require_user(context.db, wanted["username"])
    context.db.execute("INSERT OR IGNORE INTO workflows_admins VALUES (?, ?)", entity.id, user.id)
    return {"success": True}


@table.mutation("deleteWorkflowsAdmin")
def delete_workflows_admin(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    entity = _administered(context, wanted["entityName"])
    user = people.require_user(context.db, wanted["username"])
    context.db.execute("DELETE FROM workflows_admins WHERE entity_id = ? AND user_id = ?", entity.id, user.id)
    return {"success": True}
