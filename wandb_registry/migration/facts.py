"""What scan found: frozen facts of the legacy side and of the target, before any rule is applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wandb_registry.migration.people import PeopleFacts
from wandb_registry.server.legacy import EntityKind
from wandb_registry.server.organizations import Organization
from wandb_registry.state.inventory import BaselineRegistry, LegacyVisibility, Person
from wandb_registry.state.sources import Source


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a registered model; `number` is the legacy one. See `SourcedLink` for the source."""

    number: int
    artifact_id: str
    digest: str
    source: Source | None
    aliases: tuple[str, ...] = ()
    gone: bool = False
    latest: bool = False


@dataclass(frozen=True, slots=True)
class LegacyModel:
    """One registered model, with its versions in the order of their numbers."""

    name: str
    type: str
    description: str | None
    tags: tuple[str, ...]
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class TeamFacts:
    """The legacy registry of one team.

    `protected_aliases` and `admins_known`: None and False where the server did not tell. `models` is
    None where the team has no legacy registry. `sequences`: artifacts logged straight into its project.
    `visibility` of the legacy project: None where it was not told; `invited_known`: False where it is
    restricted and nobody told to whom. `at_work`: service accounts that logged or used versions lately
    and are not in the team; None where the server does not tell.
    """

    team: str
    people: tuple[Person, ...]
    pending: tuple[str, ...] = ()
    admins_known: bool = True
    protected_aliases: tuple[str, ...] | None = ()
    models: tuple[LegacyModel, ...] | None = ()
    sequences: tuple[str, ...] = ()
    visibility: LegacyVisibility | None = None
    invited_known: bool = True
    at_work: tuple[str, ...] | None = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that was read, with the teams in the order of their names."""

    server: str
    organization: Organization
    teams: tuple[TeamFacts, ...]
    entities: Mapping[str, EntityKind] = field(default_factory=dict)  # of sources; unseen ones are not here
    target: Mapping[str, BaselineRegistry] = field(default_factory=dict)  # by registry; absent: not there
    people: PeopleFacts = field(default_factory=PeopleFacts)
    scanned_by: str = ""  # the username of the key
    # Of sources, as entity/project; None where the server does not tell.
    projects: Mapping[str, LegacyVisibility | None] = field(default_factory=dict)
    # Teams that are members of a registry that is there -> their people; unreadable ones are not here.
    other_teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
