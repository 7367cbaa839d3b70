"""Files: upload and download addresses of artifact versions and runs, all on this server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from wandb_sandbox import ids
from wandb_sandbox.errors import InvalidError, NotFoundError
from wandb_sandbox.permissions.roles import Right
from wandb_sandbox.resolvers import projects as project_queries
from wandb_sandbox.resolvers.artifact_writes import run_named, writable
from wandb_sandbox.resolvers.context import Context, table
from wandb_sandbox.resolvers.shapes import single_page, window
from wandb_sandbox.store import files, rows, runs
from wandb_sandbox.store.objects import check_file_name, hex_of
from wandb_sandbox.store.paging import Edge, Listing, Order, Page, read_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wandb_sandbox.store.rows import Artifact, ArtifactFile, Manifest, Membership, Run


@dataclass(frozen=True, slots=True)
class FileView:
    """A file as the API shows it."""

    id: str
    name: str
    url: str
    size: int = 0
    md5: str | None = None
    mimetype: str | None = None
    updated_at: str | None = None
    storage_path: str | None = None
    upload_url: str | None = None
    artifact: Artifact | None = None


_ATTRIBUTES = {
    "id": "id",
    "name": "name",
    "displayName": "name",
    "directUrl": "url",
    "sizeBytes": "size",
    "storagePath": "storage_path",
    "mimetype": "mimetype",
    "updatedAt": "updated_at",
    "digest": "md5",
    "md5": "md5",
    "uploadUrl": "upload_url",
    "artifact": "artifact",
}


def _attribute(name: str) -> Any:
    return lambda view: getattr(view, name)


for _field, _name in _ATTRIBUTES.items():
    table.getters["File", _field] = _attribute(_name)
table.constant("File", uploadMultipartUrls=None, uploadHeaders=[])
table.constant("FileConnection", uploadHeaders=[])
table.getters["UploadMultipartUrls", "uploadID"] = lambda _: None
table.getters["UploadMultipartUrls", "uploadUrlParts"] = lambda _: None
table.getters["UploadUrlPart", "partNumber"] = lambda _: None
table.getters["UploadUrlPart", "uploadUrl"] = lambda _: None
table.attributes("ArtifactManifest", rows.Manifest, type="kind")
table.functions["ArtifactManifest", "id"] = lambda m, _args, _context: ids.encode("ArtifactManifest", m.id)


@table.field("File", "url")
def url(view: FileView, args: Mapping[str, Any], _context: Context) -> str | None:
    return view.upload_url if args.get("upload") else view.url


@table.field("ArtifactManifest", "file")
def manifest_file(manifest: Manifest, _args: Mapping[str, Any], context: Context) -> FileView:
    path = f"/storage/manifest/{manifest.id}/{files.MANIFEST_NAME}"
    return FileView(
        ids.encode("File", manifest.id),
        files.MANIFEST_NAME,
        context.address("GET", path),
        upload_url=context.address("PUT", path),
        mimetype="application/json",
    )


@table.field("Artifact", "currentManifest")
def current_manifest(found: Artifact, _args: Mapping[str, Any], context: Context) -> Manifest | None:
    if not context.reaches_artifact(found, Right.USE):
        raise NotFoundError("the artifact cannot be used with this key")
    return files.manifest_of(context.db, found.id)


@table.mutation("createArtifactManifest")
def create_manifest(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    found = writable(context, wanted["artifactID"], "upload")
    base = wanted.get("baseArtifactID")
    made = files.upsert_manifest(
        context.db,
        found.id,
        name=wanted["name"],
        digest=wanted["digest"],
        kind=wanted.get("type") or "FULL",
        base_artifact_id=ids.decode(base, "Artifact") if base else None,
    )
    return {"artifactManifest": made}


@table.mutation("updateArtifactManifest")
def update_manifest(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    held = files.manifest_by_id(context.db, ids.decode(wanted["artifactManifestID"], "ArtifactManifest"))
    writable(context, ids.encode("Artifact", held.artifact_id), "upload")
    base = wanted.get("baseArtifactID")
    made = files.upsert_manifest(
        context.db,
        held.artifact_id,
        name=held.name,
        digest=wanted.get("digest") or held.digest,
        kind=held.kind,
        base_artifact_id=ids.decode(base, "Artifact") if base else held.base_artifact_id,
    )
    return {"artifactManifest": made}


@table.mutation("createArtifactFiles")
def create_files(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Upload addresses in the order of the request; none for what the server has already."""
    made = []
    for spec in args["input"]["artifactFiles"]:
        artifact = writable(context, spec["artifactID"], "upload")
        entity = context.load.entities.get(context.source_project(artifact).entity_id)
        if entity is None:
            raise NotFoundError("artifact not found")
        digest = hex_of(spec["md5"])
        path = f"wandb_artifacts/{entity.id}/{digest}"
        there = files.announce(context.db, entity.id, digest)
        made.append(
            FileView(
                ids.encode("File", artifact.id),
                spec["name"],
                context.address("GET", f"/storage/{path}"),
                storage_path=path,
                upload_url=None if there else context.address("PUT", f"/storage/{path}"),
                md5=spec["md5"],
                artifact=artifact,
            )
        )
    return {"files": single_page(made)}


@table.mutation("completeMultipartUploadArtifact")
def complete_multipart(_source: None, _args: Mapping[str, Any], _context: Context) -> dict[str, Any]:
    raise InvalidError("no multipart upload is under way: this server hands out single uploads")


