from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.support import Answer, World

ADD = "mutation($i: CreateProjectMembersInput!) { createProjectMembers(input: $i) { success } }"
REMOVE = "mutation($i: DeleteProjectMembersInput!) { deleteProjectMembers(input: $i) { success } }"
USER_ROLE = "mutation($i: UpdateProjectMemberInput!) { updateProjectMember(input: $i) { success } }"
TEAM_ROLE = "mutation($i: UpdateProjectTeamMemberInput!) { updateProjectTeamMember(input: $i) { success } }"
READ = """query($e: String!) { project(name: "wandb-registry-models", entityName: $e) {
  members { username role { name } }
  teamMembers { team { id name members { username apiKey } } role { name } } } }"""


def users(world: World) -> dict[str, str]:
    found = world.ask(READ, e=world.entity).data["project"]["members"]
    return {one["username"].split("-")[0]: one["role"]["name"] for one in found}


def teams(world: World) -> dict[str, str]:
    found = world.ask(READ, e=world.entity).data["project"]["teamMembers"]
    return {one["team"]["name"]: one["role"]["name"] for one in found}


def team_id(world: World) -> str:
    return world.ask("query($e: String!) { entity(name: $e) { id } }", e=world.team).data["entity"]["id"]


def set_role(world: World, project: str, short: str, role: str) -> Answer:
    return world.do(USER_ROLE, projectId=project, userId=world.user_id(short), userProjectRole=role)


def test_added_are_restricted_viewers_and_service_accounts_members(world: World) -> None:
    project = world.registry()["id"]
    world.user("bob", role="member")
    world.user("bot", team="member", service="team")
    ids = [world.user_id("bob"), world.user_id("bot")]
    for _ in range(2):
        world.do(ADD, projectId=project, userIds=ids, teamIds=[team_id(world)]).data  # noqa: B018
    assert users(world) == {"admin": "admin", "bob": "restricted_viewer", "bot": "member"}
    assert teams(world) == {world.team: "restricted_viewer"}


def test_the_default_role_is_a_switch(world: World, switch: Any) -> None:
    switch(default_role="viewer")
    project = world.registry()["id"]
    world.user("bob", role="member")
    world.do(ADD, projectId=project, userIds=[world.user_id("bob")], teamIds=None)
    assert users(world)["bob"] == "viewer"


def test_adding_again_keeps_the_role(world: World) -> None:
    project = world.registry()["id"]
    world.user("bob", role="member")
    world.do(ADD, projectId=project, userIds=[world.user_id("bob")])
    set_role(world, project, "bob", "member").data  # noqa: B018
    world.do(ADD, projectId=project, userIds=[world.user_id("bob")])
    assert users(world)["bob"] == "member"


@pytest.mark.parametrize("role", ["restricted_viewer", "viewer", "member", "admin"])
def test_roles_of_users_and_teams(world: World, role: str) -> None:
    project = world.registry()["id"]
    world.user("bob", role="member")
    world.do(ADD, projectId=project, userIds=[world.user_id("bob")], teamIds=[team_id(world)])
    set_role(world, project, "bob", role).data  # noqa: B018
    world.do(TEAM_ROLE, projectId=project, teamId=team_id(world), teamProjectRole=role).data  # noqa: B018
    assert users(world)["bob"] == teams(world)[world.team] == role


def test_what_is_refused(world: World) -> None:
    project = world.registry()["id"]
    world.user("bob", role="member")
    world.user("bot", team="member", service="team")
    assert set_role(world, project, "bob", "member").status == 404
    world.do(ADD, projectId=project, userIds=[world.user_id("bot")])
    assert set_role(world, project, "bot", "viewer").status == 400
    assert set_role(world, project, "bot", "owner").status == 400
    assert world.do(ADD, projectId=project, userIds=["VXNlcjo5OTk5OTk="]).status == 404
    assert world.do(ADD, projectId=project, userIds=["nonsense"]).status == 400
    assert world.do(ADD, projectId=project, teamIds=[world.user_id("bob")]).status == 400
    role = {"projectId": project, "teamId": team_id(world), "teamProjectRole": "viewer"}
    assert world.do(TEAM_ROLE, **role).status == 404


def test_removing_works_also_for_who_is_not_there(world: World) -> None:
    project = world.registry()["id"]
    world.user("bob", role="member")
    everyone = {"projectId": project, "userIds": [world.user_id("bob")], "teamIds": [team_id(world)]}
    world.do(ADD, **everyone)
    for _ in range(2):
        assert world.do(REMOVE, **everyone).data["deleteProjectMembers"] == {"success": True}
    assert (users(world), teams(world)) == ({"admin": "admin"}, {})


def test_api_keys_are_canaries(world: World) -> None:
    project = world.registry()["id"]
    world.do(ADD, projectId=project, teamIds=[team_id(world)])
    found = world.ask(READ, e=world.entity).data["project"]["teamMembers"][0]["team"]["members"]
    keys = [one["apiKey"] for one in found]
    assert keys
    assert all(key.startswith("canary-") for key in keys)
    assert all(world.ask("{ viewer { id } }", key).status == 401 for key in keys)
    viewer = world.ask("{ viewer { apiKey apiKeys { edges { node { name } } } } }").data["viewer"]
    shown = [viewer["apiKey"], *(edge["node"]["name"] for edge in viewer["apiKeys"]["edges"])]
    assert all(key.startswith("canary-") for key in shown)
