"""Team projects: everybody in an organization, by access of the project, each cell tried through the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.permissions.test_access import CORE, log, sees
from tests.sandbox.support import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.support import World

ADD = "mutation($i: CreateProjectMembersInput!) { createProjectMembers(input: $i) { success } }"
DELETE = "mutation($i: DeleteModelInput!) { deleteModel(input: $i) { success } }"
PROJECT_ID = 'query($e: String!) { project(name: "train", entityName: $e) { id } }'


def with_project_role(role: str) -> Callable[[World], str]:
    def make(world: World) -> str:
        key = world.user("pat", team="member")
        members = [{"username": world.name("pat"), "role": role}]
        world.setup("project", command="set", entityName=world.team, projectName="train", members=members)
        return key

    return make


def with_custom_role(inherits: str) -> Callable[[World], str]:
    def make(world: World) -> str:
        roles = {"roles": [{"name": "ml-ops", "inherits": inherits}]}
        world.setup("organization", command="custom_roles", orgName=world.organization, fixtureData=roles)
        return world.user("pat", team="ml-ops")

    return make


def with_seat(seat: str, team: str = "member") -> Callable[[World], str]:
    def make(world: World) -> str:
        key = world.user("pat", team=team)
        data = {"members": [{"username": world.name("pat"), "role": "member", "seat": seat}]}
        world.setup("organization", command="add_members", orgName=world.organization, fixtureData=data)
        return key

    return make


def invited(world: World) -> str:
    key = world.user("pat", role="member")
    members = [{"username": world.name("pat"), "role": "member", "pending": True}]
    world.setup("team", command="add_members", fixtureData={"team": {"name": world.team}, "members": members})
    return key


def organization_viewer(world: World) -> str:
    key = world.user("pat", role="viewer")
    world.user("pat", team="member")
    return key


WHO: dict[str, tuple[Callable[[World], str], str, str]] = {
    "outsider": (lambda w: w.user("pat"), "", ""),
    "organization member": (lambda w: w.user("pat", role="member"), "", ""),
    "organization admin": (lambda w: w.user("pat", role="admin"), "", ""),
    "view-only": (lambda w: w.user("pat", team="view-only"), "see", ""),
    "member": (lambda w: w.user("pat", team="member"), "see write", ""),
    "admin": (lambda w: w.user("pat", team="admin"), "see write manage", "see write manage"),
    "undefined custom role": (lambda w: w.user("pat", team="ml-ops"), "see write", ""),
    "custom role of view-only": (with_custom_role("view-only"), "see", ""),
    "custom role of member": (with_custom_role("member"), "see write", ""),
    "custom role of admin": (with_custom_role("admin"), "see write manage", "see write manage"),
    "service account": (lambda w: w.user("pat", team="member", service="team"), "see write", ""),
    "organization-wide service account": (
        lambda w: w.user("pat", role="member", service="organization"),
        "see write",
        "",
    ),
    "viewer seat": (with_seat("viewer"), "see", ""),
    "viewer seat of an admin": (with_seat("viewer", "admin"), "see", "see"),
    "no seat": (with_seat("none"), "", ""),
    "viewer of the organization": (organization_viewer, "see", ""),
    "invited": (invited, "", ""),
    "member, viewer in the project": (with_project_role("viewer"), "see", "see"),
    "member, admin in the project": (with_project_role("admin"), "see write manage", "see write manage"),
}
"""Who -> how they come to be, what they may do in a private project and in a restricted one."""

PUBLIC = {"PRIVATE": set(), "RESTRICTED": set(), "USER_READ": {"see"}, "USER_WRITE": {"see", "write"}}
STATUS = {True: 200, False: 403}


def deletes(world: World, key: str) -> int:
    return world.do(DELETE, key, entityName=world.team, projectName="train").status


@pytest.mark.parametrize("access", PUBLIC)
@pytest.mark.parametrize("who", WHO)
def test_cell(world: World, who: str, access: str) -> None:
    make, private, restricted = WHO[who]
    world.version()
    key = make(world)
    world.setup("project", command="set", entityName=world.team, projectName="train", access=access)
    rights = set((restricted if access == "RESTRICTED" else private).split()) | PUBLIC[access]
    absent = 404 if "see" not in rights else 403
    assert sees(world, key) is ("see" in rights)
    assert log(world, key) == (200 if "write" in rights else absent)
    assert deletes(world, key) == (200 if "manage" in rights else absent)


@pytest.mark.parametrize("who", ["admin", "member", "organization-wide service account"])
def test_nobody_writes_to_a_read_only_project(world: World, who: str) -> None:
    world.version()
    key = WHO[who][0](world)
    world.setup("project", command="set", entityName=world.team, projectName="train", readOnly=True)
    assert (sees(world, key), log(world, key), deletes(world, key)) == (True, 403, 403)


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("member", 200), ("viewer", 403)])
def test_who_creates_a_registry(world: World, role: str, status: int) -> None:
    key = world.user("pat", role=role)
    wanted = {"entityName": world.entity, "name": "wandb-registry-x", "access": "RESTRICTED"}
    assert world.do(REGISTRY, key, **wanted).status == status


@pytest.mark.parametrize(("seat", "seen"), [("viewer", CORE), ("none", set())])
def test_a_seat_limits_registries_too(world: World, seat: str, seen: set[str]) -> None:
    project = world.registry()["id"]
    key = with_seat(seat)(world)
    world.do(ADD, projectId=project, userIds=[world.user_id("pat")]).data  # noqa: B018
    role = "mutation($i: UpdateProjectMemberInput!) { updateProjectMember(input: $i) { success } }"
    world.do(role, projectId=project, userId=world.user_id("pat"), userProjectRole="admin").data  # noqa: B018
    listing = "query($e: String!) { entity(name: $e) { projects { edges { node { name } } } } }"
    edges = world.ask(listing, key, e=world.entity).data["entity"]["projects"]["edges"]
    assert {e["node"]["name"] for e in edges} == (seen | {"wandb-registry-models"} if seen else set())
    created = world.do(REGISTRY, key, entityName=world.entity, name="wandb-registry-x").status
    changed = world.do(REGISTRY, key, id=project, description="x").status
    assert (created, changed) == (403, 403 if seen else 404)


def test_seats_can_be_told_only(world: World, switch: Any) -> None:
    switch(seats_limit=False)
    world.version()
    assert log(world, with_seat("none")(world)) == 200


def test_organization_admins_can_be_in_every_team(world: World, switch: Any) -> None:
    world.version()
    key = world.user("olga", role="admin")
    assert not sees(world, key)
    switch(organization_admins_see_teams=True)
    assert (sees(world, key), deletes(world, key)) == (True, 200)


@pytest.mark.parametrize(
    ("how", "role"),
    [
        ({"role": "member"}, "restricted_viewer"),
        ({"role": "admin"}, "admin"),
        ({"role": "viewer"}, "restricted_viewer"),
        ({"team": "member", "service": "team"}, "member"),
        ({"role": "member", "service": "organization"}, "member"),
    ],
)
def test_the_role_on_being_added(world: World, how: dict[str, Any], role: str) -> None:
    project = world.registry()["id"]
    world.user("pat", **how)
    world.do(ADD, projectId=project, userIds=[world.user_id("pat")]).data  # noqa: B018
    members = """query($e: String!) { project(name: "wandb-registry-models", entityName: $e) {
      members { username role { name } } } }"""
    found = world.ask(members, e=world.entity).data["project"]["members"]
    assert {m["username"]: m["role"]["name"] for m in found}[world.name("pat")] == role


def test_a_pending_invitation_is_listed(world: World) -> None:
    key = invited(world)
    teams = world.ask("{ viewer { teams { edges { node { name } } } } }", key).data["viewer"]["teams"][
        "edges"
    ]
    assert [edge["node"]["name"] for edge in teams] == [world.name("pat")]
    members = "query($e: String!) { entity(name: $e) { members { username pending } } }"
    found = world.ask(members, e=world.team).data["entity"]["members"]
    assert {m["username"]: m["pending"] for m in found} == {
        world.name("admin"): False,
        world.name("pat"): True,
    }
