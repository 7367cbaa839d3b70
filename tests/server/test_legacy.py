"""A team and who may do what in it, as far as the server tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.server.answers import Answers, by_operation, port_of
from wandb_registry.errors import UserError
from wandb_registry.server.errors import NotVisible, Unauthorized
from wandb_registry.server.legacy import EntityKind, NotATeam, entity_kinds, find_team, read_governance
from wandb_registry.server.organizations import Organization

ACME = Organization("o1", "Acme Corp", "acme")
HOME = {"id": "o1", "name": "Acme Corp", "orgEntity": {"name": "acme"}}


def member(username: str, **fields: Any) -> dict[str, Any]:
    """A member of a team as the server answers it."""
    return {"id": f"id-{username}", "username": username, "role": "member", "admin": False, "pending": False,
            "accountType": "USER", "email": f"{username}@acme.test", **fields}  # fmt: skip


def team(**fields: Any) -> dict[str, Any]:
    """A team as the server answers it."""
    entity = {"id": "e1", "name": "fraud", "isTeam": True, "organization": HOME, "members": [], **fields}
    return {"entity": entity, "project": {"id": "p"}}


def test_people_and_their_roles() -> None:
    members = [
        member("zoe", role="admin"),
        member("vic", role="VIEW-ONLY"),
        member("ann", role="Member"),
        member("bot", accountType="SERVICE"),
        member("seat", accountType="VIEWER"),
        member("old", role=None, admin=True),
        member("cus", role="Auditor"),
        {**member("new"), "username": None, "pending": True},
    ]
    found = find_team(Answers(team(members=members)).port(), ACME, "FRAUD")
    assert found.name == "fraud"
    assert found.has_legacy
    assert [(m.username, m.role, m.service_account, m.pending) for m in found.members] == [
        ("ann", "member", False, False),
        ("bot", "member", True, False),
        ("cus", "Auditor", False, False),
        ("new@acme.test", "member", False, True),
        ("old", "admin", False, False),
        ("seat", "view-only", False, False),
        ("vic", "view-only", False, False),
        ("zoe", "admin", False, False),
    ]


def test_a_team_without_legacy_registry() -> None:
    answer = {**team(), "project": None}
    assert not find_team(Answers(answer).port(), ACME, "fraud").has_legacy


NOBODY = {"entity": None, "project": None}
OTHER = {"id": "o2", "name": "Other Inc", "orgEntity": {"name": "other"}}


@pytest.mark.parametrize(
    ("given", "answer", "kind", "complaint"),
    [
        ("nope", NOBODY, NotVisible, "there is no team nope in organization Acme Corp (entity acme)"),
        ("Acme Corp", NOBODY, NotATeam, "Acme Corp is the organization Acme Corp (entity acme)"),
        ("acme", team(name="acme", isTeam=False), NotATeam, "acme is the organization Acme Corp"),
        ("ann", team(name="ann", isTeam=False), NotATeam, "ann is not a team but somebody's own entity"),
        ("fraud", team(organization=OTHER), NotATeam, "(entity other), not to organization Acme Corp (ent"),
        ("fraud", team(organization=None), NotVisible, "cannot be seen with this key"),
        ("fraud", team(members=None), NotVisible, "the members of team fraud cannot be read"),
    ],
)
def test_what_is_no_team_here(given: str, answer: Any, kind: type[UserError], complaint: str) -> None:
    with pytest.raises(kind) as caught:
        find_team(Answers(answer).port(), ACME, given)
    assert complaint in str(caught.value)


def test_no_document_asks_for_keys() -> None:
    answers = Answers(team())
    find_team(answers.port(), ACME, "fraud")
    assert "apiKey" not in answers.bodies[0]["query"]


def fields(**arguments: list[str]) -> Callable[[dict[str, Any]], Any]:
    """An introspection answer: fields with their arguments."""
    found = [{"name": name, "args": [{"name": a} for a in given]} for name, given in arguments.items()]
    return lambda _: {"__type": {"fields": found}}


def test_admins_and_protected_aliases_are_asked_apart() -> None:
    port = port_of(
        by_operation(
            {
                "TypeArguments": fields(workflowsAdmins=["adminType"], protectedAliases=[]),
                "LegacyWorkflowsAdmins": lambda _: {"entity": {"found": [{"username": "zoe"}]}},
                "LegacyProtectedAliases": lambda _: {"entity": {"found": ["prod", "gold"]}},
            }
        )
    )
    governance = read_governance(port, "fraud")
    assert governance.admins == frozenset({"zoe"})
    assert governance.protected_aliases == ("gold", "prod")


@pytest.mark.parametrize(
    ("arguments", "written"), [(["adminType"], "(adminType: MODEL)"), ([], "found: prot")]
)
def test_the_argument_is_given_where_the_server_has_it(arguments: list[str], written: str) -> None:
    answers = Answers(fields(protectedAliases=arguments)({}), {"entity": {"found": []}})
    assert read_governance(answers.port(), "fraud").protected_aliases == ()
    assert written in answers.bodies[1]["query"]


def test_a_server_that_does_not_know_them_is_not_asked() -> None:
    answers = Answers(fields(members=[])({}))
    governance = read_governance(answers.port(), "fraud")
    assert (governance.admins, governance.protected_aliases) == (None, None)
    assert len(answers.requests) == 1


def test_what_the_key_may_not_see_is_unknown_not_empty() -> None:
    refused = httpx.Response(403, json={"errors": [{"message": "no"}]})
    known = fields(workflowsAdmins=[], protectedAliases=[])({})
    governance = read_governance(Answers(known, refused).port(), "fraud")
    assert (governance.admins, governance.protected_aliases) == (None, None)
    hidden = Answers(known, {"entity": None})
    assert read_governance(hidden.port(), "fraud").admins is None


def test_a_revoked_key_is_not_taken_for_missing_fields() -> None:
    known = fields(workflowsAdmins=[])({})
    refused = httpx.Response(401, json={"errors": [{"message": "no"}]})
    with pytest.raises(Unauthorized, match="workflowsAdmins of team fraud cannot be read"):
        read_governance(Answers(known, refused).port(), "fraud")


def test_owners_of_sources_are_asked_together() -> None:
    data = {
        "e0": {"isTeam": False, "organization": None},
        "e1": {"isTeam": True, "organization": {"id": "o2"}},
        "e2": None,
    }
    answers = Answers(data)
    assert entity_kinds(answers.port(), ["b", "a", "a", "c"]) == {
        "a": EntityKind(personal=True, organization_id=None),
        "b": EntityKind(personal=False, organization_id="o2"),
    }
    assert answers.bodies[0]["variables"] == {"n0": "a", "n1": "b", "n2": "c"}
    assert len(answers.requests) == 1
    assert entity_kinds(answers.port(), []) == {}


def test_many_owners_take_several_requests() -> None:
    answers = Answers({})
    entity_kinds(answers.port(), [f"e{n}" for n in range(101)])
    assert len(answers.requests) == 3
