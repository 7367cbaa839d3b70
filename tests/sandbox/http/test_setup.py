from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.support import World

MEMBERS = "query($e: String!) { entity(name: $e) { members { username role accountType } } }"


def test_everything_can_be_repeated(world: World) -> None:
    for _ in range(2):
        world.setup("user", command="up", username=world.name("bob"), password="p" * 40)
        world.setup("organization", command="up", orgName=world.organization, username=world.name("admin"))
        data = {"members": [{"username": world.name("bob"), "role": "member"}]}
        world.setup("organization", command="add_members", orgName=world.organization, fixtureData=data)
        data = {"planName": "p", "team": {"name": world.team}, "organization": {"name": world.organization}}
        world.setup("team", command="up", username=world.name("admin"), fixtureData=data)
    found = world.ask(MEMBERS, e=world.team).data["entity"]["members"]
    assert found == [{"username": world.name("admin"), "role": "admin", "accountType": "USER"}]


def test_the_user_name_and_each_password_is_a_key(world: World) -> None:
    world.setup("user", command="up", username=world.name("bob"))
    world.setup("user", command="password", username=world.name("bob"), password=world.name("second"))
    for key in (world.name("bob"), world.name("second")):
        found = world.ask("{ viewer { username } }", key).data
        assert found["viewer"]["username"] == world.name("bob")


def test_a_user_that_is_down_has_no_key(world: World) -> None:
    key = world.user("bob", role="member")
    world.setup("user", command="down", username=world.name("bob"))
    assert world.ask("{ viewer { id } }", key).status == 401


def test_the_first_of_a_new_organization_is_its_admin(world: World) -> None:
    assert world.registry("first")["name"] == "wandb-registry-first"


def test_teams_get_members_service_accounts_and_settings(world: World) -> None:
    world.user("bot", team="member", service="team")
    world.user("viv", team="view-only")
    world.user("mia", team="member")
    data: dict[str, Any] = {"team": {"name": world.team}, "registryAdmins": [world.name("mia")]}
    world.setup("team", command="registry_admins", fixtureData=data)
    data = {"team": {"name": world.team}, "protectedAliases": ["production"]}
    world.setup("team", command="protect", fixtureData=data)
    found = world.ask(MEMBERS, e=world.team).data["entity"]["members"]
    assert [(m["username"], m["role"], m["accountType"]) for m in found] == [
        (world.name("admin"), "admin", "USER"),
        (world.name("bot"), "member", "SERVICE"),
        (world.name("viv"), "view-only", "USER"),
        (world.name("mia"), "member", "USER"),
    ]
    settings = world.ask(
        """query($e: String!) { entity(name: $e) {
        protectedAliases(adminType: MODEL) workflowsAdmins(adminType: MODEL) { username } } }""",
        e=world.team,
    ).data["entity"]
    assert settings == {
        "protectedAliases": ["production"],
        "workflowsAdmins": [{"username": world.name("mia")}],
    }
    world.setup(
        "team",
        command="remove_members",
        fixtureData={"team": {"name": world.team}, "members": [{"username": world.name("viv")}]},
    )
    assert len(world.ask(MEMBERS, e=world.team).data["entity"]["members"]) == 3


def test_who_leaves_the_organization_loses_its_teams_and_registries(world: World) -> None:
    zoe, other = world.user("zoe", team="member"), World(world.sandbox, world.http)
    data = {"members": [{"username": world.name("zoe")}]}
    for place in (world, other):
        place.setup("organization", command="add_members", orgName=place.organization, fixtureData=data)
        add = "mutation($i: CreateProjectMembersInput!) { createProjectMembers(input: $i) { success } }"
        place.do(add, projectId=place.registry()["id"], userIds=[world.user_id("zoe")]).data  # noqa: B018
    for _ in range(2):
        world.setup("organization", command="leave", orgName=world.organization, fixtureData=data)
    members = """query($e: String!) { project(name: "wandb-registry-models", entityName: $e) {
        members { username } } }"""
    left = world.ask(members, e=world.entity).data["project"]["members"]
    assert left == [{"username": world.name("admin")}]
    assert len(world.ask(MEMBERS, e=world.team).data["entity"]["members"]) == 1
    mine = world.ask("{ viewer { organizations { name } } }", zoe).data["viewer"]["organizations"]
    assert mine == [{"name": other.organization}]
    assert len(other.ask(members, e=other.entity).data["project"]["members"]) == 2


def test_a_renamed_team_keeps_everything(world: World) -> None:
    world.version()
    data = {"team": {"name": world.team}, "newName": world.name("renamed")}
    world.setup("team", command="rename", fixtureData=data)
    found = world.ask(
        'query($e: String!) { project(name: "train", entityName: $e) {'
        '  artifactCollection(name: "clf") { name } } }',
        e=world.name("renamed"),
    )
    assert found.data["project"]["artifactCollection"] == {"name": "clf"}


@pytest.mark.parametrize(
    ("subject", "body", "status"),
    [
        ("user", {"command": "up"}, 400),
        ("user", {"command": "fly", "username": "x"}, 400),
        ("user", {"command": "password", "username": "nobody-at-all", "password": "x"}, 404),
        ("user", {"command": "up", "username": "x", "more": 1}, 400),
        ("team", {"command": "up", "username": "x", "fixtureData": {"team": {"name": "t"}}}, 400),
        ("team", {"command": "add_members", "fixtureData": {"team": {"name": "no-such-team"}}}, 404),
        ("project", {"command": "set", "entityName": "none", "projectName": "none"}, 404),
        ("planet", {}, 404),
    ],
)
def test_a_wrong_call_is_refused(world: World, subject: str, body: dict[str, Any], status: int) -> None:
    answer = world.http.post(f"/db/{subject}", json=body)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["message"]


def test_a_name_is_of_one_entity_only(world: World) -> None:
    answer = world.http.post("/db/user", json={"command": "up", "username": world.team})
    assert answer.status_code == 409
