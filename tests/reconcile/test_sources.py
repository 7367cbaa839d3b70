"""Sources of restricted projects: a link would show them to everybody in the registry."""

from __future__ import annotations

import pytest

from tests.world import World, entry
from wandb_registry.reconcile.collection import CollectionGoal, ensure_collection
from wandb_registry.reconcile.errors import SourceRestricted
from wandb_registry.reconcile.links import LinksGoal, apply_links
from wandb_registry.server.collections import get_collection
from wandb_sandbox.server import Sandbox
from wandb_sandbox.switches import Switches


def restrict(world: World) -> str:
    """The project of every version becomes one for invited people; answers its path."""
    project = {"entityName": world.team("fraud"), "projectName": "train"}
    world.call("project", command="set", access="RESTRICTED", **project)
    return f"{world.team('fraud')}/train"


def goal(world: World, ids: list[str], opened: frozenset[str] = frozenset()) -> LinksGoal:
    entries = {i: entry(n, world.source("churn", n), n) for n, i in enumerate(ids)}
    return LinksGoal(world.home(), "churn", entries, opened=opened)


def test_nothing_is_linked_from_a_restricted_project_until_reviewers_open_it(
    world: World, sandbox: Sandbox
) -> None:
    world.registry()
    ensure_collection(world.port, world.home(), CollectionGoal("churn", "model"), None)
    ids = world.artifacts("churn", 2)
    project = restrict(world)
    sandbox.state.log.clear()
    with pytest.raises(SourceRestricted, match=f"restricted project {project} holds versions"):
        apply_links(world.port, goal(world, ids))
    assert sandbox.state.log.kinds["mutation"] == 0
    apply_links(world.port, goal(world, ids, frozenset({project})))
    assert set(world.links("churn")) == set(ids)


def test_what_is_linked_already_stays(world: World) -> None:
    world.registry()
    ensure_collection(world.port, world.home(), CollectionGoal("churn", "model"), None)
    ids = world.artifacts("churn", 2)
    apply_links(world.port, goal(world, ids))
    restrict(world)
    apply_links(world.port, goal(world, ids))
    assert set(world.links("churn")) == set(ids)


def test_no_collection_is_made_by_a_link_from_a_restricted_project(world: World, sandbox: Sandbox) -> None:
    sandbox.state.switches = Switches(empty_collection=False)
    world.registry()
    (first,) = world.artifacts("churn", 1)
    project = restrict(world)
    with pytest.raises(SourceRestricted):
        ensure_collection(
            world.port, world.home(), CollectionGoal("churn", "model", first_source=first), None
        )
    assert get_collection(world.port, world.home(), "churn") is None
    wanted = CollectionGoal("churn", "model", first_source=first, opened=frozenset({project}))
    assert ensure_collection(world.port, world.home(), wanted, None).name == "churn"
