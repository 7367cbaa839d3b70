"""Registry: one registry of the organization."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, UpdateResult
from pydantic import Field

from providers.adapter import (
    Adapter,
    Inputs,
    Props,
    Session,
    forget_registries,
    session,
    without_provider,
)
from providers.args import to_props
from wandb_registry.guards.failures import Refusal
from wandb_registry.guards.members import Members, check_kept
from wandb_registry.guards.records import check_records
from wandb_registry.guards.registries import check_aliases, check_registry
from wandb_registry.reconcile import registry as reconciler
from wandb_registry.server.protected_aliases import read_protected_aliases
from wandb_registry.server.registries import Registry as LiveRegistry
from wandb_registry.state.inventory import Boundary
from wandb_registry.state.models import Alias, ArtifactType, Model, RegistryName, Visibility
from wandb_registry.state.names import is_core_registry
from wandb_registry.state.roles import Role

_FOUND = "protected_aliases_found"


class RegistryBaseline(Model):
    """What was there before us: the server's id and the visibility."""

    id: str
    visibility: Visibility


class RegistryInputs(Inputs):
    """See `RegistryArgs`."""

    name: RegistryName
    visibility: Visibility
    description: str | None = None
    artifact_types: Literal["any"] | tuple[ArtifactType, ...] = "any"
    protected_aliases: tuple[Alias, ...] | None = None
    baseline: RegistryBaseline | None = None
    boundary: Boundary = Field(default_factory=dict)
    audience: tuple[str, ...] | None = None
    legacy_aliases: tuple[str, ...] = ()
    kept_users: dict[str, Role] = Field(default_factory=dict)
    kept_teams: dict[str, Role] = Field(default_factory=dict)

    @property
    def goal(self) -> reconciler.RegistryGoal:
        """What the reconciler is to reach."""
        types = None if self.artifact_types == "any" else tuple(sorted(self.artifact_types))
        # W&B owns the description of a core registry.
        description = None if is_core_registry(self.name) else self.description
        return reconciler.RegistryGoal(self.name, self.visibility, description, types)


class RegistryProvider(Adapter[RegistryInputs]):
    """Creates, adopts, changes and deletes one registry."""

    model = RegistryInputs
    not_compared = frozenset({"overrides", "audience", "legacy_aliases", "kept_users", "kept_teams"})

    def guards(self, old: RegistryInputs | None, new: RegistryInputs) -> Iterator[Refusal]:
        """Visibility, widening against the recorded boundary, unprotected aliases, and a lost record."""
        before = old.visibility if old else new.baseline.visibility if new.baseline else None
        yield from check_registry(new.name, before, new.visibility, new.boundary, new.audience)
        yield from check_kept(new.name, Members(new.kept_users, new.kept_teams), new.boundary)
        yield from check_aliases(new.name, new.protected_aliases or (), new.legacy_aliases)
        if old:
            baselines, boundaries = (old.baseline, new.baseline), (old.boundary, new.boundary)
            yield from check_records(new.name, baseline=baselines, boundary=boundaries)

    def differs(self, old: RegistryInputs, new: RegistryInputs) -> bool:
        """Types only grow, so fewer of them than there are is no difference."""
        if old.artifact_types == "any" or (
            new.artifact_types != "any" and set(new.artifact_types) <= set(old.artifact_types)
        ):
            new = new.model_copy(update={"artifact_types": old.artifact_types})
        if new.description is None:
            new = new.model_copy(update={"description": old.description})
        return super().differs(old, new)

    def create(self, props: Props) -> CreateResult:
        """Adopt the registry of the baseline, or create one: restricted in its first request."""
        new, current = self.inputs(props), session(props)
        baseline_id = new.baseline.id if new.baseline else None
        forget_registries()
        live = reconciler.ensure_registry(current.port, current.organization, new.goal, baseline_id)
        return CreateResult(live.id, _outs(current, props, live, {}))

    def read(self, id_: str, props: Props) -> ReadResult:
        """What is there; out of the state only where it is proved gone."""
        old, current = self.inputs(props), session(props)
        live = reconciler.locate_registry(current.port, current.organization, old.name, id_)
        if live is None:
            return ReadResult("", {})
        seen: Props = {"name": live.name, "visibility": live.visibility}
        seen["artifact_types"] = "any" if live.artifact_types is None else list(live.artifact_types)
        if old.description is not None and not is_core_registry(live.name):
            seen["description"] = live.description or ""
        inputs = {**RegistryInputs.among(props), **seen}
        return ReadResult(id_, _outs(current, inputs, live, props), inputs)

    def update(self, id_: str, olds: Props, news: Props) -> UpdateResult:
        """Change and rename; everything in the registry stays."""
        new, current = self.inputs(news), session({**olds, "organization": news["organization"]})
        live = reconciler.locate_registry(current.port, current.organization, str(olds["name"]), id_)
        if live is None:
            live = reconciler.ensure_registry(current.port, current.organization, new.goal, None)
        else:
            live = reconciler.change_registry(current.port, current.organization, live, new.goal)
        forget_registries()
        return UpdateResult(_outs(current, news, live, olds))

    def delete(self, id_: str, props: Props) -> None:
        """Delete a registry that this stack made; one of the baseline is left alone."""
        old, current = self.inputs(props), session(props)
        if old.baseline is None and not is_core_registry(old.name):
            reconciler.remove_registry(current.port, current.organization, old.name, id_)
            forget_registries()


