"""Link: one version in one collection, for hand-written programs; all other links are left alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, UpdateResult
from pydantic import field_validator

from providers.adapter import (
    Adapter,
    Inputs,
    Props,
    Session,
    batch_size,
    find_registry,
    registry_of,
    require_same_collection,
    session,
    without_provider,
)
from providers.args import to_props
from providers.automations import stop_for_automations
from providers.declared import declare_item
from wandb_registry.errors import UserError
from wandb_registry.guards.automations import ALIASED, LINKED, UNLINKED, Writes
from wandb_registry.guards.failures import lifted
from wandb_registry.guards.links import RESTRICTED_SOURCE
from wandb_registry.reconcile.collection import locate_collection
from wandb_registry.reconcile.errors import EntriesFailed
from wandb_registry.reconcile.links import LinksGoal, apply_links, remove_links
from wandb_registry.server.collections import Collection, Home
from wandb_registry.server.links import Link as LiveLink
from wandb_registry.server.links import find_source, links_of, list_links, require_missing
from wandb_registry.server.registries import Registry
from wandb_registry.state.entries import LinkEntry
from wandb_registry.state.models import Alias
from wandb_registry.state.names import version_index
from wandb_registry.state.sources import Source


class LinkInputs(Inputs):
    """See `LinkArgs`."""

    registry: str
    collection: str
    source: str
    aliases: tuple[Alias, ...] | None = None
    version: int | None = None
    adopt: bool = False

    @field_validator("source")
    @classmethod
    def _parsed(cls, source: str) -> str:
        return str(Source.parse(source))

    @property
    def key(self) -> str:
        """The artifact id where the source names it, else its path."""
        source = Source.parse(self.source)
        return source.artifact_id or str(source)

    @property
    def entry(self) -> LinkEntry:
        """The one entry, as the reconciler takes it."""
        return LinkEntry(0, self.source, self.version, self.aliases)

    def writes(self, events: frozenset[str]) -> Writes:
        """What a write of this link may set off."""
        team = Source.parse(self.source).entity
        return Writes(self.registry, events, frozenset({self.collection}), frozenset({team} if team else ()))


class SourceFixed(UserError):
    """A link would be turned into one of another version."""


class LinkProvider(Adapter[LinkInputs]):
    """Links, re-aliases and unlinks one version."""

    model = LinkInputs
    not_compared = frozenset({"overrides", "adopt"})

    def differs(self, old: LinkInputs, new: LinkInputs) -> bool:
        """Aliases have no order, and a field left out is not managed."""
        where = [(inputs.registry, inputs.collection, inputs.source) for inputs in (old, new)]
        if where[0] != where[1]:
            return True
        if new.aliases is None:
            old = old.model_copy(update={"aliases": None})
        if new.version is None:
            old = old.model_copy(update={"version": None})
        return not new.entry.means_the_same(old.entry)

    def create(self, props: Props) -> CreateResult:
        """Make the link, or adopt it where `adopt` says so."""
        new, current = self.inputs(props), session(props)
        registry = find_registry(current, new.registry)
        stop_for_automations(current, new.overrides, new.writes(LINKED))
        outs = _apply(current, registry, new, {}, props)
        return CreateResult(f"{outs['collection_id']}/{outs['artifact_id']}", outs)

    def read(self, id_: str, props: Props) -> ReadResult:
        """What is there; out of the state where neither listing nor number lead to it."""
        old, current = self.inputs(props), session(props)
        registry = registry_of(current, props)
        found = _find(current, registry, old.collection, props) if registry else None
        if registry is None or found is None:
            return ReadResult("", {})
        collection, link = found
        seen: Props = {"registry": registry.name, "collection": collection.name}
        if old.aliases is not None:
            seen["aliases"] = list(link.aliases)
        if old.version is not None:
            seen["version"] = link.version
        outs = without_provider(props) | seen
        outs["number"] = f"v{link.version}"
        return ReadResult(id_, outs, LinkInputs.among(outs))

    def update(self, _id: str, olds: Props, news: Props) -> UpdateResult:
        """Change the aliases; another label of the same version is fine, another version is not."""
        new, current = self.inputs(news), session({**olds, "organization": news["organization"]})
        registry = find_registry(current, new.registry, str(olds.get("registry_id", "")))
        if new.collection != olds["collection"]:
            require_same_collection(current, registry, new.collection, str(olds["collection_id"]))
        if new.source != olds["source"]:
            _require_same_version(current, new.source, olds)
        stop_for_automations(current, new.overrides, new.writes(ALIASED))
        return UpdateResult(_apply(current, registry, new, olds, news))

    def delete(self, _id: str, props: Props) -> None:
        """Unlink the version where this resource linked it."""
        old, current = self.inputs(props), session(props)
        registry = registry_of(current, props) if props.get("made") else None
        if registry is not None:
            stop_for_automations(current, old.overrides, old.writes(UNLINKED))
            home = Home.of(current.organization, registry.project)
            remove_links(
                current.port, home, old.collection, {old.key: str(props["artifact_id"])}, frozenset()
            )


def _find(
    current: Session, registry: Registry, name: str, props: Mapping[str, object]
) -> tuple[Collection, LiveLink] | None:
    """The collection, also where it was renamed, with the link; None where it is proved that it is gone."""
    home = Home.of(current.organization, registry.project)
    there = locate_collection(current.port, home, name, str(props.get("collection_id", "")))
    if there is None:
        return None
    collection, live = links_of(current.port, home, there)
    artifact_id = str(props.get("artifact_id", ""))
    if artifact_id not in live:
        number = version_index(str(props["number"]))
        require_missing(current.port, home, collection.name, {number: artifact_id})
        return None
    return collection, live[artifact_id]


def _require_same_version(current: Session, source: str, olds: Mapping[str, object]) -> None:
    """A renamed team or project changes the path of a version, not the version."""
    if find_source(current.port, Source.parse(source)) != olds["artifact_id"]:
        raise SourceFixed(
            f"{source} is another version than {olds['source']}, and a link keeps its source",
            advice="Declare a resource of another name for another version",
        )


def _apply(
    current: Session, registry: Registry, inputs: LinkInputs, olds: Mapping[str, object], props: Props
) -> Props:
    home = Home.of(current.organization, registry.project)
    before = list_links(current.port, home, inputs.collection)
    there = before[1] if before else {}
    known = {inputs.key: str(olds["artifact_id"])} if "artifact_id" in olds else {}  # under any label
    goal = LinksGoal(
        home=home,
        collection=inputs.collection,
        entries={inputs.key: inputs.entry},
        baseline=frozenset(there) if inputs.adopt else frozenset(),
        applied=known,
        opened=lifted(inputs.overrides, RESTRICTED_SOURCE, inputs.registry),
        batch=batch_size(),
    )
    try:
        outcome = apply_links(current.port, goal)
    except EntriesFailed as failed:
        raise EntriesFailed(f"link in {inputs.registry}/{inputs.collection}", failed.failures, None) from None
    artifact_id = outcome.applied[inputs.key]
    made = bool(olds["made"]) if "made" in olds else not (inputs.adopt and artifact_id in there)
    return (
        without_provider(props)
        | current.pin
        | {
            "registry_id": registry.id,
            "collection_id": outcome.collection.id,
            "artifact_id": artifact_id,
            "number": f"v{outcome.links[inputs.key].version}",
            "made": made,
        }
    )


@dataclass(frozen=True, kw_only=True)
class LinkArgs:
    """One link of one collection."""

    organization: pulumi.Input[str]
    """Display name or entity name of the organization."""
    registry: pulumi.Input[str]
    """The registry's name."""
    collection: pulumi.Input[str]
    """The collection's name; it must exist."""
    source: pulumi.Input[str]
    """`entity/project/name:vN`, or `artifact:<id>`."""
    aliases: Sequence[pulumi.Input[str]] | None = None
    """Exactly these aliases; not managed where left out, [] clears them."""
    version: pulumi.Input[int] | None = None
    """The number that the link must have, without the v; any where left out."""
    adopt: bool = False
    """Whether a link that is there already is taken over; it is then never unlinked."""
    overrides: Sequence[Mapping[str, str]] = ()
    """Guards that reviewers lift: `{guard, subject, reason, approved_by}` each."""


class Link(Resource, module="link", name="Link"):
    """One version in one collection."""

    artifact_id: pulumi.Output[str]
    """The source's artifact id."""
    number: pulumi.Output[str]
    """The version in the collection, such as v3."""
    made: pulumi.Output[bool]
    """Whether this resource made the link (an adopted one is never unlinked)."""

    def __init__(self, name: str, args: LinkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """`name` is the resource's name in the stack."""
        if isinstance(args.registry, str) and isinstance(args.collection, str):
            declare_item("links", f"{args.registry}/{args.collection}")
        outputs = {"artifact_id": None, "number": None, "made": None}
        super().__init__(LinkProvider(), name, {**to_props(args), **outputs}, opts)
