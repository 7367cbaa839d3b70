"""A stack file with mistakes: each with its file, line and path, before any request."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.project import Project
from tests.world import World
from wandb_registry.engine.installation import Engine
from wandb_sandbox.server import Sandbox

pytestmark = pytest.mark.engine

DUPLICATES = """\
version: 1
organization: acme
registries:
  alpha:
    visibility: restricted
    visibility: restricted
    artifact_types: any
"""
FIELDS = f"""\
version: 1
organization: acme
registries:
  alpha:
    visibility: restricted
    artifact_types: [model]
    colour: blue
    members:
      users: {{alice: owner}}
    collections:
      churn:
        type: model
        links:
          fraud/train/churn:v0: {{aliases: [latest]}}
          fraud/train/churn:v1: {{aliases: [v3]}}
          fraud/train/churn: {{}}
      a/b:
        type: model
      {"x" * 129}:
        type: model
"""
RULES = """\
version: 1
organization: acme
registries:
  alpha:
    visibility: restricted
    artifact_types: [model]
    collections:
      churn:
        type: dataset
      loss:
        type: model
        links:
          fraud/train/loss:v0: {aliases: [best]}
          fraud/train/loss:v1: {aliases: [best]}
      Loss:
        type: model
"""
GOOD = """\
version: 1
organization: acme
registries:
  alpha:
    visibility: restricted
    artifact_types: any
"""


@pytest.fixture(scope="module")
def shared(sandbox: Sandbox, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    world = World(sandbox.url)
    yield Project.create(engine, world, tmp_path_factory.mktemp("bad"))
    world.close()


@pytest.fixture
def world() -> None:
    """These tests share one project."""


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (DUPLICATES, ["6: registries.alpha.visibility: stands twice, first in line 5"]),
        (
            FIELDS,
            [
                "7: registries.alpha.colour: is not known here",
                "9: registries.alpha.members.users.alice: 'owner' is not possible; it is "
                "'restricted_viewer', 'viewer', 'member' or 'admin'",
                "14: registries.alpha.collections.churn.links.fraud/train/churn:v0.aliases[0]: latest "
                "follows the newest link by itself and cannot be declared",
                "15: registries.alpha.collections.churn.links.fraud/train/churn:v1.aliases[0]: v3 is a "
                "version, not an alias: W&B numbers links itself",
                "16: registries.alpha.collections.churn.links.fraud/train/churn: 'fraud/train/churn' "
                "names no version; a source is entity/project/name:vN (an alias moves)",
                "17: registries.alpha.collections.a/b: a collection's name must contain neither / nor :",
                f"19: registries.alpha.collections.{'x' * 129}: a collection's name has at most 128 "
                "characters, this one 129",
            ],
        ),
        (
            RULES,
            [
                "9: registries.alpha.collections.churn.type: the registry takes model, not dataset",
                "14: registries.alpha.collections.loss.links.fraud/train/loss:v1: alias best is used by "
                "fraud/train/loss:v0 too; in a collection it points to one version",
                "15: registries.alpha.collections.Loss: and loss are one model to W&B, which compares names "
                "without case",
            ],
        ),
    ],
    ids=["duplicates", "fields", "rules"],
)
def test_each_mistake_has_its_line(shared: Project, text: str, lines: list[str]) -> None:
    shared.stack_file.write_text(text)
    shared.forget_requests()
    shown = errors(shared)
    assert sorted(shown) == sorted(f"error: stacks/team.yaml:{line}" for line in lines)
    assert shared.requests().total() == 0


def test_one_registry_in_two_stack_files(shared: Project) -> None:
    shared.stack_file.write_text(GOOD)
    other = shared.stack_file.with_name("another.yaml")
    other.write_text(GOOD.replace("alpha", "Alpha"))
    shared.forget_requests()
    try:
        assert errors(shared) == [
            "error: stacks/team.yaml:4: registries.alpha: is declared in stacks/another.yaml too; "
            "a registry belongs to one stack"
        ]
    finally:
        other.unlink()
    assert shared.requests().total() == 0


def test_a_stack_without_a_file(shared: Project) -> None:
    shared.stack_file.unlink(missing_ok=True)
    assert errors(shared) == ["error: stacks/team.yaml: there is no such file"]


def errors(project: Project) -> list[str]:
    """The error lines of a preview that must fail."""
    return [line for line in project.diagnostics(project.fails("preview")) if line.startswith("error: ")]
