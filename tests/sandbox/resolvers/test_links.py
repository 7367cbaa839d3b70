from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.support import LINK, UNLINK

if TYPE_CHECKING:
    from tests.sandbox.support import World

ADD = "mutation($i: AddAliasesInput!) { addAliases(input: $i) { success } }"
TAKE = "mutation($i: DeleteAliasesInput!) { deleteAliases(input: $i) { success } }"
DELETE = "mutation($i: DeleteArtifactInput!) { deleteArtifact(input: $i) { artifact { id } } }"
BY_NAME = """query($e: String!, $p: String!, $n: String!) { project(name: $p, entityName: $e) {
  artifactCollectionMembership(name: $n) { versionIndex artifact { id } } } }"""


def unlink(world: World, artifact: str, name: str = "c") -> Any:
    found = world.collection(name)
    assert found is not None
    return world.do(UNLINK, artifactID=artifact, artifactPortfolioID=found["id"])


def alias(world: World, document: str, artifact: str, *aliases: str, collection: str = "c") -> Any:
    place = {
        "entityName": world.entity,
        "projectName": "wandb-registry-models",
        "artifactCollectionName": collection,
    }
    return world.do(document, artifactID=artifact, aliases=[{**place, "alias": one} for one in aliases])


def test_numbers_follow_the_order_of_linking(world: World) -> None:
    world.registry()
    first, second, third = (world.version(f"d{i}") for i in range(3))
    for artifact in (third, first, second):
        world.link(artifact)
    assert world.versions() == [(0, third, []), (1, first, []), (2, second, ["latest"])]


def test_linking_again_gives_the_same_link_and_adds_aliases(world: World) -> None:
    world.registry()
    first, second = world.version("d0"), world.version("d1")
    made = world.link(first, aliases=("a",)).data["linkArtifact"]
    world.link(second)
    again = world.link(first, aliases=("b",)).data["linkArtifact"]
    assert made["artifactMembership"]["id"] == again["artifactMembership"]["id"]
    assert world.versions() == [(0, first, ["a", "b"]), (1, second, ["latest"])]


def test_an_alias_is_of_one_link_in_a_collection(world: World) -> None:
    world.registry()
    first, second = world.version("d0"), world.version("d1")
    world.link(first, aliases=("prod",))
    world.link(second, aliases=("prod",))
    world.link(first, "other", aliases=("prod",))
    assert world.versions() == [(0, first, []), (1, second, ["latest", "prod"])]
    assert world.versions("other") == [(0, first, ["latest", "prod"])]
    alias(world, ADD, first, "prod", "x").data  # noqa: B018
    assert world.versions() == [(0, first, ["prod", "x"]), (1, second, ["latest"])]
    alias(world, TAKE, first, "x", "never").data  # noqa: B018
    alias(world, TAKE, second, "latest").data  # noqa: B018
    assert world.versions() == [(0, first, ["prod"]), (1, second, [])]


def test_the_implicit_version_alias(world: World, switch: Any) -> None:
    world.registry()
    artifact = world.version()
    answer = world.link(artifact, aliases=("a",)).data["linkArtifact"]["artifactMembership"]["aliases"]
    assert [one["alias"] for one in answer] == ["latest", "a", "v0"]
    found = world.collection()
    assert found is not None
    assert [edge["node"]["alias"] for edge in found["aliases"]["edges"]] == ["latest", "a"]
    switch(implicit_version_alias=False)
    answer = world.link(artifact).data["linkArtifact"]["artifactMembership"]["aliases"]
    assert [one["alias"] for one in answer] == ["latest", "a"]


@pytest.mark.parametrize("name", ["v0", "v12", "a/b", "a:b", "", "x" * 129])
def test_aliases_that_nobody_may_set(world: World, name: str) -> None:
    world.registry()
    artifact = world.version()
    assert world.link(artifact, aliases=(name,)).status == 400
    assert world.collection() is None


def test_a_number_is_not_given_again(world: World) -> None:
    world.registry()
    first, second, third = (world.version(f"d{i}") for i in range(3))
    world.link(first)
    world.link(second)
    unlink(world, second).data  # noqa: B018
    assert world.versions() == [(0, first, ["latest"])]
    world.link(third)
    world.link(second)
    assert world.versions() == [(0, first, []), (2, third, []), (3, second, ["latest"])]


def test_index_reuse_is_a_switch(world: World, switch: Any) -> None:
    switch(index_reuse=True)
    world.registry()
    first, second, third = (world.version(f"d{i}") for i in range(3))
    for artifact in (first, second):
        world.link(artifact)
    unlink(world, second)
    assert world.link(third).data["linkArtifact"]["versionIndex"] == 1


