"""The rows of the store, as tuples whose fields are the columns in their order."""

from __future__ import annotations

from typing import NamedTuple


class Organization(NamedTuple):
    id: int
    name: str
    entity_id: int
    advanced_search: int
    created_at: str


class Entity(NamedTuple):
    id: int
    name: str
    kind: str
    organization_id: int | None
    created_at: str


class User(NamedTuple):
    id: int
    username: str
    name: str
    email: str
    entity_id: int
    is_admin: int
    account_type: str
    organization_wide: int
    default_entity_id: int | None
    created_at: str
    deleted_at: str | None


class ApiKey(NamedTuple):
    id: int
    user_id: int
    name: str
    description: str | None


class TeamMember(NamedTuple):
    entity_id: int
    user_id: int
    role: str
    pending: int


class Project(NamedTuple):
    id: int
    entity_id: int
    name: str
    access: str
    description: str | None
    views: str | None
    read_only: int
    allow_all_types: int
    is_registry: int
    creator_id: int | None
    created_at: str
    updated_at: str


class ProjectMember(NamedTuple):
    project_id: int
    user_id: int
    role: str


class ProjectTeamMember(NamedTuple):
    project_id: int
    entity_id: int
    role: str


class Migration(NamedTuple):
    entity_id: int
    source_project_id: int
    target_project_id: int
    started_at: str
    finished_at: str | None


class Integration(NamedTuple):
    id: int
    entity_id: int
    kind: str
    name: str
    target: str


class Trigger(NamedTuple):
    """An automation; `scope_id` is of a project, a collection or an entity, by `scope_type`."""

    id: int
    name: str
    description: str | None
    enabled: int
    scope_type: str
    scope_id: int
    event_type: str
    event_filter: str
    action_type: str
    action_config: str
    user_id: int
    created_at: str
    updated_at: str


class ArtifactType(NamedTuple):
    id: int
    project_id: int
    name: str
    description: str | None
    created_at: str


class Collection(NamedTuple):
    id: int
    project_id: int
    type_id: int
    name: str
    kind: str
    state: str
    description: str | None
    next_index: int
    digest_algorithm: str | None
    created_at: str
    updated_at: str


class Artifact(NamedTuple):
    id: int
    sequence_id: int
    type_id: int
    version_index: int | None
    state: str
    digest: str
    digest_algorithm: str
    description: str | None
    metadata: str | None
    labels: str | None
    size: int
    file_count: int
    ttl_seconds: int | None
    history_step: int | None
    commit_hash: str | None
    run_id: int | None
    user_id: int | None
    created_at: str
    updated_at: str | None


class Membership(NamedTuple):
    id: int
    collection_id: int
    artifact_id: int
    version_index: int
    created_at: str


class Alias(NamedTuple):
    """An alias; the implicit vN has id 0."""

    id: int
    membership_id: int
    collection_id: int
    alias: str


class Tag(NamedTuple):
    id: int
    name: str
    category: str | None
    attributes: str | None


class Manifest(NamedTuple):
    id: int
    artifact_id: int
    name: str
    digest: str
    kind: str
    base_artifact_id: int | None
    created_at: str


class ArtifactFile(NamedTuple):
    artifact_id: int
    path: str
    digest: str
    size: int
    ref: str | None
    birth_artifact_id: str | None


class Run(NamedTuple):
    id: int
    project_id: int
    user_id: int
    name: str
    display_name: str | None
    description: str | None
    notes: str | None
    state: str
    config: str
    summary_metrics: str
    tags: str
    group_name: str | None
    job_type: str | None
    commit_hash: str | None
    host: str | None
    program: str | None
    repo: str | None
    created_at: str
    updated_at: str
    heartbeat_at: str


class RunFile(NamedTuple):
    id: int
    run_id: int
    name: str
    size: int | None
    md5: str | None
    mimetype: str | None
    updated_at: str


TABLES: dict[type, str] = {
    Organization: "organizations",
    Entity: "entities",
    User: "users",
    ApiKey: "api_keys",
    TeamMember: "team_members",
    Project: "projects",
    ProjectMember: "project_members",
    ProjectTeamMember: "project_team_members",
    Migration: "migrations",
    Integration: "integrations",
    Trigger: "triggers",
    ArtifactType: "artifact_types",
    Collection: "collections",
    Artifact: "artifacts",
    Membership: "memberships",
    Alias: "aliases",
    Tag: "tags",
    Manifest: "manifests",
    ArtifactFile: "artifact_files",
    Run: "runs",
    RunFile: "run_files",
}
