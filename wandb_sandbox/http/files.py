"""Files over HTTP: signed uploads and downloads, the `artifactsV2` fallback, and the run file stream."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from typing import TYPE_CHECKING, Any

from starlette.responses import FileResponse, JSONResponse, Response

from wandb_sandbox import ids
from wandb_sandbox.errors import ConflictError, InvalidError, NotFoundError
from wandb_sandbox.http.endpoint import endpoint
from wandb_sandbox.http.state import State, state_of
from wandb_sandbox.permissions.roles import Right
from wandb_sandbox.resolvers import projects as project_queries
from wandb_sandbox.store import artifacts, collections, files, links, rows, runs, uploads
from wandb_sandbox.store.objects import base64_of

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

MAX_STREAM_BYTES = 200_000_000
_NUMBER = re.compile(r"^[0-9]{1,18}$")


def _number(text: str) -> int:
    if not _NUMBER.match(text):
        raise NotFoundError("no such file")
    return int(text)


def _send(path: Path) -> Response:
    if not path.is_file():
        raise NotFoundError("no such file")
    return FileResponse(path, media_type="application/octet-stream")


@endpoint("/storage/wandb_artifacts")
async def artifact_object(request: Request) -> Response:
    """GET or PUT an artifact's file by entity and digest."""
    state = state_of(request)
    state.signer.check(request)
    entity_id, digest = _number(request.path_params["entity"]), request.path_params["digest"]
    path = state.objects.artifact_file(entity_id, digest)
    if request.method != "PUT":
        return _send(path)
    if not files.is_announced(state.db, entity_id, digest):
        raise NotFoundError("no such upload")
    size, md5 = await state.objects.write(path, request.stream(), md5=digest)
    with state.db.transaction():
        files.arrived(state.db, entity_id, digest, size)
    return Response(status_code=200, headers={"ETag": f'"{md5}"'})


@endpoint("/storage/parts")
async def upload_part(request: Request) -> Response:
    """PUT a part of an artifact's file."""
    state = state_of(request)
    state.signer.check(request)
    upload = uploads.by_id(state.db, request.path_params["upload"])
    number = _number(request.path_params["part"])
    if number not in upload.announced:
        raise NotFoundError("no such part")
    path = state.objects.part(upload.id, number)
    _, md5 = await state.objects.write(path, request.stream(), md5=upload.announced[number])
    return Response(status_code=200, headers={"ETag": f'"{md5}"'})


@endpoint("/storage/manifest")
async def manifest_object(request: Request) -> Response:
    """GET or PUT a manifest."""
    state = state_of(request)
    state.signer.check(request)
    manifest = files.manifest_by_id(state.db, _number(request.path_params["manifest"]))
    path = state.objects.manifest(manifest.id)
    if request.method != "PUT":
        return _send(path) if path.is_file() else _written_manifest(state, manifest)
    if artifacts.by_id(state.db, manifest.artifact_id).state == artifacts.COMMITTED:
        raise ConflictError("the version is committed, its manifest is final")
    wanted = files.expected_md5(state.db, manifest)
    _, md5 = await state.objects.write(path, request.stream(), md5=wanted)
    return Response(status_code=200, headers={"ETag": f'"{md5}"'})


def _written_manifest(state: State, manifest: rows.Manifest) -> Response:
    try:
        content = files.manifest_content(state.db, state.objects, manifest)
    except InvalidError:
        raise NotFoundError("no such file") from None
    return Response(content, media_type="application/octet-stream")


@endpoint("/storage/run")
async def run_object(request: Request) -> Response:
    """GET or PUT a run's file."""
    state = state_of(request)
    state.signer.check(request)
    run = runs.by_id(state.db, _number(request.path_params["run"]))
    name = request.path_params["name"]
    path = state.objects.run_file(run.id, name)
    if request.method != "PUT":
        return _send(path)
    size, md5 = await state.objects.write(path, request.stream())
    with state.db.transaction():
        kind = request.headers.get("content-type")
        runs.note_file(state.db, run.id, name, size, base64_of(md5), kind)
    return Response(status_code=200, headers={"ETag": f'"{md5}"'})


@endpoint("/artifactsV2")
async def artifact_fallback(request: Request) -> Response:
    """GET a file with the key, where a signed address did not work."""
    state = state_of(request)
    user = state.user(request)
    context = state.context(request, user)
    wanted = request.path_params
    project = project_queries.find(context, wanted["entity"], wanted["project"])
    held = None if project is None else collections.collection(state.db, project.id, wanted["collection"])
    if project is None or held is None:
        raise NotFoundError("no such file")
    context.access.require(Right.USE, project, "download")
    artifact_id = ids.decode(wanted["artifact"], "Artifact")
    if links.membership(state.db, held.id, artifact_id) is None:
        raise NotFoundError("no such file")
    source = context.load.artifacts.get(artifact_id)
    if source is None:
        raise NotFoundError("no such file")
    entity_id = context.source_project(source).entity_id
    digest = wanted["digest"]
    listed = state.db.all(rows.ArtifactFile, "WHERE artifact_id = ?", artifact_id)
    if not any(not one.ref and files.hex_digest(one) == digest for one in listed):
        raise NotFoundError("no such file")
    return _send(state.objects.artifact_file(entity_id, digest))


@endpoint("/file_stream")
async def file_stream(request: Request) -> Response:
    """Take lines of a run's streams, and its end."""
    state = state_of(request)
    user = state.user(request)
    context = state.context(request, user)
    wanted = request.path_params
    project = project_queries.require(context, wanted["entity"], wanted["project"])
    context.access.require(Right.WRITE, project, "log runs")
    run = runs.run(state.db, project.id, wanted["run"])
    if run is None:
        raise NotFoundError(f"run {wanted['run']!r} not found")
    document = await _stream_body(request)
    with state.db.transaction():
        _take_stream(state, run, document)
    asked_to_stop = {"stopped": True} if run.state == "stopping" else {}
    return JSONResponse({"exitcode": None, "limits": {}, **asked_to_stop})


async def _stream_body(request: Request) -> dict[str, Any]:
    body = await request.body()
    if len(body) > MAX_STREAM_BYTES:
        raise InvalidError("the request is too long")
    try:
        if request.headers.get("content-encoding", "").lower() == "gzip":
            body = gzip.decompress(body)
        document = json.loads(body) if body else {}
    except (ValueError, OSError, EOFError, zlib.error):
        raise InvalidError("the request is not valid JSON") from None
    if not isinstance(document, dict):
        raise InvalidError("the request must be a JSON object")
    return document


_STREAMS = {"wandb-history.jsonl": "history", "wandb-events.jsonl": "events", "output.log": "output"}


def _take_stream(state: State, run: rows.Run, document: dict[str, Any]) -> None:
    for name, part in (document.get("files") or {}).items():
        if not isinstance(part, dict) or not isinstance(part.get("content"), list):
            raise InvalidError(f"the part {name!r} needs offset and content")
        lines, offset = [str(line) for line in part["content"]], int(part.get("offset") or 0)
        if name == "wandb-summary.json":
            runs.update(state.db, run, {"summary_metrics": lines[-1] if lines else None})
        elif name in _STREAMS:
            runs.write_lines(state.db, run.id, _STREAMS[name], offset, lines)
    changes: dict[str, Any] = {}
    if document.get("complete"):
        changes["state"] = "finished" if not document.get("exitcode") else "failed"
    elif document.get("preempting"):
        changes["state"] = "preempting"
    runs.update(state.db, run, changes)
