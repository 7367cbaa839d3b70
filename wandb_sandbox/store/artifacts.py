"""Artifact versions: creation, commit, change, deletion, lineage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wandb_sandbox.errors import ConflictError, NotFoundError
from wandb_sandbox.store import collections, links, rows
from wandb_sandbox.store.database import Database, now

if TYPE_CHECKING:
    from wandb_sandbox.store.rows import Artifact, Collection, Membership, Project
    from wandb_sandbox.switches import Switches

COMMITTED, PENDING, DELETED = "COMMITTED", "PENDING", "DELETED"


def by_id(db: Database, ident: int) -> Artifact:
    """By id, also a deleted one; NotFoundError if there never was one."""
    found = db.one(rows.Artifact, "WHERE id = ?", ident)
    if found is None:
        raise NotFoundError("artifact not found")
    return found


def by_client_id(db: Database, client_id: str) -> Artifact | None:
    """By the id that the client chose before the server had one."""
    return db.one(
        rows.Artifact, "WHERE client_id = ? AND state != ? ORDER BY id DESC LIMIT 1", client_id, DELETED
    )


def same_digest(db: Database, sequence_id: int, digest: str, switches: Switches) -> Artifact | None:
    """A committed version of the sequence with that digest."""
    found = db.one(
        rows.Artifact,
        "WHERE sequence_id = ? AND digest = ? AND state = ? ORDER BY id DESC LIMIT 1",
        sequence_id,
        digest,
        COMMITTED,
    )
    if found is None or switches.deduplicates_any_version:
        return found
    newest = links.newest(db, sequence_id)
    return found if newest is not None and newest.artifact_id == found.id else None


def create(
    db: Database,
    sequence: Collection,
    *,
    digest: str,
    digest_algorithm: str = "MANIFEST_MD5",
    user_id: int | None = None,
    run_id: int | None = None,
    description: str | None = None,
    metadata: str | None = None,
    labels: str | None = None,
    client_id: str | None = None,
    history_step: int | None = None,
    ttl_seconds: int | None = None,
) -> Artifact:
    """A new pending version of a sequence."""
    ident = db.execute(
        "INSERT INTO artifacts (sequence_id, type_id, state, digest, digest_algorithm, description, "
        "metadata, labels, run_id, user_id, client_id, history_step, ttl_seconds, created_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        sequence.id,
        sequence.type_id,
        PENDING,
        digest,
        digest_algorithm,
        description,
        metadata,
        labels,
        run_id,
        user_id,
        client_id,
        history_step,
        ttl_seconds,
        now(),
    )
    return by_id(db, ident)


def want_aliases(db: Database, artifact_id: int, aliases: list[str]) -> None:
    """Keep aliases until the version is committed."""
    for alias in aliases:
        links.check_alias(alias)
        db.execute("INSERT OR IGNORE INTO pending_aliases VALUES (?, ?)", artifact_id, alias)


def commit(
    db: Database,
    found: Artifact,
    switches: Switches,
    *,
    digest: str | None = None,
    size: int = 0,
    file_count: int = 0,
) -> tuple[Artifact, Membership]:
    """Make a pending version a version of its sequence: index, `latest`, and the aliases it asked for."""
    sequence = collections.by_id(db, found.sequence_id)
    aliases = [
        alias for (alias,) in db.tuples("SELECT alias FROM pending_aliases WHERE artifact_id = ?", found.id)
    ]
    db.execute("DELETE FROM pending_aliases WHERE artifact_id = ?", found.id)
    membership = links.add(db, sequence, found, aliases, switches)
    db.execute(
        "UPDATE artifacts SET state = ?, digest = ?, version_index = ?, size = ?, file_count = ?, "
        "updated_at = ? WHERE id = ?",
        COMMITTED,
        digest or found.digest,
        membership.version_index,
        size,
        file_count,
        now(),
        found.id,
    )
    return by_id(db, found.id), membership


def update(
    db: Database,
    found: Artifact,
    *,
    description: str | None = None,
    metadata: str | None = None,
    labels: str | None = None,
    ttl_seconds: int | None = None,
) -> Artifact:
    """Change what is given; None leaves it."""
    changes = {"description": description, "metadata": metadata, "labels": labels, "ttl_seconds": ttl_seconds}
    for column, value in changes.items():
        if value is not None:
            db.execute(f"UPDATE artifacts SET {column} = ? WHERE id = ?", value, found.id)  # noqa: S608
    db.execute("UPDATE artifacts SET updated_at = ? WHERE id = ?", now(), found.id)
    return by_id(db, found.id)


def set_aliases(db: Database, target: Membership, wanted: list[str]) -> None:
    """Make exactly these the aliases of a membership, as `updateArtifact` with aliases does."""
    for alias in links.aliases(db, target.id):
        if alias.alias not in wanted:
            links.remove_alias(db, target, alias.alias)
    for name in wanted:
        links.move_alias(db, target, name)


def delete(db: Database, found: Artifact, *, with_aliases: bool, keep_links: bool) -> Artifact:
    """Delete a version; ConflictError while it has aliases and they are not to go with it."""
    held = db.value(
        "SELECT count(*) FROM aliases a JOIN memberships m ON m.id = a.membership_id "
        "WHERE m.artifact_id = ? AND a.alias != 'latest'",
        found.id,
    )
    if held and not with_aliases:
        raise ConflictError("the artifact has aliases: delete them first, or ask to delete them with it")
    for membership in db.all(rows.Membership, "WHERE artifact_id = ?", found.id):
        if membership.collection_id == found.sequence_id or not keep_links:
            links.remove(db, membership)
    db.execute("UPDATE artifacts SET state = ?, updated_at = ? WHERE id = ?", DELETED, now(), found.id)
    db.execute("DELETE FROM pending_aliases WHERE artifact_id = ?", found.id)
    return by_id(db, found.id)


def project_of(db: Database, found: Artifact) -> Project:
    """The project that the version was logged to."""
    project = db.one(
        rows.Project, "WHERE id = (SELECT project_id FROM collections WHERE id = ?)", found.sequence_id
    )
    if project is None:
        raise NotFoundError("artifact not found")
    return project


def note_output(db: Database, run_id: int, artifact_id: int) -> None:
    """The run logged the version."""
    db.execute("INSERT OR IGNORE INTO run_outputs VALUES (?, ?)", run_id, artifact_id)


def note_input(db: Database, run_id: int, artifact_id: int, used_as: str | None) -> None:
    """The run used the version."""
    db.execute("INSERT OR REPLACE INTO run_inputs VALUES (?, ?, ?)", run_id, artifact_id, used_as)
