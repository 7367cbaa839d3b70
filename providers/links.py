"""Links: all links of one collection, in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, UpdateResult

from providers.adapter import (
    Adapter,
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
from providers.declared import declare_set
from providers.engine_link import warn
from providers.links_drift import changed_keys, changes_since, live_lines, missing_links, versions_of
from providers.links_inputs import LinksInputs
from providers.shown_errors import PartlyDone
from wandb_registry.guards.failures import Refusal
from wandb_registry.guards.links import check_links
from wandb_registry.guards.records import check_records
from wandb_registry.reconcile.collection import locate_collection
from wandb_registry.reconcile.errors import EntriesFailed
from wandb_registry.reconcile.links import LinksGoal, LinksOutcome, apply_links, remove_links
from wandb_registry.server.collections import Collection, Home
from wandb_registry.server.links import Link, links_of, list_links, require_missing
from wandb_registry.server.registries import Registry


class LinksProvider(Adapter[LinksInputs]):
    """Links, numbers and aliases of one collection."""

    model = LinksInputs
    not_compared = frozenset({"overrides", "closed_sources", "opened_projects"})

    def guards(self, old: LinksInputs | None, new: LinksInputs) -> Iterator[Refusal]:
        """Large removals, missing numbers, restricted sources, and a lost baseline."""
        yield from check_links(
            new.label,
            old.entries if old else None,
            new.entries,
            fill_gaps=new.fill_gaps,
            closed=new.closed_sources,
        )
        if old:
            yield from check_records(new.label, baseline=(old.baseline, new.baseline))

    def differs(self, old: LinksInputs, new: LinksInputs) -> bool:
        """Labels and positions are only shown, so they make no difference."""
        if changed_keys(old, new) or set(old.links) - set(new.links):
            return True
        return super().differs(old.model_copy(update={"links": {}}), new.model_copy(update={"links": {}}))

    def create(self, props: Props) -> CreateResult:
        """Make all links of the collection, adopting those of the baseline."""
        new, current = self.inputs(props), session(props)
        registry = find_registry(current, new.registry)
        stop_for_automations(current, new.overrides, new.writes(None))
        outs = _apply(current, registry, new, {}, None, props)
        return CreateResult(str(outs["collection_id"]), outs)

    def read(self, id_: str, props: Props) -> ReadResult:
        """Under `always` what is there; under `once` what was asked for, with a warning a change."""
        old, current = self.inputs(props), session(props)
        registry = registry_of(current, props)
        found = _find(current, registry, old.collection, id_) if registry else None
        if registry is None or found is None:
            return ReadResult("", {})
        collection, live = found
        seen: Props = {"registry": registry.name, "collection": collection.name}
        applied: dict[str, str] = dict(props.get("applied") or {})
        home = Home.of(current.organization, registry.project)
        missing = missing_links(old, applied, dict(props.get("versions") or {}), live)
        require_missing(current.port, home, collection.name, missing)
        if old.manage == "always":
            seen["links"] = live_lines(old, applied, live)
        else:
            for change in changes_since(old, applied, live):
                warn(f"{old.label}: {change} (changed since, left as it is: manage is once)")
        inputs = LinksInputs.among(props) | seen
        outs = without_provider(props) | inputs
        return ReadResult(id_, outs | {"versions": versions_of(old, applied, live)}, inputs)

    def update(self, id_: str, olds: Props, news: Props) -> UpdateResult:
        """Make what changed in the file, and under `destroy` take out what it no longer names."""
        new, old = self.inputs(news), self.inputs(olds)
        current = session({**olds, "organization": news["organization"]})
        registry = find_registry(current, new.registry, str(olds.get("registry_id", "")))
        if new.collection != old.collection:
            require_same_collection(current, registry, new.collection, id_)
        stop_for_automations(current, new.overrides, new.writes(old))
        outs = _apply(current, registry, new, dict(olds.get("applied") or {}), changed_keys(old, new), news)
        _drop(current, registry, new, dict(olds.get("applied") or {}), outs)
        return UpdateResult(outs)

    def delete(self, _id: str, props: Props) -> None:
        """Take out what this resource linked; the baseline and other people's links stay."""
        old, current = self.inputs(props), session(props)
        registry = registry_of(current, props)
        if registry is None:
            return
        emptied = old.model_copy(update={"links": {}, "delete": "destroy"})
        stop_for_automations(current, old.overrides, emptied.writes(old))
        home = Home.of(current.organization, registry.project)
        remove_links(
            current.port,
            home,
            old.collection,
            dict(props.get("applied") or {}),
            frozenset(old.baseline),
            batch_size(),
        )


