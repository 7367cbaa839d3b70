"""Assumed behaviours, each turned the other way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.support import COMMIT, CREATE, REGISTRY, UNLINK

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


DELETE_ALIASES = "mutation($i: DeleteAliasesInput!) { deleteAliases(input: $i) { success } }"
PLACE = {"projectName": "wandb-registry-models", "artifactCollectionName": "c"}


def test_latest_can_be_kept_from_being_removed(world: World, switch: Any) -> None:
    world.registry()
    artifact = world.version()
    world.link(artifact)
    aliases = [{**PLACE, "entityName": world.entity, "alias": "latest"}]
    switch(latest_can_be_removed=False)
    assert world.do(DELETE_ALIASES, artifactID=artifact, aliases=aliases).status == 400
    switch(latest_can_be_removed=True)
    assert world.do(DELETE_ALIASES, artifactID=artifact, aliases=aliases).status == 200
    assert world.versions() == [(0, artifact, [])]


def test_latest_can_go_with_its_link(world: World, switch: Any) -> None:
    switch(latest_falls_back=False)
    world.registry()
    first, second = world.version("d0"), world.version("d1")
    for artifact in (first, second):
        world.link(artifact)
    found = world.collection()
    assert found is not None
    world.do(UNLINK, artifactID=second, artifactPortfolioID=found["id"])
    assert world.versions() == [(0, first, [])]


def test_digests_can_be_compared_with_the_newest_alone(world: World, switch: Any) -> None:
    first, second = world.version("d0"), world.version("d1")
    assert (world.version("d0"), world.version("d1")) == (first, second)
    switch(deduplicates_any_version=False)
    assert world.version("d1") == second
    assert world.version("d0") not in (first, second)


def test_large_pages_can_be_refused(world: World, switch: Any) -> None:
    document = """query($e: String!, $n: Int) { entity(name: $e) {
      projects(first: $n) { edges { node { id } } } } }"""
    assert world.ask(document, e=world.entity, n=1001).status == 200
    switch(large_pages_refused=True)
    assert world.ask(document, e=world.entity, n=1001).status == 400
    assert world.ask(document, e=world.entity, n=1000).status == 200
    switch(large_pages_refused=False, max_page_size=1)
    edges = world.ask(document, e=world.entity, n=1000).data["entity"]["projects"]["edges"]
    assert len(edges) == 1


def test_versions_of_elsewhere_can_be_accepted(world: World, switch: Any) -> None:
    world.registry()
    pat = world.user("pat", role="member")
    wanted = {
        "entityName": world.name("pat"),
        "projectName": "own",
        "artifactTypeName": "model",
        "artifactCollectionName": "clf",
        "digest": "d",
        "digestAlgorithm": "MANIFEST_MD5",
    }
    made = world.do(CREATE, pat, **wanted).data["createArtifact"]["artifact"]["id"]
    world.do(COMMIT, pat, artifactID=made)
    own = world.do(REGISTRY, pat, entityName=world.entity, name="wandb-registry-own", access="RESTRICTED")
    assert own.status == 200
    assert world.link(made, project="wandb-registry-own", key=pat).status == 400
    switch(foreign_sources_refused=False)
    assert world.link(made, project="wandb-registry-own", key=pat).status == 200


def test_a_role_can_make_a_member(world: World, switch: Any) -> None:
    project = world.registry()["id"]
    world.user("pat", role="member")
    role = "mutation($i: UpdateProjectMemberInput!) { updateProjectMember(input: $i) { success } }"
    wanted = {"projectId": project, "userId": world.user_id("pat"), "userProjectRole": "viewer"}
    assert world.do(role, **wanted).status == 404
    switch(update_adds_members=True)
    assert world.do(role, **wanted).status == 200
    found = """query($e: String!) { project(name: "wandb-registry-models", entityName: $e) {
      members { username role { name } } } }"""
    members = world.ask(found, e=world.entity).data["project"]["members"]
    assert {m["username"]: m["role"]["name"] for m in members}[world.name("pat")] == "viewer"


def test_core_registries_can_be_missing(world: World, switch: Any) -> None:
    switch(core_registries=False)
    name = world.name("Bare")
    world.setup("organization", command="up", orgName=name, username=world.name("admin"))
    document = """query($o: String!) { organization(name: $o) {
      orgEntity { projects { edges { node { name } } } } } }"""
    found = world.ask(document, o=name).data["organization"]["orgEntity"]["projects"]["edges"]
    assert found == []


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("empty_collection", "mutation { createArtifactPortfolio(input: {}) { clientMutationId } }"),
        ("artifact_type_creation", "mutation { createArtifactType(input: {}) { clientMutationId } }"),
        ("organization_members", 'query { organization(name: "x") { members { id } } }'),
        ("protected_aliases", 'query { entity(name: "x") { protectedAliases(adminType: MODEL) } }'),
        ("protected_aliases", "mutation { addProtectedAliases(input: {}) { clientMutationID } }"),
        ("workflows_admins", 'query { entity(name: "x") { workflowsAdmins(adminType: MODEL) { id } } }'),
        ("workflows_admins", "mutation { deleteWorkflowsAdmin(input: {}) { clientMutationID } }"),
        ("automations", "query { viewer { projects { edges { node { triggers { id } } } } } }"),
        ("automations", "mutation { deleteTrigger(input: {}) { clientMutationId } }"),
    ],
)
def test_a_part_of_the_schema_can_be_missing(world: World, switch: Any, name: str, document: str) -> None:
    assert "Cannot query field" not in str(world.ask(document).body)
    switch(**{name: False})
    answer = world.ask(document)
    assert (answer.status, "Cannot query field" in answer.message) == (400, True)
    assert world.ask("{ viewer { id } }").status == 200


def test_the_implicit_version_alias_can_be_missing(world: World, switch: Any) -> None:
    world.registry()
    artifact = world.version()
    switch(implicit_version_alias=False)
    made = world.link(artifact).data["linkArtifact"]["artifactMembership"]
    assert [one["alias"] for one in made["aliases"]] == ["latest"]


def test_a_link_can_outlive_its_source(world: World, switch: Any) -> None:
    switch(deleted_source_leaves_link=True)
    world.registry()
    artifact = world.version()
    world.link(artifact)
    delete = "mutation($i: DeleteArtifactInput!) { deleteArtifact(input: $i) { artifact { id } } }"
    assert world.do(delete, artifactID=artifact, deleteAliases=True).status == 200
    found = world.collection()
    assert found is not None
    edges = found["artifactMemberships"]["edges"]
    assert [(e["node"]["versionIndex"], e["node"]["artifact"]) for e in edges] == [(0, None)]


def test_one_mutation_a_document_can_be_the_rule(world: World, switch: Any) -> None:
    switch(batched_mutations=False)
    assert world.ask("mutation { a: noop b: noop }").status == 400
    assert world.ask("mutation { a: noop }").status == 200


@pytest.mark.parametrize(
    ("changes", "indexes"),
    [
        ({}, [2]),
        ({"index_reuse": True}, [1]),
        ({"relink_after_unlink_gives_new_number": False}, [1]),
    ],
)
def test_numbers_after_an_unlink(
    world: World, switch: Any, changes: dict[str, bool], indexes: list[int]
) -> None:
    switch(**changes)
    world.registry()
    first, second = world.version("d0"), world.version("d1")
    for artifact in (first, second):
        world.link(artifact)
    found = world.collection()
    assert found is not None
    world.do(UNLINK, artifactID=second, artifactPortfolioID=found["id"])
    world.link(second)
    assert [one[0] for one in world.versions()] == [0, *indexes]
