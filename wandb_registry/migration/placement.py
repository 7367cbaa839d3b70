"""Placement: which registered model goes into which registry, under which name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wandb_registry.errors import UserError
from wandb_registry.migration.config import Rules, matches
from wandb_registry.migration.facts import Facts, LegacyModel, TeamFacts
from wandb_registry.migration.findings import Code, Finding
from wandb_registry.state.document import Place
from wandb_registry.state.names import (
    problem_with_artifact_type,
    problem_with_collection_name,
    problem_with_registry_name,
)

_TEMPLATE: Place = ("registry_name",)


class SameName(UserError):
    """Two things would be one to W&B, which compares names without case."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One registered model and its place; `registry` is None where the rules leave it out."""

    team: str
    model: LegacyModel
    registry: str | None
    collection: str

    @property
    def subject(self) -> str:
        """team/model, as findings and migration.yaml name it."""
        return f"{self.team}/{self.model.name}"

    @property
    def problem(self) -> str | None:
        """Why W&B would not take a collection of this name and type, or None."""
        return problem_with_collection_name(self.collection) or problem_with_artifact_type(self.model.type)


@dataclass(frozen=True, slots=True)
class Placement:
    """All models with their places, and the teams of each registry, also of one without models."""

    placed: tuple[Placed, ...]
    registries: dict[str, tuple[str, ...]]
    findings: tuple[Finding, ...]


def place(facts: Facts, rules: Rules) -> Placement:
    """Apply the rules for names: include and exclude, split, merge, template, renames.

    Raises InvalidFile with the rule's line where a rule cannot hold, SameName where two models or two
    registries would become one.
    """
    _check_teams(facts, rules)
    placed: list[Placed] = []
    registries: dict[str, list[str]] = {}
    for team in facts.teams:
        if team.models is None:
            continue
        # A team whose models all go elsewhere by `split` needs no registry of its own.
        models = [_place(team, model, rules) for model in team.models]
        placed += models
        targets = {one.registry for one in models if one.registry} or {_registry_of(team.team, rules)}
        for registry in sorted(targets):
            registries.setdefault(registry, []).append(team.team)
    _check_registries(registries)
    _check_collections(placed)
    return Placement(
        placed=tuple(placed),
        registries={name: tuple(teams) for name, teams in sorted(registries.items())},
        findings=(*_findings(placed), *_unused(facts, rules)),
    )


def _place(team: TeamFacts, model: LegacyModel, rules: Rules) -> Placed:
    subject = f"{team.team}/{model.name}"
    collection = rules.config.renames.models.get(subject, model.name)
    if not rules.config.models.takes(model.name, subject):
        return Placed(team.team, model, None, collection)
    return Placed(team.team, model, _registry_of(team.team, rules, subject), collection)


def _registry_of(team: str, rules: Rules, subject: str | None = None) -> str:
    """The registry of a team, or of one of its models where a `split` takes it."""
    default, origin = rules.default_registry(team), _TEMPLATE
    for registry, teams in rules.config.merge.items():
        if team.casefold() in {name.casefold() for name in teams}:
            default, origin = registry, ("merge", registry)
    for registry, patterns in rules.config.split.items():
        if subject is not None and any(matches(pattern, subject) for pattern in patterns):
            default, origin = registry, ("split", registry)
            break
    name = rules.config.renames.registries.get(default, default)
    if problem := problem_with_registry_name(name):
        raise rules.error(origin, f"makes {name!r} of team {team}: {problem}")
    return name


def _check_teams(facts: Facts, rules: Rules) -> None:
    given = {team.team.casefold() for team in facts.teams}
    for team in facts.teams:
        if not rules.config.teams.takes(team.team):
            raise rules.error(("teams",), f"leaves out team {team.team}, which this scan was asked for")
    for registry, teams in rules.config.merge.items():
        missing = [team for team in teams if team.casefold() not in given]
        if missing and len(missing) < len(teams):
            message = (
                f"names {', '.join(missing)} too: a registry belongs to one stack, so scan all its teams"
            )
            raise rules.error(("merge", registry), message)
    for registry, patterns in rules.config.split.items():
        missing = sorted(
            {p.partition("/")[0] for p in patterns if p.partition("/")[0].casefold() not in given}
        )
        if missing and len(missing) < len({p.partition("/")[0] for p in patterns}):
            message = (
                f"names {', '.join(missing)} too: a registry belongs to one stack, so scan all its teams"
            )
            raise rules.error(("split", registry), message)


def _check_registries(registries: Iterable[str]) -> None:
    seen: dict[str, str] = {}
    for name in registries:
        if (other := seen.setdefault(name.casefold(), name)) != name:
            raise SameName(
                f"registries {other} and {name} are one to W&B, which compares names without case",
                advice="Rename one in migration.yaml under renames.registries, or merge their teams",
            )


def _check_collections(placed: Iterable[Placed]) -> None:
    seen: dict[tuple[str, str], Placed] = {}
    for one in placed:
        if one.registry is None:
            continue
        other = seen.setdefault((one.registry, one.collection.casefold()), one)
        if other is not one:
            raise SameName(
                f"models {other.subject} and {one.subject} would be one collection of registry "
                f"{one.registry}: W&B compares names without case",
                advice="Rename one in migration.yaml under renames.models",
            )


def _findings(placed: Iterable[Placed]) -> Iterator[Finding]:
    for one in placed:
        if one.registry is None:
            yield Finding(
                Code.MODEL_EXCLUDED, "info", one.subject, "is left out by `models` of migration.yaml"
            )
            continue
        if one.collection != one.model.name:
            yield Finding(
                Code.NAME_CHANGED,
                "info",
                one.subject,
                f"becomes collection {one.collection} of registry {one.registry}",
                "Tell its users: the last part of the path changes too",
            )
        if problem := one.problem:
            advice = "Rename it under renames.models of migration.yaml, or exclude it under models"
            yield Finding(Code.NAME_NOT_ALLOWED, "block", one.subject, problem, advice)


def _unused(facts: Facts, rules: Rules) -> Iterator[Finding]:
    """Rules about scanned teams that match nothing: most often a typing error."""
    given = {team.team for team in facts.teams}
    subjects = {f"{team.team}/{model.name}" for team in facts.teams for model in team.models or ()}
    for subject in rules.config.renames.models:
        if subject.partition("/")[0] in given and subject not in subjects:
            yield _unused_rule(rules, ("renames", "models", subject), subject)
    for registry, patterns in rules.config.split.items():
        for n, pattern in enumerate(patterns):
            known = pattern.partition("/")[0] in given
            if known and not any(matches(pattern, subject) for subject in subjects):
                yield _unused_rule(rules, ("split", registry, n), pattern)


def _unused_rule(rules: Rules, place_of_rule: Place, subject: str) -> Finding:
    (problem,) = rules.error(place_of_rule, "matches no model").problems
    return Finding(Code.RULE_UNUSED, "warning", subject, str(problem), "Correct or remove the rule")
