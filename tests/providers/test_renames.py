"""Renames of registries, collections and teams delete nothing and make nothing anew."""

from __future__ import annotations

from typing import Any

import pytest

from tests.project import Project
from tests.providers.stories import collection, links, registry
from wandb_registry.server.collections import get_collection
from wandb_registry.server.registries import get_registry, rename_registry

pytestmark = pytest.mark.engine


def test_renamed_registries_and_collections_keep_everything(project: Project) -> None:
    world, ids = project.world, project.world.artifacts("churn", 2)
    alice = world.person("alice", team="fraud", role="admin")
    content = links(world, ids, [0, 1], v1=["production"])

    def write(name: str, model: str, *, old: str = "", old_model: str = "", recorded: str = "") -> None:
        fields: dict[str, Any] = {"renamed_from": old} if old else {}
        model_fields = {"renamed_from": old_model} if old_model else {}
        members = {"users": {alice: "admin"}}
        collections = {model: collection(content, **model_fields)}
        project.write({name: registry(members=members, delete="destroy", collections=collections, **fields)})
        boundary = {world.team("fraud"): {alice: "admin"}}
        project.write_inventory(boundaries={recorded or name: boundary})

    def there(name: str, model: str) -> tuple[str, str, dict[str, Any]]:
        live = get_registry(world.port, world.organization, name)
        found = get_collection(world.port, world.home(name), model)
        assert live is not None
        assert found is not None
        return live.id, found.id, world.links(model, name)

    write("alpha", "churn")
    project.up()
    before = there("alpha", "churn")

    # Both at once, with an inventory that has the old name; afterwards nothing is left to do.
    write("beta", "loss", old="alpha", old_model="churn", recorded="alpha")
    project.up()
    assert there("beta", "loss") == before
    assert get_registry(world.port, world.organization, "alpha") is None
    project.unchanged()
    # Scanned again: the inventory has the new name, and the file needs no renamed_from any more.
    write("beta", "loss")
    project.unchanged()

    # Killed after the server had renamed, and before the state knew; the old rename inside still stands.
    write("gamma", "loss", old="beta", old_model="churn", recorded="beta")
    rename_registry(world.port, world.organization, "beta", "gamma")
    project.forget_requests()
    project.up()
    assert there("gamma", "loss") == before
    assert project.requests()["mutation"] == 0
    project.unchanged()
    assert set(project.resources()["guard"]["inputs"]["registries"]) == {"gamma"}


def test_a_renamed_team_changes_labels_alone(project: Project) -> None:
    world, ids = project.world, project.world.artifacts("churn", 2)

    def write(team: str) -> None:
        content = {f"{team}/train/churn:v{n}": {"id": i, "aliases": []} for n, i in enumerate(ids)}
        members = {"teams": {team: "viewer"}}
        project.write(
            {"alpha": registry(members=members, manage="always", collections={"churn": collection(content)})}
        )

    write(world.team("fraud"))
    project.up()
    new_name = f"{world.team('fraud')}-renamed"
    fixture = {"team": {"name": world.team("fraud")}, "newName": new_name}
    world.call("team", command="rename", fixtureData=fixture)
    write(new_name)
    project.unchanged()
