"""Runs: their attributes, the lines of their streams, their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wandb_sandbox.errors import NotFoundError
from wandb_sandbox.store import rows
from wandb_sandbox.store.database import Database, now

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wandb_sandbox.store.rows import Run, RunFile

COLUMNS = (
    "display_name",
    "description",
    "notes",
    "state",
    "config",
    "summary_metrics",
    "tags",
    "group_name",
    "job_type",
    "commit_hash",
    "host",
    "program",
    "repo",
)
"""What `update` can change."""


def run(db: Database, project_id: int, name: str) -> Run | None:
    """By name (the run id of the client) in a project."""
    return db.one(rows.Run, "WHERE project_id = ? AND name = ?", project_id, name)


def by_id(db: Database, ident: int) -> Run:
    """By id; NotFoundError if there is none."""
    found = db.one(rows.Run, "WHERE id = ?", ident)
    if found is None:
        raise NotFoundError("run not found")
    return found


def create(db: Database, project_id: int, user_id: int, name: str, display_name: str) -> Run:
    """A new running run."""
    stamp = now()
    ident = db.execute(
        "INSERT INTO runs (project_id, user_id, name, display_name, created_at, updated_at, heartbeat_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        project_id,
        user_id,
        name,
        display_name,
        stamp,
        stamp,
        stamp,
    )
    return by_id(db, ident)


def update(db: Database, found: Run, changes: Mapping[str, Any]) -> Run:
    """Set columns; those that are None stay as they are."""
    for column in COLUMNS:
        if changes.get(column) is not None:
            db.execute(f"UPDATE runs SET {column} = ? WHERE id = ?", changes[column], found.id)  # noqa: S608
    stamp = now()
    db.execute("UPDATE runs SET updated_at = ?, heartbeat_at = ? WHERE id = ?", stamp, stamp, found.id)
    return by_id(db, found.id)


def write_lines(db: Database, run_id: int, stream: str, offset: int, lines: Iterable[str]) -> None:
    """Put lines into a stream of the run from `offset` on; what was there is replaced."""
    db.many(
        "INSERT OR REPLACE INTO run_lines VALUES (?, ?, ?, ?)",
        ((run_id, stream, offset + i, line) for i, line in enumerate(lines)),
    )


def cut_lines(db: Database, run_id: int, stream: str, kept: int) -> None:
    """Keep only the first `kept` lines of a stream."""
    sql = "DELETE FROM run_lines WHERE run_id = ? AND stream = ? AND position >= ?"
    db.execute(sql, run_id, stream, kept)


def lines(db: Database, run_id: int, stream: str) -> list[str]:
    """All lines of a stream."""
    found = db.tuples(
        "SELECT content FROM run_lines WHERE run_id = ? AND stream = ? ORDER BY position", run_id, stream
    )
    return [line for (line,) in found]


def count_lines(db: Database, run_id: int, stream: str) -> int:
    """How many lines a stream has."""
    return int(db.value("SELECT count(*) FROM run_lines WHERE run_id = ? AND stream = ?", run_id, stream))


def last_line(db: Database, run_id: int, stream: str) -> str | None:
    """The newest line of a stream."""
    found = db.value(
        "SELECT content FROM run_lines WHERE run_id = ? AND stream = ? ORDER BY position DESC LIMIT 1",
        run_id,
        stream,
    )
    return None if found is None else str(found)


def delete(db: Database, found: Run) -> None:
    """Remove a run; the versions that it logged stay."""
    for table in ("run_lines", "run_inputs", "run_outputs", "run_files"):
        db.execute(f"DELETE FROM {table} WHERE run_id = ?", found.id)  # noqa: S608
    db.execute("UPDATE artifacts SET run_id = NULL WHERE run_id = ?", found.id)
    db.execute("DELETE FROM runs WHERE id = ?", found.id)


def file(db: Database, run_id: int, name: str) -> RunFile | None:
    """A file of a run by name."""
    return db.one(rows.RunFile, "WHERE run_id = ? AND name = ?", run_id, name)


def note_file(db: Database, run_id: int, name: str, size: int, md5: str | None, mimetype: str | None) -> None:
    """A file of the run has arrived."""
    db.execute(
        "INSERT INTO run_files (run_id, name, size, md5, mimetype, updated_at) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (run_id, name) DO UPDATE SET size = excluded.size, md5 = excluded.md5, "
        "mimetype = excluded.mimetype, updated_at = excluded.updated_at",
        run_id,
        name,
        size,
        md5,
        mimetype,
        now(),
    )
