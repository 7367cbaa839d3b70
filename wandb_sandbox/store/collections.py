"""Collections: sequences, which runs log to, and portfolios, which hold links; their tags."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wandb_sandbox.errors import ConflictError, InvalidError, NotFoundError
from wandb_sandbox.store import automations, rows
from wandb_sandbox.store.database import Database, now

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wandb_sandbox.store.rows import ArtifactType, Collection, Tag

_MAX_NAME = 128
_TAG = re.compile(r"^[-\w]+( +[-\w]+)*$")
MAX_TAGS = 20


def check_name(name: str) -> None:
    """InvalidError for a name that no collection may have."""
    if not name or len(name) > _MAX_NAME or "/" in name or ":" in name:
        raise InvalidError(f"{name!r} is not a valid collection name: at most 128 characters, no / and no :")


def collection(db: Database, project_id: int, name: str) -> Collection | None:
    """By name in a project."""
    return db.one(rows.Collection, "WHERE project_id = ? AND name = ?", project_id, name)


def by_id(db: Database, ident: int) -> Collection:
    """By id; NotFoundError if there is none."""
    found = db.one(rows.Collection, "WHERE id = ?", ident)
    if found is None:
        raise NotFoundError("collection not found")
    return found


def create(
    db: Database, kind: ArtifactType, name: str, shape: str, description: str | None = None
) -> Collection:
    """A new collection of `shape` SEQUENCE or PORTFOLIO; ConflictError if the name is taken."""
    check_name(name)
    if collection(db, kind.project_id, name) is not None:
        raise ConflictError(f"collection {name!r} already exists")
    stamp = now()
    ident = db.execute(
        "INSERT INTO collections (project_id, type_id, name, kind, description, created_at, updated_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        kind.project_id,
        kind.id,
        name,
        shape,
        description,
        stamp,
        stamp,
    )
    return by_id(db, ident)


def update(db: Database, found: Collection, name: str | None, description: str | None) -> Collection:
    """Change name or description; None leaves it."""
    if name is not None and name != found.name:
        check_name(name)
        other = collection(db, found.project_id, name)
        if other is not None and other.id != found.id:
            raise ConflictError(f"collection {name!r} already exists")
        db.execute("UPDATE collections SET name = ? WHERE id = ?", name, found.id)
    if description is not None:
        db.execute("UPDATE collections SET description = ? WHERE id = ?", description, found.id)
    touch(db, found.id)
    return by_id(db, found.id)


def touch(db: Database, ident: int) -> None:
    """Note that the collection changed."""
    db.execute("UPDATE collections SET updated_at = ? WHERE id = ?", now(), ident)


def set_type(db: Database, found: Collection, kind: ArtifactType) -> Collection:
    """Move a sequence and its versions to another type of its project."""
    db.execute("UPDATE collections SET type_id = ? WHERE id = ?", kind.id, found.id)
    db.execute("UPDATE artifacts SET type_id = ? WHERE sequence_id = ?", kind.id, found.id)
    touch(db, found.id)
    return by_id(db, found.id)


def delete(db: Database, found: Collection) -> Collection:
    """Remove it with its links and aliases; the versions of a sequence are deleted, linked ones stay."""
    if found.kind == "SEQUENCE":
        own = "IN (SELECT id FROM artifacts WHERE sequence_id = ?)"
        held = f"IN (SELECT id FROM memberships WHERE artifact_id {own})"  # noqa: S608
        db.execute(f"DELETE FROM aliases WHERE membership_id {held}", found.id)  # noqa: S608
        db.execute(f"DELETE FROM memberships WHERE artifact_id {own}", found.id)  # noqa: S608
        db.execute("UPDATE artifacts SET state = 'DELETED' WHERE sequence_id = ?", found.id)
    db.execute("DELETE FROM redirects WHERE ? IN (collection_id, target_collection_id)", found.id)
    db.execute("DELETE FROM triggers WHERE scope_type = 'ARTIFACT_COLLECTION' AND scope_id = ?", found.id)
    for table in ("aliases", "memberships", "former_links", "collection_tags"):
        db.execute(f"DELETE FROM {table} WHERE collection_id = ?", found.id)  # noqa: S608
    db.execute("DELETE FROM collections WHERE id = ?", found.id)
    return found._replace(state="DELETED")


def ensure_tags(db: Database, wanted: Iterable[tuple[str, str | None, str | None]]) -> list[Tag]:
    """The tags of these names, categories and attributes, made where they are not there."""
    found: list[Tag] = []
    for name, category, attributes in wanted:
        if len(name) > _MAX_NAME or not _TAG.match(name):
            raise InvalidError(
                f"{name!r} is not a valid tag: letters, digits, _ and -, single spaces between"
            )
        db.execute(
            "INSERT OR IGNORE INTO tags (name, category, attributes) VALUES (?, ?, ?)",
            name,
            category,
            attributes,
        )
        tag = db.one(rows.Tag, "WHERE name = ? AND coalesce(category, '') = ?", name, category or "")
        if tag is not None:
            found.append(tag)
    return found


def add_tags(db: Database, of: str, ident: int, tags: Iterable[Tag]) -> None:
    """Put tags on a collection or an artifact (`of`)."""
    table = {"collection": "collection_tags", "artifact": "artifact_tags"}[of]
    sql = f"INSERT OR IGNORE INTO {table} VALUES (?, ?)"  # noqa: S608
    added = [tag for tag in tags if db.change(sql, ident, tag.id)]
    _tags_changed(db, f"ADD_{of.upper()}_TAG", of, ident, added)


def remove_tags(db: Database, of: str, ident: int, tags: Iterable[Tag]) -> None:
    """Take tags off a collection or an artifact (`of`)."""
    table = {"collection": "collection_tags", "artifact": "artifact_tags"}[of]
    sql = f"DELETE FROM {table} WHERE {of}_id = ? AND tag_id = ?"  # noqa: S608
    removed = [tag for tag in tags if db.change(sql, ident, tag.id)]
    _tags_changed(db, f"REMOVE_{of.upper()}_TAG", of, ident, removed)


def _tags_changed(db: Database, event: str, of: str, ident: int, tags: list[Tag]) -> None:
    """For automations: tags of an artifact are seen in every collection that holds it."""
    held = [ident]
    if of == "artifact" and tags:
        sql = "SELECT collection_id FROM memberships WHERE artifact_id = ? ORDER BY id"
        held = [collection for (collection,) in db.tuples(sql, ident)]
    for tag in tags:
        for collection_id in held:
            artifact_id = ident if of == "artifact" else None
            automations.happened(db, event, collection_id, artifact_id, tags=[tag.name])
