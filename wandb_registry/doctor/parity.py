"""Parity: what the legacy registry of a team uses, against what this server has for registries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from wandb_registry.doctor.findings import Finding, Question
from wandb_registry.doctor.identity import SeenTeam
from wandb_registry.doctor.schema import Schema
from wandb_registry.errors import UserError, listed
from wandb_registry.server.contents import Contents
from wandb_registry.server.errors import ServerError
from wandb_registry.server.legacy import Governance, TeamMember, read_governance, read_models
from wandb_registry.server.port import Port
from wandb_registry.state.doctor_report import ParityRecord
from wandb_registry.state.names import LEGACY_PROJECT

Available = Literal["yes", "no", "unknown"]

_TRIGGERS = """
query DoctorTriggers($entity: String!, $project: String!) {
  project(name: $project, entityName: $entity) { triggers { id } }
}
"""
_ROLE_MUTATIONS = ("createProjectMembers", "updateProjectMember", "updateProjectTeamMember")

# What to do where the server lacks it; migration.yaml may go `without` most of it.
_ADVICE = {
    "protected_aliases": "Ask W&B for it (--support-request)",
    "registry_admins": "The server cannot give roles in registries: update it",
    "automations": "Make them anew by hand, or ask W&B (--support-request)",
    "service_accounts": "The server cannot give roles in registries: update it",
    "view_only_people": "The server cannot give roles in registries: update it",
    "artifact_types": "Leave out models of other types in migration.yaml, or update the server",
    "empty_models": "Leave the empty models out in migration.yaml",
    "gaps": "Say `numbering: compact` in migration.yaml",
}
_UNREADABLE = "not readable with this key on this server"


@dataclass(frozen=True, slots=True)
class _Legacy:
    """What one team's legacy registry holds; None where it could not be read."""

    people: tuple[TeamMember, ...]
    governance: Governance | None
    models: Sequence[Contents] | None
    automations: int | None


@dataclass(frozen=True, slots=True)
class Server:
    """What parity has to know of the server: schema, features and answered questions (None: unknown)."""

    schema: Schema
    features: Mapping[str, bool] | None
    may_fill_gaps: bool | None
    empty_collections: bool | None


def compare_teams(
    port: Port, teams: Sequence[SeenTeam], server: Server, notify: Callable[[str], None]
) -> Iterator[ParityRecord]:
    """One row for each thing that a team uses; a thing that it does not use has none."""
    for seen in teams:
        if seen.team is None:
            continue
        notify(f"the legacy registry of team {seen.name}")
        yield from _rows(seen.name, _read(port, seen, server.schema), server)


def ask_parity(rows: Sequence[ParityRecord]) -> Iterator[Finding]:
    """One finding for each row that blocks."""
    for row in rows:
        if row.blocks:
            question = Question(
                f"parity_{row.feature}_{row.team}",
                f"Has the server what team {row.team} uses: {_words(row.feature)}?",
                "yes",
                f"Scan blocks. {row.advice}",
            )
            yield question.answer("no", f"the team has {row.used}")


def _read(port: Port, seen: SeenTeam, schema: Schema) -> _Legacy:
    try:
        governance = read_governance(port, seen.name)
    except UserError:
        governance = None
    models: Sequence[Contents] | None = ()
    if seen.team is not None and seen.team.has_legacy:
        try:
            models = [model for model in read_models(port, seen.name) if not model.is_sequence]
        except UserError:
            models = None
    people = seen.team.members if seen.team is not None else ()
    return _Legacy(people, governance, models, _automations(port, seen.name, schema))


def _automations(port: Port, team: str, schema: Schema) -> int | None:
    """How many the legacy registry has; 0 where the server has none at all, None where it does not tell."""
    if not schema.has("Project", "triggers"):
        return 0 if schema.told and not schema.has("Mutation", "createFilterTrigger") else None
    try:
        project = port.execute(_TRIGGERS, {"entity": team, "project": LEGACY_PROJECT}).get("project")
    except ServerError:
        return None
    return len(project.get("triggers") or ()) if isinstance(project, dict) else 0


def _rows(team: str, legacy: _Legacy, server: Server) -> Iterator[ParityRecord]:
    roles = _schema_has(server, *_ROLE_MUTATIONS)
    aliases = legacy.governance.protected_aliases if legacy.governance else None
    yield from _row(team, "protected_aliases", aliases, _schema_has(server, "addProtectedAliases"))
    admins = legacy.governance.admins if legacy.governance else None
    yield from _row(team, "registry_admins", None if admins is None else sorted(admins), roles)
    service = [person.username for person in legacy.people if person.service_account]
    yield from _row(team, "service_accounts", service, roles)
    viewers = [p.username for p in legacy.people if p.role == "view-only" and not p.service_account]
    yield from _row(team, "view_only_people", viewers, roles)
    triggers = None if legacy.automations is None else [f"{legacy.automations}"] * bool(legacy.automations)
    yield from _row(team, "automations", triggers, _schema_has(server, "createFilterTrigger"))
    models = legacy.models
    types = None if models is None else sorted({model.collection.type for model in models})
    yield from _row(team, "artifact_types", types, _types_available(server))
    empty = None if models is None else [model.collection.name for model in models if not model.links]
    yield from _row(team, "empty_models", empty, _told(server.empty_collections))
    gaps = None if models is None else [model.collection.name for model in models if has_gaps(model)]
    yield from _row(team, "gaps", gaps, _told(server.may_fill_gaps))


def _row(team: str, feature: str, used: Sequence[str] | None, available: Available) -> Iterator[ParityRecord]:
    """The row of one thing; `used` None where it could not be read, empty where the team has none."""
    if used is not None and not used:
        return
    blocks = used is not None and available == "no"
    advice = _ADVICE[feature] if blocks else ""
    if used is None:
        advice = "Look it up in the team's settings"
    elif available == "unknown":
        advice = (
            "Run doctor --write" if feature in ("gaps", "empty_models") else "Ask the server's administrators"
        )
    yield ParityRecord(
        team=team,
        feature=feature,
        used=f"{_words(feature)}: {_UNREADABLE if used is None else listed(used)}",
        available=available,
        blocks=blocks,
        advice=advice,
    )


def has_gaps(model: Contents) -> bool:
    """Whether numbers are missing below the highest one, deleted sources counted as missing."""
    numbers = {found.link.version for found in model.links if not found.gone}
    return len(numbers) <= max(numbers, default=-1)


def _schema_has(server: Server, *mutations: str) -> Available:
    if not server.schema.told:
        return "unknown"
    return "yes" if server.schema.has("Mutation", *mutations) else "no"


def _types_available(server: Server) -> Available:
    if server.features is None or not server.schema.told:
        return "unknown"
    told = server.schema.has("UpsertModelInput", "artifactTypes")
    return "yes" if told and server.features.get("INCLUDE_ARTIFACT_TYPES_IN_REGISTRY_CREATION") else "no"


def _told(answer: bool | None) -> Available:
    return "unknown" if answer is None else ("yes" if answer else "no")


def _words(feature: str) -> str:
    return {"gaps": "missing numbers"}.get(feature, feature.replace("_", " "))
