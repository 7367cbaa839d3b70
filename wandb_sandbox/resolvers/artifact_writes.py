"""Artifact versions, written: created and committed by runs, used, changed, deleted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wandb_sandbox import ids
from wandb_sandbox.errors import ConflictError, InvalidError, NotFoundError, PermissionDeniedError
from wandb_sandbox.permissions.roles import Right
from wandb_sandbox.resolvers import projects as project_queries
from wandb_sandbox.resolvers.collections import SEQUENCE, tags_of_input
from wandb_sandbox.resolvers.context import Context, table
from wandb_sandbox.resolvers.protection import require_version_unprotected
from wandb_sandbox.store import artifacts, collections, files, links, people, projects, rows, runs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wandb_sandbox.store.rows import Artifact, Collection, Project, Run

MAX_METADATA_KEYS = 100


def _json_object(text: str | None, what: str) -> str | None:
    if text is None:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        raise InvalidError(f"{what} must be a JSON object in a string") from None
    if not isinstance(found, dict):
        raise InvalidError(f"{what} must be a JSON object in a string")
    return text


def ensure_project(context: Context, entity_name: str | None, name: str | None) -> Project:
    """The project to log to, made if it is not there; NotFoundError where the key may not."""
    found = project_queries.find(context, entity_name, name)
    if found is not None:
        context.access.require(Right.WRITE, found, "write")
        return found
    entity = people.entity(context.db, entity_name) if entity_name else None
    if entity_name is None:
        entity = context.load.entities.get(context.user.default_entity_id or context.user.entity_id)
    if (
        entity is None
        or not name
        or not context.access.creates_projects(entity)
        or entity.kind == "organization"
    ):
        raise NotFoundError(f"entity {entity_name!r} not found, or you may not write to it")
    if projects.project(context.db, entity.id, name) is not None:
        raise NotFoundError(f"project {name!r} not found in {entity.name!r}")
    made = projects.create(context.db, entity.id, name, creator_id=context.user.id)
    context.refresh()
    return made


def run_named(context: Context, project: Project, name: str | None) -> Run | None:
    """The run of that name in the project; NotFoundError if a name is given and nobody has it."""
    if not name:
        return None
    found = runs.run(context.db, project.id, name)
    if found is None:
        raise NotFoundError(f"run {name!r} not found in {project.name!r}")
    return found


def _sequence(context: Context, project: Project, wanted: Mapping[str, Any]) -> Collection:
    name = wanted.get("artifactCollectionName") or next(
        iter(wanted.get("artifactCollectionNames") or ()), None
    )
    if not name:
        raise InvalidError("an artifact needs artifactCollectionName")
    kind = projects.ensure_type(context.db, project.id, wanted["artifactTypeName"])
    found = collections.collection(context.db, project.id, name)
    if found is None:
        return collections.create(context.db, kind, name, SEQUENCE)
    if found.kind != SEQUENCE:
        raise ConflictError(f"{name!r} is a collection of links, artifacts cannot be logged to it")
    if found.type_id != kind.id:
        held = projects.type_by_id(context.db, found.type_id)
        raise ConflictError(f"{name!r} holds artifacts of type {held.name!r}, not {kind.name!r}")
    return found


@table.mutation("createArtifact")
def create_artifact(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """A pending version; the same digest in the sequence answers the committed version instead."""
    wanted = args["input"]
    project = ensure_project(context, wanted["entityName"], wanted["projectName"])
    if project.is_registry:
        raise InvalidError("artifacts are linked to a registry, not logged to it")
    sequence = _sequence(context, project, wanted)
    run = run_named(context, project, wanted.get("runName"))
    aliases = [one["alias"] for one in wanted.get("aliases") or []]
    distributed = _distributed(context, sequence, wanted.get("distributedID"))
    if distributed is not None:
        artifacts.want_aliases(context.db, distributed.id, aliases)
        if run is not None:
            artifacts.note_output(context.db, run.id, distributed.id)
        return {"artifact": distributed}
    made = artifacts.same_digest(context.db, sequence.id, wanted["digest"], context.switches)
    if made is not None and wanted.get("enableDigestDeduplication"):
        member = links.membership(context.db, sequence.id, made.id)
        for alias in aliases if member else ():
            links.move_alias(context.db, member, alias)  # type: ignore[arg-type]
    else:
        made = _new_version(context, wanted, sequence, run)
        artifacts.want_aliases(context.db, made.id, aliases)
    collections.add_tags(context.db, "artifact", made.id, tags_of_input(context, wanted.get("tags")))
    if run is not None:
        artifacts.note_output(context.db, run.id, made.id)
    context.refresh()
    return {"artifact": made}


def _distributed(context: Context, sequence: Collection, ident: str | None) -> Artifact | None:
    """The version that several processes make together, while it is not committed."""
    if not ident:
        return None
    where = "WHERE sequence_id = ? AND distributed_id = ? AND state = ?"
    return context.db.one(rows.Artifact, where, sequence.id, ident, artifacts.PENDING)


def _new_version(
    context: Context, wanted: Mapping[str, Any], sequence: Collection, run: Run | None
) -> Artifact:
    made = artifacts.create(
        context.db,
        sequence,
        digest=wanted["digest"],
        digest_algorithm=wanted["digestAlgorithm"],
        user_id=context.user.id,
        run_id=None if run is None else run.id,
        description=wanted.get("description"),
        metadata=_json_object(wanted.get("metadata"), "metadata"),
        labels=wanted.get("labels"),
        client_id=wanted.get("clientID"),
        history_step=wanted.get("historyStep"),
        ttl_seconds=wanted.get("ttlDurationSeconds"),
    )
    if wanted.get("distributedID"):
        sql = "UPDATE artifacts SET distributed_id = ? WHERE id = ?"
        context.db.execute(sql, wanted["distributedID"], made.id)
    return made


def writable(context: Context, ident: str, what: str) -> Artifact:
    """The version of that id, if the key may write to its source project."""
    found = context.visible_artifact(ids.decode(ident, "Artifact"))
    if found is None:
        raise NotFoundError("artifact not found")
    context.access.require(Right.WRITE, context.source_project(found), what)
    return found


@table.mutation("commitArtifact")
def commit_artifact(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Give a pending version its index, size and aliases, from its manifest."""
    found = writable(context, args["input"]["artifactID"], "commit artifacts")
    if found.state == artifacts.COMMITTED:
        return {"artifact": found}
    size, count = files.take_manifest(context.db, context.objects, found)
    made, _ = artifacts.commit(context.db, found, context.switches, size=size, file_count=count)
    context.refresh()
    return {"artifact": made}


