"""migration.yaml: read strictly, each problem with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.migration.facts import rules
from wandb_registry.migration.config import MigrationConfig, Newest, load_rules
from wandb_registry.state.problems import InvalidFile
from wandb_registry.state.roles import Role

EVERYTHING = """\
registry_name: "{team}-reg"
teams: {include: ["*"], exclude: ["test-*"]}
models: {include: ["*"], exclude: ["tmp-*", "fraud/old"]}
merge: {shared: [fraud, risk]}
split: {vision: ["fraud/vision-*"]}
renames:
  registries: {shared: scoring}
  models: {fraud/churn: customer-churn}
versions: {newest: 3}
numbering: compact
roles: {view-only: viewer, service: admin, auditor: viewer}
registry_admins: admin
people: {bob: robert}
delete: destroy
accept: [{difference: organization_admins, subject: root, reason: they run the place}]
"""


def test_every_rule_is_read() -> None:
    config = rules(EVERYTHING).config
    assert config.versions == Newest(newest=3)
    assert config.roles == {"view-only": Role.VIEWER, "service": Role.ADMIN, "auditor": Role.VIEWER}
    assert config.renames.models == {"fraud/churn": "customer-churn"}
    assert config.accept[0].reason == "they run the place"
    assert config.models.takes("churn", "fraud/churn")
    assert not config.models.takes("tmp-1", "fraud/tmp-1")
    assert not config.models.takes("old", "fraud/old")


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_rules(None).config == MigrationConfig()
    empty = tmp_path / "migration.yaml"
    empty.write_text("# nothing\n")
    assert load_rules(empty).config == MigrationConfig()
    assert load_rules(None).default_registry("fraud") == "fraud-models"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("numbring: exact", "migration.yaml:1: numbring: is not known here"),
        ("\nnumbering: roughly", "migration.yaml:2: numbering: 'roughly' is not possible"),
        ("registry_name: models", "migration.yaml:1: registry_name: must contain {team}"),
        ("registry_name: '{team}-{day}'", "migration.yaml:1: registry_name: must contain {team}"),
        ("roles: {member: owner}", "migration.yaml:1: roles.member: 'owner' is not possible"),
        ("roles: {service: viewer}", "roles.service: viewer is not possible"),
        ("renames: {models: {churn: x}}", "renames.models.churn: 'churn' names no team; write team/model"),
        ("renames: {models: {a/b: x/y}}", "renames.models.a/b: a collection's name must contain neither"),
        ("split: {v: [x]}", "split.v[0]: 'x' names no team"),
        ("merge: {all: [a]}", "migration.yaml:1: merge.all:"),
        ("merge: {x: [a, b], y: [A, c]}", "merge: team A stands in x and in y"),
        ("people: {a: c, b: c}", "people: a and b are both mapped to c"),
        ("versions: {newest: 0}", "versions"),
        ("versions: some", "versions"),
        ("accept: [{difference: x}]", "migration.yaml:1: accept[0].reason: is missing"),
        ("people: {a: b, a: c}", "migration.yaml:1: people.a: stands twice"),
    ],
)
def test_problems_have_their_line(text: str, problem: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        rules(text)
    assert problem in str(caught.value)


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="there is no such file"):
        load_rules(tmp_path / "migration.yaml")
