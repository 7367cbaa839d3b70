"""Collection: one collection of a registry, without its links."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, UpdateResult

from providers.adapter import (
    Adapter,
    Inputs,
    Props,
    Session,
    find_registry,
    registry_of,
    session,
    without_provider,
)
from providers.args import to_props
from providers.automations import stop_for_automations
from wandb_registry.guards.automations import TAGGED, Writes
from wandb_registry.guards.failures import Refusal, lifted
from wandb_registry.guards.links import RESTRICTED_SOURCE
from wandb_registry.guards.records import check_records
from wandb_registry.reconcile import collection as reconciler
from wandb_registry.server.collections import Collection as LiveCollection
from wandb_registry.server.collections import Home
from wandb_registry.server.registries import Registry
from wandb_registry.state.models import ArtifactType, CollectionName, Tag


class CollectionInputs(Inputs):
    """See `CollectionArgs`."""

    registry: str
    name: CollectionName
    type: ArtifactType
    description: str | None = None
    tags: tuple[Tag, ...] | None = None
    first_source: str | None = None
    baseline_id: str | None = None
    opened_projects: tuple[str, ...] = ()

    @property
    def goal(self) -> reconciler.CollectionGoal:
        """What the reconciler is to reach."""
        opened = frozenset(self.opened_projects) | lifted(self.overrides, RESTRICTED_SOURCE, self.registry)
        return reconciler.CollectionGoal(
            self.name, self.type, self.description, self.tags, self.first_source, opened
        )

    def writes(self, old: CollectionInputs | None) -> Writes:
        """What bringing the collection from `old` to this may set off."""
        tagged = self.tags is not None and set(self.tags) != set((old.tags if old else None) or ())
        return Writes(self.registry, TAGGED if tagged else frozenset(), frozenset({self.name}))


class CollectionProvider(Adapter[CollectionInputs]):
    """Creates, adopts, changes and deletes one collection."""

    model = CollectionInputs
    not_compared = frozenset({"overrides", "first_source", "opened_projects"})

    def guards(self, old: CollectionInputs | None, new: CollectionInputs) -> Iterator[Refusal]:
        """A collection's type never changes, and its baseline stays."""
        if old and old.type != new.type:
            message = f"{new.name} has type {old.type}, and W&B never changes it; choose another name"
            yield Refusal("type-fixed", f"{new.registry}/{new.name}", message, final=True)
        if old:
            yield from check_records(
                f"{new.registry}/{new.name}", baseline=(old.baseline_id, new.baseline_id)
            )

    def differs(self, old: CollectionInputs, new: CollectionInputs) -> bool:
        """Fields left out are not managed, and tags have no order."""
        unmanaged = {key: None for key in ("description", "tags") if getattr(new, key) is None}
        old = old.model_copy(update=unmanaged)
        ordered = [
            inputs.model_copy(update={"tags": tuple(sorted(inputs.tags))}) if inputs.tags else inputs
            for inputs in (old, new)
        ]
        return super().differs(*ordered)

    def create(self, props: Props) -> CreateResult:
        """Adopt the collection of the baseline, or create it."""
        new, current = self.inputs(props), session(props)
        registry = find_registry(current, new.registry)
        stop_for_automations(current, new.overrides, new.writes(None))
        live = reconciler.ensure_collection(current.port, _home(current, registry), new.goal, new.baseline_id)
        return CreateResult(live.id, _outs(current, registry, props, live))

    def read(self, id_: str, props: Props) -> ReadResult:
        """What is there; out of the state where the registry is seen and its complete listing lacks it."""
        old, current = self.inputs(props), session(props)
        registry = registry_of(current, props)
        live = None
        if registry is not None:
            live = reconciler.locate_collection(current.port, _home(current, registry), old.name, id_)
        if registry is None or live is None:
            return ReadResult("", {})
        seen: Props = {"registry": registry.name, "name": live.name, "type": live.type}
        if old.description is not None:
            seen["description"] = live.description or ""
        if old.tags is not None:
            seen["tags"] = list(live.tags)
        inputs = CollectionInputs.among(props) | seen
        return ReadResult(id_, _outs(current, registry, inputs, live), inputs)

    def update(self, id_: str, olds: Props, news: Props) -> UpdateResult:
        """Change and rename; the links stay."""
        new, current = self.inputs(news), session({**olds, "organization": news["organization"]})
        registry = find_registry(current, new.registry, str(olds.get("registry_id", "")))
        home = _home(current, registry)
        stop_for_automations(current, new.overrides, new.writes(self.inputs(olds)))
        live = reconciler.locate_collection(current.port, home, str(olds["name"]), id_)
        if live is None:
            live = reconciler.ensure_collection(current.port, home, new.goal, None)
        else:
            live = reconciler.change_collection(current.port, home, live, new.goal)
        return UpdateResult(_outs(current, registry, news, live))

    def delete(self, id_: str, props: Props) -> None:
        """Delete a collection that this stack made; one of the baseline is left alone."""
        old, current = self.inputs(props), session(props)
        registry = registry_of(current, props) if old.baseline_id is None else None
        if registry is not None:
            reconciler.remove_collection(current.port, _home(current, registry), old.name, id_)


def _home(current: Session, registry: Registry) -> Home:
    return Home.of(current.organization, registry.project)


def _outs(current: Session, registry: Registry, props: Props, live: LiveCollection) -> Props:
    return (
        without_provider(props)
        | current.pin
        | {
            "registry_id": registry.id,
            "collection_id": live.id,
            "path": f"{current.organization.entity}/{registry.project}/{live.name}",
            "url": current.url(registry, live.name),
        }
    )


@dataclass(frozen=True, kw_only=True)
class CollectionArgs:
    """A collection as desired; a field left out is not managed."""

    organization: pulumi.Input[str]
    """Display name or entity name of the organization."""
    registry: pulumi.Input[str]
    """The registry's name."""
    name: pulumi.Input[str]
    """The collection's name; changing it renames the collection."""
    type: pulumi.Input[str]
    """The artifact type, fixed for good at the creation."""
    description: pulumi.Input[str] | None = None
    """What the collection holds; "" clears it."""
    tags: Sequence[pulumi.Input[str]] | None = None
    """Exactly these tags; [] clears them."""
    first_source: pulumi.Input[str] | None = None
    """The artifact id that makes the collection on a server that cannot make an empty one."""
    baseline_id: str | None = None
    """The server's id of the collection where it was there before this stack: it is adopted."""
    opened_projects: Sequence[str] | None = None
    """Restricted projects (`entity/project`) that reviewers decided to link from."""
    overrides: Sequence[dict[str, str]] = ()
    """Guards that reviewers lift: `{guard, subject, reason, approved_by}` each."""


class Collection(Resource, module="collection", name="Collection"):
    """One collection of a registry; its resource id is the server's."""

    collection_id: pulumi.Output[str]
    """The server's id."""
    path: pulumi.Output[str]
    """`<organization entity>/wandb-registry-<registry>/<name>`."""
    url: pulumi.Output[str]
    """The collection's page in the W&B app."""

    def __init__(self, name: str, args: CollectionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """`name` is the resource's name in the stack."""
        outputs = {"collection_id": None, "path": None, "url": None}
        super().__init__(CollectionProvider(), name, {**to_props(args), **outputs}, opts)