def _apply(
    current: Session,
    registry: Registry,
    inputs: LinksInputs,
    applied: Mapping[str, str],
    keys: frozenset[str] | None,
    props: Props,
) -> Props:
    goal = LinksGoal(
        home=Home.of(current.organization, registry.project),
        collection=inputs.collection,
        entries=inputs.entries,
        baseline=frozenset(inputs.baseline),
        applied=applied,
        opened=inputs.opened,
        fill_gaps=inputs.fill_gaps,
        batch=batch_size(),
    )
    kept = LinksInputs.among(props)
    try:
        outcome = apply_links(current.port, goal, keys)
    except EntriesFailed as failed:
        done: LinksOutcome = failed.done
        lines = {key: line for key, line in inputs.links.items() if key in done.applied}
        part = {**kept, "links": lines}
        facts = _facts(current, registry, inputs, done)
        raise PartlyDone(str(failed), done.collection.id, part, part | facts) from None
    return kept | _facts(current, registry, inputs, outcome)


def _drop(
    current: Session, registry: Registry, new: LinksInputs, applied: Mapping[str, str], outs: Props
) -> None:
    """Take out links that we made and the file no longer names, where it says `destroy`."""
    still = set(dict(outs["applied"]).values())
    dropped = {key: i for key, i in applied.items() if i not in still and i not in new.baseline}
    if not dropped:
        return
    if new.delete == "destroy":
        home = Home.of(current.organization, registry.project)
        remove_links(current.port, home, new.collection, dropped, frozenset(new.baseline), batch_size())
    else:
        warn(f"{new.label}: {len(dropped)} links taken out of the file stay in the registry (delete: retain)")


def _facts(current: Session, registry: Registry, inputs: LinksInputs, outcome: LinksOutcome) -> Props:
    versions = {
        inputs.entries[key].source: f"v{link.version}"
        for key, link in outcome.links.items()
        if key in inputs.links
    }
    return current.pin | {
        "registry_id": registry.id,
        "collection_id": outcome.collection.id,
        "path": f"{current.organization.entity}/{registry.project}/{outcome.collection.name}",
        "applied": dict(sorted(outcome.applied.items())),
        "versions": versions,
    }


def _find(
    current: Session, registry: Registry, name: str, collection_id: str
) -> tuple[Collection, dict[str, Link]] | None:
    home = Home.of(current.organization, registry.project)
    found = list_links(current.port, home, name)
    if found is not None:
        return found
    renamed = locate_collection(current.port, home, name, collection_id)
    return links_of(current.port, home, renamed) if renamed else None


@dataclass(frozen=True, kw_only=True)
class LinksArgs:
    """All links of one collection."""

    organization: pulumi.Input[str]
    """Display name or entity name of the organization."""
    registry: pulumi.Input[str]
    """The registry's name."""
    collection: pulumi.Input[str]
    """The collection's name."""
    links: Mapping[str, pulumi.Input[str]]
    """Artifact id (or path) -> `ORDER [vN] SOURCE [aliases]`; `link_lines` writes it."""
    baseline: Sequence[str] = ()
    """Artifact ids that were linked before this stack: adopted where named, never unlinked."""
    manage: str = "once"
    """`once`: changes by others are left; `always`: they are a diff."""
    fill_gaps: bool = False
    """Whether missing numbers are made by linking and unlinking, where the server is proved to allow it."""
    delete: str = "retain"
    """`destroy`: a link taken out of the map is unlinked; `retain`: it is left, with a warning."""
    closed_sources: Mapping[str, str] | None = None
    """Key -> the restricted project that the version comes from, where nobody decided to open it: refused."""
    opened_projects: Sequence[str] | None = None
    """Restricted projects (`entity/project`) that reviewers decided to link from."""
    overrides: Sequence[Mapping[str, str]] = ()
    """Guards that reviewers lift: `{guard, subject, reason, approved_by}` each."""


class Links(Resource, module="links", name="Links"):
    """All links of one collection; its resource id is the collection's."""

    versions: pulumi.Output[Mapping[str, str]]
    """Source -> the number that it has in the collection."""
    applied: pulumi.Output[Mapping[str, str]]
    """Key of the input map -> artifact id, for the links that this resource made."""
    path: pulumi.Output[str]
    """`<organization entity>/wandb-registry-<registry>/<collection>`."""

    def __init__(self, name: str, args: LinksArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """`name` is the resource's name in the stack."""
        if isinstance(args.registry, str) and isinstance(args.collection, str):
            declare_set("links", f"{args.registry}/{args.collection}")
        outputs: dict[str, Any] = {"versions": None, "applied": None, "path": None}
        super().__init__(LinksProvider(), name, {**to_props(args), **outputs}, opts)
