"""Rows on their way into the store: by table and column, written many at once, with ids given here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wandb_sandbox.store.database import Database

_START = datetime(2024, 1, 1, tzinfo=UTC)


class Buffer:
    """Collects rows; `flush` writes them. Ids go on from what the store has."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._rows: dict[tuple[str, tuple[str, ...]], list[tuple[Any, ...]]] = {}
        self._last: dict[str, int] = {}
        self._seconds = 0

    def stamp(self) -> str:
        """A time, a second after the one before."""
        self._seconds += 1
        return (_START + timedelta(seconds=self._seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def add(self, table: str, **values: Any) -> None:
        """A row of a table without an id of its own."""
        self._rows.setdefault((table, tuple(values)), []).append(tuple(values.values()))

    def make(self, table: str, **values: Any) -> int:
        """A row of a table with an id, which is answered."""
        if table not in self._last:
            self._last[table] = int(self._db.value(f"SELECT coalesce(max(id), 0) FROM {table}"))  # noqa: S608
        self._last[table] += 1
        self.add(table, id=self._last[table], **values)
        return self._last[table]

    def flush(self) -> None:
        """Write everything that was collected."""
        for (table, columns), rows in self._rows.items():
            marks = ",".join("?" * len(columns))
            self._db.many(f"INSERT INTO {table} ({','.join(columns)}) VALUES ({marks})", rows)  # noqa: S608
        self._rows.clear()
