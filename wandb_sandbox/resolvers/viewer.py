"""The key's own user, other users, API keys, and what the server says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wandb_sandbox import ids
from wandb_sandbox.errors import NotFoundError
from wandb_sandbox.resolvers.context import Context, table
from wandb_sandbox.resolvers.shapes import global_id, single_page, window
from wandb_sandbox.store import people, rows
from wandb_sandbox.store.paging import Listing, Order, Page, read_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wandb_sandbox.store.rows import Entity, User

table.attributes("User", rows.User, admin="is_admin")
table.constant("User", flags=None, photoUrl=None)
table.attributes("ApiKey", rows.ApiKey)
global_id("User", "ApiKey")


def canary(user: User) -> str:
    """What stands where a key would: recognisable, and no valid key."""
    return f"canary-{user.username}-{'0' * 40}"[:47]


@table.query("serverInfo")
def server_info(_source: None, _args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    features = context.switches.features
    return {"features": [{"name": name, "isEnabled": on} for name, on in sorted(features.items())]}


@table.query("viewer")
def viewer(_source: None, _args: Mapping[str, Any], context: Context) -> User:
    return context.user


@table.query("users")
def users(_source: None, args: Mapping[str, Any], context: Context) -> Page:
    """Users whose name or email contains the query: of the key's organizations, all for an instance admin."""
    where, params = ["t.deleted_at IS NULL"], []
    if args.get("query"):
        where.append("(instr(lower(t.username), lower(?)) > 0 OR lower(t.email) = lower(?))")
        params += [args["query"], args["query"]]
    if not context.access.privileged and not context.user.is_admin:
        mine = list(context.access.organization_roles)
        where.append(
            f"(t.id = ? OR t.id IN (SELECT user_id FROM organization_members "  # noqa: S608
            f"WHERE organization_id IN ({','.join('?' * len(mine))})))"
        )
        params += [context.user.id, *mine]
    # The shortest first, so that an exact name comes before those that contain it.
    order = Order("length(t.username)")
    return read_page(context.db, Listing(rows.User, where, params, order), window(args, context))


@table.field("User", "admin")
def admin(user: User, _args: Mapping[str, Any], _context: Context) -> bool:
    return bool(user.is_admin)


@table.field("User", "entity")
def default_entity(user: User, _args: Mapping[str, Any], context: Context) -> str | None:
    entity = context.load.entities.get(user.default_entity_id or user.entity_id)
    return entity.name if entity else None


@table.field("User", "userEntity")
def user_entity(user: User, _args: Mapping[str, Any], context: Context) -> Entity | None:
    return context.load.entities.get(user.entity_id)


@table.field("User", "apiKey")
def api_key(user: User, _args: Mapping[str, Any], _context: Context) -> str:
    return canary(user)


@table.field("User", "apiKeys")
def api_keys(user: User, _args: Mapping[str, Any], context: Context) -> Page | None:
    if user.id != context.user.id and not context.user.is_admin:
        return None
    return single_page(context.db.all(rows.ApiKey, "WHERE user_id = ? ORDER BY id", user.id))


@table.field("ApiKey", "name")
def api_key_name(key: rows.ApiKey, _args: Mapping[str, Any], context: Context) -> str:
    # The client shows this field as the key itself, so it must not be one.
    owner = context.load.users.get(key.user_id)
    return canary(owner) if owner else "canary"


@table.field("User", "teams")
def teams(user: User, _args: Mapping[str, Any], context: Context) -> Page:
    found = context.db.all(
        rows.Entity,
        "WHERE id IN (SELECT entity_id FROM team_members WHERE user_id = ? AND pending = 0) OR id = ? "
        "ORDER BY id",
        user.id,
        user.entity_id,
    )
    return single_page([one for one in found if context.access.sees_entity(one)])


@table.field("User", "organizations")
def organizations(user: User, _args: Mapping[str, Any], context: Context) -> list[rows.Organization]:
    found = context.db.all(
        rows.Organization,
        "WHERE id IN (SELECT organization_id FROM organization_members WHERE user_id = ?) ORDER BY id",
        user.id,
    )
    return [one for one in found if context.access.sees_organization(one.id)]


@table.mutation("noop")
def noop(_source: None, _args: Mapping[str, Any], _context: Context) -> bool:
    return True


@table.mutation("generateApiKey")
def generate_api_key(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    ident = people.add_key(context.db, context.user.id, people.new_key(), args["input"].get("description"))
    return {"apiKey": context.db.one(rows.ApiKey, "WHERE id = ?", ident)}


@table.mutation("deleteApiKey")
def delete_api_key(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    ident = ids.decode(args["input"]["id"], "ApiKey")
    sql = "DELETE FROM api_keys WHERE id = ? AND user_id = ?"
    if not context.db.change(sql, ident, context.user.id):
        raise NotFoundError("API key not found")
    return {"success": True}
