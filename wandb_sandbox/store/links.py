"""Memberships: versions in their sequence and links in portfolios, with version indexes and aliases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wandb_sandbox.errors import ConflictError, InvalidError, NotFoundError
from wandb_sandbox.store import automations, rows
from wandb_sandbox.store.collections import touch
from wandb_sandbox.store.database import Database, now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wandb_sandbox.store.rows import Alias, Artifact, Collection, Membership
    from wandb_sandbox.switches import Switches

VERSION = re.compile(r"^v(0|[1-9][0-9]*)$")
LATEST = "latest"
_MAX_ALIAS = 128


def check_alias(alias: str) -> None:
    """InvalidError for an alias that nobody may set."""
    if not alias or len(alias) > _MAX_ALIAS or "/" in alias or ":" in alias:
        raise InvalidError(f"{alias!r} is not a valid alias: at most 128 characters, no / and no :")
    if VERSION.match(alias):
        raise InvalidError(f"{alias!r} is reserved: aliases of the form vN are given by the server")


def membership(db: Database, collection_id: int, artifact_id: int) -> Membership | None:
    """The membership of an artifact in a collection."""
    return db.one(rows.Membership, "WHERE collection_id = ? AND artifact_id = ?", collection_id, artifact_id)


def by_alias(db: Database, collection_id: int, alias: str) -> Membership | None:
    """The membership that an alias, or vN, points to."""
    version = VERSION.match(alias)
    if version:
        return db.one(
            rows.Membership, "WHERE collection_id = ? AND version_index = ?", collection_id, int(version[1])
        )
    return db.one(
        rows.Membership,
        "WHERE id = (SELECT membership_id FROM aliases WHERE collection_id = ? AND alias = ?)",
        collection_id,
        alias,
    )


def newest(db: Database, collection_id: int) -> Membership | None:
    """The membership with the highest version index."""
    return db.one(
        rows.Membership, "WHERE collection_id = ? ORDER BY version_index DESC LIMIT 1", collection_id
    )


def next_index(db: Database, collection: Collection, artifact_id: int, switches: Switches) -> int:
    """The version index for a new membership; it is counted as given."""
    former = db.value(
        "SELECT version_index FROM former_links WHERE collection_id = ? AND artifact_id = ?",
        collection.id,
        artifact_id,
    )
    if former is not None and not switches.relink_after_unlink_gives_new_number:
        taken = by_alias(db, collection.id, f"v{former}")
        if taken is None:
            return int(former)
    if switches.index_reuse:
        highest = db.value(
            "SELECT max(version_index) FROM memberships WHERE collection_id = ?", collection.id
        )
        return 0 if highest is None else int(highest) + 1
    index = int(db.value("SELECT next_index FROM collections WHERE id = ?", collection.id))
    db.execute("UPDATE collections SET next_index = ? WHERE id = ?", index + 1, collection.id)
    return index


def add(
    db: Database, collection: Collection, artifact: Artifact, aliases: Sequence[str], switches: Switches
) -> Membership:
    """The membership of the artifact, made if it is not there; `aliases` move to it."""
    found = membership(db, collection.id, artifact.id)
    if found is not None and not switches.relink_is_idempotent and collection.kind == "PORTFOLIO":
        moved = next_index(db, collection, artifact.id, switches)
        db.execute("UPDATE memberships SET version_index = ? WHERE id = ?", moved, found.id)
        found = found._replace(version_index=moved)
    if found is None:
        ident = db.execute(
            "INSERT INTO memberships (collection_id, artifact_id, version_index, created_at) "
            "VALUES (?, ?, ?, ?)",
            collection.id,
            artifact.id,
            next_index(db, collection, artifact.id, switches),
            now(),
        )
        found = by_id(db, ident)
        event = automations.LINK if collection.kind == "PORTFOLIO" else automations.CREATE
        automations.happened(db, event, collection.id, artifact.id, aliases=aliases)
        if switches.latest_follows_links or by_alias(db, collection.id, LATEST) is None:
            move_alias(db, found, LATEST)
        touch(db, collection.id)
    for alias in aliases:
        set_alias(db, found, alias, switches)
    return found


def by_id(db: Database, ident: int) -> Membership:
    """By id; NotFoundError if there is none."""
    found = db.one(rows.Membership, "WHERE id = ?", ident)
    if found is None:
        raise NotFoundError("artifact membership not found")
    return found


def move_alias(db: Database, target: Membership, alias: str) -> None:
    """Put the alias on the membership; it leaves the one in the same collection that had it."""
    check_alias(alias)
    sql = "SELECT membership_id FROM aliases WHERE collection_id = ? AND alias = ?"
    if alias != LATEST and db.value(sql, target.collection_id, alias) != target.id:
        automations.happened(
            db, automations.ADD_ALIAS, target.collection_id, target.artifact_id, aliases=[alias]
        )
    db.execute(
        "INSERT INTO aliases (membership_id, collection_id, alias) VALUES (?, ?, ?) "
        "ON CONFLICT (collection_id, alias) DO UPDATE SET membership_id = excluded.membership_id",
        target.id,
        target.collection_id,
        alias,
    )


def set_alias(db: Database, target: Membership, alias: str, switches: Switches) -> None:
    """As `move_alias`, where the server moves aliases; else ConflictError if another version has it."""
    holder = None if switches.alias_moves else by_alias(db, target.collection_id, alias)
    if holder is not None and holder.id != target.id and alias != LATEST:
        raise ConflictError(f"the alias {alias!r} is on another version of the collection")
    move_alias(db, target, alias)


def remove_alias(db: Database, target: Membership, alias: str) -> None:
    """Take the alias off the membership; nothing happens if it is not there."""
    db.execute("DELETE FROM aliases WHERE membership_id = ? AND alias = ?", target.id, alias)


def aliases(db: Database, membership_id: int) -> list[Alias]:
    """The aliases of a membership, without the implicit vN."""
    return db.all(rows.Alias, "WHERE membership_id = ? ORDER BY id", membership_id)


def remove(db: Database, found: Membership, *, latest_falls_back: bool = True) -> None:
    """Take a version out of a collection, with its aliases; `latest` then goes to the newest that remains."""
    automations.happened(db, automations.UNLINK, found.collection_id, found.artifact_id)
    db.execute(
        "INSERT OR REPLACE INTO former_links VALUES (?, ?, ?)",
        found.collection_id,
        found.artifact_id,
        found.version_index,
    )
    had_latest = db.value("SELECT 1 FROM aliases WHERE membership_id = ? AND alias = ?", found.id, LATEST)
    db.execute("DELETE FROM aliases WHERE membership_id = ?", found.id)
    db.execute("DELETE FROM memberships WHERE id = ?", found.id)
    heir = newest(db, found.collection_id) if had_latest and latest_falls_back else None
    if heir is not None:
        move_alias(db, heir, LATEST)
    touch(db, found.collection_id)
