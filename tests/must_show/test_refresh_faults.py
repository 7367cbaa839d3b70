"""Absence is not deletion, on the real engine: what `refresh` and `preview` cannot read they leave alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project import Project
from tests.providers.stories import collection, links, registry
from tests.world import World
from wandb_registry.engine.installation import Engine
from wandb_sandbox.faults.faults import Fault
from wandb_sandbox.server import Sandbox

pytestmark = pytest.mark.engine

LISTED = "artifactMemberships"
FAULTS = (
    (Fault("status", "LinksOf", times=-1, status=403), "answers: fault: status 403"),
    (Fault("status", "RegistryMembers", times=-1, status=403), "answers: fault: status 403"),
    (
        Fault("short_listing", "LinksOf", times=-1, connection=LISTED),
        "wandb-registry-alpha/churn lacked v2, which is there. Run again",
    ),
    (
        Fault("null_listing", "LinksOf", times=-1, connection=LISTED),
        "the listing of the links of {entity}/wandb-registry-alpha/churn was cut short. Run again",
    ),
    (Fault("revoke", "RegistryMembers"), "does not accept the key"),
)


@pytest.fixture
def applied(engine: Engine, sandbox: Sandbox, tmp_path: Path) -> Iterator[Project]:
    """A registry with members, and a collection whose links are all managed."""
    world = World(sandbox.url)
    project = Project.create(engine, world, tmp_path)
    ids = world.artifacts("churn", 4)
    churn = collection(links(world, ids, [0, 1, 2, 3], v3=["production"]), tags=["eu"])
    members = {"users": {world.person("alice"): "viewer"}, "teams": {world.team("fraud"): "member"}}
    content = registry(manage="always", delete="destroy", members=members, collections={"churn": churn})
    project.write({"alpha": content})
    project.up()
    project.workspace.refresh()  # each drops some of the engine's own notes from the state
    yield project
    sandbox.state.faults.clear()
    world.close()


def test_what_cannot_be_read_changes_nothing(applied: Project, sandbox: Sandbox) -> None:
    world, root = applied.world, applied.world.user("root")
    before = applied.state()
    for fault, words in FAULTS:
        for command in (("refresh", "--yes", "--skip-preview"), ("preview",)):
            sandbox.state.faults.active = [fault]
            ended = applied.fails(*command)
            told = {line.partition("error: ")[2] for line in applied.diagnostics(ended) if "error: " in line}
            told -= {"update failed", "preview failed"}
            assert len(told) == 1, ended.output
            assert words.format(entity=world.organization.entity) in told.pop(), ended.output
            assert "delete" not in ended.output
        assert applied.state() == before, fault
    sandbox.state.faults.clear()
    world.call("user", command="password", username=root, password=root)  # the key that was revoked
    applied.unchanged()
