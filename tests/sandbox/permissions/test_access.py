"""Who sees what beyond the roles of one registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.support import CREATE, REGISTRY

if TYPE_CHECKING:
    from tests.sandbox.support import World

PROJECT = "query($e: String!, $p: String!) { project(name: $p, entityName: $e) { name readOnly } }"
ALIASES = """mutation($i: AddProtectedAliasesInput!) { addProtectedAliases(input: $i) { aliases } }"""
CORE = {"wandb-registry-model", "wandb-registry-dataset"}
ADMINS = "mutation($i: AddWorkflowsAdminInput!) { addWorkflowsAdmin(input: $i) { success } }"


def sees(world: World, key: str, project: str = "train", entity: str | None = None) -> bool:
    return world.ask(PROJECT, key, e=entity or world.team, p=project).data["project"] is not None


def log(world: World, key: str, digest: str = "x") -> int:
    return world.do(
        CREATE,
        key,
        entityName=world.team,
        projectName="train",
        artifactTypeName="model",
        artifactCollectionName="clf",
        digest=digest,
        digestAlgorithm="MANIFEST_MD5",
    ).status


@pytest.mark.parametrize(
    ("team", "reads", "writes"),
    [
        (None, False, 404),
        ("view-only", True, 403),
        ("member", True, 200),
        ("admin", True, 200),
        ("ml-ops", True, 200),
    ],
)
def test_team_projects(world: World, team: str | None, reads: bool, writes: int) -> None:
    world.version()
    key = world.user("pat", role="member", team=team)
    assert sees(world, key) is reads
    assert log(world, key) == writes
    if reads:
        found = world.ask(PROJECT, key, e=world.team, p="train").data["project"]
        assert found["readOnly"] is (writes != 200)


def test_an_organization_admin_is_registry_admin_and_no_team_member(world: World) -> None:
    world.version()
    world.registry()
    key = world.user("olga", role="admin")
    assert sees(world, key, "wandb-registry-models", world.entity)
    assert not sees(world, key)
    answer = world.do(REGISTRY, key, entityName=world.entity, name="wandb-registry-models", description="x")
    assert answer.status == 200


@pytest.mark.parametrize(
    ("access", "role", "expected"),
    [
        ("PRIVATE", "member", True),
        ("PRIVATE", "viewer", True),
        ("PRIVATE", None, False),
        ("RESTRICTED", "member", False),
        ("RESTRICTED", None, False),
    ],
)
def test_visibility_of_a_registry(world: World, access: str, role: str | None, expected: bool) -> None:
    world.registry(access=access)
    key = world.user("pat", role=role)
    assert sees(world, key, "wandb-registry-models", world.entity) is expected
    listing = (
        "query($o: String!) { organization(name: $o) { orgEntity { projects { edges { node { name } } } } } }"
    )
    found = world.ask(listing, key, o=world.organization).data["organization"]
    if role is None:
        assert found is None
        return
    names = {edge["node"]["name"] for edge in found["orgEntity"]["projects"]["edges"]}
    assert names - CORE == ({"wandb-registry-models"} if expected else set())
    assert names >= CORE


def test_the_role_of_everyone_in_the_organization_is_a_switch(world: World, switch: Any) -> None:
    world.registry(access="PRIVATE")
    artifact = world.version()
    key = world.user("pat", team="member")
    assert world.link(artifact, key=key).status == 403
    switch(organization_base_role="member")
    assert world.link(artifact, key=key).status == 200


def test_who_may_create_registries(world: World) -> None:
    wanted = {"entityName": world.entity, "access": "RESTRICTED"}
    member, viewer, outsider = (
        world.user("mia", role="member"),
        world.user("vi", role="viewer"),
        world.user("out"),
    )
    assert world.do(REGISTRY, member, name="wandb-registry-a", **wanted).status == 200
    assert world.do(REGISTRY, viewer, name="wandb-registry-b", **wanted).status == 403
    assert world.do(REGISTRY, outsider, name="wandb-registry-c", **wanted).status == 404
    assert world.do(REGISTRY, viewer, name="wandb-registry-a", **wanted).status == 409


def test_a_link_opens_a_version_and_not_its_project(world: World) -> None:
    project = world.registry()["id"]
    artifact = world.version()
    world.link(artifact, aliases=("prod",))
    key = world.user("pat", role="member")
    by_id = """query($id: ID!) { artifact(id: $id) { digest artifactSequence { name project { name } }
      aliases { alias artifactCollection { name } } artifactMemberships {
      edges { node { artifactCollection { name } } } }
      createdBy { __typename } } }"""
    assert world.ask(by_id, key, id=artifact).data["artifact"] is None
    document = "mutation($i: CreateProjectMembersInput!) { createProjectMembers(input: $i) { success } }"
    world.do(document, projectId=project, userIds=[world.user_id("pat")]).data  # noqa: B018
    found = world.ask(by_id, key, id=artifact).data["artifact"]
    assert found["artifactSequence"] == {"name": "clf", "project": None}
    assert {one["artifactCollection"]["name"] for one in found["aliases"]} == {"c"}
    assert found["artifactMemberships"]["edges"] == [{"node": {"artifactCollection": {"name": "c"}}}]
    assert found["createdBy"] is None


def test_a_restricted_viewer_cannot_link_on_what_it_cannot_use(world: World) -> None:
    project = world.registry()["id"]
    artifact = world.version()
    world.link(artifact)
    key = world.user("pat", role="member")
    document = "mutation($i: CreateProjectMembersInput!) { createProjectMembers(input: $i) { success } }"
    world.do(document, projectId=project, userIds=[world.user_id("pat")]).data  # noqa: B018
    own = world.do(REGISTRY, key, entityName=world.entity, name="wandb-registry-own", access="RESTRICTED")
    assert own.status == 200
    assert world.link(artifact, project="wandb-registry-own", key=key).status == 403


def test_a_guest_sees_the_registry_it_is_in_and_nothing_else(world: World) -> None:
    project = world.registry()["id"]
    world.registry("other", access="PRIVATE")
    world.version()
    key = world.user("guest")
    listing = """query($o: String!) { organization(name: $o) { orgEntity { name
      projects { edges { node { name } } } } } }"""
    assert world.ask(listing, key, o=world.organization).data["organization"] is None
    root = world.user("root", admin=True)
    found = world.ask(
        "query($q: String) { users(query: $q) { edges { node { id } } } }", root, q=world.name("guest")
    )
    guest = found.data["users"]["edges"][0]["node"]["id"]
    document = "mutation($i: CreateProjectMembersInput!) { createProjectMembers(input: $i) { success } }"
    world.do(document, projectId=project, userIds=[guest]).data  # noqa: B018
    entity = world.ask(listing, key, o=world.organization).data["organization"]["orgEntity"]
    assert entity["projects"]["edges"] == [{"node": {"name": "wandb-registry-models"}}]
    assert not sees(world, key)
    team = "query($e: String!) { entity(name: $e) { members { email } } }"
    assert world.ask(team, key, e=world.team).data["entity"] is None


def test_people_are_seen_by_their_organization(world: World) -> None:
    document = "query($e: String!) { entity(name: $e) { user { email } } }"
    mate, outsider = world.user("mate", role="member"), world.user("out")
    assert world.ask(document, mate, e=world.name("admin")).data["entity"]["user"]["email"]
    assert world.ask(document, outsider, e=world.name("admin")).data["entity"] is None
    assert world.ask(document, outsider, e=world.name("out")).data["entity"] is not None


def test_restricted_team_projects(world: World) -> None:
    world.version()
    member, admin = world.user("mia", team="member"), world.user("ada", team="admin")
    world.setup("project", command="set", entityName=world.team, projectName="train", access="RESTRICTED")
    assert (sees(world, member), sees(world, admin)) == (False, True)


def test_public_and_read_only_projects(world: World) -> None:
    world.version()
    outsider, member = world.user("out"), world.user("mia", team="member")
    world.setup("project", command="set", entityName=world.team, projectName="train", access="USER_READ")
    assert (sees(world, outsider), log(world, outsider)) == (True, 403)
    world.setup("project", command="set", entityName=world.team, projectName="train", readOnly=True)
    assert (sees(world, member), log(world, member)) == (True, 403)


def test_organization_wide_service_accounts(world: World) -> None:
    world.version()
    key = world.user("bot", role="member", service="organization")
    assert (sees(world, key), log(world, key)) == (True, 200)
    world.setup("project", command="set", entityName=world.team, projectName="train", access="RESTRICTED")
    assert not sees(world, key)


def test_model_registry_admins_alone_touch_protected_aliases(world: World) -> None:
    artifact = world.version()
    mia, ada = world.user("mia", team="member"), world.user("ada", team="admin")
    target = {"project": "model-registry", "entity": world.team}
    world.link(artifact, "m", **target).data  # noqa: B018
    protect = {"entityName": world.team, "adminType": "MODEL", "aliases": ["production"]}
    assert world.do(ALIASES, mia, **protect).status == 403
    assert world.do(ALIASES, ada, **protect).status == 200
    for key in (mia, ada):
        assert world.link(artifact, "m", aliases=("production",), key=key, **target).status == 403
    admin = {"entityName": world.team, "adminType": "MODEL", "username": world.name("mia")}
    assert world.do(ADMINS, mia, **admin).status == 403
    assert world.do(ADMINS, ada, **admin).status == 200
    assert world.link(artifact, "m", aliases=("production",), key=mia, **target).status == 200
    assert world.link(artifact, "m", aliases=("other",), key=ada, **target).status == 200


def test_an_instance_admin_needs_to_ask(world: World) -> None:
    world.version()
    key = world.user("root", admin=True)
    assert not sees(world, key)
    body = {"query": PROJECT, "variables": {"e": world.team, "p": "train"}}
    answer = world.http.post(
        "/graphql", json=body, auth=("api", key), headers={"use-admin-privileges": "true"}
    )
    assert answer.json()["data"]["project"]["name"] == "train"
    outsider = world.user("out")
    answer = world.http.post(
        "/graphql", json=body, auth=("api", outsider), headers={"use-admin-privileges": "true"}
    )
    assert answer.json()["data"]["project"] is None


def test_leaving_the_team_takes_what_came_through_it(world: World) -> None:
    project = world.registry()["id"]
    key = world.user("pat", role="member", team="member")
    team = world.ask("query($e: String!) { entity(name: $e) { id } }", e=world.team).data["entity"]["id"]
    document = "mutation($i: CreateProjectMembersInput!) { createProjectMembers(input: $i) { success } }"
    world.do(document, projectId=project, teamIds=[team]).data  # noqa: B018
    assert sees(world, key, "wandb-registry-models", world.entity)
    data = {"team": {"name": world.team}, "members": [{"username": world.name("pat")}]}
    world.setup("team", command="remove_members", fixtureData=data)
    assert not sees(world, key, "wandb-registry-models", world.entity)


def test_a_link_opens_a_version_of_a_restricted_project(world: World) -> None:
    world.registry(access="PRIVATE")
    artifact = world.version()
    world.link(artifact)
    world.setup("project", command="set", entityName=world.team, projectName="train", access="RESTRICTED")
    pat = world.user("pat", role="member")
    document = """query($e: String!) { project(name: "wandb-registry-models", entityName: $e) {
      artifactCollectionMembership(name: "c:v0") { artifact { id artifactSequence { project { id } } }
      files { edges { node { name } } } } } }"""
    found = world.ask(document, pat, e=world.entity).data["project"]["artifactCollectionMembership"]
    assert found["artifact"] == {"id": artifact, "artifactSequence": {"project": None}}
    assert found["files"] is not None
    assert not sees(world, pat)


def test_a_restricted_viewer_sees_a_version_and_may_not_use_it(world: World) -> None:
    project = world.registry()["id"]
    artifact = world.version()
    world.link(artifact)
    pat = world.user("pat", role="member")
    document = "mutation($i: CreateProjectMembersInput!) { createProjectMembers(input: $i) { success } }"
    world.do(document, projectId=project, userIds=[world.user_id("pat")])
    assert world.ask("query($id: ID!) { artifact(id: $id) { digest } }", pat, id=artifact).status == 200
    for field in ("files { edges { node { name } } }", "currentManifest { id }"):
        answer = world.ask(f"query($id: ID!) {{ artifact(id: $id) {{ {field} }} }}", pat, id=artifact)
        assert (answer.status, answer.code) == (403, "PERMISSION_ERROR")
