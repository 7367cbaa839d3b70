"""Collections: read by name and by page, described, tagged, made empty, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wandb_sandbox import ids
from wandb_sandbox.errors import InvalidError, NotFoundError
from wandb_sandbox.permissions.roles import Right
from wandb_sandbox.resolvers import projects as project_queries
from wandb_sandbox.resolvers.context import Context, table
from wandb_sandbox.resolvers.protection import require_unprotected
from wandb_sandbox.resolvers.search import COLLECTION_FIELDS, COLLECTION_ORDERS, PROJECT_FIELDS
from wandb_sandbox.resolvers.shapes import single_page, window
from wandb_sandbox.store import collections, links, projects, rows
from wandb_sandbox.store.filters import compile_filter
from wandb_sandbox.store.paging import Listing, Order, Page, parse_order, read_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wandb_sandbox.store.rows import Artifact, ArtifactType, Collection, Entity, Project, Tag

BOTH = "ArtifactPortfolio ArtifactSequence"
SEQUENCE, PORTFOLIO = "SEQUENCE", "PORTFOLIO"

table.attributes(BOTH, rows.Collection)
table.attributes("Tag", rows.Tag, tagCategoryName="category")
table.abstract(
    "ArtifactCollection", lambda c: "ArtifactPortfolio" if c.kind == PORTFOLIO else "ArtifactSequence"
)
for _kind in BOTH.split():
    table.functions[_kind, "id"] = lambda c, _args, _context: ids.encode("ArtifactCollection", c.id)
table.functions["Tag", "id"] = lambda tag, _args, _context: ids.encode("Tag", tag.id)


def listing(
    context: Context, args: Mapping[str, Any], where: list[str], params: list[Any], joins: str = ""
) -> Page:
    """A page of collections under conditions, with the filters and the order of the arguments."""
    condition, found = compile_filter(args.get("filters"), COLLECTION_FIELDS)
    where, params = [*where, condition], [*params, *found]
    kinds = args.get("collectionTypes")
    if kinds:
        where.append(f"c.kind IN ({','.join('?' * len(kinds))})")
        params.extend(kinds)
    order = parse_order(args.get("order"), COLLECTION_ORDERS, Order("c.id", descending=True))
    page = read_page(
        context.db, Listing(rows.Collection, where, params, order, joins, alias="c"), window(args, context)
    )
    context.load.saw_collections(page.nodes)
    return page


@table.query("artifactCollection")
def by_id(_source: None, args: Mapping[str, Any], context: Context) -> Collection | None:
    return context.visible_collection(ids.decode(args["id"], "ArtifactCollection"))


@table.field("Project", "artifactCollections")
def of_project(project: Project, args: Mapping[str, Any], context: Context) -> Page:
    return listing(context, args, ["c.project_id = ?"], [project.id])


@table.field("Project", "artifactCollection")
def in_project(project: Project, args: Mapping[str, Any], context: Context) -> Collection | None:
    return collections.collection(context.db, project.id, args["name"])


@table.field("ArtifactType", "artifactCollections")
def of_type(kind: ArtifactType, args: Mapping[str, Any], context: Context) -> Page:
    return listing(context, args, ["c.type_id = ?"], [kind.id])


@table.field("ArtifactType", "artifactCollection")
def in_type(kind: ArtifactType, args: Mapping[str, Any], context: Context) -> Collection | None:
    found = collections.collection(context.db, kind.project_id, args["name"])
    return found if found is not None and found.type_id == kind.id else None


@table.field("Entity", "artifactCollections")
def of_entity(entity: Entity, args: Mapping[str, Any], context: Context) -> Page:
    """Over all projects of the entity that the key sees: the registry search."""
    seen, seen_params = project_queries.visible_condition(context, entity.id)
    scope, scope_params = compile_filter(args.get("projectFilters"), PROJECT_FIELDS)
    return listing(
        context,
        args,
        [
            "t.entity_id = ?",
            "t.is_registry = 1",
            seen,
            scope,
        ],
        [entity.id, *seen_params, *scope_params],
        "JOIN projects t ON t.id = c.project_id",
    )


@table.field(BOTH, "project")
def project(found: Collection, _args: Mapping[str, Any], context: Context) -> Project | None:
    return context.visible_project(found.project_id)


@table.field(BOTH, "defaultArtifactType")
def default_type(found: Collection, _args: Mapping[str, Any], context: Context) -> ArtifactType | None:
    return context.load.types.get(found.type_id)


@table.field(BOTH, "tags")
def tags(found: Collection, _args: Mapping[str, Any], context: Context) -> Page:
    return single_page(list(context.load.collection_tags.get(found.id)))


@table.field("ArtifactSequence", "latestArtifact")
def latest_artifact(found: Collection, _args: Mapping[str, Any], context: Context) -> Artifact | None:
    latest = links.by_alias(context.db, found.id, links.LATEST) or links.newest(context.db, found.id)
    return None if latest is None else context.load.artifacts.get(latest.artifact_id)


def named(context: Context, wanted: Mapping[str, Any]) -> tuple[Project, Collection]:
    """The collection that an input names by entity, project and collection name."""
    project = project_queries.require(context, wanted["entityName"], wanted["projectName"])
    found = collections.collection(context.db, project.id, wanted["artifactCollectionName"])
    if found is None:
        name = wanted["artifactCollectionName"]
        raise NotFoundError(f"collection {name!r} not found in {project.name!r}")
    return project, found


def writable(context: Context, ident: str, what: str, kind: str | None = None) -> Collection:
    """The collection of that id if the key may write it; NotFoundError or PermissionDeniedError."""
    found = collections.by_id(context.db, ids.decode(ident, "ArtifactCollection"))
    context.access.require(Right.WRITE, context.project_of(found), what)
    if kind is not None and found.kind != kind:
        raise InvalidError(f"collection {found.name!r} is not a {kind.lower()}")
    return found


def _tag_inputs(wanted: list[Mapping[str, Any]]) -> list[tuple[str, str | None, str | None]]:
    if len(wanted) > collections.MAX_TAGS:
        raise InvalidError(f"at most {collections.MAX_TAGS} tags in one call")
    return [(one["tagName"], one.get("tagCategoryName"), one.get("attributes")) for one in wanted]


def tags_of_input(context: Context, wanted: list[Mapping[str, Any]] | None) -> list[Tag]:
    """The tags that an input names, made where they are not there."""
    return collections.ensure_tags(context.db, _tag_inputs(wanted or []))


@table.mutation("createArtifactType")
def create_type(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    project = project_queries.require(context, wanted["entityName"], wanted["projectName"])
    context.access.require(Right.WRITE, project, "create artifact types")
    made = projects.ensure_type(context.db, project.id, wanted["name"], wanted.get("description"))
    return {"artifactType": made}


@table.mutation("createArtifactPortfolio")
def create_portfolio(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """An empty collection."""
    wanted = args["input"]
    project = project_queries.require(context, wanted["entityName"], wanted["projectName"])
    context.access.require(Right.WRITE, project, "create collections")
    kind = projects.type_by_id(context.db, ids.decode(wanted["artifactTypeID"], "ArtifactType"))
    if kind.project_id != project.id:
        raise InvalidError(f"the artifact type is not one of {project.name!r}")
    made = collections.create(context.db, kind, wanted["name"], PORTFOLIO, wanted.get("description"))
    return {"artifactCollection": made}


@table.mutation("updateArtifactPortfolio")
def update_portfolio(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    found = writable(context, wanted["artifactPortfolioID"], "change collections", PORTFOLIO)
    made = collections.update(context.db, found, wanted.get("name"), wanted.get("description"))
    return {"artifactCollection": made}


@table.mutation("updateArtifactSequence")
def update_sequence(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    found = writable(context, wanted["artifactSequenceID"], "change collections", SEQUENCE)
    made = collections.update(context.db, found, wanted.get("name"), wanted.get("description"))
    return {"artifactCollection": made}


@table.mutation("moveArtifactSequence")
def move_sequence(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Give a sequence another type of its project."""
    wanted = args["input"]
    found = writable(context, wanted["artifactSequenceID"], "change collections", SEQUENCE)
    kind = projects.ensure_type(context.db, found.project_id, wanted["destinationArtifactTypeName"])
    return {"artifactCollection": collections.set_type(context.db, found, kind)}


@table.mutation("deleteArtifactPortfolio")
def delete_portfolio(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    found = writable(context, args["input"]["artifactPortfolioID"], "delete collections", PORTFOLIO)
    require_unprotected(context, found, "delete a collection that holds a protected alias")
    return {"artifactCollection": collections.delete(context.db, found)}


@table.mutation("deleteArtifactSequence")
def delete_sequence(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    found = writable(context, args["input"]["artifactSequenceID"], "delete collections", SEQUENCE)
    return {"artifactCollection": collections.delete(context.db, found)}


@table.mutation("createArtifactCollectionTagAssignments")
def add_tags(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    project, found = named(context, wanted)
    context.access.require(Right.WRITE, project, "tag collections")
    made = tags_of_input(context, wanted["tags"])
    collections.add_tags(context.db, "collection", found.id, made)
    collections.touch(context.db, found.id)
    return {"tags": made}


@table.mutation("deleteArtifactCollectionTagAssignments")
def delete_tags(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    project, found = named(context, wanted)
    context.access.require(Right.WRITE, project, "tag collections")
    collections.remove_tags(context.db, "collection", found.id, tags_of_input(context, wanted["tags"]))
    collections.touch(context.db, found.id)
    return {"success": True}
