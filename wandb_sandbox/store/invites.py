"""Invitations to teams: who was asked by email, and who is a member from then on, pending or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wandb_sandbox.errors import NotFoundError
from wandb_sandbox.store.database import now
from wandb_sandbox.store.rows import TABLES

if TYPE_CHECKING:
    from wandb_sandbox.store.database import Database


class Invite(NamedTuple):
    id: int
    entity_id: int
    email: str
    user_id: int | None
    role: str
    created_at: str


TABLES[Invite] = "invites"


def add(db: Database, entity_id: int, email: str, user_id: int | None, role: str) -> Invite:
    """The invitation of that address to the team; a user with an account is a pending member by it."""
    db.execute(
        "INSERT INTO invites (entity_id, email, user_id, role, created_at) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (entity_id, email) DO UPDATE SET role = excluded.role, user_id = excluded.user_id",
        entity_id,
        email,
        user_id,
        role,
        now(),
    )
    if user_id is not None:
        db.execute("INSERT OR IGNORE INTO team_members VALUES (?, ?, ?, 1)", entity_id, user_id, role)
    found = db.one(Invite, "WHERE entity_id = ? AND email = ?", entity_id, email)
    if found is None:
        raise NotFoundError("invitation not found")
    return found


def remove(db: Database, entity_id: int, ident: int) -> bool:
    """Take back an invitation, with the pending membership; whether there was one."""
    user_id = db.value("SELECT user_id FROM invites WHERE id = ? AND entity_id = ?", ident, entity_id)
    sql = "DELETE FROM team_members WHERE entity_id = ? AND user_id = ? AND pending = 1"
    db.execute(sql, entity_id, user_id)
    return bool(db.change("DELETE FROM invites WHERE id = ? AND entity_id = ?", ident, entity_id))


def remove_member(db: Database, entity_id: int, user_id: int) -> bool:
    """Remove a member, pending or not, with the invitation; whether there was one."""
    db.execute("DELETE FROM invites WHERE entity_id = ? AND user_id = ?", entity_id, user_id)
    return bool(db.change("DELETE FROM team_members WHERE entity_id = ? AND user_id = ?", entity_id, user_id))
