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
CORE_TYPES = ("model", "dataset")
"""Artifact types that have a core registry each."""
_FORBIDDEN = set("/\\#?%:\r\n")
_MAX_NAME = 128


_COLLECTIONS = "IN (SELECT id FROM collections WHERE project_id = ?)"
_RUNS = "IN (SELECT id FROM runs WHERE project_id = ?)"
_OWN = f"IN (SELECT id FROM artifacts WHERE sequence_id {_COLLECTIONS})"  # noqa: S608
_DELETIONS = (
    f"DELETE FROM aliases WHERE membership_id IN (SELECT id FROM memberships WHERE artifact_id {_OWN})",  # noqa: S608
    f"DELETE FROM memberships WHERE artifact_id {_OWN}",  # noqa: S608
    f"UPDATE artifacts SET state = 'DELETED' WHERE sequence_id {_COLLECTIONS}",  # noqa: S608
    *(
        f"DELETE FROM {table} WHERE collection_id {_COLLECTIONS}"  # noqa: S608
        for table in ("aliases", "memberships", "former_links", "collection_tags")
    ),
    *(
        f"DELETE FROM {table} WHERE run_id {_RUNS}"  # noqa: S608
        for table in ("run_lines", "run_inputs", "run_outputs", "run_files")
    ),
    f"DELETE FROM triggers WHERE scope_type = 'ARTIFACT_COLLECTION' AND scope_id {_COLLECTIONS}",  # noqa: S608
    f"DELETE FROM redirects WHERE collection_id {_COLLECTIONS}",  # noqa: S608
    f"DELETE FROM redirects WHERE target_collection_id {_COLLECTIONS}",  # noqa: S608
    *(
        f"DELETE FROM {table} WHERE project_id = ?"  # noqa: S608
        for table in (
            "runs",
            "collections",
            "artifact_types",
            "project_members",
            "project_team_members",
            "project_protected_aliases",
        )
    ),
    "DELETE FROM triggers WHERE scope_type = 'PROJECT' AND scope_id = ?",
    "DELETE FROM projects WHERE id = ?",
)
"""What goes with a project, in order; each takes the project's id."""


def check_project_name(name: str) -> None:
    """InvalidError for a name that no project may have."""
    if not name or len(name) > _MAX_NAME or _FORBIDDEN & set(name):
        raise InvalidError(
            f"{name!r} is not a valid project name: at most 128 characters, none of / \\ # ? % :"
        )


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
    creator_id: int | None,
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
        "INSERT INTO projects (entity_id, name, access, description, allow_all_types, is_registry, "
        "creator_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
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


def ensure_core_registries(db: Database, entity_id: int) -> None:
    """The registries that every organization has from its creation, for models and for datasets."""
    for kind in CORE_TYPES:
        name = f"{REGISTRY_PREFIX}{kind}"
        if project(db, entity_id, name) is None:
            made = create(db, entity_id, name, creator_id=None, is_registry=True, allow_all_types=False)
            ensure_type(db, made.id, kind)


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
    for sql in _DELETIONS:
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
