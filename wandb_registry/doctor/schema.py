"""What the server says of itself: its features, and its schema by introspection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from wandb_registry.doctor.findings import Finding
from wandb_registry.doctor.questions import QUESTIONS
from wandb_registry.errors import listed
from wandb_registry.server.errors import ServerError
from wandb_registry.server.port import Port

_TYPES = (
    "Mutation",
    "Entity",
    "Organization",
    "Project",
    "User",
    "ServerInfo",
    "ArtifactPortfolio",
    "UpsertModelInput",
)
_FIELDS = "{ fields { name args { name } } inputFields { name } }"
_SCHEMA = "query Schema { " + " ".join(f'{name}: __type(name: "{name}") {_FIELDS}' for name in _TYPES) + " }"
_FEATURES = "query ServerFeatures { serverInfo { features { name isEnabled } } }"
_VERSION = "query ServerVersion { serverInfo { latestLocalVersionInfo { versionOnThisInstanceString } } }"

# Without these the public client refuses to read or create a registry (facts/wandb.md, feature flags).
REQUIRED_FEATURES = ("ARTIFACT_REGISTRY_SEARCH", "INCLUDE_ARTIFACT_TYPES_IN_REGISTRY_CREATION")
_ASKED_FEATURES = (
    "ARTIFACT_COLLECTIONS_FILTERING_SORTING",
    "ARTIFACT_COLLECTION_MEMBERSHIP_FILES",
    "ARTIFACT_COLLECTION_MEMBERSHIP_FILE_DOWNLOAD_HANDLER",
    "ARTIFACT_DIGEST_ALGORITHM",
    "ARTIFACT_MEMBERSHIP_IN_LINK_ARTIFACT_RESPONSE",
    "ARTIFACT_TAGS",
    "ARTIFACT_V2_DOWNLOAD_HANDLER_SUPPORTS_ARTIFACT_ID",
    "CLIENT_IDS",
    "LARGE_FILENAMES",
    "PROJECT_ARTIFACT_COLLECTION_MEMBERSHIP",
    "TOTAL_COUNT_IN_FILE_CONNECTION",
    "USE_ARTIFACT_WITH_ENTITY_AND_PROJECT_INFORMATION",
)
_AUTOMATIONS = "AUTOMATION"  # what the client may do with automations, a feature each
_MEMBER_MUTATIONS = (
    "createProjectMembers",
    "deleteProjectMembers",
    "updateProjectMember",
    "updateProjectTeamMember",
)
_NO_SCHEMA = "the server does not tell its schema"
_ASK = "Ask the server's administrators"


@dataclass(frozen=True, slots=True)
class Schema:
    """The parts of the schema that matter: type -> field -> names of its arguments; empty where not told."""

    fields: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)

    @property
    def told(self) -> bool:
        """Whether the server answered at all."""
        return bool(self.fields.get("Mutation"))

    def has(self, type_name: str, *wanted: str) -> bool:
        """Whether the type has all of these fields."""
        return set(wanted) <= set(self.fields.get(type_name, {}))


def read_schema(port: Port) -> Schema:
    """The schema, in one request; an empty one where the server refuses."""
    try:
        answer = port.execute(_SCHEMA, {})
    except ServerError:
        return Schema()
    return Schema({name: _fields_of(answer.get(name)) for name in _TYPES})


def read_features(port: Port) -> dict[str, bool] | None:
    """Feature -> whether it is on; None where the server does not tell."""
    try:
        info = port.execute(_FEATURES, {}).get("serverInfo")
    except ServerError:
        return None
    listed = info.get("features") if isinstance(info, dict) else None
    if not isinstance(listed, list):
        return None
    return {
        str(one["name"]): bool(one["isEnabled"]) for one in sorted(listed, key=lambda one: str(one["name"]))
    }


def ask_schema(port: Port, schema: Schema, features: Mapping[str, bool] | None) -> Iterator[Finding]:
    """Findings about features and schema; the version is asked where the schema has it."""
    yield _version(port, schema)
    yield QUESTIONS["introspection"].answer("yes" if schema.told else "no", "__type of the schema's types")
    yield from _features(features)
    if not schema.told:
        for question in ("membership_paging", "registry_members", "empty_collection"):
            yield QUESTIONS[question].unknown(_NO_SCHEMA, _ASK, needed=False)
    else:
        yield from _needed_parts(schema)
    yield from _optional_parts(schema)


def _needed_parts(schema: Schema) -> Iterator[Finding]:
    paging = schema.fields["ArtifactPortfolio"].get("artifactMemberships", frozenset())
    yield QUESTIONS["membership_paging"].answer(
        "yes" if {"first", "after"} <= paging else "no", "ArtifactPortfolio.artifactMemberships(first, after)"
    )
    missing = [name for name in _MEMBER_MUTATIONS if not schema.has("Mutation", name)]
    yield QUESTIONS["registry_members"].answer(
        "yes" if not missing else f"no {listed(missing)}", "the server's mutations"
    )
    has_empty = schema.has("Mutation", "createArtifactPortfolio")
    yield QUESTIONS["empty_collection"].answer(
        "yes" if has_empty else "no", "Mutation.createArtifactPortfolio, by introspection"
    )


def _optional_parts(schema: Schema) -> Iterator[Finding]:
    parts = {
        "organization_members": {"Organization.members": schema.has("Organization", "members")},
        "protected_aliases": {
            "Entity.protectedAliases": schema.has("Entity", "protectedAliases"),
            "addProtectedAliases": schema.has("Mutation", "addProtectedAliases"),
        },
        "registry_admins": {
            "Entity.workflowsAdmins": schema.has("Entity", "workflowsAdmins"),
            "addWorkflowsAdmin": schema.has("Mutation", "addWorkflowsAdmin"),
        },
        "read_only_projects": {"Project.readOnly": schema.has("Project", "readOnly")},
        "artifact_type_creation": {"createArtifactType": schema.has("Mutation", "createArtifactType")},
        "automations": {
            "Project.triggers": schema.has("Project", "triggers"),
            "createFilterTrigger": schema.has("Mutation", "createFilterTrigger"),
        },
    }
    for question, having in parts.items():
        if not schema.told:
            yield QUESTIONS[question].unknown(_NO_SCHEMA, _ASK)
            continue
        missing = sorted(name for name, there in having.items() if not there)
        found = (
            "yes" if not missing else ("no" if len(missing) == len(having) else f"without {listed(missing)}")
        )
        yield QUESTIONS[question].answer(found, f"{listed(having)}, by introspection")


def _version(port: Port, schema: Schema) -> Finding:
    question = QUESTIONS["server_version"]
    if not schema.has("ServerInfo", "latestLocalVersionInfo"):
        return question.unknown(
            "the server's schema has no version", "W&B support or the server's page tells"
        )
    try:
        info = port.execute(_VERSION, {}).get("serverInfo") or {}
    except ServerError as error:
        return question.unknown(error.message, "W&B support or the server's page tells")
    local = info.get("latestLocalVersionInfo") or {}
    version = local.get("versionOnThisInstanceString")
    return question.answer(str(version) if version else "not told", "serverInfo.latestLocalVersionInfo")


def _features(features: Mapping[str, bool] | None) -> Iterator[Finding]:
    others = (*_ASKED_FEATURES, *(name for name in features or () if _AUTOMATIONS in name))
    for question, wanted in (("features", REQUIRED_FEATURES), ("other_features", others)):
        if features is None:
            yield QUESTIONS[question].unknown("serverInfo.features is not answered", _ASK)
            continue
        off = [name for name in wanted if not features.get(name)]
        yield QUESTIONS[question].answer("yes" if not off else f"off: {listed(off)}", "serverInfo.features")


def _fields_of(answer: Any) -> dict[str, frozenset[str]]:
    if not isinstance(answer, dict):
        return {}
    listed = [*(answer.get("fields") or ()), *(answer.get("inputFields") or ())]
    return {
        str(one["name"]): frozenset(str(argument["name"]) for argument in one.get("args") or ())
        for one in listed
    }
