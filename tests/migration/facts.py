"""Facts made by hand, for tests without a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wandb_registry.migration.config import MigrationConfig, Rules
from wandb_registry.migration.facts import Facts, LegacyModel, TeamFacts, Version
from wandb_registry.migration.mapping import Mapped, map_facts
from wandb_registry.migration.people import PeopleFacts
from wandb_registry.migration.placement import place
from wandb_registry.server.legacy import EntityKind
from wandb_registry.server.organizations import Organization
from wandb_registry.state.document import parse_document
from wandb_registry.state.inventory import BaselineRegistry, Person
from wandb_registry.state.load import validate
from wandb_registry.state.sources import Source

ACME = Organization("o1", "Acme Inc", "acme")
# Nobody administers the organization, and there are no service accounts of it.
TOLD = PeopleFacts(source="csv", people=(), roles_known=True, service_accounts_known=True)


def person(username: str, role: str = "member", **fields: bool) -> Person:
    """Somebody in a team."""
    return Person(username=username, id=f"id-{username}", team_role=role, **fields)


def version(
    number: int, *aliases: str, source: str | None = "", artifact_id: str = "", **fields: bool
) -> Version:
    """A version of model `m`, logged to team fraud unless `source` says otherwise."""
    where = f"fraud/train/m:v{number}" if source == "" else source
    return Version(
        number=number,
        artifact_id=artifact_id or f"a{number}",
        digest=f"d{number}",
        source=None if where is None else Source.parse(where),
        aliases=aliases,
        **fields,
    )


def model(
    name: str, *versions: Version, artifact_type: str = "model", tags: tuple[str, ...] = ()
) -> LegacyModel:
    """A registered model."""
    return LegacyModel(name, artifact_type, None, tags, versions)


def team(name: str, *models: LegacyModel, people: tuple[Person, ...] = ()) -> TeamFacts:
    """A team with one admin unless others are given."""
    people = people or (person(f"{name}-admin", "admin"),)
    return TeamFacts(team=name, people=people, models=models, visibility="team")


def facts(
    *teams: TeamFacts,
    entities: Mapping[str, EntityKind] | None = None,
    target: Mapping[str, BaselineRegistry] | None = None,
    people: PeopleFacts = TOLD,
    **more: Any,
) -> Facts:
    """Facts of organization Acme, about whose people everything is told unless said otherwise."""
    return Facts("http://localhost:1", ACME, teams, entities or {}, target or {}, people, **more)


def rules(text: str = "") -> Rules:
    """The rules of a migration.yaml."""
    document = parse_document(text, "migration.yaml")
    return Rules(validate(document, MigrationConfig), document)


def mapped(found: Facts, text: str = "") -> Mapped:
    """The whole mapping with the rules of a migration.yaml."""
    given = rules(text)
    return map_facts(found, given, place(found, given), found.target)


def codes(result: Mapped) -> dict[str, str]:
    """Code -> severity of the findings."""
    return {str(finding.code): finding.severity for finding in result.findings}
