"""Teams, invitations and accounts through the client's documents: who may, and what an invitation gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.conformance.documents import python_documents

if TYPE_CHECKING:
    from tests.sandbox.support import World

MEMBERS = "query($n: String!) { entity(name: $n) { members { id username pending role accountType } } }"


def members(world: World) -> dict[str, dict[str, Any]]:
    found = world.ask(MEMBERS, n=world.team).data["entity"]["members"]
    return {one["username"]: one for one in found}


def send(world: World, name: str, key: str | None = None, **variables: Any) -> Any:
    return world.ask(python_documents()[name], key, **variables)


def test_an_invited_user_is_pending_and_has_no_right_yet(world: World) -> None:
    key = world.user("bob")
    world.version()
    send(world, "CreateInvite", entity=world.team, username=world.name("bob")).data  # noqa: B018
    bob = members(world)[world.name("bob")]
    assert (bob["pending"], bob["role"]) == (True, "member")
    document = 'query($e: String!) { project(name: "train", entityName: $e) { id } }'
    assert world.ask(document, key, e=world.team).data["project"] is None
    send(world, "DeleteInvite", entity=world.team, id=bob["id"]).data  # noqa: B018
    assert world.name("bob") not in members(world)


def test_a_member_is_removed_by_its_own_id(world: World) -> None:
    world.user("bob", team="member")
    bob = members(world)[world.name("bob")]
    send(world, "DeleteInvite", entity=world.team, id=bob["id"]).data  # noqa: B018
    assert world.name("bob") not in members(world)
    assert send(world, "DeleteInvite", entity=world.team, id=bob["id"]).status == 404


def test_a_service_account_is_a_member(world: World) -> None:
    send(world, "CreateServiceAccount", entity=world.team, description="ci").data  # noqa: B018
    assert [one["accountType"] for one in members(world).values()].count("SERVICE") == 1


def test_a_new_team_is_of_the_organization(world: World) -> None:
    name = f"{world.team}-b"
    send(world, "CreateTeam", teamName=name, teamAdminUserName=world.name("admin")).data  # noqa: B018
    found = world.ask("query($n: String!) { entity(name: $n) { isTeam organization { name } } }", n=name)
    assert found.data["entity"] == {"isTeam": True, "organization": {"name": world.organization}}
    assert send(world, "CreateTeam", teamName=name).status == 409


@pytest.mark.parametrize(
    ("name", "variables"),
    [
        ("CreateInvite", {"email": "x@example.com"}),
        ("CreateServiceAccount", {"description": "ci"}),
        ("DeleteInvite", {"id": "VXNlcjox"}),
    ],
)
def test_only_who_manages_the_team_may(world: World, name: str, variables: dict[str, Any]) -> None:
    member, outsider = world.user("m", team="member"), world.user("o")
    assert send(world, name, member, entity=world.team, **variables).status == 403
    assert send(world, name, outsider, entity=world.team, **variables).status == 404


def test_creating_teams_and_users_needs_an_admin(world: World) -> None:
    key = world.user("m", team="member")
    assert send(world, "CreateTeam", key, teamName="any").status == 403
    assert send(world, "CreateUserFromAdmin", key, email="x@example.com").status == 403
    root = world.user("root", admin=True)
    assert send(world, "CreateUserFromAdmin", root, email="no address").status == 400
    email = f"made{world.number}@example.com"
    made = send(world, "CreateUserFromAdmin", root, email=email, admin=True).data["result"]["user"]
    assert (made["username"], made["email"], made["admin"]) == (f"made{world.number}", email, True)
    assert send(world, "CreateUserFromAdmin", root, email=email).status == 409


def test_a_key_can_be_made_and_deleted_and_is_never_told(world: World) -> None:
    made = send(world, "GenerateApiKey", description="for ci").data["result"]["apiKey"]
    assert (made["description"], made["name"].startswith("canary-")) == ("for ci", True)
    other = world.user("other")
    assert send(world, "DeleteApiKey", other, id=made["id"]).status == 404
    assert send(world, "DeleteApiKey", id=made["id"]).data["result"]["success"] is True
    assert send(world, "DeleteApiKey", id=made["id"]).status == 404
