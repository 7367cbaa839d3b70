"""Artifact versions, read: identity, source, aliases, memberships, lineage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wandb_sandbox import ids
from wandb_sandbox.permissions.roles import Right
from wandb_sandbox.resolvers.context import Context, table
from wandb_sandbox.resolvers.links import with_version
from wandb_sandbox.resolvers.shapes import global_id, window
from wandb_sandbox.store import artifacts, collections, links, rows
from wandb_sandbox.store.paging import Listing, Order, Page, page_of, read_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wandb_sandbox.store.rows import (
        Alias,
        Artifact,
        ArtifactType,
        Collection,
        Membership,
        Project,
        Run,
        Tag,
        User,
    )

table.attributes("Artifact", rows.Artifact, storageBytes="size")
global_id("Artifact")
table.abstract("Initiator", lambda source: "User" if isinstance(source, rows.User) else "Run")


@table.query("artifact")
def by_id(_source: None, args: Mapping[str, Any], context: Context) -> Artifact | None:
    return context.visible_artifact(ids.decode(args["id"], "Artifact"))


@table.query("clientIDMapping")
def client_id_mapping(_source: None, args: Mapping[str, Any], context: Context) -> tuple[str, str] | None:
    found = artifacts.by_client_id(context.db, args["clientID"])
    if found is None or not context.reaches_artifact(found):
        return None
    return args["clientID"], ids.encode("Artifact", found.id)


table.getters["ClientIDMapping", "clientID"] = lambda pair: pair[0]
table.getters["ClientIDMapping", "serverID"] = lambda pair: pair[1]


@table.field("Project", "artifact")
def in_project(project: Project, args: Mapping[str, Any], context: Context) -> Artifact | None:
    name, _, alias = args["name"].partition(":")
    held = collections.collection(context.db, project.id, name)
    return None if held is None else _aliased(context, held, alias)


@table.field("ArtifactType", "artifact")
def of_type(kind: ArtifactType, args: Mapping[str, Any], context: Context) -> Artifact | None:
    name, _, alias = args["name"].partition(":")
    held = collections.collection(context.db, kind.project_id, name)
    return None if held is None or held.type_id != kind.id else _aliased(context, held, alias)


def _aliased(context: Context, held: Collection, alias: str) -> Artifact | None:
    member = links.by_alias(context.db, held.id, alias or links.LATEST)
    if member is None:
        return None
    found = context.load.artifacts.get(member.artifact_id)
    return None if found is None or found.state == artifacts.DELETED else found


@table.field("Artifact", "artifactSequence")
def sequence(found: Artifact, _args: Mapping[str, Any], context: Context) -> Collection | None:
    """The sequence itself is always told; its project is null for a key that cannot read it."""
    return context.load.collections.get(found.sequence_id)


@table.field("Artifact", "artifactType")
def artifact_type(found: Artifact, _args: Mapping[str, Any], context: Context) -> ArtifactType | None:
    return context.load.types.get(found.type_id)


@table.field("Artifact", "versionIndex")
def version_index(found: Artifact, args: Mapping[str, Any], context: Context) -> int | None:
    name = args.get("artifactCollectionName")
    if name is None:
        return found.version_index
    for member in _members(found, context):
        held = context.load.collections.get(member.collection_id)
        if held is not None and held.name.lower() == name.lower():
            return member.version_index
    return None


@table.field("Artifact", "ttlDurationSeconds")
def ttl(found: Artifact, _args: Mapping[str, Any], _context: Context) -> int:
    return -1 if found.ttl_seconds is None else found.ttl_seconds


@table.field("Artifact", "ttlIsInherited")
def ttl_inherited(found: Artifact, _args: Mapping[str, Any], _context: Context) -> bool:
    return found.ttl_seconds is None


@table.field("Artifact", "tags")
def tags(found: Artifact, _args: Mapping[str, Any], context: Context) -> tuple[Tag, ...]:
    return context.load.artifact_tags.get(found.id)


def _members(found: Artifact, context: Context) -> list[Membership]:
    """The memberships in collections that the key sees; of the source sequence also for others."""
    return [
        member
        for member in context.load.artifact_memberships.get(found.id)
        if context.visible_collection(member.collection_id) is not None
    ]


@table.field("Artifact", "aliases")
def aliases(found: Artifact, args: Mapping[str, Any], context: Context) -> list[Alias]:
    listed: list[Alias] = []
    name = args.get("artifactCollectionName")
    for member in _members(found, context):
        held = context.load.collections.get(member.collection_id)
        if name is None or (held is not None and held.name.lower() == name.lower()):
            listed.extend(with_version(context, member))
    return listed


@table.field("Artifact", "artifactMemberships")
def memberships(found: Artifact, args: Mapping[str, Any], context: Context) -> Page:
    return page_of(_members(found, context), window(args, context))


@table.field("Artifact", "createdBy")
def created_by(found: Artifact, _args: Mapping[str, Any], context: Context) -> Run | User | None:
    if not context.access.can(Right.SEE, context.source_project(found)):
        return None
    if found.run_id is not None:
        return context.load.runs.get(found.run_id)
    return None if found.user_id is None else context.load.users.get(found.user_id)


@table.field("Artifact", "usedBy")
def used_by(found: Artifact, args: Mapping[str, Any], context: Context) -> Page:
    where = ["t.id IN (SELECT run_id FROM run_inputs WHERE artifact_id = ?)"]
    page = read_page(context.db, Listing(rows.Run, where, [found.id], Order("t.id")), window(args, context))
    kept = [edge for edge in page.edges if context.visible_project(edge.node.project_id) is not None]
    return Page(kept, page.has_next, page.has_previous, page.count)


@table.field("Artifact", "usedCount")
def used_count(found: Artifact, _args: Mapping[str, Any], context: Context) -> int:
    return int(context.db.value("SELECT count(*) FROM run_inputs WHERE artifact_id = ?", found.id))
