"""W&B's own migration of a team's legacy registry, played (wandb/docs, model_registry_eol).

One a team: started, when writes on both sides pause; finished, when everything is in a restricted registry
of the organization, the legacy side is read-only, and its collections lead to the new ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wandb_sandbox.errors import ConflictError, NotFoundError
from wandb_sandbox.permissions.roles import RegistryRole
from wandb_sandbox.store import members, people, projects, rows
from wandb_sandbox.store.database import Database, columns, now

if TYPE_CHECKING:
    from wandb_sandbox.store.rows import Collection, Entity, Migration, Project, User

_MEMBER_ROLES = {"admin": RegistryRole.ADMIN, "view-only": RegistryRole.VIEWER}
_COPIES = (
    "INSERT INTO memberships (collection_id, artifact_id, version_index, created_at) "
    "SELECT :new, artifact_id, version_index, created_at FROM memberships WHERE collection_id = :old "
    "ORDER BY version_index",
    "INSERT INTO aliases (membership_id, collection_id, alias) SELECT n.id, :new, a.alias FROM aliases a "
    "JOIN memberships o ON o.id = a.membership_id "
    "JOIN memberships n ON n.collection_id = :new AND n.version_index = o.version_index "
    "WHERE a.collection_id = :old ORDER BY a.id",
    "INSERT INTO former_links SELECT :new, artifact_id, version_index FROM former_links "
    "WHERE collection_id = :old",
    "INSERT INTO collection_tags SELECT :new, tag_id FROM collection_tags WHERE collection_id = :old",
    "INSERT INTO redirects VALUES (:old, :new)",
)
"""What is copied from an old collection to its new one."""


def of_team(db: Database, entity_id: int) -> Migration | None:
    """The team's migration, running or finished."""
    return db.one(rows.Migration, "WHERE entity_id = ?", entity_id)


def redirected(db: Database, collection_id: int) -> int | None:
    """The collection that stands for a migrated legacy one; None where it was not migrated."""
    found = db.value("SELECT target_collection_id FROM redirects WHERE collection_id = ?", collection_id)
    return None if found is None else int(found)


def start(db: Database, team: Entity, name: str | None) -> Project:
    """Make the empty target with its members, and pause writes; the target registry's project.

    NotFoundError where the team has no legacy registry; ConflictError for a second migration, or if the
    registry's name (default: TEAM-mr-migrated) is taken.
    """
    legacy = projects.project(db, team.id, projects.LEGACY_REGISTRY)
    if legacy is None or team.organization_id is None:
        raise NotFoundError(f"team {team.name!r} has no legacy registry")
    if of_team(db, team.id) is not None:
        raise ConflictError(f"the legacy registry of {team.name!r} was migrated already")
    home = db.value("SELECT entity_id FROM organizations WHERE id = ?", team.organization_id)
    target = projects.create(
        db,
        int(home),
        f"{projects.REGISTRY_PREFIX}{name or f'{team.name}-mr-migrated'}",
        creator_id=None,
        access="RESTRICTED",
        description=legacy.description,
        is_registry=True,
    )
    for user, role in _people(db, team.id):
        members.add_user(db, target.id, user, role)
    sql = "INSERT INTO migrations VALUES (?, ?, ?, ?, NULL)"
    db.execute(sql, team.id, legacy.id, target.id, now())
    return target


def _people(db: Database, entity_id: int) -> list[tuple[User, RegistryRole]]:
    """The team's members with their registry roles: no one else, and no one less than before."""
    size = len(rows.User._fields)
    found = db.tuples(
        f"SELECT {columns(rows.User, 'u')}, coalesce(c.inherits, m.role), "  # noqa: S608
        "EXISTS (SELECT 1 FROM workflows_admins w WHERE w.entity_id = m.entity_id AND w.user_id = u.id) "
        "FROM team_members m JOIN users u ON u.id = m.user_id JOIN entities e ON e.id = m.entity_id "
        "LEFT JOIN custom_roles c ON c.organization_id = e.organization_id AND c.name = m.role "
        "WHERE m.entity_id = ? AND m.pending = 0 ORDER BY u.id",
        entity_id,
    )
    people_found = ((rows.User._make(row[:size]), row[size], row[size + 1]) for row in found)
    return [(user, _role(user, role, registry_admin)) for user, role, registry_admin in people_found]


def _role(user: User, team_role: str, registry_admin: int) -> RegistryRole:
    if registry_admin:
        return RegistryRole.ADMIN
    if user.account_type == "SERVICE":
        return RegistryRole.MEMBER
    return _MEMBER_ROLES.get(team_role, RegistryRole.MEMBER)


def finish(db: Database, team: Entity) -> Project:
    """Copy everything, close the legacy side, redirect; ConflictError unless a migration runs."""
    running = of_team(db, team.id)
    if running is None or running.finished_at is not None:
        raise ConflictError(f"no migration of {team.name!r} is running")
    source, target = running.source_project_id, projects.by_id(db, running.target_project_id)
    sql = "WHERE project_id = ? AND kind = 'PORTFOLIO' ORDER BY id"
    for old in db.all(rows.Collection, sql, source):
        _copy(db, old, target)
    db.execute(
        "INSERT INTO project_protected_aliases SELECT ?, alias FROM protected_aliases WHERE entity_id = ?",
        target.id,
        team.id,
    )
    _copy_triggers(db, "PROJECT", source, target.id)
    db.execute("UPDATE projects SET read_only = 1 WHERE id = ?", source)
    db.execute("UPDATE migrations SET finished_at = ? WHERE entity_id = ?", now(), team.id)
    return target


def _copy(db: Database, old: Collection, target: Project) -> None:
    kind = projects.ensure_type(db, target.id, projects.type_by_id(db, old.type_id).name)
    ident = db.execute(
        "INSERT INTO collections (project_id, type_id, name, kind, description, next_index, created_at, "
        "updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        target.id,
        kind.id,
        old.name,
        old.kind,
        old.description,
        old.next_index,
        old.created_at,
        old.updated_at,
    )
    for sql in _COPIES:
        db.named(sql, old=old.id, new=ident)
    _copy_triggers(db, "ARTIFACT_COLLECTION", old.id, ident)


def _copy_triggers(db: Database, scope_type: str, old: int, new: int) -> None:
    fields = "name, description, enabled, scope_type, {}, event_type, event_filter, action_type, "
    fields += "action_config, user_id, created_at, updated_at"
    db.execute(
        f"INSERT INTO triggers ({fields.format('scope_id')}) SELECT {fields.format('?')} FROM triggers "  # noqa: S608
        "WHERE scope_type = ? AND scope_id = ?",
        new,
        scope_type,
        old,
    )


def play(db: Database, team_name: str, phase: str, name: str | None) -> Project:
    """One phase: `start`, `finish`, or `whole`; the target registry's project."""
    team = people.require_team(db, team_name)
    if phase == "finish":
        return finish(db, team)
    target = start(db, team, name)
    return finish(db, team) if phase == "whole" else target
