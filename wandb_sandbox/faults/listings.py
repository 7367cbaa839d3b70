"""Listings that end early: a page without its rest, or none at all, although the server has more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wandb_sandbox.faults.faults import Fault


def shorten(data: Any, fault: Fault) -> None:
    """Cut the listings of an answer, in place, that the fault's `connection` names (`*`: all).

    `short_listing` leaves the first `keep` entries (default: half) of a page and says that there is no next
    page; `null_listing` answers null. A listing without pages is a list, and is cut likewise.
    """
    if isinstance(data, list):
        for item in data:
            shorten(item, fault)
    elif isinstance(data, dict):
        for key, value in data.items():
            named = fault.connection == key
            if named or (fault.connection == "*" and isinstance(value, dict) and "edges" in value):
                data[key] = _cut(value, fault)
            else:
                shorten(value, fault)


def _cut(value: Any, fault: Fault) -> Any:
    if fault.kind == "null_listing":
        return None
    if isinstance(value, list):
        return value[: _kept(value, fault)]
    if not isinstance(value, dict) or not isinstance(value.get("edges"), list):
        return value
    page = value.get("pageInfo")
    cut = {**value, "edges": value["edges"][: _kept(value["edges"], fault)]}
    return {**cut, "pageInfo": {**page, "hasNextPage": False}} if isinstance(page, dict) else cut


def _kept(entries: list[Any], fault: Fault) -> int:
    return len(entries) // 2 if fault.keep is None else fault.keep