def _outs(current: Session, props: Mapping[str, Any], live: LiveRegistry, before: Mapping[str, Any]) -> Props:
    outs = without_provider(props)
    outs |= current.pin | {
        "registry_id": live.id,
        "path": f"{current.organization.entity}/{live.project}",
        "url": current.url(live),
    }
    # What the server does not tell this time is no change.
    told = read_protected_aliases(current.port, current.organization.entity)
    found = before.get(_FOUND) if told is None else told
    return outs if found is None else outs | {_FOUND: list(found)}


@dataclass(frozen=True, kw_only=True)
class RegistryArgs:
    """A registry as desired; a field left out is not managed."""

    organization: pulumi.Input[str]
    """Display name or entity name of the organization."""
    name: pulumi.Input[str]
    """The registry's name, without the project prefix; changing it renames the registry."""
    visibility: pulumi.Input[str]
    """`restricted` (invited members) or `organization` (everyone in it)."""
    description: pulumi.Input[str] | None = None
    """What the registry is for; "" clears it."""
    artifact_types: pulumi.Input[str] | Sequence[pulumi.Input[str]] = "any"
    """The artifact types that its collections may have, or `any`; types are only ever added."""
    protected_aliases: Sequence[pulumi.Input[str]] | None = None
    """Aliases that only admins may move; recorded here, set by hand in W&B for now."""
    baseline: Mapping[str, Any] | None = None
    """`{id, visibility}` of the registry where it was there before this stack: it is adopted."""
    boundary: Mapping[str, Mapping[str, str]] | None = None
    """The recorded boundary, legacy team -> person -> role; a widening against it is refused."""
    audience: Sequence[str] | None = None
    """Who would gain if it were visible to the organization: named where that is refused."""
    legacy_aliases: Sequence[str] | None = None
    """Aliases that were protected on the legacy side: leaving one out is refused."""
    kept_users: Mapping[str, str] | None = None
    """Members of before whom nobody names, with their roles: who of them would gain is refused."""
    kept_teams: Mapping[str, str] | None = None
    """Teams of before, likewise."""
    overrides: Sequence[Mapping[str, str]] = ()
    """Guards that reviewers lift: `{guard, subject, reason, approved_by}` each."""


class Registry(Resource, module="registry", name="Registry"):
    """One registry of the organization."""

    registry_id: pulumi.Output[str]
    """The server's id, which is also the resource's id."""
    path: pulumi.Output[str]
    """`<organization entity>/wandb-registry-<name>`."""
    url: pulumi.Output[str]
    """The registry's page in the W&B app."""

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """`name` is the resource's name in the stack."""
        outputs = {"registry_id": None, "path": None, "url": None}
        super().__init__(RegistryProvider(), name, {**to_props(args), **outputs}, opts)
