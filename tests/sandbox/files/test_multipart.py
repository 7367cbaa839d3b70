"""Uploads in parts, as wandb-core does them over 2 GiB: its own documents, with small parts."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.sandbox.conformance.documents import core_documents
from tests.sandbox.http.test_files import entries, listed, manifest, pending
from tests.sandbox.support import COMMIT

if TYPE_CHECKING:
    from tests.sandbox.support import Answer, World

PARTS = [b"first part, ", b"second part, ", b"the end"]
WHOLE = b"".join(PARTS)


def hexmd5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def md5(content: bytes) -> str:
    return base64.b64encode(bytes.fromhex(hexmd5(content))).decode()


def begin(world: World, artifact: str, whole: bytes = WHOLE, numbers: tuple[int, ...] = (1, 2, 3)) -> Answer:
    parts = [
        {"partNumber": number, "hexMD5": hexmd5(part)} for number, part in zip(numbers, PARTS, strict=True)
    ]
    spec = {"artifactID": artifact, "name": "big.bin", "md5": md5(whole), "uploadPartsInput": parts}
    sent = {"artifactFiles": [spec], "storageLayout": "V2", "cloudRegionID": None}
    return world.ask(core_documents()["CreateArtifactFiles"], input=sent)


def node(answer: Answer) -> dict[str, Any]:
    return answer.data["createArtifactFiles"]["files"]["edges"][0]["node"]


def put(view: dict[str, Any], contents: list[bytes] = PARTS) -> list[dict[str, Any]]:
    told = []
    for address, content in zip(view["uploadMultipartUrls"]["uploadUrlParts"], contents, strict=False):
        answer = httpx.put(address["uploadUrl"], content=content)
        assert answer.status_code == 200
        told.append({"partNumber": address["partNumber"], "hexMD5": answer.headers["ETag"]})
    return told


def complete(world: World, artifact: str, view: dict[str, Any], told: Any, **changes: Any) -> Answer:
    variables = {
        "completeMultipartAction": "Complete",
        "completedParts": told,
        "artifactID": artifact,
        "storagePath": view["storagePath"],
        "uploadID": view["uploadMultipartUrls"]["uploadID"],
    }
    return world.ask(core_documents()["CompleteMultipartUploadArtifact"], **{**variables, **changes})


def objects(world: World) -> list[str]:
    folder = world.sandbox.state.objects.folder
    return [path.name for path in folder.rglob("*") if path.name == hexmd5(WHOLE)]


def test_the_parts_become_one_file(world: World) -> None:
    artifact = pending(world)
    view = node(begin(world, artifact))
    assert [one["partNumber"] for one in view["uploadMultipartUrls"]["uploadUrlParts"]] == [1, 2, 3]
    answer = complete(world, artifact, view, put(view)).data
    assert answer["completeMultipartUploadArtifact"]["digest"] == md5(WHOLE)
    manifest(world, artifact, entries({"big.bin": WHOLE}))
    world.do(COMMIT, artifactID=artifact).data  # noqa: B018
    (edge,) = listed(world, artifact).data["artifact"]["files"]["edges"]
    assert httpx.get(edge["node"]["directUrl"]).content == WHOLE
    part = httpx.get(edge["node"]["directUrl"], headers={"Range": "bytes=6-9"})
    assert (part.status_code, part.content) == (206, WHOLE[6:10])
    assert complete(world, artifact, view, []).status == 404
    assert not list((world.sandbox.state.objects.folder / "uploads").rglob("*.bin"))


def test_what_is_there_needs_no_parts(world: World) -> None:
    artifact = pending(world)
    view = node(begin(world, artifact))
    complete(world, artifact, view, put(view)).data  # noqa: B018
    again = node(begin(world, artifact))
    assert (again["uploadUrl"], again["uploadMultipartUrls"]) == (None, None)


def test_a_part_that_is_not_its_digest_is_refused(world: World) -> None:
    view = node(begin(world, pending(world)))
    address = view["uploadMultipartUrls"]["uploadUrlParts"][0]["uploadUrl"]
    assert httpx.put(address, content=b"wrong").status_code == 400
    assert httpx.put(address.replace("/1?", "/2?"), content=PARTS[1]).status_code == 404
    assert httpx.get(address).status_code == 405


def test_nothing_is_stored_unless_all_fits(world: World) -> None:
    artifact = pending(world)
    there = objects(world)
    view = node(begin(world, artifact))
    told = put(view, PARTS[:2])
    missing = {"partNumber": 3, "hexMD5": hexmd5(PARTS[2])}
    for answer in (
        complete(world, artifact, view, told),
        complete(world, artifact, view, [*told, missing]),
        complete(world, artifact, view, [*told, {**missing, "hexMD5": hexmd5(b"x")}]),
    ):
        assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
    assert objects(world) == there
    assert node(begin(world, artifact))["uploadUrl"] is not None


def test_parts_that_do_not_make_the_whole_are_refused(world: World) -> None:
    artifact = pending(world)
    view = node(begin(world, artifact, whole=b"something else"))
    answer = complete(world, artifact, view, put(view))
    assert (answer.status, "MD5" in answer.message) == (400, True)
    again = node(begin(world, artifact, whole=b"something else"))
    assert again["uploadUrl"] is not None


@pytest.mark.parametrize("numbers", [(0, 1, 2), (1, 2, 4), (2, 1, -1)])
def test_parts_are_numbered_from_one(world: World, numbers: tuple[int, ...]) -> None:
    assert begin(world, pending(world), numbers=numbers).status == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"uploadID": "../../state"},
        {"storagePath": "wandb_artifacts/1/../../state.db"},
        {"uploadID": "0" * 32},
    ],
)
def test_another_upload_is_not_there(world: World, changes: dict[str, str]) -> None:
    artifact = pending(world)
    view = node(begin(world, artifact))
    assert complete(world, artifact, view, put(view), **changes).status == 404


def test_the_upload_belongs_to_its_version(world: World) -> None:
    artifact = pending(world)
    view = node(begin(world, artifact))
    told = put(view)
    other = pending(world, "e", "other")
    assert complete(world, other, view, told).status == 404
    outsider = world.user("out")
    document = core_documents()["CompleteMultipartUploadArtifact"]
    variables = {
        "completeMultipartAction": "Complete",
        "completedParts": told,
        "artifactID": artifact,
        "storagePath": view["storagePath"],
        "uploadID": view["uploadMultipartUrls"]["uploadID"],
    }
    assert world.ask(document, outsider, **variables).status == 404
