"""The links reconciler: all links of one collection, in order, with their numbers and aliases.

Numbers come from the order of linking, so links are made in ascending order and each index that the
server gives is compared. Aliases come last: until every number is right, no alias points anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wandb_registry.reconcile.errors import (
    AlreadyThere,
    EntriesFailed,
    NotApplied,
    NumberTaken,
    VersionDiffers,
)
from wandb_registry.reconcile.numbering import Pending, link_in_order
from wandb_registry.reconcile.sources import require_open
from wandb_registry.server.batches import BATCH
from wandb_registry.server.collections import Collection, Home
from wandb_registry.server.errors import NotVisible, ServerError
from wandb_registry.server.links import (
    Link,
    change_aliases,
    find_source,
    list_links,
    unlink_all,
)
from wandb_registry.server.port import Port
from wandb_registry.state.entries import LinkEntry
from wandb_registry.state.sources import Source


@dataclass(frozen=True, slots=True)
class LinksGoal:
    """The links of one collection as desired.

    `entries` by key, which is the artifact id, or the source's path where a person gave no id. `baseline`
    holds the artifact ids that were linked before us, `applied` those that we linked (key -> artifact id),
    `opened` the restricted projects that reviewers decided to link from.
    """

    home: Home
    collection: str
    entries: Mapping[str, LinkEntry]
    baseline: frozenset[str] = frozenset()
    applied: Mapping[str, str] = field(default_factory=dict)
    opened: frozenset[str] = frozenset()
    fill_gaps: bool = False
    batch: int = BATCH


@dataclass(frozen=True, slots=True)
class LinksOutcome:
    """What is there now: the collection, the artifact id behind each key, and each link by key."""

    collection: Collection
    applied: Mapping[str, str]
    links: Mapping[str, Link]
    warnings: tuple[str, ...] = ()


def read_links(port: Port, home: Home, collection: str) -> tuple[Collection, dict[str, Link]]:
    """The collection with its links; NotVisible where it is not there."""
    found = list_links(port, home, collection)
    if found is None:
        raise NotVisible(f"collection {collection} of {home} is not there", advice="Run `pulumi up` again")
    return found


def apply_links(port: Port, goal: LinksGoal, keys: frozenset[str] | None = None) -> LinksOutcome:
    """Make the desired links; with `keys`, only those are looked at, all others are left as they are."""
    collection, live = read_links(port, goal.home, goal.collection)
    failures: list[str] = []
    artifacts = _resolve(port, goal, keys, failures)
    wanted = {key: goal.entries[key] for key in artifacts if keys is None or key in keys}
    missing, settled = _plan(goal, artifacts, wanted, live, failures)
    made = link_in_order(
        port,
        goal.home,
        collection,
        _linkable(port, goal, [(artifacts[key], wanted[key]) for key in missing], failures),
        live,
        fill_gaps=goal.fill_gaps,
        careful=bool(live) or bool(goal.baseline),
        size=goal.batch,
        failures=failures,
    )
    collection, live = read_links(port, goal.home, goal.collection) if missing else (collection, live)
    present = {
        key: wanted[key]
        for key in [*settled, *missing]
        if artifacts[key] in live and (key in settled or artifacts[key] in made)
    }
    changed = _align_aliases(port, goal, artifacts, present, live, failures)
    if changed:
        collection, live = read_links(port, goal.home, goal.collection)
    outcome = LinksOutcome(
        collection,
        {
            **{k: v for k, v in goal.applied.items() if k in goal.entries},
            **{k: artifacts[k] for k in present},
        },
        {key: live[artifacts[key]] for key in artifacts if artifacts[key] in live},
    )
    if failures:
        raise EntriesFailed(f"collection {goal.collection} of {goal.home}", failures, outcome)
    _compare(goal, artifacts, wanted, live)
    return outcome


def remove_links(
    port: Port,
    home: Home,
    collection: str,
    applied: Mapping[str, str],
    baseline: frozenset[str],
    batch: int = BATCH,
) -> None:
    """Take out what we linked, and nothing of the baseline; a collection that is gone is no error."""
    found = list_links(port, home, collection)
    if found is None:
        return
    there, live = found
    ours = [
        artifact_id for artifact_id in applied.values() if artifact_id in live and artifact_id not in baseline
    ]
    unlink_all(port, there.id, ours, size=batch)


def _resolve(port: Port, goal: LinksGoal, keys: frozenset[str] | None, failures: list[str]) -> dict[str, str]:
    """The artifact id behind each key; a source that cannot be found fails its entry only."""
    artifacts: dict[str, str] = {}
    for key, entry in goal.entries.items():
        if "/" not in key:
            artifacts[key] = key
        elif key in goal.applied:
            artifacts[key] = goal.applied[key]
        elif keys is None or key in keys:
            try:
                artifacts[key] = find_source(port, Source.parse(entry.source))
            except ServerError as error:
                failures.append(error.message)
    return artifacts


def _plan(
    goal: LinksGoal,
    artifacts: Mapping[str, str],
    wanted: Mapping[str, LinkEntry],
    live: Mapping[str, Link],
    failures: list[str],
) -> tuple[list[str], list[str]]:
    """The keys to be linked, in order, and those that are as they must be; any other entry fails."""
    temporary = {k for k in wanted if _is_temporary(goal, artifacts[k], wanted[k], live)}
    unfinished = {artifacts[key] for key in temporary}
    highest = max((link.version for i, link in live.items() if i not in unfinished), default=-1)
    missing: list[str] = []
    settled: list[str] = []
    for key in sorted(wanted, key=lambda key: wanted[key].order):
        entry, artifact_id = wanted[key], artifacts[key]
        link = live.get(artifact_id)
        if key in temporary:
            missing.append(key)
        elif link is not None:
            if problem := _problem(goal, key, artifact_id, entry, link):
                failures.append(problem)
            else:
                settled.append(key)
        elif entry.wanted_version is not None and entry.wanted_version <= highest:
            taken = NumberTaken(
                f"{entry.source} can no longer be v{entry.wanted_version}: {goal.collection} is past it",
                advice="Give it accept_version with the number that it gets, or remove version",
            )
            failures.append(str(taken))
        else:
            missing.append(key)
    return missing, settled


def _linkable(port: Port, goal: LinksGoal, pending: list[Pending], failures: list[str]) -> list[Pending]:
    """What can be linked: a source that is gone would shift the number of each link behind it."""
    there = require_open(port, goal.home, [artifact_id for artifact_id, _ in pending], goal.opened)
    linkable: list[Pending] = []
    for artifact_id, entry in pending:
        if artifact_id in there:
            linkable.append((artifact_id, entry))
            continue
        failures.append(f"{entry.source} is not there any more, or this key may not see it")
        if entry.wanted_version is not None:
            break
    return linkable


def _is_temporary(goal: LinksGoal, artifact_id: str, entry: LinkEntry, live: Mapping[str, Link]) -> bool:
    """Whether a run of ours was killed while it filled a gap with this link."""
    link = live.get(artifact_id)
    return (
        goal.fill_gaps
        and link is not None
        and artifact_id not in goal.baseline
        and entry.wanted_version is not None
        and link.version < entry.wanted_version
        and not link.aliases
        and link.version == max(other.version for other in live.values())
    )


def _problem(goal: LinksGoal, key: str, artifact_id: str, entry: LinkEntry, link: Link) -> str | None:
    """Why a link that is there cannot be taken for the desired one."""
    if entry.wanted_version is not None and link.version != entry.wanted_version:
        return str(
            VersionDiffers(
                f"{entry.source} is linked as v{link.version}, and must be v{entry.wanted_version}",
                advice=f"Accept it with accept_version: v{link.version}",
            )
        )
    known = artifact_id in goal.baseline or key in goal.applied
    if not known and not set(link.aliases) <= set(entry.aliases or ()):
        return str(
            AlreadyThere(
                f"{entry.source} is linked with aliases {', '.join(link.aliases)}, by other hands than ours",
                advice="Scan again",
            )
        )
    return None


def _align_aliases(
    port: Port,
    goal: LinksGoal,
    artifacts: Mapping[str, str],
    present: Mapping[str, LinkEntry],
    live: Mapping[str, Link],
    failures: list[str],
) -> bool:
    """Put the managed aliases where they belong; answers whether anything was written."""
    managed = {
        artifacts[key]: set(entry.aliases) for key, entry in present.items() if entry.aliases is not None
    }
    moving = set().union(*managed.values())
    add = {i: sorted(aliases - set(live[i].aliases)) for i, aliases in managed.items()}
    # An alias that is put on another version moves there by itself.
    remove = {i: sorted(set(live[i].aliases) - aliases - moving) for i, aliases in managed.items()}
    errors = change_aliases(
        port,
        goal.home,
        goal.collection,
        add=[(i, aliases) for i, aliases in add.items() if aliases],
        remove=[(i, aliases) for i, aliases in remove.items() if aliases],
        size=goal.batch,
    )
    sources = {artifacts[key]: entry.source for key, entry in present.items()}
    failures.extend(f"aliases of {sources[i]}: {error.message}" for i, error in errors.items())
    return any(add.values()) or any(remove.values())


def _compare(
    goal: LinksGoal, artifacts: Mapping[str, str], wanted: Mapping[str, LinkEntry], live: Mapping[str, Link]
) -> None:
    for key, entry in wanted.items():
        link = live.get(artifacts[key])
        if (
            link is None
            or (entry.wanted_version is not None and link.version != entry.wanted_version)
            or (entry.aliases is not None and set(link.aliases) != set(entry.aliases))
        ):
            raise NotApplied(
                f"{entry.source} in {goal.home}/{goal.collection} does not read back as it was written"
            )
