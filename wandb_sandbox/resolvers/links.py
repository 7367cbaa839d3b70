"""Links and memberships: made and taken away, listed by collection, by artifact, over an organization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wandb_sandbox import ids
from wandb_sandbox.errors import ConflictError, InvalidError, NotFoundError
from wandb_sandbox.permissions.roles import Right
from wandb_sandbox.resolvers import collections as collection_queries
from wandb_sandbox.resolvers import projects as project_queries
from wandb_sandbox.resolvers.collections import BOTH, PORTFOLIO
from wandb_sandbox.resolvers.context import Context, table
from wandb_sandbox.resolvers.protection import require_aliases, require_version_unprotected
from wandb_sandbox.resolvers.search import (
    COLLECTION_FIELDS,
    PROJECT_FIELDS,
    REGISTRY_ORDERS,
    VERSION_FIELDS,
    VERSION_ORDERS,
)
from wandb_sandbox.resolvers.shapes import global_id, window
from wandb_sandbox.store import artifacts, collections, links, migrations, people, projects, rows
from wandb_sandbox.store.filters import compile_filter
from wandb_sandbox.store.paging import Listing, Order, Page, parse_order, read_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wandb_sandbox.store.paging import Edge
    from wandb_sandbox.store.rows import Alias, Artifact, Collection, Entity, Membership, Project

table.attributes("ArtifactCollectionMembership", rows.Membership)
global_id("ArtifactCollectionMembership")


def _page(context: Context, args: Mapping[str, Any], listing: Listing[Membership]) -> Page:
    page = read_page(context.db, listing, window(args, context))
    context.load.saw_memberships(page.nodes)
    return page


@table.field(BOTH, "artifactMemberships")
def of_collection(found: Collection, args: Mapping[str, Any], context: Context) -> Page:
    """In the order of the version index."""
    order = Order("m.version_index")
    return _page(
        context, args, Listing(rows.Membership, ["m.collection_id = ?"], [found.id], order, alias="m")
    )


@table.field(BOTH, "artifactMembership")
def by_alias(found: Collection, args: Mapping[str, Any], context: Context) -> Membership | None:
    return links.by_alias(context.db, found.id, args["aliasName"])


@table.field(BOTH, "artifacts")
def versions(found: Collection, args: Mapping[str, Any], context: Context) -> Page:
    """The versions with their artifacts, newest first unless ordered."""
    condition, params = compile_filter(args.get("filters"), VERSION_FIELDS)
    listing = Listing(
        rows.Membership,
        ["m.collection_id = ?", "a.state != 'DELETED'", condition],
        [found.id, *params],
        parse_order(args.get("order"), VERSION_ORDERS, Order("m.version_index", descending=True)),
        "JOIN artifacts a ON a.id = m.artifact_id",
        alias="m",
    )
    return _page(context, args, listing)


@table.field("VersionedArtifactEdge", "node")
def version_node(edge: Edge, _args: Mapping[str, Any], context: Context) -> Artifact | None:
    return context.load.artifacts.get(edge.node.artifact_id)


table.getters["VersionedArtifactEdge", "version"] = lambda edge: f"v{edge.node.version_index}"


@table.field("Entity", "artifactMemberships")
def of_entity(entity: Entity, args: Mapping[str, Any], context: Context) -> Page:
    """Links in all registries of the entity that the key sees: the registry search."""
    seen, seen_params = project_queries.visible_condition(context, entity.id)
    parts = [
        compile_filter(args.get("projectFilters"), PROJECT_FIELDS),
        compile_filter(args.get("collectionFilters"), COLLECTION_FIELDS),
        compile_filter(args.get("filters"), VERSION_FIELDS),
    ]
    listing = Listing(
        rows.Membership,
        [
            "r.entity_id = ?",
            seen,
            "a.state != 'DELETED'",
            *(sql for sql, _ in parts),
        ],
        [
            entity.id,
            *seen_params,
            *(value for _, found in parts for value in found),
        ],
        parse_order(args.get("order"), REGISTRY_ORDERS, Order("r.membership_id", descending=True)),
        "JOIN registry_links r ON r.membership_id = m.id JOIN collections c ON c.id = m.collection_id "
        "JOIN projects t ON t.id = c.project_id JOIN artifacts a ON a.id = m.artifact_id",
        alias="m",
    )
    return _page(context, args, listing)


@table.field("Project", "artifactCollectionMembership")
def by_name(project: Project, args: Mapping[str, Any], context: Context) -> Membership | None:
    """COLLECTION:ALIAS, COLLECTION:vN, or COLLECTION for its latest."""
    name, _, alias = args["name"].partition(":")
    found = collections.collection(context.db, project.id, name)
    if found is not None:
        found = _migrated(context, found) or found
    if found is None or context.visible_collection(found.id) is None:
        return None
    return links.by_alias(context.db, found.id, alias or links.LATEST)


def _migrated(context: Context, found: Collection) -> Collection | None:
    """Where W&B's own migration put a legacy collection: old paths lead there."""
    ident = migrations.redirected(context.db, found.id)
    return None if ident is None else context.load.collections.get(ident)


@table.field("ArtifactCollectionMembership", "artifactCollection")
def collection(found: Membership, _args: Mapping[str, Any], context: Context) -> Collection | None:
    return context.visible_collection(found.collection_id)


