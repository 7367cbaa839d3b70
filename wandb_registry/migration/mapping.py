"""Mapping: facts and rules in, desired state, inventory and findings out. Pure, and deterministic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from wandb_registry.migration.access_record import access_record
from wandb_registry.migration.access_remarks import remarks_on_access
from wandb_registry.migration.boundary import access_of
from wandb_registry.migration.config import MigrationConfig, Rules
from wandb_registry.migration.digest import digest_of
from wandb_registry.migration.facts import Facts, TeamFacts
from wandb_registry.migration.findings import Code, Finding, in_order
from wandb_registry.migration.placement import Placed, Placement
from wandb_registry.migration.remarks import (
    remarks_on_shared_versions,
    remarks_on_target,
    remarks_on_team,
    remarks_on_teams_together,
)
from wandb_registry.migration.selection import Selected, select
from wandb_registry.state import names
from wandb_registry.state.inventory import (
    BaselineRegistry,
    Inventory,
    LegacyCollection,
    LegacyLink,
    LegacyTeam,
    OrganizationRecord,
)
from wandb_registry.state.models import (
    CollectionState,
    LegacyOrigin,
    LinkState,
    MembersState,
    RegistryState,
    StackState,
    Visibility,
)
from wandb_registry.state.sources import Source

_LEFT_OUT = "left out by `models` of migration.yaml"
_TYPE_OF_EMPTY_REGISTRIES = "model"


@dataclass(frozen=True, slots=True)
class Mapped:
    """What scan writes, and what it says."""

    stack: StackState
    inventory: Inventory
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Model:
    """One placed model with its selected versions."""

    placed: Placed
    selected: tuple[Selected, ...]


def map_facts(
    facts: Facts, rules: Rules, placement: Placement, baseline: Mapping[str, BaselineRegistry]
) -> Mapped:
    """Desired state, inventory and findings; `placement` from `place`, `baseline` from `baseline_of`."""
    findings = list(placement.findings)
    models: list[_Model] = []
    for placed in placement.placed:
        selected, remarks = select(placed.subject, placed.model, facts, rules.config)
        models.append(_Model(placed, selected))
        if placed.registry:
            findings += (*remarks, *_not_declarable(placed))
    registries = {}
    for name, teams in placement.registries.items():
        inside = [m for m in models if m.placed.registry == name and m.placed.problem is None]
        contributing = [team for team in facts.teams if team.team in teams]
        registries[name] = _registry(name, contributing, inside, rules.config, facts.target.get(name))
        findings += remarks_on_target(name, registries[name], facts.target.get(name), baseline.get(name))
        findings += remarks_on_teams_together(name, teams)
    for team in facts.teams:
        findings += remarks_on_team(team, rules.config)
    findings += remarks_on_shared_versions(placement.placed)
    gaps = any(finding.code == Code.GAPS for finding in findings)
    digests = {team.team: digest_of(team) for team in facts.teams}
    stack = StackState(
        version=1,
        organization=facts.organization.name,
        registries=registries,
        legacy=tuple(LegacyOrigin(team=team, digest=digest) for team, digest in digests.items()),
    )
    inventory = Inventory(
        server=facts.server,
        organization=OrganizationRecord(
            id=facts.organization.id, name=facts.organization.name, entity=facts.organization.entity
        ),
        numbering=rules.config.numbering if gaps else None,
        legacy=tuple(_legacy_team(team, digests[team.team], models) for team in facts.teams),
        boundaries={
            name: access_of([t for t in facts.teams if t.team in teams], rules.config).boundary
            for name, teams in placement.registries.items()
        },
        baseline=dict(baseline),
        renumbered=_renumbered(models),
        access=access_record(
            facts,
            rules.config,
            open_to_all=any(one.visibility != "restricted" for one in registries.values()),
        ),
    )
    findings += remarks_on_access(facts, stack, inventory, rules.config)
    return Mapped(stack, inventory, in_order(findings))


def _registry(
    name: str,
    teams: Sequence[TeamFacts],
    models: Sequence[_Model],
    config: MigrationConfig,
    there: BaselineRegistry | None,
) -> RegistryState:
    access = access_of(teams, config)
    visibility = _visibility(name, there)
    protected = {alias for team in teams for alias in team.protected_aliases or ()}
    declared = _declarable(sorted(protected), names.problem_with_alias)
    ordered = sorted(models, key=lambda m: (m.placed.collection.casefold(), m.placed.collection))
    return RegistryState(
        visibility=visibility,
        description=_description([team.team for team in teams]),
        artifact_types=_types({model.placed.model.type for model in models}, there),
        members=MembersState(exclusive=visibility == "restricted", teams=access.teams, users=access.users),
        protected_aliases=declared or None,
        delete=config.delete,
        manage="once",
        collections={model.placed.collection: _collection(model) for model in ordered},
    )


def _description(teams: Sequence[str]) -> str:
    if len(teams) == 1:
        return f"Models of team {teams[0]}, from its legacy Model Registry"
    return f"Models of teams {', '.join(teams)}, from their legacy Model Registries"


def _visibility(name: str, there: BaselineRegistry | None) -> Visibility:
    """Restricted, but for what is there and cannot become so without a decision."""
    if there is not None:
        return there.visibility
    return "organization" if names.is_core_registry(name) else "restricted"


def _types(types: Iterable[str], there: BaselineRegistry | None) -> tuple[str, ...] | str:
    """Those of the collections and, as accepted types only grow, those that are there."""
    if there is not None and there.artifact_types == "any":
        return "any"
    before = there.artifact_types if there is not None else ()
    return tuple(sorted({*types, *before})) or (_TYPE_OF_EMPTY_REGISTRIES,)


def _collection(model: _Model) -> CollectionState:
    legacy = model.placed.model
    links: dict[str, LinkState] = {}
    for one in model.selected:
        if one.number is None:
            continue
        version = one.version
        text = str(version.source) if version.source else ""
        # Two artifacts can have had one path when a deleted one was logged anew.
        if not text or text in links:
            text = str(Source(artifact_id=version.artifact_id))
        links[text] = LinkState(
            version=one.number,
            aliases=_declarable(version.aliases, names.problem_with_alias) or None,
            id=version.artifact_id,
        )
    return CollectionState(
        type=legacy.type,
        description=legacy.description,
        tags=_declarable(legacy.tags, names.problem_with_tag) or None,
        links=links,
    )


def _declarable(values: Sequence[str], problem_with: Callable[[str], str | None]) -> tuple[str, ...]:
    return tuple(value for value in values if problem_with(value) is None)


def _not_declarable(placed: Placed) -> Iterable[Finding]:
    """Tags and aliases that the server held once and would refuse now."""
    model = placed.model
    problems = [problem for tag in model.tags if (problem := names.problem_with_tag(tag))]
    for version in model.versions:
        problems += [problem for alias in version.aliases if (problem := names.problem_with_alias(alias))]
    for problem in sorted(set(problems)):
        message = f"has a tag or alias that is left out: {problem}"
        yield Finding(Code.NOT_DECLARABLE, "warning", placed.subject, message)


def _legacy_team(team: TeamFacts, digest: str, models: Sequence[_Model]) -> LegacyTeam:
    return LegacyTeam(
        team=team.team,
        digest=digest,
        people=team.people,
        protected_aliases=team.protected_aliases or (),
        pending=team.pending,
        visibility=team.visibility,
        collections=tuple(_legacy_collection(model) for model in models if model.placed.team == team.team),
    )


def _legacy_collection(model: _Model) -> LegacyCollection:
    placed, legacy = model.placed, model.placed.model
    return LegacyCollection(
        name=legacy.name,
        type=legacy.type,
        description=legacy.description,
        tags=legacy.tags,
        links=tuple(_legacy_link(one) for one in model.selected),
        target=None if placed.registry is None else (placed.registry, placed.collection),
        excluded=_LEFT_OUT if placed.registry is None else None,
    )


def _legacy_link(one: Selected) -> LegacyLink:
    version = one.version
    return LegacyLink(
        version=version.number,
        artifact_id=version.artifact_id,
        digest=version.digest,
        source=None if version.source is None else str(version.source),
        aliases=version.aliases,
        excluded=one.excluded,
    )


def _renumbered(models: Sequence[_Model]) -> dict[str, dict[str, dict[str, int]]]:
    """The legacy numbers of every collection of which a number changed."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    for model in models:
        linked = [one for one in model.selected if one.number is not None]
        if model.placed.registry and any(one.number != one.version.number for one in linked):
            numbers = {one.version.artifact_id: one.version.number for one in linked}
            found.setdefault(model.placed.registry, {})[model.placed.collection] = numbers
    return found
