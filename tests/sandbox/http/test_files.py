"""Uploads and downloads by the addresses that the server hands out, and what it refuses."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.sandbox.support import COMMIT, CREATE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox.support import World
    from wandb_sandbox.server import Sandbox

MANIFEST = """mutation($i: CreateArtifactManifestInput!) { createArtifactManifest(input: $i) {
  artifactManifest { id file { uploadUrl directUrl } } } }"""
FILES = """mutation($i: CreateArtifactFilesInput!) { createArtifactFiles(input: $i) {
  files { edges { node { name storagePath uploadUrl directUrl md5 } } } } }"""
RUN = "mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted bucket { id name state } } }"
RUN_FILES = (
    """mutation($i: CreateRunFilesInput!) { createRunFiles(input: $i) { files { name uploadUrl } } }"""
)
READ_RUN = """query($e: String!, $n: String!) { project(name: "train", entityName: $e) {
  run(name: $n) { state config
  summaryMetrics historyLineCount history files { edges { node { name sizeBytes directUrl } } } } } }"""


def md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def pending(world: World, digest: str = "d", collection: str = "clf") -> str:
    wanted = {
        "entityName": world.team,
        "projectName": "train",
        "artifactTypeName": "model",
        "artifactCollectionName": collection,
        "digest": digest,
        "digestAlgorithm": "MANIFEST_MD5",
    }
    return world.do(CREATE, **wanted).data["createArtifact"]["artifact"]["id"]


def announce(world: World, artifact: str, files: dict[str, bytes]) -> list[dict[str, Any]]:
    specs = [{"artifactID": artifact, "name": name, "md5": md5(content)} for name, content in files.items()]
    made = world.do(FILES, artifactFiles=specs, storageLayout="V2").data["createArtifactFiles"]["files"]
    return [edge["node"] for edge in made["edges"]]


def manifest(world: World, artifact: str, contents: Any, kind: str = "FULL", base: str | None = None) -> str:
    made = world.do(
        MANIFEST,
        artifactID=artifact,
        baseArtifactID=base,
        name="wandb_manifest.json",
        digest="",
        entityName=world.team,
        projectName="train",
        runName="",
        type=kind,
    ).data["createArtifactManifest"]["artifactManifest"]["file"]
    assert httpx.put(made["uploadUrl"], content=json.dumps(contents).encode()).status_code == 200
    return str(made["directUrl"])


def entries(files: dict[str, bytes]) -> dict[str, Any]:
    listed = {name: {"digest": md5(content), "size": len(content)} for name, content in files.items()}
    return {"version": 1, "contents": listed}


def uploaded(world: World, files: dict[str, bytes]) -> str:
    artifact = pending(world, digest=md5(repr(files).encode()))
    for node, content in zip(announce(world, artifact, files), files.values(), strict=True):
        if node["uploadUrl"]:
            assert httpx.put(node["uploadUrl"], content=content).status_code == 200
    manifest(world, artifact, entries(files))
    return world.do(COMMIT, artifactID=artifact).data["commitArtifact"]["artifact"]["id"]


def listed(world: World, artifact: str, key: str | None = None) -> Any:
    document = """query($id: ID!) { artifact(id: $id) { size fileCount files { totalCount edges {
      node { name sizeBytes directUrl digest } } } } }"""
    return world.ask(document, key, id=artifact)


def test_upload_and_download(world: World) -> None:
    files = {"a.txt": b"aaa", "dir/b.txt": b"bbbb"}
    found = listed(world, uploaded(world, files)).data["artifact"]
    assert (found["size"], found["fileCount"], found["files"]["totalCount"]) == (7, 2, 2)
    nodes = [edge["node"] for edge in found["files"]["edges"]]
    assert {node["name"]: httpx.get(node["directUrl"]).content for node in nodes} == files


def test_answers_are_in_the_order_and_number_of_the_request(world: World) -> None:
    files = {f"f{i}": f"content {i % 2}".encode() for i in range(5)}
    assert [node["name"] for node in announce(world, pending(world), files)] == list(files)


def test_what_is_there_needs_no_upload(world: World) -> None:
    uploaded(world, {"a.txt": b"same"})
    nodes = announce(world, pending(world, "e", "other"), {"b.txt": b"same", "c.txt": b"new"})
    assert [node["uploadUrl"] is None for node in nodes] == [True, False]


def test_an_upload_that_is_not_its_digest_is_refused(world: World) -> None:
    (node,) = announce(world, pending(world), {"a": b"right"})
    answer = httpx.put(node["uploadUrl"], content=b"wrong")
    assert (answer.status_code, "MD5" in answer.json()["errors"][0]["message"]) == (400, True)
    assert httpx.get(node["directUrl"]).status_code == 404
    (again,) = announce(world, pending(world), {"a": b"right"})
    assert again["uploadUrl"] is not None


def test_addresses_are_signed_for_method_and_path(world: World, http: httpx.Client) -> None:
    (node,) = announce(world, pending(world), {"a": b"x"})
    assert httpx.put(node["directUrl"], content=b"x").status_code == 404
    path, signature = node["uploadUrl"].split("?")
    assert httpx.put(path, content=b"x").status_code == 404
    assert (
        httpx.put(f"{path[:-1]}{'0' if path[-1] != '0' else '1'}?{signature}", content=b"x").status_code
        == 404
    )
    assert httpx.put(node["uploadUrl"], content=b"x").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/storage/wandb_artifacts/1/..%2f..%2fstate.db",
        "/storage/wandb_artifacts/..%2f../state.db",
        "/storage/manifest/..%2f..%2fstate.db/x",
        "/storage/run/1/..%2f..%2f..%2fstate.db",
        "/storage/../state.db",
        "/storage/manifest/99999999999999999999999/x",
    ],
)
def test_no_path_escapes(world: World, path: str, sandbox: Sandbox) -> None:
    for verb in ("GET", "PUT"):
        signed = sandbox.state.signer.sign(verb, path)
        answer = world.http.request(verb, signed, content=b"evil" if verb == "PUT" else None)
        assert answer.status_code in (400, 404)
        assert "SQLite" not in answer.text


def test_run_files_keep_to_their_folder(world: World) -> None:
    world.do(RUN, entityName=world.team, modelName="train", name="r1")
    wanted = {"entityName": world.team, "projectName": "train", "runName": "r1"}
    for name in ("../../state.db", "/etc/passwd", "a/../b", "..\\x", "", "x" * 1025):
        assert world.do(RUN_FILES, **wanted, files=[name]).status == 400
    assert world.do(RUN_FILES, **wanted, files=["media/a..b/..c.txt"]).status == 200


def test_a_manifest_is_needed_and_read(world: World) -> None:
    artifact = pending(world)
    world.do(
        MANIFEST,
        artifactID=artifact,
        name="wandb_manifest.json",
        digest="",
        entityName=world.team,
        projectName="train",
        runName="",
    )
    assert world.do(COMMIT, artifactID=artifact).status == 400
    for broken in (
        {},
        [],
        {"contents": []},
        {"contents": {"a": {"size": 1}}},
        {"contents": {"a": 1}},
        entries({"../a": b"x"}),
    ):
        manifest(world, artifact, broken)
        assert world.do(COMMIT, artifactID=artifact).status == 400
    manifest(world, artifact, entries({"a": b"x"}))
    assert world.do(COMMIT, artifactID=artifact).status == 200


def test_an_incremental_manifest_adds_to_its_base(world: World) -> None:
    base = uploaded(world, {"a": b"1", "b": b"2"})
    artifact = pending(world, "more")
    address = manifest(world, artifact, entries({"b": b"three"}), "INCREMENTAL", base)
    world.do(COMMIT, artifactID=artifact).data  # noqa: B018
    found = listed(world, artifact).data["artifact"]
    assert (found["fileCount"], found["size"]) == (2, 6)
    assert sorted(httpx.get(address).json()["contents"]) == ["a", "b"]


def test_a_reference_is_kept_and_not_fetched(world: World) -> None:
    artifact = pending(world)
    contents = {"far": {"digest": "etag", "size": 5, "ref": "s3://bucket/key"}}
    manifest(world, artifact, {"contents": contents})
    world.do(COMMIT, artifactID=artifact).data  # noqa: B018
    found = listed(world, artifact).data["artifact"]["files"]["edges"][0]["node"]
    assert (found["directUrl"], found["digest"]) == ("s3://bucket/key", "etag")


def fallback(
    world: World, artifact: str, content: bytes, key: str, project: str, entity: str, name: str
) -> int:
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    path = f"/artifactsV2/default/{entity}/{project}/{name}/{artifact}/birth/{digest}/a.txt"
    answer = world.http.get(path, auth=("api", key))
    assert answer.status_code != 200 or answer.content == content
    return answer.status_code


def test_the_fallback_asks_for_the_role_there(world: World) -> None:
    project = world.registry()["id"]
    artifact = uploaded(world, {"a.txt": b"bytes"})
    world.link(artifact)
    key = world.user("pat", role="member")
    linked = (artifact, b"bytes", key, "wandb-registry-models", world.entity, "c")
    assert fallback(world, *linked) == 404
    document = "mutation($i: CreateProjectMembersInput!) { createProjectMembers(input: $i) { success } }"
    world.do(document, projectId=project, userIds=[world.user_id("pat")]).data  # noqa: B018
    assert fallback(world, *linked) == 403
    document = "mutation($i: UpdateProjectMemberInput!) { updateProjectMember(input: $i) { success } }"
    world.do(document, projectId=project, userId=world.user_id("pat"), userProjectRole="viewer").data  # noqa: B018
    assert fallback(world, *linked) == 200
    assert fallback(world, artifact, b"bytes", key, "train", world.team, "clf") == 404
    assert fallback(world, artifact, b"other", key, "wandb-registry-models", world.entity, "c") == 404
    assert fallback(world, artifact, b"bytes", "wrong key", "wandb-registry-models", world.entity, "c") == 401


def stream(world: World, run: str, key: str | None = None, **body: Any) -> int:
    path = f"/files/{world.team}/train/{run}/file_stream"
    return world.http.post(path, json=body, auth=("api", key or world.admin)).status_code


def test_the_file_stream_of_a_run(world: World) -> None:
    made = world.do(
        RUN, entityName=world.team, modelName="train", name="r1", config='{"lr": {"value": 1}}'
    ).data
    assert made["upsertBucket"]["inserted"] is True
    lines = ['{"_step": 0, "loss": 1}', '{"_step": 1, "loss": 0.5}']
    history = {"wandb-history.jsonl": {"offset": 0, "content": lines}}
    assert stream(world, "r1", files=history) == 200
    assert stream(world, "r1", files={"wandb-history.jsonl": {"offset": 1, "content": lines[1:]}}) == 200
    summary = {"wandb-summary.json": {"offset": 0, "content": ['{"loss": 0.5}']}}
    assert stream(world, "r1", files=summary, complete=True, exitcode=0) == 200
    found = world.ask(READ_RUN, e=world.team, n="r1").data["project"]["run"]
    assert (found["state"], found["historyLineCount"], found["history"]) == ("finished", 2, lines)
    assert json.loads(found["summaryMetrics"]) == {"loss": 0.5}
    assert stream(world, "r1", complete=True, exitcode=1) == 200
    assert world.ask(READ_RUN, e=world.team, n="r1").data["project"]["run"]["state"] == "failed"


def test_a_wrong_file_stream_is_refused(world: World) -> None:
    world.do(RUN, entityName=world.team, modelName="train", name="r1")
    assert stream(world, "none") == 404
    assert stream(world, "r1", key=world.user("out")) == 404
    assert stream(world, "r1", key=world.user("viv", team="view-only")) == 403
    assert stream(world, "r1", files={"wandb-history.jsonl": {"content": "x"}}) == 400
    path = f"/files/{world.team}/train/r1/file_stream"
    assert world.http.post(path, content=b"{", auth=("api", world.admin)).status_code == 400
    zipped = gzip.compress(b'{"complete": true}')
    answer = world.http.post(
        path, content=zipped, headers={"content-encoding": "gzip"}, auth=("api", world.admin)
    )
    assert answer.json() == {"exitcode": None, "limits": {}}


def test_files_are_where_the_data_folder_is(world: World, sandbox: Sandbox) -> None:
    uploaded(world, {"a.txt": b"find me"})
    digest = hashlib.md5(b"find me", usedforsecurity=False).hexdigest()
    folder: Path = sandbox.state.objects.folder
    assert [path.read_bytes() for path in folder.rglob(digest)] == [b"find me"]
    assert not list(folder.rglob(".*"))
