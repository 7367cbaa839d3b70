"""Which model goes where: template, merge, split, renames, and names that cannot be."""

from __future__ import annotations

import pytest

from tests.migration.facts import codes, facts, mapped, model, rules, team, version
from wandb_registry.migration.findings import Code
from wandb_registry.migration.placement import SameName, place
from wandb_registry.state.problems import InvalidFile

FRAUD = team("fraud", model("churn", version(0)), model("vision-1", version(0, artifact_id="b")))
RISK = team("risk", model("scores", version(0, artifact_id="c")))
FOUND = facts(FRAUD, RISK)


def places(text: str = "") -> dict[str, str | None]:
    """team/model -> registry/collection."""
    return {
        one.subject: None if one.registry is None else f"{one.registry}/{one.collection}"
        for one in place(FOUND, rules(text)).placed
    }


def test_a_registry_a_team_is_the_default() -> None:
    assert places() == {
        "fraud/churn": "fraud-models/churn",
        "fraud/vision-1": "fraud-models/vision-1",
        "risk/scores": "risk-models/scores",
    }
    assert place(FOUND, rules()).registries == {"fraud-models": ("fraud",), "risk-models": ("risk",)}


def test_merge_split_and_renames_together() -> None:
    text = (
        "merge: {shared: [Fraud, risk]}\nsplit: {vision: ['fraud/vision-*']}\n"
        "renames: {registries: {shared: scoring}, models: {fraud/churn: customer-churn}}\n"
    )
    assert places(text) == {
        "fraud/churn": "scoring/customer-churn",
        "fraud/vision-1": "vision/vision-1",
        "risk/scores": "scoring/scores",
    }
    assert place(FOUND, rules(text)).registries == {"scoring": ("fraud", "risk"), "vision": ("fraud",)}
    found = codes(mapped(FOUND, text))
    assert found == {"MERGED_TEAMS": "warning", "NAME_CHANGED": "info", "WOULD_GAIN": "warning"}


def test_merged_teams_are_all_members() -> None:
    registry = mapped(FOUND, "merge: {shared: [fraud, risk]}").stack.registries["shared"]
    assert registry.members is not None
    assert set(registry.members.teams) == {"fraud", "risk"}
    assert set(registry.members.users) == {"fraud-admin", "risk-admin"}


def test_models_that_the_rules_leave_out_stay_in_the_inventory() -> None:
    result = mapped(FOUND, "models: {exclude: ['vision-*', risk/scores]}")
    assert places("models: {exclude: ['vision-*', risk/scores]}")["risk/scores"] is None
    assert codes(result) == {"MODEL_EXCLUDED": "info"}
    legacy = {c.name: (c.target, c.excluded) for t in result.inventory.legacy for c in t.collections}
    assert legacy["churn"] == (("fraud-models", "churn"), None)
    assert legacy["scores"] == (None, "left out by `models` of migration.yaml")
    # Its team keeps a registry of its own, for models to come.
    assert result.stack.registries["risk-models"].artifact_types == ("model",)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("renames: {models: {fraud/vision-1: Churn}}", ("fraud/churn", "fraud/vision-1", "fraud-models")),
        (
            "merge: {all: [fraud, risk]}\nrenames: {models: {risk/scores: CHURN}}",
            ("fraud/churn", "risk/scores", "all"),
        ),
        ("renames: {registries: {risk-models: Fraud-Models}}", ("fraud-models", "Fraud-Models")),
    ],
)
def test_one_name_without_case_names_both(text: str, names: tuple[str, ...]) -> None:
    with pytest.raises(SameName) as caught:
        place(FOUND, rules(text))
    assert all(name in str(caught.value) for name in names)
    assert "renames." in str(caught.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("registry_name: 'a/{team}'", "migration.yaml:1: registry_name: makes 'a/fraud' of team fraud: "),
        (f"registry_name: '{{team}}{'x' * 109}'", "at most 113 characters, this one 114"),
        ("\nteams: {exclude: [fr*]}", "migration.yaml:2: teams: leaves out team fraud"),
        ("merge: {x: [fraud, other]}", "migration.yaml:1: merge.x: names other too"),
        ("split: {x: [fraud/a*, other/b*]}", "migration.yaml:1: split.x: names other too"),
    ],
)
def test_a_rule_that_cannot_hold_is_named_with_its_line(text: str, problem: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        place(FOUND, rules(text))
    assert problem in str(caught.value)


def test_rules_for_other_teams_do_no_harm() -> None:
    text = "merge: {x: [a, b]}\nsplit: {y: [a/m*]}\nrenames: {models: {a/m: n}}\n"
    assert codes(mapped(FOUND, text)) == {}


def test_a_rule_about_a_scanned_team_that_matches_nothing_is_told() -> None:
    text = "split: {y: [fraud/visoin-*]}\nrenames: {models: {fraud/chrun: x}}\n"
    found = [f for f in mapped(FOUND, text).findings if f.code == Code.RULE_UNUSED]
    assert {f.subject for f in found} == {"fraud/visoin-*", "fraud/chrun"}
    assert any("migration.yaml:1: split.y[0]: matches no model" in f.message for f in found)


@pytest.mark.parametrize(("name", "artifact_type"), [("a:b", "model"), ("a", "b/c")])
def test_a_name_or_type_that_is_not_allowed_any_more_blocks(name: str, artifact_type: str) -> None:
    found = facts(team("fraud", model(name, version(0), artifact_type=artifact_type), model("fine")))
    result = mapped(found)
    (finding,) = [f for f in result.findings if f.code == Code.NAME_NOT_ALLOWED]
    assert (finding.severity, finding.subject) == ("block", f"fraud/{name}")
    assert list(result.stack.registries["fraud-models"].collections) == ["fine"]


def test_a_rename_answers_a_name_that_is_not_allowed() -> None:
    found = facts(team("fraud", model("a:b", version(0))))
    assert codes(mapped(found, "renames: {models: {'fraud/a:b': ab}}")) == {"NAME_CHANGED": "info"}
