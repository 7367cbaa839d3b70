"""Relay pages: all of a listing, or an error; never a part taken for the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from wandb_registry.server.errors import IncompleteListing

PAGE = 1000  # nodes a page; the client itself asks for as many

PAGE_INFO = "pageInfo { endCursor hasNextPage }"


def nodes(what: str, page_after: Callable[[str | None], Any], first: Any = None) -> Iterator[dict[str, Any]]:
    """Every node of a connection.

    `page_after(cursor)` answers one connection (`edges`, `pageInfo`); `first` is a page that is already
    here. `what` names the listing in errors.
    """
    page = first if first is not None else page_after(None)
    seen: set[str] = set()
    while True:
        if not isinstance(page, dict) or not isinstance(page.get("pageInfo"), dict):
            raise IncompleteListing(f"the listing of {what} was cut short", advice="Run again")
        for edge in page.get("edges") or ():
            node = edge.get("node") if isinstance(edge, dict) else None
            if not isinstance(node, dict):
                raise IncompleteListing(f"the listing of {what} holds an entry without content")
            yield node
        info = page["pageInfo"]
        if not info.get("hasNextPage"):
            return
        cursor = info.get("endCursor")
        if not cursor or cursor in seen:
            raise IncompleteListing(f"the listing of {what} promises a further page and names none")
        seen.add(cursor)
        page = page_after(cursor)


def complete(what: str, items: list[Any], total: Any) -> None:
    """Compare a listing with the total that the server named, where it named one."""
    if isinstance(total, int) and total > len(items):
        raise IncompleteListing(f"the listing of {what} brought {len(items)} of {total} entries")
