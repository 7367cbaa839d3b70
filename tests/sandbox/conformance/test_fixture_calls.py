"""The set-up calls in the shape of W&B's own test fixtures, and what the real client makes of them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from tests.sandbox.conformance.conftest import Studio


def post(http: httpx.Client, subject: str, body: dict[str, Any]) -> None:
    """Twice: each call can be repeated without error."""
    for _ in range(2):
        answer = http.post(f"/db/{subject}", json=body)
        assert answer.status_code == 200, answer.text


@pytest.fixture
def name() -> str:
    """Long enough to be a key that the client takes."""
    return secrets.token_hex(20)


def user_up(http: httpx.Client, name: str, **more: Any) -> None:
    post(http, "user", {"command": "up", "username": name, **more})


def test_the_name_of_a_user_is_a_key(studio: Studio, http: httpx.Client, name: str) -> None:
    user_up(http, name)
    viewer = studio.api(name).viewer
    assert (viewer.username, viewer.admin, viewer.entity) == (name, False, name)


def test_what_is_not_set_may_be_null(studio: Studio, http: httpx.Client, name: str) -> None:
    user_up(http, name, password=None, admin=False)
    organization = {"command": "up", "orgName": f"{name} inc", "username": name, "fixtureData": None}
    post(http, "organization", organization)
    assert studio.api(name).organization(f"{name} inc").name == f"{name} inc"


def test_an_instance_admin(studio: Studio, http: httpx.Client, name: str) -> None:
    user_up(http, name, admin=True)
    assert studio.api(name).viewer.admin is True
    made = studio.api(name).create_user(f"{name}@example.com", admin=False)
    assert made.email == f"{name}@example.com"


def test_a_password_is_one_more_key(studio: Studio, http: httpx.Client, name: str) -> None:
    user_up(http, name)
    password = secrets.token_hex(20)
    post(http, "user", {"command": "password", "username": name, "password": password, "admin": False})
    assert studio.api(password).viewer.username == studio.api(name).viewer.username == name


def test_a_user_who_is_down_has_no_key(studio: Studio, http: httpx.Client, name: str) -> None:
    user_up(http, name)
    post(http, "user", {"command": "down", "username": name})
    with pytest.raises(Exception, match=r"(?i)key|logged in|auth"):
        studio.api(name)
    user_up(http, name)
    assert studio.api(name).viewer.username == name


def test_an_organization_and_its_members(studio: Studio, http: httpx.Client, name: str) -> None:
    other = f"b{name}"
    for one in (name, other):
        user_up(http, one)
    organization = f"{name} inc"
    post(http, "organization", {"command": "up", "orgName": organization, "username": name})
    members = {"members": [{"username": other, "role": "member"}]}
    body = {"command": "add_members", "orgName": organization, "username": name, "fixtureData": members}
    post(http, "organization", body)
    registry = studio.api(name).create_registry("r", visibility="organization", organization=organization)
    assert studio.api(other).registry("r", organization=organization).id == registry.id
    post(http, "organization", {"command": "down", "orgName": organization})
    with pytest.raises(Exception, match=r"(?i)not found|failed|could not"):
        studio.api(other).registry("r", organization=organization)


@pytest.mark.parametrize("role", ["admin", "member", "viewer"])
def test_roles_of_an_organization(studio: Studio, http: httpx.Client, name: str, role: str) -> None:
    owner, organization = f"a{name}", f"{name} inc"
    for one in (name, owner):
        user_up(http, one)
    post(http, "organization", {"command": "up", "orgName": organization, "username": owner})
    members = {"members": [{"username": name, "role": role}]}
    post(http, "organization", {"command": "add_members", "orgName": organization, "fixtureData": members})
    registry = studio.api(owner).create_registry("r", visibility="restricted", organization=organization)
    seen = [one.name for one in studio.api(name).registries(organization, filter={"name": "r"})]
    assert seen == ([registry.name] if role == "admin" else [])


def test_a_team_of_a_new_organization(studio: Studio, http: httpx.Client, name: str) -> None:
    user_up(http, name)
    team, organization = f"team-{name}"[:60], f"{name} inc"
    data = {"planName": "enterprise", "team": {"name": team}, "organization": {"name": organization}}
    post(http, "team", {"command": "up", "username": name, "fixtureData": data})
    api = studio.api(name)
    assert api.default_entity == team
    assert [(one.username, one.admin) for one in api.team(team).members] == [(name, True)]
    registry = api.create_registry("r", visibility="restricted", organization=organization)
    assert registry.organization == organization


def test_a_team_of_an_organization_that_is_there(studio: Studio, http: httpx.Client, name: str) -> None:
    owner, organization = f"a{name}", f"{name} inc"
    for one in (name, owner):
        user_up(http, one)
    post(http, "organization", {"command": "up", "orgName": organization, "username": owner})
    data = {"team": {"name": f"t{name}"[:60]}, "organization": {"name": organization}}
    post(http, "team", {"command": "up", "username": name, "fixtureData": data})
    studio.api(owner).create_registry("r", visibility="restricted", organization=organization)
    assert list(studio.api(name).registries(organization, filter={"name": "r"})) == []


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("user", {"command": "sideways", "username": "x"}),
        ("user", {"command": "up"}),
        ("user", {"command": "up", "username": "x", "unknown": 1}),
        ("user", {"command": "password", "username": "nobody-has-this-name", "password": "p"}),
        ("organization", {"command": "add_members", "orgName": "there is none"}),
        ("team", {"command": "up", "username": "x", "fixtureData": {"team": {"name": "t"}}}),
        ("elsewhere", {"command": "up"}),
    ],
)
def test_calls_that_cannot_be(http: httpx.Client, subject: str, body: dict[str, Any]) -> None:
    answer = http.post(f"/db/{subject}", json=body)
    assert answer.status_code in (400, 404)
    assert answer.json()["errors"][0]["message"]
