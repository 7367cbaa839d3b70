"""SCIM as W&B documents it: pages by startIndex, complete or an error; only for organization admins."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from wandb_registry.server.credentials import api_key_connection
from wandb_registry.server.errors import IncompleteListing, PermissionDenied, ServerError, Unavailable
from wandb_registry.server.scim import Scim

KEY = "k" * 40


def scim(handler: Callable[[httpx.Request], httpx.Response]) -> Scim:
    """A client of a server in a function."""
    connection = api_key_connection("http://wandb.test", KEY)
    return Scim(connection, "root", transport=httpx.MockTransport(handler))


def page(resources: list[dict[str, Any]], total: int) -> httpx.Response:
    """A list response."""
    return httpx.Response(200, json={"Resources": resources, "totalResults": total, "startIndex": 1})


def user(name: str, **fields: Any) -> dict[str, Any]:
    """A user as W&B shows one."""
    emails = {"Value": f"{name}@acme.test", "Primary": True}
    return {"id": f"id-{name}", "userName": name, "active": True, "emails": emails, **fields}


def test_users_with_roles_and_seats_over_several_pages() -> None:
    everybody = [
        user("zoe", organizationRole="admin", modelsSeat="viewer"),
        user("ann", organizationRole="member", teamRoles=[{"teamName": "fraud", "roleName": "admin"}]),
        user("old", active=False),
        user("bob"),
    ]
    asked: list[tuple[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        start = int(request.url.params["startIndex"])
        asked.append((request.url.path, str(start)))
        expected = base64.b64encode(f"root:{KEY}".encode()).decode()
        assert request.headers["Authorization"] == f"Basic {expected}"
        return page(everybody[start - 1 : start + 1], len(everybody))

    client = scim(answer)
    found = client.users()
    assert [(u.username, u.id, u.role, u.seat) for u in found] == [
        ("ann", "id-ann", "member", None),
        ("bob", "id-bob", None, None),
        ("zoe", "id-zoe", "admin", "viewer"),
    ]
    assert found[0].team_roles == {"fraud": "admin"}
    assert asked == [("/scim/Users", "1"), ("/scim/Users", "3")]
    client.close()


def test_teams_with_attributes_of_either_spelling() -> None:
    groups = [
        {
            "displayName": "fraud",
            "members": [{"Value": "abc", "Display": "zoe"}, {"value": "d", "display": "ann"}],
        },
        {"displayName": "empty"},
    ]
    assert scim(lambda _: page(groups, 2)).teams() == {"fraud": ("ann", "zoe"), "empty": ()}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(403, json={"detail": "no"}), PermissionDenied),
        (httpx.Response(404, text="not here"), PermissionDenied),
        (httpx.Response(200, text="<html>"), Unavailable),
        (httpx.Response(500, json={}), Unavailable),
        (page([], 3), IncompleteListing),
        (httpx.Response(200, json={"Resources": []}), IncompleteListing),
    ],
)
def test_refused_broken_and_cut_short(answer: httpx.Response, kind: type[ServerError]) -> None:
    with pytest.raises(kind) as caught:
        scim(lambda _: answer).users()
    assert KEY not in str(caught.value)


def test_no_answer() -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(Unavailable, match=r"SCIM of http://wandb\.test does not answer"):
        scim(fail).users()
