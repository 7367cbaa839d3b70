"""Automations: written by those who may, listed where they are, logged when they fire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.support import UNLINK

if TYPE_CHECKING:
    from tests.sandbox.support import World

CREATE = """mutation($i: CreateFilterTriggerInput!) { createFilterTrigger(input: $i) {
  trigger { id name enabled
  scope { __typename ... on Project { name } ... on ArtifactPortfolio { name } ... on Entity { name } }
  triggeringCondition { ... on FilterEventTriggeringCondition { eventType filter } }
  triggeredAction { __typename ... on NoOpTriggeredAction { noOp } } } } }"""
UPDATE = "mutation($i: UpdateFilterTriggerInput!) { updateFilterTrigger(input: $i) { trigger { id } } }"
DELETE = "mutation($i: DeleteTriggerInput!) { deleteTrigger(input: $i) { success } }"
OF_PROJECT = "query($e: String!, $p: String!) { project(name: $p, entityName: $e) { triggers { name } } }"
OF_ENTITY = """query($e: String!) { entity(name: $e) { triggers(first: 10, filters: "{}") { totalCount
  edges { node { name } } } } }"""
PROJECT = "wandb-registry-models"
PROJECT_ID = "query($e: String!, $p: String!) { project(name: $p, entityName: $e) { id } }"
TAGS = """mutation($i: CreateArtifactCollectionTagAssignmentsInput!) {
  createArtifactCollectionTagAssignments(input: $i) { tags { id } } }"""
UNTAG = """mutation($i: DeleteArtifactCollectionTagAssignmentsInput!) {
  deleteArtifactCollectionTagAssignments(input: $i) { success } }"""
UPDATE_ARTIFACT = "mutation($i: UpdateArtifactInput!) { updateArtifact(input: $i) { artifact { id } } }"


def wanted(scope_type: str, scope: str, **more: Any) -> dict[str, Any]:
    return {
        "name": "note",
        "enabled": True,
        "scopeType": scope_type,
        "scopeID": scope,
        "triggeringEventType": "LINK_MODEL",
        "eventFilter": "{}",
        "triggeredActionType": "NO_OP",
        "triggeredActionConfig": {"noOpActionInput": {"noOp": True}},
        **more,
    }


def entity_id(world: World, name: str) -> str:
    return str(world.ask("query($e: String!) { entity(name: $e) { id } }", e=name).data["entity"]["id"])


def automate(world: World, event: str, scope_type: str, scope: str, **more: Any) -> Any:
    answer = world.do(CREATE, **wanted(scope_type, scope, triggeringEventType=event, **more))
    return answer.data["createFilterTrigger"]["trigger"]


def fired(world: World) -> list[tuple[str, str, str]]:
    found = world.http.get("/sandbox/automations/fired").json()["fired"]
    return [
        (f["name"], f["event"], f["collection"]) for f in found if f["entity"] in (world.entity, world.team)
    ]


def test_a_trigger_comes_back_as_it_was_made(world: World) -> None:
    project = world.registry()["id"]
    made = automate(world, "LINK_MODEL", "PROJECT", project, eventFilter='{"alias": {"$eq": "prod"}}')
    assert made["scope"] == {"__typename": "Project", "name": PROJECT}
    assert made["triggeringCondition"] == {
        "eventType": "LINK_MODEL",
        "filter": '{"filter": "{\\"alias\\": {\\"$eq\\": \\"prod\\"}}"}',
    }
    assert made["triggeredAction"] == {"__typename": "NoOpTriggeredAction", "noOp": True}
    assert world.do(CREATE, **wanted("PROJECT", project)).status == 409
    assert world.do(UPDATE, id=made["id"], name="renamed", enabled=False).status == 200
    found = world.ask(OF_PROJECT, e=world.entity, p=PROJECT).data["project"]["triggers"]
    assert found == [{"name": "renamed"}]
    assert world.do(DELETE, triggerID=made["id"]).data["deleteTrigger"]["success"] is True
    assert world.do(DELETE, triggerID=made["id"]).status == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"eventFilter": "no json"}, 400),
        ({"eventFilter": "[]"}, 400),
        ({"triggeredActionType": "ARIA"}, 400),
        ({"triggeredActionType": "QUEUE_JOB"}, 400),
        ({"scopeType": "ENTITY"}, 400),
        ({"name": "x" * 256}, 400),
        ({"name": ""}, 400),
        ({"triggeringEventType": "SUNSET"}, 400),
    ],
)
def test_a_wrong_automation_is_refused(world: World, change: dict[str, Any], status: int) -> None:
    project = world.registry()["id"]
    assert world.do(CREATE, **wanted("PROJECT", project, **change)).status == status


def test_every_scope_fires_and_is_listed(world: World) -> None:
    project = world.registry()["id"]
    first, second = world.version("d0"), world.version("d1")
    world.link(first)
    collection = world.collection()
    assert collection is not None
    automate(world, "LINK_MODEL", "ARTIFACT_COLLECTION", collection["id"], name="of collection")
    automate(world, "LINK_MODEL", "PROJECT", project, name="of registry")
    automate(world, "LINK_MODEL", "ENTITY", entity_id(world, world.entity), name="of organization")
    automate(world, "LINK_MODEL", "ENTITY", entity_id(world, world.team), name="of team")
    automate(world, "LINK_MODEL", "PROJECT", project, name="off", enabled=False)
    world.link(second)
    world.link(second)  # it is linked already: no event
    names = ["of collection", "of registry", "of organization"]
    assert fired(world) == [(name, "LINK_MODEL", "c") for name in names]
    listed = world.ask(OF_ENTITY, e=world.entity).data["entity"]["triggers"]
    assert [edge["node"]["name"] for edge in listed["edges"]] == [*names, "off"]
    assert world.ask(OF_ENTITY, e=world.team).data["entity"]["triggers"]["totalCount"] == 1


def test_every_event_of_a_registry_fires(world: World) -> None:
    project = world.registry()["id"]
    artifact = world.version()
    world.link(artifact)
    collection = world.collection()
    assert collection is not None
    events = (
        "ADD_ARTIFACT_ALIAS",
        "ADD_COLLECTION_TAG",
        "REMOVE_COLLECTION_TAG",
        "ADD_ARTIFACT_TAG",
        "REMOVE_ARTIFACT_TAG",
        "UNLINK_ARTIFACT",
    )
    for event in events:
        automate(world, event, "PROJECT", project, name=event)
    world.link(artifact, aliases=("prod",))
    world.link(artifact, aliases=("prod",))
    place = {"entityName": world.entity, "projectName": PROJECT, "artifactCollectionName": "c"}
    for document in (TAGS, TAGS, UNTAG, UNTAG):
        assert world.do(document, **place, tags=[{"tagName": "t"}]).status == 200
    for change in ("tagsToAdd", "tagsToDelete"):
        assert world.do(UPDATE_ARTIFACT, artifactID=artifact, **{change: [{"tagName": "t"}]}).status == 200
    world.do(UNLINK, artifactID=artifact, artifactPortfolioID=collection["id"])
    assert fired(world) == [(event, event, "c") for event in events]


def test_new_versions_fire_in_their_project(world: World) -> None:
    world.version("d0")
    project = world.ask(PROJECT_ID, e=world.team, p="train")
    automate(world, "CREATE_ARTIFACT", "PROJECT", project.data["project"]["id"])
    world.version("d1")
    assert fired(world) == [("note", "CREATE_ARTIFACT", "clf")]


def test_a_filter_on_the_alias_is_met_or_not(world: World) -> None:
    project = world.registry()["id"]
    nested = '{"$or": [{"$and": [{"alias": {"$eq": "prod"}}]}]}'
    automate(world, "ADD_ARTIFACT_ALIAS", "PROJECT", project, eventFilter=nested)
    artifact = world.version()
    world.link(artifact, aliases=("dev",))
    assert fired(world) == []
    world.link(artifact, aliases=("prod",))
    assert fired(world) == [("note", "ADD_ARTIFACT_ALIAS", "c")]


def test_who_may_automate(world: World) -> None:
    project = world.registry()["id"]
    key = world.user("pat", role="member")
    add = "mutation($i: CreateProjectMembersInput!) { createProjectMembers(input: $i) { success } }"
    role = "mutation($i: UpdateProjectMemberInput!) { updateProjectMember(input: $i) { success } }"
    ident = world.user_id("pat")
    assert world.do(CREATE, key, **wanted("PROJECT", project)).status == 404
    world.do(add, projectId=project, userIds=[ident])
    for name, status in (("restricted_viewer", 403), ("viewer", 403), ("member", 200), ("admin", 200)):
        world.do(role, projectId=project, userId=ident, userProjectRole=name)
        assert world.do(CREATE, key, **wanted("PROJECT", project, name=name)).status == status
    scope = entity_id(world, world.entity)
    assert world.do(CREATE, key, **wanted("ENTITY", scope)).status == 403
    assert world.do(CREATE, **wanted("ENTITY", scope)).status == 200


def test_what_is_not_seen_is_not_listed(world: World) -> None:
    project = world.registry()["id"]
    automate(world, "LINK_MODEL", "PROJECT", project)
    key = world.user("pat", role="member")
    listed = world.ask(OF_ENTITY, key, e=world.entity).data["entity"]["triggers"]
    assert (listed["totalCount"], listed["edges"]) == (0, [])


def test_deleting_the_scope_deletes_the_automation(world: World) -> None:
    project = world.registry()["id"]
    made = automate(world, "LINK_MODEL", "PROJECT", project)
    world.do("mutation($i: DeleteModelInput!) { deleteModel(input: $i) { success } }", id=project)
    assert world.do(DELETE, triggerID=made["id"]).status == 404


def test_migration_copies_automations_of_registry_and_collection(world: World) -> None:
    artifact = world.version()
    world.link(artifact, "churn", (), "model-registry", world.team)
    legacy = world.collection("churn", "model-registry", world.team)
    assert legacy is not None
    found = world.ask(PROJECT_ID, e=world.team, p="model-registry")
    automate(world, "LINK_MODEL", "PROJECT", found.data["project"]["id"], name="of registry")
    automate(world, "UNLINK_ARTIFACT", "ARTIFACT_COLLECTION", legacy["id"], name="of collection")
    assert world.http.post("/sandbox/migrate", json={"team": world.team}).status_code == 200
    target = f"wandb-registry-{world.team}-mr-migrated"
    triggers = world.ask(OF_PROJECT, e=world.entity, p=target).data["project"]["triggers"]
    assert {one["name"] for one in triggers} == {"of registry", "of collection"}
    assert fired(world) == []
    world.link(world.version("d1"), "churn", (), target)
    assert fired(world) == [("of registry", "LINK_MODEL", "churn")]
