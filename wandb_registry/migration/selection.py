"""Selection: which versions of a model are linked, under which numbers, and why others are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from wandb_registry.errors import listed
from wandb_registry.migration.config import MigrationConfig, Newest
from wandb_registry.migration.facts import Facts, LegacyModel, Version
from wandb_registry.migration.findings import Code, Finding
from wandb_registry.server.legacy import EntityKind

Numbering = Literal["exact", "compact"]

_GONE = "its source was deleted, or never finished"
_PERSONAL = "its source was logged to the personal entity {entity}"
_RESTRICTED = "its source project {project} is restricted"
_ELSEWHERE = "its source belongs to {entity}, which is no team of the organization"


@dataclass(frozen=True, slots=True)
class Selected:
    """One version: the number that its link gets, or why there is no link."""

    version: Version
    number: int | None
    excluded: str | None = None


def select(
    subject: str, model: LegacyModel, facts: Facts, config: MigrationConfig
) -> tuple[tuple[Selected, ...], tuple[Finding, ...]]:
    """Every version of a model in legacy order, and what to know about it; `subject` is team/model."""
    reasons: dict[int, str] = {}
    findings: list[Finding] = []
    for version in model.versions:
        trouble = _trouble(version, facts)
        if trouble is not None:
            code, reasons[version.number] = trouble
            findings.append(_excluded(code, f"{subject}:v{version.number}", reasons[version.number]))
    restricted, remarks = _restricted(subject, model, facts, config, reasons)
    reasons |= restricted
    findings += remarks
    by_rule = _left_out_by_rule(model, config, reasons)
    reasons |= by_rule
    if by_rule:
        findings.append(_left_out(subject, by_rule))
    kept = [version.number for version in model.versions if version.number not in reasons]
    missing = missing_numbers(kept)
    if missing:
        findings.append(_gaps(subject, missing, config.numbering))
    numbers = renumber(kept) if missing and config.numbering == "compact" else {n: n for n in kept}
    selected = tuple(
        Selected(version, numbers.get(version.number), reasons.get(version.number))
        for version in model.versions
    )
    return selected, (*findings, *_remarks(subject, model, selected))


def missing_numbers(numbers: Sequence[int]) -> list[int]:
    """The numbers below the highest that nothing holds, ascending."""
    return sorted(set(range(max(numbers, default=-1) + 1)) - set(numbers))


def renumber(numbers: Sequence[int]) -> dict[int, int]:
    """Legacy number -> number from 0 without gaps, in the same order."""
    return {old: new for new, old in enumerate(sorted(numbers))}


def _trouble(version: Version, facts: Facts) -> tuple[Code, str] | None:
    """Why W&B could not link this version."""
    if version.gone:
        return Code.SOURCE_GONE, _GONE
    if version.source is None:
        return None
    kind = facts.entities.get(version.source.entity)
    if kind is None:
        return None
    return _foreign(kind, version.source.entity, facts.organization.id)


def _foreign(kind: EntityKind, entity: str, organization_id: str) -> tuple[Code, str] | None:
    if kind.personal:
        return Code.SOURCE_PERSONAL, _PERSONAL.format(entity=entity)
    if kind.organization_id not in (None, organization_id):
        return Code.SOURCE_ELSEWHERE, _ELSEWHERE.format(entity=entity)
    return None


def _restricted(
    subject: str, model: LegacyModel, facts: Facts, config: MigrationConfig, excluded: Mapping[int, str]
) -> tuple[dict[int, str], list[Finding]]:
    """Versions from restricted projects: left out unless a rule says that they may be opened."""
    by_project: dict[str, list[int]] = {}
    for version in model.versions:
        if version.number not in excluded and version.source is not None:
            project = f"{version.source.entity}/{version.source.project}"
            if facts.projects.get(project) == "restricted":
                by_project.setdefault(project, []).append(version.number)
    reasons: dict[int, str] = {}
    findings = []
    for project, numbers in sorted(by_project.items()):
        decision = config.restricted_sources.get(project)
        if decision != "link":
            reasons |= dict.fromkeys(numbers, _RESTRICTED.format(project=project))
        findings.append(_restricted_finding(subject, project, numbers, decision))
    return reasons, findings


def _restricted_finding(subject: str, project: str, numbers: Sequence[int], decision: str | None) -> Finding:
    versions = listed(f"v{number}" for number in numbers)
    code = Code.SOURCE_PROJECT_RESTRICTED
    if decision == "link":
        message = f"links {versions} from the restricted project {project}, which opens them to its members"
        return Finding(code, "info", subject, message)
    if decision == "leave_out":
        message = f"leaves out {versions} from the restricted project {project}, as migration.yaml says"
        return Finding(code, "info", subject, message)
    return Finding(
        code,
        "warning",
        subject,
        f"{versions} come from the restricted project {project} and are left out: a link would open them to "
        "everybody in the registry",
        f"Decide in migration.yaml: restricted_sources: {{{project}: link}} or leave_out",
    )


def _left_out_by_rule(
    model: LegacyModel, config: MigrationConfig, excluded: Mapping[int, str]
) -> dict[int, str]:
    candidates = [version for version in model.versions if version.number not in excluded]
    if config.versions == "aliased":
        return {v.number: "versions: aliased, and it has no alias" for v in candidates if not v.aliases}
    if isinstance(config.versions, Newest):
        newest = config.versions.newest
        return {v.number: f"versions: only the newest {newest}" for v in candidates[:-newest]}
    return {}


def _remarks(subject: str, model: LegacyModel, selected: Sequence[Selected]) -> Iterator[Finding]:
    if not model.versions:
        yield Finding(
            Code.EMPTY_MODEL,
            "info",
            subject,
            "has no versions; it becomes an empty collection",
            "Exclude it under `models` of migration.yaml if nobody needs it",
        )
    linked = [one for one in selected if one.number is not None]
    hidden = [f"v{one.version.number}" for one in linked if one.version.source is None]
    if hidden:
        yield Finding(
            Code.SOURCE_UNREADABLE,
            "warning",
            subject,
            f"this key cannot read the sources of {listed(hidden)}; they are written as artifact:<id>",
            "Scan with a key that can read the projects where they were logged; linking may need it too",
        )
    latest = next((one for one in linked if one.version.latest), None)
    if latest is not None and latest is not linked[-1]:
        yield Finding(
            Code.LATEST_ELSEWHERE,
            "warning",
            subject,
            f"latest stands at v{latest.version.number}, not at the newest v{linked[-1].version.number}; "
            "W&B puts it at the link made last",
            "Give that version an alias of its own if anybody relies on it",
        )


def _excluded(code: Code, subject: str, reason: str) -> Finding:
    advice = {
        Code.SOURCE_GONE: "Nothing is left to link; it stays in the inventory as excluded",
        Code.SOURCE_PERSONAL: "Log the artifact to a team and link that version, or go without it",
        Code.SOURCE_ELSEWHERE: "Log the artifact to a team of the organization, or go without it",
    }[code]
    return Finding(code, "warning", subject, f"is left out: {reason}", advice)


def _left_out(subject: str, by_rule: Mapping[int, str]) -> Finding:
    (reason,) = set(by_rule.values())
    left_out = f"leaves out {len(by_rule)} of its versions ({reason})"
    return Finding(
        Code.VERSIONS_EXCLUDED, "info", subject, left_out, "They stay in the inventory as excluded"
    )


def _gaps(subject: str, missing: Sequence[int], numbering: Numbering | None) -> Finding:
    first = ", ".join(f"v{number}" for number in missing[:10])
    what = f"has no {first}" + (f" and {len(missing) - 10} more" if len(missing) > 10 else "")
    if numbering is None:
        advice = (
            "Say in migration.yaml: `numbering: exact` keeps the numbers, by linking and unlinking once for "
            "each missing one; `numbering: compact` numbers anew from v0"
        )
        return Finding(Code.GAPS, "block", subject, what, advice)
    if numbering == "compact":
        return Finding(Code.GAPS, "warning", subject, f"{what}; its versions are numbered anew from v0")
    return Finding(
        Code.GAPS, "info", subject, f"{what}; the numbers are kept, each missing one is used up first"
    )
