from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from wandb_sandbox.execution.documents import MAX_DEPTH, MAX_DOCUMENT_BYTES

if TYPE_CHECKING:
    import httpx

    from tests.sandbox.support import World

VIEWER = "{ viewer { id } }"


def post(world: World, body: Any, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return world.http.post("/graphql", content=content, headers=headers, auth=("api", world.admin))


@pytest.mark.parametrize("operation", ["", None])
def test_no_operation_name_means_the_only_one(world: World, operation: str | None) -> None:
    answer = post(world, {"query": VIEWER, "operationName": operation})
    assert answer.status_code == 200
    assert answer.json()["data"]["viewer"]["id"]


def test_an_operation_is_chosen_by_name(world: World) -> None:
    two = "query A { viewer { id } } query B { viewer { username } }"
    assert "username" in post(world, {"query": two, "operationName": "B"}).json()["data"]["viewer"]
    assert post(world, {"query": two}).status_code == 400
    assert post(world, {"query": two, "operationName": "C"}).status_code == 400


def test_a_gzipped_body_is_read(world: World) -> None:
    body = gzip.compress(json.dumps({"query": VIEWER}).encode())
    assert post(world, body, **{"content-encoding": "gzip"}).status_code == 200
    assert post(world, b"no gzip", **{"content-encoding": "gzip"}).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b"[" * 5000,
        [],
        {"query": 1},
        {"query": VIEWER, "variables": []},
        {"query": VIEWER, "operationName": 3},
        {"query": ""},
        {"query": "query {"},
        {"query": "{ nothing }"},
        {"query": "{ viewer { id nothing } }"},
        {"query": "{ viewer(x: 1) { id } }"},
        {"query": "{ ...A } fragment A on Query { ...A }"},
        {"query": "query($n: String!) { organization(name: $n) { id } }"},
        {"query": "query($n: String!) { organization(name: $n) { id } }", "variables": {"n": 3}},
        {
            "query": "mutation($i: UpsertModelInput!) { upsertModel(input: $i) { inserted } }",
            "variables": {"i": {"name": "x", "unknown": None}},
        },
        {"query": "{ viewer { id } }" + " " * MAX_DOCUMENT_BYTES},
        {
            "query": "{ viewer { userEntity "
            + "{ user { userEntity " * MAX_DEPTH
            + "{ id }"
            + "} }" * MAX_DEPTH
            + "} }"
        },
    ],
)
def test_what_is_not_a_valid_request_is_a_400_with_a_message(world: World, body: Any) -> None:
    answer = post(world, body)
    assert answer.status_code == 400
    message = answer.json()["errors"][0]["message"]
    assert message
    assert "Traceback" not in answer.text
    assert "internal error" not in message


@pytest.mark.parametrize("header", ["", "Bearer x", "Basic ???", "Basic YXBpOm5vcGU=", "Basic YXBpOg=="])
def test_without_a_valid_key_there_is_nothing(world: World, header: str) -> None:
    answer = world.http.post("/graphql", json={"query": VIEWER}, headers={"authorization": header})
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_introspection(world: World) -> None:
    found = world.ask('{ __type(name: "Mutation") { fields { name } } __schema { queryType { name } } }').data
    assert {"name": "linkArtifact"} in found["__type"]["fields"]
    assert found["__schema"]["queryType"]["name"] == "Query"


def test_each_mutation_field_stands_alone(world: World) -> None:
    world.registry()
    artifact = world.version()
    document = """mutation($a: LinkArtifactInput!, $b: LinkArtifactInput!) {
      first: linkArtifact(input: $a) { versionIndex }
      second: linkArtifact(input: $b) { versionIndex } }"""
    target = {
        "entityName": world.entity,
        "projectName": "wandb-registry-models",
        "artifactPortfolioName": "c",
    }
    missing = "QXJ0aWZhY3Q6OTk5OTk5"
    answer = world.ask(document, a={**target, "artifactID": missing}, b={**target, "artifactID": artifact})
    assert answer.status == 200
    assert answer.body["data"] == {"first": None, "second": {"versionIndex": 0}}
    assert [error["path"] for error in answer.body["errors"]] == [["first"]]
    assert world.versions() == [(0, artifact, ["latest"])]


def test_a_failed_field_leaves_nothing_behind(world: World) -> None:
    world.registry()
    world.version()
    before = world.ask(
        "query($e: String!) { entity(name: $e) { projects { edges { node { name } } } } }", e=world.team
    )
    wanted = {
        "entityName": world.team,
        "projectName": "fresh",
        "artifactTypeName": "model",
        "artifactCollectionName": "bad/name",
        "digest": "x",
        "digestAlgorithm": "MANIFEST_MD5",
    }
    document = "mutation($i: CreateArtifactInput!) { createArtifact(input: $i) { artifact { id } } }"
    assert world.ask(document, i=wanted).status == 400
    after = world.ask(
        "query($e: String!) { entity(name: $e) { projects { edges { node { name } } } } }", e=world.team
    )
    assert before.data == after.data


def test_documents_are_kept(world: World) -> None:
    documents = world.sandbox.state.documents
    world.ask(VIEWER)
    assert documents.get(VIEWER) is documents.get(VIEWER)


def test_batched_mutations_can_be_refused(world: World, switch: Any) -> None:
    switch(batched_mutations=False)
    answer = world.ask("mutation { a: noop b: noop }")
    assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
    assert world.ask("mutation { a: noop }").data == {"a": True}
