"""A set of which one entry fails: the others are done, and in the state."""

from __future__ import annotations

from typing import Any

import pytest

from tests.project import Project
from tests.providers.stories import collection, links, registry
from wandb_registry.server.members import Principal

pytestmark = pytest.mark.engine


def test_what_was_applied_is_in_the_state_and_the_next_up_does_the_rest(project: Project) -> None:
    world, ids = project.world, project.world.artifacts("churn", 3)
    alice, bob = world.person("alice"), world.person("bob")

    def write(content: dict[str, Any], *users: str) -> None:
        members = {"users": dict.fromkeys(users, "viewer")}
        project.write({"alpha": registry(members=members, collections={"churn": collection(content)})})

    def failed_by(words: str) -> None:
        ended = project.fails("up", "--yes")
        lines = [line for line in project.diagnostics(ended) if words in line]
        assert len(lines) == 1, ended.output
        assert "The other entries are done; run again" in lines[0]

    # A set that is new.
    write({}, alice, "nobody")
    failed_by(f"user nobody is not known to {world.organization}")
    kept = project.resources()["alpha/members"]
    assert set(kept["outputs"]["users"]) == {alice}
    assert kept["outputs"]["applied"] == [f"user {alice}"]
    assert kept["outputs"]["organization_id"] == world.organization.id
    assert "user nobody is not known" in kept["initErrors"][0]
    assert Principal("user", alice) in world.members("alpha")

    missing = {f"{world.team('fraud')}/train/missing:v0": {"aliases": []}}
    write(links(world, ids, [0, 1]) | missing, alice, bob)
    failed_by("/train/missing:v0 is not there")
    kept = project.resources()["alpha/churn/links"]
    assert set(kept["outputs"]["links"]) == set(kept["outputs"]["applied"]) == set(ids[:2])
    assert set(world.links("churn", "alpha")) == set(ids[:2])

    # A set that is there.
    write(links(world, ids, [0, 1, 2]) | missing, alice, bob)
    project.forget_requests()
    failed_by("/train/missing:v0 is not there")
    assert project.requests()["mutation"] == 1  # the one link that was missing
    assert set(project.resources()["alpha/churn/links"]["outputs"]["applied"]) == set(ids)

    write(links(world, ids, [0, 1, 2]), alice, bob)
    project.forget_requests()
    project.up()
    assert project.requests()["mutation"] == 0
    assert {link.version for link in world.links("churn", "alpha").values()} == {0, 1, 2}
    project.unchanged()
