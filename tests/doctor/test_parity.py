"""Parity: what the legacy registry of a team uses, against what the server has."""

from __future__ import annotations

from typing import Any

import pytest

from tests.doctor.bench import TEAM, Bench, differing
from wandb_registry.doctor.parity import has_gaps
from wandb_registry.doctor.schema import Schema
from wandb_registry.server.collections import Collection
from wandb_registry.server.contents import Contents, SourcedLink
from wandb_registry.server.links import Link
from wandb_registry.state.doctor_report import DoctorReport, ParityRecord


def rows(report: DoctorReport, team: str = TEAM) -> dict[str, ParityRecord]:
    return {row.feature: row for row in report.parity if row.team == team}


def test_everything_that_the_team_uses_has_a_row(bench: Bench) -> None:
    found = rows(bench.everything())
    assert {feature: row.used for feature, row in found.items()} == {
        "protected_aliases": "protected aliases: production",
        "registry_admins": "registry admins: mara",
        "service_accounts": "service accounts: fraud-bot",
        "view_only_people": "view only people: vera",
        "artifact_types": "artifact types: model",
        "empty_models": "empty models: empty",
        "gaps": "missing numbers: churn",
    }
    assert {row.available for row in found.values()} == {"yes"}


def test_what_nobody_tried_is_unknown_and_blocks_nothing(bench: Bench) -> None:
    gaps = rows(bench.examine())["gaps"]
    assert (gaps.available, gaps.blocks, gaps.advice) == ("unknown", False, "Run doctor --write")


@pytest.mark.parametrize(
    ("switch", "feature", "advice"),
    [
        ({"index_reuse": True}, "gaps", "Say `numbering: compact` in migration.yaml"),
        ({"empty_collection": False}, "empty_models", "Leave the empty models out in migration.yaml"),
        (
            {"features": {"INCLUDE_ARTIFACT_TYPES_IN_REGISTRY_CREATION": False}},
            "artifact_types",
            "Leave out models of other types in migration.yaml, or update the server",
        ),
    ],
)
def test_what_the_server_lacks_blocks(
    bench: Bench, switch: dict[str, Any], feature: str, advice: str
) -> None:
    bench.switch(**switch)
    report = bench.everything()
    (gap,) = report.gaps("FRAUD")
    assert (gap.feature, gap.advice) == (feature, advice)
    finding = report.finding(f"parity_{feature}_{TEAM}")
    assert finding is not None
    assert (finding.verdict, finding.needed) == ("different", True)
    assert finding.consequence == f"Scan blocks. {advice}"


def test_a_server_without_roles_and_protected_aliases_blocks(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = {"createProjectMembers", "addProtectedAliases"}
    real = Schema.has

    def has(schema: Schema, type_name: str, *wanted: str) -> bool:
        return real(schema, type_name, *wanted) and not lacking & set(wanted)

    monkeypatch.setattr(Schema, "has", has)
    report = bench.examine()
    blocking = {row.feature for row in report.gaps(TEAM)}
    assert blocking == {"protected_aliases", "registry_admins", "service_accounts", "view_only_people"}
    assert differing(report)["registry_members"] == "no createProjectMembers"


def test_automations_are_counted_where_the_server_tells(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, lacking = Schema.has, {("Mutation", "createFilterTrigger")}
    monkeypatch.setattr(
        Schema,
        "has",
        lambda schema, name, *wanted: (name, *wanted) not in lacking and real(schema, name, *wanted),
    )
    told = {"project": {"triggers": [{"id": "a"}, {"id": "b"}]}}
    port = bench.world.port("root")
    execute = type(port).execute
    monkeypatch.setattr(
        type(port),
        "execute",
        lambda self, document, variables: (
            told if "DoctorTriggers" in document else execute(self, document, variables)
        ),
    )
    row = rows(bench.examine())["automations"]
    assert (row.used, row.available, row.blocks) == ("automations: 2", "no", True)
    lacking.clear()
    assert not rows(bench.examine())["automations"].blocks


def test_what_the_key_cannot_read_is_said(bench: Bench) -> None:
    report = bench.examine("root", teams=("risk",))
    assert rows(report, "risk") == {}
    assert bench.examine(teams=("nothing",)).parity == ()


@pytest.mark.parametrize(
    ("numbers", "gone", "expected"),
    [([], [], False), ([0, 1], [], False), ([0, 2], [], True), ([1], [], True), ([0, 1, 2], [1], True)],
)
def test_missing_numbers(numbers: list[int], gone: list[int], expected: bool) -> None:
    links = tuple(
        SourcedLink(Link(str(number), number, (), ""), None, gone=number in gone) for number in numbers
    )
    assert has_gaps(Contents(Collection("c", "c", "model", None, ()), links)) is expected
