"""Files: upload and download addresses of artifact versions and runs, all on this server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from wandb_sandbox import ids
from wandb_sandbox.errors import ConflictError, InvalidError, NotFoundError
from wandb_sandbox.permissions.roles import Right
from wandb_sandbox.resolvers import projects as project_queries
from wandb_sandbox.resolvers.artifact_writes import run_named, writable
from wandb_sandbox.resolvers.context import Context, table
from wandb_sandbox.resolvers.shapes import single_page, window
from wandb_sandbox.store import artifacts, files, rows, runs, uploads
from wandb_sandbox.store.objects import base64_of, check_file_name, hex_of
from wandb_sandbox.store.paging import Edge, Listing, Order, Page, read_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wandb_sandbox.store.rows import Artifact, ArtifactFile, Manifest, Membership, Run


class PartAddress(NamedTuple):
    """Where a part goes."""

    part_number: int
    upload_url: str


class Multipart(NamedTuple):
    """Addresses for an upload in parts."""

    upload_id: str
    parts: list[PartAddress]


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
    multipart: Multipart | None = None
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
    "uploadMultipartUrls": "multipart",
    "artifact": "artifact",
}


def _attribute(name: str) -> Any:
    return lambda view: getattr(view, name)


for _field, _name in _ATTRIBUTES.items():
    table.getters["File", _field] = _attribute(_name)
table.constant("File", uploadHeaders=[])
table.constant("FileConnection", uploadHeaders=[])
table.getters["UploadMultipartUrls", "uploadID"] = lambda multipart: multipart.upload_id
table.getters["UploadMultipartUrls", "uploadUrlParts"] = lambda multipart: multipart.parts
table.attributes("UploadUrlPart", PartAddress)
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
    context.require_use(found)
    return files.manifest_of(context.db, found.id)


@table.mutation("createArtifactManifest")
def create_manifest(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    found = writable(context, wanted["artifactID"], "upload")
    _require_pending(found)
    made = files.upsert_manifest(
        context.db,
        found.id,
        name=wanted["name"],
        digest=wanted["digest"],
        kind=wanted.get("type") or files.FULL,
        base_artifact_id=_base(context, found, wanted.get("baseArtifactID")),
    )
    return {"artifactManifest": made}


@table.mutation("updateArtifactManifest")
def update_manifest(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    wanted = args["input"]
    held = files.manifest_by_id(context.db, ids.decode(wanted["artifactManifestID"], "ArtifactManifest"))
    found = writable(context, ids.encode("Artifact", held.artifact_id), "upload")
    _require_pending(found)
    base = _base(context, found, wanted.get("baseArtifactID"))
    made = files.update_manifest(
        context.db,
        held,
        digest=wanted.get("digest") or held.digest,
        kind=held.kind,
        base_artifact_id=held.base_artifact_id if base is None else base,
    )
    return {"artifactManifest": made}


def _require_pending(found: Artifact) -> None:
    if found.state != artifacts.PENDING:
        raise ConflictError("the version is committed, its files and manifest are final")


def _base(context: Context, found: Artifact, ident: str | None) -> int | None:
    """The version that a manifest adds to: of the same sequence, so that its files are within reach."""
    if not ident:
        return None
    base = context.visible_artifact(ids.decode(ident, "Artifact"))
    if base is None or base.sequence_id != found.sequence_id or base.state != artifacts.COMMITTED:
        raise InvalidError("the base of a manifest must be a committed version of the same sequence")
    return base.id


@table.mutation("createArtifactFiles")
def create_files(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Upload addresses in the order of the request; none for what the server has already."""
    return {"files": single_page([_announce(context, spec) for spec in args["input"]["artifactFiles"]])}


def _announce(context: Context, spec: Mapping[str, Any]) -> FileView:
    check_file_name(spec["name"])
    artifact = writable(context, spec["artifactID"], "upload")
    _require_pending(artifact)
    entity_id = context.source_project(artifact).entity_id
    told = spec.get("md5") or spec.get("digest")
    if not told:
        raise InvalidError(f"the file {spec['name']!r} needs md5 or digest")
    digest = hex_of(told)
    path = f"wandb_artifacts/{entity_id}/{digest}"
    there = files.announce(context.db, entity_id, digest)
    parts = {one["partNumber"]: one["hexMD5"].lower() for one in spec.get("uploadPartsInput") or []}
    upload = None if there or not parts else uploads.begin(context.db, artifact.id, entity_id, digest, parts)
    return FileView(
        ids.encode("File", artifact.id),
        spec["name"],
        context.address("GET", f"/storage/{path}"),
        storage_path=path,
        upload_url=None if there else context.address("PUT", f"/storage/{path}"),
        multipart=None if upload is None else _part_addresses(context, upload),
        md5=told,
        artifact=artifact,
    )


def _part_addresses(context: Context, upload: uploads.Upload) -> Multipart:
    parts = [
        PartAddress(number, context.address("PUT", f"/storage/parts/{upload.id}/{number}"))
        for number in sorted(upload.announced)
    ]
    return Multipart(upload.id, parts)


@table.mutation("completeMultipartUploadArtifact")
def complete_multipart(_source: None, args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Make the object of its parts, whose ETags the client sends back as it got them."""
    wanted = args["input"]
    artifact = writable(context, wanted["artifactID"], "upload")
    upload = uploads.by_id(context.db, wanted["uploadID"])
    path = f"wandb_artifacts/{upload.entity_id}/{upload.md5}"
    if upload.artifact_id != artifact.id or wanted["storagePath"] != path:
        raise NotFoundError("no such upload is under way")
    told = {one["partNumber"]: one["hexMD5"].strip('"').lower() for one in wanted["completedParts"]}
    size = uploads.complete(context.db, context.objects, upload, told)
    files.arrived(context.db, upload.entity_id, upload.md5, size)
    return {"digest": base64_of(upload.md5)}


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
    context.require_use(found)
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
    context.require_use(found)
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
    if run_named(context, project, wanted["runName"]) is None:
        raise InvalidError("runName must not be empty")
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
