"""The SQLite database: one connection, used by the server's thread alone; rows as typed tuples."""

from __future__ import annotations

import re
import sqlite3
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar

from wandb_sandbox.errors import SandboxError
from wandb_sandbox.store.rows import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

LAYOUT = "2"
"""Version of schema.sql; a folder of another one is refused."""

R = TypeVar("R", bound=tuple[Any, ...])
"""A row class of `store.rows`: a NamedTuple, which the type system has no name for."""


def maker(row: type[R]) -> Callable[[Iterable[Any]], R]:
    """Makes rows of the class from the columns of an answer."""
    return row._make  # type: ignore[attr-defined, no-any-return]


def columns(row: type[tuple[Any, ...]], prefix: str = "") -> str:
    """The columns of a row class as SQL, each with a table alias before it if one is given."""
    dot = f"{prefix}." if prefix else ""
    return ", ".join(f"{dot}{name}" for name in row._fields)  # type: ignore[attr-defined]


def select(row: type[tuple[Any, ...]], rest: str = "") -> str:
    """`SELECT` of all columns of the row class from its table, then `rest`."""
    return f"SELECT {columns(row)} FROM {TABLES[row]} {rest}"  # noqa: S608 (names are ours)


def marks(values: Sequence[Any]) -> str:
    """As many `?` as values, for an `IN` list."""
    return ",".join("?" * len(values))


def now() -> str:
    """The time in UTC as the API writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Database:
    """One connection to `folder/state.db`; InvalidError never, SandboxError for a foreign layout."""

    def __init__(self, folder: Path) -> None:
        # The server's own thread makes and uses the connection.
        self._connection = sqlite3.connect(folder / "state.db", isolation_level=None, check_same_thread=False)
        self._connection.create_function("regexp", 2, _regexp, deterministic=True)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "temp_store=MEMORY", "cache_size=-32000"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(files("wandb_sandbox.store").joinpath("schema.sql").read_text("utf-8"))
        self.execute("INSERT OR IGNORE INTO meta VALUES ('layout', ?)", LAYOUT)
        found = self.value("SELECT value FROM meta WHERE key = 'layout'")
        if found != LAYOUT:
            self.close()
            raise SandboxError(
                f"{folder} was written by another version of the sandbox (layout {found}, not {LAYOUT})"
            )

    def close(self) -> None:
        """Write everything into the main file and let go of it."""
        self._connection.close()

    def execute(self, sql: str, *params: Any) -> int:
        """Run a statement; the id of the inserted row."""
        return self._connection.execute(sql, params).lastrowid or 0

    def change(self, sql: str, *params: Any) -> int:
        """Run a statement; how many rows it changed."""
        return self._connection.execute(sql, params).rowcount

    def named(self, sql: str, **params: Any) -> None:
        """Run a statement whose parameters are written `:name`."""
        self._connection.execute(sql, params)

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row of parameters."""
        self._connection.executemany(sql, rows)

    def tuples(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        """The answer as plain tuples."""
        return self._connection.execute(sql, params).fetchall()

    def value(self, sql: str, *params: Any) -> Any:
        """The first column of the first row, or None."""
        row = self._connection.execute(sql, params).fetchone()
        return None if row is None else row[0]

    def all(self, row: type[R], rest: str, *params: Any) -> list[R]:
        """All rows of a class, selected by `rest` (WHERE, ORDER BY, ...)."""
        make = maker(row)
        return [make(found) for found in self._connection.execute(select(row, rest), params)]

    def one(self, row: type[R], rest: str, *params: Any) -> R | None:
        """The first such row, or None."""
        found = self._connection.execute(select(row, rest), params).fetchone()
        return None if found is None else maker(row)(found)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; on disk when it ends."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """All or nothing inside a transaction."""
        self._connection.execute("SAVEPOINT field")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK TO field")
            self._connection.execute("RELEASE field")
            raise
        self._connection.execute("RELEASE field")


def _regexp(pattern: str, value: Any) -> bool:
    return value is not None and re.search(pattern, str(value)) is not None
