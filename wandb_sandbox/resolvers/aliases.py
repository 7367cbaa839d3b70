"""Aliases: of a collection by page, set and taken off one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wandb_sandbox import ids
from wandb_sandbox.errors import InvalidError, NotFoundError
from wandb_sandbox.permissions.roles import Right
from wandb_sandbox.resolvers import collections as collection_queries
from wandb_sandbox.resolvers.collections import BOTH
from wandb_sandbox.resolvers.context import Context, table
from wandb_sandbox.resolvers.protection import require_aliases
from wandb_sandbox.resolvers.shapes import window
from wandb_sandbox.store import links, rows
from wandb_sandbox.store.paging import Listing, Order, Page, read_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wandb_sandbox.store.rows import Alias, Collection, Membership

table.attributes("ArtifactAlias", rows.Alias)


@table.field("ArtifactAlias", "id")
def alias_id(found: Alias, _args: Mapping[str, Any], _context: Context) -> str:
    if found.id == 0:  # the implicit vN is no row
        return ids.encode("ArtifactVersionAlias", found.membership_id)
    return ids.encode("ArtifactAlias", found.id)


@table.field("ArtifactAlias", "artifactCollection")
def collection(found: Alias, _args: Mapping[str, Any], context: Context) -> Collection | None:
    return context.visible_collection(found.collection_id)


@table.field("ArtifactAlias", "artifactCollectionName")
def collection_name(found: Alias, _args: Mapping[str, Any], context: Context) -> str:
    held = context.load.collections.get(found.collection_id)
    return held.name if held else ""


@table.field(BOTH, "aliases")
def of_collection(found: Collection, args: Mapping[str, Any], context: Context) -> Page:
    listing = Listing(rows.Alias, ["t.collection_id = ?"], [found.id], Order("t.id"))
    return read_page(context.db, listing, window(args, context))


def _targets(args: Mapping[str, Any], context: Context, what: str) -> list[tuple[Membership, str]]:
    wanted = args["input"]
    artifact_id = ids.decode(wanted["artifactID"], "Artifact")
    found = []
    for one in wanted["aliases"]:
        project, held = collection_queries.named(context, one)
        context.access.require(Right.WRITE, project, what)
        require_aliases(context, held, [one["alias"]], f"{what}, the protected alias")
        member = links.membership(context.db, held.id, artifact_id)
        if member is None:
            raise NotFoundError(f"the artifact is not in collection {held.name!r}")
        found.append((member, one["alias"]))
    return found


@table.mutation("addAliases")
def add_aliases(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    for member, alias in _targets(args, context, "add aliases"):
        links.set_alias(context.db, member, alias, context.switches)
    return {"success": True}


@table.mutation("deleteAliases")
def delete_aliases(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    for member, alias in _targets(args, context, "delete aliases"):
        if alias == links.LATEST and not context.switches.latest_can_be_removed:
            raise InvalidError("latest cannot be removed")
        links.remove_alias(context.db, member, alias)
    return {"success": True}
