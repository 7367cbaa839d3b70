"""The table of registry roles (wandb/docs, models/registry), each cell tried through the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.support import COLLECTION, REGISTRY, UNLINK, World

if TYPE_CHECKING:
    from collections.abc import Callable

ROLES = ("none", "restricted_viewer", "viewer", "member", "admin")
ADD = "mutation($i: CreateProjectMembersInput!) { createProjectMembers(input: $i) { success } }"
ROLE = "mutation($i: UpdateProjectMemberInput!) { updateProjectMember(input: $i) { success } }"
REMOVE = "mutation($i: DeleteProjectMembersInput!) { deleteProjectMembers(input: $i) { success } }"
PROJECT = "wandb-registry-models"
DELETE_COLLECTION = """mutation($i: DeleteArtifactPortfolioInput!) {
  deleteArtifactPortfolio(input: $i) { artifactCollection { state } } }"""


@dataclass(frozen=True)
class Scene:
    """A registry with one protected and one plain link, and a person with a role in it."""

    world: World
    project: str
    linked: str
    protected: str
    free: str
    key: str

    def collection_id(self) -> str:
        found = self.world.collection()
        assert found is not None
        return str(found["id"])

    def status(self, document: str, **variables: Any) -> int:
        answer = self.world.ask(document, self.key, **variables)
        return 404 if answer.status == 200 and list(answer.data.values()) == [None] else answer.status

    def do(self, document: str, **inputs: Any) -> int:
        return self.status(document, i=inputs)


def place(world: World, **more: Any) -> dict[str, Any]:
    return {"entityName": world.entity, "projectName": PROJECT, "artifactCollectionName": "c", **more}


def link(scene: Scene, *aliases: str) -> int:
    return scene.world.link(scene.free, aliases=aliases, key=scene.key).status


def found_by_search(scene: Scene) -> int:
    document = """query($e: String!) { entity(name: $e) { artifactCollections(collectionTypes: [PORTFOLIO]) {
      edges { node { name } } } } }"""
    edges = scene.world.ask(document, scene.key, e=scene.world.entity).data["entity"]["artifactCollections"]
    return 200 if {"node": {"name": "c"}} in edges["edges"] else 404


def use(scene: Scene) -> int:
    world = scene.world
    run = {"entityName": world.team, "modelName": "train", "name": "r"}
    document = "mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { bucket { id } } }"
    world.do(document, scene.key, **run).data  # noqa: B018
    return scene.do(
        "mutation($i: UseArtifactInput!) { useArtifact(input: $i) { artifact { id } } }",
        entityName=world.team,
        projectName="train",
        runName="r",
        artifactID=scene.linked,
        artifactEntityName=world.entity,
        artifactProjectName=PROJECT,
    )


def create_collection(scene: Scene) -> int:
    types = """query($e: String!, $p: String!) { project(name: $p, entityName: $e) {
      artifactType(name: "model") { id } } }"""
    kind = scene.world.ask(types, e=scene.world.entity, p=PROJECT).data["project"]["artifactType"]["id"]
    return scene.do(
        """mutation($i: CreateArtifactPortfolioInput!) {
        createArtifactPortfolio(input: $i) { artifactCollection { id } } }""",
        entityName=scene.world.entity,
        projectName=PROJECT,
        name="new",
        artifactTypeID=kind,
    )


def delete_plain_collection(scene: Scene) -> int:
    scene.world.link(scene.free, "plain")
    found = scene.world.collection("plain")
    assert found is not None
    return scene.do(DELETE_COLLECTION, artifactPortfolioID=found["id"])


ACTIONS: dict[str, tuple[str, Callable[[Scene], int]]] = {
    "see": ("restricted_viewer", lambda s: s.status(COLLECTION, e=s.world.entity, p=PROJECT, c="c")),
    "see members": (
        "restricted_viewer",
        lambda s: s.status(
            "query($e: String!, $p: String!) { project(name: $p, entityName: $e) { members { id } } }",
            e=s.world.entity,
            p=PROJECT,
        ),
    ),
    "download": (
        "viewer",
        lambda s: s.status(
            """query($e: String!, $p: String!) { project(name: $p, entityName: $e) {
            artifactCollection(name: "c") {
            artifactMembership(aliasName: "v0") { files { edges { node { directUrl } } } } } } }""",
            e=s.world.entity,
            p=PROJECT,
        ),
    ),
    "search": ("restricted_viewer", found_by_search),
    "see settings": (
        "restricted_viewer",
        lambda s: s.status(
            """query($e: String!, $p: String!) { project(name: $p, entityName: $e) {
            access allowAllArtifactTypesInRegistry artifactTypes(includeAll: true) {
            edges { node { name } } } } }""",
            e=s.world.entity,
            p=PROJECT,
        ),
    ),
    "see a version": (
        "restricted_viewer",
        lambda s: s.status(
            """query($e: String!, $p: String!) { project(name: $p, entityName: $e) {
            artifactCollectionMembership(name: "c:v0") {
            artifact { digest metadata description size } } } }""",
            e=s.world.entity,
            p=PROJECT,
        ),
    ),
    "use": ("viewer", use),
    "create a collection": ("member", create_collection),
    "delete a collection": ("member", delete_plain_collection),
    "untag": (
        "member",
        lambda s: s.do(
            """mutation($i: DeleteArtifactCollectionTagAssignmentsInput!) {
            deleteArtifactCollectionTagAssignments(input: $i) { success } }""",
            **place(s.world, tags=[{"tagName": "t"}]),
        ),
    ),
    "take an alias": (
        "member",
        lambda s: s.do(
            "mutation($i: DeleteAliasesInput!) { deleteAliases(input: $i) { success } }",
            artifactID=s.linked,
            aliases=[place(s.world, alias="x")],
        ),
    ),
    "link": ("member", link),
    "unlink": ("member", lambda s: s.do(UNLINK, artifactID=s.linked, artifactPortfolioID=s.collection_id())),
    "alias": (
        "member",
        lambda s: s.do(
            "mutation($i: AddAliasesInput!) { addAliases(input: $i) { success } }",
            artifactID=s.linked,
            aliases=[place(s.world, alias="x")],
        ),
    ),
    "tag": (
        "member",
        lambda s: s.do(
            """mutation($i: CreateArtifactCollectionTagAssignmentsInput!) {
            createArtifactCollectionTagAssignments(input: $i) { tags { id } } }""",
            **place(s.world, tags=[{"tagName": "t"}]),
        ),
    ),
    "describe": (
        "member",
        lambda s: s.do(
            """mutation($i: UpdateArtifactPortfolioInput!) {
            updateArtifactPortfolio(input: $i) { artifactCollection { id } } }""",
            artifactPortfolioID=s.collection_id(),
            description="x",
        ),
    ),
    "rename": (
        "member",
        lambda s: s.do(
            "mutation($i: RenameProjectInput!) { renameProject(input: $i) { project { id } } }",
            entityName=s.world.entity,
            oldProjectName=PROJECT,
            newProjectName="wandb-registry-new",
        ),
    ),
    "accept a type": (
        "member",
        lambda s: s.do(REGISTRY, id=s.project, artifactTypes=[{"name": "dataset"}]),
    ),
    "automate": (
        "member",
        lambda s: s.do(
            "mutation($i: CreateFilterTriggerInput!) { createFilterTrigger(input: $i) { trigger { id } } }",
            name="note",
            enabled=True,
            scopeType="PROJECT",
            scopeID=s.project,
            triggeringEventType="LINK_MODEL",
            eventFilter="{}",
            triggeredActionType="NO_OP",
            triggeredActionConfig={"noOpActionInput": {"noOp": True}},
        ),
    ),
    "set a protected alias": ("admin", lambda s: link(s, "production")),
    "unlink a protected version": (
        "admin",
        lambda s: s.do(UNLINK, artifactID=s.protected, artifactPortfolioID=s.collection_id()),
    ),
    "take a protected alias": (
        "admin",
        lambda s: s.do(
            "mutation($i: DeleteAliasesInput!) { deleteAliases(input: $i) { success } }",
            artifactID=s.protected,
            aliases=[place(s.world, alias="production")],
        ),
    ),
    "delete a collection that holds one": (
        "admin",
        lambda s: s.do(DELETE_COLLECTION, artifactPortfolioID=s.collection_id()),
    ),
    "add members": ("admin", lambda s: s.do(ADD, projectId=s.project, userIds=[s.world.user_id("pat")])),
    "change roles": (
        "admin",
        lambda s: s.do(ROLE, projectId=s.project, userId=s.world.user_id("admin"), userProjectRole="admin"),
    ),
    "remove members": (
        "admin",
        lambda s: s.do(REMOVE, projectId=s.project, userIds=[s.world.user_id("admin")]),
    ),
    "change the types setting": (
        "admin",
        lambda s: s.do(REGISTRY, id=s.project, allowAllArtifactTypesInRegistry=True),
    ),
    "delete": (
        "admin",
        lambda s: s.do(
            "mutation($i: DeleteModelInput!) { deleteModel(input: $i) { success } }", id=s.project
        ),
    ),
}
"""Action -> the lowest role that may, and how it is tried; the answer is an HTTP status."""


def scene(world: World, role: str, through: str) -> Scene:
    """`through` is how pat has the role: `user`, or `team`."""
    project = world.registry()["id"]
    linked, protected, free = (world.version(f"d{i}") for i in range(3))
    world.link(linked)
    document = "mutation($i: AddProtectedAliasesInput!) { addProtectedAliases(input: $i) { aliases } }"
    world.do(document, entityName=world.entity, adminType="MODEL", aliases=["production"]).data  # noqa: B018
    world.link(protected, aliases=("production",))
    # In the team, so that the free version can be used; the team itself is no member of the registry.
    key = world.user("pat", team="member")
    if role != "none" and through == "user":
        world.do(ADD, projectId=project, userIds=[world.user_id("pat")]).data  # noqa: B018
        world.do(ROLE, projectId=project, userId=world.user_id("pat"), userProjectRole=role).data  # noqa: B018
    elif role != "none":
        team = world.ask("query($e: String!) { entity(name: $e) { id } }", e=world.team).data["entity"]["id"]
        world.do(ADD, projectId=project, teamIds=[team]).data  # noqa: B018
        document = (
            "mutation($i: UpdateProjectTeamMemberInput!) { updateProjectTeamMember(input: $i) { success } }"
        )
        world.do(document, projectId=project, teamId=team, teamProjectRole=role).data  # noqa: B018
    return Scene(world, project, linked, protected, free, key)


@pytest.mark.parametrize("through", ["user", "team"])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", ACTIONS)
def test_cell(world: World, action: str, role: str, through: str) -> None:
    least, attempt = ACTIONS[action]
    found = attempt(scene(world, role, through))
    if ROLES.index(role) >= ROLES.index(least):
        assert found == 200
    else:
        assert found == (404 if role == "none" else 403)


@pytest.mark.parametrize("role", ROLES[1:])
def test_visibility_is_for_admins(world: World, role: str) -> None:
    project = world.registry(access="PRIVATE")["id"]
    key = world.user("pat", role="member")
    world.do(ADD, projectId=project, userIds=[world.user_id("pat")])
    world.do(ROLE, projectId=project, userId=world.user_id("pat"), userProjectRole=role)
    answer = world.do(REGISTRY, key, id=project, access="RESTRICTED")
    assert answer.status == (200 if role == "admin" else 403)


@pytest.mark.parametrize("own", ROLES[1:])
@pytest.mark.parametrize("through", ROLES[1:])
def test_the_highest_role_counts(world: World, own: str, through: str) -> None:
    """Linking needs member: by one's own role, or by that of the team."""
    project = world.registry()["id"]
    artifact = world.version()
    key = world.user("pat", team="member")
    team = world.ask("query($e: String!) { entity(name: $e) { id } }", e=world.team).data["entity"]["id"]
    world.do(ADD, projectId=project, userIds=[world.user_id("pat")], teamIds=[team])
    world.do(ROLE, projectId=project, userId=world.user_id("pat"), userProjectRole=own)
    document = (
        "mutation($i: UpdateProjectTeamMemberInput!) { updateProjectTeamMember(input: $i) { success } }"
    )
    world.do(document, projectId=project, teamId=team, teamProjectRole=through)
    highest = max(ROLES.index(own), ROLES.index(through))
    assert world.link(artifact, key=key).status == (200 if highest >= ROLES.index("member") else 403)
