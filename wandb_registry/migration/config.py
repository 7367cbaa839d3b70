"""migration.yaml: the mapping rules that reviewers choose, and the line of each for errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from wandb_registry.state.document import Document, Place, read_document
from wandb_registry.state.load import validate
from wandb_registry.state.models import CollectionName, Deletion, Model, Name, RegistryName
from wandb_registry.state.people import Difference
from wandb_registry.state.problems import InvalidFile, Problem
from wandb_registry.state.roles import Role

SERVICE = "service"
_TEAM = "{team}"
_LOWEST_OF_SERVICE_ACCOUNTS = Role.MEMBER


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _template(value: str) -> str:
    if value.replace(_TEAM, "").count("{") or _TEAM not in value:
        raise ValueError(
            "must contain {team}, and no other field: two teams would share a registry otherwise"
        )
    return value


def _in_team(value: str) -> str:
    team, slash, model = value.partition("/")
    if not (team and slash and model):
        raise ValueError(f"{value!r} names no team; write team/model")
    return value


def _project(value: str) -> str:
    entity, slash, project = value.partition("/")
    if not (entity and slash and project) or "/" in project:
        raise ValueError(f"{value!r} is no project; write entity/project")
    return value


Glob = Annotated[str, Field(min_length=1)]
InTeam = Annotated[str, AfterValidator(_in_team)]  # team/model
ProjectName = Annotated[str, AfterValidator(_project)]  # entity/project
Globs = Annotated[tuple[Glob, ...], BeforeValidator(_tuple)]


class Filter(Model):
    """Names that match one of `include` and none of `exclude`; globs, compared with case."""

    include: Globs = ("*",)
    exclude: Globs = ()

    def takes(self, *names: str) -> bool:
        """Whether something known under these names passes."""
        return _matches(self.include, names) and not _matches(self.exclude, names)


class Renames(Model):
    """New names: registries by the name that the other rules give, models as team/model."""

    registries: dict[RegistryName, RegistryName] = Field(default_factory=dict)
    models: dict[InTeam, CollectionName] = Field(default_factory=dict)


class Newest(Model):
    """Only the newest versions of each model."""

    newest: Annotated[int, Field(ge=1)]


class Accepted(Model):
    """A difference of access that reviewers accept, once and with a reason.

    Those that W&B imposes may be accepted for everybody; all others name their subject: a person, or
    `registry/person`; for public_access the team.
    """

    difference: Difference
    subject: str = ""
    reason: Name

    @model_validator(mode="after")
    def _named(self) -> Accepted:
        if not self.subject and not self.difference.imposed:
            raise ValueError(
                f"{self.difference} is accepted by name only: add subject: PERSON, or REGISTRY/PERSON"
            )
        return self


class Without(Model):
    """Something that the legacy side uses, that the server lacks, and that reviewers decide to go without."""

    feature: Literal[
        "protected_aliases",
        "registry_admins",
        "service_accounts",
        "view_only_people",
        "automations",
        "artifact_types",
    ]
    reason: Name


class MigrationConfig(Model):
    """The whole of migration.yaml; every rule has a default."""

    registry_name: Annotated[str, AfterValidator(_template)] = "{team}-models"
    teams: Filter = Filter()
    models: Filter = Filter()
    merge: dict[RegistryName, Annotated[tuple[Name, ...], BeforeValidator(_tuple), Field(min_length=2)]] = (
        Field(default_factory=dict)
    )
    split: dict[RegistryName, Annotated[tuple[InTeam, ...], BeforeValidator(_tuple), Field(min_length=1)]] = (
        Field(default_factory=dict)
    )
    renames: Renames = Renames()
    versions: Literal["all", "aliased"] | Newest = "all"
    numbering: Literal["exact", "compact"] | None = None
    # By team role (admin, member, view-only, service, or the name of a custom role).
    roles: dict[Name, Role] = Field(default_factory=dict)
    registry_admins: Literal["member", "admin"] = "member"
    # Person on the legacy side -> the same person's name in the organization, where they differ.
    people: dict[Name, Name] = Field(default_factory=dict)
    # Source projects that are restricted: a link opens them to the registry's members.
    restricted_sources: dict[ProjectName, Literal["link", "leave_out"]] = Field(default_factory=dict)
    delete: Deletion = "retain"
    accept: Annotated[tuple[Accepted, ...], BeforeValidator(_tuple)] = ()
    without: Annotated[tuple[Without, ...], BeforeValidator(_tuple)] = ()

    @model_validator(mode="after")
    def _consistent(self) -> MigrationConfig:
        service = self.roles.get(SERVICE)
        if service is not None and not service.covers(_LOWEST_OF_SERVICE_ACCOUNTS):
            raise ValueError(
                f"roles.service: {service} is not possible; W&B lets service accounts be member or admin"
            )
        seen: dict[str, str] = {}
        for registry, teams in self.merge.items():
            for team in teams:
                other = seen.setdefault(team.casefold(), registry)
                if other != registry:
                    raise ValueError(f"merge: team {team} stands in {other} and in {registry}")
        people: dict[str, str] = {}
        for old, new in self.people.items():
            if (other := people.setdefault(new, old)) != old:
                raise ValueError(f"people: {other} and {old} are both mapped to {new}")
        return self


@dataclass(frozen=True)
class Rules:
    """The mapping rules with the places of a file, or the defaults where there is none."""

    config: MigrationConfig = field(default_factory=MigrationConfig)
    document: Document | None = None

    def error(self, place: Place, message: str) -> InvalidFile:
        """An error that names the line of the rule; for a default, that it is one."""
        if self.document is None:
            return InvalidFile([Problem("migration.yaml", 0, "", f"(there is none) {message}")])
        return InvalidFile([self.document.problem(place, message)])

    def default_registry(self, team: str) -> str:
        """The registry of a team that no other rule names."""
        return self.config.registry_name.replace(_TEAM, team)


def load_rules(path: Path | None) -> Rules:
    """The rules of migration.yaml, or the defaults for None; InvalidFile with every problem and its line."""
    if path is None:
        return Rules()
    document = read_document(path)
    return Rules(validate(document, MigrationConfig), document)


def matches(pattern: str, name: str) -> bool:
    """Whether a name matches a glob, with case."""
    return fnmatchcase(name, pattern)


def _matches(patterns: tuple[str, ...], names: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns for name in names)