@table.field("ArtifactCollectionMembership", "artifact")
def artifact(found: Membership, _args: Mapping[str, Any], context: Context) -> Artifact | None:
    source = context.load.artifacts.get(found.artifact_id)
    return None if source is None or source.state == artifacts.DELETED else source


@table.field("ArtifactCollectionMembership", "aliases")
def aliases(found: Membership, _args: Mapping[str, Any], context: Context) -> list[Alias]:
    return with_version(context, found)


def with_version(context: Context, found: Membership) -> list[Alias]:
    """The aliases of a membership and, where the server does so, the implicit vN."""
    listed = list(context.load.membership_aliases.get(found.id))
    if context.switches.implicit_version_alias:
        listed.append(rows.Alias(0, found.id, found.collection_id, f"v{found.version_index}"))
    return listed


@table.mutation("linkArtifact")
def link_artifact(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Link a version into a collection, which is made if it is not there; a link again adds aliases only."""
    wanted = args["input"]
    source = _source_artifact(context, wanted)
    if source.state == artifacts.PENDING:
        raise ConflictError("the artifact is not committed yet")
    target = _target(context, wanted, source)
    aliases = [one["alias"] for one in wanted.get("aliases") or []]
    require_aliases(context, target, aliases, "set the protected alias")
    made = links.add(context.db, target, source, aliases, context.switches)
    # What was read so far does not have this link.
    context.refresh()
    return {"versionIndex": made.version_index, "artifactMembership": made}


def _source_artifact(context: Context, wanted: Mapping[str, Any]) -> Artifact:
    found = None
    if wanted.get("artifactID"):
        found = context.visible_artifact(ids.decode(wanted["artifactID"], "Artifact"))
    elif wanted.get("clientID"):
        found = artifacts.by_client_id(context.db, wanted["clientID"])
    if found is None or not context.reaches_artifact(found):
        raise NotFoundError("artifact not found")
    context.require_use(found)
    return found


def _target(context: Context, wanted: Mapping[str, Any], source: Artifact) -> Collection:
    kind = context.load.types.get(source.type_id)
    if kind is None:
        raise NotFoundError("artifact type not found")
    if wanted.get("artifactPortfolioID"):
        ident = ids.decode(wanted["artifactPortfolioID"], "ArtifactCollection")
        found: Collection | None = collections.by_id(context.db, ident)
        project = context.project_of(found)  # type: ignore[arg-type]
    else:
        project = _target_project(context, wanted)
        name = wanted.get("artifactPortfolioName")
        if not name:
            raise InvalidError("a link needs artifactPortfolioID or artifactPortfolioName")
        found = collections.collection(context.db, project.id, name)
    elsewhere = None if found is None else _migrated(context, found)
    if elsewhere is not None:
        found, project = elsewhere, context.project_of(elsewhere)
    context.access.require(Right.WRITE, project, "link")
    _check_source(context, source, project)
    if found is None:
        accepted = projects.accept_type(context.db, project, kind.name)
        return collections.create(context.db, accepted, wanted["artifactPortfolioName"], PORTFOLIO)
    if found.kind != PORTFOLIO:
        raise InvalidError(f"{found.name!r} is a sequence: versions can be logged to it, not linked")
    held = context.load.types.get(found.type_id)
    if held is not None and held.name != kind.name:
        raise InvalidError(
            f"collection {found.name!r} takes artifacts of type {held.name!r}, not {kind.name!r}"
        )
    return found


def _target_project(context: Context, wanted: Mapping[str, Any]) -> Project:
    """The project to link to; made for teams and people, never for an organization."""
    entity_name, name = wanted.get("entityName"), wanted.get("projectName")
    if not entity_name or not name:
        raise InvalidError("a link needs entityName and projectName")
    found = project_queries.find(context, entity_name, name)
    if found is not None:
        return found
    entity = context.visible_entity(people.entity(context.db, entity_name))
    if (
        entity is None
        or entity.kind == "organization"
        or projects.project(context.db, entity.id, name) is not None
        or not context.access.creates_projects(entity)
    ):
        raise NotFoundError(f"project {name!r} not found in {entity_name!r}")
    made = projects.create(context.db, entity.id, name, creator_id=context.user.id)
    context.refresh()
    return made


def _check_source(context: Context, source: Artifact, target: Project) -> None:
    """A registry takes versions of its organization's teams only."""
    if not target.is_registry or not context.switches.foreign_sources_refused:
        return
    home = context.load.entities.get(context.source_project(source).entity_id)
    registry = context.load.entities.get(target.entity_id)
    if home is None or registry is None or home.kind != "team":
        raise InvalidError("only versions logged to a team can be linked to a registry")
    if home.organization_id != registry.organization_id:
        raise InvalidError("only versions of the same organization can be linked to a registry")


@table.mutation("unlinkArtifact")
def unlink_artifact(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    found = collection_queries.writable(context, wanted["artifactPortfolioID"], "unlink", PORTFOLIO)
    member = links.membership(context.db, found.id, ids.decode(wanted["artifactID"], "Artifact"))
    if member is None:
        raise NotFoundError(f"the artifact is not linked to {found.name!r}")
    require_version_unprotected(context, found, member, "unlink a version with the protected alias")
    links.remove(context.db, member, latest_falls_back=context.switches.latest_falls_back)
    return {"success": True}
