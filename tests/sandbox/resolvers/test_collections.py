from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.support import Answer, World

PORTFOLIO = """mutation($i: CreateArtifactPortfolioInput!) {
  createArtifactPortfolio(input: $i) { artifactCollection { id name description } } }"""
UPDATE = """mutation($i: UpdateArtifactPortfolioInput!) {
  updateArtifactPortfolio(input: $i) { artifactCollection { name description } } }"""
DELETE = """mutation($i: DeleteArtifactPortfolioInput!) {
  deleteArtifactPortfolio(input: $i) { artifactCollection { state } } }"""
DELETE_SEQUENCE = """mutation($i: DeleteArtifactSequenceInput!) {
  deleteArtifactSequence(input: $i) { artifactCollection { state } } }"""
TAG = """mutation($i: CreateArtifactCollectionTagAssignmentsInput!) {
  createArtifactCollectionTagAssignments(input: $i) { tags { name } } }"""
UNTAG = """mutation($i: DeleteArtifactCollectionTagAssignmentsInput!) {
  deleteArtifactCollectionTagAssignments(input: $i) { success } }"""
MOVE = """mutation($i: MoveArtifactSequenceInput!) {
  moveArtifactSequence(input: $i) { artifactCollection { defaultArtifactType { name } } } }"""
LIST = """query($e: String!, $p: String!, $after: String, $first: Int, $f: JSONString, $o: String) {
  project(name: $p, entityName: $e) {
  artifactCollections(first: $first, after: $after, filters: $f, order: $o) {
    totalCount pageInfo { endCursor hasNextPage } edges { node { name artifactMemberships(first: 2) {
      pageInfo { hasNextPage endCursor } edges { node { versionIndex artifact { digest } } } } } } } } }"""
SEARCH = """query($o: String!, $r: JSONString, $c: JSONString) { organization(name: $o) { orgEntity {
  artifactCollections(projectFilters: $r, filters: $c, first: 10, order: "name") {
    totalCount edges { node { name project { name } } } } } } }"""


def empty(world: World, name: str = "c", key: str | None = None, **more: Any) -> Answer:
    kind = world.registry()["artifactTypes"]["edges"][0]["node"]["id"]
    return world.do(
        PORTFOLIO,
        key,
        artifactTypeID=kind,
        entityName=world.entity,
        projectName="wandb-registry-models",
        name=name,
        **more,
    )


def test_an_empty_collection(world: World) -> None:
    made = empty(world, description="d").data["createArtifactPortfolio"]["artifactCollection"]
    assert made["description"] == "d"
    assert empty(world).status == 409
    found = world.collection()
    assert found is not None
    assert found["artifactMemberships"]["totalCount"] == 0
    assert world.link(world.version()).data["linkArtifact"]["versionIndex"] == 0


def test_an_empty_collection_can_be_unknown_to_the_server(world: World, switch: Any) -> None:
    switch(empty_collection=False)
    answer = empty(world)
    assert answer.status == 400
    assert "createArtifactPortfolio" in answer.message
    fields = world.ask('{ __type(name: "Mutation") { fields { name } } }').data["__type"]["fields"]
    assert {"name": "createArtifactPortfolio"} not in fields


@pytest.mark.parametrize("name", ["", "a/b", "a:b", "x" * 129])
def test_names_that_no_collection_has(world: World, name: str) -> None:
    assert empty(world, name).status == 400


def test_description_and_name(world: World) -> None:
    ident = empty(world).data["createArtifactPortfolio"]["artifactCollection"]["id"]
    described = world.do(UPDATE, artifactPortfolioID=ident, description="new").data
    assert described["updateArtifactPortfolio"]["artifactCollection"] == {"name": "c", "description": "new"}
    renamed = world.do(UPDATE, artifactPortfolioID=ident, name="Zoë 2").data
    assert renamed["updateArtifactPortfolio"]["artifactCollection"] == {"name": "Zoë 2", "description": "new"}
    empty(world, "other")
    assert world.do(UPDATE, artifactPortfolioID=ident, name="OTHER").status == 409
    cleared = world.do(UPDATE, artifactPortfolioID=ident, description="").data
    assert cleared["updateArtifactPortfolio"]["artifactCollection"]["description"] == ""


def test_tags(world: World) -> None:
    empty(world)
    place = {
        "entityName": world.entity,
        "projectName": "wandb-registry-models",
        "artifactCollectionName": "c",
    }
    for _ in range(2):
        world.do(TAG, **place, tags=[{"tagName": "a b"}, {"tagName": "c"}]).data  # noqa: B018
    world.do(UNTAG, **place, tags=[{"tagName": "c"}, {"tagName": "never"}]).data  # noqa: B018
    found = world.collection()
    assert found is not None
    assert [edge["node"]["name"] for edge in found["tags"]["edges"]] == ["a b"]
    assert world.do(TAG, **place, tags=[{"tagName": "a/b"}]).status == 400
    assert world.do(TAG, **place, tags=[{"tagName": f"t{i}"} for i in range(21)]).status == 400


