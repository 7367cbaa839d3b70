"""What was there before us is adopted, brought to what is desired, and never deleted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.project import Project
from tests.providers.stories import collection, registry
from wandb_registry.reconcile.collection import CollectionGoal, ensure_collection
from wandb_registry.server.collections import get_collection
from wandb_registry.server.links import change_aliases, link_all
from wandb_registry.server.members import Member, Principal, add_members, organization_people, set_roles
from wandb_registry.server.registries import get_registry
from wandb_registry.state.roles import Role

pytestmark = pytest.mark.engine


def test_adopt_change_and_never_delete(project: Project) -> None:
    world, ids = project.world, project.world.artifacts("churn", 4)
    alice, eve, otto = (world.person(name, team="fraud") for name in ("alice", "eve", "otto"))
    there = world.registry("shared")
    old = ensure_collection(world.port, world.home("shared"), CollectionGoal("old", "model", "Theirs"), None)
    link_all(world.port, world.home("shared"), "old", ids[:2])
    change_aliases(world.port, world.home("shared"), "old", add=[(ids[0], ["theirs"])], remove=[])
    people = organization_people(world.port, world.organization) or {}
    principals = {Principal("user", who): people[who] for who in (eve, otto)}
    add_members(world.port, there.id, principals)
    set_roles(world.port, there.id, [(Member(p, i, Role.VIEWER), Role.VIEWER) for p, i in principals.items()])
    project.write_inventory(
        baseline={
            "shared": {
                "id": there.id,
                "visibility": "restricted",
                "artifact_types": ["model"],
                "users": {world.user("root"): "admin", eve: "viewer", otto: "viewer"},
                "collections": {
                    "old": {
                        "id": old.id,
                        "type": "model",
                        "links": {i: {"version": n} for n, i in enumerate(ids[:2])},
                    }
                },
            }
        }
    )

    def link(number: int, *aliases: str) -> dict[str, Any]:
        return {world.source("churn", number): {"id": ids[number], "aliases": list(aliases)}}

    def write(links: dict[str, Any], **users: str) -> None:
        collections = {
            "old": collection(links, description="Ours now"),
            "new": collection(link(3), description="Ours"),
        }
        members = {"users": {alice: "admin"} | {world.user(who): role for who, role in users.items()}}
        project.write({"shared": registry(delete="destroy", members=members, collections=collections)})

    write(link(0, "best") | link(2), eve="member")
    steps = project.workspace.preview_json()["steps"]
    created = {step["urn"].rpartition("::")[2]: step["newState"].get("inputs", {}) for step in steps}
    assert created["shared"]["baseline"] == {"id": there.id, "visibility": "restricted"}
    assert created["shared/old"]["baseline_id"] == old.id
    assert "baseline_id" not in created["shared/new"]
    assert set(created["shared/old/links"]["baseline"]) == set(ids[:2])
    assert f"user {eve}" in created["shared/members"]["baseline"]

    adopted = project.up()
    assert f"user {otto} was a member before this stack and is left as it is" in adopted.output
    live = world.links("old", "shared")
    assert {i: live[i].aliases for i in live} == {ids[0]: ("best",), ids[1]: (), ids[2]: ()}
    assert world.members("shared")[Principal("user", eve)] is Role.MEMBER
    changed = get_collection(world.port, world.home("shared"), "old")
    assert changed is not None
    assert (changed.id, changed.description) == (old.id, "Ours now")
    project.unchanged()

    # Out of the file: what was there stays, what is ours goes.
    write(link(2))
    project.up()
    write({})
    project.up()
    assert set(world.links("old", "shared")) == set(ids[:2])
    assert world.members("shared")[Principal("user", eve)] is Role.MEMBER

    destroyed = project.workspace.destroy()
    assert "retain" in destroyed.output
    kept = get_registry(world.port, world.organization, "shared")
    assert kept is not None
    assert kept.id == there.id
    assert set(world.links("old", "shared")) == set(ids[:2])
    assert get_collection(world.port, world.home("shared"), "new") is None
    assert {p.name for p in world.members("shared")} == {world.user("root"), eve, otto}
