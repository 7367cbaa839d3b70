"""Assumed behaviours, each turned the other way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.sandbox.support import REGISTRY

if TYPE_CHECKING:
    from tests.sandbox.support import World

ADD = "mutation($i: AddAliasesInput!) { addAliases(input: $i) { success } }"


def test_linking_again_can_give_a_new_number(world: World, switch: Any) -> None:
    switch(relink_is_idempotent=False)
    world.registry()
    first, second = world.version("d0"), world.version("d1")
    for artifact in (first, second, first):
        world.link(artifact)
    assert [one[:2] for one in world.versions()] == [(1, second), (2, first)]


def test_latest_can_stay(world: World, switch: Any) -> None:
    switch(latest_follows_links=False)
    world.registry()
    first, second = world.version("d0"), world.version("d1")
    for artifact in (first, second):
        world.link(artifact)
    assert world.versions() == [(0, first, ["latest"]), (1, second, [])]


def test_an_alias_of_another_version_can_be_a_conflict(world: World, switch: Any) -> None:
    switch(alias_moves=False)
    world.registry()
    first, second = world.version("d0"), world.version("d1")
    world.link(first, aliases=("prod",))
    assert world.link(second, aliases=("prod",)).status == 409
    world.link(second)
    place = {
        "entityName": world.entity,
        "projectName": "wandb-registry-models",
        "artifactCollectionName": "c",
    }
    assert world.do(ADD, artifactID=second, aliases=[{**place, "alias": "prod"}]).code == "CONFLICT"
    assert world.do(ADD, artifactID=first, aliases=[{**place, "alias": "prod"}]).status == 200


def test_pages_inside_pages_can_be_refused(world: World, switch: Any) -> None:
    world.registry()
    nested = """query($e: String!) { project(name: "wandb-registry-models", entityName: $e) {
      artifactCollections { edges { node { artifactMemberships { edges { node { id } } } } } } } }"""
    flat = """query($e: String!) { project(name: "wandb-registry-models", entityName: $e) {
      artifactCollections { edges { node { tags { edges { node { name } } } } } } } }"""
    assert world.ask(nested, e=world.entity).status == 200
    switch(nested_pages=False)
    assert world.ask(nested, e=world.entity).status == 400
    assert world.ask(flat, e=world.entity).status == 200


def test_the_creator_can_be_left_out(world: World, switch: Any) -> None:
    switch(creator_becomes_admin=False)
    world.registry()
    document = """query($e: String!) { project(name: "wandb-registry-models", entityName: $e) {
      members { username } } }"""
    assert world.ask(document, e=world.entity).data["project"]["members"] == []


def test_closing_can_be_refused(world: World, switch: Any) -> None:
    switch(visibility_can_close=False)
    world.registry(access="PRIVATE")
    answer = world.do(REGISTRY, entityName=world.entity, name="wandb-registry-models", access="RESTRICTED")
    assert answer.status == 400
