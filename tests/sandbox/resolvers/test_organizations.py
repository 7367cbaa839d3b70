from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.sandbox.support import World

MEMBERS = "query($o: String!) { organization(name: $o) { members { username role admin apiKey } } }"


def test_members_of_an_organization_for_its_members(world: World) -> None:
    mia = world.user("mia", role="viewer")
    found = world.ask(MEMBERS, mia, o=world.organization).data["organization"]["members"]
    assert [(m["username"], m["role"], m["admin"]) for m in found] == [
        (world.name("admin"), "admin", True),
        (world.name("mia"), "viewer", False),
    ]
    assert all(m["apiKey"].startswith("canary-") for m in found)
    assert world.ask(MEMBERS, world.user("out"), o=world.organization).data["organization"] is None


def test_a_guest_of_a_registry_does_not_get_them(world: World) -> None:
    project = world.registry()["id"]
    world.user("guest", role="member")
    ident = world.user_id("guest")
    document = "mutation($i: CreateProjectMembersInput!) { createProjectMembers(input: $i) { success } }"
    world.do(document, projectId=project, userIds=[ident]).data  # noqa: B018
    data = {"members": [{"username": world.name("guest")}]}
    world.setup("organization", command="remove_members", orgName=world.organization, fixtureData=data)
    assert world.ask(MEMBERS, world.name("guest"), o=world.organization).status == 403


def test_a_server_can_lack_the_field(world: World, switch: Any) -> None:
    switch(organization_members=False)
    answer = world.ask(MEMBERS, o=world.organization)
    assert (answer.status, "members" in answer.message) == (400, True)
