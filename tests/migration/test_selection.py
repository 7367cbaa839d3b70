"""Which versions are linked, under which numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.migration.facts import codes, facts, mapped, model, rules, team, version
from wandb_registry.migration.findings import Code
from wandb_registry.migration.mapping import Mapped
from wandb_registry.migration.selection import missing_numbers, renumber
from wandb_registry.server.legacy import EntityKind
from wandb_registry.state.models import CollectionState
from wandb_registry.state.problems import InvalidFile

NUMBERS = st.sets(st.integers(0, 60), max_size=20)


def links(result: Mapped, name: str = "m") -> list[tuple[str, int | None, tuple[str, ...] | None]]:
    """Source, number and aliases of each link, in order."""
    collection: CollectionState = result.stack.registries["fraud-models"].collections[name]
    return [(source, link.version, link.aliases) for source, link in collection.links.items()]


def excluded(result: Mapped) -> dict[int, str]:
    """Number -> reason in the inventory."""
    (legacy,) = result.inventory.legacy
    return {link.version: link.excluded for link in legacy.collections[0].links if link.excluded}


@given(NUMBERS)
def test_missing_numbers_fill_what_is_there_to_a_whole(numbers: set[int]) -> None:
    missing = missing_numbers(sorted(numbers))
    assert not set(missing) & numbers
    assert sorted({*missing, *numbers}) == list(range(max(numbers, default=-1) + 1))


@given(NUMBERS)
def test_renumbering_keeps_the_order_and_leaves_no_gap(numbers: set[int]) -> None:
    found = renumber(sorted(numbers))
    assert list(found.values()) == list(range(len(numbers)))
    assert list(found) == sorted(numbers)
    assert missing_numbers(list(found.values())) == []


@given(NUMBERS)
def test_exact_keeps_and_compact_remembers_every_number(numbers: set[int]) -> None:
    versions = [version(n) for n in sorted(numbers)]
    found = facts(team("fraud", model("m", *versions)))
    exact, compact = mapped(found, "numbering: exact"), mapped(found, "numbering: compact")
    gaps = bool(missing_numbers(sorted(numbers)))
    assert [number for _, number, _ in links(exact)] == sorted(numbers)
    assert [number for _, number, _ in links(compact)] == list(range(len(numbers)))
    assert exact.inventory.renumbered == {}
    assert exact.inventory.numbering == ("exact" if gaps else None)
    remembered = {"fraud-models": {"m": {f"a{n}": n for n in sorted(numbers)}}}
    assert compact.inventory.renumbered == (remembered if gaps else {})
    assert compact.inventory.numbering == ("compact" if gaps else None)


def test_gaps_without_a_decision_block() -> None:
    result = mapped(facts(team("fraud", model("m", version(0), version(3)))))
    (gap,) = [finding for finding in result.findings if finding.code == Code.GAPS]
    assert (gap.severity, gap.subject, gap.message) == ("block", "fraud/m", "has no v1, v2")
    assert "numbering: exact" in gap.advice


@pytest.mark.parametrize(("numbering", "severity"), [("exact", "info"), ("compact", "warning")])
def test_gaps_with_a_decision_do_not_block(numbering: str, severity: str) -> None:
    result = mapped(facts(team("fraud", model("m", version(1)))), f"numbering: {numbering}")
    assert codes(result)["GAPS"] == severity


def test_many_gaps_are_counted() -> None:
    result = mapped(facts(team("fraud", model("m", version(30)))))
    assert "v9 and 20 more" in next(f.message for f in result.findings if f.code == Code.GAPS)


def test_only_versions_with_aliases() -> None:
    found = facts(team("fraud", model("m", version(0, "prod"), version(1), version(2, "next"))))
    result = mapped(found, "versions: aliased\nnumbering: exact")
    assert links(result) == [
        ("fraud/train/m:v0", 0, ("prod",)),
        ("fraud/train/m:v2", 2, ("next",)),
    ]
    assert excluded(result) == {1: "versions: aliased, and it has no alias"}
    assert codes(result)["VERSIONS_EXCLUDED"] == "info"


def test_leaving_out_makes_gaps_too() -> None:
    result = mapped(facts(team("fraud", model("m", *map(version, range(5))))), "versions: {newest: 2}")
    assert codes(result)["GAPS"] == "block"
    assert [number for _, number, _ in links(result)] == [3, 4]
    fewer = mapped(facts(team("fraud", model("m", version(0)))), "versions: {newest: 2}")
    assert codes(fewer) == {}


def test_sources_that_cannot_be_linked_stay_in_the_inventory() -> None:
    kinds = {
        "ann": EntityKind(personal=True, organization_id=None),
        "far": EntityKind(personal=False, organization_id="o2"),
        "near": EntityKind(personal=False, organization_id="o1"),
    }
    versions = (
        version(0, source="near/p/m:v0"),
        version(1, source="ann/p/m:v0"),
        version(2, source="far/p/m:v0"),
        version(3, source=None, gone=True),
        version(4, source="unseen/p/m:v0"),
        version(5, source=None),
    )
    found = facts(team("fraud", model("m", *versions)), entities=kinds)
    result = mapped(found, "numbering: exact")
    assert [source for source, _, _ in links(result)] == ["near/p/m:v0", "unseen/p/m:v0", "artifact:a5"]
    assert excluded(result) == {
        1: "its source was logged to the personal entity ann",
        2: "its source belongs to far, which is no team of the organization",
        3: "its source was deleted, or never finished",
    }
    expected = {"SOURCE_PERSONAL", "SOURCE_ELSEWHERE", "SOURCE_GONE", "SOURCE_UNREADABLE", "GAPS"}
    assert set(codes(result)) == expected
    subjects = {finding.subject for finding in result.findings if finding.code == Code.SOURCE_PERSONAL}
    assert subjects == {"fraud/m:v1"}


def test_two_versions_that_once_had_one_path_stay_two() -> None:
    versions = (version(0, source="fraud/p/m:v0"), version(1, source="fraud/p/m:v0"))
    result = mapped(facts(team("fraud", model("m", *versions))))
    assert [source for source, _, _ in links(result)] == ["fraud/p/m:v0", "artifact:a1"]


def test_latest_that_will_move_is_told() -> None:
    stays = facts(team("fraud", model("m", version(0), version(1, latest=True))))
    assert codes(mapped(stays)) == {}
    moves = facts(team("fraud", model("m", version(0, latest=True), version(1))))
    assert codes(mapped(moves)) == {"LATEST_ELSEWHERE": "warning"}


def test_what_the_server_would_refuse_now_is_left_out_and_told() -> None:
    odd = model("m", version(0, "a/b", "fine"), tags=("ok", "not/ok"))
    result = mapped(facts(team("fraud", odd)))
    assert links(result) == [("fraud/train/m:v0", 0, ("fine",))]
    assert result.stack.registries["fraud-models"].collections["m"].tags == ("ok",)
    assert [finding.code for finding in result.findings] == [Code.NOT_DECLARABLE] * 2


def test_versions_of_a_restricted_project_are_left_out_until_decided() -> None:
    found = facts(team("fraud", model("m", version(0), version(1))), projects={"fraud/train": "restricted"})
    undecided = mapped(found)
    assert undecided.stack.registries["fraud-models"].collections["m"].links == {}
    (finding,) = [f for f in undecided.findings if f.code == "SOURCE_PROJECT_RESTRICTED"]
    assert finding.severity == "warning"
    assert "restricted_sources: {fraud/train: link}" in finding.advice
    left_out = undecided.inventory.legacy[0].collections[0].links
    assert {link.excluded for link in left_out} == {"its source project fraud/train is restricted"}
    opened = mapped(found, "restricted_sources: {fraud/train: link}")
    assert len(opened.stack.registries["fraud-models"].collections["m"].links) == 2
    assert codes(opened)["SOURCE_PROJECT_RESTRICTED"] == "info"
    kept = mapped(found, "restricted_sources: {fraud/train: leave_out}")
    assert kept.stack.registries["fraud-models"].collections["m"].links == {}
    assert codes(kept)["SOURCE_PROJECT_RESTRICTED"] == "info"


def test_a_rule_for_a_restricted_source_names_a_project() -> None:
    with pytest.raises(InvalidFile, match="'train' is no project; write entity/project"):
        rules("restricted_sources: {train: link}")
