"""Organizations are found by display name and by entity name, and named with both."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.answers import by_operation, port_of
from wandb_registry.server.errors import NotFound
from wandb_registry.server.organizations import find_organization, is_organization_admin

ACME = {"id": "o1", "name": "Acme Corp", "orgEntity": {"id": "e1", "name": "acme"}}


def lookup(organization: Any = None, entity: Any = None) -> Any:
    """A port that answers a display name and an entity name."""
    return port_of(
        by_operation(
            {
                "OrganizationByName": lambda _: {"organization": organization},
                "OrganizationByEntity": lambda _: {"entity": entity},
                "OrganizationMembers": lambda _: {"organization": organization},
            }
        )
    )


@pytest.mark.parametrize(
    ("given", "port"),
    [
        ("Acme Corp", lookup(organization=ACME)),
        ("acme", lookup(entity={"name": "acme", "organization": ACME})),
        ("ACME", lookup(entity={"name": "acme", "organization": ACME})),
    ],
)
def test_either_name_finds_it(given: str, port: Any) -> None:
    found = find_organization(port, given)
    assert (found.id, found.name, found.entity) == ("o1", "Acme Corp", "acme")
    assert str(found) == "organization Acme Corp (entity acme)"


@pytest.mark.parametrize("entity", [None, {"name": "x", "organization": None}])
def test_one_that_is_not_there_or_not_seen(entity: Any) -> None:
    with pytest.raises(NotFound, match=r"there is no organization x on .* that this key can see"):
        find_organization(lookup(entity=entity), "x")


def test_a_team_is_no_organization() -> None:
    port = lookup(entity={"name": "fraud", "organization": ACME})
    with pytest.raises(NotFound, match=r"fraud is no organization but a team or user of .*Give Acme Corp"):
        find_organization(port, "fraud")


@pytest.mark.parametrize(
    ("members", "answer"),
    [
        ([{"username": "a", "role": "ADMIN"}], True),
        ([{"username": "a", "role": "member"}], False),
        ([], False),
        (None, None),
    ],
)
def test_whether_somebody_administers_it(members: Any, answer: bool | None) -> None:
    organization = find_organization(lookup(organization=ACME), "Acme Corp")
    port = lookup(organization={**ACME, "members": members})
    assert is_organization_admin(port, organization, "a") is answer
