"""What the client relies on, statement by statement, where no other test of this folder has it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.support import REGISTRY
from wandb_sandbox.switches import FEATURES

if TYPE_CHECKING:
    from tests.sandbox.support import World

ADD_MEMBERS = "mutation($i: CreateProjectMembersInput!) { createProjectMembers(input: $i) { success } }"
ROLE = "mutation($i: UpdateProjectMemberInput!) { updateProjectMember(input: $i) { success } }"
ADD_ALIASES = "mutation($i: AddAliasesInput!) { addAliases(input: $i) { success } }"
UPDATE = "mutation($i: UpdateArtifactInput!) { updateArtifact(input: $i) { artifact { id } } }"
SOURCE = """query($id: ID!) { artifact(id: $id) { versionIndex
  artifactSequence { name project { name } } } }"""
INFO = """query($e: String!) { entity(name: $e) { organization { name orgEntity { name } }
  user { organizations { name orgEntity { name } } } } }"""
CORE = """query($e: String!) { entity(name: $e) { projects(order: "name") { edges { node {
  name access description allowAllArtifactTypesInRegistry
  artifactTypes(includeAll: true) { edges { node { name } } } } } } } }"""
SEARCH = """query($o: String!, $p: JSONString, $c: JSONString, $a: JSONString) {
  organization(name: $o) { orgEntity {
    artifactMemberships(projectFilters: $p, collectionFilters: $c, filters: $a, order: "version") {
      edges { node { versionIndex artifactCollection { name } } } } } } }"""


def test_a_team_knows_its_organization_and_a_person_all_of_theirs(world: World) -> None:
    home = {"name": world.organization, "orgEntity": {"name": world.entity}}
    assert world.ask(INFO, e=world.team).data["entity"] == {"organization": home, "user": None}
    own = world.ask(INFO, e=world.name("admin")).data["entity"]
    assert own == {"organization": None, "user": {"organizations": [home]}}
    alone = world.user("alone")
    assert world.ask(INFO, alone, e=world.name("alone")).data["entity"]["user"]["organizations"] == []
    second = world.name("Second")
    world.setup("organization", command="up", orgName=second, username=world.name("admin"))
    found = world.ask(INFO, e=world.name("admin")).data["entity"]["user"]["organizations"]
    assert [one["name"] for one in found] == [world.organization, second]


def test_core_registries_are_there_from_the_beginning(world: World) -> None:
    edges = world.ask(CORE, e=world.entity).data["entity"]["projects"]["edges"]
    assert [edge["node"] for edge in edges] == [
        {
            "name": f"wandb-registry-{kind}",
            "access": "PRIVATE",
            "description": None,
            "allowAllArtifactTypesInRegistry": False,
            "artifactTypes": {"edges": [{"node": {"name": kind}}]},
        }
        for kind in ("dataset", "model")
    ]
    for change in ({"description": "x"}, {"access": "RESTRICTED"}):
        answer = world.do(REGISTRY, entityName=world.entity, name="wandb-registry-model", **change)
        assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
    grow = {"artifactTypes": [{"name": "checkpoint"}]}
    assert world.do(REGISTRY, entityName=world.entity, name="wandb-registry-model", **grow).status == 200
    assert world.link(world.version(), project="wandb-registry-model").status == 200
    data = world.version("d1", "rows", "table")
    assert world.link(data, project="wandb-registry-dataset").status == 400


def test_the_index_of_a_link_is_its_own(world: World) -> None:
    world.registry()
    versions = [world.version(f"d{i}") for i in range(3)]
    made = world.link(versions[2]).data["linkArtifact"]
    assert made["versionIndex"] == 0
    assert world.ask(SOURCE, id=versions[2]).data["artifact"]["versionIndex"] == 2
    assert world.link(versions[0]).data["linkArtifact"]["versionIndex"] == 1


def test_an_invisible_source_has_no_project_and_its_link_keeps_aliases_that_can_be_set(world: World) -> None:
    project = world.registry()["id"]
    artifact = world.version()
    world.link(artifact)
    key = world.user("pat", role="member")
    ident = world.user_id("pat")
    world.do(ADD_MEMBERS, projectId=project, userIds=[ident])
    assert world.do(ROLE, projectId=project, userId=ident, userProjectRole="member").status == 200
    found = world.ask(SOURCE, key, id=artifact).data["artifact"]
    assert found["artifactSequence"] == {"name": "clf", "project": None}
    place = {
        "entityName": world.entity,
        "projectName": "wandb-registry-models",
        "artifactCollectionName": "c",
    }
    assert world.do(ADD_ALIASES, key, artifactID=artifact, aliases=[{**place, "alias": "x"}]).status == 200
    assert world.do(UPDATE, key, artifactID=artifact, description="x").status == 404
    assert world.versions() == [(0, artifact, ["latest", "x"])]


def test_accepted_types_only_grow(world: World) -> None:
    world.registry(artifactTypes=[{"name": "model"}])
    for types in ([{"name": "dataset"}], []):
        world.do(REGISTRY, entityName=world.entity, name="wandb-registry-models", artifactTypes=types)
    edges = world.ask(CORE, e=world.entity).data["entity"]["projects"]["edges"]
    mine = next(e["node"] for e in edges if e["node"]["name"] == "wandb-registry-models")
    assert [e["node"]["name"] for e in mine["artifactTypes"]["edges"]] == ["model", "dataset"]


@pytest.mark.parametrize(
    ("where", "condition", "found"),
    [
        ("p", {"name": "wandb-registry-a"}, "m0 m1 n0"),
        ("p", {"name": {"$regex": "-b$"}}, "m0"),
        ("p", {"$or": [{"name": "wandb-registry-b"}, {"name": "none"}]}, "m0"),
        ("c", {"name": "n"}, "n0"),
        ("c", {"name": {"$in": ["m", "x"]}}, "m0 m0 m1"),
        ("c", {"name": {"$nin": ["m"]}}, "n0"),
        ("c", {"$not": {"name": "m"}}, "n0"),
        ("c", {"$nor": [{"name": "m"}, {"name": "x"}]}, "n0"),
        ("c", {"tag": "tabular"}, "n0"),
        ("c", {"tag": {"$ne": "tabular"}}, "m0 m0 m1"),
        ("c", {"description": {"$exists": True}}, "n0"),
        ("c", {"description": {"$contains": "ABOUT"}}, "n0"),
        ("a", {"alias": "prod"}, "m1"),
        ("a", {"alias": {"$in": ["prod", "x"]}}, "m1"),
        ("a", {"version": "v1"}, "m1"),
        ("a", {"version": {"$gte": 1}}, "m1"),
        ("a", {"metadata.f1": {"$gt": 0.5}}, "m1"),
        ("a", {"$and": [{"metadata.f1": {"$lt": 0.5}}, {"alias": "latest"}]}, "m0 n0"),
        ("a", {"state": "COMMITTED"}, "m0 m0 m1 n0"),
    ],
)
def test_filters_of_the_registry_search(world: World, where: str, condition: Any, found: str) -> None:
    for name in "ab":
        world.registry(name)
    first = world.version("d0", metadata='{"f1": 0.1}')
    second = world.version("d1", metadata='{"f1": 0.9}')
    world.link(first, "m", project="wandb-registry-a")
    world.link(second, "m", ("prod",), "wandb-registry-a")
    world.link(first, "n", project="wandb-registry-a")
    world.link(first, "m", project="wandb-registry-b")
    held = world.collection("n", "wandb-registry-a")
    assert held is not None
    describe = """mutation($i: UpdateArtifactPortfolioInput!) {
      updateArtifactPortfolio(input: $i) { artifactCollection { id } } }"""
    world.do(describe, artifactPortfolioID=held["id"], description="about n")
    place = {"entityName": world.entity, "projectName": "wandb-registry-a", "artifactCollectionName": "n"}
    tag = """mutation($i: CreateArtifactCollectionTagAssignmentsInput!) {
      createArtifactCollectionTagAssignments(input: $i) { tags { id } } }"""
    world.do(tag, **place, tags=[{"tagName": "tabular"}])
    answer = world.ask(SEARCH, o=world.organization, **{where: json.dumps(condition)}).data
    edges = answer["organization"]["orgEntity"]["artifactMemberships"]["edges"]
    nodes = [edge["node"] for edge in edges]
    names = sorted(f"{n['artifactCollection']['name']}{n['versionIndex']}" for n in nodes)
    assert names == found.split()


@pytest.mark.parametrize("name", sorted(FEATURES))
def test_every_feature_can_be_switched(world: World, switch: Any, name: str) -> None:
    document = "{ serverInfo { features { name isEnabled } } }"
    for wanted in (not FEATURES[name], FEATURES[name]):
        switch(features={name: wanted})
        found = {f["name"]: f["isEnabled"] for f in world.ask(document).data["serverInfo"]["features"]}
        assert found == {**FEATURES, name: wanted}


@pytest.mark.parametrize(
    "document",
    [
        'query { artifact(id: "%s") { id } }',
        'query { artifactCollection(id: "%s") { id } }',
        'mutation { deleteModel(input: {id: "%s"}) { success } }',
        'mutation { deleteArtifact(input: {artifactID: "%s"}) { artifact { id } } }',
        'mutation { unlinkArtifact(input: {artifactID: "%s", artifactPortfolioID: "%s"}) { success } }',
        'mutation { createProjectMembers(input: {projectId: "%s"}) { success } }',
        'mutation { deleteTrigger(input: {triggerID: "%s"}) { success } }',
    ],
)
@pytest.mark.parametrize("ident", ["no base64!", "QXJ0aWZhY3Q6LTE=", "VXNlcjox", "QXJ0aWZhY3Q6OTk5OTk5OQ=="])
def test_a_wrong_or_unknown_id_is_told(world: World, document: str, ident: str) -> None:
    answer = world.ask(document.replace("%s", ident))
    unknown_version = answer.body.get("data") == {"artifact": None}
    assert unknown_version or answer.status in (400, 404)
    assert "internal error" not in str(answer.body)
