from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wandb_sandbox.errors import InvalidError
from wandb_sandbox.store import rows
from wandb_sandbox.store.database import Database
from wandb_sandbox.store.paging import (
    Listing,
    Order,
    Window,
    encode_cursor,
    page_of,
    parse_order,
    read_page,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = Database(tmp_path)
    for name in ["b", "a", "c", "e", "d"]:
        db.execute("INSERT INTO tags (name, category) VALUES (?, ?)", name, "x" if name < "c" else "y")
    yield db
    db.close()


def listing(order: Order) -> Listing[rows.Tag]:
    return Listing(rows.Tag, [], [], order)


def walk(db: Database, order: Order, size: int) -> list[str]:
    found: list[str] = []
    after = None
    while True:
        page = read_page(db, listing(order), Window(size, after))
        found += [tag.name for tag in page.nodes]
        if not page.has_next:
            return found
        after = encode_cursor(page.edges[-1].key)


@pytest.mark.parametrize("size", [1, 2, 5, 9])
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order("t.id"), "baced"),
        (Order("t.name"), "abcde"),
        (Order("t.name", descending=True), "edcba"),
        (Order("t.category"), "baced"),
        (Order("t.category", descending=True), "decab"),
    ],
)
def test_pages_join_without_gap_or_double(db: Database, size: int, order: Order, expected: str) -> None:
    assert "".join(walk(db, order, size)) == expected


def test_a_row_that_goes_between_pages_shifts_nothing(db: Database) -> None:
    first = read_page(db, listing(Order("t.name")), Window(2, None))
    db.execute("DELETE FROM tags WHERE name = 'a'")
    after = encode_cursor(first.edges[-1].key)
    assert [t.name for t in read_page(db, listing(Order("t.name")), Window(9, after)).nodes] == [
        "c",
        "d",
        "e",
    ]


def test_count_is_of_everything(db: Database) -> None:
    assert read_page(db, listing(Order("t.id")), Window(1, None)).count() == 5


def test_a_page_is_cut_to_the_limit(db: Database) -> None:
    page = read_page(db, listing(Order("t.id")), Window(1000, None, limit=2))
    assert len(page.edges) == 2
    assert page.has_next


def test_pages_of_a_list_in_memory() -> None:
    first = page_of(list("abc"), Window(2, None))
    assert (first.nodes, first.has_next, first.has_previous, first.count()) == (["a", "b"], True, False, 3)
    second = page_of(list("abc"), Window(2, encode_cursor(first.edges[-1].key)))
    assert (second.nodes, second.has_next, second.has_previous) == (["c"], False, True)


@pytest.mark.parametrize("cursor", ["x", "bm9wZQ==", encode_cursor((1,)), encode_cursor(([], 1)), "ÿ"])
def test_a_foreign_cursor_is_invalid(db: Database, cursor: str) -> None:
    with pytest.raises(InvalidError):
        read_page(db, listing(Order("t.id")), Window(1, cursor))


def test_orders() -> None:
    known = {"name": "t.name", "created_at": "t.created_at"}
    default = Order("t.id")
    assert parse_order(None, known, default) == default
    assert parse_order("-name", known, default) == Order("t.name", descending=True)
    assert parse_order("+createdAt", known, default) == Order("t.created_at")
    with pytest.raises(InvalidError):
        parse_order("other", known, default)


def test_a_negative_page_is_invalid() -> None:
    with pytest.raises(InvalidError):
        Window.of({"first": -1}, 1000)
