"""Where the organization's people come from, and what a file adds to what a server tells."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.server.answers import Answers
from wandb_registry.migration.people import complete_with, gather_people
from wandb_registry.migration.people_csv import load_people
from wandb_registry.server.credentials import api_key_connection
from wandb_registry.server.organizations import Organization
from wandb_registry.server.scim import Scim
from wandb_registry.state.problems import InvalidFile

ACME = Organization("o1", "Acme Inc", "acme")
NOT_TOLD = {"__type": None}


def written(folder: Path, text: str) -> Path:
    path = folder / "people.csv"
    path.write_text(text, encoding="utf-8")
    return path


def scim(*users: dict[str, object], status: int = 200) -> Scim:
    """A server that lists these users."""
    team = {"displayName": "fraud", "members": [{"Display": "ann", "Value": "u1"}]}

    def answer(request: httpx.Request) -> httpx.Response:
        found = [team] if request.url.path.endswith("Groups") else list(users)
        return httpx.Response(status, json={"Resources": found, "totalResults": len(found)})

    transport = httpx.MockTransport(answer)
    return Scim(api_key_connection("http://wandb.test", "k" * 40), "root", transport=transport)


def told_by_graphql(**fields: str) -> Answers:
    """A server that tells one organization admin."""
    names = [{"name": name} for name in ("username", "role", *fields)]
    ann = {"username": "ann", "role": "admin", **fields}
    return Answers({"__type": {"fields": names}}, {"organization": {"members": [ann]}})


def test_graphql_first_and_scim_only_for_seats() -> None:
    user = {"userName": "Ann", "organizationRole": "member", "modelsSeat": "viewer"}
    found = gather_people(told_by_graphql().port(), ACME, lambda: scim(user), None)
    (ann,) = found.people or ()
    assert (found.source, ann.username, ann.role, ann.seat) == ("graphql", "ann", "admin", "viewer")
    assert found.teams == {"fraud": ("ann",)}
    refused = gather_people(told_by_graphql().port(), ACME, lambda: scim(status=403), None)
    assert [person.seat for person in refused.people or ()] == [None]


def test_scim_is_not_asked_where_graphql_tells_all() -> None:
    answers = told_by_graphql(modelsSeat="full")

    def never() -> Scim:
        raise AssertionError("not needed")

    found = gather_people(answers.port(), ACME, never, None)
    assert (found.source, found.complete, found.roles_known) == ("graphql", True, True)
    assert not found.service_accounts_known


def test_scim_where_graphql_does_not_tell(tmp_path: Path) -> None:
    users = ({"userName": "ann", "id": "u1", "organizationRole": "admin"}, {"userName": "bob", "id": "u2"})
    found = gather_people(Answers(NOT_TOLD).port(), ACME, lambda: scim(*users), None)
    assert (found.source, found.complete, found.roles_known) == ("scim", True, False)
    assert [person.is_admin for person in found.people or ()] == [True, False]
    assert found.teams == {"fraud": ("ann",)}
    told = load_people(
        written(
            tmp_path, "username,organization_role,service_account\nbob,member,\nops,member,organization\n"
        )
    )
    completed = complete_with(found, told)
    assert completed.roles_known
    assert completed.service_accounts_known
    assert [p.username for p in completed.people or () if p.organization_wide] == ["ops"]
    assert completed.contradictions == ()


def test_neither(tmp_path: Path) -> None:
    nobody = gather_people(Answers(NOT_TOLD).port(), ACME, lambda: scim(status=403), None)
    assert (nobody.source, nobody.people, nobody.roles_known) == (None, None, False)
    told = load_people(
        written(tmp_path, "username,seat,registry_admin_of\nann,viewer,fraud; risk\nbob,,fraud\n")
    )
    found = gather_people(Answers(NOT_TOLD).port(), ACME, None, told)
    assert (found.source, found.complete, found.roles_known) == ("csv", False, False)
    assert found.registry_admins == {"fraud": {"ann", "bob"}, "risk": {"ann"}}
    assert {p.username: p.seat for p in found.people or ()} == {"ann": "viewer", "bob": None}


def test_the_server_wins_and_contradictions_are_told(tmp_path: Path) -> None:
    found = gather_people(
        Answers(NOT_TOLD).port(), ACME, lambda: scim({"userName": "ann", "organizationRole": "admin"}), None
    )
    told = load_people(written(tmp_path, "username,organization_role,id\nAnn,member,u7\nghost,member,\n"))
    completed = complete_with(found, told)
    (ann,) = completed.people or ()
    assert (ann.username, ann.role, ann.id) == ("ann", "admin", "u7")
    assert completed.contradictions == (
        "ann: role is admin, says the server, not member",
        "ghost is not in the organization, says the server",
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name\nann\n", ":1: the first line must name columns"),
        ("username,extra\nann,1\n", ":1: the first line must name columns"),
        ("", ":1: the first line must name columns"),
        ("username,seat\nann,sofa\n", ":2: ann: seat 'sofa' is not full, viewer or none"),
        ("username\nann\nANN\n", ":3: ANN: stands in line 2 already"),
        ("username,seat\nann\n", ":2: ann: has more or fewer fields"),
        ("username,seat\nann,full,x\n", ":2: ann: has more or fewer fields"),
        ("username,service_account\nops,yes\n", ":2: ops: service_account 'yes' is not team"),
        ("username,seat\n,full\n", ":2: username: is empty"),
        ('username\n"ann\n', "cannot be read"),
    ],
)
def test_a_file_that_is_no_good_is_named_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InvalidFile) as caught:
        load_people(path)
    assert problem in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="cannot be read"):
        load_people(tmp_path / "none.csv")
