"""SCIM as an organization admin reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from tests.sandbox.support import World


def get(world: World, path: str, key: str | None = None, **params: Any) -> httpx.Response:
    return world.http.get(f"/scim/{path}", params=params, auth=("admin", key or world.admin))


def listed(world: World, path: str, **params: Any) -> dict[str, dict[str, Any]]:
    body = get(world, path, **params).json()
    return {one.get("userName") or one.get("displayName") or one["name"]: one for one in body["Resources"]}


@pytest.fixture
def people(world: World) -> World:
    """An organization with everybody."""
    roles = {"roles": [{"name": "ml-ops", "inherits": "member"}]}
    world.setup("organization", command="custom_roles", orgName=world.organization, fixtureData=roles)
    world.user("mia", team="ml-ops")
    world.user("viv", role="viewer")
    world.user("bot", team="member", service="team")
    world.user("wide", role="member", service="organization")
    world.user("out")
    members = [{"username": world.name("mia"), "role": "member", "seat": "viewer"}]
    data: dict[str, Any] = {"members": members}
    world.setup("organization", command="add_members", orgName=world.organization, fixtureData=data)
    invited = [{"username": world.name("viv"), "role": "member", "pending": True}]
    data = {"team": {"name": world.team}, "members": invited}
    world.setup("team", command="add_members", fixtureData=data)
    return world


def test_people_with_roles_and_seats(people: World) -> None:
    found = listed(people, "Users")
    assert set(found) == {people.name(who) for who in ("admin", "mia", "viv")}
    mia = found[people.name("mia")]
    assert (mia["organizationRole"], mia["modelsSeat"], mia["active"]) == ("member", "viewer", True)
    assert mia["teamRoles"] == [{"teamName": people.team, "roleName": "ml-ops"}]
    viv = found[people.name("viv")]
    assert (viv["organizationRole"], viv["modelsSeat"], viv["teamRoles"]) == ("viewer", "full", [])
    assert mia["id"] == people.user_id("mia")
    assert get(people, f"Users/{mia['id']}").json() == mia


def test_teams_with_their_people(people: World) -> None:
    found = listed(people, "Groups")
    assert set(found) == {people.team}
    group = found[people.team]
    assert [one["Display"] for one in group["members"]] == [people.name("admin"), people.name("mia")]
    assert get(people, f"Groups/{group['id']}").json() == group


def test_the_organizations_own_roles(people: World) -> None:
    assert {name: one["inheritedFrom"] for name, one in listed(people, "Roles").items()} == {
        "ml-ops": "member"
    }


def test_pages_are_the_whole(people: World) -> None:
    pages = [get(people, "Users", startIndex=i, count=1).json() for i in (1, 2, 3, 4)]
    assert [page["totalResults"] for page in pages] == [3] * 4
    assert [len(page["Resources"]) for page in pages] == [1, 1, 1, 0]
    assert [page["startIndex"] for page in pages] == [1, 2, 3, 4]
    assert get(people, "Users", count=0).json()["Resources"] == []
    assert len(get(people, "Users", startIndex=-5).json()["Resources"]) == 3


def test_filters(people: World) -> None:
    wanted = people.name("mia")
    assert set(listed(people, "Users", filter=f'userName eq "{wanted.upper()}"')) == {wanted}
    assert set(listed(people, "Users", filter=f'emails.value eq "{wanted}@sandbox.invalid"')) == {wanted}
    assert listed(people, "Users", filter='userName eq "nobody"') == {}
    assert set(listed(people, "Groups", filter=f'displayName eq "{people.team}"')) == {people.team}


@pytest.mark.parametrize("params", [{"filter": "userName co x"}, {"filter": 'age eq "1"'}, {"count": "x"}])
def test_what_is_not_understood_is_refused(people: World, params: dict[str, str]) -> None:
    answer = get(people, "Users", **params)
    assert answer.status_code == 400
    assert answer.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]


def test_only_for_organization_admins(people: World) -> None:
    for path in ("Users", "Groups", "Roles", "Users/x"):
        for who in ("mia", "viv", "bot", "wide", "out"):
            assert get(people, path, f"{people.name(who)}-{'k' * 40}").status_code == 403
        assert get(people, path, "no-key").status_code == 401
    assert get(people, "Users/x").status_code == 404
    assert people.http.post("/scim/Users", auth=("admin", people.admin)).status_code == 405


def test_a_server_without_scim(people: World, switch: Any) -> None:
    switch(scim=False)
    assert get(people, "Users").status_code == 404


def test_a_deactivated_user_is_gone_with_its_memberships(people: World) -> None:
    people.setup("user", command="down", username=people.name("mia"))
    assert people.name("mia") not in listed(people, "Users")


def test_faults_hit_scim_too(people: World) -> None:
    fault = {"kind": "status", "operation": "/scim/Groups", "status": 429, "retry_after": 3}
    people.http.post("/sandbox/faults", json={"add": [fault]})
    answer = get(people, "Groups")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    assert get(people, "Groups").status_code == 200