@table.mutation("useArtifact")
def use_artifact(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    project = project_queries.require(context, wanted["entityName"], wanted["projectName"])
    context.access.require(Right.WRITE, project, "log runs")
    run = run_named(context, project, wanted["runName"])
    found = context.visible_artifact(ids.decode(wanted["artifactID"], "Artifact"))
    if found is None or run is None:
        raise NotFoundError("artifact not found")
    _require_usable(context, found, wanted)
    artifacts.note_input(context.db, run.id, found.id, wanted.get("usedAs"))
    return {"artifact": found}


def _require_usable(context: Context, found: Artifact, wanted: Mapping[str, Any]) -> None:
    """With the project through which it was asked for, the role there counts; else any way to it."""
    entity, project = wanted.get("artifactEntityName"), wanted.get("artifactProjectName")
    if not entity or not project:
        if not context.reaches_artifact(found, Right.USE):
            raise PermissionDeniedError("permission denied: you may not use this artifact")
        return
    through = project_queries.require(context, entity, project)
    memberships = context.load.artifact_memberships.get(found.id)
    held = (context.load.collections.get(member.collection_id) for member in memberships)
    if not any(one is not None and one.project_id == through.id for one in held):
        raise NotFoundError(f"the artifact is not in {project!r}")
    context.access.require(Right.USE, through, "use artifacts")


@table.mutation("updateArtifact")
def update_artifact(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Change what a version says of itself, in all collections at once."""
    wanted = args["input"]
    found = writable(context, wanted["artifactID"], "change artifacts")
    metadata = _json_object(wanted.get("metadata"), "metadata")
    made = artifacts.update(
        context.db,
        found,
        description=wanted.get("description"),
        metadata=metadata,
        labels=wanted.get("labels"),
        ttl_seconds=wanted.get("ttlDurationSeconds"),
    )
    if wanted.get("aliases") is not None:
        member = links.membership(context.db, found.sequence_id, found.id)
        if member is not None:
            artifacts.set_aliases(context.db, member, [one["alias"] for one in wanted["aliases"]])
    collections.add_tags(context.db, "artifact", found.id, tags_of_input(context, wanted.get("tagsToAdd")))
    collections.remove_tags(
        context.db, "artifact", found.id, tags_of_input(context, wanted.get("tagsToDelete"))
    )
    context.refresh()
    return {"artifact": made}


@table.mutation("deleteArtifact")
def delete_artifact(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    found = writable(context, wanted["artifactID"], "delete artifacts")
    for member in context.db.all(rows.Membership, "WHERE artifact_id = ?", found.id):
        held = collections.by_id(context.db, member.collection_id)
        require_version_unprotected(context, held, member, "delete a version with the protected alias")
    made = artifacts.delete(
        context.db,
        found,
        with_aliases=bool(wanted.get("deleteAliases")),
        keep_links=context.switches.deleted_source_leaves_link,
    )
    context.refresh()
    return {"artifact": made}
