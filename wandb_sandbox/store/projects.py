"""Projects, registries among them, with their accepted types and members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wandb_sandbox.errors import ConflictError, InvalidError, NotFoundError
from wandb_sandbox.store import rows
from wandb_sandbox.store.database import Database, now

if TYPE_CHECKING:
    from wandb_sandbox.store.rows import ArtifactType, Project

REGISTRY_PREFIX = "wandb-registry-"
LEGACY_REGISTRY = "model-registry"
_FORBIDDEN = set("/\\#?%:\r\n")
_MAX_NAME = 128


def check_project_name(name: str) -> None:
    """InvalidError for a name that no project may have."""
    if not name or len(name) > _MAX_NAME or _FORBIDDEN & set(name):
        raise InvalidError(f"{name!r} is not a valid project name: at most 128 characters, none of / \\ # ? % :")


def project(db: Database, entity_id: int, name: str) -> Project | None:
    """By name in an entity."""
    return db.one(rows.Project, "WHERE entity_id = ? AND name = ?", entity_id, name)


def by_id(db: Database, ident: int) -> Project:
    """By id; NotFoundError if there is none."""
    found = db.one(rows.Project, "WHERE id = ?", ident)
    if found is None:
        raise NotFoundError("project not found")
    return found


def create(
    db: Database,
    entity_id: int,
    name: str,
    *,
    creator_id: int,
    access: str = "PRIVATE",
    description: str | None = None,
    is_registry: bool = False,
    allow_all_types: bool = True,
) -> Project:
    """A new project; ConflictError if the name is taken."""
    check_project_name(name)
    if project(db, entity_id, name) is not None:
        raise ConflictError(f"project {name!r} already exists")
    stamp = now()
    ident = db.execute(
        "INSERT INTO projects (entity_id, name, access, description, allow_all_types, is_registry, creator_id, "
        "created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        entity_id,
        name,
        access,
        description,
        int(allow_all_types),
        int(is_registry),
        creator_id,
        stamp,
        stamp,
    )
    return by_id(db, ident)


def rename(db: Database, found: Project, name: str) -> Project:
    """Give it another name; ConflictError if that is taken by another project."""
    check_project_name(name)
    other = project(db, found.entity_id, name)
    if other is not None and other.id != found.id:
        raise ConflictError(f"project {name!r} already exists")
    db.execute("UPDATE projects SET name = ?, updated_at = ? WHERE id = ?", name, now(), found.id)
    return by_id(db, found.id)


def delete(db: Database, found: Project) -> None:
    """Remove the project with its collections, links, runs and members; versions of others stay."""
    inside = "IN (SELECT id FROM collections WHERE project_id = ?)"
    runs = "IN (SELECT id FROM runs WHERE project_id = ?)"
    own = f"IN (SELECT id FROM artifacts WHERE sequence_id {inside})"
    for sql in (
        f"DELETE FROM aliases WHERE membership_id IN (SELECT id FROM memberships WHERE artifact_id {own})",
        f"DELETE FROM memberships WHERE artifact_id {own}",
        f"UPDATE artifacts SET state = 'DELETED' WHERE sequence_id {inside}",
        f"DELETE FROM aliases WHERE collection_id {inside}",
        f"DELETE FROM memberships WHERE collection_id {inside}",
        f"DELETE FROM former_links WHERE collection_id {inside}",
        f"DELETE FROM collection_tags WHERE collection_id {inside}",
        f"DELETE FROM run_lines WHERE run_id {runs}",
        f"DELETE FROM run_inputs WHERE run_id {runs}",
        f"DELETE FROM run_outputs WHERE run_id {runs}",
        f"DELETE FROM run_files WHERE run_id {runs}",
        "DELETE FROM runs WHERE project_id = ?",
        "DELETE FROM collections WHERE project_id = ?",
        "DELETE FROM artifact_types WHERE project_id = ?",
        "DELETE FROM project_members WHERE project_id = ?",
        "DELETE FROM project_team_members WHERE project_id = ?",
        "DELETE FROM projects WHERE id = ?",
    ):
        db.execute(sql, found.id)


def artifact_type(db: Database, project_id: int, name: str) -> ArtifactType | None:
    """An artifact type of a project by name."""
    return db.one(rows.ArtifactType, "WHERE project_id = ? AND name = ?", project_id, name)


def type_by_id(db: Database, ident: int) -> ArtifactType:
    """By id; NotFoundError if there is none."""
    found = db.one(rows.ArtifactType, "WHERE id = ?", ident)
    if found is None:
        raise NotFoundError("artifact type not found")
    return found


def ensure_type(db: Database, project_id: int, name: str, description: str | None = None) -> ArtifactType:
    """The type of that name, made if it is not there."""
    found = artifact_type(db, project_id, name)
    if found is not None:
        return found
    ident = db.execute(
        "INSERT INTO artifact_types (project_id, name, description, created_at) VALUES (?, ?, ?, ?)",
        project_id,
        name,
        description,
        now(),
    )
    return type_by_id(db, ident)


def accept_type(db: Database, target: Project, name: str) -> ArtifactType:
    """The type in a project that links it; InvalidError where a registry does not take it."""
    found = artifact_type(db, target.id, name)
    if found is not None:
        return found
    if target.is_registry and not target.allow_all_types:
        raise InvalidError(f"registry {target.name!r} does not accept artifacts of type {name!r}")
    return ensure_type(db, target.id, name)
