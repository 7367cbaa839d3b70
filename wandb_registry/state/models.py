"""Desired state as people write it: the models behind `stacks/<stack>.yaml`.

Everything arrives as text (see `document`), so each field says how its text is read. A field left out
is not managed; `""` and `[]` clear. Rules that span fields are in `rules`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from wandb_registry.state import names
from wandb_registry.state.roles import Role
from wandb_registry.state.sources import Source


class Model(BaseModel):
    """Frozen, and strict about what it knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _flag(value: Any) -> Any:
    if isinstance(value, str):
        if value not in ("true", "false"):
            raise ValueError(f"{value!r} is neither true nor false")
        return value == "true"
    return value


def _index(value: Any) -> Any:
    return names.version_index(value) if isinstance(value, str) else value


def _checked(problem_with: Any) -> AfterValidator:
    def check(value: str) -> str:
        if problem := problem_with(value):
            raise ValueError(problem)
        return value

    return AfterValidator(check)


def _source(value: str) -> str:
    return str(Source.parse(value))


Flag = Annotated[bool, BeforeValidator(_flag)]
Index = Annotated[
    int,
    BeforeValidator(_index),
    Field(ge=0),
    WithJsonSchema({"type": "string", "pattern": r"^v(0|[1-9][0-9]*)$"}),
]
RegistryName = Annotated[str, _checked(names.problem_with_registry_name)]
CollectionName = Annotated[str, _checked(names.problem_with_collection_name)]
Alias = Annotated[str, _checked(names.problem_with_alias)]
Tag = Annotated[str, _checked(names.problem_with_tag)]
ArtifactType = Annotated[str, _checked(names.problem_with_artifact_type)]
SourceText = Annotated[str, AfterValidator(_source)]
Name = Annotated[str, Field(min_length=1)]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]

Visibility = Literal["restricted", "organization"]
Deletion = Literal["retain", "destroy"]
Manage = Literal["once", "always"]


def _types(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class LinkState(Model):
    """What the registry says about one source version."""

    version: Index | None = None  # the number that the link must have; left out where any will do
    aliases: tuple[Alias, ...] | None = None
    id: Name | None = None  # the artifact id: the identity of the source, its path is a label
    accept_version: Index | None = None  # the number that a reviewer accepts instead of `version`


class CollectionState(Model):
    """One collection and its links, in the order in which they are made."""

    type: ArtifactType
    renamed_from: CollectionName | None = None
    description: str | None = None
    tags: tuple[Tag, ...] | None = None
    links: dict[SourceText, LinkState] = Field(default_factory=dict)


class MembersState(Model):
    """Who holds which role; `exclusive` is decided by the registry's visibility where it is left out."""

    exclusive: Flag | None = None
    keep_creator: Flag = True
    missing_principals: Literal["fail", "warn"] = "fail"
    teams: dict[Name, Role] = Field(default_factory=dict)
    users: dict[Name, Role] = Field(default_factory=dict)


class RegistryState(Model):
    """One registry."""

    renamed_from: RegistryName | None = None
    visibility: Visibility
    description: str | None = None
    artifact_types: Annotated[Literal["any"] | tuple[ArtifactType, ...], BeforeValidator(_types)]
    members: MembersState | None = None
    protected_aliases: tuple[Alias, ...] | None = None
    delete: Deletion = "retain"
    manage: Manage = "once"
    collections: dict[CollectionName, CollectionState] = Field(default_factory=dict)

    def accepts(self, artifact_type: str) -> bool:
        """Whether a collection of this type may stand in the registry."""
        return self.artifact_types == "any" or artifact_type in self.artifact_types

    @property
    def exclusive(self) -> bool:
        """Whether members that the file does not name are removed: the default where restricted."""
        if self.members is None:
            return False
        if self.members.exclusive is None:
            return self.visibility == "restricted"
        return self.members.exclusive


class LegacyOrigin(Model):
    """Which team's legacy registry a stack file came from, and what it held then."""

    team: Name
    digest: Digest


class Override(Model):
    """A guard that reviewers lift for one subject; there is no wildcard."""

    guard: Name
    subject: Name
    reason: Name
    approved_by: Name


class StackState(Model):
    """A whole stack file."""

    version: Annotated[Literal[1], BeforeValidator(lambda value: 1 if value == "1" else value)]
    organization: Name
    registries: dict[RegistryName, RegistryState] = Field(default_factory=dict)
    legacy: tuple[LegacyOrigin, ...] = ()
    overrides: tuple[Override, ...] = ()