def test_relinking_can_give_the_old_number(world: World, switch: Any) -> None:
    switch(relink_after_unlink_gives_new_number=False)
    world.registry()
    first, second = world.version("d0"), world.version("d1")
    world.link(first)
    unlink(world, first)
    assert world.link(second).data["linkArtifact"]["versionIndex"] == 1
    assert world.link(first).data["linkArtifact"]["versionIndex"] == 0


def test_unlinking_what_is_not_linked(world: World) -> None:
    world.registry()
    artifact = world.version()
    world.link(artifact)
    unlink(world, artifact).data  # noqa: B018
    assert unlink(world, artifact).status == 404


def test_a_link_makes_a_project_for_a_team_and_never_a_registry(world: World) -> None:
    artifact = world.version()
    assert world.link(artifact, "m", project="model-registry", entity=world.team).status == 200
    assert world.versions("m", "model-registry", world.team) == [(0, artifact, ["latest"])]
    assert world.link(artifact, "m", project="wandb-registry-none").status == 404
    assert world.link(artifact, "m", project="plain").status == 404


def test_one_type_a_collection_and_only_accepted_types(world: World) -> None:
    world.registry()
    model, dataset = world.version(), world.version("e", "data", "dataset")
    answer = world.link(dataset)
    assert (answer.status, "does not accept" in answer.message) == (400, True)
    world.registry("any", artifactTypes=None)
    world.link(model, project="wandb-registry-any")
    answer = world.link(dataset, project="wandb-registry-any")
    assert (answer.status, "takes artifacts of type 'model'" in answer.message) == (400, True)


def test_sources_that_no_registry_takes(world: World) -> None:
    world.registry()
    personal = world.version(entityName=world.name("admin"))
    assert world.link(personal).status == 400
    world.setup(
        "team",
        command="up",
        username=world.name("admin"),
        fixtureData={"team": {"name": world.name("far")}, "organization": {"name": world.name("Far")}},
    )
    foreign = world.version(entityName=world.name("far"))
    assert world.link(foreign).status == 400
    world.link(personal, "p", project="model-registry", entity=world.team).data  # noqa: B018


def test_a_sequence_is_no_target(world: World) -> None:
    artifact = world.version()
    other = world.version("e", "other")
    assert world.link(other, "clf", project="train", entity=world.team).status == 400
    assert world.link(artifact, "c", project="train", entity=world.team).status == 200


def test_a_link_by_collection_id(world: World) -> None:
    world.registry()
    first, second = world.version("d0"), world.version("d1")
    world.link(first)
    found = world.collection()
    assert found is not None
    world.do(LINK, artifactID=second, artifactPortfolioID=found["id"]).data  # noqa: B018
    assert world.versions()[1][:2] == (1, second)
    assert world.do(LINK, artifactID=second).status == 400


def test_names_of_memberships(world: World) -> None:
    world.registry()
    first, second = world.version("d0"), world.version("d1")
    world.link(first, "Zoë x", aliases=("prod",))
    world.link(second, "Zoë x")

    def named(name: str) -> Any:
        place = {"e": world.entity, "p": "wandb-registry-models"}
        found = world.ask(BY_NAME, **place, n=name).data["project"]["artifactCollectionMembership"]
        return found and found["versionIndex"]

    assert [named(f"zoë x{rest}") for rest in ("", ":latest", ":prod", ":v0", ":v7", ":no")] == [
        1,
        1,
        0,
        0,
        None,
        None,
    ]
    assert named("nothing:v0") is None


def test_deleting_a_version(world: World) -> None:
    world.registry()
    first, second = world.version("d0"), world.version("d1")
    world.link(first, aliases=("prod",))
    world.link(second)
    refused = world.do(DELETE, artifactID=first)
    assert (refused.status, refused.code) == (409, "CONFLICT")
    world.do(DELETE, artifactID=first, deleteAliases=True).data  # noqa: B018
    assert world.versions() == [(1, second, ["latest"])]
    assert world.do(DELETE, artifactID=first).status == 404


def test_a_link_can_outlive_its_source(world: World, switch: Any) -> None:
    switch(deleted_source_leaves_link=True)
    world.registry()
    artifact = world.version()
    world.link(artifact)
    world.do(DELETE, artifactID=artifact, deleteAliases=True).data  # noqa: B018
    document = """query($e: String!) { project(name: "wandb-registry-models", entityName: $e) {
      artifactCollection(name: "c") { artifactMemberships {
      edges { node { versionIndex artifact { id } } } } } } }"""
    found = world.ask(document, e=world.entity).data["project"]["artifactCollection"]["artifactMemberships"]
    assert found == {"edges": [{"node": {"versionIndex": 0, "artifact": None}}]}
