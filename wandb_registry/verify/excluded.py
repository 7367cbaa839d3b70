"""What the inventory has and the stack file leaves out: listed with its reason, no difference."""

from __future__ import annotations

from collections.abc import Iterator

from wandb_registry.state.inventory import LegacyCollection, LegacyTeam
from wandb_registry.state.models import CollectionState, StackState
from wandb_registry.state.names import is_version
from wandb_registry.verify.evidence import Evidence
from wandb_registry.verify.observation import Observation, Verdict

_LEFT_OUT = "left out of the stack file"


def excluded(stack: StackState, evidence: Evidence, teams: tuple[LegacyTeam, ...]) -> Iterator[Observation]:
    """Collections, links, aliases, descriptions and tags of the legacy side that the file leaves out."""
    linked = _linked(stack, evidence)
    for team in teams:
        for legacy in team.collections:
            subject = f"{team.team}/{legacy.name}"
            today = evidence.today(legacy.target) if legacy.target else None
            if today is None:
                yield _collection(subject, legacy, linked)
                continue
            state = stack.registries[today[0]].collections[today[1]]
            yield from _links(subject, legacy, state, evidence, linked)
            yield from _fields(subject, legacy, state)


def _linked(stack: StackState, evidence: Evidence) -> dict[str, list[str]]:
    """Where the stack file links each artifact."""
    places: dict[str, list[str]] = {}
    for registry_name, registry in stack.registries.items():
        for collection_name, collection in registry.collections.items():
            for source, link in collection.links.items():
                if artifact_id := evidence.artifact_id(source, link):
                    places.setdefault(artifact_id, []).append(f"{registry_name}/{collection_name}")
    return places


def _collection(subject: str, legacy: LegacyCollection, linked: dict[str, list[str]]) -> Observation:
    elsewhere = {place for link in legacy.links for place in linked.get(link.artifact_id, [])}
    reason = legacy.excluded or _LEFT_OUT
    if elsewhere and not legacy.excluded:
        reason = f"{_LEFT_OUT}; its versions stand in {', '.join(sorted(elsewhere))}"
    versions = f"{len(legacy.links)} version{'' if len(legacy.links) == 1 else 's'}"
    return Observation(Verdict.EXCLUDED, "collection", subject, versions, reason=reason)


def _links(
    subject: str,
    legacy: LegacyCollection,
    state: CollectionState,
    evidence: Evidence,
    linked: dict[str, list[str]],
) -> Iterator[Observation]:
    declared = {evidence.artifact_id(source, link): link for source, link in state.links.items()}
    for link in legacy.links:
        here = f"{subject}:v{link.version}"
        if link.artifact_id not in declared:
            source = link.source or f"artifact:{link.artifact_id}"
            reason = link.excluded or _why_left_out(link.source, linked.get(link.artifact_id, []))
            yield Observation(Verdict.EXCLUDED, "link", here, source, reason=reason)
            continue
        aliases = declared[link.artifact_id].aliases
        left_out = {a for a in link.aliases if a != "latest" and not is_version(a)} - set(aliases or ())
        if left_out:
            reason = "aliases are not managed" if aliases is None else _LEFT_OUT
            yield Observation(Verdict.EXCLUDED, "aliases", here, ", ".join(sorted(left_out)), reason=reason)


def _why_left_out(source: str | None, elsewhere: list[str]) -> str:
    if elsewhere:
        return f"{_LEFT_OUT}; stands in {', '.join(sorted(set(elsewhere)))}"
    return _LEFT_OUT if source is not None else "its source could not be read by scan"


def _fields(subject: str, legacy: LegacyCollection, state: CollectionState) -> Iterator[Observation]:
    if legacy.description and state.description is None:
        expected = legacy.description
        yield Observation(Verdict.EXCLUDED, "description", subject, expected, reason=_LEFT_OUT)
    left_out = set(legacy.tags) - set(state.tags or ())
    if left_out:
        expected = ", ".join(sorted(left_out))
        yield Observation(Verdict.EXCLUDED, "tags", subject, expected, reason=_LEFT_OUT)
