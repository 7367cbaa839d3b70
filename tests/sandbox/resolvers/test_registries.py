from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.support import REGISTRY

if TYPE_CHECKING:
    from tests.sandbox.support import World

RENAME = "mutation($i: RenameProjectInput!) { renameProject(input: $i) { project { id name } } }"
DELETE = "mutation($i: DeleteModelInput!) { deleteModel(input: $i) { success } }"
PROJECT = """query($e: String!, $p: String!) { project(name: $p, entityName: $e) {
  id internalId name access description
  allowAllArtifactTypesInRegistry readOnly artifactTypes(includeAll: true) { edges { node { name } } }
  members { id username role { name } } teamMembers { team { name } role { name } } } }"""


def read(world: World, name: str = "wandb-registry-models", key: str | None = None) -> Any:
    return world.ask(PROJECT, key, e=world.entity, p=name).data["project"]


def types(project: dict[str, Any]) -> list[str]:
    return [edge["node"]["name"] for edge in project["artifactTypes"]["edges"]]


def test_create_makes_the_creator_admin(world: World) -> None:
    made = world.registry(description="")
    found = read(world)
    assert made["access"] == found["access"] == "RESTRICTED"
    assert found["description"] == ""
    assert found["members"] == [
        {"id": world.user_id("admin"), "username": world.name("admin"), "role": {"name": "admin"}}
    ]
    assert (types(found), found["allowAllArtifactTypesInRegistry"]) == (["model"], False)


def test_without_types_every_type_is_accepted(world: World) -> None:
    world.registry(artifactTypes=None)
    assert read(world)["allowAllArtifactTypesInRegistry"] is True
    assert read(world)["description"] is None


def test_upsert_again_changes_and_types_only_grow(world: World) -> None:
    first = world.registry()
    answer = world.do(
        REGISTRY,
        entityName=world.entity,
        name="WANDB-registry-MODELS",
        artifactTypes=[{"name": "dataset"}],
        description="new",
    ).data["upsertModel"]
    assert (answer["inserted"], answer["project"]["id"]) == (False, first["id"])
    assert types(read(world)) == ["model", "dataset"]
    assert read(world)["description"] == "new"


def test_visibility_is_one_way(world: World, switch: Any) -> None:
    world.registry(access="PRIVATE")
    closed = world.do(REGISTRY, entityName=world.entity, name="wandb-registry-models", access="RESTRICTED")
    assert closed.data["upsertModel"]["project"]["access"] == "RESTRICTED"
    again = world.do(REGISTRY, entityName=world.entity, name="wandb-registry-models", access="PRIVATE")
    assert (again.status, read(world)["access"]) == (400, "RESTRICTED")
    switch(visibility_can_open=True)
    again = world.do(REGISTRY, entityName=world.entity, name="wandb-registry-models", access="PRIVATE")
    assert again.data["upsertModel"]["project"]["access"] == "PRIVATE"


def test_a_refused_restricted_registry_is_not_made_otherwise(world: World, switch: Any) -> None:
    switch(restricted_creation_refused=True)
    answer = world.do(REGISTRY, entityName=world.entity, name="wandb-registry-models", access="RESTRICTED")
    assert (answer.status, answer.code) == (403, "PERMISSION_ERROR")
    assert read(world) is None


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": "models"}, 400),
        ({"name": "wandb-registry-a/b"}, 400),
        ({"name": "wandb-registry-" + "x" * 114}, 400),
        ({"access": "OPEN"}, 400),
        ({"access": "USER_READ"}, 400),
        ({"entityName": "no-such-entity"}, 404),
        ({"name": None}, 400),
    ],
)
def test_a_registry_that_cannot_be(world: World, change: dict[str, Any], status: int) -> None:
    wanted = {"entityName": world.entity, "name": "wandb-registry-x", **change}
    assert world.do(REGISTRY, **wanted).status == status


def test_the_longest_name_fits(world: World) -> None:
    assert world.registry("x" * 113)["name"] == "wandb-registry-" + "x" * 113


def test_rename_keeps_the_id_and_refuses_a_taken_name(world: World) -> None:
    made = world.registry()
    world.registry("other")
    names = {"entityName": world.entity, "oldProjectName": "wandb-registry-models"}
    assert world.do(RENAME, **names, newProjectName="wandb-registry-other").status == 409
    assert world.do(RENAME, **names, newProjectName="plain").status == 400
    found = world.do(RENAME, **names, newProjectName="wandb-registry-Renamed").data["renameProject"][
        "project"
    ]
    assert found == {"id": made["id"], "name": "wandb-registry-Renamed"}
    assert read(world) is None


def test_core_registries_stay_as_they_are(world: World) -> None:
    made = world.registry("model", access="PRIVATE")
    names = {"entityName": world.entity, "oldProjectName": "wandb-registry-model"}
    assert world.do(RENAME, **names, newProjectName="wandb-registry-x").status == 400
    assert world.do(DELETE, id=made["id"]).status == 400
    wanted = {"entityName": world.entity, "name": "wandb-registry-model"}
    assert world.do(REGISTRY, **wanted, access="RESTRICTED").status == 400


def test_delete_takes_links_and_leaves_versions(world: World) -> None:
    made = world.registry()
    artifact = world.version()
    world.link(artifact)
    assert world.do(DELETE, id=made["id"]).data["deleteModel"]["success"] is True
    assert world.do(DELETE, id=made["id"]).status == 404
    found = world.ask(
        "query($id: ID!) { artifact(id: $id) { state artifactMemberships { totalCount } } }", id=artifact
    )
    assert found.data["artifact"] == {"state": "COMMITTED", "artifactMemberships": {"totalCount": 1}}


def test_names_compare_without_case(world: World) -> None:
    world.registry("Models")
    assert read(world, "WANDB-REGISTRY-models")["name"] == "wandb-registry-Models"
    organization = "query($n: String!) { organization(name: $n) { name orgEntity { name } } }"
    found = world.ask(organization, n=world.organization.upper()).data["organization"]
    assert found == {"name": world.organization, "orgEntity": {"name": world.entity}}


def test_an_entity_name_is_no_organization_name(world: World) -> None:
    organization = "query($n: String!) { organization(name: $n) { name } }"
    assert world.ask(organization, n=world.entity).data["organization"] is None
    entity = "query($n: String!) { entity(name: $n) { organization { name } } }"
    assert world.ask(entity, n=world.organization).data["entity"] is None
    found = world.ask(entity, n=world.team).data["entity"]
    assert found == {"organization": {"name": world.organization}}
