"""Manifests: digests, patches by several processes, increments on a base, and when they are final."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.sandbox.conformance.documents import core_documents
from tests.sandbox.http.test_files import entries, listed, manifest, pending, uploaded
from tests.sandbox.support import COMMIT, CREATE

if TYPE_CHECKING:
    from tests.sandbox.support import Answer, World


def create(world: World, artifact: str, **changes: Any) -> Answer:
    variables = {
        "artifactID": artifact,
        "baseArtifactID": None,
        "name": "wandb_manifest.json",
        "digest": "",
        "entityName": world.team,
        "projectName": "train",
        "runName": "",
        "manifestType": "FULL",
        "includeUpload": True,
    }
    return world.ask(core_documents()["CreateArtifactManifest"], **{**variables, **changes})


def made(answer: Answer) -> dict[str, Any]:
    return answer.data["createArtifactManifest"]["artifactManifest"]


def b64(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def test_a_manifest_that_is_not_its_digest_is_refused(world: World) -> None:
    artifact = pending(world)
    content = json.dumps(entries({"a": b"x"})).encode()
    view = made(create(world, artifact, digest=b64(content)))
    assert httpx.put(view["file"]["uploadUrl"], content=b"{}").status_code == 400
    assert world.do(COMMIT, artifactID=artifact).status == 400
    assert httpx.put(view["file"]["uploadUrl"], content=content).status_code == 200
    assert world.do(COMMIT, artifactID=artifact).status == 200


def test_announced_and_final_manifest_are_one(world: World) -> None:
    artifact = pending(world)
    announced = made(create(world, artifact))
    assert made(create(world, artifact, digest="x"))["id"] == announced["id"]
    document = core_documents()["UpdateArtifactManifest"]
    updated = world.ask(document, artifactManifestID=announced["id"], digest="y", includeUpload=False)
    assert updated.data["updateArtifactManifest"]["artifactManifest"]["id"] == announced["id"]


def distributed(world: World, digest: str) -> str:
    wanted = {
        "entityName": world.team,
        "projectName": "train",
        "artifactTypeName": "dataset",
        "artifactCollectionName": "together",
        "digest": digest,
        "digestAlgorithm": "MANIFEST_MD5",
        "distributedID": "job-1",
    }
    return str(world.do(CREATE, **wanted).data["createArtifact"]["artifact"]["id"])


def patch(world: World, artifact: str, files: dict[str, bytes]) -> str:
    view = made(create(world, artifact, manifestType="PATCH", name="wandb_manifest.patch.json"))
    content = json.dumps(entries(files)).encode()
    assert httpx.put(view["file"]["uploadUrl"], content=content).status_code == 200
    return str(view["id"])


def test_patches_of_several_processes_make_one_version(world: World) -> None:
    artifact = distributed(world, "one")
    assert distributed(world, "two") == artifact
    first = patch(world, artifact, {"a": b"1", "both": b"old"})
    second = patch(world, artifact, {"b": b"22", "both": b"newer"})
    assert first != second
    world.do(COMMIT, artifactID=artifact).data  # noqa: B018
    found = listed(world, artifact).data["artifact"]
    assert [edge["node"]["name"] for edge in found["files"]["edges"]] == ["a", "b", "both"]
    assert (found["fileCount"], found["size"]) == (3, 8)
    document = "query($id: ID!) { artifact(id: $id) { currentManifest { type file { directUrl } } } }"
    current = world.ask(document, id=artifact).data["artifact"]["currentManifest"]
    assert current["type"] == "FULL"
    assert sorted(httpx.get(current["file"]["directUrl"]).json()["contents"]) == ["a", "b", "both"]


def test_the_same_distributed_id_makes_a_new_version_after_the_commit(world: World) -> None:
    artifact = distributed(world, "one")
    patch(world, artifact, {"a": b"1"})
    world.do(COMMIT, artifactID=artifact).data  # noqa: B018
    assert distributed(world, "two") != artifact


def test_every_patch_must_have_arrived(world: World) -> None:
    artifact = distributed(world, "one")
    patch(world, artifact, {"a": b"1"})
    create(world, artifact, manifestType="PATCH", name="wandb_manifest.patch.json").data  # noqa: B018
    assert world.do(COMMIT, artifactID=artifact).status == 400


def test_a_base_is_a_committed_version_of_the_same_sequence(world: World) -> None:
    other = uploaded(world, {"secret": b"1"})
    for base in (pending(world, "p"), world.version("v", "elsewhere"), "QXJ0aWZhY3Q6OTk5OTk5"):
        artifact = pending(world, "more")
        assert create(world, artifact, manifestType="INCREMENTAL", baseArtifactID=base).status == 400
    assert (
        create(world, pending(world, "more"), manifestType="INCREMENTAL", baseArtifactID=other).status == 200
    )


def test_an_increment_on_an_increment(world: World) -> None:
    first = uploaded(world, {"a": b"1"})
    second = pending(world, "two")
    manifest(world, second, entries({"b": b"2"}), "INCREMENTAL", first)
    world.do(COMMIT, artifactID=second).data  # noqa: B018
    third = pending(world, "three")
    manifest(world, third, entries({"a": b"one", "c": b"3"}), "INCREMENTAL", second)
    world.do(COMMIT, artifactID=third).data  # noqa: B018
    found = listed(world, third).data["artifact"]
    assert [(e["node"]["name"], e["node"]["sizeBytes"]) for e in found["files"]["edges"]] == [
        ("a", 3),
        ("b", 1),
        ("c", 1),
    ]


def test_a_committed_version_is_final(world: World) -> None:
    artifact = pending(world)
    view = made(create(world, artifact))
    manifest(world, artifact, entries({"a": b"x"}))
    world.do(COMMIT, artifactID=artifact).data  # noqa: B018
    assert create(world, artifact).status == 409
    assert httpx.put(view["file"]["uploadUrl"], content=b"{}").status_code == 409
    document = core_documents()["UpdateArtifactManifest"]
    changed = world.ask(document, artifactManifestID=view["id"], digest="x", includeUpload=True)
    assert changed.status == 409
    spec = {"artifactID": artifact, "name": "late", "md5": b64(b"late")}
    late = world.ask(core_documents()["CreateArtifactFiles"], input={"artifactFiles": [spec]})
    assert late.status == 409


@pytest.mark.parametrize(
    "spec",
    [
        {"name": "a"},
        {"name": "a", "md5": "no base64!"},
        {"name": "a", "md5": "eA=="},
        {"name": "../a", "md5": "1B2M2Y8AsgTpgAmY7PhCfg=="},
        {"name": "/etc/passwd", "md5": "1B2M2Y8AsgTpgAmY7PhCfg=="},
    ],
)
def test_a_wrong_file_is_refused(world: World, spec: dict[str, str]) -> None:
    wanted = {"artifactFiles": [{**spec, "artifactID": pending(world)}]}
    answer = world.ask(core_documents()["CreateArtifactFiles"], input=wanted)
    assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
