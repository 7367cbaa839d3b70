"""Relay pages: all of a listing, or an error; never a part taken for the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from wandb_registry.server.errors import IncompleteListing, Invalid

PAGE = 1000  # nodes a page; the client itself asks for as many

PAGE_INFO = "pageInfo { endCursor hasNextPage }"

# Of connections whose total is documented. The client leaves it out where a server is too old for it.
TOTAL = "totalCount"

PageAfter = Callable[[str | None], Any]

_AGAIN = "Run again"


def nodes(what: str, page_after: PageAfter, first: Any = None) -> Iterator[dict[str, Any]]:
    """Every node of a connection.

    `page_after(cursor)` answers one connection (`edges`, `pageInfo`, and `totalCount` where the server is
    known to have it); `first` is a page that is already here. `what` names the listing in errors.
    """
    page = first if first is not None else page_after(None)
    seen: set[str] = set()
    count, total = 0, None
    while True:
        if not isinstance(page, dict) or not isinstance(page.get("pageInfo"), dict):
            raise _cut_short(what)
        for node in whole(what, page):
            count += 1
            yield node
        total = page.get("totalCount", total)  # the newest: somebody may delete while we read
        info = page["pageInfo"]
        if not info.get("hasNextPage"):
            complete(what, count, total)
            return
        cursor = info.get("endCursor")
        if not cursor or cursor in seen:
            raise IncompleteListing(f"the listing of {what} promises a further page and names none")
        seen.add(cursor)
        page = page_after(cursor)


def nodes_of_first(what: str, ways: Sequence[PageAfter]) -> Iterator[dict[str, Any]]:
    """Every node of a connection, asked for in the first of several ways that the server does not refuse."""
    for way in ways[:-1]:
        with suppress(Invalid):
            return nodes(what, way, way(None))
    return nodes(what, ways[-1])


def whole(what: str, connection: Any) -> list[dict[str, Any]]:
    """The nodes of a connection that comes in one piece, such as the tags of a collection."""
    edges = connection.get("edges") if isinstance(connection, dict) else None
    if not isinstance(edges, list):
        raise _cut_short(what)
    found = [edge.get("node") if isinstance(edge, dict) else None for edge in edges]
    entries = [node for node in found if isinstance(node, dict)]
    if len(entries) < len(found):
        raise IncompleteListing(f"the listing of {what} holds an entry without content", advice=_AGAIN)
    return entries


def complete(what: str, count: int, total: Any) -> None:
    """Compare how many entries a listing brought with the total that the server named, where it named one.

    More than the total is fine: somebody may add while we read.
    """
    if isinstance(total, int) and total > count:
        raise IncompleteListing(f"the listing of {what} brought {count} of {total} entries", advice=_AGAIN)


def _cut_short(what: str) -> IncompleteListing:
    return IncompleteListing(f"the listing of {what} was cut short", advice=_AGAIN)