def test_deleting_a_collection_leaves_the_versions(world: World) -> None:
    world.registry()
    artifact = world.version()
    world.link(artifact)
    found = world.collection()
    assert found is not None
    gone = world.do(DELETE, artifactPortfolioID=found["id"]).data
    assert gone["deleteArtifactPortfolio"]["artifactCollection"]["state"] == "DELETED"
    assert world.collection() is None
    assert world.do(DELETE, artifactPortfolioID=found["id"]).status == 404
    assert world.link(artifact).data["linkArtifact"]["versionIndex"] == 0


def test_deleting_a_sequence_deletes_its_versions_and_their_links(world: World) -> None:
    world.registry()
    artifact = world.version()
    world.link(artifact)
    sequence = world.collection("clf", "train", world.team)
    assert sequence is not None
    assert world.do(DELETE, artifactPortfolioID=sequence["id"]).status == 400
    world.do(DELETE_SEQUENCE, artifactSequenceID=sequence["id"]).data  # noqa: B018
    assert world.versions() == []
    assert world.ask("query($id: ID!) { artifact(id: $id) { id } }", id=artifact).data["artifact"] is None


def test_a_sequence_moves_to_another_type(world: World) -> None:
    world.version()
    sequence = world.collection("clf", "train", world.team)
    assert sequence is not None
    moved = world.do(MOVE, artifactSequenceID=sequence["id"], destinationArtifactTypeName="dataset").data
    assert moved["moveArtifactSequence"]["artifactCollection"]["defaultArtifactType"] == {"name": "dataset"}


def test_pages_with_nested_pages(world: World) -> None:
    world.registry()
    artifacts = [world.version(f"d{i}") for i in range(3)]
    for name in ("c0", "c1", "c2"):
        for artifact in artifacts:
            world.link(artifact, name)
    first = world.ask(LIST, e=world.entity, p="wandb-registry-models", first=2, o="+name").data
    page = first["project"]["artifactCollections"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (3, True)
    assert [edge["node"]["name"] for edge in page["edges"]] == ["c0", "c1"]
    inner = page["edges"][0]["node"]["artifactMemberships"]
    assert inner["pageInfo"]["hasNextPage"] is True
    assert [edge["node"] for edge in inner["edges"]] == [
        {"versionIndex": i, "artifact": {"digest": f"d{i}"}} for i in range(2)
    ]
    rest = """query($id: String!, $e: String!, $p: String!, $after: String) {
      project(name: $p, entityName: $e) {
      artifactCollection(name: $id) { artifactMemberships(first: 2, after: $after) { pageInfo { hasNextPage }
      edges { node { versionIndex } } } } } }"""
    second = world.ask(
        rest, id="c0", e=world.entity, p="wandb-registry-models", after=inner["pageInfo"]["endCursor"]
    ).data["project"]["artifactCollection"]["artifactMemberships"]
    assert second == {"pageInfo": {"hasNextPage": False}, "edges": [{"node": {"versionIndex": 2}}]}
    last = world.ask(
        LIST,
        e=world.entity,
        p="wandb-registry-models",
        first=2,
        o="+name",
        after=page["pageInfo"]["endCursor"],
    ).data["project"]["artifactCollections"]
    assert [edge["node"]["name"] for edge in last["edges"]] == ["c2"]
    assert last["pageInfo"]["hasNextPage"] is False


def test_filters_and_search_over_registries(world: World) -> None:
    world.registry()
    world.registry("other")
    artifact = world.version()
    world.link(artifact, "churn")
    world.link(artifact, "fraud", project="wandb-registry-other")
    world.link(artifact, "legacy", project="model-registry", entity=world.team)

    def search(registry: Any = None, collection: Any = None) -> list[str]:
        found = world.ask(
            SEARCH,
            o=world.organization,
            r=registry and json.dumps(registry),
            c=collection and json.dumps(collection),
        ).data["organization"]["orgEntity"]["artifactCollections"]
        assert found["totalCount"] == len(found["edges"])
        return [edge["node"]["name"] for edge in found["edges"]]

    assert search() == ["churn", "fraud"]
    assert search({"name": "wandb-registry-other"}) == ["fraud"]
    assert search(None, {"name": {"$regex": "^ch"}}) == ["churn"]
    bad = world.ask(LIST, e=world.entity, p="wandb-registry-models", f="{")
    assert bad.status == 400
