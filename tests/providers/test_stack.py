"""A whole stack on the real engine: create, nothing to do, drift, heal, change, destroy."""

from __future__ import annotations

from typing import Any

import pytest

from tests.project import Project
from wandb_registry.server.collections import update_collection
from wandb_registry.server.links import change_aliases, unlink_all
from wandb_registry.server.members import Principal
from wandb_registry.server.registries import get_registry
from wandb_registry.state.roles import Role

pytestmark = pytest.mark.engine


def registry(project: Project, ids: list[str], **changes: Any) -> dict[str, Any]:
    world = project.world
    links = {
        world.source("churn", n): {
            "version": f"v{n}",
            "id": artifact_id,
            "aliases": ["production"] if n == 1 else [],
        }
        for n, artifact_id in enumerate(ids)
    }
    return {
        "visibility": "restricted",
        "description": "Models of fraud",
        "artifact_types": ["model"],
        "members": {
            "exclusive": True,
            "users": {world.user("alice"): "admin"},
            "teams": {world.team("fraud"): "viewer"},
        },
        "manage": "always",
        "delete": "destroy",
        "collections": {
            "churn ü": {"type": "model", "description": "Customer churn", "tags": ["eu"], "links": links},
            "empty": {"type": "model"},
        },
    } | changes


@pytest.fixture
def ids(project: Project) -> list[str]:
    project.world.person("alice", team="fraud", role="admin")
    return project.world.artifacts("churn", 3)


def test_create_drift_heal_change_destroy(project: Project, ids: list[str]) -> None:
    world = project.world
    project.write({"fraud-models": registry(project, ids)})
    project.up()
    links = world.links("churn ü", "fraud-models")
    assert [(links[i].version, links[i].aliases) for i in ids] == [(0, ()), (1, ("production",)), (2, ())]
    assert world.members("fraud-models") == {
        Principal("user", world.user("root")): Role.ADMIN,
        Principal("user", world.user("alice")): Role.ADMIN,
        Principal("team", world.team("fraud")): Role.VIEWER,
    }
    project.unchanged()

    collection = project.resources()["fraud-models/churn ü"]["outputs"]["collection_id"]
    change_aliases(
        world.port, world.home("fraud-models"), "churn ü", add=[(ids[2], ["production"])], remove=[]
    )
    update_collection(world.port, collection, description="By hand")
    drifted = project.workspace.preview("--diff")
    print(drifted.output)
    assert "By hand" in drifted.output
    assert "[production]" in drifted.output
    project.up()
    assert world.links("churn ü", "fraud-models")[ids[1]].aliases == ("production",)
    project.unchanged()

    project.write({"fraud-models": registry(project, ids[:2], description="Changed")})
    project.up()
    assert set(world.links("churn ü", "fraud-models")) == set(ids[:2])
    live = get_registry(world.port, world.organization, "fraud-models")
    assert live is not None
    assert live.description == "Changed"

    project.workspace.destroy()
    assert get_registry(world.port, world.organization, "fraud-models") is None


def test_a_link_taken_away_by_hand_is_a_named_error_in_one_line(project: Project, ids: list[str]) -> None:
    project.write({"fraud-models": registry(project, ids)})
    project.up()
    collection = project.resources()["fraud-models/churn ü"]["outputs"]["collection_id"]
    unlink_all(project.world.port, collection, [ids[0]])
    ended = project.workspace.up(check=False)
    assert ended.exit_code != 0
    assert "accept_version" in ended.output
    assert "Traceback" not in ended.output
