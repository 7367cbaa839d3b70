"""A registry on a real server: restricted at once, adopted by baseline, never "gone" on doubt."""

import pytest

from tests.world import World
from wandb_registry.reconcile.errors import AlreadyThere, NotEmpty, RestrictedCreationRefused, VisibilityFixed
from wandb_registry.reconcile.registry import (
    RegistryGoal,
    change_registry,
    ensure_registry,
    locate_registry,
    remove_registry,
)
from wandb_registry.server.errors import NotVisible
from wandb_registry.server.links import link_all
from wandb_registry.server.registries import get_registry, list_registries, rename_registry
from wandb_sandbox.faults.faults import Fault
from wandb_sandbox.server import Sandbox
from wandb_sandbox.switches import Switches

GOAL = RegistryGoal("models", "restricted", "Models of fraud", ("model",))


def test_a_restricted_registry_is_restricted_in_its_first_request(world: World, sandbox: Sandbox) -> None:
    sandbox.state.log.clear()
    live = ensure_registry(world.port, world.organization, GOAL, None)
    assert live.visibility == "restricted"
    assert live.artifact_types == ("model",)
    assert live.description == "Models of fraud"
    assert sandbox.state.log.fields["upsertModel"] == 1


def test_a_killed_creation_is_found_again(world: World, sandbox: Sandbox) -> None:
    first = ensure_registry(world.port, world.organization, GOAL, None)
    sandbox.state.log.clear()
    assert ensure_registry(world.port, world.organization, GOAL, None) == first
    assert sandbox.state.log.kinds["mutation"] == 0


def test_somebody_elses_registry_is_not_taken_for_ours(world: World) -> None:
    ensure_registry(world.port, world.organization, RegistryGoal("models", "restricted", "Theirs"), None)
    with pytest.raises(AlreadyThere, match=r"models of organization Acme .* exists.*Scan again"):
        ensure_registry(world.port, world.organization, GOAL, None)


def test_a_registry_of_the_baseline_is_adopted_and_brought_to_what_is_desired(world: World) -> None:
    theirs = world.registry()
    adopted = ensure_registry(world.port, world.organization, GOAL, theirs.id)
    assert adopted.id == theirs.id
    assert adopted.description == "Models of fraud"


def test_another_registry_under_the_baselines_name_is_not_adopted(world: World) -> None:
    world.registry()
    with pytest.raises(AlreadyThere):
        ensure_registry(world.port, world.organization, GOAL, "UHJvamVjdDo5OTk5")


def test_where_restricted_creation_is_refused_nothing_is_created(world: World, sandbox: Sandbox) -> None:
    sandbox.state.switches = Switches(restricted_creation_refused=True)
    with pytest.raises(RestrictedCreationRefused, match="nothing was created"):
        ensure_registry(world.port, world.organization, GOAL, None)
    core = {"model", "dataset"}  # every organization has them
    assert {one.name for one in list_registries(world.port, world.organization)} == core


def test_types_only_grow(world: World) -> None:
    live = ensure_registry(world.port, world.organization, GOAL, None)
    more = RegistryGoal("models", "restricted", None, ("dataset", "model"))
    assert change_registry(world.port, world.organization, live, more).artifact_types == ("dataset", "model")
    fewer = RegistryGoal("models", "restricted", None, ("dataset",))
    again = get_registry(world.port, world.organization, "models")
    assert again is not None
    assert change_registry(world.port, world.organization, again, fewer).artifact_types == (
        "dataset",
        "model",
    )


def test_a_registry_that_a_listing_lacks_is_found_by_its_id(world: World, sandbox: Sandbox) -> None:
    live = world.registry()
    rename_registry(world.port, world.organization, "models", "renamed")
    sandbox.state.faults.active = [Fault("short_listing", "RegistriesOf", times=-1, keep=0)]
    found = locate_registry(world.port, world.organization, "models", live.id)
    assert found is not None
    assert (found.id, found.name) == (live.id, "renamed")


def test_a_restricted_registry_is_not_opened(world: World, sandbox: Sandbox) -> None:
    live = world.registry()
    sandbox.state.log.clear()
    with pytest.raises(VisibilityFixed):
        change_registry(world.port, world.organization, live, RegistryGoal("models", "organization"))
    assert sandbox.state.log.total == 0


def test_a_rename_keeps_the_registry(world: World) -> None:
    live = world.registry()
    renamed = change_registry(world.port, world.organization, live, RegistryGoal("models2", "restricted"))
    assert (renamed.id, renamed.name) == (live.id, "models2")


def test_a_renamed_registry_is_found_by_its_id(world: World) -> None:
    live = world.registry()
    change_registry(world.port, world.organization, live, RegistryGoal("models2", "restricted"))
    found = locate_registry(world.port, world.organization, "models", live.id)
    assert found is not None
    assert found.name == "models2"


def test_gone_is_only_what_an_organization_admin_proves(world: World) -> None:
    live = world.registry()
    world.person("bob")
    with pytest.raises(NotVisible, match="not there, or this key may not see it"):
        locate_registry(world.as_user("bob"), world.organization, "models", live.id)
    remove_registry(world.port, world.organization, "models", live.id)
    assert locate_registry(world.port, world.organization, "models", live.id) is None
    with pytest.raises(NotVisible):
        locate_registry(world.as_user("bob"), world.organization, "models", live.id)


def test_a_registry_that_holds_what_is_not_ours_is_not_deleted(world: World) -> None:
    live = world.registry()
    link_all(world.port, world.home(), "theirs", world.artifacts("theirs", 1))
    with pytest.raises(NotEmpty, match="theirs"):
        remove_registry(world.port, world.organization, "models", live.id)
    assert get_registry(world.port, world.organization, "models") is not None
