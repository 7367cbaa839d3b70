"""A listing is whole, or an error; never a part taken for the whole."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.answers import connection
from wandb_registry.server.errors import IncompleteListing
from wandb_registry.server.pages import complete, nodes

A, B, C = {"id": "a"}, {"id": "b"}, {"id": "c"}


def listed(*pages: Any) -> list[dict[str, Any]]:
    """All nodes of pages that are given in order."""
    waiting = list(pages)
    return list(nodes("things", lambda cursor: waiting.pop(0)))


def test_pages_follow_each_other() -> None:
    asked: list[str | None] = []
    pages = {None: connection(A, after="1"), "1": connection(after="2"), "2": connection(B, C)}

    def page(cursor: str | None) -> Any:
        asked.append(cursor)
        return pages[cursor]

    assert list(nodes("things", page)) == [A, B, C]
    assert asked == [None, "1", "2"]


def test_a_first_page_that_is_here_is_not_asked_again() -> None:
    assert list(nodes("things", lambda cursor: connection(B), connection(A, after="1"))) == [A, B]


@pytest.mark.parametrize(
    "pages",
    [
        (None,),
        ({"edges": []},),
        ({"edges": [], "pageInfo": None},),
        ({"edges": None, "pageInfo": {"hasNextPage": False}},),
        (connection(A, after="1"), None),
        ({"edges": [{"node": None}], "pageInfo": {"hasNextPage": False}},),
        ({"edges": [None], "pageInfo": {"hasNextPage": False}},),
        ({"edges": [], "pageInfo": {"hasNextPage": True, "endCursor": None}},),
        (connection(A, after="1"), connection(B, after="1")),
    ],
)
def test_what_is_cut_short_is_an_error(pages: tuple[Any, ...]) -> None:
    with pytest.raises(IncompleteListing, match="the listing of things"):
        listed(*pages)


def test_a_total_that_is_not_reached_is_an_error() -> None:
    complete("things", 2, 2)
    complete("things", 2, None)
    complete("things", 2, 1)
    with pytest.raises(IncompleteListing, match="brought 2 of 3"):
        complete("things", 2, 3)
