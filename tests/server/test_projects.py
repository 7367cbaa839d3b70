"""Who may see a project, who has a role in it, and which service accounts work with versions."""

from __future__ import annotations

import httpx
import pytest

from tests.server.answers import Answers
from wandb_registry.server.projects import project_roles, project_visibilities, service_accounts_at_work
from wandb_registry.state.roles import Role

REFUSED = httpx.Response(403, json={"errors": [{"message": "no"}]})


def test_visibilities_fifty_a_request() -> None:
    first = {f"p{n}": {"access": "PRIVATE"} for n in range(50)}
    first |= {"p0": {"access": "RESTRICTED"}, "p1": {"access": "USER_READ"}, "p2": None}
    answers = Answers(first, {"p0": {"access": "USER_WRITE"}, "p1": {"access": "NEW"}})
    paths = [("team", f"p{n:02}") for n in range(52)]
    found = project_visibilities(answers.port(), paths)
    assert len(answers.requests) == 2
    assert [found[path] for path in paths[:4]] == ["restricted", "public", None, "team"]
    assert [found[path] for path in paths[50:]] == ["open", None]


def test_nothing_to_ask_is_not_asked() -> None:
    answers = Answers({})
    assert project_visibilities(answers.port(), []) == {}
    assert service_accounts_at_work(answers.port(), []) == {}
    assert answers.requests == []


def test_roles_in_a_project() -> None:
    people = [
        {"username": "ann", "role": {"name": "admin"}},
        {"username": "vic", "role": {"name": "view-only"}},
        {"username": "new", "role": {"name": "astronaut"}},
    ]
    found = project_roles(Answers({"project": {"members": people}}).port(), ("fraud", "secret"))
    assert found == {"ann": Role.ADMIN, "vic": Role.VIEWER}


@pytest.mark.parametrize("answer", [{"project": None}, {"project": {"members": None}}, REFUSED])
def test_roles_that_nobody_tells(answer: dict[str, object] | httpx.Response) -> None:
    assert project_roles(Answers(answer).port(), ("fraud", "secret")) is None  # type: ignore[arg-type]


def test_service_accounts_at_work() -> None:
    bot = {"username": "ops", "accountType": "SERVICE"}
    runs = [{"node": {"user": {"username": "ann", "accountType": "USER"}}}, {"node": {"user": None}}]
    answer = {
        "a0": {"createdBy": {"__typename": "Run", "user": bot}, "usedBy": {"edges": runs}},
        "a1": {"createdBy": {"__typename": "User", **bot}, "usedBy": {"edges": [{"node": {"user": bot}}]}},
        "a2": None,
    }
    found = service_accounts_at_work(Answers(answer).port(), ["i1", "i0", "i2"])
    assert found == {"i0": frozenset({"ops"}), "i1": frozenset({"ops"})}
    assert service_accounts_at_work(Answers(REFUSED).port(), ["i0"]) is None
