"""The organization's people by GraphQL: only fields that the server has, and never a key."""

from __future__ import annotations

import httpx
import pytest

from tests.server.answers import Answers
from wandb_registry.server.organizations import Organization
from wandb_registry.server.people import list_organization, seat_of

ACME = Organization("o1", "Acme Inc", "acme")


def fields(*names: str) -> dict[str, object]:
    """The answer to an introspection."""
    return {"__type": {"fields": [{"name": name} for name in names]}}


def members(*people: dict[str, object]) -> dict[str, object]:
    """The answer about an organization's members."""
    return {"organization": {"members": list(people)}}


def test_roles_seats_and_service_accounts_as_far_as_the_server_tells() -> None:
    answers = Answers(
        fields("username", "role", "id", "accountType", "modelsSeat", "pending", "apiKey"),
        members(
            {"username": "zoe", "id": "u1", "role": "admin", "accountType": "USER", "modelsSeat": "full"},
            {"username": "ann", "id": "u2", "role": "member", "accountType": "VIEWER"},
            {"username": "ops", "id": "u3", "role": "member", "accountType": "ORGANIZATION_SERVICE"},
            {"username": "ci", "id": "u4", "role": "member", "accountType": "SERVICE"},
            {"username": "new", "id": "u5", "role": "member", "pending": True},
        ),
    )
    listing = list_organization(answers.port(), ACME)
    assert listing is not None
    assert listing.tells_service_accounts
    found = {p.username: (p.role, p.seat, p.service_account, p.organization_wide) for p in listing.people}
    assert found == {
        "ann": ("member", "viewer", False, False),
        "ci": ("member", None, True, False),
        "ops": ("member", None, True, True),
        "zoe": ("admin", "full", False, False),
    }
    assert [p.username for p in listing.people if p.is_admin] == ["zoe"]
    asked = answers.bodies[1]["query"]
    assert "apiKey" not in asked
    assert "seat " not in asked  # a field that it does not have would fail the whole document


def test_a_server_that_tells_names_and_roles_alone() -> None:
    answers = Answers(fields("username", "role"), members({"username": "ann", "role": "member"}))
    listing = list_organization(answers.port(), ACME)
    assert listing is not None
    assert not listing.tells_service_accounts


@pytest.mark.parametrize(
    "answers",
    [
        Answers({"__type": None}),
        Answers(fields("username")),
        Answers(fields("username", "role"), {"organization": {"members": []}}),
        Answers(fields("username", "role"), {"organization": None}),
        Answers(fields("username", "role"), httpx.Response(403, json={"errors": [{"message": "no"}]})),
        Answers(httpx.Response(400, json={"errors": [{"message": "introspection is off"}]})),
    ],
)
def test_a_server_or_key_that_does_not_tell(answers: Answers) -> None:
    assert list_organization(answers.port(), ACME) is None


def test_seats_as_servers_spell_them() -> None:
    assert [seat_of(value) for value in ("FULL", "view-only", "none", "", None, "other")] == [
        "full",
        "viewer",
        "none",
        None,
        None,
        None,
    ]
