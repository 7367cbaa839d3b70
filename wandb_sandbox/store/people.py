"""Users, keys, organizations, teams and their members."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from wandb_sandbox.errors import ConflictError, NotFoundError
from wandb_sandbox.store import rows
from wandb_sandbox.store.database import Database, columns, now

if TYPE_CHECKING:
    from wandb_sandbox.store.rows import Entity, Organization, User


def digest(key: str) -> str:
    """What is kept of an API key."""
    return hashlib.sha256(key.encode()).hexdigest()


def user_of_key(db: Database, key: str) -> User | None:
    """The living user whose key it is."""
    return db.one(
        rows.User,
        "WHERE deleted_at IS NULL AND id = (SELECT user_id FROM api_keys WHERE digest = ?)",
        digest(key),
    )


def user(db: Database, username: str) -> User | None:
    """By user name."""
    return db.one(rows.User, "WHERE username = ?", username)


def require_user(db: Database, username: str) -> User:
    """By user name; NotFoundError if there is none."""
    found = user(db, username)
    if found is None:
        raise NotFoundError(f"user {username!r} not found")
    return found


def entity(db: Database, name: str) -> Entity | None:
    """By entity name."""
    return db.one(rows.Entity, "WHERE name = ?", name)


def organization(db: Database, name: str) -> Organization | None:
    """By display name."""
    return db.one(rows.Organization, "WHERE name = ?", name)


def require_organization(db: Database, name: str) -> Organization:
    """By display name; NotFoundError if there is none."""
    found = organization(db, name)
    if found is None:
        raise NotFoundError(f"organization {name!r} not found")
    return found


def require_team(db: Database, name: str) -> Entity:
    """By name; NotFoundError if there is no such team."""
    found = entity(db, name)
    if found is None or found.kind != "team":
        raise NotFoundError(f"team {name!r} not found")
    return found


def _add_entity(db: Database, name: str, kind: str, organization_id: int | None) -> int:
    if entity(db, name) is not None:
        raise ConflictError(f"the entity name {name!r} is taken")
    return db.execute(
        "INSERT INTO entities (name, kind, organization_id, created_at) VALUES (?, ?, ?, ?)",
        name,
        kind,
        organization_id,
        now(),
    )


def ensure_user(
    db: Database,
    username: str,
    *,
    admin: bool = False,
    service: bool = False,
    organization_wide: bool = False,
) -> User:
    """The user of that name, made if it is not there; its name is a valid key."""
    found = user(db, username)
    if found is None:
        home = _add_entity(db, username, "user", None)
        ident = db.execute(
            "INSERT INTO users (username, name, email, entity_id, is_admin, account_type, organization_wide, "
            "created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            username,
            username,
            f"{username}@sandbox.invalid",
            home,
            int(admin),
            "SERVICE" if service else "USER",
            int(organization_wide),
            now(),
        )
        add_key(db, ident, username)
        return require_user(db, username)
    db.execute(
        "UPDATE users SET deleted_at = NULL, is_admin = max(is_admin, ?) WHERE id = ?", int(admin), found.id
    )
    add_key(db, found.id, username)
    return require_user(db, username)


def remove_user(db: Database, found: User) -> None:
    """Deactivate: no key works, no membership remains, what the user made stays."""
    db.execute("UPDATE users SET deleted_at = ? WHERE id = ?", now(), found.id)
    for table in ("api_keys", "organization_members", "team_members", "project_members", "workflows_admins"):
        db.execute(f"DELETE FROM {table} WHERE user_id = ?", found.id)  # noqa: S608


def add_key(db: Database, user_id: int, key: str, description: str | None = None) -> int:
    """Make the key valid for the user."""
    db.execute(
        "INSERT OR IGNORE INTO api_keys (user_id, digest, name, description) VALUES (?, ?, ?, ?)",
        user_id,
        digest(key),
        f"...{digest(key)[:6]}",
        description,
    )
    return int(db.value("SELECT id FROM api_keys WHERE digest = ?", digest(key)))


def revoke_keys(db: Database, user_id: int) -> None:
    """No key of the user is valid any more."""
    db.execute("DELETE FROM api_keys WHERE user_id = ?", user_id)


def new_key() -> str:
    """A fresh key of the length that the client asks for."""
    return secrets.token_hex(20)


def ensure_organization(db: Database, name: str, entity_name: str | None = None) -> Organization:
    """The organization of that display name, made with its entity if it is not there."""
    found = organization(db, name)
    if found is not None:
        return found
    ident = db.execute("INSERT INTO organizations (name, created_at) VALUES (?, ?)", name, now())
    wanted = entity_name or f"{name.replace(' ', '-').lower()}-org"
    home = _add_entity(db, wanted, "organization", ident)
    db.execute("UPDATE organizations SET entity_id = ? WHERE id = ?", home, ident)
    return require_organization(db, name)


def ensure_team(db: Database, name: str, organization_id: int) -> Entity:
    """The team of that name in the organization, made if it is not there."""
    found = entity(db, name)
    if found is None:
        _add_entity(db, name, "team", organization_id)
        return require_team(db, name)
    if found.kind != "team" or found.organization_id != organization_id:
        raise ConflictError(f"the entity name {name!r} is taken")
    return found


def set_organization_role(
    db: Database, organization_id: int, user_id: int, role: str, seat: str | None = None
) -> None:
    """Make the user a member of the organization with that role; None leaves the seat (at first: full)."""
    db.execute(
        "INSERT INTO organization_members (organization_id, user_id, role) VALUES (?, ?, ?) "
        "ON CONFLICT (organization_id, user_id) DO UPDATE SET role = excluded.role",
        organization_id,
        user_id,
        role,
    )
    if seat is not None:
        sql = "UPDATE organization_members SET seat = ? WHERE organization_id = ? AND user_id = ?"
        db.execute(sql, seat, organization_id, user_id)


def join_organization(db: Database, organization_id: int, user_id: int, role: str) -> None:
    """Make the user a member with that role; one who is a member already keeps the role."""
    db.execute(
        "INSERT OR IGNORE INTO organization_members (organization_id, user_id, role) VALUES (?, ?, ?)",
        organization_id,
        user_id,
        role,
    )


def leave_organization(db: Database, organization_id: int, user_id: int) -> None:
    """The user is no member of the organization any more, nor of its teams and registries."""
    entities = "SELECT id FROM entities WHERE organization_id = ?"
    projects = f"SELECT id FROM projects WHERE entity_id IN ({entities})"  # noqa: S608
    for place in (
        "organization_members WHERE organization_id = ?",
        f"team_members WHERE entity_id IN ({entities})",
        f"workflows_admins WHERE entity_id IN ({entities})",
        f"project_members WHERE project_id IN ({projects})",
    ):
        db.execute(f"DELETE FROM {place} AND user_id = ?", organization_id, user_id)  # noqa: S608


def set_custom_role(db: Database, organization_id: int, name: str, inherits: str) -> None:
    """A role of the organization's own, which may do what the predefined team role `inherits` may."""
    db.execute("INSERT OR REPLACE INTO custom_roles VALUES (?, ?, ?)", organization_id, name, inherits)


