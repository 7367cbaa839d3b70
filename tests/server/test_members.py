"""Who can become a member: the organization's people, and a search where nobody lists them."""

from __future__ import annotations

import httpx
import pytest

from tests.server.answers import Answers
from wandb_registry.server.errors import ServerError, Unauthorized, Unavailable
from wandb_registry.server.members import organization_people, search_user
from wandb_registry.server.organizations import Organization

ACME = Organization("o1", "Acme Inc", "acme")


def refused(status: int, message: str = "no") -> httpx.Response:
    """A refusal of the whole document."""
    return httpx.Response(status, json={"errors": [{"message": message}]})


def found(*usernames: str) -> dict[str, object]:
    """The answer to a search."""
    nodes = [{"node": {"id": f"id-{name}", "username": name}} for name in usernames]
    return {"users": {"edges": nodes}}


def test_the_people_with_their_ids() -> None:
    members = [{"id": "u1", "username": "ann"}, {"id": "u2", "username": "bob"}]
    answers = Answers({"organization": {"members": members}})
    assert organization_people(answers.port(), ACME) == {"ann": "u1", "bob": "u2"}


@pytest.mark.parametrize(
    "answer",
    [
        refused(400, "unknown field members"),
        refused(403),
        {"organization": None},
        {"organization": {"members": []}},
    ],
)
def test_a_server_or_key_that_does_not_tell(answer: httpx.Response | dict[str, object]) -> None:
    assert organization_people(Answers(answer).port(), ACME) is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused(401), Unauthorized),
        (refused(500), Unavailable),
        (refused(503), Unavailable),
        (httpx.ReadTimeout("too slow"), Unavailable),
    ],
)
def test_no_answer_is_never_nobody(answer: httpx.Response | Exception, error: type[ServerError]) -> None:
    with pytest.raises(error):
        organization_people(Answers(answer).port(), ACME)


def test_a_search_answers_one_person_whose_name_it_is_without_case() -> None:
    assert search_user(Answers(found("zoe", "zoe-smith")).port(), "Zoe") == "id-zoe"
    assert search_user(Answers(found("zoe", "ZOE")).port(), "zoe") == "id-zoe"
    assert search_user(Answers(found("Zoe", "ZOE")).port(), "zoe") is None
    assert search_user(Answers(found("zoe-smith")).port(), "zoe") is None
    assert search_user(Answers({"users": None}).port(), "zoe") is None