def _view(context: Context, artifact: Artifact, entry: ArtifactFile) -> FileView:
    entity_id = context.source_project(artifact).entity_id
    if entry.ref:
        address = entry.ref
    else:
        address = context.address("GET", f"/storage/wandb_artifacts/{entity_id}/{files.hex_digest(entry)}")
    ident = ids.encode("File", artifact.id)
    return FileView(
        ident, entry.path, address, entry.size, entry.digest, None, artifact.created_at, entry.path
    )


def _artifact_files(context: Context, artifact: Artifact, args: Mapping[str, Any]) -> Page:
    where, params = ["t.artifact_id = ?"], [artifact.id]
    names = args.get("names")
    if names:
        where.append(f"t.path IN ({','.join('?' * len(names))})")
        params.extend(names)
    # The table has no id of its own: the path orders, the artifact's id stands in for the tie-break.
    listing = Listing(rows.ArtifactFile, where, params, Order("t.path"), key="artifact_id")
    page = read_page(context.db, listing, window(args, context))
    edges = [Edge(_view(context, artifact, edge.node), edge.key) for edge in page.edges]
    return Page(edges, page.has_next, page.has_previous, page.count)


@table.field("Artifact", "files")
def artifact_files(found: Artifact, args: Mapping[str, Any], context: Context) -> Page:
    if not context.reaches_artifact(found, Right.USE):
        raise NotFoundError("the artifact cannot be used with this key")
    return _artifact_files(context, found, args)


@table.field("ArtifactCollectionMembership", "files")
def membership_files(found: Membership, args: Mapping[str, Any], context: Context) -> Page | None:
    """Asked for through a collection, the role in that collection's project counts."""
    collection = context.load.collections.get(found.collection_id)
    artifact = context.load.artifacts.get(found.artifact_id)
    if collection is None or artifact is None:
        return None
    context.access.require(Right.USE, context.project_of(collection), "download")
    return _artifact_files(context, artifact, args)


@table.field("Artifact", "filesByManifestEntries")
def files_by_entries(found: Artifact, args: Mapping[str, Any], context: Context) -> Page:
    if not context.reaches_artifact(found, Right.USE):
        raise NotFoundError("the artifact cannot be used with this key")
    views = []
    for entry in args.get("entries") or []:
        row = rows.ArtifactFile(found.id, entry.get("name") or "", entry.get("digest") or "", 0, None, None)
        views.append(_view(context, found, row))
    return single_page(views)


def _run_view(context: Context, run: Run, name: str, held: rows.RunFile | None) -> FileView:
    path = f"/storage/run/{run.id}/{quote(name)}"
    address, upload_url = context.address("GET", path), context.address("PUT", path)
    if held is None:
        return FileView(ids.encode("RunFile", 0), name, address, upload_url=upload_url)
    return FileView(
        ids.encode("RunFile", held.id),
        name,
        address,
        held.size or 0,
        held.md5,
        held.mimetype,
        held.updated_at,
        upload_url=upload_url,
    )


@table.mutation("createRunFiles")
def create_run_files(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    project = project_queries.require(context, wanted["entityName"], wanted["projectName"])
    context.access.require(Right.WRITE, project, "upload")
    run = run_named(context, project, wanted["runName"])
    if run is None:
        raise NotFoundError("run not found")
    for name in wanted["files"]:
        check_file_name(name)
    views = [_run_view(context, run, name, None) for name in wanted["files"]]
    return {
        "runID": ids.encode("Run", run.id),
        "uploadHeaders": [],
        "files": [{"name": view.name, "uploadUrl": view.upload_url} for view in views],
    }


@table.mutation("markRunFilesUploaded")
def mark_uploaded(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    project = project_queries.require(context, wanted["entityName"], wanted["projectName"])
    context.access.require(Right.WRITE, project, "upload")
    return {"success": True}


@table.field("Run", "fileCount")
def run_file_count(run: Run, _args: Mapping[str, Any], context: Context) -> int:
    return int(context.db.value("SELECT count(*) FROM run_files WHERE run_id = ?", run.id))


@table.field("Run", "files")
def run_files(run: Run, args: Mapping[str, Any], context: Context) -> Page:
    """The files of a run; with names, also those that are still to be uploaded."""
    names = [name for name in args.get("names") or [] if name]
    if names:
        return single_page(
            [_run_view(context, run, name, runs.file(context.db, run.id, name)) for name in names]
        )
    where, params = ["t.run_id = ?"], [run.id]
    if args.get("pattern"):
        where.append("t.name LIKE ?")
        params.append(args["pattern"])
    page = read_page(context.db, Listing(rows.RunFile, where, params, Order("t.id")), window(args, context))
    edges = [Edge(_run_view(context, run, edge.node.name, edge.node), edge.key) for edge in page.edges]
    return Page(edges, page.has_next, page.has_previous, page.count)


@table.mutation("deleteFiles")
def delete_files(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    for ident in args["input"]["files"]:
        held = context.db.one(rows.RunFile, "WHERE id = ?", ids.decode(ident, "RunFile"))
        if held is None:
            raise NotFoundError("file not found")
        run = runs.by_id(context.db, held.run_id)
        project = context.load.projects.get(run.project_id)
        if project is None:
            raise NotFoundError("file not found")
        context.access.require(Right.WRITE, project, "delete files")
        context.objects.run_file(run.id, held.name).unlink(missing_ok=True)
        context.db.execute("DELETE FROM run_files WHERE id = ?", held.id)
    return {"success": True}