def set_team_role(db: Database, entity_id: int, user_id: int, role: str, *, pending: bool = False) -> None:
    """Make the user a member of the team with that role; a default entity if there is none yet.

    `pending`: the invitation is not accepted, so it gives nothing yet.
    """
    db.execute(
        "INSERT OR REPLACE INTO team_members VALUES (?, ?, ?, ?)", entity_id, user_id, role, int(pending)
    )
    if pending:
        return
    db.execute(
        "UPDATE users SET default_entity_id = ? WHERE id = ? AND default_entity_id IS NULL",
        entity_id,
        user_id,
    )


def team_members(db: Database, entity_id: int) -> list[tuple[User, str, int]]:
    """Members of a team with role and whether the invitation is pending, by user id."""
    return _members(db, "m.pending FROM team_members m", "m.entity_id", entity_id)


def organization_members(db: Database, organization_id: int) -> list[tuple[User, str, int]]:
    """Members of an organization with role, by user id; none of them is pending."""
    return _members(db, "0 FROM organization_members m", "m.organization_id", organization_id)


def _members(db: Database, source: str, column: str, owner_id: int) -> list[tuple[User, str, int]]:
    size = len(rows.User._fields)
    found = db.tuples(
        f"SELECT {columns(rows.User, 'u')}, m.role, {source} "
        f"JOIN users u ON u.id = m.user_id WHERE {column} = ? ORDER BY u.id",
        owner_id,
    )
    return [(rows.User._make(row[:size]), row[size], row[size + 1]) for row in found]
