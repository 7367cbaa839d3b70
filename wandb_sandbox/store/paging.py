"""Relay pages by key: a cursor holds the sort value and the id of the last row, so it can be resumed."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, NamedTuple

from wandb_sandbox.errors import InvalidError
from wandb_sandbox.store.database import Database, R, columns, maker
from wandb_sandbox.store.rows import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEFAULT_PAGE = 100


class Edge(NamedTuple):
    """A row of a page with the values that its cursor needs."""

    node: Any
    key: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page; `count` counts the whole listing when it is asked for."""

    edges: list[Edge]
    has_next: bool
    has_previous: bool
    count: Callable[[], int]

    @property
    def nodes(self) -> list[Any]:
        """The rows of the page."""
        return [edge.node for edge in self.edges]


@dataclass(frozen=True, slots=True)
class Order:
    """An SQL expression to sort by, and the direction; the id breaks ties."""

    expression: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Listing(Generic[R]):
    """What to list: rows of a class under conditions, in an order."""

    row: type[R]
    where: list[str]
    params: list[Any]
    order: Order
    joins: str = ""
    alias: str = "t"
    key: str = "id"
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a listing a request wants."""

    first: int | None
    after: str | None
    limit: int = 1000

    @classmethod
    def of(cls, args: Mapping[str, Any], limit: int) -> Window:
        """From the arguments `first` and `after` of a connection; InvalidError for a negative one."""
        first = args.get("first")
        if first is not None and first < 0:
            raise InvalidError("first must not be negative")
        return cls(first, args.get("after") or None, limit)

    @property
    def size(self) -> int:
        """How many rows at most."""
        return min(DEFAULT_PAGE if self.first is None else self.first, self.limit)


def encode_cursor(key: tuple[Any, ...]) -> str:
    """The opaque cursor for a row's sort key."""
    return base64.urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode()


def decode_cursor(cursor: str) -> tuple[Any, Any]:
    """The sort key in a cursor; InvalidError for one that this server did not make."""
    try:
        sort, ident = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (binascii.Error, ValueError, TypeError):
        raise InvalidError(f"{cursor!r} is not a valid cursor") from None
    if isinstance(sort, list | dict) or not isinstance(ident, int):
        raise InvalidError(f"{cursor!r} is not a valid cursor")
    return sort, ident


def read_page(db: Database, listing: Listing[Any], window: Window) -> Page:
    """The page of the listing that the window asks for."""
    source = f"{TABLES[listing.row]} {listing.alias} {listing.joins}"
    where, params = list(listing.where), list(listing.params)
    ident, order = f"{listing.alias}.{listing.key}", listing.order
    if window.after:
        sign = "<" if order.descending else ">"
        where.append(f"({order.expression}, {ident}) {sign} (?, ?)")
        params.extend(decode_cursor(window.after))
    direction = "DESC" if order.descending else "ASC"
    condition = f"WHERE {' AND '.join(where)}" if where else ""
    wanted = f"{columns(listing.row, listing.alias)}, {order.expression}, {ident}"
    sql = (
        f"SELECT {wanted} FROM {source} {condition} "  # noqa: S608
        f"ORDER BY {order.expression} {direction}, {ident} {direction} LIMIT ?"
    )
    found = db.tuples(sql, *params, window.size + 1)
    make = maker(listing.row)
    edges = [Edge(make(item[:-2]), item[-2:]) for item in found[: window.size]]

    def count() -> int:
        scope = f"WHERE {' AND '.join(listing.where)}" if listing.where else ""
        return int(db.value(f"SELECT count(*) FROM {source} {scope}", *listing.params))  # noqa: S608

    return Page(edges, len(found) > window.size, window.after is not None, count)


def page_of(rows: list[Any], window: Window) -> Page:
    """A page of a short list that is in memory already; the position is the key."""
    start = decode_cursor(window.after)[1] + 1 if window.after else 0
    part = rows[start : start + window.size]
    edges = [Edge(row, (start + i, start + i)) for i, row in enumerate(part)]
    return Page(edges, start + len(part) < len(rows), start > 0, lambda: len(rows))


def parse_order(order: str | None, known: Mapping[str, str], default: Order) -> Order:
    """`+name` or `-created_at` as an SQL order; InvalidError for a field that is not in `known`."""
    if not order:
        return default
    name = order.lstrip("+-").lower().replace("createdat", "created_at").replace("updatedat", "updated_at")
    if name not in known:
        raise InvalidError(f"cannot order by {order!r}; known are {', '.join(sorted(known))}")
    return Order(known[name], order.startswith("-"))
